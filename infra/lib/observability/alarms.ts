// Alarms: when somebody must look. Owns the limits, and what each alarm says: what it means and what to do first. The runbook of
// each stands in docs/operations.md under its name; a test holds that none is missing there.

import { MathExpression, Stats, TreatMissingData, type IMetric } from "aws-cdk-lib/aws-cloudwatch";

import type { Settings, WorkerGroup } from "../settings.ts";
import { PERIOD, type Metrics } from "./metrics.ts";

/** An alarm, before it is one of CloudWatch. */
export interface AlarmPlan {
  /** Its name after that of the stack. */
  readonly name: string;
  /** Its row in the runbook, where several alarms have one. */
  readonly runbook: string;
  readonly means: string;
  readonly first: string;
  readonly metric: IMetric;
  /** From here on it is bad; with `below`, from here on it is good. */
  readonly threshold: number;
  readonly below?: boolean;
  /** Periods that must be bad, of how many. */
  readonly bad: number;
  readonly of: number;
  readonly missing: TreatMissingData;
}

/** The fewest, which is also the usual: one period, and no news is good news. */
const USUAL = { threshold: 1, bad: 1, of: 1, missing: TreatMissingData.NOT_BREACHING } as const;

/** Ten minutes: the dispatcher works on an event within a second, and a resume puts events back for some minutes. */
const EVENT_SECONDS_MAX = 600;
/** Half an hour since a job was sent, while others wait: more hosts, or slots, are needed. */
const JOB_SECONDS_MAX = 1_800;
/** Part of the function's timeout after which an invocation is in danger of being cut off. */
const DURATION_SHARE_MAX = 0.8;

/** All alarms of a fleet. */
export function alarmPlans(metrics: Metrics, settings: Settings, deadQueues: DeadQueues): AlarmPlan[] {
  return [
    ...executionPlans(metrics),
    ...dispatcherPlans(metrics, settings),
    ...deadLetterPlans(metrics, deadQueues),
    ...metrics.queues.flatMap((queue) => queuePlans(metrics, settings, queue)),
    ...settings.workers.flatMap((group) => (group.hosts === "none" ? [] : [hostsPlan(metrics, group)])),
    ...servicePlans(metrics),
  ];
}

/** Queues of dead letters, and the dispatcher's own. */
export interface DeadQueues {
  readonly events: string;
  readonly deadEvents: string;
  readonly deadJobs: string;
}

function executionPlans(metrics: Metrics): AlarmPlan[] {
  return [
    {
      ...USUAL,
      name: "executions-failed",
      runbook: "executions-failed",
      means: "An execution ended as failed.",
      first: "Its alert names the job; rsqlctl list shows the execution, rsqlctl resume takes it up again.",
      metric: metrics.executions("ExecutionsFailed"),
    },
  ];
}

function dispatcherPlans(metrics: Metrics, { dispatcher }: Settings): AlarmPlan[] {
  return [
    {
      ...USUAL,
      name: "dispatcher-errors",
      runbook: "dispatcher-errors",
      means:
        "The dispatcher fails, as a whole or at single events; they come again, and after 50 times are dead letters.",
      first: "Read its log group for ERROR.",
      metric: metrics.dispatcherFailures,
      bad: 2,
      of: 3,
    },
    {
      ...USUAL,
      name: "dispatcher-throttled",
      runbook: "dispatcher-throttled",
      means: "Lambda has no room for the dispatcher: the account's concurrent executions are used up.",
      first: "Look who uses them; ask for a higher quota.",
      metric: metrics.dispatcher("Throttles"),
      bad: 2,
      of: 3,
    },
    {
      ...USUAL,
      name: "dispatcher-slow",
      runbook: "dispatcher-slow",
      means: "Invocations take nearly as long as they may.",
      first: "See whether DynamoDB throttles; give the function more memory, or a smaller batch.",
      metric: metrics.dispatcher("Duration", Stats.MAXIMUM),
      threshold: DURATION_SHARE_MAX * dispatcher.timeoutSeconds * 1_000,
      bad: 3,
      of: 3,
    },
    {
      ...USUAL,
      name: "dispatcher-silent",
      runbook: "dispatcher-silent",
      means: "The dispatcher has not run for ten minutes, though a tick comes every minute: nothing starts or goes on.",
      first: "Look at the rule of the tick and at the function's event source: enabled?",
      metric: metrics.dispatcher("Invocations"),
      below: true,
      bad: 2,
      of: 2,
      missing: TreatMissingData.BREACHING,
    },
  ];
}

function deadLetterPlans(metrics: Metrics, queues: DeadQueues): AlarmPlan[] {
  return [
    {
      ...USUAL,
      name: "events-old",
      runbook: "events-old",
      // SQS leaves out of the age what was received three times: an event that fails each time rings dispatcher-errors.
      means: "Events wait for the dispatcher: jobs that are ready are not sent.",
      first: "See the alarms of the dispatcher; if there is none, raise dispatcher.concurrency.",
      metric: metrics.age(queues.events),
      threshold: EVENT_SECONDS_MAX,
    },
    {
      ...USUAL,
      name: "dead-events",
      runbook: "dead-letters",
      means: "An event was given up after 50 deliveries, or could not be delivered for a day.",
      first: "rsqlctl dead-letters shows it; mend the cause, then rsqlctl dead-letters --redrive.",
      metric: metrics.waiting(queues.deadEvents),
    },
    {
      ...USUAL,
      name: "dead-jobs",
      runbook: "dead-letters",
      means: "The dispatcher has not settled the message of a job that killed five workers: it cannot read it.",
      first: "rsqlctl dead-letters shows it; mend the cause, then rsqlctl dead-letters --redrive.",
      metric: metrics.waiting(queues.deadJobs),
      // Those that it can read are there for a moment.
      bad: 3,
      of: 3,
    },
  ];
}

function queuePlans(metrics: Metrics, settings: Settings, queue: string): AlarmPlan[] {
  const name = queue === "default" ? "jobs" : `jobs-${queue}`;
  const waiting = metrics.waiting(metrics.jobsQueue(queue), Stats.MINIMUM);
  return [
    {
      ...USUAL,
      name: `${name}-waiting`,
      runbook: "jobs-waiting",
      means: `Jobs of queue ${queue} wait all the time, and the oldest was sent half an hour ago.`,
      first: "Raise hosts.max of a group that serves it, or its slots, unless the warehouse is the limit.",
      // The age alone would tell of long jobs: a message is there until its job has ended.
      metric: new MathExpression({
        expression: "IF(waiting > 0, age, 0)",
        usingMetrics: { waiting, age: metrics.age(metrics.jobsQueue(queue)) },
        label: "seconds since the oldest was sent, while jobs wait",
        period: PERIOD,
      }),
      threshold: JOB_SECONDS_MAX,
      bad: 3,
      of: 3,
    },
    unservedPlan(metrics, settings, queue, name),
  ];
}

/** Where hosts always run, their silence is an alarm; where none may be needed, it is one only while jobs wait. */
function unservedPlan(metrics: Metrics, settings: Settings, queue: string, name: string): AlarmPlan {
  const servers = settings.workers.filter(({ queues }) => queues.has(queue));
  const isAlwaysServed = servers.some(({ hosts }) => hosts === "none" || hosts.min > 0);
  const slots = metrics.attempts(queue, "SlotsTotal");
  const plan = {
    name: `${name}-unserved`,
    runbook: "jobs-unserved",
    means: `No live worker serves queue ${queue}.`,
    first: "rsqlctl workers shows who was there; look at a host's journal through Session Manager.",
    bad: 3,
    of: 3,
  };
  if (isAlwaysServed) {
    return { ...plan, metric: slots, threshold: 1, below: true, missing: TreatMissingData.BREACHING };
  }
  const usingMetrics = { slots, waiting: metrics.waiting(metrics.jobsQueue(queue), Stats.MINIMUM) };
  const expression = "IF(FILL(slots, 0) < 1 AND FILL(waiting, 0) > 0, 1, 0)";
  const metric = new MathExpression({ expression, usingMetrics, label: "jobs wait for nobody", period: PERIOD });
  return { ...plan, metric, threshold: 1, missing: TreatMissingData.NOT_BREACHING };
}

function hostsPlan(metrics: Metrics, { name }: WorkerGroup): AlarmPlan {
  return {
    ...USUAL,
    name: `workers-${name}-missing`,
    runbook: "workers-missing",
    means: `Hosts of group ${name} are wanted, and do not come up.`,
    first: "Its activity history says why EC2 has none; the console output of a host, why the worker does not start.",
    metric: new MathExpression({
      expression: "wanted - there",
      usingMetrics: { wanted: metrics.hosts(name, "Desired"), there: metrics.hosts(name, "InService") },
      label: "hosts missing",
      period: PERIOD,
    }),
    // A host takes three minutes to come up, and may be replaced once if its start fails.
    bad: 6,
    of: 6,
  };
}

function servicePlans(metrics: Metrics): AlarmPlan[] {
  // One more than must be bad: a sum of numbers that come late is too small at first.
  const throttled = { ...USUAL, runbook: "tables-throttled", bad: 3, of: 4 };
  return [
    {
      ...throttled,
      name: "tables-throttled",
      means: "DynamoDB refuses requests of the fleet for coming too fast; they are tried again, and jobs take longer.",
      first: "See which table, and whether the account's quota for it is reached.",
      metric: metrics.tablesThrottled,
    },
    {
      ...throttled,
      name: "indexes-throttled",
      means: "An index of the executions table takes no more: some 250 executions a second start and end.",
      first: "Spread the starts.",
      metric: metrics.indexesThrottled,
    },
    {
      ...USUAL,
      name: "events-undelivered",
      runbook: "events-undelivered",
      means:
        "EventBridge gave up: on starts or ticks, which are dead letters now, or on changes of executions to count.",
      first: "Look at the policies of the events queue and of the log of executions: do they let the rules in?",
      metric: metrics.undelivered,
      // A sum of numbers that come late is too small at first.
      of: 2,
    },
    {
      ...USUAL,
      name: "alerts-undelivered",
      runbook: "alerts-undelivered",
      means: "SNS could not deliver an alert to a subscriber.",
      first: "Look which subscription fails: an HTTPS endpoint that is away, or Slack's authorisation that has ended?",
      metric: metrics.alerts("NumberOfNotificationsFailed"),
    },
  ];
}

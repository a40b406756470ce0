// The dashboard: one page on which a look tells whether the fleet is well. Owns which numbers stand beside each other.

import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  PeriodOverride,
  Stats,
  TextWidget,
  type IAlarm,
  type IMetric,
  type IWidget,
} from "aws-cdk-lib/aws-cloudwatch";

import { COUNTED } from "../logs.ts";
import type { FleetStack } from "../stack.ts";
import { EXECUTIONS, OUTCOMES, PERIOD, type Metrics } from "./metrics.ts";

/** Columns of a page. */
const WIDTH = 24;
/** Two graphs in a row. */
const GRAPH_WIDTH = WIDTH / 2;
const GRAPH_HEIGHT = 6;

/** Puts the dashboard together. */
export function dashboard(stack: FleetStack, metrics: Metrics, alarms: readonly IAlarm[]): Dashboard {
  return new Dashboard(stack, "Dashboard", {
    dashboardName: stack.names.stack,
    periodOverride: PeriodOverride.INHERIT,
    widgets: [
      [new AlarmStatusWidget({ title: "Alarms", alarms: [...alarms], width: WIDTH, height: 4 })],
      ...work(metrics),
      ...queues(stack, metrics),
      ...dispatcher(stack, metrics),
      ...services(stack, metrics),
      [
        new TextWidget({
          markdown: "What each alarm means, and what to do: docs/operations.md",
          width: WIDTH,
          height: 1,
        }),
      ],
    ],
  });
}

function work(metrics: Metrics): IWidget[][] {
  const changes = Object.keys(EXECUTIONS) as (keyof typeof EXECUTIONS)[];
  const ends = metrics.queues.flatMap((queue) => OUTCOMES.map((outcome) => metrics.attempts(queue, outcome)));
  const times = (name: string): IMetric[] =>
    metrics.queues.flatMap((queue) => [
      metrics.attempts(queue, name, Stats.p(50)),
      metrics.attempts(queue, name, Stats.p(99)),
    ]);
  return [
    [
      graph(
        "Executions",
        changes.map((change) => metrics.executions(change)),
      ),
      graph("Attempts by their end", ends),
    ],
    [
      graph("Time from ready to begun, ms (half, and 99 of 100)", times("QueueDelay")),
      graph("Time of attempts, ms (half, and 99 of 100)", times("RunTime")),
    ],
    [
      graph("Failed attempts, and lines of jobs that say ERROR:", [
        metrics.counted(COUNTED.failedAttempts),
        metrics.counted(COUNTED.errorLines),
      ]),
    ],
  ];
}

function queues({ settings, names }: FleetStack, metrics: Metrics): IWidget[][] {
  const all = metrics.queues.map((queue) => metrics.jobsQueue(queue));
  const hosts = settings.workers.flatMap(({ name, hosts }) =>
    hosts === "none" ? [] : [metrics.hosts(name, "Desired"), metrics.hosts(name, "InService")],
  );
  const slots = metrics.queues.flatMap((queue) => [metrics.slots(queue, "offered"), metrics.slots(queue, "in use")]);
  const depths = [names.eventsQueue, ...all].flatMap((queue) => [metrics.waiting(queue), metrics.inFlight(queue)]);
  return [
    [
      graph("Messages", depths),
      graph(
        "Age of the oldest message, s",
        [names.eventsQueue, ...all].map((queue) => metrics.age(queue)),
      ),
    ],
    [graph("Slots", slots), graph("Hosts", hosts)],
    [
      graph("Dead letters", [metrics.waiting(names.deadEventsQueue), metrics.waiting(names.deadJobsQueue)]),
      graph("Alerts", [metrics.alerts("NumberOfMessagesPublished"), metrics.alerts("NumberOfNotificationsFailed")]),
    ],
  ];
}

function dispatcher({ names }: FleetStack, metrics: Metrics): IWidget[][] {
  const counts = ["Invocations", "Errors", "Throttles", "ConcurrentExecutions"];
  const statistic = (name: string): string => (name === "ConcurrentExecutions" ? Stats.MAXIMUM : Stats.SUM);
  const durations = [Stats.p(50), Stats.p(99), Stats.MAXIMUM].map((kind) => metrics.dispatcher("Duration", kind));
  return [
    [
      graph(`Dispatcher (errors in its log: ${names.dispatcherLogGroup})`, [
        ...counts.map((name) => metrics.dispatcher(name, statistic(name))),
        metrics.counted(COUNTED.dispatcherErrors),
      ]),
      graph("Duration of an invocation, ms", durations),
    ],
  ];
}

function services({ names }: FleetStack, metrics: Metrics): IWidget[][] {
  const units = (name: string): IMetric[] => metrics.tables.map((table) => metrics.table(table, name));
  const groups = [names.jobsLogGroup, names.metricsLogGroup, names.dispatcherLogGroup];
  return [
    [
      graph("DynamoDB: units written", units("ConsumedWriteCapacityUnits")),
      graph("DynamoDB: units read", units("ConsumedReadCapacityUnits")),
    ],
    [
      graph("DynamoDB: requests throttled", [metrics.tablesThrottled, metrics.indexesThrottled]),
      graph(
        "Logs, bytes",
        groups.map((group) => metrics.logBytes(group)),
      ),
    ],
  ];
}

function graph(title: string, left: readonly IMetric[]): GraphWidget {
  return new GraphWidget({
    title,
    left: [...left],
    width: GRAPH_WIDTH,
    height: GRAPH_HEIGHT,
    period: PERIOD,
    leftYAxis: { min: 0 },
  });
}

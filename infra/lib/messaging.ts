// Messaging: bus, rules, queues with their dead letters, and schedules. Owns limits and times of queues, and who may send to
// them. The topic of alerts is in `messaging/alerts.ts`; workflows' own rules and schedules are made by `rsqlctl deploy`.

import { Duration, type App } from "aws-cdk-lib";
import { EventBus, Rule, RuleTargetInput, Schedule, type IRuleTarget } from "aws-cdk-lib/aws-events";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { CfnScheduleGroup } from "aws-cdk-lib/aws-scheduler";
import { Queue, QueueEncryption, type DeadLetterQueue } from "aws-cdk-lib/aws-sqs";

import { addAlerts } from "./messaging/alerts.ts";
import { schedulerGrants } from "./policies/scheduler.ts";
import { statements } from "./policies/grant.ts";
import { pools } from "./settings.ts";
import { FleetStack, type Fleet } from "./stack.ts";

/** The longest that SQS keeps messages: an outage of two weeks loses none. */
const RETENTION = Duration.days(14);
/** The longest wait of a receive, which makes for the fewest empty ones. */
const RECEIVE_WAIT = Duration.seconds(20);
/** A batch stays hidden for as many times the function's timeout, as Lambda advises, so that none is worked on twice. */
const VISIBLE_AFTER_TIMEOUTS = 6;
/** A little longer than a worker's lease of 60 s, which its heartbeats renew together with this. */
const JOBS_VISIBLE_AFTER = Duration.seconds(66);
/** An event is put back while its execution is being resumed, and that may take long. */
const EVENTS_RECEIVES_MAX = 50;
/** Each time a worker has died over it, or stood still. */
const JOBS_RECEIVES_MAX = 5;
/** As shared/core/src/wire.rs reads it. */
const TICK = { v: 1, event: "tick" };
/** As shared/aws/src/bus.rs writes it. */
const START_DETAIL_TYPE = "Workflow Start";

export class MessagingStack extends FleetStack {
  constructor(app: App, fleet: Fleet) {
    super(app, "messaging", "bus, queues, schedules and alerts", fleet);
    const { names } = this;
    const deadEvents = this.queue("DeadEvents", names.deadEventsQueue);
    const events = this.eventsQueue(deadEvents);
    this.letRulesSend(deadEvents);
    this.jobsQueues();
    this.rules(events, deadEvents);
    this.schedules();
    addAlerts(this);
  }

  private eventsQueue(queue: Queue): Queue {
    const { timeoutSeconds, batch } = this.settings.dispatcher;
    const visibilityTimeout = Duration.seconds(VISIBLE_AFTER_TIMEOUTS * timeoutSeconds + batch.windowSeconds);
    const dead = { queue, maxReceiveCount: EVENTS_RECEIVES_MAX };
    const events = this.queue("Events", this.names.eventsQueue, { visibilityTimeout, deadLetterQueue: dead });
    this.letRulesSend(events);
    return events;
  }

  private jobsQueues(): void {
    const dead = this.queue("DeadJobs", this.names.deadJobsQueue);
    const deadLetterQueue = { queue: dead, maxReceiveCount: JOBS_RECEIVES_MAX };
    const options = { visibilityTimeout: JOBS_VISIBLE_AFTER, deadLetterQueue };
    this.queue("Jobs", this.names.jobsQueue(), options);
    for (const pool of pools(this.settings)) this.queue(`Jobs-${pool}`, this.names.jobsQueue(pool), options);
  }

  /** A queue that takes no request without TLS, encrypted with SQS's own key. */
  private queue(
    id: string,
    queueName: string,
    options: { visibilityTimeout?: Duration; deadLetterQueue?: DeadLetterQueue } = {},
  ): Queue {
    const queue = new Queue(this, id, {
      queueName,
      retentionPeriod: RETENTION,
      receiveMessageWaitTime: RECEIVE_WAIT,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      ...options,
    });
    this.output(`${id}QueueUrl`, `URL of queue ${queueName}`, queue.queueUrl);
    return queue;
  }

  /** Rules of this fleet's, on the default bus (tick and schedules) and on its own: those that `rsqlctl` makes, too. */
  private letRulesSend(queue: Queue): void {
    const { names } = this;
    queue.addToResourcePolicy(
      new PolicyStatement({
        sid: "RulesOfTheFleet",
        principals: [new ServicePrincipal("events.amazonaws.com")],
        actions: ["sqs:SendMessage"],
        resources: [queue.queueArn],
        conditions: {
          ArnLike: { "aws:SourceArn": [this.ruleArn(names.with("*")), this.ruleArn("*", names.bus)] },
        },
      }),
    );
  }

  private rules(events: Queue, deadEvents: Queue): void {
    const { names } = this;
    const bus = new EventBus(this, "Bus", { eventBusName: names.bus });
    this.output("BusArn", "ARN of the bus that takes starts and carries changes of status", bus.eventBusArn);
    const starts = new Rule(this, "Starts", {
      ruleName: names.eventsRule,
      description: `Leads starts of workflows to the dispatcher of ${names.stack}`,
      // By its name and not by reference: then the local endpoint can make it, too.
      eventBus: EventBus.fromEventBusName(this, "BusByName", names.bus),
      eventPattern: { detailType: [START_DETAIL_TYPE] },
      targets: [target(events, deadEvents)],
    });
    starts.node.addDependency(bus);
    new Rule(this, "Tick", {
      ruleName: names.tickRule,
      description: `Has the dispatcher of ${names.stack} look for deadlines and for what has stood still`,
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [target(events, deadEvents, RuleTargetInput.fromObject(TICK))],
    });
  }

  /** Where `rsqlctl deploy` puts schedules in a time zone, and the role that they send with. */
  private schedules(): void {
    const { names } = this;
    const group = new CfnScheduleGroup(this, "Schedules", { name: names.scheduleGroup });
    this.output("ScheduleGroup", "Group of schedules", names.scheduleGroup);
    const role = new Role(this, "Scheduler", {
      roleName: names.schedulerRole,
      description: `Schedules of ${names.stack} start workflows`,
      assumedBy: new ServicePrincipal("scheduler.amazonaws.com", {
        conditions: {
          StringEquals: { "aws:SourceAccount": this.account },
          ArnEquals: { "aws:SourceArn": group.attrArn },
        },
      }),
      inlinePolicies: { scheduler: new PolicyDocument({ statements: statements(schedulerGrants(this)) }) },
    });
    this.output("SchedulerRoleArn", "ARN of the role of schedules", role.roleArn);
  }
}

/** The queue as a target. What it does not take within a day lies among its dead letters, from where it can be put back. */
function target(queue: Queue, dead: Queue, input?: RuleTargetInput): IRuleTarget {
  const deadLetterConfig = { arn: dead.queueArn };
  return { bind: () => ({ arn: queue.queueArn, deadLetterConfig, ...(input === undefined ? {} : { input }) }) };
}

// Metrics: where each number that is watched comes from. Owns names and dimensions, those of AWS's services and those that the
// fleet's own programs send (shared/aws/src/metrics). Sets no limit: `alarms.ts` does.

import { Duration } from "aws-cdk-lib";
import { MathExpression, Metric, Stats, type IMetric } from "aws-cdk-lib/aws-cloudwatch";

import { COUNTED } from "../logs.ts";
import { QUEUE_DEFAULT, type Settings } from "../settings.ts";
import type { Names } from "../names.ts";

/** Long enough that the programs' figures, which come once a minute, are in each; short enough to see what happens. */
export const PERIOD = Duration.minutes(5);

/** How an execution changes, with the word for it in the events on the bus (ExecutionStatus of shared/core). */
export const EXECUTIONS = {
  ExecutionsStarted: "running",
  ExecutionsSucceeded: "succeeded",
  ExecutionsFailed: "failed",
  ExecutionsCancelled: "cancelled",
} as const;

/** How an attempt ends (AttemptOutcome of shared/aws/src/metrics). */
export const OUTCOMES = ["Succeeded", "Failed", "Retried", "TimedOut", "Cancelled", "NotYet", "Lost"] as const;

/** Global indexes of the executions table, which are throttled by themselves. */
const INDEXES = ["workflow", "started", "open", "attention"];

/** What a metric is of. */
type Dimensions = Readonly<Record<string, string>>;

/** The numbers of one fleet. */
export class Metrics {
  constructor(
    private readonly names: Names,
    private readonly settings: Settings,
  ) {}

  /** Queues of jobs as the settings call them: `default`, and the pools. */
  get queues(): string[] {
    return [...new Set([QUEUE_DEFAULT, ...this.settings.workers.flatMap((group) => [...group.queues.keys()])])];
  }

  /** SQS queue of a queue of the settings. */
  jobsQueue(queue: string): string {
    return this.names.jobsQueue(queue === QUEUE_DEFAULT ? undefined : queue);
  }

  /** Messages that wait. */
  waiting(queueName: string, statistic: string = Stats.MAXIMUM): Metric {
    return this.of("AWS/SQS", "ApproximateNumberOfMessagesVisible", { QueueName: queueName }, statistic, queueName);
  }

  /** Messages that somebody works on. */
  inFlight(queueName: string): Metric {
    const label = `${queueName}, being worked on`;
    return this.of("AWS/SQS", "ApproximateNumberOfMessagesNotVisible", { QueueName: queueName }, Stats.MAXIMUM, label);
  }

  /** Seconds since the oldest message was sent, be it waiting or being worked on. */
  age(queueName: string): Metric {
    return this.of("AWS/SQS", "ApproximateAgeOfOldestMessage", { QueueName: queueName }, Stats.MAXIMUM, queueName);
  }

  /** Changes of executions, counted in the log of `executions.ts`. */
  executions(metricName: keyof typeof EXECUTIONS): Metric {
    return this.of(this.names.metricsLogGroup, metricName, {}, Stats.SUM, EXECUTIONS[metricName]);
  }

  /** What CloudWatch counts in logs (`../logs.ts`). */
  counted(metricName: string): Metric {
    return this.of(this.names.metricsLogGroup, metricName, {}, Stats.SUM, metricName);
  }

  /** What workers tell of a queue. */
  attempts(queue: string, metricName: string, statistic: string = Stats.SUM): Metric {
    const dimensions = { Stack: this.names.stack, Queue: queue };
    return this.of(this.names.metricsLogGroup, metricName, dimensions, statistic, `${queue} ${metricName}`);
  }

  /** Slots that live workers offer a queue, or have in use, on the average. Each sends an offer a minute, and its use twelve times. */
  slots(queue: string, which: "offered" | "in use"): MathExpression {
    const [metricName, values] = which === "offered" ? ["SlotsTotal", 1] : ["SlotsInUse", 12];
    // No two numbers of one graph may have the same id.
    const id = `${which === "offered" ? "offered" : "used"}${this.queues.indexOf(queue)}`;
    return new MathExpression({
      expression: `${id} / ${PERIOD.toMinutes() * values}`,
      usingMetrics: { [id]: this.attempts(queue, metricName) },
      period: PERIOD,
      label: `${queue}, ${which}`,
    });
  }

  /** What Lambda tells of the dispatcher. */
  dispatcher(metricName: string, statistic: string = Stats.SUM): Metric {
    const dimensions = { FunctionName: this.names.dispatcherFunction };
    return this.of("AWS/Lambda", metricName, dimensions, statistic, `${metricName} (${statistic})`);
  }

  /**
   * What the dispatcher did not carry out: invocations that failed as a whole, and single events. Of an event that fails Lambda
   * learns by the answer, which is no error to it; the log alone tells.
   */
  get dispatcherFailures(): MathExpression {
    const failures = [this.dispatcher("Errors"), this.counted(COUNTED.dispatcherErrors)];
    return this.sum("failure", "invocations and events that failed", failures);
  }

  /** All tables by name. */
  get tables(): string[] {
    const { names } = this;
    return [names.executionsTable, names.auditTable, names.versionsTable, names.workflowsTable];
  }

  /** What DynamoDB tells of a table. */
  table(tableName: string, metricName: string): Metric {
    return this.of("AWS/DynamoDB", metricName, { TableName: tableName }, Stats.SUM, tableName);
  }

  /** Requests that tables refused for coming too fast. */
  get tablesThrottled(): MathExpression {
    const refused = ["ReadThrottleEvents", "WriteThrottleEvents"];
    return this.sum(
      "table",
      "throttled by tables",
      this.tables.flatMap((table) => refused.map((name) => this.table(table, name))),
    );
  }

  /** The same of the indexes of executions: one whose writes are throttled holds up those to the table. */
  get indexesThrottled(): MathExpression {
    const refused = ["ReadThrottleEvents", "WriteThrottleEvents"];
    const of = (index: string, name: string): Metric => {
      const dimensions = { TableName: this.names.executionsTable, GlobalSecondaryIndexName: index };
      return this.of("AWS/DynamoDB", name, dimensions, Stats.SUM, index);
    };
    return this.sum(
      "index",
      "throttled by indexes",
      INDEXES.flatMap((index) => refused.map((name) => of(index, name))),
    );
  }

  /** What EventBridge could not deliver: ticks, starts, and changes of executions, which are counted. */
  get undelivered(): MathExpression {
    const of = (dimensions: Dimensions): Metric =>
      this.of("AWS/Events", "FailedInvocations", dimensions, Stats.SUM, "undelivered");
    const ofBus = (RuleName: string): Metric => of({ EventBusName: this.names.bus, RuleName });
    const rules = [
      of({ RuleName: this.names.tickRule }),
      ofBus(this.names.eventsRule),
      ofBus(this.names.executionsRule),
    ];
    return this.sum("rule", "undelivered events", rules);
  }

  /** What SNS tells of the topic of alerts. */
  alerts(metricName: string): Metric {
    return this.of("AWS/SNS", metricName, { TopicName: this.names.alertsTopic }, Stats.SUM, metricName);
  }

  /** Hosts of a group: wanted, or in service. */
  hosts(group: string, which: "Desired" | "InService"): Metric {
    const metricName = which === "Desired" ? "GroupDesiredCapacity" : "GroupInServiceInstances";
    const dimensions = { AutoScalingGroupName: this.names.workersGroup(group) };
    return this.of("AWS/AutoScaling", metricName, dimensions, Stats.AVERAGE, `${group}, ${which}`);
  }

  /** Bytes that a log group took in, which is what logs cost. */
  logBytes(logGroupName: string): Metric {
    return this.of("AWS/Logs", "IncomingBytes", { LogGroupName: logGroupName }, Stats.SUM, logGroupName);
  }

  private of(
    namespace: string,
    metricName: string,
    dimensionsMap: Dimensions,
    statistic: string,
    label: string,
  ): Metric {
    return new Metric({ namespace, metricName, dimensionsMap, statistic, label, period: PERIOD });
  }

  /** One that tells nothing counts as none. `prefix` tells the ids of sums in one graph apart. */
  private sum(prefix: string, label: string, metrics: readonly IMetric[]): MathExpression {
    const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`${prefix}${index}`, metric]));
    const expression = Object.keys(usingMetrics)
      .map((id) => `FILL(${id}, 0)`)
      .join(" + ");
    return new MathExpression({ expression, usingMetrics, label, period: PERIOD });
  }
}

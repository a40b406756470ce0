// Logs: the groups that attempts, metrics and the dispatcher write to. Owns how long they are kept, and the metrics that
// CloudWatch counts in them. Streams are made by those who write; what is done about the metrics is `observability.ts`'s.

import { RemovalPolicy, type App } from "aws-cdk-lib";
import { FilterPattern, LogGroup, type IFilterPattern } from "aws-cdk-lib/aws-logs";

import { FleetStack, type Fleet } from "./stack.ts";

/** Metrics counted in logs, in the namespace of {@link "./names.ts".Names.metricsLogGroup}, without dimensions. */
export const COUNTED = {
  /** Attempts that failed, of all queues. */
  failedAttempts: "FailedAttempts",
  /** Lines of jobs in which a warehouse, or a script, speaks of an error. */
  errorLines: "ErrorLines",
  /** What the dispatcher could not carry out. A start that it refuses is none: that is a warning there. */
  dispatcherErrors: "DispatcherErrors",
} as const;

/**
 * Lines as shared/telemetry writes them where `FLEET_LOG=json`. Of the dispatcher's own modules alone: what others report, such
 * as a topic that a workflow names and that is not there, is told elsewhere.
 */
const DISPATCHER_ERRORS = '{ $.level = "ERROR" && $.target = "dispatcher*" }';

export class LogsStack extends FleetStack {
  constructor(app: App, fleet: Fleet) {
    super(app, "logs", "log groups of jobs, metrics and dispatcher", fleet);
    const jobs = this.group("Jobs", this.names.jobsLogGroup);
    this.count(jobs, COUNTED.errorLines, FilterPattern.literal('"ERROR:"'), "1");
    const metrics = this.group("Metrics", this.names.metricsLogGroup);
    // Each attempt is told twice, by its workflow and by its queue.
    this.count(metrics, COUNTED.failedAttempts, FilterPattern.literal("{ $.Queue = * && $.Failed = * }"), "$.Failed");
    const dispatcher = this.group("Dispatcher", this.names.dispatcherLogGroup);
    this.count(dispatcher, COUNTED.dispatcherErrors, FilterPattern.literal(DISPATCHER_ERRORS), "1");
  }

  /** CloudWatch encrypts groups by itself, with a key of its own that costs nothing. */
  private group(id: string, logGroupName: string): LogGroup {
    this.output(`${id}LogGroup`, "Log group", logGroupName);
    return new LogGroup(this, id, {
      logGroupName,
      retention: this.settings.logs.retentionDays,
      // A first deployment that failed leaves nothing in the way of the next.
      removalPolicy: this.settings.protect ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    });
  }

  private count(group: LogGroup, metricName: string, filterPattern: IFilterPattern, metricValue: string): void {
    group.addMetricFilter(metricName, {
      filterPattern,
      metricNamespace: this.names.metricsLogGroup,
      metricName,
      metricValue,
      // Without it, an hour without faults would be an hour without data.
      defaultValue: 0,
    });
  }
}

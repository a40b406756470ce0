// Logs: the groups that attempts, metrics and the dispatcher write to. Owns how long they are kept. Streams are made by those
// who write.

import { RemovalPolicy, type App } from "aws-cdk-lib";
import { LogGroup } from "aws-cdk-lib/aws-logs";

import { FleetStack, type Fleet } from "./stack.ts";

export class LogsStack extends FleetStack {
  constructor(app: App, fleet: Fleet) {
    super(app, "logs", "log groups of jobs, metrics and dispatcher", fleet);
    this.group("Jobs", this.names.jobsLogGroup);
    this.group("Metrics", this.names.metricsLogGroup);
    this.group("Dispatcher", this.names.dispatcherLogGroup);
  }

  private group(id: string, logGroupName: string): LogGroup {
    this.output(`${id}LogGroup`, "Log group", logGroupName);
    return new LogGroup(this, id, {
      logGroupName,
      retention: this.settings.logs.retentionDays,
      removalPolicy: this.settings.protect ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }
}

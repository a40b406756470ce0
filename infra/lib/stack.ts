// What all CloudFormation stacks of a fleet have in common: name, place, tags, protection, and how they write ARNs. Stacks do
// not import from each other: a resource of another stack is known by its name (docs/decisions/0007), so that any of them can
// be changed or replaced alone. Makes no resource.

import { ArnFormat, CfnOutput, Stack, Tags, type App, type Environment } from "aws-cdk-lib";

import { Names } from "./names.ts";
import { pools, type Settings } from "./settings.ts";

/** What every stack is made from. */
export interface Fleet {
  readonly settings: Settings;
  readonly names: Names;
}

/** The stack of one concern. */
export abstract class FleetStack extends Stack {
  readonly settings: Settings;
  readonly names: Names;

  constructor(app: App, concern: string, description: string, { settings, names }: Fleet) {
    const stackName = names.cloudFormationStack(concern);
    super(app, stackName, {
      stackName,
      description: `${settings.stack}: ${description}`,
      env: environment(settings),
      terminationProtection: settings.protect,
      // No word about this deployment to anybody.
      analyticsReporting: false,
    });
    this.settings = settings;
    this.names = names;
    Tags.of(this).add("fleet", settings.stack);
  }

  /** ARN of a table. */
  tableArn(table: string): string {
    return this.formatArn({ service: "dynamodb", resource: "table", resourceName: table });
  }

  /** ARN of a queue. */
  queueArn(queue: string): string {
    return this.formatArn({ service: "sqs", resource: queue });
  }

  /** ARN of a topic. */
  topicArn(topic: string): string {
    return this.formatArn({ service: "sns", resource: topic });
  }

  /** ARNs of the topics that alerts go to: our own, and those of the settings. */
  get alertTopicArns(): string[] {
    const topics = [this.names.alertsTopic, ...this.settings.alerts.topics];
    return topics.map((topic) => (topic.startsWith("arn:") ? topic : this.topicArn(topic)));
  }

  /** ARNs of all jobs queues. */
  get jobsQueueArns(): string[] {
    return this.names.jobsQueues(pools(this.settings)).map((queue) => this.queueArn(queue));
  }

  /** ARN of an alarm. */
  alarmArn(alarm: string): string {
    return this.formatArn({
      service: "cloudwatch",
      resource: "alarm",
      resourceName: alarm,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }

  /** ARN of a bus. */
  busArn(bus: string): string {
    return this.formatArn({ service: "events", resource: "event-bus", resourceName: bus });
  }

  /** ARN of a rule, on a bus of ours or, without one, on the default bus. */
  ruleArn(rule: string, bus?: string): string {
    return this.formatArn({
      service: "events",
      resource: "rule",
      resourceName: bus === undefined ? rule : `${bus}/${rule}`,
    });
  }

  /** ARN of a log group. */
  logGroupArn(group: string): string {
    return this.formatArn({
      service: "logs",
      resource: "log-group",
      resourceName: group,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }

  /** ARN of a role. */
  roleArn(role: string): string {
    return this.formatArn({ service: "iam", region: "", resource: "role", resourceName: role });
  }

  /** ARN of a bucket, or of the objects in it whose keys match. */
  bucketArn(bucket: string, keys?: string): string {
    const resource = keys === undefined ? bucket : `${bucket}/${keys}`;
    return this.formatArn({ service: "s3", account: "", region: "", resource });
  }

  /** Name of the bucket of scripts. */
  get scriptsBucket(): string {
    return this.settings.scripts.bucket ?? `${this.names.with("scripts")}-${this.account}-${this.region}`;
  }

  /** Where scripts are, as `rsqlctl deploy --scripts` and workers take it. */
  get scriptsUri(): string {
    return `s3://${this.scriptsBucket}/${this.settings.scripts.prefix}`;
  }

  /** Something that people and tests ask the deployed stack for. */
  output(id: string, description: string, value: string): void {
    new CfnOutput(this, id, { description, value });
  }
}

/** Where no account and region are set, the templates fit any, and the CLI's own are taken. */
function environment({ account, region }: Settings): Environment {
  return { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) };
}

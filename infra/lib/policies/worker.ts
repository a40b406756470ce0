// What a worker may do. Owns the grants of the program `worker` and of the host beneath it. The program's are held against
// the calls of a recorded run: a call more or less there is a change here.

import { ArnFormat } from "aws-cdk-lib";

import { isLaunched, type Connection, type Login, type S3Place } from "../settings.ts";
import type { FleetStack } from "../stack.ts";
import type { Grant } from "./grant.ts";

/** Partition of the executions table that holds the workers' signs of life (WORKERS of shared/aws/src/dynamodb/layout.rs). */
const ROSTER = "#workers";

/** An object of S3. */
export interface S3Object {
  readonly bucket: string;
  readonly key: string;
}

/** What the program does: jobs, their state, logs, alerts, scripts, logins, and the word to Auto Scaling. */
export function workerGrants(stack: FleetStack): Grant[] {
  return [
    ...stateGrants(stack),
    ...queueGrants(stack),
    ...tellingGrants(stack),
    ...objectGrants(stack),
    ...loginGrants(stack),
    ...groupGrants(stack),
  ];
}

/** What the host does besides: it fetches packages once, and lets people in through Session Manager. */
export function hostGrants(stack: FleetStack, packages: readonly S3Object[]): Grant[] {
  return [
    {
      sid: "Package",
      actions: ["s3:GetObject"],
      resources: once(packages.map(({ bucket, key }) => stack.bucketArn(bucket, key))),
    },
    {
      // What AWS's own policy for managed instances grants beyond these five, nobody needs who only opens a shell.
      sid: "SessionManager",
      actions: [
        "ssm:UpdateInstanceInformation",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
      ],
      resources: ["*"],
      because: "Channels of Session Manager are no resources, and hosts have no ids before they are launched.",
    },
  ];
}

/** Rows are claimed and settled as a whole; `Query` and the batch are for preconditions on another workflow's last run. */
function stateGrants(stack: FleetStack): Grant[] {
  const { names } = stack;
  const executions = stack.tableArn(names.executionsTable);
  return [
    {
      sid: "Executions",
      actions: ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem"],
      resources: [executions],
    },
    { sid: "LastExecutions", actions: ["dynamodb:Query"], resources: [`${executions}/index/workflow`] },
    {
      sid: "Roster",
      actions: ["dynamodb:DeleteItem", "dynamodb:UpdateItem"],
      resources: [executions],
      conditions: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": [ROSTER] } },
    },
    { sid: "Versions", actions: ["dynamodb:Query"], resources: [stack.tableArn(names.versionsTable)] },
    { sid: "Audit", actions: ["dynamodb:PutItem"], resources: [stack.tableArn(names.auditTable)] },
  ];
}

function queueGrants(stack: FleetStack): Grant[] {
  const { names } = stack;
  return [
    {
      sid: "Jobs",
      actions: [
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueUrl",
        "sqs:ReceiveMessage",
        // A later attempt or look is a message of its own.
        "sqs:SendMessage",
      ],
      resources: stack.jobsQueueArns,
    },
    {
      sid: "Events",
      actions: ["sqs:GetQueueUrl", "sqs:SendMessage"],
      resources: [stack.queueArn(names.eventsQueue)],
    },
    { sid: "Alerts", actions: ["sns:Publish"], resources: stack.alertTopicArns },
  ];
}

/** Lines of logs, and metrics, which are lines of a log, too. */
function tellingGrants(stack: FleetStack): Grant[] {
  const { names } = stack;
  return [
    {
      sid: "Logs",
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [names.jobsLogGroup, names.metricsLogGroup].map((group) => `${stack.logGroupArn(group)}:*`),
      because: "Each attempt and each worker has a stream of its own in these two groups, named when it begins.",
    },
  ];
}

function objectGrants(stack: FleetStack): Grant[] {
  const { bucket, prefix } = { bucket: stack.scriptsBucket, prefix: asFolder(stack.settings.scripts.prefix) };
  return [
    listing(stack, "Scripts", { bucket, prefix }),
    {
      sid: "ScriptFiles",
      actions: ["s3:GetObject"],
      resources: [stack.bucketArn(bucket, `${prefix}*`)],
      because: "All that lies below the prefix is a script, or is included by one.",
    },
    ...stack.settings.landing.map((place, index) => listing(stack, `Landing${index}`, place)),
  ];
}

/** The worker takes the prefix of scripts for a folder, whether it ends like one or not. */
function asFolder(prefix: string): string {
  return prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
}

function listing(stack: FleetStack, sid: string, { bucket, prefix }: S3Place): Grant {
  const below = prefix === "" ? {} : { conditions: { StringLike: { "s3:prefix": `${prefix}*` } } };
  return { sid: `${sid}List`, actions: ["s3:ListBucket"], resources: [stack.bucketArn(bucket)], ...below };
}

function loginGrants(stack: FleetStack): Grant[] {
  const logins = stack.settings.connections.map(({ login }: Connection) => login);
  return [
    {
      sid: "Secrets",
      actions: ["secretsmanager:GetSecretValue"],
      resources: logins.flatMap((login) => (login.kind === "secret" ? [secretArn(stack, login.secret)] : [])),
    },
    ...clusterGrants(stack, logins),
    {
      sid: "Workgroups",
      actions: ["redshift-serverless:GetCredentials", "redshift-serverless:GetWorkgroup"],
      resources: once(
        logins.flatMap((login) => (login.kind === "workgroup" ? [workgroupArn(stack, login.workgroupId ?? "*")] : [])),
      ),
      because: "IAM knows a workgroup by the id that AWS draws; where the settings do not tell it, it can be any.",
    },
  ];
}

function workgroupArn(stack: FleetStack, id: string): string {
  return stack.formatArn({ service: "redshift-serverless", resource: "workgroup", resourceName: id });
}

/** Behind its name, the ARN of a secret has a hyphen and six characters that Secrets Manager draws. */
function secretArn(stack: FleetStack, secret: string): string {
  const drawn = "-??????";
  if (secret.startsWith("arn:")) return /-[A-Za-z0-9]{6}$/.test(secret) ? secret : `${secret}${drawn}`;
  return colonArn(stack, "secretsmanager", "secret", `${secret}${drawn}`);
}

function clusterGrants(stack: FleetStack, logins: readonly Login[]): Grant[] {
  const clusters = logins.flatMap((login) => (login.kind === "cluster" ? [login] : []));
  const named = clusters.filter(({ dbUser }) => dbUser !== undefined);
  const arn = (resource: string, name: string): string => colonArn(stack, "redshift", resource, name);
  const databases = (of: typeof clusters): string[] =>
    of.map(({ cluster, database }) => arn("dbname", `${cluster}/${database}`));
  return [
    {
      sid: "ClusterUsers",
      actions: ["redshift:GetClusterCredentials"],
      resources: once([
        ...databases(named),
        ...named.map(({ cluster, dbUser }) => arn("dbuser", `${cluster}/${dbUser ?? ""}`)),
      ]),
    },
    {
      sid: "ClusterIdentity",
      actions: ["redshift:GetClusterCredentialsWithIAM"],
      resources: once(databases(clusters.filter(({ dbUser }) => dbUser === undefined))),
    },
    {
      sid: "ClusterAddresses",
      actions: ["redshift:DescribeClusters"],
      resources: once(clusters.map(({ cluster }) => arn("cluster", cluster))),
    },
  ];
}

/** A host tells its group that it is up, that it is busy, and that it may go. */
function groupGrants(stack: FleetStack): Grant[] {
  const groups = stack.settings.workers.filter(isLaunched);
  const arn = (name: string): string =>
    colonArn(stack, "autoscaling", "autoScalingGroup", `*:autoScalingGroupName/${stack.names.workersGroup(name)}`);
  return [
    {
      sid: "OwnGroup",
      actions: ["autoscaling:CompleteLifecycleAction", "autoscaling:SetInstanceProtection"],
      resources: groups.map(({ name }) => arn(name)),
      because: "The ARN of an Auto Scaling group has an id that AWS draws, before the name, which is given in full.",
    },
  ];
}

function colonArn(stack: FleetStack, service: string, resource: string, resourceName: string): string {
  return stack.formatArn({ service, resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
}

function once(values: readonly string[]): string[] {
  return [...new Set(values)];
}

// What people may do who use `rsqlctl`: deploy, start, watch, cancel, resume, read logs and the audit trail. Owns their grants.
// None writes to the table of executions: requests go to the dispatcher's queue, so that each is carried out once, and audited.
// It is no wall against operators who mean harm: they may write audit records and compiled versions, and send jobs to workers.

import { ArnFormat } from "aws-cdk-lib";

import type { FleetStack } from "../stack.ts";
import type { Grant } from "./grant.ts";

export function operatorGrants(stack: FleetStack): Grant[] {
  return [
    ...stateGrants(stack),
    ...queueGrants(stack),
    ...scheduleGrants(stack),
    ...logGrants(stack),
    ...scriptGrants(stack),
  ];
}

function stateGrants(stack: FleetStack): Grant[] {
  const { names } = stack;
  const executions = stack.tableArn(names.executionsTable);
  return [
    {
      sid: "Workflows",
      actions: ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Scan"],
      resources: [stack.tableArn(names.workflowsTable)],
    },
    {
      sid: "Versions",
      actions: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
      resources: [stack.tableArn(names.versionsTable)],
    },
    {
      sid: "Executions",
      actions: ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"],
      resources: [executions],
    },
    {
      sid: "ExecutionIndexes",
      actions: ["dynamodb:Query"],
      resources: ["open", "started", "workflow"].map((index) => `${executions}/index/${index}`),
    },
    { sid: "Audit", actions: ["dynamodb:PutItem", "dynamodb:Query"], resources: [stack.tableArn(names.auditTable)] },
  ];
}

function queueGrants(stack: FleetStack): Grant[] {
  const { names } = stack;
  return [
    {
      sid: "Requests",
      actions: ["sqs:GetQueueUrl", "sqs:SendMessage"],
      // Jobs queues take dead letters back.
      resources: [stack.queueArn(names.eventsQueue), ...stack.jobsQueueArns],
    },
    {
      sid: "DeadLetters",
      actions: ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"],
      resources: [names.deadEventsQueue, names.deadJobsQueue].map((queue) => stack.queueArn(queue)),
    },
    { sid: "Starts", actions: ["events:PutEvents"], resources: [stack.busArn(names.bus)] },
  ];
}

function scheduleGrants(stack: FleetStack): Grant[] {
  const { names } = stack;
  const schedules = stack.formatArn({
    service: "scheduler",
    resource: "schedule",
    resourceName: `${names.scheduleGroup}/*`,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
  return [
    {
      sid: "ScheduleRules",
      actions: [
        "events:DeleteRule",
        "events:ListTargetsByRule",
        "events:PutRule",
        "events:PutTargets",
        "events:RemoveTargets",
      ],
      resources: [stack.ruleArn(names.with("*"))],
      because: "A schedule's rule is named after its workflow, which comes later than this policy.",
    },
    {
      // Its name begins as those of schedules do. Whoever could stop it would stop deadlines, retries and dead letters.
      sid: "KeepTheTick",
      effect: "Deny",
      actions: ["events:DeleteRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets"],
      resources: [stack.ruleArn(names.tickRule)],
    },
    {
      sid: "Schedules",
      actions: ["scheduler:CreateSchedule", "scheduler:DeleteSchedule", "scheduler:UpdateSchedule"],
      resources: [schedules],
      because:
        "A schedule is named after its workflow, which comes later than this policy; the group is named in full.",
    },
    {
      sid: "FindSchedules",
      actions: ["events:ListRules", "scheduler:ListSchedules"],
      resources: ["*"],
      because: "EventBridge and its Scheduler know no resource for these two actions.",
    },
    {
      sid: "GiveSchedulesTheirRole",
      actions: ["iam:PassRole"],
      resources: [stack.roleArn(names.schedulerRole)],
      conditions: { StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" } },
    },
  ];
}

function logGrants(stack: FleetStack): Grant[] {
  const group = stack.logGroupArn(stack.names.jobsLogGroup);
  return [
    {
      sid: "FindLogs",
      actions: ["logs:DescribeLogStreams"],
      resources: [`${group}:*`],
      because: "With these two characters ends the ARN of the log group itself, which is named in full.",
    },
    {
      sid: "ReadLogs",
      actions: ["logs:GetLogEvents"],
      resources: [`${group}:log-stream:*`],
      because: "Each attempt has a stream of its own in this group, named when it begins.",
    },
  ];
}

function scriptGrants(stack: FleetStack): Grant[] {
  return [
    {
      // Without it, S3 answers for an object that is not there as for one that is forbidden.
      sid: "FindScripts",
      actions: ["s3:ListBucket"],
      resources: [stack.bucketArn(stack.scriptsBucket)],
    },
    {
      sid: "Scripts",
      actions: ["s3:GetObject", "s3:PutObject"],
      resources: [stack.bucketArn(stack.scriptsBucket, `${stack.settings.scripts.prefix}*`)],
      because: "Scripts have the names that their authors give them; the bucket and the prefix are named in full.",
    },
  ];
}

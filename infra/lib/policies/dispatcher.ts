// What the dispatcher's function may do. Owns the grants of the program, which are held against the calls of a recorded run,
// and those of Lambda, which reads the queue and writes the log on its behalf.

import type { FleetStack } from "../stack.ts";
import type { Grant } from "./grant.ts";

/** What the program does: state, messages, alerts, changes of status. */
export function dispatcherGrants(stack: FleetStack): Grant[] {
  return [...stateGrants(stack), ...queueGrants(stack), ...tellingGrants(stack)];
}

/** What Lambda does with the function's role: it takes batches of events, deletes what was done, keeps the log. */
export function lambdaGrants(stack: FleetStack): Grant[] {
  const { names } = stack;
  return [
    {
      sid: "EventSource",
      actions: ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
      resources: [stack.queueArn(names.eventsQueue)],
    },
    {
      sid: "OwnLog",
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [`${stack.logGroupArn(names.dispatcherLogGroup)}:log-stream:*`],
      because:
        "Each instance of the function has a stream of its own in this group, which Lambda names when it starts.",
    },
  ];
}

function stateGrants(stack: FleetStack): Grant[] {
  const { names } = stack;
  const executions = stack.tableArn(names.executionsTable);
  return [
    { sid: "Workflows", actions: ["dynamodb:GetItem"], resources: [stack.tableArn(names.workflowsTable)] },
    {
      // A definition that was put into the table by hand gets its version when a start finds it.
      sid: "Versions",
      actions: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
      resources: [stack.tableArn(names.versionsTable)],
    },
    {
      // A transaction asks for the rights of what it does: PutItem and UpdateItem.
      sid: "Executions",
      actions: [
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
      ],
      resources: [executions],
    },
    {
      sid: "ExecutionIndexes",
      actions: ["dynamodb:Query"],
      resources: ["attention", "held", "workflow"].map((index) => `${executions}/index/${index}`),
    },
    // Records are added. Whoever may put one may put another in its place: IAM does not tell the two apart, and the programs
    // never do the second.
    { sid: "Audit", actions: ["dynamodb:PutItem"], resources: [stack.tableArn(names.auditTable)] },
  ];
}

function queueGrants(stack: FleetStack): Grant[] {
  const { names } = stack;
  return [
    {
      // An event that must wait is put back.
      sid: "Events",
      actions: ["sqs:ChangeMessageVisibility", "sqs:GetQueueUrl", "sqs:SendMessage"],
      resources: [stack.queueArn(names.eventsQueue)],
    },
    {
      sid: "Jobs",
      actions: ["sqs:GetQueueUrl", "sqs:SendMessage"],
      resources: stack.jobsQueueArns,
    },
    {
      sid: "DeadJobs",
      actions: ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"],
      resources: [stack.queueArn(names.deadJobsQueue)],
    },
  ];
}

function tellingGrants(stack: FleetStack): Grant[] {
  return [
    { sid: "Alerts", actions: ["sns:Publish"], resources: stack.alertTopicArns },
    { sid: "StatusChanges", actions: ["events:PutEvents"], resources: [stack.busArn(stack.names.bus)] },
  ];
}

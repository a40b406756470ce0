// What the stacks of logs, tables, messaging, dispatcher and operators make of their settings. That keys, queues and rules are
// those of the tests' own resources is in `resources.test.ts`; workers and observability have tests of their own.

import { describe, expect, test } from "vitest";

import { EVERYTHING, LEAST, resolved, resources, synthesise, temporaryFolder, type Template } from "./support.ts";

const folder = temporaryFolder();
const least = synthesise(LEAST, folder);
const everything = synthesise(EVERYTHING, folder);

function all(template: Template | undefined, type: string): Record<string, unknown>[] {
  return resources(template, type).map(({ Properties }) => resolved(Properties) as Record<string, unknown>);
}

function only(template: Template | undefined, type: string): Record<string, unknown> {
  const found = all(template, type);
  expect(found).toHaveLength(1);
  return found[0] ?? {};
}

describe("logs", () => {
  test("are kept as long as the settings say", () => {
    const days = (templates: typeof least): unknown[] =>
      all(templates["logs"], "AWS::Logs::LogGroup").map(({ RetentionInDays }) => RetentionInDays);
    expect(days(least)).toEqual([30, 30, 30]);
    expect(days(everything)).toEqual([7, 7, 7]);
  });

  test("failed attempts are counted once, and the dispatcher's errors by their level", () => {
    const filters = all(least["logs"], "AWS::Logs::MetricFilter").map(
      ({ FilterPattern, LogGroupName, MetricTransformations }) => ({
        FilterPattern,
        LogGroupName,
        ...(MetricTransformations as Record<string, unknown>[])[0],
      }),
    );
    expect(filters).toMatchObject([
      { FilterPattern: '"ERROR:"', MetricName: "ErrorLines", MetricNamespace: "/rsql-fleet/metrics", DefaultValue: 0 },
      { FilterPattern: "{ $.Queue = * && $.Failed = * }", MetricName: "FailedAttempts", MetricValue: "$.Failed" },
      {
        FilterPattern: '{ $.level = "ERROR" && $.target = "dispatcher*" }',
        MetricName: "DispatcherErrors",
        MetricValue: "1",
      },
    ]);
  });
});

describe("tables", () => {
  test("are protected, backed up and paid by request", () => {
    const tables = all(least["tables"], "AWS::DynamoDB::Table");
    expect(tables).toHaveLength(4);
    for (const table of tables) {
      expect(table).toMatchObject({
        BillingMode: "PAY_PER_REQUEST",
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      });
    }
    for (const table of all(everything["tables"], "AWS::DynamoDB::Table"))
      expect(table["DeletionProtectionEnabled"]).toBe(false);
  });

  test("records and signs of life expire where they were given an end", () => {
    const expiring = all(least["tables"], "AWS::DynamoDB::Table").filter(
      ({ TimeToLiveSpecification }) => TimeToLiveSpecification !== undefined,
    );
    expect(expiring.map(({ TableName }) => TableName)).toEqual(["rsql-fleet-executions", "rsql-fleet-audit"]);
  });
});

describe("messaging", () => {
  const queue = (templates: typeof least, name: string): Record<string, unknown> =>
    all(templates["messaging"], "AWS::SQS::Queue").find(({ QueueName }) => QueueName === name) ?? {};

  test("a batch stays hidden for six times the function's timeout, and the window", () => {
    expect(queue(least, "rsql-fleet-events")["VisibilityTimeout"]).toBe(120);
    expect(queue(everything, "night-events")["VisibilityTimeout"]).toBe(6 * 30 + 1);
  });

  test("each pool has a queue, and all share their dead letters", () => {
    const jobs = all(everything["messaging"], "AWS::SQS::Queue").filter(({ QueueName }) =>
      String(QueueName).startsWith("night-jobs"),
    );
    expect(jobs.map(({ QueueName }) => QueueName)).toEqual(["night-jobs", "night-jobs-finance", "night-jobs-shop"]);
    expect(new Set(jobs.map(({ RedrivePolicy }) => JSON.stringify(RedrivePolicy))).size).toBe(1);
  });

  test("only rules of this fleet may send to the dispatcher", () => {
    const policies = all(least["messaging"], "AWS::SQS::QueuePolicy").map(({ PolicyDocument }) =>
      JSON.stringify(PolicyDocument),
    );
    const open = policies.filter((policy) => policy.includes("events.amazonaws.com"));
    expect(open).toHaveLength(2);
    for (const policy of open) {
      expect(policy).toContain("arn:aws:events:us-east-1:123456789012:rule/rsql-fleet-*");
      expect(policy).toContain("arn:aws:events:us-east-1:123456789012:rule/rsql-fleet/*");
    }
  });

  test("what a rule cannot deliver lies among the dead letters", () => {
    const rules = all(least["messaging"], "AWS::Events::Rule");
    expect(rules).toHaveLength(2);
    for (const { Targets } of rules) {
      expect(Targets).toMatchObject([{ DeadLetterConfig: { Arn: expect.stringContaining("DeadEvents") as string } }]);
    }
  });

  test("schedules of this group alone take on their role", () => {
    const role = all(least["messaging"], "AWS::IAM::Role").find(({ RoleName }) => RoleName === "rsql-fleet-scheduler");
    expect(role?.["AssumeRolePolicyDocument"]).toMatchObject({
      Statement: [
        {
          Principal: { Service: "scheduler.amazonaws.com" },
          Condition: {
            ArnEquals: { "aws:SourceArn": "<Schedules.Arn>" },
            StringEquals: { "aws:SourceAccount": "123456789012" },
          },
        },
      ],
    });
  });

  test("who hears of alerts", () => {
    expect(all(least["messaging"], "AWS::SNS::Subscription")).toEqual([]);
    expect(all(everything["messaging"], "AWS::SNS::Subscription")).toMatchObject([
      { Protocol: "email", Endpoint: "night@example.com" },
      { Protocol: "https", Endpoint: "https://example.com/alerts" },
    ]);
  });

  test("Slack shows alerts and may do nothing", () => {
    expect(all(least["messaging"], "AWS::Chatbot::SlackChannelConfiguration")).toEqual([]);
    expect(only(everything["messaging"], "AWS::Chatbot::SlackChannelConfiguration")).toMatchObject({
      SlackWorkspaceId: "T0123ABCD",
      SlackChannelId: "C0123ABCD",
      GuardrailPolicies: ["arn:aws:iam::aws:policy/AWSDenyAll"],
    });
    const role = all(everything["messaging"], "AWS::IAM::Role").find(({ RoleName }) => RoleName === "night-chat");
    expect(role).toBeDefined();
    expect([role?.["Policies"], role?.["ManagedPolicyArns"]]).toEqual([undefined, undefined]);
    expect(role?.["AssumeRolePolicyDocument"]).toMatchObject({
      Statement: [{ Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } } }],
    });
  });

  test("alarms may publish, which takes the key, too; administrators cannot read with it", () => {
    const [, alarms] = (only(least["messaging"], "AWS::SNS::TopicPolicy")["PolicyDocument"] as { Statement: unknown[] })
      .Statement;
    expect(alarms).toMatchObject({
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Condition: { ArnLike: { "aws:SourceArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:rsql-fleet-*" } },
    });
    const { Statement } = only(least["messaging"], "AWS::KMS::Key")["KeyPolicy"] as {
      Statement: { Sid: string; Action: string[] }[];
    };
    const decrypts = Statement.filter(({ Action }) => Action.includes("kms:Decrypt")).map(({ Sid }) => Sid);
    expect(decrypts).toEqual(["PublishersThroughSns", "Alarms"]);
    expect(Statement.flatMap(({ Action }) => Action).filter((action) => action.includes("*"))).toEqual([]);
  });
});

describe("dispatcher", () => {
  test("runs the package on the architecture, and knows the pools", () => {
    expect(only(least["dispatcher"], "AWS::Lambda::Function")).toMatchObject({
      FunctionName: "rsql-fleet-dispatcher",
      Architectures: ["arm64"],
      Runtime: "provided.al2023",
      Handler: "bootstrap",
      MemorySize: 256,
      Timeout: 20,
      RecursiveLoop: "Allow",
      Environment: { Variables: { FLEET_STACK: "rsql-fleet", FLEET_POOLS: "", FLEET_LOG: "json" } },
    });
    expect(only(everything["dispatcher"], "AWS::Lambda::Function")).toMatchObject({
      Architectures: ["x86_64"],
      MemorySize: 512,
      Timeout: 30,
      Environment: { Variables: { FLEET_STACK: "night", FLEET_POOLS: "finance,shop", FLEET_AUDIT_DAYS: "730" } },
    });
  });

  test("is fed in batches of which it can give back single messages", () => {
    const source = {
      EventSourceArn: "arn:aws:sqs:us-east-1:123456789012:rsql-fleet-events",
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    };
    expect(only(least["dispatcher"], "AWS::Lambda::EventSourceMapping")).toMatchObject({
      ...source,
      BatchSize: 10,
      MaximumBatchingWindowInSeconds: 0,
      ScalingConfig: { MaximumConcurrency: 10 },
    });
    expect(only(everything["dispatcher"], "AWS::Lambda::EventSourceMapping")).toMatchObject({
      BatchSize: 50,
      MaximumBatchingWindowInSeconds: 1,
      ScalingConfig: { MaximumConcurrency: 50 },
    });
  });

  test("adds to the audit trail and does nothing else with it", () => {
    const role = JSON.stringify(only(least["dispatcher"], "AWS::IAM::Role")["Policies"]);
    const statements = (
      JSON.parse(role) as { PolicyDocument: { Statement: { Action: unknown; Resource: unknown }[] } }[]
    ).flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
    const audit = statements.filter(({ Resource }) => JSON.stringify(Resource).includes("rsql-fleet-audit"));
    expect(audit.map(({ Action }) => Action)).toEqual(["dynamodb:PutItem"]);
  });

  test("may alert on the topics that workflows name", () => {
    const policies = JSON.stringify(only(everything["dispatcher"], "AWS::IAM::Role")["Policies"]);
    expect(policies).toContain("arn:aws:sns:eu-west-1:123456789012:etl-alerts");
    expect(policies).toContain("arn:aws:sns:us-east-1:123456789012:elsewhere");
  });
});

test("operators cannot change an execution but by asking the dispatcher", () => {
  const { PolicyDocument } = only(least["operators"], "AWS::IAM::ManagedPolicy") as {
    PolicyDocument: { Statement: { Action: string | string[]; Resource: unknown }[] };
  };
  const onExecutions = PolicyDocument.Statement.filter(({ Resource }) =>
    JSON.stringify(Resource).includes("-executions"),
  );
  expect(onExecutions.flatMap(({ Action }) => Action).sort()).toEqual([
    "dynamodb:BatchGetItem",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Query",
  ]);
});

test("operators make rules of schedules, and cannot stop the tick", () => {
  const { PolicyDocument } = only(least["operators"], "AWS::IAM::ManagedPolicy") as {
    PolicyDocument: { Statement: { Effect: string; Action: string[]; Resource: unknown }[] };
  };
  const rules = (effect: string): { Action: string[]; Resource: unknown } | undefined =>
    PolicyDocument.Statement.find(({ Effect, Action }) => Effect === effect && Action.includes("events:PutRule"));
  const [allowed, denied] = [rules("Allow"), rules("Deny")];
  expect(denied?.Resource).toBe("arn:aws:events:us-east-1:123456789012:rule/rsql-fleet-tick");
  const changes = (allowed?.Action ?? []).filter((action) => !action.startsWith("events:List"));
  expect(changes).toHaveLength(4);
  expect(denied?.Action).toEqual(changes);
});

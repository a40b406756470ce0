// Tables, queues, bus and rules are those that tests/aws_resources.py makes for the tests on the local endpoint, so that what
// is proved there holds for what is deployed.

import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { resolved, resources, synthesise, temporaryFolder, type Template } from "./support.ts";

interface Call {
  readonly operation: string;
  readonly [argument: string]: unknown;
}

const SETTINGS = "stack: night\nworkers: [{ name: default, queues: { default: 4, finance: 2 } }]\n";

const templates = synthesise(SETTINGS, temporaryFolder());
const calls = JSON.parse(
  execFileSync("python3", [join(import.meta.dirname, "recorded_calls.py"), "night", "finance"], { encoding: "utf8" }),
) as Call[];

/** What the script asks for by this operation. */
function asked(operation: string): Call[] {
  return calls.filter((call) => call.operation === operation);
}

function properties(template: Template | undefined, type: string): Record<string, unknown>[] {
  return resources(template, type).map((resource) => resolved(resource.Properties) as Record<string, unknown>);
}

function named<T extends Record<string, unknown>>(all: readonly T[], key: string, name: unknown): T {
  const found = all.find((one) => one[key] === name);
  if (found === undefined)
    throw new Error(`there is no ${String(name)} among ${JSON.stringify(all.map((one) => one[key]))}`);
  return found;
}

describe("tables", () => {
  const made = properties(templates["tables"], "AWS::DynamoDB::Table");
  const expires = asked("update_time_to_live").map(({ TableName }) => TableName);

  test.each(asked("create_table").map((call) => [String(call["TableName"]), call] as const))("%s", (name, call) => {
    const table = named(made, "TableName", name);
    expect(byName(table["AttributeDefinitions"])).toEqual(byName(call["AttributeDefinitions"]));
    expect(table["KeySchema"]).toEqual(call["KeySchema"]);
    expect(table["BillingMode"]).toBe(call["BillingMode"]);
    expect(byName(table["LocalSecondaryIndexes"])).toEqual(byName(call["LocalSecondaryIndexes"]));
    expect(byName(table["GlobalSecondaryIndexes"])).toEqual(byName(call["GlobalSecondaryIndexes"]));
    if (expires.includes(name))
      expect(table).toMatchObject({ TimeToLiveSpecification: { AttributeName: "expires_at", Enabled: true } });
  });

  test("no other", () => expect(made).toHaveLength(asked("create_table").length));
});

describe("queues", () => {
  const made = properties(templates["messaging"], "AWS::SQS::Queue");

  test.each(asked("create_queue").map((call) => [String(call["QueueName"]), call] as const))("%s", (name, call) => {
    const attributes = call["Attributes"] as Record<string, string>;
    const queue = named(made, "QueueName", name);
    expect(String(queue["MessageRetentionPeriod"])).toBe(attributes["MessageRetentionPeriod"]);
    expect(String(queue["ReceiveMessageWaitTimeSeconds"])).toBe(attributes["ReceiveMessageWaitTimeSeconds"]);
    // SQS's own default, where nobody has set one.
    expect(String(queue["VisibilityTimeout"] ?? 30)).toBe(attributes["VisibilityTimeout"]);
    expect(redrive(queue["RedrivePolicy"])).toEqual(redrive(attributes["RedrivePolicy"]));
  });

  test("no other", () => expect(made).toHaveLength(asked("create_queue").length));

  /** Receives, and the last part of the dead letters' ARN or of their logical id. */
  function redrive(policy: unknown): unknown {
    if (policy === undefined) return undefined;
    const { deadLetterTargetArn, maxReceiveCount } = (
      typeof policy === "string" ? JSON.parse(policy) : policy
    ) as Record<string, unknown>;
    const target = String(deadLetterTargetArn);
    const dead = /DeadEvents|dead-events/.test(target) ? "events" : /DeadJobs|dead-jobs/.test(target) ? "jobs" : target;
    return { dead, maxReceiveCount };
  }
});

describe("rules", () => {
  const made = properties(templates["messaging"], "AWS::Events::Rule");

  test.each(asked("put_rule").map((call) => [String(call["Name"]), call] as const))("%s", (name, call) => {
    const rule = named(made, "Name", name);
    expect(rule["EventBusName"]).toBe(call["EventBusName"]);
    expect(rule["ScheduleExpression"]).toBe(call["ScheduleExpression"]);
    expect(rule["EventPattern"]).toEqual(
      call["EventPattern"] === undefined ? undefined : JSON.parse(String(call["EventPattern"])),
    );
    const [target] = (asked("put_targets").find(({ Rule }) => Rule === name)?.["Targets"] ?? []) as Record<
      string,
      string
    >[];
    const [ours] = rule["Targets"] as Record<string, string>[];
    const input = (text: string | undefined): unknown => (text === undefined ? undefined : JSON.parse(text));
    expect(input(ours?.["Input"])).toEqual(input(target?.["Input"]));
  });
});

test("bus, topic, group of schedules and log groups", () => {
  expect(properties(templates["messaging"], "AWS::Events::EventBus")).toMatchObject([
    { Name: asked("create_event_bus")[0]?.["Name"] },
  ]);
  expect(properties(templates["messaging"], "AWS::SNS::Topic")).toMatchObject([
    { TopicName: asked("create_topic")[0]?.["Name"] },
  ]);
  const [group] = asked("create_schedule_group");
  expect(properties(templates["messaging"], "AWS::Scheduler::ScheduleGroup")).toMatchObject([
    { Name: group?.["Name"] },
  ]);
  const groups = properties(templates["logs"], "AWS::Logs::LogGroup").map(({ LogGroupName }) => LogGroupName);
  expect(groups).toEqual(expect.arrayContaining(asked("create_log_group").map(({ logGroupName }) => logGroupName)));
});

/** A list of named things in the order of their names. */
function byName(list: unknown): unknown {
  if (!Array.isArray(list)) return undefined;
  const name = (one: Record<string, unknown>): string => String(one["IndexName"] ?? one["AttributeName"]);
  return [...(list as Record<string, unknown>[])].sort((a, b) => name(a).localeCompare(name(b)));
}

// What holds of every template, whatever it is about: encryption, TLS, names, rights without wildcards, and no ties between
// stacks but names.

import { describe, expect, test } from "vitest";

import { EVERYTHING, HANDED_OUT, resolved, resources, synthesise, temporaryFolder, type Resource } from "./support.ts";

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: unknown;
}

const folder = temporaryFolder();
const CASES = [
  ["handed out", HANDED_OUT],
  ["everything", EVERYTHING],
] as const;
/** For these actions, AWS's Service Authorization Reference names no type of resource. */
const WITHOUT_RESOURCES = [
  "events:ListRules",
  "scheduler:ListSchedules",
  "ssm:UpdateInstanceInformation",
  "ssmmessages:CreateControlChannel",
  "ssmmessages:CreateDataChannel",
  "ssmmessages:OpenControlChannel",
  "ssmmessages:OpenDataChannel",
];
/** Quotas of IAM, in characters without white space. */
const MANAGED_POLICY_CHARS_MAX = 6_144;
const INLINE_POLICIES_CHARS_MAX = 10_240;

describe.each(CASES)("%s", (_, text) => {
  const templates = synthesise(text, folder);
  const all = Object.values(templates).flatMap((template) => Object.values(template.Resources));
  const ofType = (type: string): Resource[] => all.filter((resource) => resource.Type === type);

  test("no stack imports from another", () => {
    expect(JSON.stringify(templates)).not.toMatch(/Fn::ImportValue|"Export":/);
  });

  test("queues, topic and buckets take nothing without TLS", () => {
    const guarded = (policies: string, key: string): unknown[] =>
      ofType(policies)
        .filter(({ Properties }) =>
          JSON.stringify(Properties["PolicyDocument"]).includes('"aws:SecureTransport":"false"'),
        )
        .flatMap(({ Properties }) => Properties[key]);
    expect(guarded("AWS::SQS::QueuePolicy", "Queues")).toHaveLength(ofType("AWS::SQS::Queue").length);
    expect(guarded("AWS::SNS::TopicPolicy", "Topics")).toHaveLength(ofType("AWS::SNS::Topic").length);
    expect(guarded("AWS::S3::BucketPolicy", "Bucket")).toHaveLength(ofType("AWS::S3::Bucket").length);
    expect(ofType("AWS::SQS::Queue").length).toBeGreaterThan(3);
  });

  test("what keeps data encrypts it", () => {
    for (const queue of ofType("AWS::SQS::Queue")) expect(queue.Properties["SqsManagedSseEnabled"]).toBe(true);
    for (const topic of ofType("AWS::SNS::Topic")) expect(topic.Properties["KmsMasterKeyId"]).toBeDefined();
    for (const bucket of ofType("AWS::S3::Bucket")) expect(bucket.Properties["BucketEncryption"]).toBeDefined();
    for (const key of ofType("AWS::KMS::Key")) expect(key.Properties["EnableKeyRotation"]).toBe(true);
  });

  test("names begin with the stack's", () => {
    const stack = /^stack: (.+)$/m.exec(text)?.[1] ?? "";
    const names = all.flatMap(({ Properties }) =>
      [
        "TableName",
        "QueueName",
        "TopicName",
        "FunctionName",
        "RoleName",
        "ManagedPolicyName",
        "LogGroupName",
        "AlarmName",
      ]
        .map((key) => resolved(Properties?.[key]))
        // What is not named here refers to a resource that is.
        .filter((name): name is string => typeof name === "string" && !name.includes("<")),
    );
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !new RegExp(`^(/aws/[a-z]+)?/?${stack}[-/]`).test(name))).toEqual([]);
  });

  test("rights name their actions, and their resources where AWS lets them", () => {
    const granted = all.flatMap(identityStatements).filter(({ Effect }) => Effect === "Allow");
    expect(granted.length).toBeGreaterThan(20);
    for (const { Action, Resource: on } of granted) {
      const actions = [Action].flat();
      expect(actions.filter((action) => action.includes("*"))).toEqual([]);
      if ([on].flat().includes("*"))
        expect(actions.filter((action) => !WITHOUT_RESOURCES.includes(action))).toEqual([]);
    }
  });

  test("policies fit into IAM's quotas", () => {
    for (const { Properties } of ofType("AWS::IAM::ManagedPolicy")) {
      expect(JSON.stringify(resolved(Properties["PolicyDocument"])).length).toBeLessThan(MANAGED_POLICY_CHARS_MAX);
    }
    for (const { Properties } of ofType("AWS::IAM::Role")) {
      expect(JSON.stringify(resolved(Properties["Policies"] ?? [])).length).toBeLessThan(INLINE_POLICIES_CHARS_MAX);
    }
  });

  test("a role is taken on by one service", () => {
    const roles = ofType("AWS::IAM::Role").map((role) => resolved(role.Properties["AssumeRolePolicyDocument"]));
    expect(roles.length).toBeGreaterThan(2);
    for (const trust of roles) {
      const { Statement } = trust as { Statement: { Action: string; Principal: { Service?: unknown } }[] };
      expect(Statement).toHaveLength(1);
      expect(Statement[0]).toMatchObject({
        Action: "sts:AssumeRole",
        Principal: { Service: expect.any(String) as string },
      });
    }
  });
});

test("only tables, scripts, logs and key outlive their stacks, and only where they are protected", () => {
  const kept = (text: string): string[] => {
    const templates = Object.values(synthesise(text, folder));
    const held = templates
      .flatMap((template) => Object.values(template.Resources))
      .filter(({ DeletionPolicy }) => DeletionPolicy !== undefined && DeletionPolicy !== "Delete");
    return [...new Set(held.map(({ Type }) => Type))].sort();
  };
  expect(kept(HANDED_OUT)).toEqual(["AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::Logs::LogGroup", "AWS::S3::Bucket"]);
  expect(kept(EVERYTHING)).toEqual([]);
});

test("a bucket of scripts that is there already is not made", () => {
  expect(resources(synthesise(HANDED_OUT, folder)["operators"], "AWS::S3::Bucket")).toHaveLength(1);
  expect(resources(synthesise(EVERYTHING, folder)["operators"], "AWS::S3::Bucket")).toHaveLength(0);
});

/** Statements of roles' and managed policies; policies of queues, topics, keys and buckets are about themselves. */
function identityStatements({ Type, Properties }: Resource): Statement[] {
  const documents =
    Type === "AWS::IAM::Role"
      ? ((Properties["Policies"] ?? []) as { PolicyDocument: unknown }[]).map(({ PolicyDocument }) => PolicyDocument)
      : Type === "AWS::IAM::Policy" || Type === "AWS::IAM::ManagedPolicy"
        ? [Properties["PolicyDocument"]]
        : [];
  return documents.flatMap((document) => (resolved(document) as { Statement: Statement[] }).Statement);
}

// What settings are refused, and in which words: file and line, field, what is wrong, what to do.

import { describe, expect, test } from "vitest";

import { loadSettings, parseSettings, SettingsError } from "../lib/settings.ts";
import { LEAST } from "./support.ts";

const WORKERS = "workers:\n  - name: default\n    queues: { default: 4 }\n";

/** The lines of the message, or `accepted`. */
function refused(text: string): string {
  try {
    parseSettings("/fleet/infra/settings.yaml", text);
    return "accepted";
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
}

/** Settings that begin with this, and are right but for it. */
function check(text: string, ...expected: string[]): void {
  test(text.split("\n").join(" / "), () => {
    const message = refused(text.includes("workers:") ? text : `${text}\n${LEAST}`);
    expect(message.split("\n")).toHaveLength(expected.length);
    expected.forEach((part) => expect(message).toContain(part));
  });
}

describe("keys", () => {
  check("stak: night", "settings.yaml:1: stak: there is no such setting; did you mean `stack`?");
  check(
    "protect: true\nalerts:\n  mails: [a@b.cc]",
    "settings.yaml:3: alerts.mails: there is no such setting; did you mean `emails`?",
  );
  check("dispatcher: { timeout: 20 }", "dispatcher.timeout: there is no such setting; did you mean `timeoutSeconds`?");
  check(
    `${WORKERS}    qeues: {}`,
    "settings.yaml:4: workers[0].qeues: there is no such setting; did you mean `queues`?",
  );
  check("stack: a\nstack: b", "settings.yaml:2: YAML: Map keys must be unique");
});

describe("words and numbers", () => {
  check("stack: night_2", "settings.yaml:1: stack: `night_2` will not do; write a letter and then up to 39");
  check(`stack: ${"n".repeat(41)}`, "up to 39 letters, digits or hyphens");
  check("stack: default", "stack: AWS has a bus and a group of schedules of this name; write another");
  check("stack: [night]", "stack: a list will not do");
  check("account: 12345", "account: `12345` will not do; write the 12 digits");
  check("region: Ireland", "region: `Ireland` will not do; write a region such as eu-west-1");
  check("protect: maybe", "protect: `maybe` is neither; write true or false");
  check("logs: { retentionDays: 31 }", "logs.retentionDays: `31` is none of them; write one of 1, 3, 5");
  check("auditDays: 0", "auditDays: `0` is out of range; write a whole number of days from 1 to 36500");
  check("auditDays: 1.5", "auditDays: `1.5` is out of range");
  check("auditDays: soon", "auditDays: `soon` is out of range");
  check("logs: 30", "logs: `30` is no map; write retentionDays");
  check("- a\n- b\n# workers:", "settings.yaml:1: the file: a list is no map");
});

describe("scripts and landing", () => {
  check("scripts: { bucket: My_Bucket }", "scripts.bucket: `My_Bucket` will not do; write the name of an S3 bucket");
  check("scripts: { existing: true }", "scripts: an existing bucket has a name; add bucket");
  check("scripts: { prefix: /scripts }", "scripts.prefix: `/scripts` will not do; write a key's beginning");
  check("stack: Night", "scripts: no bucket can be called `Night-scripts-ACCOUNT-REGION`; add bucket: NAME");
  check(`stack: ${"n".repeat(28)}`, "scripts: no bucket can be called");
  check("landing: [s3://lake]", "landing[0]: `s3://lake` will not do; write bucket or bucket/prefix, without s3://");
  check("landing: lake", "landing: `lake` is no list; write [bucket, bucket/prefix]");
});

describe("connections", () => {
  const connection = (text: string): string => `connections:\n  - { ${text} }`;
  check(connection("secret: a/b"), "settings.yaml:2: connections[0].name: it is missing");
  check(connection("name: dw"), "connections[0]: it has no single login; write one of secret, cluster and workgroup");
  check(connection("name: dw, secret: a, cluster: b"), "connections[0]: it has no single login");
  check(connection("name: dw, secret: a, database: b"), "database and dbUser are for clusters and workgroups");
  check(connection("name: dw, cluster: a"), "connections[0]: temporary credentials tell no database; add database");
  check(connection("name: dw, workgroup: a, database: b, dbUser: c"), "dbUser is for clusters; leave it out");
  check(
    connection("name: dw, workgroup: a, database: b, workgroupId: c"),
    "write the workgroup's id, the end of its ARN",
  );
  const id = "01234567-89ab-cdef-0123-456789abcdef";
  check(connection(`name: dw, secret: a, workgroupId: ${id}`), "workgroupId is a workgroup's; add workgroup");
  check(
    connection("name: dw, secret: 'a;b'"),
    "connections[0].secret: `a;b` will not do; write the secret's name or ARN, without",
  );
  check(
    connection("name: dw, secret: a, sslmode: on"),
    "connections[0].sslmode: `on` is not one of its words; write disable or",
  );
  check(connection("name: dw, secret: a, sessions: old"), "connections[0].sessions: `old` is not one of its words");
  check(
    `${connection("name: dw, secret: a")}\n  - { name: dw, secret: b }`,
    "settings.yaml:3: connections[1]: `dw` is there twice",
  );
});

describe("dispatcher", () => {
  check(
    "dispatcher: { architecture: arm }",
    "dispatcher.architecture: `arm` is not one of its words; write arm64 or x86_64",
  );
  check(
    "dispatcher: { memoryMb: 64 }",
    "dispatcher.memoryMb: `64` is out of range; write a whole number of megabytes from 128",
  );
  check("dispatcher: { timeoutSeconds: 900 }", "dispatcher.timeoutSeconds: `900` is out of range");
  check(
    "dispatcher: { concurrency: 1 }",
    "dispatcher.concurrency: `1` is out of range; write a whole number of invocations from 2",
  );
  check(
    "dispatcher: { batch: { size: 20 } }",
    "dispatcher.batch: Lambda gathers 20 messages only in time; add windowSeconds: 1",
  );
});

describe("workers", () => {
  const group = (text: string): string => `workers:\n  - { name: default, queues: { default: 4 }, ${text} }`;
  check("# workers:\nstack: night", "settings.yaml:2: workers: it is missing");
  check("workers: []", "workers: no group serves `default`, the queue of jobs that name no pool; add default: 4");
  check("workers:\n  - { name: a, queues: { finance: 2 } }", "settings.yaml:1: workers: no group serves `default`");
  check("workers: [{ queues: { default: 4 } }]", "workers[0].name: it is missing");
  check("workers: [{ name: a, queues: {} }]", "workers[0].queues: hosts without a queue have nothing to do");
  check(
    "workers: [{ name: a, queues: { default: 0 } }]",
    "workers[0].queues.default: `0` is out of range; write a whole number of slots",
  );
  check(
    "workers: [{ name: a, queues: { default: 4, 'a b': 1 } }]",
    "workers[0].queues.a b: `a b` will not do as a name",
  );
  check("workers: [{ name: a, queues: [default] }]", "workers[0].queues: a list is no map");
  check(
    group("instance: large"),
    "settings.yaml:2: workers[0].instance: `large` is no instance type; write one such as m7g.large",
  );
  check(group("hosts: some"), "workers[0].hosts: `some` is no map; write { min: 1, max: 4 }, or none");
  check(group("hosts: { min: 4, max: 1 }"), "workers[0].hosts: min 4 is more than max 1; make max the larger");
  check(group("drainLimit: 5"), "workers[0].drainLimit: `5` will not do; write a time such as 90s, 5m or 2h");
  check(group("drainLimit: 3h"), "workers[0].drainLimit: `3h` is too long");
  check(group("spot: 1"), "workers[0].spot: `1` is neither");
  check(
    `${group("spot: true")}\n  - { name: default, queues: { a: 1 } }`,
    "settings.yaml:3: workers[1]: `default` is there twice",
  );
});

describe("network and alerts", () => {
  check("network: { vpc: mine }", "network.vpc: `mine` will not do; write new, or a VPC's id: vpc-…");
  check(
    "network: { vpc: vpc-0123456789abcdef0 }",
    "network: an existing VPC needs to be told where hosts go; add subnets",
  );
  check(
    "network: { vpc: new, subnets: [subnet-0123456789abcdef0] }",
    "network: a new VPC has subnets and a security group of its own",
  );
  check("network: { vpc: vpc-01234567, subnets: [a] }", "network.subnets[0]: `a` will not do; write a subnet's id");
  check("alerts: { emails: [me] }", "alerts.emails[0]: `me` will not do; write a mail address");
  check("alerts: { https: ['http://a.b'] }", "alerts.https[0]: `http://a.b` will not do; write an https:// URL");
  check("alerts: { slack: { workspace: T0123ABCD } }", "alerts.slack.channel: it is missing; write the channel's id");
  check("alerts: { slack: { workspace: acme, channel: C0123ABCD } }", "alerts.slack.workspace: `acme` will not do");
});

describe("all at once", () => {
  check(
    "stack: 2\nprotect: 2\nlanding: 2",
    "settings.yaml:1: stack",
    "settings.yaml:2: protect",
    "settings.yaml:3: landing",
  );
  check("workers: [{ name: 2x, queues: { default: 0, a: x } }]", "workers[0].name", "queues.default", "queues.a");
});

test("what is no YAML says where", () => {
  expect(refused("stack: [night\nworkers: 1")).toMatch(/^settings\.yaml:2: YAML: .+; correct what stands there$/);
});

test("a file that is not there says how to come by one", () => {
  expect(() => loadSettings("/nowhere/settings.yaml")).toThrow(
    "/nowhere/settings.yaml: there is no such settings file; copy infra/",
  );
});

test("what is right is accepted", () => {
  expect(refused(LEAST)).toBe("accepted");
});

describe("names that are one to CloudFormation", () => {
  const second = (text: string): string => `${WORKERS}  - ${text}`;
  check(
    `${second("{ name: big-hosts, queues: { a: 1 } }")}\n  - { name: bighosts, queues: { b: 1 } }`,
    "settings.yaml:5: workers[2]: `bighosts` and `big-hosts` differ in hyphens and underscores alone; give one another",
  );
  check(
    second("{ name: other, queues: { a-b: 1, a_b: 1 } }"),
    "settings.yaml:4: workers[1].queues.a_b: `a_b` and `a-b` differ in hyphens and underscores alone",
  );
  check(`${second("{ name: other, queues: { a-b: 1 } }")}\n  - { name: more, queues: { a-b: 1 } }`, "accepted");
});

// What workers' hosts may do: the grants as IAM sees them, and that a wildcard needs a reason.

import { App, Stack, Validations } from "aws-cdk-lib";
import { PolicyDocument, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { AwsSolutionsChecks } from "cdk-nag";
import { expect, test } from "vitest";

import { acknowledgeWildcards, statements, type Grant } from "../lib/policies/grant.ts";
import { EVERYTHING, LEAST, resolved, resources, synthesise, temporaryFolder } from "./support.ts";

const folder = temporaryFolder();

interface Statement {
  readonly Sid: string;
  readonly Action: string | string[];
  readonly Resource: string | string[];
  readonly Condition?: unknown;
}

/** Statements of the role's policies, by their names. */
function granted(settings: string): Map<string, Statement> {
  const [role] = resources(synthesise(settings, folder).workers, "AWS::IAM::Role");
  const policies = resolved(role?.Properties.Policies) as { PolicyDocument: { Statement: Statement[] } }[];
  const all = policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  return new Map(all.map((statement) => [statement.Sid, statement]));
}

const everything = granted(EVERYTHING);

function listed(value: string | string[] | undefined): string[] {
  return [value ?? []].flat();
}

test("no action is a wildcard, and everything that has a name is named", () => {
  const all = [...everything.values()];
  expect(all.flatMap(({ Action }) => listed(Action)).filter((action) => action.includes("*"))).toEqual([]);
  const wide = all.filter(({ Resource }) => listed(Resource).some((resource) => resource.includes("*")));
  expect(wide.map(({ Sid }) => Sid)).toEqual(["Logs", "ScriptFiles", "Workgroups", "OwnGroup", "SessionManager"]);
});

test("state: rows as a whole, signs of life in their own partition, the trail only ever longer", () => {
  const table = (name: string): string => `arn:aws:dynamodb:eu-west-1:123456789012:table/night-${name}`;
  expect(everything.get("Executions")).toMatchObject({
    Action: ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem"],
    Resource: table("executions"),
  });
  expect(everything.get("LastExecutions")).toMatchObject({
    Action: "dynamodb:Query",
    Resource: table("executions/index/workflow"),
  });
  expect(everything.get("Roster")).toMatchObject({
    Action: ["dynamodb:DeleteItem", "dynamodb:UpdateItem"],
    Condition: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["#workers"] } },
  });
  expect(everything.get("Audit")).toMatchObject({ Action: "dynamodb:PutItem", Resource: table("audit") });
  expect(JSON.stringify([...everything.values()])).not.toContain("night-workflows");
});

test("queues that some group serves, and topics that workflows may name", () => {
  const queue = (name: string): string => `arn:aws:sqs:eu-west-1:123456789012:night-${name}`;
  expect(everything.get("Jobs")?.Resource).toEqual(["jobs", "jobs-finance", "jobs-shop"].map(queue));
  expect(everything.get("Events")).toMatchObject({
    Action: ["sqs:GetQueueUrl", "sqs:SendMessage"],
    Resource: queue("events"),
  });
  expect(everything.get("Alerts")?.Resource).toEqual([
    "arn:aws:sns:eu-west-1:123456789012:etl-alerts",
    "arn:aws:sns:eu-west-1:123456789012:night-alerts",
    "arn:aws:sns:us-east-1:123456789012:elsewhere",
  ]);
});

test("scripts below their prefix, and the names of what has landed", () => {
  expect(everything.get("ScriptsList")).toMatchObject({
    Resource: "arn:aws:s3:::night-etl",
    Condition: { StringLike: { "s3:prefix": "scripts/*" } },
  });
  expect(everything.get("ScriptFiles")).toMatchObject({
    Action: "s3:GetObject",
    Resource: "arn:aws:s3:::night-etl/scripts/*",
  });
  expect(everything.get("Landing0List")).toMatchObject({
    Action: "s3:ListBucket",
    Resource: "arn:aws:s3:::night-landing",
  });
  expect(everything.get("Landing0List")?.Condition).toBeUndefined();
  expect(everything.get("Landing1List")?.Condition).toEqual({ StringLike: { "s3:prefix": "incoming/*" } });
  // A prefix is a folder to the worker, however it is written.
  expect(granted(`scripts: { prefix: night }\n${LEAST}`).get("ScriptFiles")?.Resource).toMatch(/\/night\/\*$/);
});

test("logins of the connections, and of no other", () => {
  expect(everything.get("Secrets")?.Resource).toEqual([
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:night/warehouse-??????",
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:whole-AbCdEf",
  ]);
  const redshift = (resource: string): string => `arn:aws:redshift:eu-west-1:123456789012:${resource}`;
  expect(everything.get("ClusterUsers")?.Resource).toEqual(["dbname:prod/dev", "dbuser:prod/etl"].map(redshift));
  expect(everything.get("ClusterIdentity")?.Resource).toBe(redshift("dbname:prod/dev"));
  expect(everything.get("ClusterAddresses")?.Resource).toBe(redshift("cluster:prod"));
  expect(everything.get("Workgroups")?.Action).toEqual([
    "redshift-serverless:GetCredentials",
    "redshift-serverless:GetWorkgroup",
  ]);
  const workgroup = (id: string): string => `arn:aws:redshift-serverless:eu-west-1:123456789012:workgroup/${id}`;
  expect(everything.get("Workgroups")?.Resource).toBe(workgroup("*"));
  const id = "01234567-89ab-cdef-0123-456789abcdef";
  const told = granted(EVERYTHING.replace("workgroup: etl,", `workgroup: etl, workgroupId: ${id},`));
  expect(told.get("Workgroups")?.Resource).toBe(workgroup(id));
  const least = granted(LEAST);
  for (const sid of ["Secrets", "ClusterUsers", "ClusterIdentity", "ClusterAddresses", "Workgroups"]) {
    expect(least.has(sid)).toBe(false);
  }
});

test("a host speaks for itself to its own groups only", () => {
  const group = (name: string): string =>
    `arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:*:autoScalingGroupName/night-workers-${name}`;
  expect(everything.get("OwnGroup")).toMatchObject({
    Action: ["autoscaling:CompleteLifecycleAction", "autoscaling:SetInstanceProtection"],
    Resource: [group("default"), group("spot")],
  });
});

/** Synthesises a role with one grant. */
function synthesiseGrant(grant: Grant): void {
  const app = new App({ outdir: `${folder}/grant-${grant.sid}` });
  const stack = new Stack(app, "stack");
  const document = new PolicyDocument({ statements: statements([grant]) });
  const assumedBy = new ServicePrincipal("ec2.amazonaws.com");
  const role = new Role(stack, "Role", { assumedBy, inlinePolicies: { only: document } });
  acknowledgeWildcards(role, [grant]);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
}

test("a wildcard without a reason is refused, and one with a reason is not", () => {
  const grant = { actions: ["s3:GetObject"], resources: ["arn:aws:s3:::bucket/*"] };
  expect(() => synthesiseGrant({ sid: "Silent", ...grant })).toThrow(/AwsSolutions-IAM5/);
  expect(() => synthesiseGrant({ sid: "Argued", ...grant, because: "The keys are not known before." })).not.toThrow();
});

// Hosts of the workers: what they are launched as, what they are told, where they live, and how many there are.

import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

import { EVERYTHING, LEAST, resolved, resources, synthesise, temporaryFolder, type Template } from "./support.ts";

/** What tests read of a launch template's data. */
interface Host {
  readonly ImageId: string;
  readonly SecurityGroupIds: readonly string[];
  readonly UserData: Readonly<Record<string, unknown>>;
  readonly InstanceMarketOptions?: unknown;
}

/** What tests read of an Auto Scaling group. */
interface Group {
  readonly CapacityRebalance: boolean;
  readonly LifecycleHookSpecificationList: readonly { readonly HeartbeatTimeout: number }[];
  readonly VPCZoneIdentifier: readonly string[];
}

interface Workers extends Template {
  readonly Parameters?: Record<string, { readonly Type: string; readonly Default: string }>;
}

const folder = temporaryFolder();
const everything = workers(EVERYTHING);
const least = workers(LEAST);

function workers(settings: string): Workers {
  const { workers } = synthesise(settings, folder);
  if (workers === undefined) throw new Error("there is no stack of workers");
  return workers;
}

/** Properties of all resources of a type. */
function all<T = Readonly<Record<string, unknown>>>(template: Template, type: string): T[] {
  return resources(template, type).map(({ Properties }) => resolved(Properties) as T);
}

/** Data of launch templates by the groups' names. */
function hosts(template: Template): Record<string, Host> {
  const templates = all<{ LaunchTemplateName: string; LaunchTemplateData: Host }>(template, "AWS::EC2::LaunchTemplate");
  return Object.fromEntries(templates.map((one) => [one.LaunchTemplateName, one.LaunchTemplateData]));
}

function groups(template: Template): Record<string, Group> {
  const found = all<Group & { AutoScalingGroupName: string }>(template, "AWS::AutoScaling::AutoScalingGroup");
  return Object.fromEntries(found.map((group) => [group.AutoScalingGroupName, group]));
}

/** User data as text. */
function script(host: Host | undefined): string {
  const text = host?.UserData["Fn::Base64"];
  if (typeof text !== "string") throw new Error("there are no user data");
  return text;
}

/** Lines of the settings file that a script writes. */
function settingsIn(text: string): string[] {
  return /worker\.env <<'END'\n(.*?)\nEND\n/s.exec(text)?.[1]?.split("\n") ?? [];
}

test("nothing comes in: no rule, no key, no public address", () => {
  for (const template of [everything, least]) {
    expect(all(template, "AWS::EC2::SecurityGroupIngress")).toEqual([]);
    const open = all(template, "AWS::EC2::SecurityGroup").filter(({ SecurityGroupIngress }) => SecurityGroupIngress);
    expect(open).toEqual([]);
    expect(all(template, "AWS::EC2::Subnet").filter((subnet) => subnet.MapPublicIpOnLaunch !== false)).toEqual([]);
    for (const host of Object.values(hosts(template))) {
      expect(Object.keys(host)).not.toContain("KeyName");
      expect(Object.keys(host)).not.toContain("NetworkInterfaces");
    }
  }
});

test("hosts come when there is a way to AWS: the routes of their subnets, and the endpoints", () => {
  const [group] = resources(least, "AWS::AutoScaling::AutoScalingGroup");
  const types = (group?.DependsOn ?? []).map((id) => least.Resources[id]?.Type).filter((type) => type !== undefined);
  expect(types.filter((type) => type === "AWS::EC2::Route")).toHaveLength(2);
  expect(types.filter((type) => type === "AWS::EC2::VPCEndpoint")).toHaveLength(2);
});

test("hosts ask for tokens, encrypt their disk and are watched each minute", () => {
  const host = hosts(least)["rsql-fleet-workers-default"];
  expect(host).toMatchObject({
    InstanceType: "m7g.large",
    IamInstanceProfile: { Name: "<Profile>" },
    MetadataOptions: { HttpEndpoint: "enabled", HttpTokens: "required", HttpPutResponseHopLimit: 1 },
    Monitoring: { Enabled: true },
    BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs: { Encrypted: true, VolumeType: "gp3" } }],
  });
  expect(least.Parameters).toMatchObject({
    [host?.ImageId.slice(1, -1) ?? ""]: {
      Type: "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>",
      Default: "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64",
    },
  });
});

test("the image has the instance type's architecture", () => {
  const images = Object.values(everything.Parameters ?? {}).map(({ Default }) => Default);
  expect(images.filter((image) => image.includes("al2023"))).toEqual([
    expect.stringMatching(/-arm64$/),
    expect.stringMatching(/-x86_64$/),
  ]);
});

test("user data install the package, write the settings and wait until the worker serves", () => {
  const text = script(hosts(everything)["night-workers-default"]);
  execFileSync("bash", ["-n"], { input: text });
  const steps = [
    /^#!\/bin\/bash\nset -Eeuo pipefail\n/,
    /trap 'tell ABANDON' ERR/,
    /aws s3 cp --only-show-errors s3:\/\/[^ ]+\.rpm "\$package"/,
    /dnf install --assumeyes --quiet --disablerepo='\*' "\$package"/,
    /cat > \/etc\/rsql-fleet\/worker\.env <<'END'/,
    /systemctl enable --quiet rsql-fleet-worker\.service/,
    /until systemctl is-active --quiet rsql-fleet-worker\.service/,
    /tell CONTINUE\n$/,
  ];
  const places = steps.map((step) => text.search(step));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(places).not.toContain(-1);
  expect(text).toContain("--auto-scaling-group-name night-workers-default --lifecycle-hook-name night-ready");
});

test("the worker is told all that the settings say", () => {
  expect(settingsIn(script(hosts(everything)["night-workers-default"]))).toEqual([
    'AWS_REGION="eu-west-1"',
    'FLEET_STACK="night"',
    'FLEET_QUEUES="default=4,finance=2"',
    'FLEET_SCRIPTS="s3://night-etl/scripts/"',
    'FLEET_DRAIN_LIMIT="90s"',
    "FLEET_CONNECTIONS=" +
      '"warehouse=night/warehouse;' +
      "whole=arn:aws:secretsmanager:eu-west-1:123456789012:secret:whole-AbCdEf,sessions=reused;" +
      "etl=workgroup:etl,database=dev;" +
      "dw=cluster:prod,database=dev,db_user=etl,sslmode=verify-full;" +
      'own=cluster:prod,database=dev"',
    'FLEET_AUDIT_DAYS="730"',
    'FLEET_AUTO_SCALING_GROUP="night-workers-default"',
    'FLEET_LIFECYCLE_HOOK="night-drain"',
  ]);
  expect(settingsIn(script(hosts(least)["rsql-fleet-workers-default"]))).toEqual([
    'AWS_REGION="us-east-1"',
    'FLEET_STACK="rsql-fleet"',
    'FLEET_QUEUES="default=4"',
    'FLEET_SCRIPTS="s3://rsql-fleet-scripts-123456789012-us-east-1/"',
    'FLEET_DRAIN_LIMIT="5m"',
    'FLEET_AUTO_SCALING_GROUP="rsql-fleet-workers-default"',
    'FLEET_LIFECYCLE_HOOK="rsql-fleet-drain"',
  ]);
});

test("a host counts once its worker serves, and goes once it has drained", () => {
  const { LifecycleHookSpecificationList: hooks } = groups(everything)["night-workers-default"] ?? {};
  expect(hooks).toEqual([
    {
      LifecycleHookName: "night-ready",
      LifecycleTransition: "autoscaling:EC2_INSTANCE_LAUNCHING",
      HeartbeatTimeout: 600,
      DefaultResult: "ABANDON",
    },
    {
      LifecycleHookName: "night-drain",
      LifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING",
      // The drain limit of 90 s, and five minutes.
      HeartbeatTimeout: 390,
      DefaultResult: "CONTINUE",
    },
  ]);
});

test("no hook may be told to wait longer than Auto Scaling waits", () => {
  const longest = LEAST.replace("{ name: default,", "{ name: default, drainLimit: 115m,");
  const hooks = Object.values(groups(workers(longest))).flatMap((group) => group.LifecycleHookSpecificationList);
  expect(hooks.filter((hook) => hook.HeartbeatTimeout > 7_200)).toEqual([]);
  expect(() => workers(longest.replace("115m", "116m"))).toThrow("write 115m at most");
});

test("a deployment ends no host", () => {
  const group = resources(everything, "AWS::AutoScaling::AutoScalingGroup")[0];
  expect(Object.keys(group ?? {})).not.toContain("UpdatePolicy");
  expect(Object.keys(group?.Properties ?? {})).not.toContain("DesiredCapacity");
  expect(group?.Properties.InstanceMaintenancePolicy).toEqual({ MinHealthyPercentage: 100, MaxHealthyPercentage: 200 });
  expect(everything.Outputs?.Refreshdefault?.Value).toBe(
    "aws autoscaling start-instance-refresh --auto-scaling-group-name night-workers-default " +
      `--preferences '{"ScaleInProtectedInstances":"Wait","SkipMatching":true}'`,
  );
});

test("Spot hosts get their successor before they go", () => {
  const { "night-workers-spot": host, "night-workers-default": usual } = hosts(everything);
  expect(host?.InstanceMarketOptions).toEqual({ MarketType: "spot" });
  expect(Object.keys(usual ?? {})).not.toContain("InstanceMarketOptions");
  expect(groups(everything)["night-workers-spot"]?.CapacityRebalance).toBe(true);
  expect(groups(everything)["night-workers-default"]?.CapacityRebalance).toBe(false);
});

test("an existing network is used as it is", () => {
  expect(all(everything, "AWS::EC2::VPC")).toEqual([]);
  expect(all(everything, "AWS::EC2::SecurityGroup")).toEqual([]);
  expect(hosts(everything)["night-workers-default"]?.SecurityGroupIds).toEqual(["sg-0123456789abcdef0"]);
  const subnets = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"];
  expect(groups(everything)["night-workers-default"]?.VPCZoneIdentifier).toEqual(subnets);
  const network = "network: { vpc: vpc-0123456789abcdef0, subnets: [subnet-0123456789abcdef0] }\n";
  const made = all(workers(LEAST + network), "AWS::EC2::SecurityGroup");
  expect(made.map(({ VpcId }) => VpcId)).toEqual(["vpc-0123456789abcdef0"]);
});

test("a new network has one gateway, ways to S3 and DynamoDB that cost nothing, and a log of refusals", () => {
  expect(all(least, "AWS::EC2::NatGateway")).toHaveLength(1);
  const endpoints = all(least, "AWS::EC2::VPCEndpoint").map((one) => [one.VpcEndpointType, one.ServiceName]);
  expect(endpoints).toEqual([
    ["Gateway", "com.amazonaws.us-east-1.s3"],
    ["Gateway", "com.amazonaws.us-east-1.dynamodb"],
  ]);
  expect(all(least, "AWS::EC2::FlowLog").map(({ TrafficType }) => TrafficType)).toEqual(["REJECT"]);
  // Hosts are in subnets whose way out is that gateway.
  const routes = all(least, "AWS::EC2::Route").filter((route) => route.NatGatewayId !== undefined);
  expect(routes).toHaveLength(2);
  expect(groups(least)["rsql-fleet-workers-default"]?.VPCZoneIdentifier).toEqual([
    expect.stringContaining("hostsSubnet1"),
    expect.stringContaining("hostsSubnet2"),
  ]);
});

test("hosts of a team's own get an instance profile and a script, and nothing else is made", () => {
  const own = workers(LEAST.replace("{ name: default,", "{ name: default, hosts: none,"));
  const types = new Set(Object.values(own.Resources).map(({ Type }) => Type));
  expect([...types]).toEqual(["AWS::IAM::Role", "AWS::IAM::InstanceProfile"]);
  const text = JSON.stringify(resolved(own.Outputs?.UserDatadefault?.Value));
  expect(text).toContain("dnf install");
  expect(text).not.toContain("autoscaling");
  expect(text).not.toContain("FLEET_LIFECYCLE_HOOK");
});

test("a script that no output takes is refused", () => {
  const own = LEAST.replace("{ name: default,", "{ name: default, hosts: none,");
  const secrets = Array.from(
    { length: 99 },
    (_, index) => `{ name: c${index}, secret: "a/rather/long/name/of/a/secret/${index}/in/all" }`,
  );
  expect(() => workers(`${own}connections: [${secrets.join(", ")}]\n`)).toThrow(
    /group default: its user data have \d+ characters/,
  );
});

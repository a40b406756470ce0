// Workers: the role of their hosts, the network, and the groups of hosts with what each is told. Owns how these belong together;
// the parts are in `workers/`.

import { Fn, Validations, type App } from "aws-cdk-lib";
import { CfnInstanceProfile, PolicyDocument, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Asset } from "aws-cdk-lib/aws-s3-assets";
import { ParameterValueType, StringParameter } from "aws-cdk-lib/aws-ssm";

import { packagePath } from "./package.ts";
import { acknowledgeWildcards, statements } from "./policies/grant.ts";
import { hostGrants, workerGrants, type S3Object } from "./policies/worker.ts";
import { isLaunched, type Architecture, type LaunchedGroup, type WorkerGroup } from "./settings.ts";
import { FleetStack, type Fleet } from "./stack.ts";
import { environmentOf } from "./workers/environment.ts";
import { autoScalingGroup, launchTemplate } from "./workers/group.ts";
import { hostNetwork, ZONES, type HostNetwork } from "./workers/network.ts";
import { scale } from "./workers/scaling.ts";
import { userData } from "./workers/userdata.ts";

/** Where Amazon publishes the newest image of Amazon Linux 2023. A deployment takes what stands there. */
const IMAGES = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-";

/** Characters of an output that CloudFormation takes. */
const OUTPUT_CHARS_MAX = 4_096;
/** Characters by which region and bucket, which are known only once it is deployed, may be longer than what stands for them. */
const LATER_CHARS_MAX = 128;

export class WorkersStack extends FleetStack {
  constructor(app: App, fleet: Fleet) {
    super(app, "workers", "hosts of the workers, and what they may do", fleet);
    const groups = this.settings.workers.map((group) => ({ group, rpm: this.package(group) }));
    const instanceProfile = this.role(groups.map(({ rpm }) => rpm));
    const network = groups.some(({ group }) => isLaunched(group)) ? hostNetwork(this) : undefined;
    for (const { group, rpm } of groups) {
      if (network !== undefined && isLaunched(group)) this.hosts(group, rpm, instanceProfile, network);
      else this.existingHosts(group, rpm);
    }
  }

  /** Any of the region's zones, so that templates fit every region and nobody has to be asked for them. */
  override get availabilityZones(): string[] {
    return Array.from({ length: ZONES }, (_, index) => Fn.select(index, Fn.getAzs()));
  }

  /** The role of all hosts and its instance profile, whose name is given back. */
  private role(packages: readonly S3Object[]): string {
    const [program, host] = [workerGrants(this), hostGrants(this, packages)];
    const policy = (grants: typeof host): PolicyDocument => new PolicyDocument({ statements: statements(grants) });
    const role = new Role(this, "Role", {
      roleName: this.names.workerRole,
      description: `Hosts of the workers of ${this.settings.stack}`,
      assumedBy: new ServicePrincipal("ec2.amazonaws.com"),
      inlinePolicies: { worker: policy(program), host: policy(host) },
    });
    acknowledgeWildcards(role, [...program, ...host]);
    const profile = new CfnInstanceProfile(this, "Profile", {
      instanceProfileName: this.names.workerRole,
      roles: [role.roleName],
    });
    this.output("WorkerRole", "Role of the hosts; attach what your scripts need besides", this.names.workerRole);
    this.output("InstanceProfile", "Instance profile for hosts of your own", profile.ref);
    return profile.ref;
  }

  /** The package, where hosts fetch it. */
  private package({ name, package: file }: WorkerGroup): S3Object {
    const asset = new Asset(this, `Package-${name}`, { path: packagePath(file) });
    return { bucket: asset.s3BucketName, key: asset.s3ObjectKey };
  }

  private hosts(group: LaunchedGroup, rpm: S3Object, instanceProfile: string, network: HostNetwork): void {
    const name = this.names.workersGroup(group.name);
    const host = {
      group,
      image: this.image(group.architecture),
      instanceProfile,
      network,
      userData: userData({
        region: this.region,
        package: rpm,
        environment: environmentOf(this, group),
        launched: { group: name, hook: this.names.readyHook },
      }),
    };
    const scaled = autoScalingGroup(this, host, launchTemplate(this, host));
    Validations.of(scaled).acknowledge({
      id: "AwsSolutions-AS3",
      reason:
        "Hosts come and go all day; a message about each would hide the alarms. Hosts that fail to come raise one.",
    });
    scale(this, group, scaled);
    this.output(`Hosts-${group.name}`, `Auto Scaling group of ${group.name}`, name);
    this.output(`Refresh-${group.name}`, "Replaces its hosts by new ones, once they are idle", refreshCommand(name));
  }

  /** Hosts of a team's own are told by hand what to do. */
  private existingHosts(group: WorkerGroup, rpm: S3Object): void {
    const environment = environmentOf(this, group);
    const script = userData({ region: this.region, package: rpm, environment, launched: undefined });
    const most = OUTPUT_CHARS_MAX - LATER_CHARS_MAX;
    if (script.length > most) {
      const problem = `its user data have ${script.length} characters, and an output has room for ${most}`;
      throw new Error(`workers: group ${group.name}: ${problem}; give connections and secrets shorter names`);
    }
    this.output(`UserData-${group.name}`, "Run this as root on each host, or give it to them as user data", script);
  }

  private image(architecture: Architecture): string {
    const parameter = `${IMAGES}${architecture}`;
    return StringParameter.valueForTypedStringParameterV2(this, parameter, ParameterValueType.AWS_EC2_IMAGE_ID);
  }
}

/** Hosts that are up to date stay; one that is busy is waited for, for an hour at most. */
function refreshCommand(group: string): string {
  const preferences = { ScaleInProtectedInstances: "Wait", SkipMatching: true };
  return `aws autoscaling start-instance-refresh --auto-scaling-group-name ${group} --preferences '${JSON.stringify(preferences)}'`;
}

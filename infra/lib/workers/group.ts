// A group of hosts: what each is launched as, and the Auto Scaling group that keeps them. Owns that a host counts only once its
// worker serves, and that none goes before its jobs have ended or were handed over. How many there are is `scaling.ts`.

import { Fn } from "aws-cdk-lib";
import { CfnAutoScalingGroup } from "aws-cdk-lib/aws-autoscaling";
import { CfnLaunchTemplate } from "aws-cdk-lib/aws-ec2";

import type { LaunchedGroup } from "../settings.ts";
import type { FleetStack } from "../stack.ts";
import type { HostNetwork } from "./network.ts";

/** Seconds until a new host must serve: to boot takes one minute, to install another, and user data waits five. */
const READY_SECONDS_MAX = 600;
/** Seconds from the end of the last job to that of the worker: a receive under way, logs that were not sent, the CLI's call. */
const LAST_WORDS_SECONDS = 300;
/** Seconds until the queue's metrics show what a new host took from it. */
const WARM_UP_SECONDS = 120;
/** The image takes 2 GB; scripts (0.5 GB at most), the logs' spool (0.25 GB) and temporary files of jobs share the rest. */
const DISK_GB = 30;
/** Root device of Amazon Linux. */
const ROOT_DEVICE = "/dev/xvda";

/** Kind of hosts. */
export interface Host {
  readonly group: LaunchedGroup;
  readonly image: string;
  readonly instanceProfile: string;
  readonly userData: string;
  readonly network: HostNetwork;
}

/** What hosts are launched as. */
export function launchTemplate(stack: FleetStack, host: Host): CfnLaunchTemplate {
  const { group, network } = host;
  const name = stack.names.workersGroup(group.name);
  const tags = [
    { key: "Name", value: name },
    { key: "fleet", value: stack.settings.stack },
  ];
  return new CfnLaunchTemplate(stack, `Template-${group.name}`, {
    launchTemplateName: name,
    launchTemplateData: {
      imageId: host.image,
      instanceType: group.instance,
      iamInstanceProfile: { name: host.instanceProfile },
      securityGroupIds: [...network.securityGroups],
      // Version 2 alone: a script that can be talked into fetching an address cannot be talked out of the role's keys. One hop,
      // since nothing on the host runs behind a network of its own.
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      monitoring: { enabled: true },
      blockDeviceMappings: [
        {
          deviceName: ROOT_DEVICE,
          ebs: { volumeType: "gp3", volumeSize: DISK_GB, encrypted: true, deleteOnTermination: true },
        },
      ],
      tagSpecifications: ["instance", "volume"].map((resourceType) => ({ resourceType, tags })),
      userData: Fn.base64(host.userData),
      ...(group.spot ? { instanceMarketOptions: { marketType: "spot" } } : {}),
    },
  });
}

/**
 * The group. It has no update policy, on purpose: CloudFormation's rolling update ends hosts that are busy. A deployment changes
 * what new hosts are; those that run are replaced by an instance refresh, which waits for busy ones (docs/decisions/0011).
 */
export function autoScalingGroup(stack: FleetStack, host: Host, template: CfnLaunchTemplate): CfnAutoScalingGroup {
  const { group, network } = host;
  const { min, max } = group.hosts;
  const scaled = new CfnAutoScalingGroup(stack, `Group-${group.name}`, {
    autoScalingGroupName: stack.names.workersGroup(group.name),
    // How many there are at the moment is no business of a deployment.
    minSize: String(min),
    maxSize: String(max),
    vpcZoneIdentifier: [...network.subnets],
    launchTemplate: { launchTemplateId: template.ref, version: template.attrLatestVersionNumber },
    lifecycleHookSpecificationList: lifecycleHooks(stack, group),
    // A new host serves before an old one goes.
    instanceMaintenancePolicy: { minHealthyPercentage: 100, maxHealthyPercentage: 200 },
    defaultInstanceWarmup: WARM_UP_SECONDS,
    cooldown: String(WARM_UP_SECONDS),
    // Those of an older release first.
    terminationPolicies: ["OldestLaunchTemplate", "Default"],
    // A Spot host that is likely to go gets its successor, and drains, before AWS takes it.
    capacityRebalance: group.spot,
    metricsCollection: [{ granularity: "1Minute", metrics: ["GroupDesiredCapacity", "GroupInServiceInstances"] }],
    tags: [{ key: "Name", value: stack.names.workersGroup(group.name), propagateAtLaunch: true }],
  });
  // The group follows from the subnets, not from their routes: its first hosts would find no way to their package.
  scaled.node.addDependency(...network.ready);
  return scaled;
}

/** They are there before the first host. */
function lifecycleHooks(
  stack: FleetStack,
  group: LaunchedGroup,
): CfnAutoScalingGroup.LifecycleHookSpecificationProperty[] {
  return [
    {
      lifecycleHookName: stack.names.readyHook,
      lifecycleTransition: "autoscaling:EC2_INSTANCE_LAUNCHING",
      heartbeatTimeout: READY_SECONDS_MAX,
      defaultResult: "ABANDON",
    },
    {
      lifecycleHookName: stack.names.drainHook,
      lifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING",
      heartbeatTimeout: group.drainLimit.seconds + LAST_WORDS_SECONDS,
      defaultResult: "CONTINUE",
    },
  ];
}

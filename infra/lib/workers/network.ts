// Where hosts live: a network of their own, or one that is there. Owns what a new one has and costs. Hosts reach out and nobody
// reaches in: no security group of ours has a rule for what comes in.

import { RemovalPolicy } from "aws-cdk-lib";
import {
  CfnSecurityGroup,
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  SubnetType,
  Vpc,
} from "aws-cdk-lib/aws-ec2";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { IDependable } from "constructs";

import type { FleetStack } from "../stack.ts";

/** Addresses of a new VPC: 4,096, two thirds of them for hosts. Change it here where it meets a network it is joined to. */
const ADDRESSES = "10.73.0.0/20";
/** Zones whose hosts a new VPC has room for: one may fail. */
export const ZONES = 2;
/**
 * One for all zones: 33 USD a month. With one a zone, hosts would keep their way to AWS when the zone of this one fails; with
 * interface endpoints instead (sqs, logs, sns, secretsmanager, autoscaling, ssm, ssmmessages, redshift), 16 of them in two zones
 * would cost 117 USD a month and lead nowhere else. State and scripts go by the gateway endpoints, which cost nothing.
 */
const NAT_GATEWAYS = 1;

/** Where hosts are launched. */
export interface HostNetwork {
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  /** What must be there before a host finds its way to AWS. */
  readonly ready: readonly IDependable[];
}

/** The network that the settings ask for. */
export function hostNetwork(stack: FleetStack): HostNetwork {
  const { network } = stack.settings;
  if (!("subnets" in network)) return newNetwork(stack);
  const { vpc, subnets, securityGroups } = network;
  const groups = securityGroups.length > 0 ? securityGroups : [securityGroup(stack, vpc)];
  return { subnets, securityGroups: groups, ready: [] };
}

function newNetwork(stack: FleetStack): HostNetwork {
  const vpc = new Vpc(stack, "Network", {
    vpcName: stack.settings.stack,
    ipAddresses: IpAddresses.cidr(ADDRESSES),
    maxAzs: ZONES,
    natGateways: NAT_GATEWAYS,
    // Nobody is in the VPC's default group; to empty it would take a function with rights over all groups.
    restrictDefaultSecurityGroup: false,
    subnetConfiguration: [
      { name: "hosts", subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 22 },
      { name: "gateway", subnetType: SubnetType.PUBLIC, cidrMask: 26, mapPublicIpOnLaunch: false },
    ],
  });
  const endpoints = [
    vpc.addGatewayEndpoint("Objects", { service: GatewayVpcEndpointAwsService.S3 }),
    vpc.addGatewayEndpoint("State", { service: GatewayVpcEndpointAwsService.DYNAMODB }),
  ];
  logRefusals(stack, vpc);
  const subnets = vpc.privateSubnets.map(({ subnetId }) => subnetId);
  const routes = vpc.privateSubnets.map(({ internetConnectivityEstablished }) => internetConnectivityEstablished);
  return { subnets, securityGroups: [securityGroup(stack, vpc.vpcId)], ready: [...routes, ...endpoints] };
}

/** What was refused tells of misconfigured routes and of intruders; a record of all traffic would cost as much as the logs of jobs. */
function logRefusals(stack: FleetStack, vpc: Vpc): void {
  const logGroup = new LogGroup(stack, "NetworkLog", {
    logGroupName: stack.names.networkLogGroup,
    retention: stack.settings.logs.retentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const destination = FlowLogDestination.toCloudWatchLogs(logGroup);
  vpc.addFlowLog("Refused", { destination, trafficType: FlowLogTrafficType.REJECT });
}

/** No rule for what comes in. What goes out is left open: scripts reach warehouses and services that only their authors know. */
function securityGroup(stack: FleetStack, vpcId: string): string {
  const group = new CfnSecurityGroup(stack, "Hosts", {
    groupDescription: `Hosts of the workers of ${stack.settings.stack}: nothing comes in`,
    vpcId,
    securityGroupEgress: [
      { ipProtocol: "-1", cidrIp: "0.0.0.0/0", description: "AWS, the warehouse, and what scripts use" },
    ],
    tags: [{ key: "Name", value: stack.names.with("workers") }],
  });
  stack.output("SecurityGroup", "Security group of the hosts; let it into the warehouse's", group.attrGroupId);
  return group.attrGroupId;
}

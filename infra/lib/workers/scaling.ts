// How many hosts a group has: as many as its queues have work for. Owns the measure, and the first host of a group that has
// none. Which hosts go is Auto Scaling's choice, but for those that are protected while they have jobs at work.

import { CfnScalingPolicy, type CfnAutoScalingGroup } from "aws-cdk-lib/aws-autoscaling";
import { CfnAlarm } from "aws-cdk-lib/aws-cloudwatch";

import { QUEUE_DEFAULT, type WorkerGroup } from "../settings.ts";
import type { FleetStack } from "../stack.ts";

/** Messages for each slot: one that is being worked on. More wait, fewer leave slots idle. */
const MESSAGES_A_SLOT = 1;
/** Metrics of one expression that CloudWatch takes. */
const METRICS_MAX = 10;

/**
 * Minutes that are looked back: SQS's numbers may come later than those of Auto Scaling, and then the newest is none. After six
 * hours in which nobody touched a queue, SQS begins to tell again up to fifteen minutes late, and the first host comes so much later.
 */
const WAKE_MINUTES = 5;
/** Longer than the alarm can last once the host is there. */
const WAKE_SECONDS = 600;

/** A metric of CloudWatch. */
interface Metric {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly dimension: { readonly name: string; readonly value: string };
}

/** A number to be measured, and the metrics that it is made from. */
export interface Measure {
  readonly expression: string;
  readonly metrics: readonly Metric[];
}

/** What alarms and scaling policies take alike. */
type MetricQuery = CfnAlarm.MetricDataQueryProperty & CfnScalingPolicy.TargetTrackingMetricDataQueryProperty;

/** Has a group grow and shrink with its queues, between the limits that the settings give it. */
export function scale(stack: FleetStack, group: WorkerGroup, scaled: CfnAutoScalingGroup): void {
  if (group.hosts === "none" || group.hosts.min === group.hosts.max) return;
  const followed = new CfnScalingPolicy(stack, `Follow-${group.name}`, {
    autoScalingGroupName: stack.names.workersGroup(group.name),
    policyType: "TargetTrackingScaling",
    targetTrackingConfiguration: {
      targetValue: MESSAGES_A_SLOT,
      customizedMetricSpecification: { metrics: queries(messagesPerSlot(stack, group)) },
    },
  });
  followed.addResourceDependency(scaled);
  if (group.hosts.min === 0) wake(stack, group, scaled);
}

/**
 * Messages, waiting or being worked on, for each slot that hosts in service have for them; of the queue that has most for each.
 * While there are no hosts, there is no such number.
 */
export function messagesPerSlot(stack: FleetStack, group: WorkerGroup): Measure {
  const { queues, hosts } = served(stack, group);
  // SQS tells how many wait as long as somebody asks it for messages, and how many are worked on only if any are.
  const shares = queues.map(({ waiting, working, slots }) => `(${waiting.id} + FILL(${working.id}, 0)) / (${slots})`);
  const metrics = [...hosts, ...queues.flatMap(({ waiting, working }) => [waiting, working])];
  if (metrics.length > METRICS_MAX) throw tooMany(group, metrics.length);
  return { expression: shares.length === 1 ? shares.join() : `MAX([${shares.join(", ")}])`, metrics };
}

/** Whether a group without hosts is needed: a queue has more messages waiting than hosts of other groups have slots for. */
export function isNeeded(stack: FleetStack, group: WorkerGroup): Measure {
  const { queues, hosts, own } = served(stack, group);
  const crowded = queues.map(({ waiting, slots }) => `FILL(${waiting.id}, 0) > (${slots})`);
  const expression = `IF(${own} < 1 AND (${crowded.join(" OR ")}), 1, 0)`;
  return { expression, metrics: [...hosts, ...queues.map(({ waiting }) => waiting)] };
}

/** A queue of a group, and the slots that hosts in service have for it. */
interface Served {
  readonly waiting: Metric;
  readonly working: Metric;
  readonly slots: string;
}

/** The queues of a group, with the hosts of all groups that serve them: a queue may have slots on those of several. */
function served(stack: FleetStack, group: WorkerGroup): { queues: Served[]; hosts: Metric[]; own: string } {
  const servers = stack.settings.workers.filter(
    ({ hosts, queues }) => hosts !== "none" && [...group.queues.keys()].some((queue) => queues.has(queue)),
  );
  const hosts = servers.map(({ name }, index) => hostsMetric(stack, name, `hosts${index}`));
  const queues = [...group.queues.keys()].map((queue, index) => ({
    waiting: queueMetric(stack, queue, `waiting${index}`, "Visible"),
    working: queueMetric(stack, queue, `working${index}`, "NotVisible"),
    slots: servers
      .flatMap(({ queues }, server) => {
        const each = queues.get(queue);
        return each === undefined ? [] : [`${each} * hosts${server}`];
      })
      .join(" + "),
  }));
  return { queues, hosts, own: `hosts${servers.indexOf(group)}` };
}

/** Nothing can be divided by no hosts: the first is launched for what waits. */
function wake(stack: FleetStack, group: WorkerGroup, scaled: CfnAutoScalingGroup): void {
  const autoScalingGroupName = stack.names.workersGroup(group.name);
  const first = new CfnScalingPolicy(stack, `Wake-${group.name}`, {
    autoScalingGroupName,
    policyType: "StepScaling",
    adjustmentType: "ChangeInCapacity",
    metricAggregationType: "Maximum",
    stepAdjustments: [{ metricIntervalLowerBound: 0, scalingAdjustment: 1 }],
    // The alarm lasts a while. A host that comes up is counted as the one that was asked for, so that it is only one.
    estimatedInstanceWarmup: WAKE_SECONDS,
  });
  first.addResourceDependency(scaled);
  new CfnAlarm(stack, `Waiting-${group.name}`, {
    alarmName: `${autoScalingGroupName}-wake`,
    alarmDescription: `Launches the first host of ${autoScalingGroupName} when jobs wait for it. Nobody has to act.`,
    metrics: queries(isNeeded(stack, group)),
    comparisonOperator: "GreaterThanOrEqualToThreshold",
    threshold: 1,
    datapointsToAlarm: 1,
    evaluationPeriods: WAKE_MINUTES,
    treatMissingData: "notBreaching",
    alarmActions: [first.ref],
  });
}

/** As CloudWatch asks for them. */
function queries({ expression, metrics }: Measure): MetricQuery[] {
  const asked = metrics.map(({ id, namespace, name: metricName, dimension }) => ({
    id,
    metricStat: { metric: { namespace, metricName, dimensions: [dimension] }, period: 60, stat: "Maximum" },
    returnData: false,
  }));
  return [{ id: "measure", expression, returnData: true }, ...asked];
}

function queueMetric(stack: FleetStack, queue: string, id: string, which: "Visible" | "NotVisible"): Metric {
  const value = stack.names.jobsQueue(queue === QUEUE_DEFAULT ? undefined : queue);
  const name = `ApproximateNumberOfMessages${which}`;
  return { id, namespace: "AWS/SQS", name, dimension: { name: "QueueName", value } };
}

function hostsMetric(stack: FleetStack, group: string, id: string): Metric {
  const value = stack.names.workersGroup(group);
  const dimension = { name: "AutoScalingGroupName", value };
  return { id, namespace: "AWS/AutoScaling", name: "GroupInServiceInstances", dimension };
}

function tooMany(group: WorkerGroup, metrics: number): Error {
  const problem = `to scale by its ${group.queues.size} queues takes ${metrics} metrics, and CloudWatch reads ${METRICS_MAX}`;
  return new Error(
    `workers: group ${group.name}: ${problem}; give some of them to another group, or make hosts.min and max equal`,
  );
}

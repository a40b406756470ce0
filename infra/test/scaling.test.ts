// How many hosts there are: the measure that groups follow, and the first host of a group that has none.

import { expect, test } from "vitest";

import { EVERYTHING, resources, synthesise, temporaryFolder, type Template } from "./support.ts";

const folder = temporaryFolder();
const everything = synthesise(EVERYTHING, folder).workers;

interface Query {
  readonly Id: string;
  readonly Expression?: string;
  readonly MetricStat?: { readonly Metric: { readonly MetricName: string; readonly Dimensions: { Value: string }[] } };
}

/** The policy of a kind that a group has. */
function policy(template: Template | undefined, group: string, type: string): Record<string, unknown> | undefined {
  const all = resources(template, "AWS::AutoScaling::ScalingPolicy").map(({ Properties }) => Properties);
  return all.find((one) => one.AutoScalingGroupName === group && one.PolicyType === type);
}

/** What a group follows: target and queries. */
function followed(template: Template | undefined, group: string): { target: unknown; queries: Query[] } {
  const found = policy(template, group, "TargetTrackingScaling")?.TargetTrackingConfiguration as
    { TargetValue: number; CustomizedMetricSpecification: { Metrics: Query[] } } | undefined;
  return { target: found?.TargetValue, queries: found?.CustomizedMetricSpecification.Metrics ?? [] };
}

/** An expression with the ids of its metrics replaced by what they measure, of what. */
function spelled(queries: readonly Query[]): string {
  const named = queries.flatMap(({ Id, MetricStat }) =>
    MetricStat === undefined
      ? []
      : [[Id, `${MetricStat.Metric.Dimensions[0]?.Value}.${MetricStat.Metric.MetricName}`] as const],
  );
  const expression = queries.find(({ Expression }) => Expression !== undefined)?.Expression ?? "";
  const short = (text: string): string =>
    text.replace("ApproximateNumberOfMessages", "").replace("GroupInServiceInstances", "hosts");
  return named.reduce((text, [id, name]) => text.replaceAll(new RegExp(`\\b${id}\\b`, "g"), short(name)), expression);
}

test("a group follows the messages a slot of its fullest queue, over all hosts that serve it", () => {
  const { target, queries } = followed(everything, "night-workers-default");
  expect(target).toBe(1);
  expect(spelled(queries)).toBe(
    "MAX([" +
      "(night-jobs.Visible + FILL(night-jobs.NotVisible, 0)) / " +
      "(4 * night-workers-default.hosts + 2 * night-workers-spot.hosts), " +
      "(night-jobs-finance.Visible + FILL(night-jobs-finance.NotVisible, 0)) / (2 * night-workers-default.hosts)" +
      "])",
  );
});

test("a group without hosts gets its first when other hosts have no slots for what waits", () => {
  expect(policy(everything, "night-workers-default", "StepScaling")).toBeUndefined();
  expect(policy(everything, "night-workers-spot", "StepScaling")).toMatchObject({
    AdjustmentType: "ChangeInCapacity",
    StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }],
  });
  const [alarm] = resources(everything, "AWS::CloudWatch::Alarm").map(({ Properties }) => Properties);
  expect(alarm).toMatchObject({ AlarmName: "night-workers-spot-wake", TreatMissingData: "notBreaching" });
  // A second host is not asked for while the first one comes up, for as long as the alarm may last.
  expect(policy(everything, "night-workers-spot", "StepScaling")?.EstimatedInstanceWarmup).toBeGreaterThan(
    60 * Number(alarm?.EvaluationPeriods),
  );
  expect(alarm?.AlarmActions).toEqual([{ Ref: "Wakespot" }]);
  expect(spelled(alarm?.Metrics as Query[])).toBe(
    "IF(night-workers-spot.hosts < 1 AND (FILL(night-jobs.Visible, 0) > " +
      "(4 * night-workers-default.hosts + 2 * night-workers-spot.hosts)), 1, 0)",
  );
});

test("a group of a fixed number follows nothing", () => {
  const fixed = "workers: [{ name: default, queues: { default: 4 }, hosts: { min: 2, max: 2 } }]\n";
  expect(resources(synthesise(fixed, folder).workers, "AWS::AutoScaling::ScalingPolicy")).toEqual([]);
});

test("more queues than CloudWatch can reckon with are refused, with what to do", () => {
  const served = (count: number): string =>
    `workers: [{ name: default, queues: { default: 1, ${Array.from({ length: count - 1 }, (_, pool) => `p${pool}: 1`).join(", ")} } }]\n`;
  expect(followed(synthesise(served(4), folder).workers, "rsql-fleet-workers-default").queries).toHaveLength(10);
  expect(() => synthesise(served(5), folder)).toThrow(
    "group default: to scale by its 5 queues takes 11 metrics, and CloudWatch reads 10; give some of them to another group",
  );
});

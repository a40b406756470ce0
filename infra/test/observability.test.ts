// Alarms, the dashboard, and what is counted: that they watch what programs and services tell, and that each alarm can be
// understood by whoever it wakes.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { EXECUTIONS, OUTCOMES } from "../lib/observability/metrics.ts";
import { EVERYTHING, LEAST, resolved, resources, synthesise, temporaryFolder, type Template } from "./support.ts";

const ROOT = join(import.meta.dirname, "../..");
const folder = temporaryFolder();
const everything = synthesise(EVERYTHING, folder).observability;

interface Alarm {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly AlarmActions: string[];
  readonly OKActions: string[];
  readonly TreatMissingData: string;
  readonly ComparisonOperator: string;
  readonly Threshold: number;
  readonly Metrics: readonly {
    readonly Expression?: string;
    readonly MetricStat?: { readonly Metric: { readonly MetricName: string } };
  }[];
}

function alarms(template: Template | undefined): Map<string, Alarm> {
  const all = resources(template, "AWS::CloudWatch::Alarm").map(({ Properties }) => resolved(Properties) as Alarm);
  return new Map(all.map((alarm) => [alarm.AlarmName, alarm]));
}

function source(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

test("everything that the fleet stands on has its alarm", () => {
  const names = [...alarms(everything).keys()].map((name) => name.replace(/^night-/, ""));
  expect(names).toEqual([
    "executions-failed",
    "dispatcher-errors",
    "dispatcher-throttled",
    "dispatcher-slow",
    "dispatcher-silent",
    "events-old",
    "dead-events",
    "dead-jobs",
    "jobs-waiting",
    "jobs-unserved",
    "jobs-finance-waiting",
    "jobs-finance-unserved",
    "jobs-shop-waiting",
    "jobs-shop-unserved",
    "workers-default-missing",
    "workers-spot-missing",
    "tables-throttled",
    "indexes-throttled",
    "events-undelivered",
    "alerts-undelivered",
  ]);
});

test("an alarm tells people when it begins and when it is over, and where its runbook is", () => {
  const topic = ["arn:aws:sns:eu-west-1:123456789012:night-alerts"];
  for (const alarm of alarms(everything).values()) {
    expect(alarm).toMatchObject({ AlarmActions: topic, OKActions: topic });
    expect(alarm.AlarmDescription).toMatch(/^.{1,900} More: docs\/operations\.md, Alarms, [a-z-]+\.$/);
  }
});

test("no alarm reckons with more metrics than CloudWatch takes", () => {
  const all = [...alarms(everything).values()];
  const counts = all.map(({ Metrics }) => Metrics.filter(({ MetricStat }) => MetricStat !== undefined).length);
  expect(Math.max(...counts)).toBeLessThanOrEqual(10);
});

test("silence is an alarm where somebody must always be heard", () => {
  const all = alarms(everything);
  const heard = [...all.values()].filter(({ TreatMissingData }) => TreatMissingData === "breaching");
  const told = heard.map(({ AlarmName, Metrics, ComparisonOperator, Threshold }) => {
    return [AlarmName, Metrics[0]?.MetricStat?.Metric.MetricName, ComparisonOperator, Threshold];
  });
  expect(told).toEqual([
    ["night-dispatcher-silent", "Invocations", "LessThanThreshold", 1],
    ["night-jobs-unserved", "SlotsTotal", "LessThanThreshold", 1],
    ["night-jobs-finance-unserved", "SlotsTotal", "LessThanThreshold", 1],
    // Hosts of a team's own are always there.
    ["night-jobs-shop-unserved", "SlotsTotal", "LessThanThreshold", 1],
  ]);
  const none = LEAST.replace("{ name: default,", "{ name: default, hosts: { min: 0, max: 2 },");
  const unserved = alarms(synthesise(none, folder).observability).get("rsql-fleet-jobs-unserved");
  expect(unserved?.TreatMissingData).toBe("notBreaching");
  expect(unserved?.Metrics[0]?.Expression).toBe("IF(FILL(slots, 0) < 1 AND FILL(waiting, 0) > 0, 1, 0)");
});

test("an event that fails is counted beside the invocations that do", () => {
  const alarm = alarms(everything).get("night-dispatcher-errors");
  const metrics = alarm?.Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric.MetricName ?? []);
  expect(metrics).toEqual(["Errors", "DispatcherErrors"]);
  expect(alarm?.Metrics[0]?.Expression).toBe("FILL(failure0, 0) + FILL(failure1, 0)");
  expect(alarm).toMatchObject({ Threshold: 1, ComparisonOperator: "GreaterThanOrEqualToThreshold" });
  // A line of the log has the level, and no key twice; what people asked for in vain is no fault of the dispatcher.
  const program = ["shell/lambda.rs", "poll.rs", "dead.rs", "handle.rs"].map((file) =>
    source(`dispatcher/src/${file}`),
  );
  expect(program[0]).toContain('tracing::error!(message_id = %message.0, reason, "carry out an event")');
  expect(program[3]).toContain('tracing::warn!(reason, "an event was rejected")');
  expect(program.join("")).not.toMatch(/tracing::\w+!\([^)]*\bmessage =/);
  expect(source("shared/telemetry/src/logs.rs")).toContain(".json().flatten_event(true)");
});

test("an invocation is slow before its timeout", () => {
  expect(alarms(everything).get("night-dispatcher-slow")?.Threshold).toBe(24_000);
});

test("metrics are called as the programs call them", () => {
  const emitted = source("shared/aws/src/metrics/mod.rs");
  for (const name of [...OUTCOMES, "SlotsTotal", "SlotsInUse", "QueueDelay", "RunTime", "Stack", "Queue"]) {
    expect(emitted, name).toContain(`"${name}"`);
  }
  const statuses =
    /pub enum ExecutionStatus \{(.*?)\n\}/s.exec(source("shared/core/src/state/transition.rs"))?.[1] ?? "";
  for (const status of Object.values(EXECUTIONS)) {
    expect(statuses).toContain(`    ${status.charAt(0).toUpperCase()}${status.slice(1)},`);
  }
});

test("executions are counted from the events that the dispatcher puts on the bus", () => {
  const [rule] = resources(everything, "AWS::Events::Rule");
  expect(resolved(rule?.Properties)).toMatchObject({
    Name: "night-executions",
    EventBusName: "night",
    EventPattern: { "detail-type": ["Workflow Execution Status Change"] },
    Targets: [{ Arn: "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/events/night/executions" }],
  });
  expect(source("shared/core/src/alert.rs")).toContain('"Workflow Execution Status Change"');
  const filters = resources(everything, "AWS::Logs::MetricFilter").map(({ Properties }) => Properties);
  expect(filters.map(({ FilterPattern }) => FilterPattern)).toContain('{ $.detail.status = "failed" }');
  const [policy] = resources(everything, "AWS::Logs::ResourcePolicy");
  const document = JSON.stringify(resolved(policy?.Properties.PolicyDocument));
  expect(document).toContain("/aws/events/night/executions:*");
  expect(document).toContain("arn:aws:events:eu-west-1:123456789012:rule/night/night-executions");
});

test("the dashboard shows every alarm and every part", () => {
  const [dashboard] = resources(everything, "AWS::CloudWatch::Dashboard");
  const body = JSON.parse(String(resolved(dashboard?.Properties.DashboardBody))) as {
    widgets: { type: string; properties: { title?: string; alarms?: string[] } }[];
  };
  expect(dashboard?.Properties.DashboardName).toBe("night");
  const status = body.widgets.find(({ type }) => type === "alarm");
  expect(status?.properties.alarms).toHaveLength(alarms(everything).size);
  const text = JSON.stringify(body);
  for (const part of [
    "night-events",
    "night-jobs-shop",
    "night-dead-jobs",
    "night-dispatcher",
    "night-audit",
    "night-workers-spot",
  ]) {
    expect(text, part).toContain(`"${part}"`);
  }
});

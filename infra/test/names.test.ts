// Names are those that the programs look up. `names.json` is written by the Rust test `names_are_those_of_the_deployment`
// (shared/aws/src/stack.rs); it fails there, and here, when one side changes alone.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { Names } from "../lib/names.ts";

test("names are those of the programs", () => {
  // The secret's name is a default of the programs; the settings name each secret.
  const { connection_secret: _, ...programs } = JSON.parse(
    readFileSync(join(import.meta.dirname, "names.json"), "utf8"),
  ) as Record<string, string>;
  const names = new Names("night-2");
  expect({
    workflows_table: names.workflowsTable,
    versions_table: names.versionsTable,
    executions_table: names.executionsTable,
    audit_table: names.auditTable,
    events_queue: names.eventsQueue,
    dead_events_queue: names.deadEventsQueue,
    jobs_queue: names.jobsQueue(),
    jobs_queue_of_a_pool: names.jobsQueue("finance"),
    dead_jobs_queue: names.deadJobsQueue,
    bus: names.bus,
    alerts_topic: names.alertsTopic,
    jobs_log_group: names.jobsLogGroup,
    metrics_log_group: names.metricsLogGroup,
    schedule_group: names.scheduleGroup,
    scheduler_role: names.schedulerRole,
  }).toEqual(programs);
});

test("no two resources of a kind share a name", () => {
  const names = new Names("night");
  const queues = [
    names.eventsQueue,
    names.deadEventsQueue,
    names.jobsQueue(),
    names.deadJobsQueue,
    names.jobsQueue("dead"),
  ];
  expect(new Set(queues).size).toBe(queues.length);
  const roles = [names.dispatcherRole, names.workerRole, names.schedulerRole, names.chatRole, names.operatorPolicy];
  expect(new Set(roles).size).toBe(roles.length);
});

// Runbooks: whoever an alarm wakes finds in docs/operations.md what it means and what to do.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { alarmPlans } from "../lib/observability/alarms.ts";
import { Metrics } from "../lib/observability/metrics.ts";
import { Names } from "../lib/names.ts";
import { EVERYTHING, settingsOf, temporaryFolder } from "./support.ts";

test("each alarm has its row", () => {
  const settings = settingsOf(EVERYTHING, temporaryFolder());
  const operations = readFileSync(join(import.meta.dirname, "../../docs/operations.md"), "utf8");
  const alarms = /^## Alarms$(.*?)^## /ms.exec(operations)?.[1] ?? "";
  const queues = { events: "events", deadEvents: "dead-events", deadJobs: "dead-jobs" };
  const runbooks = alarmPlans(new Metrics(new Names("night"), settings), settings, queues).map(
    ({ runbook }) => runbook,
  );
  expect(runbooks.filter((runbook) => !alarms.includes(`\`${runbook}\``))).toEqual([]);
});

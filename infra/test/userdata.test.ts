// The script that makes a worker of a host, run for real with played commands: what it does in which order, and what the group is
// told when a step fails.

import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { userData, type LaunchHook } from "../lib/workers/userdata.ts";
import { temporaryFolder } from "./support.ts";

const folder = temporaryFolder();
const HOOK: LaunchHook = { group: "night-workers-default", hook: "night-ready" };
const WAITED = "systemctl is-active --quiet rsql-fleet-worker.service";

/** Runs the script on a host where the commands that begin with `failing` fail: exit code, what was called, and the settings. */
function run(
  launched: LaunchHook | undefined,
  failing?: string,
): { code: number | null; calls: string[]; settings: string } {
  const root = join(folder, String(run.count++));
  for (const place of ["bin", "etc/rsql-fleet", "var/lib/cloud/data"])
    mkdirSync(join(root, place), { recursive: true });
  writeFileSync(join(root, "var/lib/cloud/data/instance-id"), "i-0123456789abcdef0\n");
  const fails = failing === undefined ? "" : `case "$call" in "${failing}"*) exit 1 ;; esac\n`;
  // The wait for the worker would go on for minutes: it is played, too, and looks once.
  const played = `#!/bin/sh\ncall="$(basename "$0") $*"\necho "$call" >> ${root}/calls\n${fails}`;
  for (const command of ["aws", "dnf", "systemctl"]) {
    writeFileSync(join(root, "bin", command), played);
    chmodSync(join(root, "bin", command), 0o755);
  }
  writeFileSync(join(root, "bin/timeout"), `#!/bin/sh\nexec sh -c "\${4%%;*}; do exit 1; done"\n`);
  chmodSync(join(root, "bin/timeout"), 0o755);
  const script = userData({
    region: "eu-west-1",
    package: { bucket: "assets", key: "worker.rpm" },
    environment: new Map([
      ["FLEET_STACK", "night"],
      ["FLEET_CONNECTIONS", 'dw=a"$(id)\\b'],
    ]),
    launched,
  });
  const here = script
    .replaceAll("/etc/rsql-fleet", `${root}/etc/rsql-fleet`)
    .replaceAll("/var/lib/cloud", `${root}/var/lib/cloud`);
  const env = { PATH: `${join(root, "bin")}:${process.env.PATH ?? ""}`, TMPDIR: root };
  const { status } = spawnSync("bash", ["-c", here], { env });
  const read = (file: string): string => readFileSync(join(root, file), { encoding: "utf8", flag: "a+" });
  const calls = read("calls").trim().split("\n");
  return {
    code: status,
    calls: calls.map((call) => call.replace(/\S*\/tmp\.\w+\.rpm/, "RPM")),
    settings: read("etc/rsql-fleet/worker.env"),
  };
}
run.count = 0;

const told = (result: string): string =>
  `aws autoscaling complete-lifecycle-action --lifecycle-action-result ${result} --auto-scaling-group-name night-workers-default` +
  " --lifecycle-hook-name night-ready --instance-id i-0123456789abcdef0";

test("a host installs the package, gets its settings, serves, and says so", () => {
  const { code, calls, settings } = run(HOOK);
  expect(calls).toEqual([
    "aws s3 cp --only-show-errors s3://assets/worker.rpm RPM",
    "dnf install --assumeyes --quiet --disablerepo=* RPM",
    "systemctl enable --quiet rsql-fleet-worker.service",
    "systemctl restart rsql-fleet-worker.service",
    WAITED,
    told("CONTINUE"),
  ]);
  // Nothing in it is run by the shell; quotes and backslashes are written for systemd.
  expect(settings).toBe('FLEET_STACK="night"\nFLEET_CONNECTIONS="dw=a\\"$(id)\\\\b"\n');
  expect(code).toBe(0);
});

test.each(["aws s3", "dnf", "systemctl enable", WAITED])(
  "where `%s` fails, the group takes the host back",
  (failing) => {
    const { code, calls } = run(HOOK, failing);
    expect(calls.at(-1)).toBe(told("ABANDON"));
    expect(calls.filter((call) => call.startsWith("aws autoscaling"))).toHaveLength(1);
    expect(code).not.toBe(0);
  },
);

test("a worker that fails to start at first is waited for", () => {
  expect(run(HOOK, "systemctl restart").calls.at(-1)).toBe(told("CONTINUE"));
});

test("a host of a team's own tells nobody", () => {
  expect(run(undefined).calls.at(-1)).toBe(WAITED);
  expect(run(undefined, "dnf").calls.at(-1)).toMatch(/^dnf /);
});

// The app: that cdk-nag is asked and heard, that a package which is missing is told with its remedy, in which order stacks are
// deployed, and that nothing of an account is needed.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { App, Stack, Validations } from "aws-cdk-lib";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { expect, test } from "vitest";

import { makeFleet } from "../lib/fleet.ts";
import { HANDED_OUT, LEAST, settingsOf, temporaryFolder } from "./support.ts";

const ROOT = join(import.meta.dirname, "..");

test("what cdk-nag finds ends the synthesis", () => {
  const folder = temporaryFolder();
  const app = new App({ outdir: join(folder, "cdk.out") });
  makeFleet(app, settingsOf(LEAST, folder));
  new Bucket(new Stack(app, "careless"), "Bucket");
  expect(() => app.synth()).toThrow(/AwsSolutions-S10/);
});

test("every suppression of cdk-nag says why, in a sentence", () => {
  const folder = temporaryFolder();
  const app = new App({ outdir: join(folder, "cdk.out") });
  makeFleet(app, settingsOf(HANDED_OUT, folder));
  const metadata = app.node.findAll().flatMap((construct) => construct.node.metadata);
  const reasons = metadata
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
    .flatMap(({ data }) => Object.entries(data as Record<string, string>))
    .filter(([id]) => id.includes("AwsSolutions-"));
  expect(reasons.map(([id]) => id)).toContainEqual(expect.stringContaining("AwsSolutions-S1"));
  for (const [id, reason] of reasons) expect(reason, id).toMatch(/^[A-Z].{40,}\.$/);
});

test("a package that is missing is told with its remedy, and where the settings ask for it", () => {
  const folder = temporaryFolder();
  const settings = settingsOf("# A comment.\ndispatcher: { package: zip/missing.zip }\n" + LEAST, folder);
  rmSync(settings.dispatcher.package.path);
  expect(() => makeFleet(new App({ outdir: join(folder, "cdk.out") }), settings)).toThrow(
    `settings.yaml:2: dispatcher.package: there is no file ${folder}/infra/zip/missing.zip; make it with \`make dist\`, or write where it is`,
  );
});

test("alerts that nobody would hear are warned of", () => {
  const warnings = (text: string): string => {
    const folder = temporaryFolder();
    const app = new App({ outdir: join(folder, "cdk.out") });
    makeFleet(app, settingsOf(text, folder));
    const metadata = app.node.findAll().flatMap((construct) => construct.node.metadata);
    return JSON.stringify(metadata.filter(({ type }) => type === "aws:cdk:warning"));
  };
  expect(warnings(LEAST)).toContain("alerts: nobody is told of failures; write emails, https or slack in the settings");
  expect(warnings(`${LEAST}alerts: { emails: [night@example.com] }\n`)).not.toContain("nobody is told");
});

test("programs come after what they use, and alarms last", () => {
  const folder = temporaryFolder();
  const stacks = makeFleet(new App({ outdir: join(folder, "cdk.out") }), settingsOf(LEAST, folder));
  const after = (name: string): string[] =>
    (stacks.find((stack) => stack.stackName === name)?.dependencies ?? [])
      .map((stack) => stack.stackName.slice("rsql-fleet-".length))
      .sort();
  const ground = ["logs", "messaging", "operators", "tables"];
  expect(after("rsql-fleet-dispatcher")).toEqual(ground);
  expect(after("rsql-fleet-workers")).toEqual(ground);
  expect(after("rsql-fleet-observability")).toEqual(["dispatcher", ...ground, "workers"].sort());
});

test("the program needs no account, and tells faults without a stack trace", () => {
  const folder = temporaryFolder();
  const path = join(folder, "infra/settings.yaml");
  mkdirSync(join(folder, "infra"));
  writeFileSync(path, "stak: night\n");
  const environment = {
    PATH: process.env["PATH"],
    HOME: folder,
    CDK_CONTEXT_JSON: JSON.stringify({ settings: path }),
    CDK_OUTDIR: join(folder, "cdk.out"),
  };
  const run = (): string =>
    execFileSync(join(ROOT, "node_modules/.bin/tsx"), ["bin/fleet.ts"], {
      cwd: ROOT,
      env: environment,
      encoding: "utf8",
      stdio: "pipe",
    });
  expect(run).toThrow(
    /settings\.yaml:1: stak: there is no such setting; did you mean `stack`\?\nsettings\.yaml:1: workers: it is missing[^\n]*\n$/,
  );
});

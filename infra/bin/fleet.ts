// The CDK app. Owns where settings are found: `settings.yaml` beside this folder, or the file of `-c settings=FILE`.

import { resolve } from "node:path";

import { App } from "aws-cdk-lib";

import { makeFleet } from "../lib/fleet.ts";
import { loadSettings } from "../lib/settings.ts";

try {
  const app = new App();
  const path: unknown = app.node.tryGetContext("settings");
  const usual = resolve(import.meta.dirname, "../settings.yaml");
  makeFleet(app, loadSettings(typeof path === "string" ? resolve(path) : usual));
  app.synth();
} catch (error) {
  // What somebody can mend is told without a stack trace.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

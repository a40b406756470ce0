// The fleet: which stacks there are, and in which order they are deployed. Owns nothing of what is in them.

import { Validations, type App, type Stack } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";

import { LogsStack } from "./logs.ts";
import { Names } from "./names.ts";
import type { Settings } from "./settings.ts";

/** Adds all stacks of a fleet to the app; synthesis then fails where a rule of cdk-nag is broken. */
export function makeFleet(app: App, settings: Settings): Stack[] {
  const fleet = { settings, names: new Names(settings.stack) };
  const logs = new LogsStack(app, fleet);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return [logs];
}

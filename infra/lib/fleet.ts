// The fleet: which stacks there are, and in which order they are deployed. Owns nothing of what is in them.

import { Validations, type App, type Stack } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";

import { DispatcherStack } from "./dispatcher.ts";
import { LogsStack } from "./logs.ts";
import { MessagingStack } from "./messaging.ts";
import { Names } from "./names.ts";
import { ObservabilityStack } from "./observability.ts";
import { OperatorsStack } from "./operators.ts";
import type { Settings } from "./settings.ts";
import { TablesStack } from "./tables.ts";
import { WorkersStack } from "./workers.ts";

/** Adds all stacks of a fleet to the app; synthesis then fails where a rule of cdk-nag is broken. */
export function makeFleet(app: App, settings: Settings): Stack[] {
  const fleet = { settings, names: new Names(settings.stack) };
  const ground = [
    new LogsStack(app, fleet),
    new TablesStack(app, fleet),
    new MessagingStack(app, fleet),
    new OperatorsStack(app, fleet),
  ];
  const programs = [new DispatcherStack(app, fleet), new WorkersStack(app, fleet)];
  const observability = new ObservabilityStack(app, fleet);
  // They know each other by name alone, so that CloudFormation has to be told what must be there first.
  for (const program of programs) ground.forEach((stack) => program.addStackDependency(stack));
  for (const stack of [...ground, ...programs]) observability.addStackDependency(stack);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return [...ground, ...programs, observability];
}

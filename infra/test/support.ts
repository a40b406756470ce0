// What tests share: settings with packages that are there, and the templates that come of them. Asserts nothing.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { App } from "aws-cdk-lib";
import { afterAll } from "vitest";

import { makeFleet } from "../lib/fleet.ts";
import { parseSettings, type Settings } from "../lib/settings.ts";

const ROOT = join(import.meta.dirname, "..");

/** The settings file as it is handed out. */
export const HANDED_OUT = readFileSync(join(ROOT, "settings.yaml"), "utf8");
/** Settings that say something of everything. */
export const EVERYTHING = readFileSync(join(import.meta.dirname, "everything.yaml"), "utf8");
/** The least that a settings file says. */
export const LEAST = "workers: [{ name: default, queues: { default: 4 } }]\n";

/** A resource of a template. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DeletionPolicy?: string;
  readonly DependsOn?: readonly string[];
}

/** A template; more is in it than is named here. */
export interface Template {
  readonly Resources: Record<string, Resource>;
  readonly Outputs?: Record<string, { readonly Value: unknown }>;
}

/** Templates by what stands behind the stack's name: `logs`, `tables` … */
export type Templates = Readonly<Record<string, Template>>;

/** A folder that goes with the tests of a file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "fleet-infra-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Settings from a text in a folder where all packages that they name are there, and always the same. */
export function settingsOf(text: string, folder: string): Settings {
  const path = join(folder, "infra/settings.yaml");
  mkdirSync(dirname(path), { recursive: true });
  const settings = parseSettings(path, text);
  for (const { path: file } of [settings.dispatcher.package, ...settings.workers.map((group) => group.package)]) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "package");
  }
  return settings;
}

/** What was synthesised before, by its settings: it takes a second. */
const synthesised = new Map<string, Templates>();

/** Synthesises as the CLI would. Throws what cdk-nag finds. */
export function synthesise(text: string, folder: string): Templates {
  const templates = synthesised.get(text) ?? synthesiseAnew(text, folder);
  synthesised.set(text, templates);
  return templates;
}

function synthesiseAnew(text: string, folder: string): Templates {
  const settings = settingsOf(text, folder);
  const { context } = JSON.parse(readFileSync(join(ROOT, "cdk.json"), "utf8")) as { context: Record<string, unknown> };
  const app = new App({ context, outdir: join(folder, "cdk.out") });
  makeFleet(app, settings);
  const { stacks } = app.synth();
  const concern = (name: string): string => name.slice(settings.stack.length + 1);
  return Object.fromEntries(stacks.map((stack) => [concern(stack.stackName), stack.template as Template]));
}

/** The resources of a type in a template, in its order. */
export function resources(template: Template | undefined, type: string): Resource[] {
  return Object.values(template?.Resources ?? {}).filter((resource) => resource.Type === type);
}

/** References resolved to what they are in account 123456789012 of us-east-1, and the ids of other resources. */
export function resolved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (first !== undefined && entries.length === 1) {
    const [name, argument] = first;
    if (name === "Ref") return pseudoParameter(String(argument));
    if (name === "Fn::GetAtt" && Array.isArray(argument)) return `<${argument.join(".")}>`;
    if (name === "Fn::Join" && Array.isArray(argument)) {
      const [between, parts] = argument as [string, unknown[]];
      return parts.map(resolved).join(between);
    }
  }
  return Object.fromEntries(entries.map(([key, entry]) => [key, resolved(entry)]));
}

function pseudoParameter(name: string): string {
  const known: Record<string, string> = {
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::AccountId": "123456789012",
    "AWS::URLSuffix": "amazonaws.com",
  };
  return known[name] ?? `<${name}>`;
}

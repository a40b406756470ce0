// Rules of the sources that no compiler holds: heads, lengths, and which part may know which.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
/** Longer ones are read badly; there is always a part that can stand alone. */
const LINES_MAX = 300;

const sources = ["bin", "lib", "test"].flatMap((folder) => {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" });
  const paths = files.filter((file) => file.endsWith(".ts")).map((file) => `${folder}/${file}`);
  return paths.sort().map((path) => [path, readFileSync(join(ROOT, path), "utf8")] as const);
});

function importsOf(text: string): string[] {
  return [...text.matchAll(/from "([^"]+)"/g)].map((match) => match[1] ?? "");
}

test.each(sources)("%s has a head, and an end", (_, text) => {
  expect(text).toMatch(/^\/\/ [A-Z].+\n/);
  expect(text.split("\n").length).toBeLessThanOrEqual(LINES_MAX);
});

test("settings and names know nothing of the CDK", () => {
  const pure = sources.filter(([path]) => /^lib\/(settings|names|version|package)/.test(path));
  expect(pure.length).toBeGreaterThan(8);
  for (const [path, text] of pure) {
    expect(
      importsOf(text).filter((module) => /^(aws-cdk-lib|constructs|cdk-nag)/.test(module)),
      path,
    ).toEqual([]);
  }
});

test("what a role may do is said in lib/policies and nowhere else", () => {
  const outside = sources.filter(([path]) => path.startsWith("lib/") && !path.startsWith("lib/policies/"));
  for (const [path, text] of outside) {
    // Policies of queues, topics and keys name a principal.
    const statements = text.split("new PolicyStatement(").slice(1);
    for (const statement of statements) expect(statement, path).toMatch(/principals|\.\.\.statement/);
    expect(text, path).not.toMatch(/addToRolePolicy|\.grant[A-Z]?\w*\(/);
  }
});

test("no stack knows another", () => {
  const stacks = sources.filter(([, text]) => /class \w+Stack extends FleetStack/.test(text)).map(([path]) => path);
  expect(stacks.length).toBeGreaterThan(5);
  const modules = stacks.map((path) => path.replace("lib/", "./"));
  for (const [path, text] of sources.filter(([path]) => stacks.includes(path))) {
    const known = importsOf(text).filter((module) => modules.includes(module));
    // Names of metrics are told by the stack that counts them.
    const allowed = path === "lib/observability.ts" ? ["./logs.ts"] : [];
    expect(
      known.filter((module) => !allowed.includes(module)),
      path,
    ).toEqual([]);
  }
});

// The templates as a whole, so that a change to them is seen in review. Written anew by `npx vitest run -u`. Two sets of
// settings: the file as it is handed out, and one that says something of everything.

import { readdirSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { EVERYTHING, HANDED_OUT, synthesise, temporaryFolder, type Template } from "./support.ts";

const SNAPSHOTS = join(import.meta.dirname, "snapshots");
const CASES = [
  ["handed-out", HANDED_OUT],
  ["everything", EVERYTHING],
] as const;

describe.each(CASES)("%s", (name, text) => {
  const templates = Object.entries(synthesise(text, temporaryFolder()));

  test.each(templates)("%s", async (concern, template) => {
    await expect(shown(template)).toMatchFileSnapshot(join(SNAPSHOTS, name, `${concern}.json`));
  });

  test("no file is left of a stack that is gone", () => {
    const files = templates.map(([concern]) => `${concern}.json`);
    expect(readdirSync(join(SNAPSHOTS, name)).sort()).toEqual(files.sort());
  });
});

/** Without what says nothing of the resources: the CDK's own entries, and hashes of packages. */
function shown(template: Template): string {
  const own = new Set(["Rules", "Metadata"]);
  const text = JSON.stringify(template, (key, value: unknown) => (own.has(key) ? undefined : value), 2);
  return `${text.replaceAll(/[0-9a-f]{64}/g, "HASH")}\n`;
}

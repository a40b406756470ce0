// Settings: reads `settings.yaml` into what the stacks are made of. Owns how settings must fit together, and which package
// belongs to which architecture. Each field's own form is in `settings/schema.ts`.

import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";

import { all } from "./settings/readers.ts";
import { schema, type Written, type WrittenPath } from "./settings/schema.ts";
import { QUEUE_DEFAULT, type Architecture, type PackageFile, type Settings } from "./settings/types.ts";
import { Value } from "./settings/value.ts";
import { version } from "./version.ts";

export { SettingsError } from "./settings/value.ts";
export * from "./settings/types.ts";

/** Where packages are, from the settings file's folder. */
const DIST = "../dist";
/** `NAME-scripts-ACCOUNT-REGION` fits into the 63 characters of a bucket's name, for regions of up to 14. */
const STACK_CHARS_MAX_FOR_BUCKET = 27;

/** Reads a settings file. Throws a `SettingsError` with all its faults. */
export function loadSettings(path: string): Settings {
  if (!existsSync(path)) throw new Error(`${path}: there is no such settings file; copy infra/settings.yaml`);
  return parseSettings(path, readFileSync(path, "utf8"));
}

/** The same of a text; paths of packages in it are taken from the folder of `path`. */
export function parseSettings(path: string, text: string): Settings {
  const file = basename(path);
  const value = Value.parse(file, text);
  const written = schema(value);
  all([
    () => checkBucketName(written, value),
    () => checkNamesOnce(written.workers, "workers", value),
    () => checkNamesOnce(written.connections, "connections", value),
    () => checkIdsOnce(written, value),
    () => checkDefaultIsServed(written, value),
  ]);
  const located = (at: WrittenPath, usual: string): PackageFile => ({
    path: resolve(dirname(path), at.path ?? `${DIST}/${usual}`),
    asked: at.value.place,
  });
  const { dispatcher, workers, ...rest } = written;
  return {
    ...rest,
    dispatcher: { ...dispatcher, package: located(dispatcher.package, `bootstrap-${dispatcher.architecture}.zip`) },
    workers: workers.map(({ instance: { type: instance, architecture }, ...group }) => ({
      ...group,
      instance,
      architecture,
      package: located(group.package, rpmName(architecture)),
    })),
  };
}

/** The worker's package, as `make dist` names it: rpm has a word of its own for the architecture. */
function rpmName(architecture: Architecture): string {
  return `rsql-fleet-worker-${version()}.${architecture === "arm64" ? "aarch64" : "x86_64"}.rpm`;
}

function checkBucketName({ stack, scripts }: Written, value: Value): void {
  if (scripts.bucket !== undefined) return;
  if (stack.length <= STACK_CHARS_MAX_FOR_BUCKET && stack === stack.toLowerCase()) return;
  const problem = `no bucket can be called \`${stack}-scripts-ACCOUNT-REGION\``;
  throw value.key("scripts").fault(problem, "add bucket: NAME, or give the stack a shorter name in lower case");
}

function checkNamesOnce(named: readonly { readonly name: string }[], list: string, value: Value): void {
  const names = named.map(({ name }) => name);
  const twice = names.findIndex((name, index) => names.indexOf(name) < index);
  if (twice < 0) return;
  const place = value.key(list).items?.[twice] ?? value;
  throw place.fault(`\`${names[twice] ?? ""}\` is there twice`, "give each a name of its own");
}

/** CloudFormation's ids have letters and digits alone, so that `big-hosts` and `bighosts` would be the same one. */
function checkIdsOnce({ workers }: Written, value: Value): void {
  const groups = workers.map(({ name }, index) => ({ name, place: value.key("workers").items?.[index] ?? value }));
  const pools = workers.flatMap(({ queues }, index) =>
    [...queues.keys()].map((name) => ({ name, place: groups[index]?.place.key("queues").key(name) ?? value })),
  );
  for (const named of [groups, pools]) {
    for (const [index, { name, place }] of named.entries()) {
      const same = named.slice(0, index).find((other) => other.name !== name && bare(other.name) === bare(name));
      if (same === undefined) continue;
      const problem = `\`${name}\` and \`${same.name}\` differ in hyphens and underscores alone`;
      throw place.fault(problem, "give one another name: CloudFormation's ids leave these signs out");
    }
  }
}

function bare(name: string): string {
  return name.replaceAll(/[-_]/g, "");
}

/** Jobs that name no pool would wait for ever, as would those of a workflow that was not told of pools. */
function checkDefaultIsServed({ workers }: Written, value: Value): void {
  if (workers.some((group) => group.queues.has(QUEUE_DEFAULT))) return;
  const problem = `no group serves \`${QUEUE_DEFAULT}\`, the queue of jobs that name no pool`;
  throw value.key("workers").fault(problem, `add ${QUEUE_DEFAULT}: 4 to the queues of one`);
}

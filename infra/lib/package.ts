// Packages that `make dist` makes. Owns the message where one is missing.

import { existsSync } from "node:fs";

import type { PackageFile } from "./settings.ts";

/** Its path, or an error that says how to come by it. */
export function packagePath({ path, asked }: PackageFile): string {
  if (existsSync(path)) return path;
  throw new Error(`${asked}: there is no file ${path}; make it with \`make dist\`, or write where it is`);
}

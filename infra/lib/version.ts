// The release's number. It stands in the workspace's Cargo.toml and nowhere else; packages carry it in their names.

import { readFileSync } from "node:fs";
import { join } from "node:path";

const CARGO = join(import.meta.dirname, "../../Cargo.toml");

/** Such as `0.1.0`. */
export function version(): string {
  const found = /^\[workspace\.package\][^[]*?^version = "([^"]+)"/ms.exec(readFileSync(CARGO, "utf8"))?.[1];
  if (found === undefined) throw new Error(`${CARGO}: [workspace.package] names no version; add version = "1.2.3"`);
  return found;
}

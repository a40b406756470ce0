// Instance types of EC2. Owns what is read from their names. Whether a region has a type, only EC2 knows.

import type { Architecture } from "./types.ts";
import type { Value } from "./value.ts";

/** Family, generation, attributes, size: `m7g.large`, `im4gn.xlarge`, `m7i-flex.large`. */
const TYPE = /^[a-z]+[0-9]+([a-z-]*)\.(nano|micro|small|medium|[0-9]*x?large|metal(-[0-9a-z]+)?)$/;

/** The type with its architecture: those of Graviton have a `g` among their attributes. */
export function architectureOf(type: string, value: Value): { type: string; architecture: Architecture } {
  const attributes = TYPE.exec(type)?.[1];
  if (attributes === undefined) throw value.fault(`\`${type}\` is no instance type`, "write one such as m7g.large");
  return { type, architecture: attributes.includes("g") ? "arm64" : "x86_64" };
}

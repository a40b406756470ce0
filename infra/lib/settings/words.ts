// Words that several settings are written in. Owns their forms and remedies.

import { text, type Reader } from "./readers.ts";

/** What groups and connections are called. */
export const word = text(
  /^[A-Za-z][A-Za-z0-9_-]{0,39}$/,
  "write a letter and then up to 39 letters, digits, hyphens or underscores",
);

/** A name of somebody else's that must fit into the worker's environment, where these signs divide. */
export const oneLine = (what: string): Reader<string> =>
  text(/^[^\s,;=]+$/, `write ${what}, without spaces, commas and semicolons`);

// Readers: what turns a value of the settings file into a number, a word, a list or an object, or says why it cannot be one.
// Owns that all faults of a file are told at once, and that an unknown key is refused with the nearest known one. Knows no
// setting by its name.

import { SettingsError, type Fault, type Value } from "./value.ts";

/** Turns a value into a `T`, or throws a `SettingsError`. */
export type Reader<T> = (value: Value) => T;

/** A reader for each field. */
export type Shape<T> = { readonly [K in keyof T]-?: Reader<T[K]> };

/** A text that the pattern fits as a whole. `remedy` says what it must look like. */
export function text(pattern: RegExp, remedy: string): Reader<string> {
  return (value) => {
    const found = present(value, remedy).scalar;
    // A number is a text, too, where one is asked for: an account is all digits.
    const written = typeof found === "number" ? String(found) : found;
    if (typeof written !== "string" || !pattern.test(written))
      throw value.fault(`${value.shown()} will not do`, remedy);
    return written;
  };
}

/** One of some words. */
export function choice<T extends string>(...words: readonly T[]): Reader<T> {
  const remedy = `write ${words.join(" or ")}`;
  return (value) => {
    const found = present(value, remedy).scalar;
    const word = words.find((word) => word === found);
    if (word === undefined) throw value.fault(`${value.shown()} is not one of its words`, remedy);
    return word;
  };
}

/** `true` or `false`. */
export function flag(value: Value): boolean {
  const remedy = "write true or false";
  const found = present(value, remedy).scalar;
  if (typeof found !== "boolean") throw value.fault(`${value.shown()} is neither`, remedy);
  return found;
}

/** A whole number from `min` to `max`; `what` it counts. */
export function whole(min: number, max: number, what: string): Reader<number> {
  const remedy = `write a whole number of ${what} from ${min} to ${max}`;
  return (value) => {
    const found = present(value, remedy).scalar;
    if (typeof found !== "number" || !Number.isInteger(found) || found < min || found > max) {
      throw value.fault(`${value.shown()} is out of range`, remedy);
    }
    return found;
  };
}

/** One of some whole numbers. */
export function oneOf(numbers: readonly number[]): Reader<number> {
  return (value) => {
    const remedy = `write one of ${numbers.join(", ")}`;
    const found = present(value, remedy).scalar;
    if (typeof found !== "number" || !numbers.includes(found))
      throw value.fault(`${value.shown()} is none of them`, remedy);
    return found;
  };
}

/** A list of `of`. */
export function list<T>(of: Reader<T>, remedy: string): Reader<readonly T[]> {
  return (value) => {
    const { items } = present(value, remedy);
    if (items === undefined) throw value.fault(`${value.shown()} is no list`, remedy);
    return all(items.map((item) => () => of(item)));
  };
}

/** A map of names, which `name` reads, to `of`. */
export function table<T>(name: RegExp, of: Reader<T>, remedy: string): Reader<ReadonlyMap<string, T>> {
  return (value) => {
    const { entries } = present(value, remedy);
    if (entries === undefined) throw value.fault(`${value.shown()} is no map`, remedy);
    const readers = [...entries].map(([key, entry]) => (): [string, T] => {
      if (!name.test(key)) throw entry.fault(`\`${key}\` will not do as a name`, remedy);
      return [key, of(entry)];
    });
    return new Map(all(readers));
  };
}

/** As {@link object}, and where nothing is written, one of defaults. */
export function section<T>(shape: Shape<T>, remedy: string): Reader<T> {
  const written = object(shape, remedy);
  return (value) => (value.absent ? fields(shape, value, new Map()) : written(value));
}

/** An object whose keys are those of the shape. */
export function object<T>(shape: Shape<T>, remedy: string): Reader<T> {
  return (value) => {
    const { entries } = present(value, remedy);
    if (entries === undefined) throw value.fault(`${value.shown()} is no map`, remedy);
    return fields(shape, value, entries);
  };
}

function fields<T>(shape: Shape<T>, value: Value, entries: ReadonlyMap<string, Value>): T {
  const known = Object.keys(shape) as (keyof T & string)[];
  const strange = [...entries].filter(([key]) => !known.some((name) => name === key));
  const refused = strange.map(([key, entry]) => (): never => {
    throw entry.fault("there is no such setting", `did you mean \`${nearest(key, known)}\`?`);
  });
  const read = known.map((key) => () => [key, shape[key](entries.get(key) ?? value.lacking(key))] as const);
  return Object.fromEntries(all<readonly [string, unknown]>([...refused, ...read])) as T;
}

/** `fallback` where nothing is written. */
export function optional<T, F>(of: Reader<T>, fallback: F): Reader<T | F> {
  return (value) => (value.absent ? fallback : of(value));
}

/** What `of` reads, looked at once more by `check`, which throws if it will not do. */
export function checked<T, U>(of: Reader<T>, check: (found: T, value: Value) => U): Reader<U> {
  return (value) => check(of(value), value);
}

/** Runs all, and throws all their faults together if there are any. */
export function all<T>(readers: readonly (() => T)[]): T[] {
  const results: T[] = [];
  const faults: Fault[] = [];
  for (const read of readers) {
    try {
      results.push(read());
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      faults.push(...error.faults);
    }
  }
  if (faults.length > 0) throw new SettingsError(faults);
  return results;
}

function present(value: Value, remedy: string): Value {
  if (value.absent) throw value.fault("it is missing", remedy);
  return value;
}

/** The name that begins like the key, or else takes the fewest letters to change. */
function nearest(key: string, known: readonly string[]): string {
  const longer = known.find((name) => name.toLowerCase().startsWith(key.toLowerCase()));
  if (longer !== undefined) return longer;
  const apart = known.map((name) => ({ name, steps: editSteps(key.toLowerCase(), name.toLowerCase()) }));
  return apart.reduce((best, next) => (next.steps < best.steps ? next : best)).name;
}

/** Levenshtein's distance, by rows. */
function editSteps(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [at, letter] of [...from].entries()) {
    const next = [at + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

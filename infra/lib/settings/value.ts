// A value of a YAML file that knows where it stands. Owns how faults are placed and worded: file, line, field, problem,
// remedy. Knows no setting by its name; `readers.ts` turns values into what the program wants.

import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from "yaml";

/** What is wrong with one field. */
export interface Fault {
  readonly file: string;
  readonly line: number;
  readonly field: string;
  readonly problem: string;
  readonly remedy: string;
}

/** A settings file that cannot be used. Its message has a line for each fault. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";

  constructor(readonly faults: readonly Fault[]) {
    super(faults.map(worded).join("\n"));
  }
}

interface Source {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** A node of the file. One that is absent stands where the map stands that lacks it. */
export class Value {
  private constructor(
    private readonly source: Source,
    private readonly node: Node | undefined,
    /** Its name with those of what it lies in, such as `workers[0].queues`; empty for the file itself. */
    readonly field: string,
    private readonly offset: number,
  ) {}

  /** The whole of a file. `file` is its name in messages. */
  static parse(file: string, text: string): Value {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines });
    const [error] = document.errors;
    if (error !== undefined) {
      const problem = error.message.split("\n")[0]?.replace(/ at line.*$/, "") ?? "no YAML";
      const line = error.linePos?.[0].line ?? 1;
      throw new SettingsError([{ file, line, field: "YAML", problem, remedy: "correct what stands there" }]);
    }
    return new Value({ file, document, lines }, document.contents ?? undefined, "", document.contents?.range?.[0] ?? 0);
  }

  /** True where nothing is written, or nothing behind the colon. */
  get absent(): boolean {
    return this.node === undefined || (isScalar(this.node) && this.node.value === null);
  }

  /** What a scalar says; a map or list says nothing. */
  get scalar(): unknown {
    return isScalar(this.node) ? this.node.value : undefined;
  }

  /** The entries of a map by their keys, in order; nothing if it is none. */
  get entries(): Map<string, Value> | undefined {
    if (!isMap(this.node)) return undefined;
    const prefix = this.field === "" ? "" : `${this.field}.`;
    return new Map(
      this.node.items.map((pair) => {
        const key = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
        return [key, this.at(pair.value as Node | null, `${prefix}${key}`, pair.key as Node)];
      }),
    );
  }

  /** The items of a list; nothing if it is none. */
  get items(): Value[] | undefined {
    if (!isSeq(this.node)) return undefined;
    return this.node.items.map((item, index) => this.at(item as Node, `${this.field}[${index}]`, item as Node));
  }

  /** The value of a key, or the place where it is lacking. */
  key(name: string): Value {
    return this.entries?.get(name) ?? this.lacking(name);
  }

  /** `file:line: field`. */
  get place(): string {
    return `${this.source.file}:${this.line}: ${this.field || "the file"}`;
  }

  /** The place of a key that this map does not have. */
  lacking(key: string): Value {
    const field = this.field === "" ? key : `${this.field}.${key}`;
    return new Value(this.source, undefined, field, this.offset);
  }

  /** The error that says what is wrong here. */
  fault(problem: string, remedy: string): SettingsError {
    const field = this.field || "the file";
    return new SettingsError([{ file: this.source.file, line: this.line, field, problem, remedy }]);
  }

  /** What is written there, for messages. */
  shown(): string {
    if (isMap(this.node)) return "a map";
    if (isSeq(this.node)) return "a list";
    return `\`${String(this.scalar ?? "")}\``;
  }

  private get line(): number {
    return Math.max(this.source.lines.linePos(this.offset).line, 1);
  }

  private at(node: Node | null, field: string, place: Node | null): Value {
    const real = isAlias(node) ? node.resolve(this.source.document) : node;
    return new Value(this.source, real ?? undefined, field, place?.range?.[0] ?? this.offset);
  }
}

function worded({ file, line, field, problem, remedy }: Fault): string {
  return `${file}:${line}: ${field}: ${problem}; ${remedy}`;
}

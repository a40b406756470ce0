// What the settings file may say: each field's form, limits with their reasons, and defaults. Owns nothing of how a file is
// read (`value.ts`, `readers.ts`) nor of what settings that are right by themselves must be to each other (`whole.ts`).

import { connection } from "./connections.ts";
import { architectureOf } from "./instances.ts";
import {
  checked,
  choice,
  flag,
  list,
  object,
  oneOf,
  optional,
  section,
  table,
  text,
  whole,
  type Reader,
} from "./readers.ts";
import { ARCHITECTURES } from "./types.ts";
import type { Alerts, Connection, Network, S3Place, ScriptsPlace, Span } from "./types.ts";
import type { Value } from "./value.ts";
import { oneLine, word } from "./words.ts";

/** Longest pool: `NAME-jobs-POOL` fits into the 80 characters of a queue's name, for the longest NAME of 40. */
const POOL_CHARS_MAX = 34;
/** The worker's own limit (SLOTS_MAX of worker/src/shell/options.rs). */
const SLOTS_MAX = 1_000;
/** The dispatcher's own limit (AUDIT_DAYS_MAX of shared/aws). */
const AUDIT_DAYS_MAX = 36_500;
/** Six times as long, messages stay hidden; a job's news must not wait for more than this after a crash. */
const TIMEOUT_SECONDS_MAX = 120;
/** Minutes: a lifecycle hook of Auto Scaling waits for two hours, of which the worker needs some for its last words. */
const DRAIN_MINUTES_MAX = 115;
/** What CloudWatch Logs offers. */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const POOL = new RegExp(`^[A-Za-z0-9_-]{1,${POOL_CHARS_MAX}}$`);

const path = text(/\S/, "write a path, from the folder of this file");
const bucket = text(BUCKET, "write the name of an S3 bucket: 3 to 63 lower-case letters, digits, dots and hyphens");

/** As {@link "./types.ts".Settings}, but for what must be derived. */
export interface Written {
  readonly stack: string;
  readonly account: string | undefined;
  readonly region: string | undefined;
  readonly protect: boolean;
  readonly logs: { readonly retentionDays: number };
  readonly auditDays: number | undefined;
  readonly scripts: ScriptsPlace;
  readonly landing: readonly S3Place[];
  readonly connections: readonly Connection[];
  readonly dispatcher: WrittenDispatcher;
  readonly workers: readonly WrittenGroup[];
  readonly network: Network;
  readonly alerts: Alerts;
}

/** A path as it is written, or the place that lacks one. */
export interface WrittenPath {
  readonly path: string | undefined;
  readonly value: Value;
}

export interface WrittenDispatcher {
  readonly package: WrittenPath;
  readonly architecture: (typeof ARCHITECTURES)[number];
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly concurrency: number;
  readonly batch: { readonly size: number; readonly windowSeconds: number };
}

export interface WrittenGroup {
  readonly name: string;
  readonly queues: ReadonlyMap<string, number>;
  readonly instance: { readonly type: string; readonly architecture: (typeof ARCHITECTURES)[number] };
  readonly hosts: { readonly min: number; readonly max: number } | "none";
  readonly package: WrittenPath;
  readonly drainLimit: Span;
  readonly spot: boolean;
}

const packagePath: Reader<WrittenPath> = (value) => ({ path: optional(path, undefined)(value), value });

/** `bucket` or `bucket/prefix`. */
const s3Place: Reader<S3Place> = checked(
  text(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/.*)?$/, "write bucket or bucket/prefix, without s3://"),
  (place) => {
    const slash = place.indexOf("/");
    return slash < 0
      ? { bucket: place, prefix: "" }
      : { bucket: place.slice(0, slash), prefix: place.slice(slash + 1) };
  },
);

const scripts: Reader<ScriptsPlace> = checked(
  section(
    {
      bucket: optional(bucket, undefined),
      prefix: optional(text(/^[^/\s][^\s]*$/, "write a key's beginning, such as scripts/"), ""),
      existing: optional(flag, false),
    },
    "write bucket, prefix, existing",
  ),
  (place, value) => {
    if (place.existing && place.bucket === undefined) throw value.fault("an existing bucket has a name", "add bucket");
    return place;
  },
);

const dispatcher: Reader<WrittenDispatcher> = section(
  {
    package: packagePath,
    architecture: optional(choice(...ARCHITECTURES), "arm64"),
    memoryMb: optional(whole(128, 10_240, "megabytes"), 256),
    timeoutSeconds: optional(whole(10, TIMEOUT_SECONDS_MAX, "seconds"), 20),
    // Lambda takes no event source of fewer than 2.
    concurrency: optional(whole(2, 1_000, "invocations"), 10),
    batch: checked(
      section(
        {
          size: optional(whole(1, 100, "messages"), 10),
          windowSeconds: optional(whole(0, 60, "seconds"), 0),
        },
        "write size, windowSeconds",
      ),
      (batch, value) => {
        if (batch.size <= 10 || batch.windowSeconds > 0) return batch;
        throw value.fault(
          `Lambda gathers ${batch.size} messages only in time`,
          "add windowSeconds: 1, or write size: 10",
        );
      },
    ),
  },
  "write package, architecture, memoryMb, timeoutSeconds, concurrency, batch",
);

const span: Reader<Span> = checked(
  text(/^[1-9][0-9]{0,5}[smh]$/, "write a time such as 90s, 5m or 2h"),
  (written, value) => {
    const unit = { s: 1, m: 60, h: 3600 }[written.slice(-1)] ?? 1;
    const seconds = Number(written.slice(0, -1)) * unit;
    if (seconds <= DRAIN_MINUTES_MAX * 60) return { text: written, seconds };
    throw value.fault(
      `${value.shown()} is too long`,
      `write ${DRAIN_MINUTES_MAX}m at most: no lifecycle hook waits longer than two hours`,
    );
  },
);

const range = checked(
  object({ min: whole(0, 1_000, "hosts"), max: whole(1, 1_000, "hosts") }, "write { min: 1, max: 4 }, or none"),
  (hosts, value) => {
    if (hosts.min <= hosts.max) return hosts;
    throw value.fault(`min ${hosts.min} is more than max ${hosts.max}`, "make max the larger");
  },
);

const group: Reader<WrittenGroup> = object(
  {
    name: word,
    queues: checked(
      table(
        POOL,
        whole(1, SLOTS_MAX, "slots"),
        `write pool: slots; a pool has up to ${POOL_CHARS_MAX} letters, digits, hyphens, underscores`,
      ),
      (queues, value) => {
        if (queues.size > 0) return queues;
        throw value.fault("hosts without a queue have nothing to do", "write { default: 4 }");
      },
    ),
    instance: checked(optional(oneLine("an EC2 instance type"), "m7g.large"), architectureOf),
    hosts: optional((value) => (value.scalar === "none" ? "none" : range(value)), { min: 1, max: 2 }),
    package: packagePath,
    drainLimit: optional(span, { text: "5m", seconds: 300 }),
    spot: optional(flag, false),
  },
  "write name, queues, instance, hosts",
);

const network: Reader<Network> = checked(
  object(
    {
      vpc: text(/^(new|vpc-[0-9a-f]{8,17})$/, "write new, or a VPC's id: vpc-…"),
      subnets: optional(list(text(/^subnet-[0-9a-f]{8,17}$/, "write a subnet's id: subnet-…"), "write [subnet-…]"), []),
      securityGroups: optional(
        list(text(/^sg-[0-9a-f]{8,17}$/, "write a security group's id: sg-…"), "write [sg-…]"),
        [],
      ),
    },
    "write vpc",
  ),
  ({ vpc, subnets, securityGroups }, value) => {
    if (vpc !== "new") {
      if (subnets.length > 0) return { vpc, subnets, securityGroups };
      throw value.fault(
        "an existing VPC needs to be told where hosts go",
        "add subnets: [subnet-…], with a way to AWS and the warehouse",
      );
    }
    if (subnets.length + securityGroups.length === 0) return { vpc: "new" };
    throw value.fault("a new VPC has subnets and a security group of its own", "leave them out, or write the VPC's id");
  },
);

const alerts: Reader<Alerts> = section(
  {
    emails: optional(list(text(/^[^@\s]+@[^@\s]+\.[^@\s]+$/, "write a mail address"), "write [name@example.com]"), []),
    https: optional(list(text(/^https:\/\/[^\s/]+\S*$/, "write an https:// URL"), "write [https://…]"), []),
    topics: optional(
      list(
        text(/^(arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:)?[A-Za-z0-9_-]{1,256}$/, "write an SNS topic's name or ARN"),
        "write [etl-alerts]",
      ),
      [],
    ),
    slack: optional(
      object(
        {
          workspace: text(/^T[A-Z0-9]{5,20}$/, "write the workspace's id, T…, from the URL of Slack in a browser"),
          channel: text(/^[CG][A-Z0-9]{5,20}$/, "write the channel's id, C…, from the end of the channel's link"),
        },
        "write workspace and channel",
      ),
      undefined,
    ),
  },
  "write emails, https, topics, slack",
);

/** The whole file. */
export const schema: Reader<Written> = object(
  {
    stack: optional(
      checked(
        text(/^[A-Za-z][A-Za-z0-9-]{0,39}$/, "write a letter and then up to 39 letters, digits or hyphens"),
        (name, value) => {
          if (name !== "default") return name;
          throw value.fault("AWS has a bus and a group of schedules of this name", "write another, such as rsql-fleet");
        },
      ),
      "rsql-fleet",
    ),
    account: optional(text(/^[0-9]{12}$/, 'write the 12 digits of the account, in quotes: "012345678901"'), undefined),
    region: optional(text(/^[a-z]{2}(-[a-z]+)+-[0-9]$/, "write a region such as eu-west-1"), undefined),
    protect: optional(flag, true),
    logs: section({ retentionDays: optional(oneOf(RETENTION_DAYS), 30) }, "write retentionDays"),
    auditDays: optional(whole(1, AUDIT_DAYS_MAX, "days"), undefined),
    scripts,
    landing: optional(list(s3Place, "write [bucket, bucket/prefix]"), []),
    connections: optional(list(connection, "write [{ name: warehouse, secret: prod/redshift }]"), []),
    dispatcher,
    workers: list(group, "write [{ name: default, queues: { default: 4 } }]"),
    network: optional(network, { vpc: "new" }),
    alerts,
  },
  "write `stack: NAME` and the rest as in infra/settings.yaml",
);

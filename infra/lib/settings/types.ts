// The settings of one deployment, as the rest of the app sees them: whole, checked, with defaults filled in. Owns their
// names and meaning. Reads nothing; `schema.ts` does.

/** Everything that `settings.yaml` says. */
export interface Settings {
  /** Name of the stack, with which all names begin. */
  readonly stack: string;
  /** AWS account; none: that of the CLI's credentials. */
  readonly account: string | undefined;
  /** Region; none: that of the CLI's configuration. */
  readonly region: string | undefined;
  /** Deletion protection of tables and stacks; tables and scripts outlive their stacks. */
  readonly protect: boolean;
  readonly logs: { readonly retentionDays: number };
  /** Days after which audit records expire; none: never. */
  readonly auditDays: number | undefined;
  readonly scripts: ScriptsPlace;
  /** Where `s3` preconditions may look. */
  readonly landing: readonly S3Place[];
  readonly connections: readonly Connection[];
  readonly dispatcher: DispatcherSettings;
  /** Groups of workers' hosts. */
  readonly workers: readonly WorkerGroup[];
  readonly network: Network;
  readonly alerts: Alerts;
}

/** Objects of a bucket whose keys begin with `prefix`; an empty one means all. */
export interface S3Place {
  readonly bucket: string;
  readonly prefix: string;
}

/** Where scripts lie. */
export interface ScriptsPlace {
  /** The bucket's name; none: `STACK-scripts-ACCOUNT-REGION`. */
  readonly bucket: string | undefined;
  readonly prefix: string;
  /** Whether the bucket is there already, and not made by us. */
  readonly existing: boolean;
}

/** A connection that workflows name. */
export interface Connection {
  readonly name: string;
  readonly login: Login;
  readonly sslmode: SslMode | undefined;
  readonly sessions: "fresh" | "reused" | undefined;
}

/** Where a login comes from. */
export type Login =
  /** A secret of Secrets Manager, by name or ARN. */
  | { readonly kind: "secret"; readonly secret: string }
  /** Temporary credentials of a provisioned cluster; without a user, that of the IAM role. */
  | {
      readonly kind: "cluster";
      readonly cluster: string;
      readonly database: string;
      readonly dbUser: string | undefined;
    }
  /** Temporary credentials of a Serverless workgroup; with its id, workers may ask for those of no other. */
  | {
      readonly kind: "workgroup";
      readonly workgroup: string;
      readonly workgroupId: string | undefined;
      readonly database: string;
    };

export const SSL_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;
export type SslMode = (typeof SSL_MODES)[number];

export const ARCHITECTURES = ["arm64", "x86_64"] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** The dispatcher's function. */
export interface DispatcherSettings {
  /** Path of the zip with `bootstrap`. */
  readonly package: PackageFile;
  readonly architecture: Architecture;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /** Most invocations at a time. */
  readonly concurrency: number;
  /** Messages an invocation, and how long Lambda waits to gather them. */
  readonly batch: { readonly size: number; readonly windowSeconds: number };
}

/** A file that `make dist` makes. */
export interface PackageFile {
  /** Absolute path. */
  readonly path: string;
  /** Where the settings ask for it, as `file:line: field`, for the message that it is missing. */
  readonly asked: string;
}

/** Hosts of one kind. */
export interface WorkerGroup {
  readonly name: string;
  /** Slots of one host, by queue; `default` is the queue of jobs that name no pool. */
  readonly queues: ReadonlyMap<string, number>;
  /** EC2 instance type. */
  readonly instance: string;
  /** The instance type's. */
  readonly architecture: Architecture;
  /** How many, or none where a team has hosts of its own. */
  readonly hosts: { readonly min: number; readonly max: number } | "none";
  /** The worker's `.rpm`. */
  readonly package: PackageFile;
  /** How long running jobs may go on once a host drains. */
  readonly drainLimit: Span;
  readonly spot: boolean;
}

/** A group whose hosts an Auto Scaling group launches. */
export interface LaunchedGroup extends WorkerGroup {
  readonly hosts: Exclude<WorkerGroup["hosts"], "none">;
}

/** Whether a group's hosts are launched by us. */
export function isLaunched(group: WorkerGroup): group is LaunchedGroup {
  return group.hosts !== "none";
}

/** A length of time as the worker takes it, such as `5m`. */
export interface Span {
  readonly text: string;
  readonly seconds: number;
}

/** Where hosts live. */
export type Network =
  | { readonly vpc: "new" }
  | { readonly vpc: string; readonly subnets: readonly string[]; readonly securityGroups: readonly string[] };

/** Who hears of alerts. */
export interface Alerts {
  readonly emails: readonly string[];
  readonly https: readonly string[];
  /** Topics of your own that workflows name in `alerts.topic`, by name or ARN; programs may publish to these, too. */
  readonly topics: readonly string[];
  readonly slack: { readonly workspace: string; readonly channel: string } | undefined;
}

/** Name, among a group's queues, of that of jobs without a pool. */
export const QUEUE_DEFAULT = "default";

/** The pools that have a queue of their own, sorted. */
export function pools(settings: Settings): readonly string[] {
  const named = new Set(settings.workers.flatMap((group) => [...group.queues.keys()]));
  named.delete(QUEUE_DEFAULT);
  return [...named].sort();
}

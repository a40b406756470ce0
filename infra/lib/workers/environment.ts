// Settings of a worker's host, as /etc/rsql-fleet/worker.env has them. Owns how settings of the deployment are written for the
// program (worker/src/shell/options.rs reads them) and for systemd, which reads the file.

import type { Connection, WorkerGroup } from "../settings.ts";
import type { FleetStack } from "../stack.ts";

/** Variables of the program, by name. */
export type Environment = ReadonlyMap<string, string>;

/** Those of the hosts of a group. */
export function environmentOf(stack: FleetStack, group: WorkerGroup): Environment {
  const { names, settings } = stack;
  const environment = new Map([
    ["AWS_REGION", stack.region],
    ["FLEET_STACK", settings.stack],
    ["FLEET_QUEUES", [...group.queues].map(([queue, slots]) => `${queue}=${slots}`).join(",")],
    ["FLEET_SCRIPTS", stack.scriptsUri],
    ["FLEET_DRAIN_LIMIT", group.drainLimit.text],
  ]);
  if (settings.connections.length > 0) {
    environment.set("FLEET_CONNECTIONS", settings.connections.map(connectionOption).join(";"));
  }
  if (settings.auditDays !== undefined) environment.set("FLEET_AUDIT_DAYS", String(settings.auditDays));
  if (group.hosts !== "none") {
    environment.set("FLEET_AUTO_SCALING_GROUP", names.workersGroup(group.name));
    environment.set("FLEET_LIFECYCLE_HOOK", names.drainHook);
  }
  return environment;
}

/** The lines of the file. Values stand in double quotes, in which systemd takes a backslash before these two. */
export function environmentFile(environment: Environment): string {
  return [...environment].map(([name, value]) => `${name}="${value.replaceAll(/["\\]/g, "\\$&")}"`).join("\n");
}

/** `NAME=SECRET|cluster:ID|workgroup:NAME,…`; the settings let no comma, semicolon or equals sign into the parts. */
function connectionOption({ name, login, sslmode, sessions }: Connection): string {
  const more: string[] = [];
  if (login.kind !== "secret") more.push(`database=${login.database}`);
  if (login.kind === "cluster" && login.dbUser !== undefined) more.push(`db_user=${login.dbUser}`);
  if (sslmode !== undefined) more.push(`sslmode=${sslmode}`);
  if (sessions !== undefined) more.push(`sessions=${sessions}`);
  return [`${name}=${place(login)}`, ...more].join(",");
}

function place(login: Connection["login"]): string {
  switch (login.kind) {
    case "secret":
      return login.secret;
    case "cluster":
      return `cluster:${login.cluster}`;
    case "workgroup":
      return `workgroup:${login.workgroup}`;
  }
}

// Connections as the settings write them: a name, one of three kinds of login, and manners. Owns which fields go together; the
// worker holds the same rules (worker/src/shell/options.rs).

import { checked, choice, object, optional, text, type Reader } from "./readers.ts";
import { SSL_MODES, type Connection, type Login } from "./types.ts";
import type { Value } from "./value.ts";
import { oneLine, word } from "./words.ts";

/** A UUID. */
const WORKGROUP_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface WrittenConnection {
  readonly name: string;
  readonly secret: string | undefined;
  readonly cluster: string | undefined;
  readonly workgroup: string | undefined;
  readonly workgroupId: string | undefined;
  readonly database: string | undefined;
  readonly dbUser: string | undefined;
  readonly sslmode: Connection["sslmode"];
  readonly sessions: Connection["sessions"];
}

/** A connection. */
export const connection: Reader<Connection> = checked(
  object<WrittenConnection>(
    {
      name: word,
      secret: optional(oneLine("the secret's name or ARN"), undefined),
      cluster: optional(oneLine("the cluster's identifier"), undefined),
      workgroup: optional(oneLine("the workgroup's name"), undefined),
      workgroupId: optional(text(WORKGROUP_ID, "write the workgroup's id, the end of its ARN"), undefined),
      database: optional(oneLine("the database's name"), undefined),
      dbUser: optional(oneLine("the database user"), undefined),
      sslmode: optional(choice(...SSL_MODES), undefined),
      sessions: optional(choice("fresh", "reused"), undefined),
    },
    "write name, and secret, cluster or workgroup",
  ),
  (found, value) => {
    const { name, sslmode, sessions } = found;
    return { name, login: login(found, value), sslmode, sessions };
  },
);

function login(found: WrittenConnection, value: Value): Login {
  const { secret, cluster, workgroup, workgroupId, database, dbUser } = found;
  if (workgroupId !== undefined && workgroup === undefined) {
    throw value.fault("workgroupId is a workgroup's", "add workgroup, or leave it out");
  }
  const given = [secret, cluster, workgroup].filter((one) => one !== undefined).length;
  if (given !== 1) throw value.fault("it has no single login", "write one of secret, cluster and workgroup");
  if (secret !== undefined) {
    if (database !== undefined || dbUser !== undefined) {
      throw value.fault(
        "database and dbUser are for clusters and workgroups",
        "leave them out: a secret holds its own",
      );
    }
    return { kind: "secret", secret };
  }
  if (database === undefined) throw value.fault("temporary credentials tell no database", "add database");
  if (cluster !== undefined) return { kind: "cluster", cluster, database, dbUser };
  if (dbUser !== undefined)
    throw value.fault("dbUser is for clusters", "leave it out: a workgroup's user is the IAM role's");
  return { kind: "workgroup", workgroup: workgroup ?? "", workgroupId, database };
}

// The script that makes a worker of a host: as root at its first start, or by hand on a host of your own. Owns its steps. It may
// run again: then it brings package and settings up to date, and the worker drains and starts anew.

import type { S3Object } from "../policies/worker.ts";
import { environmentFile, type Environment } from "./environment.ts";

const SERVICE = "rsql-fleet-worker.service";
/** Seconds until the worker must have found its queues; credentials of a new role may take a minute to be known everywhere. */
const START_SECONDS_MAX = 300;

/** What a host waits for, and is waited for by. */
export interface LaunchHook {
  readonly group: string;
  readonly hook: string;
}

export interface UserData {
  readonly region: string;
  readonly package: S3Object;
  readonly environment: Environment;
  /** None on hosts that no Auto Scaling group has launched. */
  readonly launched: LaunchHook | undefined;
}

/**
 * The script. A host that cannot become a worker says so to its group and is taken away, so that a bad package or setting never
 * takes the place of hosts that work; what went wrong stands in its console output.
 */
export function userData({ region, package: rpm, environment, launched }: UserData): string {
  return [
    "#!/bin/bash",
    "set -Eeuo pipefail",
    `export AWS_REGION=${region} AWS_DEFAULT_REGION=${region}`,
    ...(launched === undefined ? [] : [...tell(launched), "trap 'tell ABANDON' ERR"]),
    "package=$(mktemp --suffix=.rpm)",
    `aws s3 cp --only-show-errors s3://${rpm.bucket}/${rpm.key} "$package"`,
    // It needs nothing that the image does not have: no repository has to be reached.
    `dnf install --assumeyes --quiet --disablerepo='*' "$package"`,
    'rm "$package"',
    "cat > /etc/rsql-fleet/worker.env <<'END'",
    environmentFile(environment),
    "END",
    `systemctl enable --quiet ${SERVICE}`,
    // It starts again by itself where the first try fails; what counts is that it serves in the end.
    `systemctl restart ${SERVICE} || true`,
    `timeout ${START_SECONDS_MAX} sh -c 'until systemctl is-active --quiet ${SERVICE}; do sleep 5; done'`,
    ...(launched === undefined ? [] : ["tell CONTINUE"]),
    "",
  ].join("\n");
}

function tell({ group, hook }: LaunchHook): string[] {
  return [
    "tell() {",
    '  aws autoscaling complete-lifecycle-action --lifecycle-action-result "$1" \\',
    `    --auto-scaling-group-name ${group} --lifecycle-hook-name ${hook} \\`,
    '    --instance-id "$(cat /var/lib/cloud/data/instance-id)"',
    "}",
  ];
}

// Grants: what a role may do, with the reason where a resource cannot be named in full. Owns how a grant becomes a statement
// of a policy, and that cdk-nag's rule against wildcards is answered with the reason given here and with no other. Knows no
// role; who may do what is in the files beside this one.

import { Stack, Validations } from "aws-cdk-lib";
import { Effect, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IConstruct } from "constructs";

/** Actions on resources. */
export interface Grant {
  readonly sid: string;
  /** `Deny` takes away what another grant's wildcard would give. */
  readonly effect?: "Deny";
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Conditions of IAM, by operator and key. */
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  /** Why a resource has a `*`. Without it, cdk-nag refuses one. */
  readonly because?: string;
}

/** The statements of these grants; what is granted on nothing is left out. */
export function statements(grants: readonly Grant[]): PolicyStatement[] {
  return grants
    .filter(({ resources }) => resources.length > 0)
    .map(
      ({ sid, effect, actions, resources, conditions }) =>
        new PolicyStatement({
          sid,
          effect: effect === "Deny" ? Effect.DENY : Effect.ALLOW,
          actions: [...actions],
          resources: [...resources],
          ...(conditions === undefined ? {} : { conditions }),
        }),
    );
}

/** Tells cdk-nag the reasons of the wildcards that are granted to `identity`. */
export function acknowledgeWildcards(identity: IConstruct, grants: readonly Grant[]): void {
  const stack = Stack.of(identity);
  for (const { resources, because } of grants) {
    if (because === undefined) continue;
    const shown = resources.map((resource) => asShown(stack.resolve(resource))).filter((text) => text.includes("*"));
    for (const resource of new Set(shown)) {
      Validations.of(identity).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason: because });
    }
  }
}

/** A resource as cdk-nag's findings write it: references in angle brackets. */
function asShown(resolved: unknown): string {
  if (typeof resolved === "string") return resolved;
  if (typeof resolved !== "object" || resolved === null) return JSON.stringify(resolved);
  if ("Ref" in resolved) return `<${String(resolved.Ref)}>`;
  if ("Fn::Join" in resolved && Array.isArray(resolved["Fn::Join"])) {
    const [between, parts] = resolved["Fn::Join"] as [string, unknown[]];
    return parts.map(asShown).join(between);
  }
  if ("Fn::Sub" in resolved) return String(resolved["Fn::Sub"]).replaceAll("${", "<").replaceAll("}", ">");
  if ("Fn::GetAtt" in resolved && Array.isArray(resolved["Fn::GetAtt"])) return `<${resolved["Fn::GetAtt"].join(".")}>`;
  return JSON.stringify(resolved);
}

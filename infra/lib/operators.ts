// Operators: the bucket that scripts are put into, and the policy of those who use `rsqlctl`. Owns nothing that runs. To whom
// the policy is attached is the team's affair.

import { RemovalPolicy, Validations, type App } from "aws-cdk-lib";
import { ManagedPolicy } from "aws-cdk-lib/aws-iam";
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from "aws-cdk-lib/aws-s3";

import { acknowledgeWildcards, statements } from "./policies/grant.ts";
import { operatorGrants } from "./policies/operator.ts";
import { FleetStack, type Fleet } from "./stack.ts";

export class OperatorsStack extends FleetStack {
  constructor(app: App, fleet: Fleet) {
    super(app, "operators", "bucket of scripts, and policy of those who use rsqlctl", fleet);
    if (!this.settings.scripts.existing) this.scripts();
    this.output("Scripts", "What `rsqlctl deploy --scripts` takes", this.scriptsUri);
    this.policy();
  }

  private scripts(): void {
    const bucket = new Bucket(this, "ScriptsBucket", {
      bucketName: this.scriptsBucket,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      versioned: true,
      // Also without protection it goes only once it is empty: emptying it would take a function with that right.
      removalPolicy: this.settings.protect ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    });
    Validations.of(bucket).acknowledge({
      id: "AwsSolutions-S1",
      reason:
        "Every read of a script belongs to an attempt of the audit trail; an access log would need a bucket of its own.",
    });
  }

  private policy(): void {
    const grants = operatorGrants(this);
    const policy = new ManagedPolicy(this, "Policy", {
      managedPolicyName: this.names.operatorPolicy,
      description: `Use of rsqlctl with ${this.names.stack}`,
      statements: statements(grants),
    });
    acknowledgeWildcards(policy, grants);
    this.output("OperatorPolicyArn", "Policy for those who use rsqlctl", policy.managedPolicyArn);
  }
}

// The dispatcher: a Lambda function that is fed from the events queue. Owns how it is fed and what it may do. The queue and
// the rule that sends the tick are `messaging.ts`'s.

import { Duration, type App } from "aws-cdk-lib";
import { PolicyDocument, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Architecture, Code, EventSourceMapping, Function, RecursiveLoop, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";

import { packagePath } from "./package.ts";
import { dispatcherGrants, lambdaGrants } from "./policies/dispatcher.ts";
import { acknowledgeWildcards, statements } from "./policies/grant.ts";
import { pools } from "./settings.ts";
import { FleetStack, type Fleet } from "./stack.ts";

export class DispatcherStack extends FleetStack {
  constructor(app: App, fleet: Fleet) {
    super(app, "dispatcher", "the function that decides which jobs are ready", fleet);
    const dispatcher = this.function();
    this.eventSource(dispatcher);
    this.output("FunctionName", "Name of the function", dispatcher.functionName);
  }

  private function(): Function {
    const { names, settings } = this;
    const { architecture, memoryMb, timeoutSeconds } = settings.dispatcher;
    return new Function(this, "Function", {
      functionName: names.dispatcherFunction,
      description: `Dispatcher of ${names.stack}`,
      runtime: Runtime.PROVIDED_AL2023,
      architecture: architecture === "arm64" ? Architecture.ARM_64 : Architecture.X86_64,
      handler: "bootstrap",
      code: Code.fromAsset(packagePath(settings.dispatcher.package)),
      memorySize: memoryMb,
      timeout: Duration.seconds(timeoutSeconds),
      role: this.role(),
      logGroup: LogGroup.fromLogGroupName(this, "Log", names.dispatcherLogGroup),
      // A walk through a large graph goes on by messages of its own, each of which ends. Lambda takes sixteen for a loop.
      recursiveLoop: RecursiveLoop.ALLOW,
      environment: this.variables(),
    });
  }

  private variables(): Record<string, string> {
    const { auditDays } = this.settings;
    return {
      FLEET_STACK: this.names.stack,
      FLEET_POOLS: pools(this.settings).join(","),
      // Lines whose level a metric filter can read.
      FLEET_LOG: "json",
      ...(auditDays === undefined ? {} : { FLEET_AUDIT_DAYS: String(auditDays) }),
    };
  }

  private role(): Role {
    const [program, service] = [dispatcherGrants(this), lambdaGrants(this)];
    const policy = (grants: typeof program): PolicyDocument => new PolicyDocument({ statements: statements(grants) });
    const role = new Role(this, "Role", {
      roleName: this.names.dispatcherRole,
      description: `Dispatcher of ${this.names.stack}`,
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      inlinePolicies: { dispatcher: policy(program), lambda: policy(service) },
    });
    acknowledgeWildcards(role, [...program, ...service]);
    this.output("RoleArn", "ARN of the function's role", role.roleArn);
    return role;
  }

  private eventSource(target: Function): void {
    const { batch, concurrency } = this.settings.dispatcher;
    new EventSourceMapping(this, "Events", {
      target,
      eventSourceArn: this.queueArn(this.names.eventsQueue),
      batchSize: batch.size,
      maxBatchingWindow: Duration.seconds(batch.windowSeconds),
      reportBatchItemFailures: true,
      maxConcurrency: concurrency,
    });
  }
}

// Executions counted: the changes that the dispatcher puts on the bus are kept in a log, in which CloudWatch counts them. Owns
// rule, log and counters. Neither dispatcher nor workers know of it, so that nothing that fails here holds up a job.

import { RemovalPolicy } from "aws-cdk-lib";
import { EventBus, Rule } from "aws-cdk-lib/aws-events";
import { CfnResourcePolicy, LogGroup, MetricFilter } from "aws-cdk-lib/aws-logs";

import type { FleetStack } from "../stack.ts";
import { EXECUTIONS } from "./metrics.ts";

/** As shared/core/src/alert.rs calls them. */
const CHANGE_DETAIL_TYPE = "Workflow Execution Status Change";

/** Counts executions by what became of them. */
export function countExecutions(stack: FleetStack): void {
  const { names, settings } = stack;
  const log = new LogGroup(stack, "Executions", {
    logGroupName: names.executionsLogGroup,
    retention: settings.logs.retentionDays,
    // A copy: what happened stands in the audit table.
    removalPolicy: RemovalPolicy.DESTROY,
  });
  stack.output("ExecutionsLogGroup", "Log of the changes of executions", names.executionsLogGroup);
  const rule = new Rule(stack, "Changes", {
    ruleName: names.executionsRule,
    description: `Keeps the changes of executions of ${settings.stack} in a log, in which they are counted`,
    // By its name and not by reference: then the local endpoint can make it, too.
    eventBus: EventBus.fromEventBusName(stack, "Bus", names.bus),
    eventPattern: { detailType: [CHANGE_DETAIL_TYPE] },
    targets: [{ bind: () => ({ arn: stack.logGroupArn(names.executionsLogGroup) }) }],
  });
  rule.node.addDependency(log, letRulesWrite(stack));
  for (const [metricName, status] of Object.entries(EXECUTIONS)) {
    new MetricFilter(stack, metricName, {
      logGroup: log,
      filterName: metricName,
      filterPattern: { logPatternString: `{ $.detail.status = "${status}" }` },
      metricNamespace: names.metricsLogGroup,
      metricName,
      metricValue: "1",
    });
  }
}

/** A log group has no policy of its own: a region's account has ten, of which this is one. */
function letRulesWrite(stack: FleetStack): CfnResourcePolicy {
  const { names } = stack;
  const writers = {
    Effect: "Allow",
    Principal: { Service: ["events.amazonaws.com", "delivery.logs.amazonaws.com"] },
    Resource: `${stack.logGroupArn(names.executionsLogGroup)}:*`,
  };
  const ourRule = { ArnEquals: { "aws:SourceArn": stack.ruleArn(names.executionsRule, names.bus) } };
  return new CfnResourcePolicy(stack, "RulesMayWrite", {
    policyName: names.executionsRule,
    policyDocument: stack.toJsonString({
      Version: "2012-10-17",
      Statement: [
        // A stream is made on behalf of no rule.
        { ...writers, Action: "logs:CreateLogStream" },
        { ...writers, Action: "logs:PutLogEvents", Condition: ourRule },
      ],
    }),
  });
}

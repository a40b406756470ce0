// Observability: what is counted, when somebody is called, and the page that shows it. Owns how plans of alarms become alarms;
// the parts are in `observability/`.

import type { App } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, type IAlarmAction } from "aws-cdk-lib/aws-cloudwatch";

import { alarmPlans, type AlarmPlan } from "./observability/alarms.ts";
import { dashboard } from "./observability/dashboard.ts";
import { countExecutions } from "./observability/executions.ts";
import { Metrics } from "./observability/metrics.ts";
import { FleetStack, type Fleet } from "./stack.ts";

/** Where an alarm says that more stands. */
const RUNBOOK = "docs/operations.md, Alarms";

export class ObservabilityStack extends FleetStack {
  constructor(app: App, fleet: Fleet) {
    super(app, "observability", "alarms and dashboard", fleet);
    const { names, settings } = this;
    countExecutions(this);
    const metrics = new Metrics(names, settings);
    const queues = { events: names.eventsQueue, deadEvents: names.deadEventsQueue, deadJobs: names.deadJobsQueue };
    const alarms = alarmPlans(metrics, settings, queues).map((plan) => this.alarm(plan));
    dashboard(this, metrics, alarms);
    this.output("DashboardName", "Dashboard", names.stack);
  }

  private alarm({ name, runbook, means, first, metric, threshold, below, bad, of, missing }: AlarmPlan): Alarm {
    const alarm = new Alarm(this, name, {
      alarmName: this.names.with(name),
      alarmDescription: `${means} ${first} More: ${RUNBOOK}, ${runbook}.`,
      metric,
      threshold,
      comparisonOperator:
        below === true ? ComparisonOperator.LESS_THAN_THRESHOLD : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      datapointsToAlarm: bad,
      evaluationPeriods: of,
      treatMissingData: missing,
    });
    // People who were called are told, too, when it is over.
    const topic: IAlarmAction = { bind: () => ({ alarmActionArn: this.topicArn(this.names.alertsTopic) }) };
    alarm.addAlarmAction(topic);
    alarm.addOkAction(topic);
    return alarm;
  }
}

// Names. Owns how everything that belongs to one fleet is called: what programs look up, as in shared/aws/src/stack.rs (a
// test on each side holds both to test/names.json), and what only the deployment needs.

/** Of one fleet in an account and region. */
export class Names {
  constructor(
    /** The stack's name; the bus and the group of schedules are called the same. */
    readonly stack: string,
  ) {}

  /** DynamoDB table of current definitions. */
  get workflowsTable(): string {
    return this.with("workflows");
  }

  /** DynamoDB table of compiled versions. */
  get versionsTable(): string {
    return this.with("versions");
  }

  /** DynamoDB table of executions, jobs, and workers' signs of life. */
  get executionsTable(): string {
    return this.with("executions");
  }

  /** DynamoDB table of the audit trail. */
  get auditTable(): string {
    return this.with("audit");
  }

  /** SQS queue of the dispatcher. */
  get eventsQueue(): string {
    return this.with("events");
  }

  /** Dead letters of the dispatcher's queue. */
  get deadEventsQueue(): string {
    return this.with("dead-events");
  }

  /** SQS queue of a pool's jobs; without a pool, of the jobs that name none. */
  jobsQueue(pool?: string): string {
    return this.with(pool === undefined ? "jobs" : `jobs-${pool}`);
  }

  /** The jobs queues of a fleet with these pools. */
  jobsQueues(pools: readonly string[]): string[] {
    return [this.jobsQueue(), ...pools.map((pool) => this.jobsQueue(pool))];
  }

  /** Dead letters of all jobs queues. */
  get deadJobsQueue(): string {
    return this.with("dead-jobs");
  }

  /** EventBridge bus that takes start events and carries status changes. */
  get bus(): string {
    return this.stack;
  }

  /** SNS topic of alerts. */
  get alertsTopic(): string {
    return this.with("alerts");
  }

  /** Log group of the attempts' logs. */
  get jobsLogGroup(): string {
    return `/${this.stack}/jobs`;
  }

  /** Log group of the EMF records, and namespace of the metrics made from them. */
  get metricsLogGroup(): string {
    return `/${this.stack}/metrics`;
  }

  /** Group of EventBridge Scheduler's schedules. */
  get scheduleGroup(): string {
    return this.stack;
  }

  /** Role with which schedules send to the events queue. */
  get schedulerRole(): string {
    return this.with("scheduler");
  }

  /** The dispatcher's Lambda function. */
  get dispatcherFunction(): string {
    return this.with("dispatcher");
  }

  /** Its role. */
  get dispatcherRole(): string {
    return this.with("dispatcher");
  }

  /** Its log group: where Lambda itself would put one, so that tools look in the right place. */
  get dispatcherLogGroup(): string {
    return `/aws/lambda/${this.dispatcherFunction}`;
  }

  /** Role of the workers' hosts, and their instance profile. */
  get workerRole(): string {
    return this.with("worker");
  }

  /** Policy of those who use `rsqlctl`. */
  get operatorPolicy(): string {
    return this.with("operator");
  }

  /** Role of the Slack channel that shows alerts. */
  get chatRole(): string {
    return this.with("chat");
  }

  /** Rule of the default bus that sends a tick every minute. */
  get tickRule(): string {
    return this.with("tick");
  }

  /** Rule of our bus that leads starts to the dispatcher. */
  get eventsRule(): string {
    return this.with("events");
  }

  /** Rule of our bus that keeps the changes of executions. */
  get executionsRule(): string {
    return this.with("executions");
  }

  /** Log group of these changes: EventBridge's tools look below this prefix. */
  get executionsLogGroup(): string {
    return `/aws/events/${this.stack}/executions`;
  }

  /** Log group of what the network of the hosts refused. */
  get networkLogGroup(): string {
    return `/${this.stack}/network`;
  }

  /** Auto Scaling group of a group of workers' hosts. */
  workersGroup(group: string): string {
    return this.with(`workers-${group}`);
  }

  /** Lifecycle hook of hosts that come up. */
  get readyHook(): string {
    return this.with("ready");
  }

  /** Lifecycle hook of hosts that go away. */
  get drainHook(): string {
    return this.with("drain");
  }

  /** CloudFormation stack of one concern. */
  cloudFormationStack(concern: string): string {
    return this.with(concern);
  }

  /** `NAME-suffix`, for what has no name of its own above. */
  with(suffix: string): string {
    return `${this.stack}-${suffix}`;
  }
}

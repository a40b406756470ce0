//! Names. Owns how everything that belongs to one fleet is called in an account: all names begin with the stack's, so that
//! several fleets live side by side and none has to be told where its parts are. Creates nothing: `infra/` does.

/// Name of the stack where none is given.
pub const STACK_DEFAULT: &str = "rsql-fleet";

/// Longest name of a stack: with the longest suffix it fits into the 80 characters of an SQS queue's name, with room for
/// the name of a pool.
const NAME_CHARS_MAX: usize = 40;

/// One fleet in an account and region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack(String);

/// A name that cannot be a stack's.
#[derive(Debug, thiserror::Error)]
#[error(
    "use `{0}` as the name of a stack: it takes 1 to {NAME_CHARS_MAX} letters, digits and hyphens, a letter first"
)]
pub struct BadStackName(String);

impl Default for Stack {
    fn default() -> Self {
        Self(STACK_DEFAULT.to_owned())
    }
}

impl Stack {
    /// The stack of this name.
    ///
    /// # Errors
    /// [`BadStackName`] when some service would not take a name made from it.
    pub fn parse(name: &str) -> Result<Self, BadStackName> {
        let fits = (1..=NAME_CHARS_MAX).contains(&name.len());
        let spelled = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if fits && spelled { Ok(Self(name.to_owned())) } else { Err(BadStackName(name.to_owned())) }
    }

    /// Its own name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }

    /// DynamoDB table of current definitions.
    #[must_use]
    pub fn workflows_table(&self) -> String {
        self.with("workflows")
    }

    /// DynamoDB table of compiled versions.
    #[must_use]
    pub fn versions_table(&self) -> String {
        self.with("versions")
    }

    /// DynamoDB table of EXECUTION and JOB rows, and of the workers' signs of life.
    #[must_use]
    pub fn executions_table(&self) -> String {
        self.with("executions")
    }

    /// DynamoDB table of the audit trail.
    #[must_use]
    pub fn audit_table(&self) -> String {
        self.with("audit")
    }

    /// SQS queue of the dispatcher.
    #[must_use]
    pub fn events_queue(&self) -> String {
        self.with("events")
    }

    /// Dead letters of the dispatcher's queue. The word comes first, so that no pool's queue can have this name.
    #[must_use]
    pub fn dead_events_queue(&self) -> String {
        self.with("dead-events")
    }

    /// SQS queue of the jobs of a pool; jobs that name no pool have one of their own.
    #[must_use]
    pub fn jobs_queue(&self, pool: Option<&str>) -> String {
        pool.map_or_else(|| self.with("jobs"), |pool| self.with(&format!("jobs-{pool}")))
    }

    /// Dead letters of all jobs queues.
    #[must_use]
    pub fn dead_jobs_queue(&self) -> String {
        self.with("dead-jobs")
    }

    /// EventBridge bus that takes start events and carries status changes.
    #[must_use]
    pub fn bus(&self) -> String {
        self.0.clone()
    }

    /// Group of EventBridge Scheduler for schedules in a time zone.
    #[must_use]
    pub fn schedule_group(&self) -> String {
        self.0.clone()
    }

    /// Role with which these schedules send to the dispatcher's queue.
    #[must_use]
    pub fn scheduler_role(&self) -> String {
        self.with("scheduler")
    }

    /// SNS topic of the alerts of workflows that name none.
    #[must_use]
    pub fn alerts_topic(&self) -> String {
        self.with("alerts")
    }

    /// CloudWatch log group of the attempts' logs.
    #[must_use]
    pub fn jobs_log_group(&self) -> String {
        format!("/{}/jobs", self.0)
    }

    /// CloudWatch log group of the EMF records, and namespace of the metrics made from them.
    #[must_use]
    pub fn metrics_log_group(&self) -> String {
        format!("/{}/metrics", self.0)
    }

    /// Secrets Manager secret of a connection that was not given one by its own name.
    #[must_use]
    pub fn connection_secret(&self, connection: &str) -> String {
        format!("{}/{connection}", self.0)
    }

    fn with(&self, suffix: &str) -> String {
        format!("{}-{suffix}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_begin_with_the_stack() {
        let stack = Stack::default();
        assert_eq!(stack.jobs_queue(None), "rsql-fleet-jobs");
        assert_eq!(stack.jobs_queue(Some("finance")), "rsql-fleet-jobs-finance");
        assert_ne!(stack.jobs_queue(Some("dead")), stack.dead_jobs_queue());
        assert_eq!(stack.bus(), "rsql-fleet");
        assert_eq!(stack.jobs_log_group(), "/rsql-fleet/jobs");
        assert_eq!(stack.connection_secret("warehouse"), "rsql-fleet/warehouse");
    }

    /// `infra/` makes what is looked up here, under names that it makes itself: it reads the same file in a test of its own.
    #[test]
    fn names_are_those_of_the_deployment() {
        let stack = Stack::parse("night-2").expect("it is a name");
        let names = serde_json::json!({
            "workflows_table": stack.workflows_table(),
            "versions_table": stack.versions_table(),
            "executions_table": stack.executions_table(),
            "audit_table": stack.audit_table(),
            "events_queue": stack.events_queue(),
            "dead_events_queue": stack.dead_events_queue(),
            "jobs_queue": stack.jobs_queue(None),
            "jobs_queue_of_a_pool": stack.jobs_queue(Some("finance")),
            "dead_jobs_queue": stack.dead_jobs_queue(),
            "bus": stack.bus(),
            "alerts_topic": stack.alerts_topic(),
            "jobs_log_group": stack.jobs_log_group(),
            "metrics_log_group": stack.metrics_log_group(),
            "connection_secret": stack.connection_secret("warehouse"),
            "schedule_group": stack.schedule_group(),
            "scheduler_role": stack.scheduler_role(),
        });
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/test/names.json");
        if std::env::var_os("WRITE").is_some() {
            std::fs::write(file, format!("{names:#}\n")).expect("the file can be written");
        }
        let written = std::fs::read_to_string(file).expect("the file is there");
        let written: serde_json::Value = serde_json::from_str(&written).expect("it is JSON");
        assert_eq!(names, written, "write it anew with WRITE=1, and change infra/lib/names.ts");
    }

    #[test]
    fn names_that_some_service_refuses() {
        let check = |name: &str, expect: bool| assert_eq!(Stack::parse(name).is_ok(), expect, "{name}");
        check("night-2", true);
        check("", false);
        check("2night", false);
        check("night_2", false);
        check("nächtlich", false);
        check(&"n".repeat(NAME_CHARS_MAX), true);
        check(&"n".repeat(NAME_CHARS_MAX + 1), false);
    }
}

//! What people and other systems are told: alerts and status changes. Owns their content and the readable text. Does not
//! send them: the `Announcer` port does.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::ids::{ExecutionId, JobId, WorkflowId};
use crate::state::{ExecutionRow, ExecutionStatus, JobResult, JobRow, JobStatus, Turn};
use crate::time::Timestamp;
use crate::workflow::{AlertOn, Definition, Job};

/// What an alert is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// A job's last attempt failed.
    JobFailed,
    /// An execution ended as failed.
    ExecutionFailed,
    /// An execution takes longer than it should.
    Late,
    /// A job's message was delivered too often without a result.
    Poisoned,
    /// An execution succeeded after a failure.
    Recovered,
    /// A start event could not be carried out.
    Rejected,
}

/// One alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// What happened.
    pub kind: AlertKind,
    /// The workflow.
    pub workflow_id: WorkflowId,
    /// The execution, by which chats thread failure, retry and recovery.
    pub workflow_execution_id: ExecutionId,
    /// The job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<JobId>,
    /// Its last try.
    #[serde(default)]
    pub turn: Turn,
    /// When.
    pub at: Timestamp,
    /// The workflow's own topic, when it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// One sentence.
    pub message: String,
    /// How the job ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<JobResult>,
}

impl Alert {
    /// That a job has failed for good; nothing when it has not, or its workflow does not want to be told.
    #[must_use]
    pub fn of_failed_job(
        execution: &ExecutionRow,
        definition: &Definition,
        job: &Job,
        row: &JobRow,
    ) -> Option<Self> {
        let wanted = definition.alerts.on.contains(&AlertOn::Failure) && !job.allow_failure;
        if row.status != JobStatus::Failed || !wanted {
            return None;
        }
        let outcome = row.result.as_ref().map(JobResult::summary).unwrap_or_default();
        let colon = if outcome.is_empty() { "" } else { ": " };
        Some(Self {
            kind: AlertKind::JobFailed,
            workflow_id: execution.workflow_id.clone(),
            workflow_execution_id: execution.workflow_execution_id.clone(),
            job_id: Some(job.id.clone()),
            turn: row.turn,
            at: row.ended_at.unwrap_or(execution.generation_at),
            topic: definition.alerts.topic.clone(),
            message: format!("job {} failed in attempt {}{colon}{outcome}", job.id, row.turn.attempt),
            result: row.result.clone(),
        })
    }

    /// `ALARM` for what needs a person, `OK` for a recovery.
    #[must_use]
    pub const fn severity(&self) -> &'static str {
        match self.kind {
            AlertKind::JobFailed | AlertKind::ExecutionFailed | AlertKind::Poisoned | AlertKind::Rejected => {
                "error"
            }
            AlertKind::Late => "warning",
            AlertKind::Recovered => "ok",
        }
    }

    /// One line.
    #[must_use]
    pub fn title(&self) -> String {
        let what = match self.kind {
            AlertKind::JobFailed => "job failed",
            AlertKind::ExecutionFailed => "execution failed",
            AlertKind::Late => "execution is late",
            AlertKind::Poisoned => "job never finished",
            AlertKind::Recovered => "execution recovered",
            AlertKind::Rejected => "start rejected",
        };
        match &self.job_id {
            Some(job) => format!("[{}] {}: {what}: {job}", self.severity(), self.workflow_id),
            None => format!("[{}] {}: {what}", self.severity(), self.workflow_id),
        }
    }

    /// The commands that show more; none where nothing is amiss, or nothing has begun.
    #[must_use]
    pub fn looks(&self) -> Vec<String> {
        if !self.is_amiss() {
            return Vec::new();
        }
        let execution = &self.workflow_execution_id;
        let log = self.job_id.as_ref().map(|job| format!("rsqlctl logs {execution} {job}"));
        [format!("rsqlctl status {execution}")].into_iter().chain(log).collect()
    }

    /// The command that goes on, once the cause is mended.
    #[must_use]
    pub fn remedy(&self) -> Option<String> {
        let execution = &self.workflow_execution_id;
        self.is_amiss().then(|| format!("rsqlctl resume {execution} --reason '…'"))
    }

    fn is_amiss(&self) -> bool {
        !matches!(self.kind, AlertKind::Recovered | AlertKind::Rejected)
    }

    /// The whole text for people, with the commands to look closer.
    #[must_use]
    pub fn text(&self) -> String {
        let execution = &self.workflow_execution_id;
        let mut text = format!(
            "{}\n{}\n  execution  {execution}\n  at         {}\n",
            self.title(),
            self.message,
            self.at
        );
        if self.turn.attempt > 0 {
            let _ = writeln!(text, "  attempt    {}", self.turn.attempt);
        }
        if let Some(result) = &self.result {
            if let Some(code) = result.exit_code {
                let _ = writeln!(text, "  exit code  {code}");
            }
            if let Some(error) = &result.error {
                let _ = writeln!(text, "  statement  {}:{}", error.file, error.line);
                for line in error.statement.lines() {
                    let _ = writeln!(text, "    | {line}");
                }
                let _ = writeln!(text, "  SQLSTATE   {}", error.sqlstate);
                let _ = writeln!(text, "  message    {}", error.message);
            }
        }
        let looks = self.looks();
        if !looks.is_empty() {
            text.push_str("look closer:\n");
        }
        for command in looks {
            let _ = writeln!(text, "  {command}");
        }
        if let Some(command) = self.remedy() {
            let _ = writeln!(text, "then, once the cause is mended:\n  {command}");
        }
        text
    }
}

/// A change of status, for chaining and for users' own rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "detail_type")]
pub enum StatusChange {
    /// An execution changed.
    #[serde(rename = "Workflow Execution Status Change")]
    Execution {
        /// The workflow.
        workflow_id: WorkflowId,
        /// The execution.
        workflow_execution_id: ExecutionId,
        /// Its new status.
        status: ExecutionStatus,
        /// When.
        at: Timestamp,
    },
    /// A job settled.
    #[serde(rename = "Job Status Change")]
    Job {
        /// The workflow.
        workflow_id: WorkflowId,
        /// The execution.
        workflow_execution_id: ExecutionId,
        /// The job.
        job_id: JobId,
        /// Its new status.
        status: JobStatus,
        /// When.
        at: Timestamp,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::StatementFault;

    #[test]
    fn an_alert_shows_where_it_failed_and_what_to_do() {
        let error = StatementFault {
            file: "load_fact.rsql".to_owned(),
            line: 12,
            sqlstate: "23502".to_owned(),
            message: "null value in column \"id\"".to_owned(),
            statement: "insert into fact\nselect 1".to_owned(),
        };
        let alert = Alert {
            kind: AlertKind::JobFailed,
            workflow_id: WorkflowId::parse("night").unwrap(),
            workflow_execution_id: ExecutionId::parse("night-1").unwrap(),
            job_id: Some(JobId::parse("load_fact").unwrap()),
            turn: Turn { attempt: 2, look: 0 },
            at: Timestamp::from_millis(0),
            topic: None,
            message: "job load_fact failed".to_owned(),
            result: Some(JobResult { exit_code: Some(3), error: Some(error), ..JobResult::default() }),
        };
        let expect = "[error] night: job failed: load_fact
job load_fact failed
  execution  night-1
  at         1970-01-01T00:00:00.000Z
  attempt    2
  exit code  3
  statement  load_fact.rsql:12
    | insert into fact
    | select 1
  SQLSTATE   23502
  message    null value in column \"id\"
look closer:
  rsqlctl status night-1
  rsqlctl logs night-1 load_fact
then, once the cause is mended:
  rsqlctl resume night-1 --reason '…'
";
        assert_eq!(alert.text(), expect);
    }
}

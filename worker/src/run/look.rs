//! One look of a precondition: is it met? Owns how each kind is read. Does not wait: a precondition that is not met gives
//! its slot back, and comes again after its `poll`.

use std::path::Path;

use fleet_core::ids::WorkflowId;
use fleet_core::ports::{Filter, LogStream};
use fleet_core::schedule::Zone;
use fleet_core::state::retry::{self, FailureClass};
use fleet_core::state::settle::AttemptEnd;
use fleet_core::state::{ExecutionRow, ExecutionStatus, JobResult, StatementFault};
use fleet_core::time::Millis;
use fleet_core::workflow::{Bindings, Precondition, Template, TimeOfDay};
use rsql_client::{SessionError, query_first_cell};
use tokio_util::sync::CancellationToken;

use super::{Refusal, ScriptRunner, connect, interpolate, values};
use crate::log::LogSender;
use crate::place::{Freshness, PlaceError};
use crate::runner::Ran;
use crate::task::Task;

/// A sentence that says what was seen, and whether that is enough.
type Seen = (AttemptEnd, String);

impl ScriptRunner {
    /// Looks once and writes down what was seen.
    pub(super) async fn look(
        &self,
        task: &Task,
        look: &Precondition,
        log: &LogSender,
        cancel: &CancellationToken,
    ) -> Result<Ran, Ran> {
        let seen = tokio::select! {
            biased;
            seen = self.see(task, look, cancel) => seen?,
            // A query is cancelled by its own hand, in `sql`; anything else is only read.
            () = cancel.cancelled(), if !matches!(look, Precondition::Sql { .. }) => {
                Ran::told(AttemptEnd::Cancelled, "")
            }
        };
        if !seen.result.message.is_empty() {
            // A closed log means that the attempt is being dropped; its result is, too.
            let _ = log.line(LogStream::Worker, seen.result.message.clone()).await;
        }
        Ok(seen)
    }

    async fn see(&self, task: &Task, look: &Precondition, cancel: &CancellationToken) -> Result<Ran, Ran> {
        let (end, message) = match look {
            Precondition::File { glob } => self.file(task, glob).await?,
            Precondition::S3 { uri } => self.object(task, uri).await?,
            Precondition::Sql { text } => return self.sql(task, text, cancel).await,
            Precondition::Workflow { id, within } => return Ok(self.workflow(task, id, *within).await),
            Precondition::Time { not_before, timezone } => self.time(task, *not_before, timezone)?,
        };
        Ok(Ran::told(end, message))
    }

    async fn file(&self, task: &Task, pattern: &Template) -> Result<Seen, Ran> {
        let filled = pattern.fill(&task.bindings()).map_err(|error| Refusal(format!("file: {error}")))?;
        // A relative pattern begins where scripts run.
        let root = self.settings.place.root().await.map_err(not_yet)?;
        let whole = root.path().join(&filled);
        let whole =
            whole.to_str().map(str::to_owned).ok_or_else(|| Refusal(format!("file {filled} is no text")))?;
        let found = tokio::task::spawn_blocking(move || first_file(&whole)).await;
        match found {
            Ok(Ok(Some(path))) => Ok((AttemptEnd::Met, format!("found {}", path.display()))),
            Ok(Ok(None)) => Ok((AttemptEnd::NotYet, format!("no file with anything in it matches {filled}"))),
            Ok(Err(error)) => Err(Refusal(format!("file {filled}: {error}")).into()),
            Err(error) => Err(Refusal(format!("file {filled}: the search broke off: {error}")).into()),
        }
    }

    async fn object(&self, task: &Task, pattern: &Template) -> Result<Seen, Ran> {
        let filled = pattern.fill(&task.bindings()).map_err(|error| Refusal(format!("s3: {error}")))?;
        Ok(match self.settings.place.object(&filled).await.map_err(not_yet)? {
            Some(found) => (AttemptEnd::Met, format!("found {found}")),
            None => (AttemptEnd::NotYet, format!("no object with anything in it matches {filled}")),
        })
    }

    async fn sql(&self, task: &Task, text: &str, cancel: &CancellationToken) -> Result<Ran, Ran> {
        let sql = interpolate::interpolate(text, &values::variables(task)?);
        let mut answer = self.ask(task, &sql, Freshness::Known, cancel).await?;
        if answer.as_ref().is_err_and(connect::refused_login) {
            answer = self.ask(task, &sql, Freshness::Renewed, cancel).await?;
        }
        Ok(match answer {
            Ok(cell) if is_true(cell.as_deref()) => {
                Ran::told(AttemptEnd::Met, format!("the query gives {}", cell.unwrap_or_default()))
            }
            Ok(cell) => {
                let cell = cell.unwrap_or_else(|| "nothing".to_owned());
                Ran::told(AttemptEnd::NotYet, format!("the query gives {cell}"))
            }
            Err(SessionError::Cancelled) => Ran::told(AttemptEnd::Cancelled, ""),
            // What the warehouse cannot tell now, it may tell at the next look: a precondition has no other retry.
            Err(error) if may_pass(&error) => Ran::told(AttemptEnd::NotYet, error.to_string()),
            Err(SessionError::Server(refused)) => statement_failed(&refused, sql),
            Err(error) => Ran::told(AttemptEnd::ConnectionFailed, error.to_string()),
        })
    }

    async fn ask(
        &self,
        task: &Task,
        sql: &str,
        freshness: Freshness,
        cancel: &CancellationToken,
    ) -> Result<Result<Option<String>, SessionError>, Ran> {
        let connection = self.connection(task, freshness).await.map_err(may_come)?;
        let sessions = self.sessions(&connection, cancel).await;
        Ok(query_first_cell(&connection.options, sessions, sql, cancel).await)
    }

    async fn workflow(&self, task: &Task, id: &WorkflowId, within: Millis) -> Ran {
        let filter = Filter { workflow: Some(id.clone()), ..Filter::default() };
        // Two, since a workflow may wait for its own last execution, and the newest is then this one.
        match self.settings.executions.list(&filter, 2).await {
            Ok(rows) => {
                let last = rows.iter().find(|row| row.workflow_execution_id != *task.execution_id());
                let oldest = self.settings.clock.now() - within;
                let (end, message) = last.map_or_else(
                    || (AttemptEnd::NotYet, format!("{id} has not run yet")),
                    |last| judge(last, oldest, within),
                );
                Ran::told(end, message)
            }
            // What the store cannot tell now, it may tell at the next look.
            Err(error) => {
                Ran::told(AttemptEnd::NotYet, format!("the last execution of {id} is not known: {error}"))
            }
        }
    }

    fn time(&self, task: &Task, not_before: TimeOfDay, zone: &Zone) -> Result<Seen, Refusal> {
        let bindings = task.bindings();
        let date = bindings.get("scheduled_date").unwrap_or_default();
        let opens = zone.opens_at(date, not_before);
        let opens = opens.ok_or_else(|| Refusal(format!("time: scheduled_date `{date}` is no date")))?;
        let met = self.settings.clock.now() >= opens;
        let (end, word) = if met { (AttemptEnd::Met, "past") } else { (AttemptEnd::NotYet, "before") };
        Ok((end, format!("it is {word} {not_before} {zone} of {date}, which is {opens}")))
    }
}

/// What a place cannot tell now, it may tell at the next look.
fn not_yet(error: PlaceError) -> Ran {
    may_come(error.into())
}

fn may_come(ran: Ran) -> Ran {
    match ran.end {
        AttemptEnd::ConnectionFailed => Ran { end: AttemptEnd::NotYet, ..ran },
        _ => ran,
    }
}

/// What the audit says before a look.
pub(super) fn describe(look: &Precondition, bindings: &Bindings) -> String {
    // What cannot be filled is refused by the look itself.
    let filled = |template: &Template| template.fill(bindings).unwrap_or_else(|_| template.to_string());
    match look {
        Precondition::File { glob } => format!("looks for a file {}", filled(glob)),
        Precondition::S3 { uri } => format!("looks for an object {}", filled(uri)),
        Precondition::Sql { .. } => "asks the warehouse".to_owned(),
        Precondition::Workflow { id, within } => format!("looks for a success of {id} within {within}"),
        Precondition::Time { not_before, timezone } => format!("looks whether it is {not_before} {timezone}"),
    }
}

/// The first file, in the order of names, that matches and is not empty.
fn first_file(pattern: &str) -> Result<Option<std::path::PathBuf>, glob::PatternError> {
    let full = |path: &Path| path.metadata().is_ok_and(|data| data.is_file() && data.len() > 0);
    Ok(glob::glob(pattern)?.filter_map(Result::ok).find(|path| full(path)))
}

fn is_true(cell: Option<&str>) -> bool {
    let Some(cell) = cell.map(str::trim) else { return false };
    let word = cell.eq_ignore_ascii_case("t") || cell.eq_ignore_ascii_case("true");
    word || cell.parse::<f64>().is_ok_and(|number| number != 0.0)
}

/// Whether the fault is of a kind that passes; a statement or a password that is refused will be refused again.
fn may_pass(error: &SessionError) -> bool {
    let sqlstate = match error {
        SessionError::Options(_) => return false,
        SessionError::Server(refused) => Some(refused.sqlstate()),
        SessionError::Connect { sqlstate, .. } => sqlstate.clone(),
        _ => None,
    };
    sqlstate.is_none_or(|state| matches!(retry::class_of_sqlstate(&state), FailureClass::Kind(_)))
}

fn statement_failed(refused: &rsql_client::ServerMessage, statement: String) -> Ran {
    let fault = StatementFault {
        file: "precondition".to_owned(),
        line: 1,
        sqlstate: refused.sqlstate(),
        message: refused.message(),
        statement,
    };
    let result = JobResult { message: refused.to_string(), error: Some(fault), ..JobResult::default() };
    Ran { end: AttemptEnd::StoppedByError(rsql_client::exit_codes::SCRIPT_ERROR), result }
}

fn judge(last: &ExecutionRow, oldest: fleet_core::time::Timestamp, within: Millis) -> Seen {
    let (id, status) = (&last.workflow_execution_id, last.status);
    match last.ended_at {
        Some(ended) if status == ExecutionStatus::Succeeded && ended >= oldest => {
            (AttemptEnd::Met, format!("{id} succeeded at {ended}"))
        }
        Some(ended) if status == ExecutionStatus::Succeeded => {
            (AttemptEnd::NotYet, format!("{id} succeeded at {ended}, longer ago than {within}"))
        }
        _ => (AttemptEnd::NotYet, format!("{id} is {status}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_that_pass() {
        fn check(sqlstate: Option<&str>, expect: bool) {
            let error = SessionError::Connect {
                message: String::new(),
                sqlstate: sqlstate.map(str::to_owned),
                password_needed: false,
            };
            assert_eq!(may_pass(&error), expect, "{sqlstate:?}");
        }
        for passing in [None, Some("57P03"), Some("53300"), Some("08006")] {
            check(passing, true);
        }
        for lasting in [Some("28P01"), Some("3D000")] {
            check(lasting, false);
        }
        assert!(may_pass(&SessionError::ConnectionLost(String::new())));
        assert!(!may_pass(&SessionError::Options(String::new())));
    }

    #[test]
    fn cells() {
        fn check(cell: Option<&str>, expect: bool) {
            assert_eq!(is_true(cell), expect, "{cell:?}");
        }
        for met in ["t", "T", "true", "TRUE", "1", "-3", "0.5", " 7 "] {
            check(Some(met), true);
        }
        for not in ["f", "false", "0", "0.00", "-0", "", "yes", "NaN?"] {
            check(Some(not), false);
        }
        check(None, false);
    }

    #[test]
    fn looks_are_described_with_their_values() {
        fn check(glob: &str, expect: &str) {
            let values = [("business_date".to_owned(), "2026-11-21".to_owned())];
            let bindings = std::collections::BTreeMap::from(values).into();
            let look = Precondition::File { glob: Template::parse(glob).unwrap() };
            assert_eq!(describe(&look, &bindings), expect);
        }
        check("/in/{{ business_date }}/*.csv", "looks for a file /in/2026-11-21/*.csv");
        check("/in/{{ params.region }}.csv", "looks for a file /in/{{ params.region }}.csv");
    }

    #[test]
    fn files_must_have_something_in_them() {
        let dir = tempfile::tempdir().unwrap();
        let look = |pattern: &str| {
            let whole = dir.path().join(pattern);
            let found = first_file(whole.to_str().unwrap()).unwrap();
            found.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        };
        std::fs::write(dir.path().join("a.csv"), "").unwrap();
        assert_eq!(look("*.csv"), None);
        std::fs::write(dir.path().join("b.csv"), "x").unwrap();
        assert_eq!(look("*.csv").as_deref(), Some("b.csv"));
        assert_eq!(look("a.csv"), None);
        assert_eq!(look("?.txt"), None);
        std::fs::create_dir(dir.path().join("d.csv")).unwrap();
        assert_eq!(look("d.csv"), None);
        assert!(first_file("/tmp/***x").is_err());
    }
}

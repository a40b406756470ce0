//! RSQL and SQL scripts: run by the engine inside this process. Owns the way from the engine's report to an attempt's
//! ending. Knows nothing of the language.

use fleet_core::ports::LogStream;
use fleet_core::state::settle::AttemptEnd;
use fleet_core::state::{JobResult, StatementFault};
use rsql_client::exit_codes;
use rsql_client::run::{
    Ending, OUTPUT_LINE_BYTES_MAX, OutputLine, RunReport, ScriptRun, StatementError, Stream, run_script,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{ScriptRunner, connect, sessions, values};
use crate::log::{LogClosed, LogSender};
use crate::place::{Connection, Freshness, ScriptRoot};
use crate::runner::Ran;
use crate::task::Task;

/// Lines between the engine and the log. The log's own channel does the buffering; this one only joins them.
const LINES_WAITING_MAX: usize = 16;

impl ScriptRunner {
    pub(super) async fn engine(
        &self,
        task: &Task,
        path: &str,
        root: &ScriptRoot,
        log: LogSender,
        cancel: CancellationToken,
    ) -> Result<Ran, Ran> {
        let connection = self.connection(task, Freshness::Known).await?;
        let report = self.run_once(task, path, root, connection, &log, &cancel).await?;
        if !connect::refused_credentials(report.login_sqlstate.as_deref()) {
            return Ok(ran(report));
        }
        // The script has not begun. A password that was changed meanwhile is known where it comes from.
        let connection = self.connection(task, Freshness::Renewed).await?;
        Ok(ran(self.run_once(task, path, root, connection, &log, &cancel).await?))
    }

    async fn run_once(
        &self,
        task: &Task,
        path: &str,
        root: &ScriptRoot,
        connection: Connection,
        log: &LogSender,
        cancel: &CancellationToken,
    ) -> Result<RunReport, Ran> {
        let settings = &self.settings;
        let base = (&settings.environment, &settings.program_dir);
        let environment = values::environment(task, base.0, base.1, Some(&connection), Vec::new())?;
        let sessions = self.sessions(&connection, cancel).await;
        let told = sessions::told(&connection.options, &sessions);
        if log.line(LogStream::Worker, told).await.is_err() {
            return Err(Ran::told(AttemptEnd::Cancelled, LogClosed.to_string()));
        }
        let run = ScriptRun {
            script: root.path().join(path),
            script_root: root.path().to_owned(),
            connect: connection.options,
            sessions,
            variables: values::variables(task)?,
            environment,
            shell: settings.shell,
            program_name: "rsql".to_owned(),
            not_after: Some(task.lease.subscribe()),
        };
        Ok(run_to_end(run, log, cancel.clone()).await)
    }
}

/// The engine and the way of its lines run side by side, so that a cancel reaches the engine while the log is held up.
async fn run_to_end(run: ScriptRun, log: &LogSender, cancel: CancellationToken) -> RunReport {
    let (lines, mut inbox) = mpsc::channel(LINES_WAITING_MAX);
    let over = CancellationToken::new();
    let script = async {
        let report = run_script(run, lines, cancel).await;
        over.cancel();
        report
    };
    let forward = async {
        loop {
            tokio::select! {
                biased;
                line = inbox.recv() => {
                    let Some(line) = line else { return };
                    // Without its receiver the engine stops at its next line.
                    let Ok(()) = send(log, line).await else { return drop(inbox) };
                }
                // A program that the script left behind may still hold the other end.
                () = over.cancelled(), if !inbox.is_closed() => inbox.close(),
            }
        }
    };
    tokio::join!(script, forward).0
}

pub(super) async fn send(log: &LogSender, line: OutputLine) -> Result<(), LogClosed> {
    let stream = match line.stream {
        Stream::Stdout => LogStream::Out,
        Stream::Stderr => LogStream::Err,
    };
    if line.bytes.len() < OUTPUT_LINE_BYTES_MAX {
        log.line(stream, line.bytes).await
    } else {
        log.part(stream, line.bytes).await
    }
}

fn ran(report: RunReport) -> Ran {
    let failed = report.exit_code != exit_codes::SUCCESS;
    let error = report.last_error.filter(|_| failed).map(fault);
    let (end, exit_code, message) = match report.ending {
        Ending::Exited(code) if report.stopped_by_error => {
            (AttemptEnd::StoppedByError(code), Some(code), String::new())
        }
        Ending::Exited(code) => (AttemptEnd::Exited(code), Some(code), String::new()),
        Ending::ConnectFailed(text) | Ending::ConnectionLost(text) => {
            (AttemptEnd::ConnectionFailed, Some(exit_codes::BAD_CONNECTION), text)
        }
        Ending::Cancelled => (AttemptEnd::Cancelled, None, String::new()),
        Ending::OutputClosed => (AttemptEnd::Cancelled, None, LogClosed.to_string()),
    };
    Ran { end, result: JobResult { exit_code, rows: report.rows, message, error, warning: false } }
}

pub(super) fn fault(error: StatementError) -> StatementFault {
    StatementFault {
        file: error.file,
        line: error.line,
        sqlstate: error.sqlstate,
        message: error.message,
        statement: error.statement,
    }
}

//! The worker's entry: one script, run inside this process, its output by lines.
//!
//! Does not decide about retries or logs; it reports.

use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use rsql_lang::{Action, Machine};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::driver::{Conclusion, Console, Driver, Gone, Place, Stop, connection_info};
use crate::emulate::prepare as prepare_emulation;
use crate::error::{SessionError, io_text};
use crate::exit_codes;
use crate::options::{ConnectOptions, Environment};
use crate::reuse::{Loan, SessionPool};
use crate::session::Session;

/// Longest line handed over in one piece; longer ones come in several. CloudWatch Logs takes 256 KiB an event at most,
/// and no reader wants a five-megabyte line.
pub const OUTPUT_LINE_BYTES_MAX: usize = 128 * 1024;

/// One script to run in this process.
#[derive(Debug)]
pub struct ScriptRun {
    /// The script file.
    pub script: PathBuf,
    /// Directory that the script and everything it includes must lie in, symbolic links resolved.
    pub script_root: PathBuf,
    /// Where to connect.
    pub connect: ConnectOptions,
    /// Which session to begin in.
    pub sessions: Sessions,
    /// RSQL variables, as `-v NAME=VALUE`.
    pub variables: Vec<(String, String)>,
    /// Environment of the script: `PG*` variables, `\getenv`, child processes. Nothing else of this process's
    /// environment reaches it.
    pub environment: Vec<(String, String)>,
    /// Whether the script may start programs (`\!`, backticks, `\copy … program`, `\o |…`).
    pub shell: ShellPolicy,
    /// Program name in messages: `rsql`.
    pub program_name: String,
    /// A moment of the runtime's clock after which nothing is begun, as far as it has been moved on: the end of the lease
    /// under which the script runs. A script whose login ends later waits for its cancel, which must be on the way.
    pub not_after: Option<watch::Receiver<Instant>>,
}

/// Which session a script begins in.
#[derive(Debug)]
pub enum Sessions {
    /// One of its own, closed at its end.
    Fresh,
    /// One of a pool, which gets it back at the script's end.
    Kept {
        /// Opens one where none is at hand.
        pool: SessionPool,
        /// One that was taken from it for the script's [`ScriptRun::connect`].
        taken: Option<Box<Loan>>,
    },
}

/// Whether a script may start programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShellPolicy {
    /// It may.
    Allowed,
    /// Each try is an error of the script and starts nothing.
    Denied,
}

/// Which of its two streams a line was written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Results and `\echo`.
    Stdout,
    /// Errors, notices, `\warn`.
    Stderr,
}

/// One line of output, without its newline; a piece of one if it is longer than [`OUTPUT_LINE_BYTES_MAX`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputLine {
    /// The stream it was written to.
    pub stream: Stream,
    /// The bytes as written, invalid UTF-8 included.
    pub bytes: Vec<u8>,
}

/// The last statement that failed, for alerts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementError {
    /// File as messages name it.
    pub file: String,
    /// Line of the file, from 1, on which the statement begins.
    pub line: u64,
    /// The statement, cut to [`rsql_lang::STATEMENT_BYTES_MAX`].
    pub statement: String,
    /// SQLSTATE; empty for a meta-command.
    pub sqlstate: String,
    /// Primary message.
    pub message: String,
    /// DETAIL, if any.
    pub detail: Option<String>,
    /// HINT, if any.
    pub hint: Option<String>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The script ran to an end of its own choice, with this exit code (see [`crate::exit_codes`]).
    Exited(i32),
    /// No session could be opened, at the start or by `\connect`; libpq's text.
    ConnectFailed(String),
    /// The session was lost while the script ran.
    ConnectionLost(String),
    /// The token was cancelled.
    Cancelled,
    /// The receiver of the output went away, so the script was stopped: no output may be lost unseen.
    OutputClosed,
}

/// What became of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunReport {
    /// How it ended.
    pub ending: Ending,
    /// The exit code the executable would have ended with.
    pub exit_code: i32,
    /// The last statement that failed, even if the script went on.
    pub last_error: Option<StatementError>,
    /// Whether it was `ON_ERROR_STOP` or MAXERROR that ended the script, rather than its own `\exit`.
    pub stopped_by_error: bool,
    /// Statements that the server completed or refused.
    pub statements: u64,
    /// Rows returned or affected, over all statements.
    pub rows: u64,
    /// Server process of the last session.
    pub backend_pid: Option<i32>,
    /// SQLSTATE with which the server refused the session to begin in: nothing of the script has run.
    pub login_sqlstate: Option<String>,
}

/// Runs one script to its end. Never panics and never ends the process; never changes the process's working directory or
/// environment. The script starts in `script_root`. Output goes to `out` in order; when `out` is full the script waits.
///
/// When `cancel` fires, the query is cancelled on the server at once, child processes are killed by process group, and
/// the run ends within a bounded time.
pub async fn run_script(
    mut run: ScriptRun,
    out: mpsc::Sender<OutputLine>,
    cancel: CancellationToken,
) -> RunReport {
    let sessions = std::mem::replace(&mut run.sessions, Sessions::Fresh);
    let connected = tokio::select! {
        biased;
        () = cancel.cancelled() => return RunReport::without_session(Ending::Cancelled),
        connected = sessions.open(&run.connect) => connected,
    };
    let (mut session, ticket) = match connected {
        Ok(loan) => loan.into_parts(),
        Err(error) => return connect_failed(&run, &error, &out).await,
    };
    if let Err(error) = prepare_emulation(&mut session) {
        return connect_failed(&run, &error, &out).await;
    }
    let pid = session.backend_pid();
    // A process that stood still meanwhile may hear of the time before it hears that its lease is over.
    if run.not_after.as_ref().is_some_and(|end| Instant::now() >= *end.borrow()) {
        drop(session);
        cancel.cancelled().await;
        return RunReport { backend_pid: pid, ..RunReport::without_session(Ending::Cancelled) };
    }
    let driver = match prepare(run, session, out.clone(), cancel) {
        Ok(driver) => driver,
        Err(message) => {
            Console::lines(out).line(Stream::Stderr, &message).await;
            let ending = Ending::Exited(exit_codes::FAILURE);
            return RunReport { backend_pid: pid, ..RunReport::without_session(ending) };
        }
    };
    let Some(ticket) = ticket else { return report(driver.run().await) };
    let mut conclusion = driver.keeping_session().run().await;
    ticket.give_back(conclusion.kept.take(), conclusion.trace).await;
    report(conclusion)
}

impl Sessions {
    /// A session to begin in.
    pub(crate) async fn open(self, connect: &ConnectOptions) -> Result<Loan, SessionError> {
        match self {
            Sessions::Fresh => Session::connect(connect).await.map(Loan::of_its_own),
            Sessions::Kept { taken: Some(loan), .. } => Ok(*loan),
            Sessions::Kept { pool, taken: None } => pool.open(connect).await,
        }
    }
}

impl RunReport {
    fn without_session(ending: Ending) -> RunReport {
        let exit_code = match &ending {
            Ending::Exited(code) => *code,
            Ending::ConnectFailed(_) | Ending::ConnectionLost(_) => exit_codes::BAD_CONNECTION,
            Ending::Cancelled => exit_codes::CANCELLED,
            Ending::OutputClosed => exit_codes::FAILURE,
        };
        RunReport {
            ending,
            exit_code,
            last_error: None,
            stopped_by_error: false,
            statements: 0,
            rows: 0,
            backend_pid: None,
            login_sqlstate: None,
        }
    }
}

/// The machine and its driver, or a message for the log.
fn prepare(
    run: ScriptRun,
    session: Session,
    out: mpsc::Sender<OutputLine>,
    cancel: CancellationToken,
) -> Result<Driver, String> {
    let root = match run.script_root.canonicalize() {
        Ok(root) => root,
        Err(error) => {
            let root = run.script_root.display();
            return Err(format!("{}: error: script root {root}: {}", run.program_name, io_text(&error)));
        }
    };
    // Messages name the script as the workflow does, not by the path of this machine.
    let script = run.script.strip_prefix(&run.script_root).or_else(|_| run.script.strip_prefix(&root));
    let script = script.unwrap_or(&run.script).as_os_str().as_bytes().to_vec();
    let environment = Environment::from_pairs(run.environment);
    let mut settings = rsql_lang::Settings::new(connection_info(&session));
    settings.program = run.program_name;
    settings.variables = run.variables;
    settings.started = clock::local_time(&environment);
    settings.home = environment.home();
    settings.shell = match run.shell {
        ShellPolicy::Allowed => rsql_lang::ShellPolicy::Allowed,
        ShellPolicy::Denied => rsql_lang::ShellPolicy::Denied,
    };
    let program = settings.program.clone();
    let mut machine = match Machine::new(settings) {
        Ok(machine) => machine,
        Err(error) => return Err(format!("{program}: error: {error}")),
    };
    machine.push(Action::File(script));
    let place = Place {
        directory: root.clone(),
        environment,
        script_root: Some(root),
        own_process_groups: true,
        cloud: None,
    };
    Ok(Driver::new(machine, session, place, Console::lines(out), cancel))
}

async fn connect_failed(run: &ScriptRun, error: &SessionError, out: &mpsc::Sender<OutputLine>) -> RunReport {
    let mut console = Console::lines(out.clone());
    console.line(Stream::Stderr, &format!("{}: error: {error}", run.program_name)).await;
    let login_sqlstate = match error {
        SessionError::Connect { sqlstate, .. } => sqlstate.clone(),
        _ => None,
    };
    RunReport { login_sqlstate, ..RunReport::without_session(Ending::ConnectFailed(error.to_string())) }
}

fn report(conclusion: Conclusion) -> RunReport {
    let ending = match (conclusion.end, conclusion.gone) {
        (Ok(exit_codes::BAD_CONNECTION), Some(Gone::Lost(text))) => Ending::ConnectionLost(text),
        (Ok(exit_codes::BAD_CONNECTION), Some(Gone::Refused(text))) => Ending::ConnectFailed(text),
        (Ok(code), _) => Ending::Exited(code),
        (Err(Stop::Cancelled), _) => Ending::Cancelled,
        (Err(Stop::OutputClosed | Stop::OutputFailed(_)), _) => Ending::OutputClosed,
    };
    let last_error = conclusion.report.last_failure.map(|failure| StatementError {
        file: failure.file.unwrap_or_default(),
        line: failure.line,
        statement: failure.statement,
        sqlstate: failure.sqlstate,
        message: failure.message,
        detail: failure.detail,
        hint: failure.hint,
    });
    RunReport {
        last_error,
        stopped_by_error: conclusion.report.stopped_by_error,
        statements: conclusion.report.statements,
        rows: conclusion.report.rows,
        backend_pid: conclusion.backend_pid,
        ..RunReport::without_session(ending)
    }
}

//! The driver: performs the effects the RSQL machine asks for, over a session, files and child processes.
//!
//! Decides nothing about the language. It owns stopping: a fired token cancels the query on the server and ends the run
//! within a bounded time.

mod children;
mod console;
mod files;
mod password;
mod place;
mod server;
mod statement;
mod typed;

use std::future::Future;

use rsql_lang::{Effect, Machine, Outcome, Report, ServerEvent, Shell};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::children::{Running, Taken};
pub(crate) use self::console::{Console, not_written};
use self::files::Files;
pub(crate) use self::place::Place;
use self::server::{CANCEL_ANSWER_TIMEOUT, Server};
pub(crate) use self::server::{Gone, connection_info};
pub(crate) use self::typed::Person;
use self::typed::interrupted;
use crate::clock;
use crate::reuse::Trace;
use crate::run::Stream;
use crate::session::Session;

/// One run under way.
pub(crate) struct Driver {
    machine: Machine,
    server: Server,
    files: Files,
    place: Place,
    console: Console,
    stop: CancellationToken,
    /// Set once the token has fired while a query ran: until then the query's own end is waited for.
    deadline: Option<Instant>,
    /// Who sits at the terminal.
    person: Option<Person>,
}

/// Why a run ends before its script does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The token fired.
    Cancelled,
    /// Nobody reads the output any more.
    OutputClosed,
    /// The output cannot be written, for this reason: a full disk, a broken terminal.
    OutputFailed(String),
}

/// What became of a run.
pub(crate) struct Conclusion {
    /// The machine's exit code, or why it was not asked for one.
    pub(crate) end: Result<i32, Stop>,
    pub(crate) report: Report,
    pub(crate) backend_pid: Option<i32>,
    /// Why the session is gone, if it is.
    pub(crate) gone: Option<Gone>,
    /// The session, still open: of a run that keeps it, came to its own end, and left nothing under way.
    pub(crate) kept: Option<Session>,
    /// What the script has left behind, where the session was to be kept.
    pub(crate) trace: Trace,
}

impl Driver {
    /// A driver for `machine`, which was made for `session`.
    pub(crate) fn new(
        machine: Machine,
        session: Session,
        place: Place,
        console: Console,
        stop: CancellationToken,
    ) -> Driver {
        let files = match console {
            Console::Process(_) => Files::with_stdin(),
            Console::Lines(_) => Files::without_stdin(),
        };
        Driver {
            machine,
            server: Server::new(session),
            files,
            place,
            console,
            stop,
            deadline: None,
            person: None,
        }
    }

    /// The session is to be kept for another run.
    pub(crate) fn keeping_session(mut self) -> Driver {
        self.server.watch_traces();
        self
    }

    /// A person sits at the terminal, or nobody.
    pub(crate) fn seen_by(self, person: Option<Person>) -> Driver {
        Driver { person, ..self }
    }

    /// Runs to the end. Children still running are killed when this returns, and the session is closed unless it is kept.
    pub(crate) async fn run(mut self) -> Conclusion {
        let mut end = self.perform_all().await;
        let (stop, deadline) = (self.stop.clone(), self.deadline);
        // What cannot be written by then is stuck in a program that does not read; it is killed below.
        let flushed = with_grace(&stop, deadline, self.files.flush()).await;
        tracing::debug!(complete = flushed.is_some(), "files flushed");
        let finish = with_grace(&stop, deadline, self.console.finish()).await;
        let finished = finish.unwrap_or(Err(Stop::Cancelled));
        if end.is_ok() {
            end = finished.and(end);
        }
        let report = self.machine.report().clone();
        let (backend_pid, gone) = (self.server.backend_pid, self.server.gone.clone());
        // Not if that was tried already and the server did not answer.
        if self.server.busy && self.deadline.is_none() {
            self.server.cancel().await;
        }
        let trace = self.server.trace();
        // After a cancel request, which may strike late, the session is fit for nobody.
        let fit = end.is_ok() && self.deadline.is_none();
        let kept = if fit { self.server.take_kept() } else { None };
        self.server.close().await;
        Conclusion { end, report, backend_pid, gone, kept, trace }
    }

    async fn perform_all(&mut self) -> Result<i32, Stop> {
        let mut interrupted = false;
        loop {
            if self.stop.is_cancelled() && !interrupted {
                self.machine.interrupt();
                interrupted = true;
            }
            self.notice_interrupt().await?;
            let effect = self.machine.next_effect();
            if let Effect::Finish { code } = effect {
                return if interrupted { Err(Stop::Cancelled) } else { Ok(code) };
            }
            if let Some(outcome) = self.perform(effect).await? {
                self.machine.resume(outcome).expect("each outcome answers the effect just asked for");
            }
        }
    }

    /// Performs one effect; asking effects give their outcome.
    async fn perform(&mut self, effect: Effect) -> Result<Option<Outcome>, Stop> {
        if begins_something(&effect) {
            self.console.flush()?;
            let stop = self.stop.clone();
            or_stop(&stop, self.files.flush()).await?;
            // The output of a cancelled query has been told by now; nothing new is begun.
            if self.stop.is_cancelled() {
                return Err(Stop::Cancelled);
            }
        }
        let stop = self.stop.clone();
        let Driver { server, files, place, console, .. } = self;
        let outcome = match effect {
            Effect::Finish { .. } => return Ok(None),
            Effect::Write { to, bytes } => return self.write(to, &bytes).await.map(|()| None),
            Effect::SetEnv { name, value } => {
                place.set_variable(&name, value.as_deref());
                return Ok(None);
            }
            Effect::CloseInput(id) => {
                files.close_input(id);
                return Ok(None);
            }
            Effect::CopyData(data) => {
                return or_stop(&stop, server.copy_data(&data)).await.map(|()| None);
            }
            Effect::CopyEnd => return or_stop(&stop, server.copy_end()).await.map(|()| None),
            Effect::CopyFail(reason) => {
                return or_stop(&stop, server.copy_fail(&reason)).await.map(|()| None);
            }
            Effect::Query(query) => Outcome::Server(self.query(&query.sql).await?),
            Effect::Describe(query) => Outcome::Server(self.describe(&query.sql).await?),
            Effect::AwaitServer => Outcome::Server(self.next_event().await?),
            Effect::Connect(request) => {
                let connecting = server.connect(request, &place.environment, place.cloud.as_ref());
                let (connected, warnings) = or_stop(&stop, connecting).await?;
                for warning in warnings {
                    console.write(Stream::Stderr, format!("WARNING: {warning}\n").as_bytes()).await?;
                }
                Outcome::Connected(connected)
            }
            Effect::OpenInput { input, target } => {
                Outcome::Opened(or_stop(&stop, files.open_input(input, target, place, console)).await?)
            }
            Effect::Read(input) => Outcome::Chunk(or_stop(&stop, files.read(input)).await?),
            Effect::FinishInput(input) => Outcome::Closed(or_stop(&stop, files.finish_input(input)).await??),
            Effect::OpenOutput { output, target } => {
                Outcome::Opened(or_stop(&stop, files.open_output(output, target, place, console)).await?)
            }
            Effect::FlushOutput(output) => {
                Outcome::Flushed(or_stop(&stop, files.flush_output(output)).await?)
            }
            Effect::CloseOutput(output) => {
                Outcome::Closed(or_stop(&stop, files.close_output(output)).await??)
            }
            Effect::Shell(shell) => Outcome::Shell(or_stop(&stop, run_shell(shell, place, console)).await??),
            Effect::Clock => Outcome::Clock(clock::local_time(&place.environment)),
            Effect::Sleep(pause) => self.sleep(pause).await?,
            Effect::Prompt(prompt) => Outcome::Prompted(console.ask(prompt).await),
            Effect::HashPassword(wanted) => Outcome::Hashed(password::hash(&wanted)),
            Effect::GetEnv(name) => Outcome::Env(place.variable(&name)),
            Effect::Ask(_)
            | Effect::Edit(_)
            | Effect::History(_)
            | Effect::Remember(_)
            | Effect::BeginPage(_)
            | Effect::EndPage => return self.perform_typed(effect).await,
            Effect::ChangeDir(path) => Outcome::Done(place.change_directory(path.as_deref())),
        };
        Ok(Some(outcome))
    }

    /// Writes, and waits for a slow reader; but once the token fires, the query is cancelled and the wait is bounded.
    async fn write(&mut self, to: rsql_lang::Stream, bytes: &[u8]) -> Result<(), Stop> {
        let stream = match to {
            rsql_lang::Stream::Stdout => Stream::Stdout,
            rsql_lang::Stream::Stderr => Stream::Stderr,
            rsql_lang::Stream::Output(id) => {
                let stop = self.stop.clone();
                return or_stop(&stop, self.files.write(id, bytes)).await;
            }
        };
        let Driver { console, server, stop, deadline, person, .. } = self;
        if stream == Stream::Stdout && person.as_ref().is_some_and(Person::is_muted) {
            return Ok(());
        }
        let write = console.write(stream, bytes);
        tokio::pin!(write);
        if deadline.is_none() {
            tokio::select! {
                biased;
                written = &mut write => return written,
                () = stop.cancelled() => {}
            }
        }
        stop_query(server, deadline).await;
        let until = deadline.unwrap_or_else(Instant::now);
        tokio::time::timeout_at(until, write).await.map_err(|_| Stop::Cancelled)?
    }

    async fn query(&mut self, sql: &[u8]) -> Result<ServerEvent, Stop> {
        let stop = self.stop.clone();
        tokio::select! {
            biased;
            event = self.server.query(sql, &self.place.directory) => return Ok(event),
            () = stop.cancelled() => return self.cancel_query().await,
            () = interrupted(self.person.as_mut()) => {}
        }
        self.interrupted_query().await
    }

    async fn describe(&mut self, sql: &[u8]) -> Result<ServerEvent, Stop> {
        let stop = self.stop.clone();
        tokio::select! {
            biased;
            event = self.server.describe(sql) => return Ok(event),
            () = stop.cancelled() => {}
        }
        self.cancel_query().await
    }

    async fn next_event(&mut self) -> Result<ServerEvent, Stop> {
        let stop = self.stop.clone();
        while self.deadline.is_none() {
            tokio::select! {
                // Events come first: while rows flow the token is looked at below, without the cost of waiting for it.
                biased;
                event = self.server.next_event() => {
                    if stop.is_cancelled() {
                        stop_query(&self.server, &mut self.deadline).await;
                    } else if self.query_is_interrupted() {
                        self.interrupt_query().await?;
                    }
                    self.unmute_after(&event);
                    return Ok(event);
                }
                () = stop.cancelled() => break,
                () = interrupted(self.person.as_mut()) => self.interrupt_query().await?,
            }
        }
        self.cancel_query().await
    }

    /// Cancels the running query on the server; its error, which comes as an event, is still shown.
    async fn cancel_query(&mut self) -> Result<ServerEvent, Stop> {
        stop_query(&self.server, &mut self.deadline).await;
        let until = self.deadline.unwrap_or_else(Instant::now);
        tokio::time::timeout_at(until, self.server.next_event()).await.map_err(|_| Stop::Cancelled)
    }
}

/// Cancels the query on the server, once, and sets the time by which the run must be over.
async fn stop_query(server: &Server, deadline: &mut Option<Instant>) {
    if deadline.is_none() {
        server.cancel().await;
        *deadline = Some(Instant::now() + CANCEL_ANSWER_TIMEOUT);
    }
}

/// Whether an effect starts something new that others may see or that may take long: everything written before it must be
/// out by then.
fn begins_something(effect: &Effect) -> bool {
    !matches!(
        effect,
        Effect::Write { .. }
            | Effect::SetEnv { .. }
            | Effect::Remember(_)
            | Effect::BeginPage(_)
            | Effect::EndPage
            | Effect::CloseInput(_)
            | Effect::CopyData(_)
            | Effect::CopyEnd
            | Effect::CopyFail(_)
            | Effect::AwaitServer
    )
}

/// Waits for `work`, unless the token fires first; what `work` owned is then dropped, children with it.
async fn or_stop<T>(stop: &CancellationToken, work: impl Future<Output = T>) -> Result<T, Stop> {
    tokio::select! {
        biased;
        () = stop.cancelled() => Err(Stop::Cancelled),
        done = work => Ok(done),
    }
}

/// Waits for `work`; once the token has fired, no longer than until the deadline, or as long as a deadline would be away.
async fn with_grace<T>(
    stop: &CancellationToken,
    deadline: Option<Instant>,
    work: impl Future<Output = T>,
) -> Option<T> {
    let grace = async {
        stop.cancelled().await;
        tokio::time::sleep_until(deadline.unwrap_or_else(|| Instant::now() + CANCEL_ANSWER_TIMEOUT)).await;
    };
    tokio::select! {
        biased;
        done = work => Some(done),
        () = grace => None,
    }
}

async fn run_shell(
    shell: Shell,
    place: &Place,
    console: &mut Console,
) -> Result<Result<(rsql_lang::ShellEnd, Vec<u8>), String>, Stop> {
    let (command, taken) = match shell {
        Shell::Inherit(command) => (command, Taken::Nothing),
        Shell::Capture(command) => (command, Taken::Stdout),
    };
    let mut running = match Running::start(place, console, &command, taken) {
        Ok(running) => running,
        Err(reason) => return Ok(Err(reason)),
    };
    match taken {
        Taken::Stdout => running.capture().await,
        _ => Ok(running.wait().await?.map(|end| (end, Vec::new()))),
    }
}

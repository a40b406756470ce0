//! The machine: its state, and one loop that takes outcomes and gives effects. What each step does stands in the
//! modules that extend it: `script` (lines and statements), `run` (a statement on the server), `commands`.

use std::sync::Arc;

use crate::commands::{Export, LargeObject, Question};
use crate::effect::{Effect, OutputId, OutputTarget};
use crate::exit_code;
use crate::frame::Frame;
use crate::input::Inputs;
use crate::io::{Closing, Io, Waiting};
use crate::outcome::{ConnectionInfo, Outcome, Transaction};
use crate::print::Options;
use crate::report::Report;
use crate::reports::Formats;
use crate::run::{Gexec, Run, Verified, Watch};
use crate::say::LastError;
use crate::settings::{Action, Actions, Audience, Settings, SettingsError, ShellPolicy};
use crate::severity::Severities;
use crate::special::Special;
use crate::typing::Typing;
use crate::variables::Variables;

/// One run of RSQL: actions and outcomes in, effects out.
#[derive(Debug)]
pub struct Machine {
    pub(crate) program: String,
    pub(crate) shell: ShellPolicy,
    pub(crate) home: Option<String>,
    pub(crate) audience: Audience,
    pub(crate) usual_database: Option<String>,
    pub(crate) typing: Typing,
    /// Whether what is written is a page that has not ended.
    pub(crate) in_page: bool,
    pub(crate) variables: Variables,
    pub(crate) special: Special,
    /// How results are laid out; it reads as the options in force.
    pub(crate) print: Formats,
    pub(crate) timing: bool,
    pub(crate) severities: Severities,
    /// The key that `\unrestrict` must name before any other command runs; none where all do.
    pub(crate) restricted: Option<Vec<u8>>,
    /// The session; none after a `\connect` that failed.
    pub(crate) connection: Option<ConnectionInfo>,
    pub(crate) transaction: Transaction,
    pub(crate) io: Io,
    pub(crate) inputs: Inputs,
    /// The file or program of `\o`.
    pub(crate) output: Option<OutputId>,
    /// The log of `-L`, and its path until it is open.
    pub(crate) log: Option<OutputId>,
    pub(crate) start_log: Option<Vec<u8>>,
    /// The file of `\export`.
    pub(crate) export: Option<Export>,
    /// The statement of `\watch`, while it lasts.
    pub(crate) watch: Option<Watch>,
    /// The large object that a command is about.
    pub(crate) large_object: Option<LargeObject>,
    /// A statement that waits for an answer (`SINGLESTEP`).
    pub(crate) verified: Option<Verified>,
    /// A question whose answer is the next line of standard input.
    pub(crate) question: Option<Question>,
    /// The scripts being read, the innermost last.
    pub(crate) frames: Vec<Frame>,
    /// The statement on the server.
    pub(crate) run: Option<Run>,
    /// The statement of a `\copy` whose file is being opened.
    pub(crate) pending_copy: Option<Arc<Vec<u8>>>,
    /// Statements made by `\gexec` that are still to run.
    pub(crate) gexec: Option<Gexec>,
    pub(crate) report: Report,
    pub(crate) last_error: Option<LastError>,
    /// The text of the last error of our own.
    pub(crate) last_complaint: String,
    /// Whether messages outside of files have no head, as psql has it once an action has begun.
    pub(crate) terse: bool,
    pub(crate) actions: Actions,
    /// The exit code so far: that of the last action.
    pub(crate) code: i32,
    pub(crate) single_transaction: SingleTransaction,
    pub(crate) start_output: Option<OutputTarget>,
    interrupted: bool,
    exit: Option<i32>,
}

/// Where `-1` stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SingleTransaction {
    Off,
    /// Wanted; no action has begun.
    Wanted,
    /// The transaction is open.
    Open,
}

impl Machine {
    /// A machine on an open session.
    ///
    /// # Errors
    /// When a variable or printing parameter of the command line cannot be set.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        let mut variables = Variables::default();
        let special = Special::new(&mut variables);
        let mut machine = Self {
            program: settings.program,
            shell: settings.shell,
            home: settings.home,
            audience: settings.audience,
            usual_database: settings.usual_database,
            typing: Typing::default(),
            in_page: false,
            variables,
            special,
            print: Formats::new(Options::for_terminal(settings.columns), settings.started.short_date()),
            timing: false,
            severities: Severities::default(),
            restricted: None,
            connection: None,
            transaction: Transaction::Idle,
            io: Io::default(),
            inputs: Inputs::default(),
            output: None,
            log: None,
            start_log: settings.log,
            export: None,
            watch: None,
            large_object: None,
            verified: None,
            question: None,
            frames: Vec::new(),
            run: None,
            pending_copy: None,
            gexec: None,
            report: Report::default(),
            last_error: None,
            last_complaint: String::new(),
            terse: false,
            actions: Actions::new(),
            code: exit_code::SUCCESS,
            single_transaction: match settings.single_transaction {
                true => SingleTransaction::Wanted,
                false => SingleTransaction::Off,
            },
            start_output: settings.output,
            interrupted: false,
            exit: None,
        };
        machine.set_status_at_start();
        machine.connected_to(settings.connection);
        for (name, value) in settings.variables {
            let assigned = machine.assign_variable(name.as_bytes(), Some(value.as_bytes()));
            assigned.map_err(|reason| SettingsError::Variable { name, reason })?;
        }
        for (name, value) in settings.print {
            let set = machine.print.set_at_start(&name, value.as_deref().map(str::as_bytes));
            set.map_err(|reason| SettingsError::Print { name, reason })?;
        }
        Ok(machine)
    }

    /// Appends an action.
    pub fn push(&mut self, action: Action) {
        self.actions.push_back(action);
    }

    /// Begins nothing new: the driver was told to stop. A running statement, which the driver has cancelled on the
    /// server, is still awaited and its error written; then the program ends with `exit_code::SCRIPT_ERROR`.
    pub fn interrupt(&mut self) {
        self.interrupted = true;
    }

    /// Whether nothing new may begin.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.interrupted
    }

    /// What the run has done so far.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The next thing to do. After an asking effect, [`Machine::resume`] comes first; a driver that forgets it is
    /// told to finish with `exit_code::FAILURE`.
    pub fn next_effect(&mut self) -> Effect {
        loop {
            if let Some(effect) = self.io.pop() {
                return effect;
            }
            if self.io.is_waiting() {
                return Effect::Finish { code: exit_code::FAILURE };
            }
            match self.exit {
                Some(code) => {
                    self.io.flush();
                    match self.io.pop() {
                        Some(effect) => return effect,
                        None => return Effect::Finish { code },
                    }
                }
                None if self.interrupted => self.exit_with(exit_code::SCRIPT_ERROR),
                None => self.step(),
            }
        }
    }

    /// Takes the outcome of the last asking effect.
    ///
    /// # Errors
    /// When no such outcome was asked for: a fault of the driver.
    pub fn resume(&mut self, outcome: Outcome) -> Result<(), UnexpectedOutcome> {
        match (self.io.take_waiting(), outcome) {
            (Waiting::Server, Outcome::Server(event)) => self.server(event),
            (Waiting::Chunk(input), Outcome::Chunk(chunk)) => self.chunk(input, chunk),
            (Waiting::Script(opening), Outcome::Opened(result)) => self.script_opened(&opening, result),
            (Waiting::Backtick(command), Outcome::Shell(result)) => self.backtick_done(&command, result),
            (Waiting::Shell(command), Outcome::Shell(result)) => {
                self.shell_done(&command, result.map(|(end, _)| end));
            }
            (Waiting::Connect(command), Outcome::Connected(result)) => self.connect_done(command, result),
            (Waiting::QueryOutput { output, name }, Outcome::Opened(result)) => {
                self.query_output_opened(output, &name, result);
            }
            (Waiting::ResultOutput { output, name }, Outcome::Opened(result)) => {
                self.result_output_opened(output, &name, result);
            }
            (Waiting::Copy(local), Outcome::Opened(result)) => self.copy_opened(local, result),
            (Waiting::WriteOutput { output, name }, Outcome::Opened(result)) => {
                self.write_output_opened(output, name, result);
            }
            (Waiting::LargeObjectInput, Outcome::Opened(result)) => self.large_object_opened(result),
            (Waiting::LargeObjectOutput(output), Outcome::Opened(result)) => {
                self.large_object_output(output, result);
            }
            (Waiting::LogOutput { output, path }, Outcome::Opened(result)) => {
                self.log_opened(output, &path, result);
            }
            (Waiting::WatchClock, Outcome::Clock(time)) => self.watch_at(time),
            (Waiting::WatchPause, Outcome::Slept) => self.watch_again(),
            (Waiting::Prompted(question), Outcome::Prompted(answer)) => self.prompted(question, answer),
            (Waiting::Hashed { user }, Outcome::Hashed(hash)) => self.password_hashed(&user, hash),
            (Waiting::ExportOutput { output, name }, Outcome::Opened(result)) => {
                self.export_opened(output, name, result);
            }
            (Waiting::Exported { rows, elapsed }, Outcome::Flushed(result)) => {
                self.exported(&rows, elapsed, result);
            }
            (Waiting::Close(closing), Outcome::Closed(result)) => self.output_closed(&closing, result),
            (Waiting::StartOutput { output, name }, Outcome::Opened(result)) => {
                self.start_output_opened(output, &name, result);
            }
            (Waiting::Env { variable }, Outcome::Env(value)) => self.env_read(&variable, value.as_deref()),
            (Waiting::ChangeDir(path), Outcome::Done(result)) => {
                self.directory_changed(path.as_deref(), result);
            }
            (Waiting::Answer(wanted), Outcome::Answered(answer)) => self.answered(wanted, answer),
            (Waiting::PromptOutput(wanted), Outcome::Shell(result)) => self.prompt_output(wanted, result),
            (Waiting::Edited(unchanged), Outcome::Edited(result)) => self.edited(unchanged, result),
            (Waiting::History { file }, Outcome::History(history)) => self.history_read(file, history),
            (Waiting::HistoryOutput { output, name, text }, Outcome::Opened(result)) => {
                self.history_output_opened(output, name, &text, result);
            }
            (Waiting::Reset, Outcome::Connected(result)) => self.reset_done(result),
            (waiting, outcome) => {
                let unexpected =
                    UnexpectedOutcome { waiting: format!("{waiting:?}"), outcome: format!("{outcome:?}") };
                self.io.put_back(waiting);
                return Err(unexpected);
            }
        }
        Ok(())
    }

    /// Ends the program with this code, once the files of `\o` and `\export` are closed.
    pub(crate) fn exit_with(&mut self, code: i32) {
        self.frames.clear();
        self.actions.clear();
        self.run = None;
        self.gexec = None;
        self.code = code;
        self.close_to_exit();
    }

    fn close_to_exit(&mut self) {
        let query_output = self.output.take().map(|output| (output, Some(b"\\o".to_vec())));
        match query_output.or_else(|| self.take_export()) {
            Some((output, name)) => {
                self.io.ask(Effect::CloseOutput(output), Waiting::Close(Closing::Exit { name }));
            }
            None => self.exit = Some(self.code),
        }
    }

    /// An output is closed at the end of the program. What was lost there makes a good end a bad one.
    pub(crate) fn closed_to_exit(&mut self, failed: bool) {
        if failed && self.code == exit_code::SUCCESS {
            self.code = exit_code::FAILURE;
        }
        self.close_to_exit();
    }
}

/// An outcome that no effect had asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("use outcome {outcome} while waiting for {waiting}")]
pub struct UnexpectedOutcome {
    waiting: String,
    outcome: String,
}

//! Meta-commands: one table of names, how their arguments are read, and what runs them.
//!
//! All arguments are read before anything is done, so that a command can be scanned again when the output of a
//! backtick was missing.

mod ask;
mod branch;
mod buffer;
pub(crate) mod copy;
mod crosstab;
mod describe;
pub(crate) mod edit;
mod export;
pub(crate) mod files;
mod format;
mod help;
mod large_objects;
mod password;
mod restrict;
mod rset;
mod session;
mod shell;
mod table;
pub(crate) mod taken;
mod text;
mod variables;

pub(crate) use ask::Question;
pub(crate) use crosstab::{Crosstab, pivot};
pub(crate) use export::Export;
pub(crate) use large_objects::LargeObject;
pub use table::command_names;
pub(crate) use table::find;

use std::sync::Arc;

use crate::branches::State;
use crate::effect::{Effect, Shell};
use crate::io::Waiting;
use crate::machine::Machine;
use crate::outcome::ShellEnd;
use crate::print::Table;
use crate::report::STATEMENT_BYTES_MAX;
use crate::run::How;
use crate::scan::expression::Token;
use crate::scan::slash::{Arg, Arguments, Interrupt, Kind, command_end, command_name, raw_words, shown_name};
use crate::secrets;
use crate::settings::ShellPolicy;
use crate::text::lossy;
use crate::typing::IGNORED;

/// A meta-command between its first scan and its end.
#[derive(Debug)]
pub(crate) struct CommandState {
    name: Vec<u8>,
    /// Its text, for the record of failures.
    text: Vec<u8>,
    /// Position of its arguments in the line.
    start: usize,
    /// Outputs of its backticks, as far as they are known.
    outputs: Vec<Option<Vec<u8>>>,
    /// Answers of the server to its questions so far.
    pub(crate) answers: Vec<Arc<Table>>,
    /// Arguments that it does not take, to be told of at its end.
    extra: Vec<Vec<u8>>,
    /// Whether a quote among those was not closed.
    unterminated: bool,
}

/// What a command does to the loop.
#[derive(Debug)]
pub(crate) enum Flow {
    Done,
    /// It has told its error; the rest of the line is dropped.
    Failed,
    /// The collected statement is sent.
    Send(Box<How>),
    /// The script ends here.
    End,
    /// Something was asked for, or a script begins; the command ends later.
    Wait,
}

/// The arguments of a command.
#[derive(Debug, Default)]
pub(crate) struct Args {
    pub(crate) words: Vec<Arg>,
    pub(crate) tokens: Vec<Token>,
}

impl Args {
    /// The text of an argument. One that was nothing but semicolons counts as missing.
    pub(crate) fn get(&self, index: usize) -> Option<&[u8]> {
        let arg = self.words.get(index)?;
        (arg.quoted || !arg.text.is_empty()).then_some(arg.text.as_slice())
    }
}

/// How arguments are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// So many; more are told of and ignored.
    Words(usize),
    /// As `Words`, without semicolons at their ends.
    Bare(usize),
    /// Any number.
    Any,
    /// So many identifiers, see `Kind::Name`.
    Names(usize),
    /// A file or pipe.
    Path,
    /// Any number, the first a file or pipe or an option in parentheses.
    Options,
    /// The rest of the line, as it is.
    Line,
    /// A condition.
    Condition,
    /// Words up to the next backslash, as they are.
    Label,
}

impl Syntax {
    /// How many arguments are taken; none if any number is, or the command itself decides.
    fn most(self) -> Option<usize> {
        match self {
            Self::Words(most) | Self::Bare(most) | Self::Names(most) => Some(most),
            Self::Path => Some(1),
            Self::Any | Self::Options | Self::Line | Self::Condition | Self::Label => None,
        }
    }

    /// How the argument at this place is read.
    fn kind(self, index: usize) -> Kind {
        match self {
            Self::Line => Kind::WholeLine,
            Self::Names(most) if index < most => Kind::Name,
            Self::Bare(most) if index < most => Kind::Bare,
            Self::Path if index == 0 => Kind::BareFileOrPipe,
            Self::Options => Kind::FileOrPipe,
            _ => Kind::Normal,
        }
    }
}

impl Machine {
    /// A backslash was met: reads the command's name.
    pub(crate) fn begin_command(&mut self) {
        let Some(frame) = self.frames.last_mut() else { return };
        // A line with nothing but a command leaves no trace in the statement around it.
        if frame.newline_at == Some(frame.query.len()) {
            frame.query.pop();
        }
        frame.newline_at = None;
        // The command is the value of a variable: nothing of a statement has come.
        if frame.query.is_empty() {
            frame.query_line = 0;
            frame.scanner.begin_statement();
        }
        let Some(cursor) = &mut frame.cursor else { return };
        let rest = cursor.written();
        let text = rest[..rest.len().min(STATEMENT_BYTES_MAX)].to_vec();
        let name = command_name(cursor);
        let start = cursor.position();
        frame.command = Some(CommandState {
            name,
            text,
            start,
            outputs: Vec::new(),
            answers: Vec::new(),
            extra: Vec::new(),
            unterminated: false,
        });
        self.run_command();
    }

    /// Reads the command's arguments and runs it.
    pub(crate) fn run_command(&mut self) {
        let Some(frame) = self.frames.last() else { return };
        let Some(command) = &frame.command else { return };
        let active = frame.branches.active();
        let name = command.name.clone();
        if self.refuses_restricted(&name) {
            return self.command_failed();
        }
        let Some(spec) = find(&name) else {
            let name = shown_name(&name);
            self.error(&format!("invalid command \\{name}"));
            if self.is_typed() {
                self.info("Try \\? for help.");
            }
            return self.command_failed();
        };
        let Some(frame) = self.frames.last() else { return };
        // A later condition of a block is read only while none before it has held.
        let expands = match spec.syntax {
            Syntax::Condition if spec.names != ["if"] => frame.branches.state() == Some(State::Untaken),
            _ => active,
        };
        let args = match self.arguments(spec.syntax, expands) {
            Ok(args) => args,
            Err(command) => return self.run_backtick(command),
        };
        if !active && !spec.branching {
            if self.is_typed() {
                let name = self.command_name();
                self.error(&format!("\\{name} command {IGNORED}"));
            }
            return self.command_done();
        }
        match (spec.run)(self, &args) {
            Flow::Done => self.command_done(),
            Flow::Failed => self.command_failed(),
            Flow::Send(how) => self.command_sends(*how),
            Flow::End => {
                self.warn_of_extra();
                self.quit_frame();
            }
            Flow::Wait => {}
        }
    }

    /// All arguments, or the shell command whose output is missing.
    fn arguments(&mut self, syntax: Syntax, expands: bool) -> Result<Args, Vec<u8>> {
        let mut args = Args::default();
        let Some(frame) = self.frames.last_mut() else { return Ok(args) };
        let (Some(command), Some(cursor)) = (&mut frame.command, &mut frame.cursor) else { return Ok(args) };
        cursor.rewind(command.start);
        if syntax == Syntax::Label {
            args.words = vec![Arg { text: raw_words(cursor), quoted: false }];
            return Ok(args);
        }
        let variables = expands.then_some(&self.variables);
        let mut arguments = Arguments { cursor, variables, outputs: &command.outputs, used: 0 };
        let read = match syntax {
            Syntax::Condition => arguments.tokens().map(|tokens| args.tokens = tokens),
            _ => read_words(&mut arguments, syntax, &mut args.words),
        };
        let enough = syntax.most().is_some_and(|most| args.words.len() >= most);
        if let Some(most) = syntax.most() {
            command.extra = args.words.drain(most.min(args.words.len())..).map(|arg| arg.text).collect();
        }
        match read {
            Ok(()) => Ok(args),
            Err(Interrupt::Shell(shell)) => Err(shell),
            Err(Interrupt::Unterminated) if enough => {
                command.unterminated = true;
                Ok(args)
            }
            // Told when the command was first read; it is read again with each answer of the server.
            Err(Interrupt::Unterminated) if !command.answers.is_empty() => Ok(args),
            Err(Interrupt::Unterminated) => {
                self.error("unterminated quoted string");
                Ok(args)
            }
        }
    }

    fn run_backtick(&mut self, command: Vec<u8>) {
        if self.refuses_shell(&command) {
            return self.command_failed();
        }
        self.io.ask(Effect::Shell(Shell::Capture(command.clone())), Waiting::Backtick(command));
    }

    /// Whether shell commands are forbidden; then it says so.
    pub(crate) fn refuses_shell(&mut self, command: &[u8]) -> bool {
        let refused = self.shell == ShellPolicy::Denied;
        if refused {
            self.error(&format!("{}: shell commands are not allowed here", lossy(command)));
        }
        refused
    }

    /// The output of a backtick is known: the command is scanned again.
    pub(crate) fn backtick_done(&mut self, shell: &[u8], result: Result<(ShellEnd, Vec<u8>), String>) {
        if let Err(reason) = &result {
            self.error(&format!("{}: {reason}", lossy(shell)));
        }
        if let Some(command) = self.frames.last_mut().and_then(|frame| frame.command.as_mut()) {
            command.outputs.push(result.ok().map(|(_, output)| output));
        }
    }

    /// The command is done.
    pub(crate) fn command_done(&mut self) {
        self.warn_of_extra();
        self.end_command();
        let Some(frame) = self.frames.last_mut() else { return };
        frame.success = true;
        if let Some(cursor) = &mut frame.cursor {
            command_end(cursor);
        }
        if frame.input.is_none() {
            self.end_frame(crate::exit_code::SUCCESS);
        }
    }

    fn warn_of_extra(&mut self) {
        let Some(frame) = self.frames.last_mut() else { return };
        let active = frame.branches.active();
        let Some(command) = &mut frame.command else { return };
        let (name, extra) = (shown_name(&command.name), std::mem::take(&mut command.extra));
        let unterminated = command.unterminated;
        for extra in extra.iter().filter(|_| active) {
            self.warning(&format!("\\{name}: extra argument \"{}\" ignored", lossy(extra)));
        }
        if unterminated {
            self.error("unterminated quoted string");
        }
    }

    /// The command has failed, and has said why.
    pub(crate) fn command_failed(&mut self) {
        let Some(command) = self.end_command() else { return };
        let message = std::mem::take(&mut self.last_complaint);
        let line = [b"\\", command.text.as_slice()].concat();
        let shown = secrets::masked(&line);
        self.record_own(&shown, &message);
        let Some(frame) = self.frames.last_mut() else { return };
        frame.success = false;
        frame.drop_line();
        if frame.input.is_none() {
            self.end_frame(crate::exit_code::FAILURE);
        }
    }

    fn command_sends(&mut self, how: How) {
        self.command_done();
        // The one command of `-c` has no statement to send.
        let Some(frame) = self.frames.last_mut().filter(|frame| frame.input.is_some()) else { return };
        let origin = frame.origin();
        let sql = if frame.query.is_empty() { Arc::clone(&frame.previous) } else { frame.take_query() };
        frame.reset_query();
        self.start_run(sql, origin, how);
    }

    fn end_command(&mut self) -> Option<CommandState> {
        self.frames.last_mut().and_then(|frame| frame.command.take())
    }

    /// Arguments that the running command has found to be too many.
    fn set_extra(&mut self, extra: &[Arg]) {
        if let Some(command) = self.frames.last_mut().and_then(|frame| frame.command.as_mut()) {
            command.extra = extra.iter().map(|arg| arg.text.clone()).collect();
        }
    }

    /// Name of the running command, for messages.
    pub(crate) fn command_name(&self) -> String {
        let command = self.frames.last().and_then(|frame| frame.command.as_ref());
        command.map_or_else(String::new, |command| shown_name(&command.name))
    }
}

/// Whether `\g` has its target, behind the options in parentheses if there are some.
fn options_complete(words: &[Arg]) -> bool {
    let Some(first) = words.first() else { return false };
    if !first.text.starts_with(b"(") {
        return true;
    }
    let end = words.iter().position(|word| word.text.ends_with(b")"));
    end.is_some_and(|end| words.len() > end + 1)
}

fn read_words(arguments: &mut Arguments<'_>, syntax: Syntax, words: &mut Vec<Arg>) -> Result<(), Interrupt> {
    loop {
        // What is too much is not expanded.
        let complete = syntax == Syntax::Options && options_complete(words);
        if complete || syntax.most().is_some_and(|most| words.len() >= most) {
            arguments.variables = None;
        }
        let kind = if complete { Kind::Normal } else { syntax.kind(words.len()) };
        match arguments.next(kind)? {
            Some(arg) => words.push(arg),
            None => return Ok(()),
        }
    }
}

//! A session with a person who types: what is asked for, what is remembered, what an interrupt does, and the words `help`,
//! `exit` and `quit`.
//!
//! Scripts have none of it. Editing of lines, completion and the history's file are the driver's.

use crate::effect::{Ask, Effect, HistoryKeeping, Shell, Stream};
use crate::frame::Frame;
use crate::io::Waiting;
use crate::machine::Machine;
use crate::outcome::{Answer, ShellEnd};
use crate::prompt::{self, Facts, Wanted};
use crate::scan::sql::Inside;
use crate::secrets;
use crate::settings::{Audience, ShellPolicy};
use crate::text::{integer, lossy, trim};

/// What the session keeps between lines.
#[derive(Debug, Default)]
pub(crate) struct Typing {
    /// The current line, until it belongs to the entry.
    line: Option<Vec<u8>>,
    /// The lines of the statement so far: one entry of the history.
    entry: Vec<u8>,
    /// The entry before, which `ignoredups` looks at.
    last_entry: Vec<u8>,
    /// Outputs of shell commands in the prompt being made.
    outputs: Vec<Option<Vec<u8>>>,
    /// Columns of the last `PROMPT1`.
    prompt_width: usize,
    /// How many times in a row the end of input was typed.
    ends: i64,
    /// Whether the statement has come from an editor and has not been shown.
    redisplay: bool,
    /// Whether a running statement or script has been interrupted.
    pub(crate) interrupted: bool,
}

/// What is said when a statement or command in a branch that does not run is typed.
pub(crate) const IGNORED: &str = "ignored; use \\endif or Ctrl-C to exit current \\if block";

impl Machine {
    /// Whether the lines of the innermost script are typed by a person.
    pub(crate) fn is_typed(&self) -> bool {
        self.audience == Audience::Typist && self.frames.last().is_some_and(Frame::reads_stdin)
    }

    /// A person has pressed Ctrl-C while something ran. What ran has been cancelled; scripts end, and the next line is asked
    /// for.
    pub fn interrupt_typed(&mut self) {
        self.typing.interrupted = true;
    }

    /// The terminal has this width from now on; none where it cannot be known.
    pub fn set_columns(&mut self, columns: Option<usize>) {
        self.print.set_terminal(columns);
    }

    /// The greeting, unless `QUIET`.
    pub(crate) fn greet(&mut self) {
        let version = env!("CARGO_PKG_VERSION");
        let server = self.connection.as_ref().map(|connection| connection.server_version.clone());
        let tls = self.connection.as_ref().and_then(|connection| connection.tls.clone());
        self.confirm(&format!("{} {version}, server {}", self.program, server.unwrap_or_default()));
        if let Some(tls) = tls {
            self.confirm(&format!("Encrypted with {} ({}).", tls.protocol, tls.cipher));
        }
        self.confirm("Type \"help\" for help.\n");
    }

    /// Asks for the next line.
    pub(crate) fn ask_line(&mut self) {
        let Some(frame) = self.frames.last() else { return };
        let wanted = wanted(frame);
        if std::mem::take(&mut self.typing.redisplay) && !frame.query.is_empty() {
            let template = self.variables.get(b"PROMPT1").unwrap_or_default();
            // A prompt that runs commands is left out here: it comes again at once, before the next line.
            let prompt = prompt::expand(template, &self.facts(Wanted::Statement)).unwrap_or_default();
            let mut text = [prompt, frame.query.clone()].concat();
            if text.last() != Some(&b'\n') {
                text.push(b'\n');
            }
            self.io.write(Stream::Stdout, &text);
        }
        self.ask(wanted);
    }

    /// Asks for a line of COPY data.
    pub(crate) fn ask_data(&mut self) {
        self.ask(Wanted::Data);
    }

    fn ask(&mut self, wanted: Wanted) {
        let template = self.variables.get(wanted.variable().as_bytes()).unwrap_or_default();
        let prompt = loop {
            match prompt::expand(template, &self.facts(wanted)) {
                Ok(prompt) => break prompt,
                Err(_) if self.shell == ShellPolicy::Denied => self.typing.outputs.push(None),
                Err(command) => {
                    return self
                        .io
                        .ask(Effect::Shell(Shell::Capture(command)), Waiting::PromptOutput(wanted));
                }
            }
        };
        self.typing.outputs.clear();
        if wanted == Wanted::Statement {
            self.typing.prompt_width = prompt::width(&prompt);
        }
        let frame = self.frames.last();
        let statement = frame.filter(|_| wanted != Wanted::Data).map(|frame| frame.query.clone());
        let ask = Ask {
            prompt,
            statement,
            transaction: self.transaction,
            variables: self.variables.iter().map(|(name, _)| lossy(name).into_owned()).collect(),
            keyword_case: self.variable_text("COMP_KEYWORD_CASE"),
            history: self.history_keeping(),
        };
        self.io.ask(Effect::Ask(Box::new(ask)), Waiting::Answer(wanted));
    }

    fn facts(&self, wanted: Wanted) -> Facts<'_> {
        let frame = self.frames.last();
        let line = frame.map_or(1, |frame| match frame.query.as_slice() {
            [] => 1,
            lines => 2 + memchr::memchr_iter(b'\n', lines).count() as u64,
        });
        Facts {
            wanted,
            connection: self.connection.as_ref(),
            transaction: self.transaction,
            variables: &self.variables,
            active: frame.is_none_or(|frame| frame.branches.active()),
            single_line: self.special.singleline,
            line,
            usual_database: self.usual_database.as_deref(),
            width: self.typing.prompt_width,
            outputs: &self.typing.outputs,
        }
    }

    /// The output of a shell command in a prompt.
    pub(crate) fn prompt_output(&mut self, wanted: Wanted, result: Result<(ShellEnd, Vec<u8>), String>) {
        self.typing.outputs.push(result.ok().map(|(_, output)| output));
        self.ask(wanted);
    }

    /// What the person has answered.
    pub(crate) fn answered(&mut self, wanted: Wanted, answer: Answer) {
        let input = crate::effect::InputId::STDIN;
        self.typing.interrupted = false;
        match answer {
            Answer::Line(mut text) => {
                self.typing.ends = 0;
                text.push(b'\n');
                self.inputs.feed(input, &text);
                if wanted == Wanted::Data {
                    self.feed_copy(None);
                }
            }
            Answer::End if wanted == Wanted::Data => self.end_feed(),
            Answer::End => self.end_of_typing(),
            Answer::Interrupted if wanted == Wanted::Data => self.cancel_feed(),
            Answer::Interrupted => self.start_over(),
        }
    }

    /// Ctrl-D: leaves, unless `IGNOREEOF` wants it more than once.
    fn end_of_typing(&mut self) {
        self.typing.ends += 1;
        let ignored = self.variables.get(b"IGNOREEOF").and_then(integer).unwrap_or(0);
        if self.typing.ends < ignored {
            let message = format!("Use \"\\q\" to leave {}.", self.program);
            return self.confirm(&message);
        }
        let farewell = if self.special.quiet { "" } else { "\\q" };
        self.print_line(farewell);
        self.inputs.feed(crate::effect::InputId::STDIN, b"");
    }

    /// Ctrl-C at a prompt: throws the statement away, and leaves one conditional block.
    fn start_over(&mut self) {
        self.inputs.close(crate::effect::InputId::STDIN);
        self.typing.entry.clear();
        self.typing.line = None;
        self.typing.ends = 0;
        let Some(frame) = self.frames.last_mut() else { return };
        frame.reset_query();
        if !frame.branches.is_empty() {
            frame.branches.close();
            self.error("\\if: escaped");
        }
    }

    /// Whether a line that was just typed is for the program itself, which then has done what it says.
    pub(crate) fn takes_word(&mut self, line: &[u8]) -> bool {
        let Some(frame) = self.frames.last() else { return false };
        let empty = frame.query.is_empty();
        let open =
            matches!(wanted(frame), Wanted::String | Wanted::Identifier | Wanted::Dollar | Wanted::Comment);
        let words = trim(line);
        let word = trim(words.strip_suffix(b";").unwrap_or(words));
        let leave = if open { "Use Ctrl-D to leave." } else { "Use \\q to leave." };
        match word.to_ascii_lowercase().as_slice() {
            b"help" if empty => {
                self.print_line(HELP);
                return true;
            }
            b"exit" | b"quit" if empty => {
                self.quit_frame();
                return true;
            }
            b"help" => self.print_line("Use \\? for help, or Ctrl-C to throw the statement away."),
            b"exit" | b"quit" => self.print_line(leave),
            b"\\q" if open => self.print_line(leave),
            _ => {}
        }
        false
    }

    /// A line begins; it belongs to the history sooner or later.
    pub(crate) fn note_line(&mut self, line: &[u8]) {
        self.typing.line = Some(line.to_vec());
    }

    /// Text from an editor takes the line's place.
    pub(crate) fn note_edited(&mut self, text: &[u8]) {
        self.note_line(text);
        self.typing.redisplay = true;
    }

    /// Something of the line is done: what was typed since the last entry becomes one.
    pub(crate) fn remember_line(&mut self) {
        if !self.is_typed() || !self.keep_line() {
            return;
        }
        let entry = std::mem::take(&mut self.typing.entry);
        let end = entry.iter().rposition(|byte| *byte != b'\n').map_or(0, |last| last + 1);
        let entry = &entry[..end];
        let control = self.variable_text("HISTCONTROL").to_ascii_lowercase();
        let spaced = entry.first() == Some(&b' ') && matches!(control.as_str(), "ignorespace" | "ignoreboth");
        let again =
            entry == self.typing.last_entry && matches!(control.as_str(), "ignoredups" | "ignoreboth");
        if entry.is_empty() || spaced || again || secrets::holds_secret(entry) {
            return;
        }
        self.typing.last_entry = entry.to_vec();
        self.io.tell(Effect::Remember(entry.to_vec()));
    }

    /// Adds the current line to the entry, once. Whether it did.
    pub(crate) fn keep_line(&mut self) -> bool {
        let Some(line) = self.typing.line.take() else { return false };
        self.typing.entry.extend_from_slice(&line);
        if line.last() != Some(&b'\n') {
            self.typing.entry.push(b'\n');
        }
        true
    }

    /// Where the history is kept, and how much of it.
    pub(crate) fn history_keeping(&self) -> HistoryKeeping {
        let entries = self.variables.get(b"HISTSIZE").and_then(integer).unwrap_or(-1);
        HistoryKeeping {
            file: self.variables.get(b"HISTFILE").map(|path| self.tilde(path)),
            entries_max: usize::try_from(entries).ok(),
        }
    }

    fn variable_text(&self, name: &str) -> String {
        self.variables.get(name.as_bytes()).map(|value| lossy(value).into_owned()).unwrap_or_default()
    }
}

/// What `help` says.
const HELP: &str = "\
rsql runs SQL and scripts on Amazon Redshift and PostgreSQL.
  \\?      meta-commands
  \\h      syntax of SQL statements
  ; or \\g  at the end of a statement sends it
  \\q      leaves";

/// What a script in this state needs next.
fn wanted(frame: &Frame) -> Wanted {
    match frame.scanner.inside() {
        Some(Inside::Comment) => Wanted::Comment,
        Some(Inside::String) => Wanted::String,
        Some(Inside::Identifier) => Wanted::Identifier,
        Some(Inside::Dollar) => Wanted::Dollar,
        None if frame.scanner.paren_depth() > 0 => Wanted::Parenthesis,
        None if !frame.query.is_empty() => Wanted::More,
        None => Wanted::Statement,
    }
}

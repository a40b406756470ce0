//! The loop over actions and scripts: lines come in, statements and meta-commands go out, results decide what is
//! next. The order of things is psql's main loop.

use std::sync::Arc;

use crate::effect::{Effect, InputId, InputTarget, Origin, Stream};
use crate::exit_code;
use crate::frame::Frame;
use crate::input::{Line, Next};
use crate::io::{Opening, Waiting};
use crate::machine::{Machine, SingleTransaction};
use crate::run::{How, Purpose};
use crate::scan::cursor::Cursor;
use crate::scan::sql::{Context, Stop};
use crate::secrets;
use crate::settings::Action;
use crate::special::Echo;
use crate::text::lossy;
use crate::typing::IGNORED;

/// Deepest nesting of scripts; a script that includes itself ends here, before the system runs out of files.
const INCLUDE_DEPTH_MAX: usize = 100;

const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";
const DUMP_MARK: &[u8] = b"PGDMP";

impl Machine {
    /// Goes on until something is to be done or waited for.
    pub(crate) fn step(&mut self) {
        if self.reads_verdict() || self.reads_large_object() {
            return;
        }
        if self.question.is_some() {
            return self.read_answer();
        }
        let Some(frame) = self.frames.last() else { return self.next_action() };
        if frame.command.is_some() {
            return self.run_command();
        }
        match (&frame.cursor, frame.input) {
            (Some(_), Some(_)) => self.scan(),
            (Some(_), None) => self.begin_command(),
            (None, Some(input)) => self.next_line(input),
            (None, None) => self.end_frame(exit_code::SUCCESS),
        }
    }

    fn next_action(&mut self) {
        if let Some(path) = self.start_log.take() {
            return self.open_log(path);
        }
        if let Some(target) = self.start_output.take() {
            return self.open_start_output(target);
        }
        if let Some(Action::StartupFile(_)) = self.actions.front() {
            return self.begin_action();
        }
        if self.single_transaction == SingleTransaction::Wanted && !self.actions.is_empty() {
            self.single_transaction = SingleTransaction::Open;
            self.show_question("BEGIN");
            return self.start_internal(b"BEGIN", Purpose::Transaction);
        }
        self.begin_action();
    }

    fn begin_action(&mut self) {
        let Some(action) = self.actions.pop_front() else { return self.end_actions() };
        match action {
            Action::Command(text) => self.command_action(text),
            Action::Stdin => self.begin_stdin(),
            Action::File(path) if path == b"-" => self.push_frame(InputId::STDIN, Some(Arc::from("<stdin>"))),
            Action::File(path) => self.open_script(path, None),
            Action::StartupFile(path) => self.ask_script(path, None, true),
        }
    }

    fn begin_stdin(&mut self) {
        self.push_frame(InputId::STDIN, None);
        if self.is_typed() {
            self.greet();
        }
    }

    fn end_actions(&mut self) {
        if self.single_transaction == SingleTransaction::Open {
            self.single_transaction = SingleTransaction::Off;
            let failed = self.code != exit_code::SUCCESS && self.special.on_error_stop;
            let end = if failed { "ROLLBACK" } else { "COMMIT" };
            self.show_question(end);
            return self.start_internal(end.as_bytes(), Purpose::Transaction);
        }
        self.exit_with(self.code);
    }

    fn command_action(&mut self, text: Vec<u8>) {
        self.terse = true;
        if self.special.echo == Echo::All {
            self.print_line(&lossy(&secrets::masked(&text)));
        }
        match text.strip_prefix(b"\\") {
            Some(command) => self.frames.push(Frame::command(command, self.print.charset)),
            None => self.start_run(Arc::new(text), Origin::default(), How::default()),
        }
    }

    /// An action has ended with this code.
    pub(crate) fn action_done(&mut self, code: i32) {
        self.code = code;
        // No other end of a script has this code: `\exit` does not come by here.
        self.report.stopped_by_error |= code == exit_code::SCRIPT_ERROR;
        if code != exit_code::SUCCESS && self.special.on_error_stop {
            self.actions.clear();
        }
    }

    /// Asks for a script; the path is as written.
    pub(crate) fn open_script(&mut self, path: Vec<u8>, skip: Option<u64>) {
        if self.frames.len() >= INCLUDE_DEPTH_MAX {
            let path = lossy(&path).into_owned();
            self.error(&format!("{path}: scripts are nested deeper than {INCLUDE_DEPTH_MAX}"));
            return self.script_failed(&path);
        }
        self.ask_script(path, skip, false);
    }

    fn ask_script(&mut self, path: Vec<u8>, skip: Option<u64>, startup: bool) {
        let input = self.io.new_input();
        let target = InputTarget::Script(path.clone());
        let opening = Opening { input, path, skip, startup };
        self.io.ask(Effect::OpenInput { input, target }, Waiting::Script(opening));
    }

    /// A script is open, or not.
    pub(crate) fn script_opened(&mut self, opening: &Opening, result: Result<(), String>) {
        let path = lossy(&opening.path).into_owned();
        if let Err(reason) = result {
            if opening.startup {
                return;
            }
            self.error(&format!("{path}: {reason}"));
            return self.script_failed(&path);
        }
        if let Some(lines) = opening.skip {
            self.print_line(&format!("{lines} records skipped in RUN file."));
        }
        self.push_frame(opening.input, Some(Arc::from(path)));
        if let Some(frame) = self.frames.last_mut() {
            frame.skip_lines = opening.skip.unwrap_or(0);
            frame.startup = opening.startup;
        }
    }

    fn script_failed(&mut self, path: &str) {
        if !self.frames.is_empty() {
            return self.command_failed();
        }
        let complaint = self.last_complaint.clone();
        self.record_own(path.as_bytes(), &complaint);
        self.terse = true;
        self.action_done(exit_code::FAILURE);
    }

    fn push_frame(&mut self, input: InputId, file: Option<Arc<str>>) {
        self.terse = true;
        self.frames.push(Frame::new(Some(input), file));
    }

    fn next_line(&mut self, input: InputId) {
        let typed = self.is_typed();
        if std::mem::take(&mut self.typing.interrupted) && !typed {
            // Scripts that a typed line has begun end with it, one after the other.
            self.typing.interrupted = true;
            return self.end_frame(exit_code::SCRIPT_ERROR);
        }
        match self.inputs.line(input) {
            Next::Item(line) => self.begin_line(line),
            Next::More if typed => self.ask_line(),
            Next::More => self.io.ask(Effect::Read(input), Waiting::Chunk(input)),
            Next::End => self.end_of_input(),
        }
    }

    /// Bytes of a script or of COPY data have come.
    pub(crate) fn chunk(&mut self, input: InputId, chunk: Result<Vec<u8>, String>) {
        let failure = chunk.as_ref().err().cloned();
        self.inputs.feed(input, &chunk.unwrap_or_default());
        if self.run.is_some() {
            return self.feed_copy(failure);
        }
        if let Some(reason) = failure {
            if self.large_object.is_some() {
                return self.large_object_unread("read", &reason);
            }
            self.error(&format!("could not read from input file: {reason}"));
            let complaint = self.last_complaint.clone();
            self.record_own(b"", &complaint);
            self.end_frame(exit_code::FAILURE);
        }
    }

    fn begin_line(&mut self, line: Line) {
        let typed = self.is_typed();
        let echo = self.special.echo == Echo::All && !typed;
        let on_error_stop = self.special.on_error_stop && !typed;
        let Some(frame) = self.frames.last_mut() else { return };
        let mut text = line.text;
        frame.line += 1;
        if frame.line <= frame.skip_lines {
            return;
        }
        if frame.line == 1 {
            if text.starts_with(UTF8_MARK) {
                text.drain(..UTF8_MARK.len());
            }
            if text.starts_with(DUMP_MARK) {
                return self.refuse_dump();
            }
        }
        if text.is_empty() && !frame.scanner.in_quote() {
            return;
        }
        if typed && self.takes_word(&text) {
            return;
        }
        let Some(frame) = self.frames.last_mut() else { return };
        if echo {
            self.io.write(Stream::Stdout, &secrets::masked(&text));
            self.io.write(Stream::Stdout, b"\n");
        }
        if frame.skipping_data {
            frame.skipping_data = text.strip_suffix(b"\r").unwrap_or(&text) != b"\\.";
            return;
        }
        if !frame.query.is_empty() {
            frame.query.push(b'\n');
        }
        frame.newline_at = (!frame.query.is_empty()).then_some(frame.query.len());
        frame.die_on_error = on_error_stop;
        frame.success = true;
        if typed {
            self.note_line(&text);
        }
        let Some(frame) = self.frames.last_mut() else { return };
        frame.cursor = Some(Cursor::new(text, self.print.charset));
    }

    fn refuse_dump(&mut self) {
        self.print_line("The input is a PostgreSQL custom-format dump.");
        self.print_line("Use the pg_restore command-line client to restore this dump to a database.\n");
        self.end_frame(exit_code::FAILURE);
    }

    /// Scans on in the current line.
    fn scan(&mut self) {
        let standard_strings = self.connection.as_ref().is_none_or(|connection| connection.standard_strings);
        let Some(frame) = self.frames.last_mut() else { return };
        let Some(cursor) = frame.cursor.as_mut().filter(|_| frame.success || !frame.die_on_error) else {
            return self.end_line();
        };
        let active = frame.branches.active() && frame.goto.is_none();
        let context = Context { variables: active.then_some(&self.variables), standard_strings };
        let stop = frame.scanner.scan(cursor, &mut frame.query, &context);
        if frame.query_line == 0 && frame.scanner.has_token() {
            frame.query_line = frame.line;
        }
        let jumping = frame.goto.is_some();
        for warning in frame.scanner.take_warnings() {
            self.error(&warning);
        }
        let ends = matches!(stop, Stop::Semicolon | Stop::Backslash);
        if ends || stop == Stop::End && self.special.singleline {
            self.remember_line();
        }
        match stop {
            Stop::Semicolon if jumping => self.skip_statement(),
            Stop::Backslash if jumping => self.skip_command(),
            Stop::Semicolon => self.end_statement(),
            Stop::Backslash => self.begin_command(),
            Stop::End if self.special.singleline && active => self.end_statement(),
            Stop::End | Stop::Incomplete => self.end_line(),
        }
    }

    /// A semicolon: the statement runs, unless it stands in a branch that does not.
    fn end_statement(&mut self) {
        let Some(frame) = self.frames.last_mut() else { return };
        frame.success = true;
        if frame.branches.active() {
            let origin = frame.origin();
            let sql = frame.take_query();
            return self.start_run(sql, origin, How::default());
        }
        if self.is_typed() {
            self.error(&format!("query {IGNORED}"));
        }
    }

    fn end_line(&mut self) {
        let typed = self.is_typed();
        let Some(frame) = self.frames.last_mut() else { return };
        frame.cursor = None;
        if typed {
            self.keep_line();
            return;
        }
        if !frame.success && frame.die_on_error {
            self.end_frame(exit_code::SCRIPT_ERROR);
        } else if self.connection.is_none() {
            self.complain_of_open_branches();
            self.end_frame(exit_code::BAD_CONNECTION);
        }
    }

    /// `\q`: the script ends here; the statement being collected still runs, as in psql.
    pub(crate) fn quit_frame(&mut self) {
        let Some(frame) = self.frames.last_mut() else { return };
        frame.command = None;
        frame.cursor = None;
        frame.quit = true;
        match frame.input {
            Some(_) => self.end_of_input(),
            None => self.end_frame(exit_code::SUCCESS),
        }
    }

    /// A script's text is used up: a statement without semicolon still runs.
    fn end_of_input(&mut self) {
        let typed = self.is_typed();
        let Some(frame) = self.frames.last_mut() else { return };
        if frame.goto.is_some() {
            return self.end_frame(exit_code::SUCCESS);
        }
        if frame.query.is_empty() || !frame.branches.active() || typed {
            return self.end_of_script();
        }
        frame.success = true;
        let origin = frame.origin();
        let sql = frame.take_query();
        self.start_run(sql, origin, How { trailing: true, ..How::default() });
    }

    fn end_of_script(&mut self) {
        let dies = self.frames.last().is_some_and(|frame| frame.die_on_error);
        let failed = self.complain_of_open_branches() && dies;
        self.end_frame(if failed { exit_code::SCRIPT_ERROR } else { exit_code::SUCCESS });
    }

    /// Tells of conditionals that are open where a script ends; whether there are any.
    fn complain_of_open_branches(&mut self) -> bool {
        let open = self.frames.last().is_some_and(|frame| !frame.branches.is_empty() && !frame.quit);
        if open {
            self.error("reached EOF without finding closing \\endif(s)");
        }
        open
    }

    /// A statement has ended; what follows depends on where it came from.
    pub(crate) fn statement_done(&mut self, success: bool, trailing: bool) {
        let Some(frame) = self.frames.last_mut() else {
            return self.action_done(if success { exit_code::SUCCESS } else { exit_code::FAILURE });
        };
        frame.success = success;
        if !trailing {
            return;
        }
        if !success && frame.die_on_error {
            return self.end_frame(exit_code::SCRIPT_ERROR);
        }
        self.end_of_script();
    }

    /// Leaves a script; the command or action that began it goes on.
    pub(crate) fn end_frame(&mut self, code: i32) {
        let Some(frame) = self.frames.pop() else { return };
        if let Some(input) = frame.input.filter(|&input| input != InputId::STDIN) {
            self.inputs.close(input);
            self.io.tell(Effect::CloseInput(input));
        }
        if frame.startup {
            return;
        }
        if self.frames.is_empty() {
            return self.action_done(code);
        }
        match code {
            exit_code::SUCCESS => self.command_done(),
            _ => self.command_failed(),
        }
    }
}

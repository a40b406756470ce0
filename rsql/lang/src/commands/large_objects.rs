//! `\lo_import`, `\lo_export` and `\lo_unlink`, in a transaction of their own where none is open. Lists of large objects are
//! `describe`'s. An object travels whole, as text within a statement or result.

use super::{Args, Flow};
use crate::charset::Charset;
use crate::effect::{Effect, InputId, InputTarget, OutputId, OutputTarget, Stream};
use crate::input::Next;
use crate::io::{Closing, Waiting};
use crate::machine::Machine;
use crate::outcome::Transaction;
use crate::print::{Format, Table};
use crate::run::Purpose;
use crate::special::EchoHidden;
use crate::text::{leading_integer, lossy};

/// Largest object that is imported: it is held in memory and sent as text of twice its size, in a statement that may have 1 GiB.
const IMPORT_BYTES_MAX: usize = 256 * 1024 * 1024;

/// A command under way.
#[derive(Debug)]
pub(crate) struct LargeObject {
    task: Task,
    oid: u32,
    path: Vec<u8>,
    data: Vec<u8>,
    /// Whether its transaction is its own.
    owns: bool,
    step: Step,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Task {
    Import { comment: Option<Vec<u8>> },
    Export,
    Unlink,
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Read(InputId),
    Begin,
    Main,
    Comment,
    Write,
    Commit,
    Rollback,
}

impl Machine {
    pub(super) fn import_large_object(&mut self, args: &Args) -> Flow {
        let Some(path) = args.get(0) else { return self.fail_with("missing required argument") };
        let (path, comment) = (self.tilde(path), args.get(1).map(<[u8]>::to_vec));
        let input = self.io.new_input();
        let object = self.large_object(Task::Import { comment }, b"", path, Step::Read(input));
        if let Err(flow) = object {
            return *flow;
        }
        let path = self.large_object.as_ref().map(|object| object.path.clone()).unwrap_or_default();
        self.io.ask(Effect::OpenInput { input, target: InputTarget::File(path) }, Waiting::LargeObjectInput);
        Flow::Wait
    }

    pub(super) fn export_large_object(&mut self, args: &Args) -> Flow {
        let (Some(oid), Some(path)) = (args.get(0), args.get(1)) else {
            return self.fail_with("missing required argument");
        };
        let path = self.tilde(path);
        self.begin_large_object(Task::Export, oid, path)
    }

    pub(super) fn unlink_large_object(&mut self, args: &Args) -> Flow {
        match args.get(0) {
            Some(oid) => self.begin_large_object(Task::Unlink, oid, Vec::new()),
            None => self.fail_with("missing required argument"),
        }
    }

    fn begin_large_object(&mut self, task: Task, oid: &[u8], path: Vec<u8>) -> Flow {
        match self.large_object(task, oid, path, Step::Begin) {
            Ok(()) => {
                self.next_of_large_object();
                Flow::Wait
            }
            Err(flow) => *flow,
        }
    }

    /// Takes up a command, if the session is fit for it.
    fn large_object(&mut self, task: Task, oid: &[u8], path: Vec<u8>, step: Step) -> Result<(), Box<Flow>> {
        if self.connection.is_none() {
            return Err(Box::new(self.fail_with("not connected to a database")));
        }
        if self.transaction == Transaction::Failed {
            return Err(Box::new(self.fail_with("current transaction is aborted")));
        }
        let oid = u32::try_from(leading_integer(oid)).unwrap_or(0);
        let owns = self.transaction == Transaction::Idle;
        self.large_object = Some(LargeObject { task, oid, path, data: Vec::new(), owns, step });
        Ok(())
    }

    /// The file to be imported is open, or not.
    pub(crate) fn large_object_opened(&mut self, result: Result<(), String>) {
        if let Err(reason) = result {
            self.large_object_unread("open", &reason);
        }
    }

    /// The file of a large object cannot be opened or read.
    pub(crate) fn large_object_unread(&mut self, verb: &str, reason: &str) {
        let Some(object) = self.large_object.take() else { return };
        let preposition = if verb == "open" { "" } else { "from " };
        self.info(&format!("could not {verb} {preposition}file \"{}\": {reason}", lossy(&object.path)));
        self.command_failed();
    }

    /// Whether a file is being read for an import; then reads on.
    pub(crate) fn reads_large_object(&mut self) -> bool {
        let Some(object) = &mut self.large_object else { return false };
        let Step::Read(input) = object.step else { return false };
        match self.inputs.bytes(input) {
            Next::More => self.io.ask(Effect::Read(input), Waiting::Chunk(input)),
            Next::Item(bytes) if object.data.len() + bytes.len() > IMPORT_BYTES_MAX => {
                self.close_input_of_large_object(input);
                let limit = IMPORT_BYTES_MAX / 1024 / 1024;
                self.large_object_unread("read", &format!("more than {limit} MiB"));
            }
            Next::Item(bytes) => object.data.extend_from_slice(&bytes),
            Next::End => {
                object.step = Step::Begin;
                self.close_input_of_large_object(input);
                self.next_of_large_object();
            }
        }
        true
    }

    fn close_input_of_large_object(&mut self, input: InputId) {
        self.inputs.close(input);
        self.io.tell(Effect::CloseInput(input));
    }

    /// Does what is to be done now.
    fn next_of_large_object(&mut self) {
        let autocommit = self.special.autocommit;
        let Some(object) = &self.large_object else { return };
        let ends = object.owns && autocommit;
        match object.step {
            Step::Read(_) => {}
            Step::Begin if object.owns => self.tell_server(b"BEGIN"),
            Step::Begin => self.go_to(Step::Main),
            Step::Main => {
                let sql = object.question();
                self.start_internal(&sql, Purpose::LargeObject);
            }
            Step::Comment => {
                let sql = object.comment(self.print.charset);
                self.tell_server(&sql);
            }
            Step::Write => {
                let path = object.path.clone();
                let output = self.io.new_output();
                let target = OutputTarget::File(path);
                self.io.ask(Effect::OpenOutput { output, target }, Waiting::LargeObjectOutput(output));
            }
            Step::Commit if ends => self.tell_server(b"COMMIT"),
            Step::Commit => self.large_object_done(),
            Step::Rollback if ends => self.tell_server(b"ROLLBACK"),
            Step::Rollback => self.large_object_failed(),
        }
    }

    fn go_to(&mut self, step: Step) {
        if let Some(object) = &mut self.large_object {
            object.step = step;
        }
        self.next_of_large_object();
    }

    /// Sends a statement that `ECHO_HIDDEN` shows.
    fn tell_server(&mut self, sql: &[u8]) {
        self.show_question(&lossy(sql));
        if self.special.echo_hidden == EchoHidden::Noexec {
            return self.large_object_failed();
        }
        self.start_internal(sql, Purpose::LargeObject);
    }

    /// A statement of the command has ended; why it failed is told already.
    pub(crate) fn large_object_answered(&mut self, answer: Option<Table>, success: bool) {
        let Some(object) = &mut self.large_object else { return self.command_failed() };
        match (object.step, &object.task) {
            (Step::Begin | Step::Rollback, _) if !success => self.large_object_failed(),
            (Step::Rollback, _) => self.large_object_failed(),
            _ if !success => self.go_to(Step::Rollback),
            (Step::Begin, _) => self.go_to(Step::Main),
            (Step::Main, Task::Import { comment }) => {
                let next = if comment.is_some() { Step::Comment } else { Step::Commit };
                object.oid = u32::try_from(leading_integer(&cell(answer))).unwrap_or(0);
                self.go_to(next);
            }
            (Step::Main, Task::Export) => {
                object.data = unhex(&cell(answer));
                self.go_to(Step::Write);
            }
            (Step::Commit, _) => self.large_object_done(),
            _ => self.go_to(Step::Commit),
        }
    }

    /// The file for an export is open, or not.
    pub(crate) fn large_object_output(&mut self, output: OutputId, result: Result<(), String>) {
        let Some(object) = &mut self.large_object else { return };
        let name = object.path.clone();
        match result {
            Ok(()) => {
                let data = std::mem::take(&mut object.data);
                if !data.is_empty() {
                    self.io.write(Stream::Output(output), &data);
                }
                self.io.ask(Effect::CloseOutput(output), Waiting::Close(Closing::LargeObject { name }));
            }
            Err(reason) => {
                self.info(&format!("could not open file \"{}\": {reason}", lossy(&name)));
                self.go_to(Step::Rollback);
            }
        }
    }

    /// The file for an export is written, or not; that is told.
    pub(crate) fn large_object_written(&mut self, success: bool) {
        self.go_to(if success { Step::Commit } else { Step::Rollback });
    }

    fn large_object_failed(&mut self) {
        self.large_object = None;
        self.command_failed();
    }

    fn large_object_done(&mut self) {
        let Some(object) = self.large_object.take() else { return };
        let text = match object.task {
            Task::Import { .. } => format!("lo_import {}", object.oid),
            Task::Export => "lo_export".to_owned(),
            Task::Unlink => format!("lo_unlink {}", object.oid),
        };
        if !self.special.quiet {
            let line = match self.print.format {
                Format::Html => format!("<p>{text}</p>\n"),
                _ => format!("{text}\n"),
            };
            let out = self.out();
            self.io.write(out, line.as_bytes());
        }
        if matches!(object.task, Task::Import { .. }) {
            self.variables.set("LASTOID", object.oid.to_string());
        }
        self.command_done();
    }
}

impl LargeObject {
    fn question(&self) -> Vec<u8> {
        let oid = self.oid;
        match self.task {
            Task::Import { .. } => {
                let head = b"SELECT pg_catalog.lo_from_bytea(0, pg_catalog.decode('".as_slice();
                [head, &hex(&self.data), b"', 'hex'))"].concat()
            }
            Task::Export => {
                format!("SELECT pg_catalog.encode(pg_catalog.lo_get({oid}::pg_catalog.oid), 'hex')")
                    .into_bytes()
            }
            Task::Unlink => format!("SELECT pg_catalog.lo_unlink({oid}::pg_catalog.oid)").into_bytes(),
        }
    }

    fn comment(&self, charset: Charset) -> Vec<u8> {
        let comment = match &self.task {
            Task::Import { comment: Some(comment) } => charset.sql_literal(comment),
            _ => b"NULL".to_vec(),
        };
        [format!("COMMENT ON LARGE OBJECT {} IS ", self.oid).as_bytes(), &comment].concat()
    }
}

fn cell(answer: Option<Table>) -> Vec<u8> {
    let row = answer.and_then(|table| table.rows.into_iter().next());
    row.and_then(|row| row.cell(0).map(<[u8]>::to_vec)).unwrap_or_default()
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]).collect()
}

/// The bytes of hexadecimal digits; the server sends nothing else.
fn unhex(text: &[u8]) -> Vec<u8> {
    let digit =
        |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or(0);
    text.chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_travel_as_digits() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(unhex(&hex(&bytes)), bytes);
        assert_eq!(hex(b"\x00\xfa"), b"00fa");
    }
}

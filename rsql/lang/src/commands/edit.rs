//! `\e`, `\ef`, `\ev` and `\s`: the statement being written, in an editor; and what was typed before.

use super::describe::source::{Kind, definition};
use super::{Args, Flow};
use crate::effect::{Edit, Effect, OutputId, OutputTarget, Stream};
use crate::io::{Closing, Waiting};
use crate::machine::Machine;
use crate::scan::cursor::Cursor;
use crate::text::{leading_integer, lossy, trim};

/// The start of a new function.
const NEW_FUNCTION: &str = "CREATE OR REPLACE FUNCTION ( )\n RETURNS \n LANGUAGE \nAS $$\n\n$$\n";
/// The start of a new view.
const NEW_VIEW: &str = "CREATE OR REPLACE VIEW  AS\n SELECT \n";

/// What happens when nothing was changed in the editor.
#[derive(Debug)]
pub(crate) enum Unchanged {
    /// This is the statement.
    Statement(Vec<u8>),
    /// There is none, and it is said.
    Told,
}

impl Machine {
    /// `\e [FILE] [LINE]`; digits alone are a line.
    pub(super) fn edit_query(&mut self, args: &Args) -> Flow {
        let Some(frame) = self.frames.last().filter(|frame| frame.input.is_some()) else {
            return self.fail("no query buffer");
        };
        let (mut file, mut line) = (args.get(0), args.get(1));
        if line.is_none() && file.is_some_and(|word| word.iter().all(u8::is_ascii_digit)) {
            line = file.take();
        }
        let file = file.map(|path| self.tilde(path));
        let line = match line.map(|word| (word, leading_integer(word))) {
            None => None,
            Some((_, number)) if number >= 1 => u64::try_from(number).ok(),
            Some((word, _)) => return self.fail(&format!("invalid line number: {}", lossy(word))),
        };
        // An unchanged copy of the statement before, or of a file, is not run by accident.
        let recalled = frame.query.is_empty();
        let mut text = if recalled { frame.previous.to_vec() } else { frame.query.clone() };
        if text.last() != Some(&b'\n') {
            text.push(b'\n');
        }
        let unchanged = if recalled || file.is_some() { Vec::new() } else { text.clone() };
        self.ask_editor(Edit { file, text, line }, Unchanged::Statement(unchanged))
    }

    /// `\ef [FUNCTION [LINE]]`
    pub(super) fn edit_function(&mut self, args: &Args) -> Flow {
        self.edit_source(args, Kind::Function)
    }

    /// `\ev [VIEW [LINE]]`
    pub(super) fn edit_view(&mut self, args: &Args) -> Flow {
        self.edit_source(args, Kind::View)
    }

    fn edit_source(&mut self, args: &Args, kind: Kind) -> Flow {
        if self.frames.last().is_none_or(|frame| frame.input.is_none()) {
            return self.fail("no query buffer");
        }
        let (name, line) = split_line(trim(args.get(0).unwrap_or_default()));
        if let Some((word, 0)) = line {
            return self.fail(&format!("invalid line number: {}", lossy(word)));
        }
        let text = match (name, kind) {
            (b"", Kind::Function) => NEW_FUNCTION.as_bytes().to_vec(),
            (b"", Kind::View) => NEW_VIEW.as_bytes().to_vec(),
            (name, kind) => match self
                .inquire(|machine, inquiry| definition(kind, name, machine.server_kind(), inquiry))
            {
                Ok(text) => text,
                Err(flow) => return flow,
            },
        };
        let head = if kind == Kind::Function { lines_before_body(&text) } else { 0 };
        let line = line.map(|(_, line)| line + head);
        if let Some(frame) = self.frames.last_mut() {
            frame.reset_query();
        }
        self.ask_editor(Edit { file: None, text, line }, Unchanged::Told)
    }

    /// Asks for an editor.
    fn ask_editor(&mut self, edit: Edit, unchanged: Unchanged) -> Flow {
        if self.refuses_shell(b"editor") {
            return Flow::Failed;
        }
        self.io.ask(Effect::Edit(edit), Waiting::Edited(unchanged));
        Flow::Wait
    }

    /// The editor has ended: its text takes the place of the statement and of the rest of the line.
    pub(crate) fn edited(&mut self, unchanged: Unchanged, result: Result<Option<Vec<u8>>, String>) {
        let text = match (result, unchanged) {
            (Ok(Some(text)), _) | (Ok(None), Unchanged::Statement(text)) => text,
            (Ok(None), Unchanged::Told) => {
                self.print_line("No changes");
                return self.command_done();
            }
            (Err(reason), _) => {
                self.error(&reason);
                return self.command_failed();
            }
        };
        self.command_done();
        if self.is_typed() {
            self.note_edited(&text);
        }
        let Some(frame) = self.frames.last_mut() else { return };
        frame.reset_query();
        frame.cursor = Some(Cursor::new(text, self.print.charset));
    }

    /// `\s [FILE]`
    pub(super) fn show_history(&mut self, args: &Args) -> Flow {
        let file = args.get(0).map(|path| self.tilde(path));
        self.io.ask(Effect::History(self.history_keeping()), Waiting::History { file });
        Flow::Wait
    }

    /// What was typed before; none where nobody types.
    pub(crate) fn history_read(&mut self, file: Option<Vec<u8>>, history: Option<Vec<u8>>) {
        let Some(name) = file else {
            self.show_page(history.as_deref().unwrap_or_default());
            self.io.write(Stream::Stdout, b"\n");
            return if history.is_some() { self.command_done() } else { self.command_failed() };
        };
        let Some(text) = history else { return self.command_failed() };
        let output = self.io.new_output();
        let target = OutputTarget::File(name.clone());
        self.io.ask(Effect::OpenOutput { output, target }, Waiting::HistoryOutput { output, name, text });
    }

    /// The file for the history is open, or not.
    pub(crate) fn history_output_opened(
        &mut self,
        output: OutputId,
        name: Vec<u8>,
        text: &[u8],
        result: Result<(), String>,
    ) {
        if let Err(reason) = result {
            self.error(&format!("could not save history to file \"{}\": {reason}", lossy(&name)));
            return self.command_failed();
        }
        self.io.write(Stream::Output(output), text);
        self.confirm(&format!("Wrote history to file \"{}\".", lossy(&name)));
        self.io.ask(Effect::CloseOutput(output), Waiting::Close(Closing::Command { name }));
    }
}

/// A name, and the number of a line that may follow it after a blank.
fn split_line(text: &[u8]) -> (&[u8], Option<(&[u8], u64)>) {
    let digits = text.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (head, word) = text.split_at(text.len() - digits);
    let separate = head.last().is_some_and(u8::is_ascii_whitespace);
    match u64::try_from(leading_integer(word)) {
        Ok(line) if digits > 0 && separate => (trim(head), Some((word, line))),
        _ => (text, None),
    }
}

/// Lines of a function's definition before its body, from which its errors count.
fn lines_before_body(text: &[u8]) -> u64 {
    let lines = text.split(|byte| *byte == b'\n');
    let head = lines
        .take_while(|line| ![&b"AS "[..], b"BEGIN ", b"RETURN "].iter().any(|word| line.starts_with(word)));
    head.count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_may_follow_a_name() {
        assert_eq!(split_line(b"f 12"), (&b"f"[..], Some((&b"12"[..], 12))));
        assert_eq!(split_line(b"f(int) 0"), (&b"f(int)"[..], Some((&b"0"[..], 0))));
        assert_eq!(split_line(b"f41"), (&b"f41"[..], None));
        assert_eq!(split_line(b"f -1"), (&b"f -1"[..], None));
        assert_eq!(split_line(b""), (&b""[..], None));
        assert_eq!(lines_before_body(b"CREATE\n LANGUAGE sql\nAS $$\nselect 1"), 2);
    }
}

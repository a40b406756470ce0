//! `\e`, and `\s`: the statement being written, in an editor; and what was typed before.

use super::{Args, Flow};
use crate::effect::{Edit, Effect, OutputId, OutputTarget, Stream};
use crate::io::{Closing, Waiting};
use crate::machine::Machine;
use crate::scan::cursor::Cursor;
use crate::text::{leading_integer, lossy};

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
        let text = if recalled { frame.previous.to_vec() } else { frame.query.clone() };
        let unchanged = if recalled || file.is_some() { Vec::new() } else { text.clone() };
        self.ask_editor(Edit { file, text, line }, unchanged)
    }

    /// Asks for an editor; `unchanged` is the statement if nothing is changed there.
    pub(super) fn ask_editor(&mut self, edit: Edit, unchanged: Vec<u8>) -> Flow {
        if self.refuses_shell(b"editor") {
            return Flow::Failed;
        }
        self.io.ask(Effect::Edit(edit), Waiting::Edited { unchanged });
        Flow::Wait
    }

    /// The editor has ended: its text takes the place of the statement and of the rest of the line.
    pub(crate) fn edited(&mut self, unchanged: Vec<u8>, result: Result<Option<Vec<u8>>, String>) {
        let text = match result {
            Ok(text) => text.unwrap_or(unchanged),
            Err(reason) => {
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
        frame.cursor = Some(Cursor::new(text));
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

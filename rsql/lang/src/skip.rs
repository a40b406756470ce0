//! A jump under way: from `\goto` to its `\label`, or to the end of the script. Text is scanned, so that labels in
//! comments and strings are none, but nothing is expanded, run or reported.

use crate::commands::{self, Syntax};
use crate::machine::Machine;
use crate::scan::slash::{Arguments, Kind, command_end, command_name, raw_words};
use crate::text::{is_space, lossy, trim};

impl Machine {
    /// `\goto`: looks for the label from here on.
    pub(crate) fn jump(&mut self, label: Vec<u8>) {
        if let Some(frame) = self.frames.last_mut() {
            frame.reset_query();
            frame.goto = Some(label);
        }
    }

    /// A statement was skipped; COPY data that follows it is, too.
    pub(crate) fn skip_statement(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.skipping_data = copies_from_script(&frame.query);
            frame.query.clear();
            frame.query_line = 0;
            frame.newline_at = None;
            frame.scanner.begin_statement();
        }
    }

    /// A meta-command while jumping: only labels count.
    pub(crate) fn skip_command(&mut self) {
        let Some(cursor) = self.frames.last_mut().and_then(|frame| frame.cursor.as_mut()) else { return };
        let name = command_name(cursor);
        if name.eq_ignore_ascii_case(b"label") {
            let label = raw_words(cursor);
            command_end(cursor);
            return self.pass_label(&label);
        }
        let whole_line = commands::find(&name).is_some_and(|spec| spec.syntax == Syntax::Line);
        let kind = if whole_line { Kind::WholeLine } else { Kind::Normal };
        let mut arguments = Arguments { cursor, variables: None, outputs: &[], used: 0 };
        while matches!(arguments.next(kind), Ok(Some(_))) {}
        command_end(cursor);
    }

    fn pass_label(&mut self, label: &[u8]) {
        let Some(frame) = self.frames.last_mut() else { return };
        let arrived = frame.goto.as_deref() == Some(label);
        if arrived {
            frame.goto = None;
            frame.branches.clear();
            frame.reset_query();
        }
        let what = if arrived { "processed" } else { "ignored" };
        self.print_line(&format!("\\label {} {what}", lossy(label)));
    }
}

/// Whether a statement is a `COPY … FROM STDIN`, whose data stand in the script.
pub(crate) fn copies_from_script(sql: &[u8]) -> bool {
    let mut words = sql.split(|&byte| is_space(byte) || byte == b';').filter(|word| !word.is_empty());
    let copies = words.next().is_some_and(|word| word.eq_ignore_ascii_case(b"copy"));
    if !copies {
        return false;
    }
    let mut last: &[u8] = b"";
    for word in words {
        if last.eq_ignore_ascii_case(b"from") && trim(word).eq_ignore_ascii_case(b"stdin") {
            return true;
        }
        last = word;
    }
    false
}

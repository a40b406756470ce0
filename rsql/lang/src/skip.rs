//! A jump under way: from `\goto` to its `\label`, or to the end of the script. Text is scanned, so that labels in
//! comments and strings are none, but nothing is expanded, run or reported.

use crate::commands::{self, Syntax};
use crate::machine::Machine;
use crate::scan::slash::{Arguments, Kind, command_end, command_name, raw_words};
use crate::text::{is_space, lossy, trim};

impl Machine {
    /// `\goto`: looks for the label from here on. A statement that has begun does not come to its end; it is named, since
    /// what it lacks is most likely a semicolon.
    pub(crate) fn jump(&mut self, label: Vec<u8>) {
        let begun =
            self.frames.last().filter(|frame| !trim(without_leading_comments(&frame.query)).is_empty());
        if let Some(line) = begun.map(|frame| frame.origin().line) {
            self.warning(&format!(
                "\\goto drops the statement that began in line {line} and has no semicolon"
            ));
        }
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
        let mut first = None;
        while let Ok(Some(arg)) = arguments.next(kind) {
            first.get_or_insert(arg.text);
        }
        command_end(cursor);
        let copies =
            name == b"copy" && first.is_some_and(|rest| copies_from_script(&[b"copy ", &rest[..]].concat()));
        if let Some(frame) = self.frames.last_mut().filter(|_| copies) {
            frame.skipping_data = true;
        }
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
    let sql = without_leading_comments(sql);
    let mut words = sql.split(|&byte| is_space(byte) || byte == b';').filter(|word| !word.is_empty());
    let copies = words.next().is_some_and(|word| word.eq_ignore_ascii_case(b"copy"));
    if !copies {
        return false;
    }
    let mut last: &[u8] = b"";
    for (index, word) in words.enumerate() {
        // A query in parentheses can only be copied to somewhere, whatever its text says.
        if index == 0 && word.starts_with(b"(") {
            return false;
        }
        if last.eq_ignore_ascii_case(b"from") && trim(word).eq_ignore_ascii_case(b"stdin") {
            return true;
        }
        last = word;
    }
    false
}

/// The text from its first word on.
fn without_leading_comments(mut sql: &[u8]) -> &[u8] {
    loop {
        sql = sql.trim_ascii_start();
        if sql.starts_with(b"--") {
            let end = memchr::memchr(b'\n', sql).unwrap_or(sql.len());
            sql = &sql[end..];
        } else if sql.starts_with(b"/*") {
            sql = &sql[comment_length(sql)..];
        } else {
            return sql;
        }
    }
}

/// Length of the comment that the text begins with; comments nest.
fn comment_length(sql: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(pair) = sql.get(at..at + 2) {
        match pair {
            b"/*" => depth += 1,
            b"*/" if depth == 1 => return at + 2,
            b"*/" => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
    }
    sql.len()
}

#[cfg(test)]
mod tests {
    use super::copies_from_script;

    #[test]
    fn statements_with_data_in_the_script_are_known() {
        for (sql, expect) in [
            ("copy t from stdin", true),
            ("COPY t (a, b)\n FROM\tSTDIN;", true),
            ("/* banner /* nested */ */ -- more\n copy t from stdin csv", true),
            ("/* never closed copy t from stdin", false),
            ("copy t from 'stdin'", false),
            ("copy t to stdout", false),
            ("copy (select ' from stdin ') to stdout", false),
            ("select 'copy t from stdin'", false),
            ("", false),
        ] {
            assert_eq!(copies_from_script(sql.as_bytes()), expect, "{sql}");
        }
    }
}

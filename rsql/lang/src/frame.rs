//! One script being read, and all that belongs to it alone: its place, the statement being collected, its open
//! branches and its pending jump. What is done with them stands in `script`.

use std::sync::Arc;

use crate::branches::{Branches, Saved};
use crate::charset::Charset;
use crate::commands::CommandState;
use crate::effect::{InputId, Origin};
use crate::scan::cursor::Cursor;
use crate::scan::sql::Scanner;

/// A script (`-f`, standard input, `\i`, `\run`), or the one meta-command of a `-c`.
#[derive(Debug)]
pub(crate) struct Frame {
    /// Where its lines come from; none for `-c`.
    pub(crate) input: Option<InputId>,
    /// Its path as messages show it; none for `-c` and plain standard input.
    pub(crate) file: Option<Arc<str>>,
    /// Number of the current line, from 1.
    pub(crate) line: u64,
    /// The current line; none when the next one is wanted.
    pub(crate) cursor: Option<Cursor>,
    /// The meta-command being run; it stays while a script that it includes runs.
    pub(crate) command: Option<CommandState>,
    pub(crate) scanner: Scanner,
    pub(crate) query: Vec<u8>,
    /// Line of the first token in `query`; 0 before there is one.
    pub(crate) query_line: u64,
    /// The statement sent last, for `\g`, `\p` and `\w`.
    pub(crate) previous: Arc<Vec<u8>>,
    /// Length of `query` right after a line break was added to it, to take that back before a meta-command.
    pub(crate) newline_at: Option<usize>,
    pub(crate) branches: Branches,
    /// `ON_ERROR_STOP` as it was when the line began: a change counts from the next line on.
    pub(crate) die_on_error: bool,
    /// Whether the last statement or command of the line worked.
    pub(crate) success: bool,
    /// The label that a `\goto` is looking for.
    pub(crate) goto: Option<Vec<u8>>,
    /// Whether COPY data of a skipped statement is being skipped, too.
    pub(crate) skipping_data: bool,
    /// Whether `\q` has ended it, after which open branches are no fault.
    pub(crate) quit: bool,
    /// Whether it is a start-up file, whose failure counts for nothing.
    pub(crate) startup: bool,
    /// Lines to drop at the start.
    pub(crate) skip_lines: u64,
}

impl Frame {
    /// A script at its start.
    pub(crate) fn new(input: Option<InputId>, file: Option<Arc<str>>) -> Self {
        Self {
            input,
            file,
            line: 0,
            cursor: None,
            command: None,
            scanner: Scanner::default(),
            query: Vec::new(),
            query_line: 0,
            previous: Arc::default(),
            newline_at: None,
            branches: Branches::default(),
            die_on_error: false,
            success: true,
            goto: None,
            skipping_data: false,
            quit: false,
            startup: false,
            skip_lines: 0,
        }
    }

    /// The one meta-command of a `-c`, without its backslash.
    pub(crate) fn command(text: &[u8], charset: Charset) -> Self {
        let mut frame = Self::new(None, None);
        frame.cursor = Some(Cursor::new(text.to_vec(), charset));
        frame
    }

    /// Where the statement being collected begins.
    pub(crate) fn origin(&self) -> Origin {
        let line = if self.query_line == 0 { self.line } else { self.query_line };
        Origin { file: self.file.clone(), line }
    }

    /// Where its current line stands.
    pub(crate) fn place(&self) -> Origin {
        Origin { file: self.file.clone(), line: self.line }
    }

    /// Whether its lines come from standard input.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.input == Some(InputId::STDIN)
    }

    /// What to put back after a branch that does not run.
    pub(crate) fn save(&self) -> Saved {
        Saved { query_bytes: self.query.len(), paren_depth: self.scanner.paren_depth() }
    }

    /// Cuts off what a branch that did not run has collected.
    pub(crate) fn restore(&mut self) {
        if let Some(saved) = self.branches.saved() {
            self.query.truncate(saved.query_bytes);
            self.scanner.set_paren_depth(saved.paren_depth);
            if self.query.is_empty() {
                self.query_line = 0;
                self.scanner.begin_statement();
            }
        }
    }

    /// Takes the collected statement and begins a new one.
    pub(crate) fn take_query(&mut self) -> Arc<Vec<u8>> {
        let sql = Arc::new(std::mem::take(&mut self.query));
        self.previous = Arc::clone(&sql);
        self.query_line = 0;
        self.newline_at = None;
        self.scanner.begin_statement();
        sql
    }

    /// Throws away the collected statement and everything open in it.
    pub(crate) fn reset_query(&mut self) {
        self.query.clear();
        self.query_line = 0;
        self.newline_at = None;
        self.scanner.reset();
    }

    /// Drops the rest of the line.
    pub(crate) fn drop_line(&mut self) {
        if let Some(cursor) = &mut self.cursor {
            *cursor = Cursor::default();
        }
    }
}

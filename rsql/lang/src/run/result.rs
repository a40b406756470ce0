//! Results of a statement: printed, put into variables, or run as statements.

use super::{Gexec, Run};
use crate::commands::{Crosstab, pivot};
use crate::effect::{Effect, OutputId, OutputTarget, Stream};
use crate::io::Waiting;
use crate::machine::Machine;
use crate::outcome::{Column, Row};
use crate::print::{Format, Options, Printer, Table};
use crate::text::lossy;
use crate::variables::Variables;

/// Bytes of a streamed result that are held back, so that a statement which fails early prints nothing, as in psql.
/// Longer results are printed as they come, in constant memory.
const HELD_BYTES: usize = 1024 * 1024;

/// Bytes of an exported table that are aligned together: constant memory, whatever its size.
const EXPORT_BYTES: usize = 8 * 1024 * 1024;

/// What becomes of rows that are not printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Collect {
    /// `\gset`: the columns of the one row, under names with this prefix.
    Variables { prefix: Vec<u8> },
    /// `\gexec`: each cell is a statement.
    Statements,
    /// `\crosstabview`: turned, then printed.
    Crosstab(Crosstab),
    /// What a command of ours asked for (`inquiry`).
    Answer,
}

/// Whether more may follow in the same text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Before,
    Last,
}

/// The result that is coming in, and the one before it.
#[derive(Debug, Default)]
pub(super) struct Results {
    current: Current,
    rows: u64,
    /// Printed, but not written yet.
    held: Vec<u8>,
    /// Whether the target of its rows could not be opened, so that nothing of it is shown.
    refused: bool,
    /// The same result for the log.
    log: Option<Printer>,
    /// Tag of the current result once it is complete.
    tag: Option<String>,
    /// Such a tag, while the target of the rows is being opened.
    delayed: Option<String>,
}

#[derive(Debug, Default)]
enum Current {
    /// A command without rows, or nothing yet.
    #[default]
    None,
    Printed(Printer),
    Collected(Table),
    /// COPY data that went to this stream.
    Copied(Stream),
}

impl Results {
    /// Throws away what a failed statement had begun.
    pub(super) fn discard(&mut self) {
        *self = Self::default();
    }
}

impl Machine {
    /// A result with rows begins.
    pub(super) fn result_begins(&mut self, columns: Vec<Column>) {
        self.end_unfinished();
        self.show_finished(Place::Before);
        let Some(run) = &self.run else { return };
        let mut options = with(self.print.clone(), &run.how.print);
        if run.how.target.is_some() || self.rows_stream() != Stream::Stdout {
            options.terminal = None;
        }
        let above = self.print.lines_above(&options);
        let (portion, exports) = (self.portion(), self.exports());
        let log = self.log_printer(&options, &columns);
        let Some(run) = &mut self.run else { return };
        run.results.current = match run.how.collect {
            Some(_) => Current::Collected(Table { columns, rows: Vec::new() }),
            None => {
                run.results.held = above;
                run.results.log = log;
                let printer = Printer::new(options, columns);
                Current::Printed(match portion {
                    Some(rows) => printer.in_portions(rows),
                    None if exports => printer.in_steady_portions(EXPORT_BYTES),
                    None => printer,
                })
            }
        };
        match portion {
            // Portions go out as they come, so that their target is needed from the first one on.
            Some(_) => self.open_target(),
            None => self.io.await_server(),
        }
    }

    /// A rule may give several results to one statement, with one tag after the last: the next one ends the one before.
    fn end_unfinished(&mut self) {
        self.set_run(|run| {
            let begun = !matches!(run.results.current, Current::None);
            if begun && run.results.tag.is_none() {
                run.results.tag = Some(String::new());
            }
        });
    }

    /// COPY data begins to come.
    pub(super) fn copy_out_begins(&mut self) {
        self.show_finished(Place::Before);
        let out = self.data_stream();
        let Some(run) = &mut self.run else { return };
        let local = run.how.copy.as_ref().and_then(|copy| copy.output);
        run.results.current = Current::Copied(local.unwrap_or(out));
        self.open_target();
    }

    /// COPY data.
    pub(super) fn copy_out(&mut self, data: &[u8]) {
        if let Some(Run { results: Results { current: Current::Copied(stream), .. }, .. }) = &self.run {
            self.io.write(*stream, data);
        }
    }

    /// Where COPY data goes: to `\g`'s target, or with everything else.
    fn data_stream(&self) -> Stream {
        let target = self.run.as_ref().and_then(|run| run.target.as_ref());
        target.map_or_else(|| self.out(), |(output, _)| Stream::Output(*output))
    }

    /// Whether rows go to the file of `\export`.
    fn exports(&self) -> bool {
        let elsewhere = |run: &Run| run.target.is_some() || run.how.target.is_some();
        self.export.is_some() && self.run.as_ref().is_some_and(|run| !elsewhere(run))
    }

    /// Where rows go.
    fn rows_stream(&self) -> Stream {
        match &self.export {
            Some(export) if self.exports() => Stream::Output(export.output),
            _ => self.data_stream(),
        }
    }

    /// Opens the target of `\g` where more is held than may be. Until then it is left as it was, since the statement
    /// may yet fail.
    pub(super) fn rows_came(&mut self) {
        let full = self.run.as_ref().is_some_and(|run| run.results.held.len() > HELD_BYTES);
        if full && self.lacks_target() {
            return self.open_target();
        }
        self.io.await_server();
    }

    /// One statement of the text is complete; its rows need their target now.
    pub(super) fn completed(&mut self, tag: String) {
        if self.lacks_target() {
            self.set_run(|run| run.results.delayed = Some(tag));
            return self.open_target();
        }
        self.result_complete(tag);
        self.io.await_server();
    }

    fn lacks_target(&self) -> bool {
        let printed = |run: &Run| matches!(run.results.current, Current::Printed(_));
        self.run.as_ref().is_some_and(|run| run.how.target.is_some() && printed(run))
    }

    /// Opens the target of `\g` for the first rows, then waits for more.
    fn open_target(&mut self) {
        let Some(run) = &mut self.run else { return };
        let Some(name) = run.how.target.take() else { return self.io.await_server() };
        let target = match name.strip_prefix(b"|") {
            Some(command) => OutputTarget::Program(command.to_vec()),
            None => OutputTarget::File(name.clone()),
        };
        let output = self.io.new_output();
        self.io.ask(Effect::OpenOutput { output, target }, Waiting::ResultOutput { output, name });
    }

    /// A target for rows is open, or not; then they are lost, and the statement counts as failed.
    pub(crate) fn result_output_opened(&mut self, output: OutputId, name: &[u8], result: Result<(), String>) {
        let Some(run) = &mut self.run else { return };
        match result {
            Ok(()) => {
                run.target = Some((output, name.to_vec()));
                if let Current::Copied(stream) = &mut run.results.current {
                    *stream = Stream::Output(output);
                }
            }
            Err(reason) => {
                run.failed = true;
                // Tried again for the next result of the same text, as psql does.
                run.how.target = Some(name.to_vec());
                // Data of a COPY is lost, but its tag is told, as psql does.
                run.results.refused = !matches!(run.results.current, Current::Copied(_));
                run.results.current = Current::None;
                let message = format!("{}: {reason}", lossy(name));
                let sql = std::sync::Arc::clone(&run.sql);
                self.error(&message);
                self.record_own(&sql, &message);
            }
        }
        if let Some(tag) = self.run.as_mut().and_then(|run| run.results.delayed.take()) {
            self.result_complete(tag);
        }
        self.io.await_server();
    }

    /// A row.
    pub(super) fn result_row(&mut self, row: Row) {
        let stream = self.rows_stream();
        let Some(run) = &mut self.run else { return };
        let results = &mut run.results;
        results.rows += 1;
        let printer = match &mut results.current {
            Current::Printed(printer) => printer,
            Current::Collected(table) => return table.rows.push(row),
            Current::None | Current::Copied(_) => return,
        };
        if let Some(log) = &mut results.log {
            // Aligned rows are kept, and appear at the end only.
            log.row(row.clone(), &mut Vec::new());
        }
        printer.row(row, &mut results.held);
        let portion = printer.ends_portion();
        let streams = results.held.len() > HELD_BYTES && !printer.has_portions();
        if !portion && !streams || !self.special.show_all_results || run.how.target.is_some() {
            return;
        }
        if portion && stream == Stream::Stdout {
            printer.lay_down();
        }
        let table = if portion { printer.end_portion(&mut results.held) } else { None };
        let held = std::mem::take(&mut results.held);
        self.begin_page(stream);
        self.io.write(stream, &held);
        if let Some(table) = table {
            self.io.write_table(stream, table);
        }
    }

    /// One statement of the text is complete.
    fn result_complete(&mut self, tag: String) {
        let pending = self.run.as_ref().is_some_and(|run| run.results.tag.is_some());
        if pending {
            self.show_finished(Place::Before);
        }
        let Some(run) = &mut self.run else { return };
        let verb = tag.split(' ').next().unwrap_or_default();
        run.savepoint_gone |= matches!(verb, "COMMIT" | "SAVEPOINT" | "RELEASE" | "ROLLBACK");
        let returned = !matches!(run.results.current, Current::None);
        run.status.complete(&tag, returned.then_some(run.results.rows));
        run.results.tag = Some(tag);
    }

    /// Shows the result that is complete, if one is.
    pub(super) fn show_finished(&mut self, place: Place) {
        let (stream, exports) = (self.rows_stream(), self.exports());
        let Some(run) = &mut self.run else { return };
        let Some(tag) = run.results.tag.take() else { return };
        let Results { current, held, refused, rows, log, .. } = std::mem::take(&mut run.results);
        if refused || place == Place::Before && !self.special.show_all_results {
            return;
        }
        match current {
            // What a command of ours does on the way to its answer is not told.
            Current::None if self.is_inquiry() => {}
            Current::None => self.show_tag(&tag),
            Current::Copied(copied) if copied == self.out() => {}
            Current::Copied(_) => self.show_tag(&tag),
            Current::Printed(printer) => {
                self.show_rows(printer, held, stream);
                if let (Some(log), Some(stream)) = (log, self.log_stream()) {
                    self.show_rows(log, Vec::new(), stream);
                }
                if exports {
                    self.set_run(|run| run.exported.push(rows));
                }
                if changes_rows(&tag) {
                    self.show_tag(&tag);
                }
            }
            Current::Collected(table) if place == Place::Last => self.use_table(table, &tag),
            Current::Collected(table) => {
                self.show_table(table, self.print.clone(), Vec::new(), stream);
                if changes_rows(&tag) {
                    self.show_tag(&tag);
                }
            }
        }
    }

    /// Shows a result that was collected, below what is held already.
    fn show_table(&mut self, table: Table, mut options: Options, mut held: Vec<u8>, stream: Stream) {
        if stream != Stream::Stdout {
            options.terminal = None;
        }
        let mut log = self.log_printer(&options, &table.columns);
        let mut printer = Printer::new(options, table.columns);
        for row in table.rows {
            if let Some(log) = &mut log {
                // Aligned rows are kept, and appear at the end only.
                log.row(row.clone(), &mut Vec::new());
            }
            printer.row(row, &mut held);
        }
        self.show_rows(printer, held, stream);
        if let (Some(log), Some(stream)) = (log, self.log_stream()) {
            self.show_rows(log, Vec::new(), stream);
        }
    }

    fn show_rows(&mut self, printer: Printer, mut held: Vec<u8>, stream: Stream) {
        let table = printer.end(&mut held);
        self.begin_page(stream);
        self.io.write(stream, &held);
        if let Some(table) = table {
            self.io.write_table(stream, table);
        }
        self.end_page();
    }

    pub(super) fn show_tag(&mut self, tag: &str) {
        // Tables have had no object ids since PostgreSQL 12.
        self.variables.set("LASTOID", "0");
        if !self.special.quiet {
            let out = self.out();
            let over = self.run.as_ref().map(|run| run.how.print.as_slice()).unwrap_or_default();
            let line = match with(self.print.clone(), over).format {
                // Letters, digits and blanks, which need no escapes.
                Format::Html => format!("<p>{tag}</p>\n"),
                _ => format!("{tag}\n"),
            };
            self.io.write(out, line.as_bytes());
        }
        self.log_line(tag);
    }

    fn use_table(&mut self, table: Table, tag: &str) {
        let Some(run) = &self.run else { return };
        let collect = run.how.collect.clone();
        let told = changes_rows(tag) && !matches!(collect, Some(Collect::Statements | Collect::Answer));
        let used = match collect {
            Some(Collect::Variables { prefix }) => self.set_variables(&table, &prefix),
            Some(Collect::Statements) => {
                self.queue_statements(&table, tag);
                Ok(())
            }
            Some(Collect::Crosstab(crosstab)) => self.show_crosstab(&table, &crosstab),
            Some(Collect::Answer) => {
                self.set_run(|run| run.answer = Some(table));
                Ok(())
            }
            None => Ok(()),
        };
        if let Err(message) = used {
            let sql = self.run.as_ref().map(|run| std::sync::Arc::clone(&run.sql)).unwrap_or_default();
            self.error(&message);
            self.record_own(&sql, &message);
            self.set_run(|run| run.failed = true);
        }
        if told {
            self.show_tag(tag);
        }
    }

    /// `\crosstabview`
    fn show_crosstab(&mut self, table: &Table, crosstab: &Crosstab) -> Result<(), String> {
        let mut options = self.print.clone();
        options.numeric_locale = false;
        let turned = pivot(table, crosstab, &options.null, options.charset)?;
        let above = self.print.lines_above(&options);
        let stream = self.rows_stream();
        self.show_table(turned, options, above, stream);
        Ok(())
    }

    /// `\gset`: NULL unsets a variable.
    fn set_variables(&mut self, table: &Table, prefix: &[u8]) -> Result<(), String> {
        let row = match table.rows.as_slice() {
            [row] => row,
            [] => return Err("no rows returned for \\gset".to_owned()),
            _ => return Err("more than one row returned for \\gset".to_owned()),
        };
        for (column, cell) in table.columns.iter().zip(row.cells()) {
            let name = [prefix, &column.name].concat();
            if Variables::is_valid_name(&name) && crate::special::is_special(&name) {
                let name = lossy(&name).into_owned();
                self.warning(&format!(
                    "attempt to \\gset into specially treated variable \"{name}\" ignored"
                ));
                continue;
            }
            self.special.assign(&mut self.variables, &name, cell)?;
        }
        Ok(())
    }

    /// `\gexec`: cells that are not NULL, row by row.
    fn queue_statements(&mut self, table: &Table, tag: &str) {
        let Some(run) = &self.run else { return };
        let cells = table.rows.iter().flat_map(Row::cells).flatten();
        self.gexec = Some(Gexec {
            statements: cells.map(<[u8]>::to_vec).collect(),
            sql: std::sync::Arc::clone(&run.sql),
            origin: run.origin.clone(),
            success: true,
            trailing: run.how.trailing,
            tag: changes_rows(tag).then(|| tag.to_owned()),
        });
    }
}

/// Whether rows of a statement with this tag are followed by the tag, as those of RETURNING are.
fn changes_rows(tag: &str) -> bool {
    ["INSERT", "UPDATE", "DELETE"].iter().any(|verb| tag.starts_with(verb))
}

/// The options with those of `\g` over them; wrong ones are left out.
fn with(mut options: Options, over: &[(String, Option<Vec<u8>>)]) -> Options {
    for (name, value) in over {
        // Checked when the command was read.
        let _ = options.set(name, value.as_deref());
    }
    options
}

//! The log of `-L`: the text of each statement and command of ours, their results as aligned tables, and their
//! tags.
//!
//! Errors, notices and COPY data are not in it, as in psql.

use crate::effect::{Effect, OutputId, OutputTarget, Stream};
use crate::exit_code;
use crate::io::Waiting;
use crate::machine::Machine;
use crate::outcome::Column;
use crate::print::{Expanded, Format, Options, Printer};
use crate::text::lossy;

impl Machine {
    /// Opens the log, before the first action.
    pub(crate) fn open_log(&mut self, path: Vec<u8>) {
        let output = self.io.new_output();
        let target = OutputTarget::Append(path.clone());
        self.io.ask(Effect::OpenOutput { output, target }, Waiting::LogOutput { output, path });
    }

    /// The log is open, or not; then nothing is run.
    pub(crate) fn log_opened(&mut self, output: OutputId, path: &[u8], result: Result<(), String>) {
        match result {
            Ok(()) => self.log = Some(output),
            Err(reason) => {
                self.error(&format!("could not open log file \"{}\": {reason}", lossy(path)));
                self.exit_with(exit_code::FAILURE);
            }
        }
    }

    /// Where the log goes, if there is one.
    pub(crate) fn log_stream(&self) -> Option<Stream> {
        self.log.map(Stream::Output)
    }

    /// Notes a statement.
    pub(crate) fn log_query(&mut self, sql: &[u8]) {
        let Some(log) = self.log_stream() else { return };
        for text in [b"********* QUERY **********\n".as_slice(), sql, b"\n**************************\n\n"] {
            self.io.write(log, text);
        }
    }

    /// Notes a line.
    pub(crate) fn log_line(&mut self, text: &str) {
        if let Some(log) = self.log_stream() {
            self.io.write(log, format!("{text}\n").as_bytes());
        }
    }

    /// A printer of a result for the log: aligned or wrapped, whatever its format elsewhere, and on its side only where
    /// it is too wide otherwise.
    pub(crate) fn log_printer(&self, options: &Options, columns: &[Column]) -> Option<Printer> {
        self.log?;
        let mut options = options.clone();
        if options.format != Format::Wrapped {
            options.format = Format::Aligned;
        }
        options.terminal = None;
        if options.expanded == Expanded::On {
            options.expanded = Expanded::Off;
        }
        Some(Printer::new(options, columns.to_vec()))
    }
}

//! What the operator sees. Owns the two streams (data on standard output, remarks on standard error), the choice between
//! table and JSON, and colours. Does not know what is shown: views give a value for JSON and lines for people.

mod cells;
mod palette;
mod table;

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use indicatif::MultiProgress;
use serde::Serialize;

pub(crate) use cells::{count, one_line, optional, printable, span, time};
pub(crate) use palette::{Palette, Tone, execution_tone, job_tone};
pub(crate) use table::{Align, Cell, Table};

/// Columns assumed where the output is no terminal: wide enough for ids, narrow enough for a mail.
const WIDTH_DEFAULT: usize = 120;

/// In which form data is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns for people.
    Table,
    /// One JSON document (or one a line, where output goes on) for programs.
    Json,
    /// `graph` only: a drawing in the terminal.
    #[value(hide = true)]
    Text,
    /// `graph` only: Mermaid.
    #[value(hide = true)]
    Mermaid,
    /// `graph` only: Graphviz.
    #[value(hide = true)]
    Dot,
    /// `lint` only: SARIF 2.1.0.
    #[value(hide = true)]
    Sarif,
}

impl Format {
    /// Whether only `graph` knows this form.
    pub(crate) const fn is_drawing(self) -> bool {
        matches!(self, Self::Text | Self::Mermaid | Self::Dot)
    }
}

/// The two streams of a command.
pub(crate) struct Output {
    /// The form that was asked for.
    pub(crate) format: Format,
    /// Colours of standard output.
    pub(crate) palette: Palette,
    /// Whether standard output is a terminal.
    pub(crate) is_terminal: bool,
    closed: bool,
}

impl Output {
    /// Looks at the streams once.
    pub(crate) fn new(format: Format) -> Self {
        let is_terminal = io::stdout().is_terminal();
        Self { format, palette: Palette::for_stream(is_terminal), is_terminal, closed: false }
    }

    /// Width of standard output in columns.
    pub(crate) fn width(&self) -> usize {
        match console::Term::stdout().size_checked() {
            Some((_, columns)) if self.is_terminal => usize::from(columns),
            _ => WIDTH_DEFAULT,
        }
    }

    /// Whether the reader of standard output has gone (`… | head`): nothing more needs to be written.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Writes `text` and a line break to standard output. A reader that has gone is no error.
    ///
    /// # Errors
    /// When standard output cannot be written, such as a file on a full disk.
    pub(crate) fn line(&mut self, text: &str) -> anyhow::Result<()> {
        self.write(&[text, "\n"].concat())
    }

    /// Writes text that has its line breaks.
    ///
    /// # Errors
    /// As [`Self::line`].
    pub(crate) fn write(&mut self, text: &str) -> anyhow::Result<()> {
        if self.closed {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            Err(error) => Err(error).context("write to standard output"),
        }
    }

    /// Writes a value: as JSON, or as the lines that `people` makes of it.
    ///
    /// # Errors
    /// As [`Self::line`].
    pub(crate) fn answer<T: Serialize>(
        &mut self,
        value: &T,
        people: impl FnOnce(&T, &Self) -> String,
    ) -> anyhow::Result<()> {
        match self.format {
            Format::Json => self.json(value),
            Format::Table | Format::Text | Format::Mermaid | Format::Dot | Format::Sarif => {
                let text = people(value, self);
                self.write(&text)
            }
        }
    }

    /// Writes one JSON document, indented.
    ///
    /// # Errors
    /// As [`Self::line`].
    pub(crate) fn json<T: Serialize>(&mut self, value: &T) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(value).context("write JSON")?;
        self.line(&text)
    }

    /// Writes one JSON document on a line of its own, for output that goes on.
    ///
    /// # Errors
    /// As [`Self::line`].
    pub(crate) fn json_line<T: Serialize>(&mut self, value: &T) -> anyhow::Result<()> {
        let text = serde_json::to_string(value).context("write JSON")?;
        self.line(&text)
    }
}

/// The bars that are drawn on the terminal now. Global, as the terminal is: whatever is written beside them must lift them up
/// first, be it a remark, an alert or a diagnostic.
static BARS: Mutex<Option<MultiProgress>> = Mutex::new(None);

/// From now on remarks are written above these bars; `None` when they are gone.
pub(crate) fn remark_above(bars: Option<MultiProgress>) {
    *BARS.lock().unwrap_or_else(PoisonError::into_inner) = bars;
}

/// Writes a remark to standard error. Nobody being there to read it is no reason to stop.
pub(crate) fn remark(text: &str) {
    let write = || {
        let _ = writeln!(io::stderr().lock(), "{text}");
    };
    let bars = BARS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match bars {
        Some(bars) => bars.suspend(write),
        None => write(),
    }
}

/// Diagnostics as remarks: one write is one line.
pub(crate) struct Remarks;

impl Write for Remarks {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        remark(String::from_utf8_lossy(text).trim_end_matches('\n'));
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Colours of standard error.
pub(crate) fn remark_palette() -> Palette {
    Palette::for_stream(io::stderr().is_terminal())
}

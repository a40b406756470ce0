//! What was measured, twice: each measurement as a JSON line for programs, and tables in Markdown for people. Owns the form
//! of both. Judges nothing.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::stats::Sorted;

/// Where the results go.
pub(crate) struct Report {
    lines: File,
    path: PathBuf,
    tables: String,
}

/// Who was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    /// The fleet as it is by default.
    Fleet,
    /// The fleet with `sessions: reused`.
    FleetReused,
    /// GNU make.
    Make,
    /// xargs.
    Xargs,
    /// The `rsql` command.
    Rsql,
    /// The `psql` command.
    Psql,
    /// The disk under the state.
    Disk,
}

/// A measurement.
pub(crate) struct Measurement {
    /// What was measured: `gap`, `rate`, …
    pub(crate) name: &'static str,
    /// Of whom.
    pub(crate) tool: Tool,
    /// Under which conditions, such as `graph`, `job` and `jobs`.
    pub(crate) parameters: Value,
    /// Unit of the values.
    pub(crate) unit: &'static str,
    /// The values.
    pub(crate) values: Sorted,
}

/// Rows and columns of text; the first row names the columns.
pub(crate) struct Table {
    /// What it shows.
    pub(crate) title: &'static str,
    /// How it was measured, in a sentence or two.
    pub(crate) note: String,
    /// The rows, of equal length.
    pub(crate) rows: Vec<Vec<String>>,
}

impl Tool {
    /// Its name in JSON lines and tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Fleet => "fleet",
            Self::FleetReused => "fleet, sessions reused",
            Self::Make => "make -j8",
            Self::Xargs => "xargs -P8",
            Self::Rsql => "rsql",
            Self::Psql => "psql",
            Self::Disk => "disk",
        }
    }
}

impl Report {
    /// A new file of JSON lines.
    pub(crate) fn new(path: &Path) -> Self {
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))
            .expect("the target folder is writable");
        let lines = File::create(path).expect("the target folder is writable");
        Self { lines, path: path.to_owned(), tables: String::new() }
    }

    /// Writes a measurement down at once: what a bench that is cut short has measured is kept.
    pub(crate) fn note(&mut self, measured: &Measurement) {
        let values = &measured.values;
        let mut line = json!({ "name": measured.name, "tool": measured.tool.name() });
        let fields = line.as_object_mut().expect("it was made as an object");
        fields.extend(measured.parameters.as_object().cloned().unwrap_or_default());
        fields.insert("unit".to_owned(), json!(measured.unit));
        fields.insert("count".to_owned(), json!(values.count()));
        for (name, share) in [("min", 0.0), ("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0)] {
            fields.insert(name.to_owned(), json!(values.quantile(share)));
        }
        writeln!(self.lines, "{line}").expect("the target folder is writable");
    }

    /// Shows a table.
    pub(crate) fn table(&mut self, table: &Table) {
        let text = table.markdown();
        println!("{text}");
        self.tables.push_str(&text);
        self.tables.push('\n');
    }

    /// All tables, in Markdown.
    pub(crate) fn tables(&self) -> &str {
        self.tables.trim_end()
    }

    /// The file of JSON lines.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Table {
    fn markdown(&self) -> String {
        let width = |column: usize| {
            self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default().max(3)
        };
        let columns = self.rows.first().map_or(0, Vec::len);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut text = format!("### {}\n\n", self.title);
        for (number, row) in self.rows.iter().enumerate() {
            for (cell, width) in row.iter().zip(&widths) {
                write!(text, "| {cell:<width$} ").expect("writing to a String cannot fail");
            }
            text.push_str("|\n");
            if number == 0 {
                for width in &widths {
                    write!(text, "|{}", "-".repeat(width + 2)).expect("writing to a String cannot fail");
                }
                text.push_str("|\n");
            }
        }
        if !self.note.is_empty() {
            write!(text, "\n{}\n", self.note).expect("writing to a String cannot fail");
        }
        text
    }
}

/// The cell of what was not measured.
pub(crate) const NONE: &str = "–";

/// How many times the median of one tool is that of another; nothing where one of them took no part.
pub(crate) fn ratio(medians: &[(Tool, f64)], of: Tool, to: Tool) -> String {
    let median = |of| medians.iter().find(|(tool, _)| *tool == of).map(|(_, median)| *median);
    median(of).zip(median(to)).map_or_else(|| NONE.to_owned(), |(of, to)| short(of / to))
}

/// Cells of text.
pub(crate) fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// A number with as many decimals as matter.
pub(crate) fn short(number: f64) -> String {
    let whole = crate::graph::grouped(number.round().max(0.0) as usize);
    match number {
        _ if number >= 100.0 => whole,
        _ if number >= 10.0 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

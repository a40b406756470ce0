//! Printing options and `\pset`: their names, values, confirmations and errors as psql words them.

use super::style::{ASCII, OLD_ASCII, Style, UNICODE};
use crate::text::{Charset, abbreviates, boolean, leading_integer, lossy};

/// RSQL's target width at the start.
pub(crate) const REPORT_WIDTH: usize = 75;

/// How results are laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) format: Format,
    pub(crate) border: usize,
    pub(crate) expanded: Expanded,
    /// Target width; 0 is unset.
    pub(crate) columns: usize,
    /// Width of the terminal, when there is no target width.
    pub(crate) terminal: Option<usize>,
    /// Width that the wrapped format keeps to where `columns` is unset (`\rset width`); unset itself, only tables that do
    /// not stand on their side are wrapped, at `REPORT_WIDTH`.
    pub(crate) report_width: Option<usize>,
    /// Whether a line of dashes stands between column names and data (`\rset titledashes`).
    pub(crate) title_dashes: bool,
    /// What the server's text comes in; no option of its own, it follows the session.
    pub(crate) charset: Charset,
    pub(crate) null: Vec<u8>,
    pub(crate) field_separator: Vec<u8>,
    pub(crate) record_separator: Vec<u8>,
    pub(crate) csv_separator: u8,
    pub(crate) tuples_only: bool,
    pub(crate) title: Option<Vec<u8>>,
    pub(crate) footer: bool,
    /// Lines below the table of a command that describes, in place of the number of rows; no option of its own.
    pub(crate) footers: Option<Vec<Vec<u8>>>,
    line_style: LineStyle,
    /// Whether digits of numbers are grouped.
    pub(crate) numeric_locale: bool,
    /// Accepted for psql's sake; our output has neither pager nor HTML.
    pager: i64,
    pager_lines_min: i64,
    table_attributes: Option<Vec<u8>>,
}

/// Output formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Aligned,
    Unaligned,
    Csv,
    Wrapped,
}

impl Format {
    /// Whether people read it, so that something may stand above the rows.
    pub(crate) fn has_titles(self) -> bool {
        self != Self::Csv
    }
}

/// Whether records stand on their side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expanded {
    Off,
    On,
    /// When they are too wide otherwise.
    Auto,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LineStyle {
    Ascii,
    OldAscii,
    Unicode,
}

const LINE_STYLES: [(&str, LineStyle); 3] =
    [("ascii", LineStyle::Ascii), ("old-ascii", LineStyle::OldAscii), ("unicode", LineStyle::Unicode)];

/// psql's formats in its order; those without a value are not ours.
const FORMATS: [(&str, Option<Format>); 9] = [
    ("aligned", Some(Format::Aligned)),
    ("asciidoc", None),
    ("csv", Some(Format::Csv)),
    ("html", None),
    ("latex", None),
    ("latex-longtable", None),
    ("troff-ms", None),
    ("unaligned", Some(Format::Unaligned)),
    ("wrapped", Some(Format::Wrapped)),
];

impl Default for Options {
    fn default() -> Self {
        Self {
            format: Format::Aligned,
            border: 1,
            expanded: Expanded::Off,
            columns: 0,
            terminal: None,
            report_width: None,
            title_dashes: true,
            charset: Charset::Utf8,
            null: Vec::new(),
            field_separator: b"|".to_vec(),
            record_separator: b"\n".to_vec(),
            csv_separator: b',',
            tuples_only: false,
            title: None,
            footer: true,
            footers: None,
            line_style: LineStyle::Ascii,
            numeric_locale: false,
            pager: 1,
            pager_lines_min: 0,
            table_attributes: None,
        }
    }
}

impl Options {
    /// The defaults, on a terminal of this width.
    pub(crate) fn for_terminal(columns: Option<usize>) -> Self {
        Self { terminal: columns, ..Self::default() }
    }

    /// The width that wrapped output should keep to.
    pub(crate) fn target_width(&self) -> Option<usize> {
        match self.format {
            _ if self.columns > 0 => Some(self.columns),
            Format::Wrapped => self.report_width.or(match self.expanded {
                Expanded::On => self.terminal,
                Expanded::Off | Expanded::Auto => Some(REPORT_WIDTH),
            }),
            _ => self.terminal,
        }
    }

    /// Wraps tables at this width, as `\rset width` wants it.
    pub(crate) fn wrap_at(&mut self, width: usize) {
        self.format = Format::Wrapped;
        self.report_width = Some(width);
    }

    /// The lines below a table of so many rows.
    pub(crate) fn lines_below(&self, rows: usize) -> Vec<Vec<u8>> {
        match &self.footers {
            _ if self.tuples_only => Vec::new(),
            Some(lines) => lines.clone(),
            None if self.footer => vec![super::row_count(rows).into_bytes()],
            None => Vec::new(),
        }
    }

    /// The lines below a table on its side, which does not tell its number of rows.
    pub(crate) fn own_lines_below(&self) -> &[Vec<u8>] {
        self.footers.as_deref().filter(|_| !self.tuples_only).unwrap_or_default()
    }

    /// The characters that lines are drawn with.
    pub(crate) fn style(&self) -> &'static Style {
        match self.line_style {
            LineStyle::Ascii => &ASCII,
            LineStyle::OldAscii => &OLD_ASCII,
            LineStyle::Unicode => &UNICODE,
        }
    }

    /// Sets an option; without a value, switches toggle and some others are cleared. The error is psql's message.
    pub(crate) fn set(&mut self, name: &str, value: Option<&[u8]>) -> Result<(), String> {
        match name {
            "format" => self.set_format(value),
            "linestyle" => self.set_line_style(value),
            "unicode_border_linestyle" | "unicode_column_linestyle" | "unicode_header_linestyle" => {
                single_only(name, value)
            }
            "border" => set_with(value, |v| self.border = count(v)),
            "x" | "expanded" | "vertical" => self.set_expanded(name, value),
            "csv_fieldsep" => self.set_csv_separator(value),
            "numericlocale" => toggle(&mut self.numeric_locale, name, value),
            "null" => set_with(value, |v| self.null = v.to_vec()),
            "fieldsep" => set_with(value, |v| self.field_separator = v.to_vec()),
            "fieldsep_zero" => set_with(Some(b"\0"), |v| self.field_separator = v.to_vec()),
            "recordsep" => set_with(value, |v| self.record_separator = v.to_vec()),
            "recordsep_zero" => set_with(Some(b"\0"), |v| self.record_separator = v.to_vec()),
            "t" | "tuples_only" => toggle(&mut self.tuples_only, name, value),
            "C" | "title" => {
                self.title = value.map(<[u8]>::to_vec);
                Ok(())
            }
            "T" | "tableattr" => {
                self.table_attributes = value.map(<[u8]>::to_vec);
                Ok(())
            }
            "pager" => self.set_pager(value),
            "pager_min_lines" => set_with(value, |v| self.pager_lines_min = leading_integer(v)),
            "footer" => toggle(&mut self.footer, name, value),
            "columns" => set_with(value, |v| self.columns = count(v)),
            _ => Err(format!("\\pset: unknown option: {name}")),
        }
    }

    /// What `\pset` says after setting an option; none for an unknown one.
    pub(crate) fn confirmation(&self, name: &str) -> Option<String> {
        let text = match name {
            "format" => format!("Output format is {}.", self.format_name()),
            "linestyle" => format!("Line style is {}.", self.line_style_name()),
            "border" => format!("Border style is {}.", self.border),
            "x" | "expanded" | "vertical" => match self.expanded {
                Expanded::On => "Expanded display is on.".to_owned(),
                Expanded::Off => "Expanded display is off.".to_owned(),
                Expanded::Auto => "Expanded display is used automatically.".to_owned(),
            },
            "csv_fieldsep" => format!("Field separator for CSV is \"{}\".", char::from(self.csv_separator)),
            "numericlocale" => format!("Locale-adjusted numeric output is {}.", on_off(self.numeric_locale)),
            "null" => format!("Null display is \"{}\".", lossy(&self.null)),
            "fieldsep" | "fieldsep_zero" => separator("Field", &self.field_separator),
            "recordsep" | "recordsep_zero" => separator("Record", &self.record_separator),
            "t" | "tuples_only" => format!("Tuples only is {}.", on_off(self.tuples_only)),
            "C" | "title" => match &self.title {
                Some(title) => format!("Title is \"{}\".", lossy(title)),
                None => "Title is unset.".to_owned(),
            },
            "T" | "tableattr" => match &self.table_attributes {
                Some(attributes) => format!("Table attributes are \"{}\".", lossy(attributes)),
                None => "Table attributes unset.".to_owned(),
            },
            "pager" => match self.pager {
                0 => "Pager usage is off.".to_owned(),
                1 => "Pager is used for long output.".to_owned(),
                _ => "Pager is always used.".to_owned(),
            },
            "pager_min_lines" => {
                let lines = if self.pager_lines_min == 1 { "line" } else { "lines" };
                format!("Pager won't be used for less than {} {lines}.", self.pager_lines_min)
            }
            "footer" => format!("Default footer is {}.", on_off(self.footer)),
            "columns" if self.columns == 0 => "Target width is unset.".to_owned(),
            "columns" => format!("Target width is {}.", self.columns),
            "unicode_border_linestyle" => "Unicode border line style is \"single\".".to_owned(),
            "unicode_column_linestyle" => "Unicode column line style is \"single\".".to_owned(),
            "unicode_header_linestyle" => "Unicode header line style is \"single\".".to_owned(),
            _ => return None,
        };
        Some(text)
    }

    /// All options as `\pset` alone lists them, one a line.
    pub(crate) fn list(&self) -> String {
        let expanded = match self.expanded {
            Expanded::On => "on",
            Expanded::Off => "off",
            Expanded::Auto => "auto",
        };
        let zero = |separator: &[u8]| on_off(separator == b"\0").to_owned();
        let values = [
            ("border", self.border.to_string()),
            ("columns", self.columns.to_string()),
            ("csv_fieldsep", quoted(&[self.csv_separator])),
            ("expanded", expanded.to_owned()),
            ("fieldsep", quoted(self.field_separator.strip_suffix(b"\0").unwrap_or(&self.field_separator))),
            ("fieldsep_zero", zero(&self.field_separator)),
            ("footer", on_off(self.footer).to_owned()),
            ("format", self.format_name().to_owned()),
            ("linestyle", self.line_style_name().to_owned()),
            ("null", quoted(&self.null)),
            ("numericlocale", on_off(self.numeric_locale).to_owned()),
            ("pager", self.pager.to_string()),
            ("pager_min_lines", self.pager_lines_min.to_string()),
            (
                "recordsep",
                quoted(self.record_separator.strip_suffix(b"\0").unwrap_or(&self.record_separator)),
            ),
            ("recordsep_zero", zero(&self.record_separator)),
            ("tableattr", self.table_attributes.as_deref().map_or_else(String::new, quoted)),
            ("title", self.title.as_deref().map_or_else(String::new, quoted)),
            ("tuples_only", on_off(self.tuples_only).to_owned()),
            ("unicode_border_linestyle", "single".to_owned()),
            ("unicode_column_linestyle", "single".to_owned()),
            ("unicode_header_linestyle", "single".to_owned()),
        ];
        values.iter().map(|(name, value)| format!("{name:<24} {value}\n")).collect()
    }

    fn set_format(&mut self, value: Option<&[u8]>) -> Result<(), String> {
        let Some(value) = value else { return Ok(()) };
        let exact = FORMATS.iter().filter(|(name, _)| value.eq_ignore_ascii_case(name.as_bytes()));
        let near = FORMATS.iter().filter(|(name, _)| abbreviates(value, name));
        let found: Vec<_> = if exact.clone().count() == 1 { exact.collect() } else { near.collect() };
        match found[..] {
            [(_, Some(format))] => self.format = *format,
            [(name, None)] => return Err(format!("\\pset: format {name} is not supported yet")),
            [(first, _), (second, _), ..] => {
                let value = lossy(value);
                return Err(format!(
                    "\\pset: ambiguous abbreviation \"{value}\" matches both \"{first}\" and \"{second}\""
                ));
            }
            [] => {
                let names: Vec<_> = FORMATS.iter().map(|(name, _)| *name).collect();
                return Err(format!("\\pset: allowed formats are {}", names.join(", ")));
            }
        }
        Ok(())
    }

    fn set_line_style(&mut self, value: Option<&[u8]>) -> Result<(), String> {
        let Some(value) = value else { return Ok(()) };
        let found = LINE_STYLES.iter().find(|(name, _)| abbreviates(value, name));
        let (_, style) = found.ok_or("\\pset: allowed line styles are ascii, old-ascii, unicode")?;
        self.line_style = *style;
        Ok(())
    }

    fn set_expanded(&mut self, name: &str, value: Option<&[u8]>) -> Result<(), String> {
        self.expanded = match value {
            None if self.expanded == Expanded::Off => Expanded::On,
            None => Expanded::Off,
            Some(value) if value.eq_ignore_ascii_case(b"auto") => Expanded::Auto,
            Some(value) => match boolean(value) {
                Some(true) => Expanded::On,
                Some(false) => Expanded::Off,
                None => return Err(not_among(value, name, "on, off, auto")),
            },
        };
        Ok(())
    }

    fn set_csv_separator(&mut self, value: Option<&[u8]>) -> Result<(), String> {
        match value {
            None => {}
            Some(b"\"" | b"\n" | b"\r") => {
                let forbidden = "a double quote, a newline, or a carriage return";
                return Err(format!("\\pset: csv_fieldsep cannot be {forbidden}"));
            }
            Some(&[byte]) => self.csv_separator = byte,
            Some(_) => return Err("\\pset: csv_fieldsep must be a single one-byte character".to_owned()),
        }
        Ok(())
    }

    fn set_pager(&mut self, value: Option<&[u8]>) -> Result<(), String> {
        self.pager = match value {
            None => i64::from(self.pager == 0),
            Some(value) if value.eq_ignore_ascii_case(b"always") => 2,
            Some(value) => {
                boolean(value).map(i64::from).ok_or_else(|| not_among(value, "pager", "on, off, always"))?
            }
        };
        Ok(())
    }

    fn format_name(&self) -> &'static str {
        FORMATS.iter().find(|(_, format)| *format == Some(self.format)).map_or("", |(name, _)| name)
    }

    fn line_style_name(&self) -> &'static str {
        LINE_STYLES.iter().find(|(_, style)| *style == self.line_style).map_or("", |(name, _)| name)
    }
}

/// psql's message for a value that is none of a list.
pub(crate) fn not_among(value: &[u8], name: &str, available: &str) -> String {
    let value = lossy(value);
    format!("unrecognized value \"{value}\" for \"{name}\"\nAvailable values are: {available}.")
}

/// psql's message for a value that is no boolean.
pub(crate) fn not_boolean(value: &[u8], name: &str) -> String {
    format!("unrecognized value \"{}\" for \"{name}\": Boolean expected", lossy(value))
}

/// `on` or `off`.
pub(crate) fn on_off(value: bool) -> &'static str {
    if value { "on" } else { "off" }
}

fn set_with(value: Option<&[u8]>, set: impl FnOnce(&[u8])) -> Result<(), String> {
    if let Some(value) = value {
        set(value);
    }
    Ok(())
}

fn toggle(switch: &mut bool, name: &str, value: Option<&[u8]>) -> Result<(), String> {
    *switch = match value {
        None => !*switch,
        Some(value) => boolean(value).ok_or_else(|| not_boolean(value, name))?,
    };
    Ok(())
}

fn single_only(name: &str, value: Option<&[u8]>) -> Result<(), String> {
    match value {
        Some(value) if !abbreviates(value, "single") => {
            Err(format!("\\pset: {name} \"{}\" is not supported yet", lossy(value)))
        }
        _ => Ok(()),
    }
}

fn count(value: &[u8]) -> usize {
    usize::try_from(leading_integer(value)).unwrap_or(0)
}

fn separator(which: &str, separator: &[u8]) -> String {
    match separator {
        b"\0" => format!("{which} separator is zero byte."),
        b"\n" if which == "Record" => "Record separator is <newline>.".to_owned(),
        other => format!("{which} separator is \"{}\".", lossy(other)),
    }
}

/// A value as `\pset` lists it.
fn quoted(value: &[u8]) -> String {
    let mut text = String::from("'");
    for character in lossy(value).chars() {
        match character {
            '\n' => text.push_str("\\n"),
            '\'' => text.push_str("\\'"),
            other => text.push(other),
        }
    }
    text.push('\'');
    text
}

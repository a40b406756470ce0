//! `\pset NAME VALUE`: the names and values of options, and what psql says of wrong ones.

use super::super::style::{LineStyle, Stroke};
use super::{Expanded, Format, Options, Pager};
use crate::text::{abbreviates, boolean, leading_integer, lossy};

/// psql's formats in its order.
pub(super) const FORMATS: [(&str, Format); 9] = [
    ("aligned", Format::Aligned),
    ("asciidoc", Format::Asciidoc),
    ("csv", Format::Csv),
    ("html", Format::Html),
    ("latex", Format::Latex),
    ("latex-longtable", Format::LatexLongtable),
    ("troff-ms", Format::TroffMs),
    ("unaligned", Format::Unaligned),
    ("wrapped", Format::Wrapped),
];

pub(super) const LINE_STYLES: [(&str, LineStyle); 3] =
    [("ascii", LineStyle::Ascii), ("old-ascii", LineStyle::OldAscii), ("unicode", LineStyle::Unicode)];

pub(super) const STROKES: [(&str, Stroke); 2] = [("single", Stroke::Single), ("double", Stroke::Double)];

impl Options {
    /// Sets an option; without a value, switches toggle and some others are cleared. The error is psql's message.
    pub(crate) fn set(&mut self, name: &str, value: Option<&[u8]>) -> Result<(), String> {
        match name {
            "format" => self.set_format(value),
            "linestyle" => self.set_line_style(value),
            "unicode_border_linestyle" => set_stroke(&mut self.strokes.border, "border", value),
            "unicode_column_linestyle" => set_stroke(&mut self.strokes.column, "column", value),
            "unicode_header_linestyle" => set_stroke(&mut self.strokes.header, "header", value),
            "border" => set_with(value, |v| self.border = int(v) as u16),
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
            "pager_min_lines" => set_with(value, |v| self.pager_lines_min = int(v)),
            "footer" => toggle(&mut self.footer, name, value),
            "columns" => set_with(value, |v| self.columns = int(v)),
            _ => Err(format!("\\pset: unknown option: {name}")),
        }
    }

    fn set_format(&mut self, value: Option<&[u8]>) -> Result<(), String> {
        let Some(value) = value else { return Ok(()) };
        // What two names begin with means the shorter of them.
        let shorter = |format| format != Format::LatexLongtable || value.len() > "latex".len();
        let found: Vec<_> =
            FORMATS.iter().filter(|(name, format)| begins(name, value) && shorter(*format)).collect();
        match found[..] {
            [(_, format)] => self.format = *format,
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
        let found = LINE_STYLES.iter().find(|(name, _)| begins(name, value));
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
            None if self.pager == Pager::Off => Pager::LongOutput,
            None => Pager::Off,
            Some(value) if value.eq_ignore_ascii_case(b"always") => Pager::Always,
            Some(value) => match boolean(value) {
                Some(true) => Pager::LongOutput,
                Some(false) => Pager::Off,
                None => return Err(not_among(value, "pager", "on, off, always")),
            },
        };
        Ok(())
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

/// The stroke of this part of a table (`border`, `column`, `header`).
fn set_stroke(stroke: &mut Stroke, part: &str, value: Option<&[u8]>) -> Result<(), String> {
    let Some(value) = value else { return Ok(()) };
    let found = STROKES.iter().find(|(name, _)| begins(name, value));
    let message = || format!("\\pset: allowed Unicode {part} line styles are single, double");
    *stroke = found.ok_or_else(message)?.1;
    Ok(())
}

/// Whether a name begins with this, in any case; each does with nothing.
fn begins(name: &str, value: &[u8]) -> bool {
    value.is_empty() || abbreviates(value, name)
}

/// A number as psql reads it: of one that is too large, the low bits.
fn int(value: &[u8]) -> i32 {
    leading_integer(value) as i32
}

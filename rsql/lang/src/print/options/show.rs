//! What `\pset` says: the confirmation of one option, and the list of all.

use super::super::style::Stroke;
use super::set::{FORMATS, LINE_STYLES, STROKES};
use super::{Expanded, Options, Pager};
use crate::text::lossy;

impl Options {
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
                Pager::Off => "Pager usage is off.".to_owned(),
                Pager::LongOutput => "Pager is used for long output.".to_owned(),
                Pager::Always => "Pager is always used.".to_owned(),
            },
            "pager_min_lines" => {
                let lines = if self.pager_lines_min == 1 { "line" } else { "lines" };
                format!("Pager won't be used for less than {} {lines}.", self.pager_lines_min)
            }
            "footer" => format!("Default footer is {}.", on_off(self.footer)),
            "columns" if self.columns == 0 => "Target width is unset.".to_owned(),
            "columns" => format!("Target width is {}.", self.columns),
            "unicode_border_linestyle" => {
                format!("Unicode border line style is \"{}\".", stroke_name(self.strokes.border))
            }
            "unicode_column_linestyle" => {
                format!("Unicode column line style is \"{}\".", stroke_name(self.strokes.column))
            }
            "unicode_header_linestyle" => {
                format!("Unicode header line style is \"{}\".", stroke_name(self.strokes.header))
            }
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
        let pager = match self.pager {
            Pager::Off => "0",
            Pager::LongOutput => "1",
            Pager::Always => "2",
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
            ("pager", pager.to_owned()),
            ("pager_min_lines", self.pager_lines_min.to_string()),
            (
                "recordsep",
                quoted(self.record_separator.strip_suffix(b"\0").unwrap_or(&self.record_separator)),
            ),
            ("recordsep_zero", zero(&self.record_separator)),
            ("tableattr", self.table_attributes.as_deref().map_or_else(String::new, quoted)),
            ("title", self.title.as_deref().map_or_else(String::new, quoted)),
            ("tuples_only", on_off(self.tuples_only).to_owned()),
            ("unicode_border_linestyle", stroke_name(self.strokes.border).to_owned()),
            ("unicode_column_linestyle", stroke_name(self.strokes.column).to_owned()),
            ("unicode_header_linestyle", stroke_name(self.strokes.header).to_owned()),
        ];
        values.iter().map(|(name, value)| format!("{name:<24} {value}\n")).collect()
    }

    fn format_name(&self) -> &'static str {
        FORMATS.iter().find(|(_, format)| *format == self.format).map_or("", |(name, _)| name)
    }

    fn line_style_name(&self) -> &'static str {
        LINE_STYLES.iter().find(|(_, style)| *style == self.line_style).map_or("", |(name, _)| name)
    }
}

fn stroke_name(stroke: Stroke) -> &'static str {
    STROKES.iter().find(|(_, known)| *known == stroke).map_or("", |(name, _)| name)
}

/// `on` or `off`.
pub(crate) fn on_off(value: bool) -> &'static str {
    if value { "on" } else { "off" }
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

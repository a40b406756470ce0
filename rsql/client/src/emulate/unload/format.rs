//! Lines of Redshift's formats.

use rsql_sql::emulate::transfer::{Form, Unload};

/// How lines are written.
pub(super) struct Format {
    form: Form,
    null: String,
    has_header: bool,
}

impl Format {
    pub(super) fn new(unload: &Unload) -> Format {
        let has_header = unload.header && unload.form != Form::Json;
        Format { form: unload.form.clone(), null: unload.null.clone().unwrap_or_default(), has_header }
    }

    /// The first line of a file, if files have one.
    pub(super) fn header(&self, names: &[String]) -> Option<Vec<u8>> {
        let fields: Vec<_> = names.iter().cloned().map(Some).collect();
        self.has_header.then(|| self.line(names, &fields))
    }

    /// One row, with its line break.
    pub(super) fn line(&self, names: &[String], fields: &[Option<String>]) -> Vec<u8> {
        let mut line = match &self.form {
            Form::Delimited { delimiter, escape, quotes } => {
                let cells = fields.iter().map(|field| match field {
                    None => self.null.clone(),
                    Some(text) => delimited(text, *delimiter, *escape, *quotes),
                });
                cells.collect::<Vec<_>>().join(&delimiter.to_string())
            }
            Form::Csv { delimiter } => {
                let cells = fields.iter().map(|field| match field {
                    None => self.null.clone(),
                    Some(text) => csv(text, *delimiter),
                });
                cells.collect::<Vec<_>>().join(&delimiter.to_string())
            }
            Form::FixedWidth(widths) => {
                let cells = fields.iter().zip(widths).map(|(field, width)| {
                    let text: String = field.as_deref().unwrap_or_default().chars().take(*width).collect();
                    format!("{text:<width$}")
                });
                cells.collect()
            }
            Form::Json => object(names, fields),
        };
        line.push('\n');
        line.into_bytes()
    }
}

/// The fields of a line of COPY text.
pub(super) fn fields(line: &[u8]) -> Vec<Option<String>> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.split(|byte| *byte == b'\t').map(field).collect()
}

fn field(raw: &[u8]) -> Option<String> {
    if raw == b"\\N" {
        return None;
    }
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.iter();
    while let Some(byte) = rest.next() {
        let byte = match byte {
            b'\\' => match rest.next() {
                Some(b'n') => b'\n',
                Some(b't') => b'\t',
                Some(b'r') => b'\r',
                Some(b'b') => 8,
                Some(b'f') => 12,
                Some(b'v') => 11,
                Some(other) => *other,
                None => b'\\',
            },
            byte => *byte,
        };
        bytes.push(byte);
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn delimited(text: &str, delimiter: char, escape: bool, quotes: bool) -> String {
    let mut cell = String::with_capacity(text.len());
    for c in text.chars() {
        let is_special = c == delimiter || matches!(c, '\n' | '\r' | '\\') || quotes && c == '"';
        if escape && is_special {
            cell.push('\\');
        } else if quotes && c == '"' {
            cell.push('"');
        }
        cell.push(c);
    }
    if quotes { format!("\"{cell}\"") } else { cell }
}

fn csv(text: &str, delimiter: char) -> String {
    if text.contains([delimiter, '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// A JSON object. Types are not known here, so that numbers and booleans are told by their looks.
fn object(names: &[String], fields: &[Option<String>]) -> String {
    let members = names.iter().zip(fields).map(|(name, field)| {
        let value = match field {
            None => serde_json::Value::Null,
            Some(text) => looks_like(text),
        };
        format!("{}:{value}", serde_json::Value::from(name.as_str()))
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

fn looks_like(text: &str) -> serde_json::Value {
    match text {
        "t" => true.into(),
        "f" => false.into(),
        _ => match serde_json::from_str::<serde_json::Value>(text) {
            Ok(value) if value.is_number() || value.is_object() || value.is_array() => value,
            _ => text.into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_written_as_their_form_says() {
        assert_eq!(delimited("a|b\\", '|', true, false), "a\\|b\\\\");
        assert_eq!(delimited("say \"x\"", '|', false, true), "\"say \"\"x\"\"\"");
        assert_eq!(delimited("a|b", '|', false, false), "a|b");
        assert_eq!(csv("a,b", ','), "\"a,b\"");
        assert_eq!(csv("a|b", ','), "a|b");
        assert_eq!(fields(b"a\\tb\t\\N\t\n"), [Some("a\tb".to_owned()), None, Some(String::new())]);
        let names = ["n".to_owned(), "t".to_owned(), "z".to_owned()];
        let row = [Some("12".to_owned()), Some("it's \"x\"".to_owned()), None];
        assert_eq!(object(&names, &row), r#"{"n":12,"t":"it's \"x\"","z":null}"#);
    }
}

//! The fields of a record, by the rules of its layout.

use rsql_sql::emulate::transfer::{Layout, Load};

use super::columns::{BAD_UTF8, Column, EXTRA_COLUMNS, Fault, NO_DELIMITER};
use super::records::Record;

/// What stands for NULL unless NULL AS says otherwise.
const NULL: &str = "\\N";

/// The fields of a record, as many as there are columns where these are known.
pub(super) fn split(record: &Record, load: &Load, columns: &[Column]) -> Result<Vec<Option<String>>, Fault> {
    let text = text(&record.bytes, load.replacement)?;
    let raw = match &load.layout {
        Layout::Delimited { delimiter, escape: true, .. } => escaped(&text, *delimiter),
        Layout::Delimited { delimiter, remove_quotes: true, .. } => quoted(&text, *delimiter, '"'),
        Layout::Delimited { delimiter, .. } => text.split(*delimiter).map(Field::plain).collect(),
        Layout::Csv { delimiter, quote } => quoted(&text, *delimiter, *quote),
        Layout::FixedWidth(widths) => fixed(&text, widths),
        Layout::Json(_) => Vec::new(),
    };
    let null = load.null.as_deref().unwrap_or(NULL);
    let mut fields: Vec<_> =
        raw.into_iter().map(|field| (field.quoted || field.raw != null).then_some(field.text)).collect();
    if columns.is_empty() {
        return Ok(fields);
    }
    // A delimiter may stand at the end of a line.
    if fields.len() == columns.len() + 1 && fields.last().is_some_and(|last| last.as_deref() == Some("")) {
        fields.pop();
    }
    if fields.len() > columns.len() {
        return Err(fault(EXTRA_COLUMNS, "Extra column(s) found", &text));
    }
    if fields.len() < columns.len() {
        if !load.fill_record {
            return Err(fault(NO_DELIMITER, "Delimiter not found", &text));
        }
        fields.resize(columns.len(), None);
    }
    Ok(fields)
}

/// A field, as it stands and as it is meant.
struct Field {
    raw: String,
    text: String,
    quoted: bool,
}

impl Field {
    fn plain(text: &str) -> Field {
        Field { raw: text.to_owned(), text: text.to_owned(), quoted: false }
    }
}

fn fault(code: u32, reason: &str, value: &str) -> Fault {
    Fault { code, reason: reason.to_owned(), column: None, value: value.to_owned() }
}

fn text(bytes: &[u8], replacement: Option<char>) -> Result<String, Fault> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        if text.contains('\0') {
            return match replacement {
                Some(with) => Ok(text.replace('\0', &with.to_string())),
                None => Err(fault(BAD_UTF8, "Missing newline: Unexpected character 0x00 found", "")),
            };
        }
        return Ok(text.to_owned());
    }
    let Some(with) = replacement else {
        let at = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), |_| 0);
        let byte = bytes.get(at).copied().unwrap_or_default();
        let reason = format!(
            "String contains invalid or unsupported UTF8 codepoints. Bad UTF8 hex sequence: {byte:02x} (error 2)"
        );
        return Err(fault(BAD_UTF8, &reason, &String::from_utf8_lossy(bytes)));
    };
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(std::iter::repeat_n(with, chunk.invalid().len()));
    }
    Ok(text)
}

/// Backslashes take the next character as it is, delimiters and line breaks included.
fn escaped(text: &str, delimiter: char) -> Vec<Field> {
    let mut fields = vec![Field::plain("")];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == delimiter {
            fields.push(Field::plain(""));
            continue;
        }
        let Some(field) = fields.last_mut() else { break };
        field.raw.push(c);
        if c != '\\' {
            field.text.push(c);
            continue;
        }
        if let Some(next) = chars.next() {
            field.raw.push(next);
            field.text.push(next);
        }
    }
    fields
}

/// Quotes hide delimiters; doubled ones within stand for one.
fn quoted(text: &str, delimiter: char, quote: char) -> Vec<Field> {
    let mut fields = vec![Field::plain("")];
    let mut inside = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == delimiter && !inside {
            fields.push(Field::plain(""));
            continue;
        }
        let Some(field) = fields.last_mut() else { break };
        if c != quote {
            field.raw.push(c);
            field.text.push(c);
        } else if inside && chars.peek() == Some(&quote) {
            chars.next();
            field.text.push(quote);
        } else {
            inside = !inside;
            field.quoted = true;
        }
    }
    fields
}

fn fixed(text: &str, widths: &[usize]) -> Vec<Field> {
    let mut rest = text;
    let mut fields = Vec::new();
    for width in widths {
        let end = rest.char_indices().nth(*width).map_or(rest.len(), |(end, _)| end);
        let (field, after) = rest.split_at(end);
        fields.push(Field::plain(field.trim_end_matches(' ')));
        rest = after;
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(fields: Vec<Field>) -> Vec<String> {
        fields.into_iter().map(|field| field.text).collect()
    }

    #[test]
    fn fields_are_split_as_their_layout_says() {
        assert_eq!(texts(escaped("a\\|b|c\\\\|\\\n", '|')), ["a|b", "c\\", "\n"]);
        assert_eq!(texts(quoted("\"a,b\",\"say \"\"x\"\"\",,c", ',', '"')), ["a,b", "say \"x\"", "", "c"]);
        assert_eq!(texts(fixed("ab cdé f", &[3, 3, 2])), ["ab", "cdé", " f"]);
        assert_eq!(texts(fixed("a", &[3, 3])), ["a", ""]);
    }
}

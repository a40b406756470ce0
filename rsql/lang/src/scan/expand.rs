//! References to variables, `:name`, `:'name'`, `:"name"` and `:{?name}`, as both scanners read them.

use crate::charset::Charset;
use crate::text::is_variable_byte;
use crate::variables::Variables;

/// A reference found in the text, and how many bytes it takes there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reference<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) form: Form,
    pub(crate) length: usize,
}

/// How a reference wants its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Plain,
    Literal,
    Identifier,
    /// Whether the variable is set.
    Test,
}

/// The reference that begins at this colon, if one does: looked for in `seen`, and named as `written` has it at the same
/// place.
pub(crate) fn reference<'a>(seen: &[u8], written: &'a [u8]) -> Option<Reference<'a>> {
    let after = seen.strip_prefix(b":")?;
    let (open, close, form) = match after.first()? {
        b'\'' => (1, "'", Form::Literal),
        b'"' => (1, "\"", Form::Identifier),
        b'{' if after.get(1) == Some(&b'?') => (2, "}", Form::Test),
        _ => (0, "", Form::Plain),
    };
    let name = &after[open..];
    let length = name.iter().position(|&byte| !is_variable_byte(byte)).unwrap_or(name.len());
    let closed = name[length..].starts_with(close.as_bytes());
    let found = length > 0 && closed;
    let named = 1 + open..1 + open + length;
    found.then(|| Reference { name: &written[named], form, length: 1 + open + length + close.len() })
}

/// The text that stands for a reference in this encoding, or none when it stays as it is written.
pub(crate) fn value(reference: &Reference<'_>, variables: &Variables, charset: Charset) -> Option<Vec<u8>> {
    let value = variables.get(reference.name);
    match reference.form {
        Form::Plain => value.map(<[u8]>::to_vec),
        Form::Literal => value.map(|value| charset.sql_literal(value)),
        Form::Identifier => value.map(|value| charset.sql_identifier(value)),
        Form::Test => Some(if value.is_some() { b"TRUE".to_vec() } else { b"FALSE".to_vec() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_whole() {
        let check = |text: &str, expect: Option<(&str, Form, usize)>| {
            let found = reference(text.as_bytes(), text.as_bytes());
            let found = found.map(|r| (String::from_utf8_lossy(r.name).into_owned(), r.form, r.length));
            assert_eq!(found, expect.map(|(name, form, length)| (name.to_owned(), form, length)), "{text:?}");
        };
        check(":a1_b-c", Some(("a1_b", Form::Plain, 5)));
        check(":'a'x", Some(("a", Form::Literal, 4)));
        check(":\"a\"", Some(("a", Form::Identifier, 4)));
        check(":{?a}", Some(("a", Form::Test, 5)));
        for none in [":", "::a", ":=", ":'a", ":'a b'", ":{a}", ":{?}", "a"] {
            check(none, None);
        }
    }
}

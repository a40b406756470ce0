//! References to variables, `:name`, `:'name'`, `:"name"` and `:{?name}`, as both scanners read them.

use crate::text::{is_variable_byte, sql_identifier, sql_literal};
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

/// The reference that begins at this colon, if one does.
pub(crate) fn reference(text: &[u8]) -> Option<Reference<'_>> {
    let after = text.strip_prefix(b":")?;
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
    found.then(|| Reference { name: &name[..length], form, length: 1 + open + length + close.len() })
}

/// The text that stands for a reference, or none when it stays as it is written.
pub(crate) fn value(reference: &Reference<'_>, variables: &Variables) -> Option<Vec<u8>> {
    let value = variables.get(reference.name);
    match reference.form {
        Form::Plain => value.map(<[u8]>::to_vec),
        Form::Literal => value.map(sql_literal),
        Form::Identifier => value.map(sql_identifier),
        Form::Test => Some(if value.is_some() { b"TRUE".to_vec() } else { b"FALSE".to_vec() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_whole() {
        let check = |text: &str, expect: Option<(&str, Form, usize)>| {
            let found = reference(text.as_bytes());
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

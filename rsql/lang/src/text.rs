//! Small rules about bytes that several parts share: character classes, case, quoting. Nothing here knows a script.

use std::borrow::Cow;

/// Blanks as psql's scanners count them.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c')
}

/// Whether this byte may stand in a variable's name; bytes of multi-byte characters may.
pub(crate) fn is_variable_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Whether an SQL identifier may begin with this byte.
pub(crate) fn is_identifier_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

/// Whether an SQL identifier may go on with this byte.
pub(crate) fn is_identifier_byte(byte: u8) -> bool {
    is_identifier_start(byte) || byte.is_ascii_digit() || byte == b'$'
}

/// Text for messages: bytes that are not UTF-8 are replaced.
pub(crate) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// The bytes without blanks at both ends.
pub(crate) fn trim(bytes: &[u8]) -> &[u8] {
    let Some(start) = bytes.iter().position(|&byte| !is_space(byte)) else { return &[] };
    let end = bytes.iter().rposition(|&byte| !is_space(byte)).map_or(start, |last| last + 1);
    &bytes[start..end]
}

/// Whether `word` is a case-blind abbreviation of `full`, at least one byte long.
pub(crate) fn abbreviates(word: &[u8], full: &str) -> bool {
    !word.is_empty() && word.len() <= full.len() && word.eq_ignore_ascii_case(&full.as_bytes()[..word.len()])
}

/// A psql boolean: `true`, `yes`, `on`, `1`, their opposites, and abbreviations (`o` alone is none).
pub(crate) fn boolean(value: &[u8]) -> Option<bool> {
    if abbreviates(value, "true") || abbreviates(value, "yes") || value == b"1" {
        return Some(true);
    }
    if abbreviates(value, "false") || abbreviates(value, "no") || value == b"0" {
        return Some(false);
    }
    if value.eq_ignore_ascii_case(b"on") {
        return Some(true);
    }
    (value.len() > 1 && abbreviates(value, "off")).then_some(false)
}

/// The leading integer of a text as C's `atoi` reads it: blanks, a sign, digits; 0 when there is none.
pub(crate) fn leading_integer(text: &[u8]) -> i64 {
    let text = trim(text);
    let (negative, digits) = match text.first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let value = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .fold(0_i64, |value, &digit| value.saturating_mul(10).saturating_add(i64::from(digit - b'0')));
    if negative { -value } else { value }
}

/// A whole text as an integer, with an optional sign.
pub(crate) fn integer(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(trim(text)).ok()?.parse().ok()
}

/// The value as an SQL literal; with backslashes in it, as an `E''` literal with a blank before.
pub(crate) fn sql_literal(value: &[u8]) -> Vec<u8> {
    literal_of(value, value)
}

/// The same, of a value whose quotes and backslashes are looked for in `seen`, which is as long.
pub(crate) fn literal_of(value: &[u8], seen: &[u8]) -> Vec<u8> {
    let escapes = seen.contains(&b'\\');
    let mut literal = Vec::with_capacity(value.len() + 2);
    literal.extend_from_slice(if escapes { b" E'" } else { b"'" });
    for (&byte, seen) in value.iter().zip(seen) {
        if matches!(seen, b'\'' | b'\\') {
            literal.push(byte);
        }
        literal.push(byte);
    }
    literal.push(b'\'');
    literal
}

/// The value as a quoted SQL identifier.
pub(crate) fn sql_identifier(value: &[u8]) -> Vec<u8> {
    identifier_of(value, value)
}

/// The same, of a value whose quotes are looked for in `seen`, which is as long.
pub(crate) fn identifier_of(value: &[u8], seen: &[u8]) -> Vec<u8> {
    let mut identifier = vec![b'"'];
    for (&byte, seen) in value.iter().zip(seen) {
        if *seen == b'"' {
            identifier.push(byte);
        }
        identifier.push(byte);
    }
    identifier.push(b'"');
    identifier
}

/// The value as one word of a shell command.
pub(crate) fn shell_word(value: &[u8]) -> Vec<u8> {
    let mut word = vec![b'\''];
    for &byte in value {
        if byte == b'\'' {
            word.extend_from_slice(b"'\"'\"'");
        } else {
            word.push(byte);
        }
    }
    word.push(b'\'');
    word
}

/// Length in bytes of the character that begins here; 1 for a byte that begins none.
pub(crate) fn char_len(bytes: &[u8]) -> usize {
    let want = match bytes.first() {
        Some(0xc2..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(0xf0..=0xf4) => 4,
        _ => 1,
    };
    let whole = bytes.len() >= want && bytes[1..want].iter().all(|byte| byte & 0xc0 == 0x80);
    if whole { want } else { 1 }
}

/// Columns that a character takes on a terminal; `None` for a control character and for bytes that are no character.
pub(crate) fn char_width(character: &[u8]) -> Option<usize> {
    let character = std::str::from_utf8(character).ok()?.chars().next()?;
    match unicode_width::UnicodeWidthChar::width(character)? {
        0 => Some(usize::from(NARROW.iter().any(|range| range.contains(&u32::from(character))))),
        width => Some(width),
    }
}

/// Characters that psql counts as one column although terminals show nothing: all but combining marks.
const NARROW: [std::ops::RangeInclusive<u32>; 14] = [
    0xad..=0xad,
    0x600..=0x605,
    0x61c..=0x61c,
    0x6dd..=0x6dd,
    0x70f..=0x70f,
    0x1160..=0x11ff,
    0x180e..=0x180e,
    0x200b..=0x200f,
    0x202a..=0x202e,
    0x2060..=0x206f,
    0xd7b0..=0xd7fb,
    0xfeff..=0xfeff,
    0xfff9..=0xfffb,
    0xe0001..=0xe007f,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans_are_psql_words_and_their_abbreviations() {
        let check = |text: &str, expect| assert_eq!(boolean(text.as_bytes()), expect, "{text:?}");
        for yes in ["true", "TRUE", "t", "tr", "yes", "y", "on", "ON", "1"] {
            check(yes, Some(true));
        }
        for no in ["false", "f", "no", "n", "off", "of", "0"] {
            check(no, Some(false));
        }
        for neither in ["", "o", "2", "truex", "10", " true"] {
            check(neither, None);
        }
    }

    #[test]
    fn quoting_follows_the_server() {
        assert_eq!(sql_literal(b"it's"), b"'it''s'");
        assert_eq!(sql_literal(b"a\\b"), b" E'a\\\\b'");
        assert_eq!(sql_identifier(b"a\"b"), b"\"a\"\"b\"");
        assert_eq!(shell_word(b"it's"), b"'it'\"'\"'s'");
    }

    #[test]
    fn integers_are_read_as_c_does() {
        let check = |text: &str, expect| assert_eq!(leading_integer(text.as_bytes()), expect, "{text:?}");
        check(" 12x", 12);
        check("-3", -3);
        check("x", 0);
        check("", 0);
    }

    #[test]
    fn characters_have_lengths_and_widths() {
        assert_eq!(char_len("é".as_bytes()), 2);
        assert_eq!(char_len(b"\xc3("), 1);
        assert_eq!(char_width("漢".as_bytes()), Some(2));
        assert_eq!(char_width("\u{200b}".as_bytes()), Some(1));
        assert_eq!(char_width("\u{301}".as_bytes()), Some(0));
        assert_eq!(char_width(b"\x01"), None);
    }
}

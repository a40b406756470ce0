//! How the bytes of an encoding make up characters, and how many columns these take: what tables are laid out by, carets
//! are placed by and scanners of scripts look past. Nothing is converted here.

use crate::text::{char_len, char_width, identifier_of, literal_of};

/// Single shifts of the EUC encodings: one character of another set follows.
const SHIFT_2: u8 = 0x8e;
const SHIFT_3: u8 = 0x8f;

/// What stands for the bytes of a character after its first where a text is only looked at: a letter to every scanner.
const MASK: u8 = 0xff;

/// A family of encodings whose characters are found and measured alike (PostgreSQL manual, "Character Set Support").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Charset {
    #[default]
    Utf8,
    /// One byte, one character, one column.
    SingleByte,
    /// `EUC_JP`, `EUC_JIS_2004`: what follows the second single shift takes one column.
    EucJapanese,
    /// `EUC_TW`: the second single shift is followed by three bytes.
    EucTaiwanese,
    /// `EUC_KR`.
    Euc,
    /// As `EUC_KR`, with second bytes that may be ASCII.
    Johab,
    /// `SJIS`, `SHIFT_JIS_2004`: narrow letters are single bytes of the upper half.
    ShiftJis,
    /// `EUC_CN`: two bytes from a byte of the upper half on.
    EucChinese,
    /// `BIG5`, `GBK`, `UHC`: the same, with second bytes that may be ASCII.
    TwoByte,
    /// `GB18030`: two bytes, or four where the second is a digit.
    Gb18030,
}

impl Charset {
    /// The one that the server calls by this name.
    pub(crate) fn of_encoding(name: &str) -> Self {
        const SINGLE_BYTE: [&str; 5] = ["LATIN", "ISO_8859_", "WIN", "KOI8", "SQL_ASCII"];
        let name = name.to_ascii_uppercase();
        match name.as_str() {
            "EUC_JP" | "EUC_JIS_2004" => Self::EucJapanese,
            "EUC_TW" => Self::EucTaiwanese,
            "EUC_KR" => Self::Euc,
            "JOHAB" => Self::Johab,
            "EUC_CN" => Self::EucChinese,
            "SJIS" | "SHIFT_JIS_2004" => Self::ShiftJis,
            "BIG5" | "GBK" | "UHC" => Self::TwoByte,
            "GB18030" => Self::Gb18030,
            _ if SINGLE_BYTE.iter().any(|family| name.starts_with(family)) => Self::SingleByte,
            _ => Self::Utf8,
        }
    }

    /// Length in bytes of the character that begins here; 1 where it is cut off.
    pub(crate) fn char_len(self, bytes: &[u8]) -> usize {
        if self == Self::Utf8 {
            return char_len(bytes);
        }
        let want = self.wanted_len(bytes);
        if bytes.len() >= want { want } else { 1 }
    }

    /// Length in bytes that the character has by its first ones, however much of it is there.
    fn wanted_len(self, bytes: &[u8]) -> usize {
        let Some(&first) = bytes.first() else { return 1 };
        match (self, first) {
            (Self::Utf8, _) => char_len(bytes),
            (Self::SingleByte, _) | (_, ..=0x7f) | (Self::ShiftJis, 0xa1..=0xdf) => 1,
            (Self::EucJapanese | Self::EucTaiwanese | Self::Euc | Self::Johab, SHIFT_3) => 3,
            (Self::EucTaiwanese, SHIFT_2) => 4,
            (Self::Gb18030, _) if bytes.get(1).is_some_and(u8::is_ascii_digit) => 4,
            _ => 2,
        }
    }

    /// Whether a character's later bytes may be ASCII, which no encoding allows that a database may have.
    fn hides_ascii(self) -> bool {
        matches!(self, Self::ShiftJis | Self::TwoByte | Self::Johab | Self::Gb18030)
    }

    /// The text as scanners are to see it, so that a character's second byte is not taken for a backslash or quote; none
    /// where they may look at the text itself.
    pub(crate) fn masked(self, text: &[u8]) -> Option<Vec<u8>> {
        if !self.hides_ascii() || text.is_ascii() {
            return None;
        }
        let mut masked = text.to_vec();
        let mut at = 0;
        while at < text.len() {
            let end = text.len().min(at + self.wanted_len(&text[at..]));
            masked[at + 1..end].fill(MASK);
            at = end;
        }
        Some(masked)
    }

    /// The value as an SQL literal.
    pub(crate) fn sql_literal(self, value: &[u8]) -> Vec<u8> {
        literal_of(value, self.masked(value).as_deref().unwrap_or(value))
    }

    /// The value as a quoted SQL identifier.
    pub(crate) fn sql_identifier(self, value: &[u8]) -> Vec<u8> {
        identifier_of(value, self.masked(value).as_deref().unwrap_or(value))
    }

    /// Columns that a character takes; `None` for a control character and for bytes that are no character.
    pub(crate) fn char_width(self, character: &[u8]) -> Option<usize> {
        let first = *character.first()?;
        match (self, first) {
            (Self::Utf8, _) => char_width(character),
            (_, ..=0x7f) => (!first.is_ascii_control()).then_some(1),
            // As psql counts them: the upper half has no control characters.
            (Self::SingleByte, _) | (Self::ShiftJis, 0xa1..=0xdf) | (Self::EucJapanese, SHIFT_2) => Some(1),
            _ => Some(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_bytes_and_utf_8_are_measured_apart() {
        let check = |name: &str, expect: (usize, Option<usize>)| {
            let charset = Charset::of_encoding(name);
            let text = "é".as_bytes();
            assert_eq!((charset.char_len(text), charset.char_width(text)), expect, "{name}");
            assert_eq!(charset.char_width(b"\x7f"), None, "{name}");
        };
        check("UTF8", (2, Some(1)));
        for name in ["LATIN1", "latin9", "WIN1252", "ISO_8859_5", "KOI8R", "SQL_ASCII"] {
            check(name, (1, Some(1)));
        }
    }

    #[test]
    fn characters_of_several_bytes_are_measured_by_their_first() {
        let check = |name: &str, bytes: &[u8], expect: (usize, usize)| {
            let charset = Charset::of_encoding(name);
            let length = charset.char_len(bytes);
            assert_eq!((length, charset.char_width(&bytes[..length])), (expect.0, Some(expect.1)), "{name}");
        };
        for name in ["EUC_JP", "EUC_KR", "EUC_CN", "EUC_TW", "JOHAB", "SJIS", "BIG5", "GBK", "UHC", "GB18030"]
        {
            check(name, b"ab", (1, 1));
            check(name, b"\xe4\xc1b", (2, 2));
            check(name, b"\xe4", (1, 2));
        }
        check("EUC_JP", b"\x8e\xb1b", (2, 1));
        check("EUC_JIS_2004", b"\x8f\xb1\xb1", (3, 2));
        check("EUC_TW", b"\x8e\xa1\xa1\xa1", (4, 2));
        check("SHIFT_JIS_2004", b"\xb1\xb1", (1, 1));
        check("GB18030", b"\x841\x973", (4, 2));
    }

    #[test]
    fn later_bytes_are_hidden_where_they_may_be_ascii() {
        let check = |name: &str, text: &[u8], expect: Option<&[u8]>| {
            assert_eq!(Charset::of_encoding(name).masked(text).as_deref(), expect, "{name} {text:?}");
        };
        for name in ["SJIS", "SHIFT_JIS_2004", "BIG5", "GBK", "UHC", "JOHAB", "GB18030"] {
            check(name, b"a\\b", None);
            check(name, b"a\x83\\'", Some(b"a\x83\xff'"));
            check(name, b"a\x83", Some(b"a\x83"));
        }
        for name in ["UTF8", "LATIN1", "EUC_JP", "EUC_KR", "EUC_CN", "EUC_TW", "EUC_JIS_2004", "SQL_ASCII"] {
            check(name, b"a\x83\\'", None);
        }
        check("SJIS", b"\xb1\\", Some(b"\xb1\\"));
        check("JOHAB", b"\x8f\\", Some(b"\x8f\xff"));
        check("GB18030", b"\x841\x97''", Some(b"\x84\xff\xff\xff'"));
    }

    #[test]
    fn quoting_looks_past_hidden_bytes() {
        let sjis = Charset::of_encoding("SJIS");
        assert_eq!(sjis.sql_literal(b"\x83\\'"), b"'\x83\\'''");
        assert_eq!(sjis.sql_literal(b"\x83\\\\"), b" E'\x83\\\\\\'");
        assert_eq!(sjis.sql_identifier(b"\x83\x22\x22"), b"\x22\x83\x22\x22\x22\x22");
        assert_eq!(Charset::Utf8.sql_literal(b"\x83\\"), b" E'\x83\\\\'");
    }
}

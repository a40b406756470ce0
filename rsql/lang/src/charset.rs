//! How the bytes of an encoding make up characters, and how many columns these take: what tables are laid out by and
//! carets are placed by. Nothing is converted here; scanners of scripts do not ask.

use crate::text::{char_len, char_width};

/// Single shifts of the EUC encodings: one character of another set follows.
const SHIFT_2: u8 = 0x8e;
const SHIFT_3: u8 = 0x8f;

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
    /// `EUC_KR`, `JOHAB`.
    Euc,
    /// `SJIS`, `SHIFT_JIS_2004`: narrow letters are single bytes of the upper half.
    ShiftJis,
    /// `BIG5`, `GBK`, `UHC`, `EUC_CN`: two bytes from a byte of the upper half on.
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
            "EUC_KR" | "JOHAB" => Self::Euc,
            "SJIS" | "SHIFT_JIS_2004" => Self::ShiftJis,
            "BIG5" | "GBK" | "UHC" | "EUC_CN" => Self::TwoByte,
            "GB18030" => Self::Gb18030,
            _ if SINGLE_BYTE.iter().any(|family| name.starts_with(family)) => Self::SingleByte,
            _ => Self::Utf8,
        }
    }

    /// Length in bytes of the character that begins here; 1 where it is cut off.
    pub(crate) fn char_len(self, bytes: &[u8]) -> usize {
        let Some(&first) = bytes.first() else { return 1 };
        let want = match (self, first) {
            (Self::Utf8, _) => return char_len(bytes),
            (Self::SingleByte, _) | (_, ..=0x7f) | (Self::ShiftJis, 0xa1..=0xdf) => 1,
            (Self::EucJapanese | Self::Euc, SHIFT_3) | (Self::EucTaiwanese, SHIFT_3) => 3,
            (Self::EucTaiwanese, SHIFT_2) => 4,
            (Self::Gb18030, _) if bytes.get(1).is_some_and(u8::is_ascii_digit) => 4,
            _ => 2,
        };
        if bytes.len() >= want { want } else { 1 }
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
}

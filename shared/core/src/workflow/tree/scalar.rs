//! Plain scalars by YAML 1.2's core schema. Owns what `null`, `true`, `12` and `1.5` mean when they stand without quotes.

/// What kind of scalar a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Kind {
    Null,
    Bool(bool),
    Integer(i64),
    /// A number that is no 64-bit integer.
    Number,
    Text,
}

impl Kind {
    /// Of a scalar without quotes.
    pub(super) fn of_plain(text: &str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Self::Null,
            "true" | "True" | "TRUE" => Self::Bool(true),
            "false" | "False" | "FALSE" => Self::Bool(false),
            _ => Self::numeric(text),
        }
    }

    fn numeric(text: &str) -> Self {
        let radix =
            |prefix: &str, radix| text.strip_prefix(prefix).map(|digits| i64::from_str_radix(digits, radix));
        if let Some(read) = radix("0x", 16).or_else(|| radix("0o", 8)) {
            return read.map_or(Self::Text, Self::Integer);
        }
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return Self::Text;
        }
        if let Ok(number) = text.parse() {
            return Self::Integer(number);
        }
        match text.parse::<f64>() {
            Ok(_) if digits != "." => Self::Number,
            _ => Self::Text,
        }
    }

    pub(in super::super) fn describe(self, text: &str) -> String {
        match self {
            Self::Null => "nothing".to_owned(),
            Self::Bool(_) => format!("`{text}`"),
            Self::Integer(_) | Self::Number => format!("the number {text}"),
            Self::Text => format!("the text \"{}\"", short(text)),
        }
    }

    pub(super) fn json(self, text: &str) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => value.into(),
            Self::Integer(value) => value.into(),
            Self::Number => text.parse::<f64>().ok().into(),
            Self::Text => text.into(),
        }
    }
}

/// Characters of a text that a message repeats.
const SHOWN_CHARS: usize = 40;

fn short(text: &str) -> String {
    let first_line = text.lines().next().unwrap_or_default();
    let mut shown: String = first_line.chars().take(SHOWN_CHARS).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars() {
        fn check(text: &str, expect: Kind) {
            assert_eq!(Kind::of_plain(text), expect, "{text}");
        }
        check("", Kind::Null);
        check("~", Kind::Null);
        check("true", Kind::Bool(true));
        check("FALSE", Kind::Bool(false));
        check("007", Kind::Integer(7));
        check("-3", Kind::Integer(-3));
        check("0x1F", Kind::Integer(31));
        check("1.5", Kind::Number);
        check("1e9", Kind::Number);
        check("99999999999999999999", Kind::Number);
        for text in
            ["yes", "on", "y", "n", "30s", "2026-01-31", "0xZZ", ".", "-", "06:30", "inf", "nan", "1_000"]
        {
            check(text, Kind::Text);
        }
    }
}

//! Short texts for cells: times, spans, counts, and texts of others made harmless. Owns how they read. Does not decide where
//! they stand.

use fleet_core::time::{Millis, Timestamp};

/// Stands for a value that there is none of.
pub(crate) const NONE: &str = "-";

/// The text of a value, or a dash.
pub(crate) fn optional<T>(value: Option<T>, text: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| NONE.to_owned(), text)
}

/// A text of somebody else, such as a reason or a server's message, as it may be shown on a terminal: control characters
/// are spelled out (`\u{1b}`), so that none of them moves the cursor or colours what follows. Line breaks and tabs stay.
pub(crate) fn printable(text: &str) -> String {
    let is_harmful = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_harmful(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// As [`printable`], on one line: line breaks and tabs become blanks.
pub(crate) fn one_line(text: &str) -> String {
    if text.contains(['\n', '\r', '\t']) {
        printable(&text.split_whitespace().collect::<Vec<_>>().join(" "))
    } else {
        printable(text)
    }
}

/// A point in time to the second, in UTC: `2026-11-22 02:00:00Z`.
pub(crate) fn time(at: Timestamp) -> String {
    let text = at.to_string();
    match text.split_once('T') {
        Some((date, clock)) => format!("{date} {}Z", clock.get(..8).unwrap_or(clock)),
        None => text,
    }
}

/// A span with as many digits as matter: `0.042s`, `3.1s`, `42s`, `3m05s`, `2h07m`, `3d04h`.
pub(crate) fn span(span: Millis) -> String {
    let ms = span.0;
    let secs = ms / 1_000;
    match secs {
        0 => format!("0.{ms:03}s"),
        1..=9 => format!("{secs}.{}s", ms % 1_000 / 100),
        10..=59 => format!("{secs}s"),
        60..=3_599 => format!("{}m{:02}s", secs / 60, secs % 60),
        3_600..=86_399 => format!("{}h{:02}m", secs / 3_600, secs % 3_600 / 60),
        _ => format!("{}d{:02}h", secs / 86_400, secs % 86_400 / 3_600),
    }
}

/// A count with thousands set apart: `1,234,567`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        fn check(ms: u64, expect: &str) {
            assert_eq!(span(Millis(ms)), expect);
        }
        check(0, "0.000s");
        check(42, "0.042s");
        check(3_149, "3.1s");
        check(42_999, "42s");
        check(185_000, "3m05s");
        check(7_620_000, "2h07m");
        check(273_600_000, "3d04h");
    }

    #[test]
    fn counts() {
        fn check(number: u64, expect: &str) {
            assert_eq!(count(number), expect);
        }
        check(0, "0");
        check(999, "999");
        check(1_000, "1,000");
        check(1_234_567, "1,234,567");
        check(u64::MAX, "18,446,744,073,709,551,615");
    }

    #[test]
    fn control_characters_are_spelled_out() {
        fn check(text: &str, lines: &str, line: &str) {
            assert_eq!((printable(text).as_str(), one_line(text).as_str()), (lines, line));
        }
        check("plain  text", "plain  text", "plain  text");
        check("a\n\tb", "a\n\tb", "a b");
        check("\x1b[31mred\x07", "\\u{1b}[31mred\\u{7}", "\\u{1b}[31mred\\u{7}");
        check("del\x7f csi\u{9b}", "del\\u{7f} csi\\u{9b}", "del\\u{7f} csi\\u{9b}");
        check("über – ✓", "über – ✓", "über – ✓");
    }

    #[test]
    fn times() {
        assert_eq!(time(Timestamp::from_millis(1_764_000_000_123)), "2025-11-24 16:00:00Z");
    }
}

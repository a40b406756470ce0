//! The line that an error's position lies in, cut to a width that can be read, with a caret below it. Text is measured in
//! the client encoding, and its bytes are shown as they are.

use std::collections::VecDeque;

use crate::charset::Charset;

/// Widest excerpt of a line under `LINE n:`, in columns.
const WIDTH: usize = 60;
/// Columns that stay to the right of the caret when a line is cut there.
const RIGHT_OF_CARET: usize = 10;

/// Writes `LINE n: …` with a caret below; `position` counts characters from 1. Nothing when it is not in the query.
pub(super) fn write(text: &mut Vec<u8>, query: &[u8], position: u32, charset: Charset) {
    let Some(place) = Place::find(query, position, charset) else { return };
    let mut head = format!("LINE {}: ", place.line);
    let Shown { before, after, cut_left, cut_right } = place.shown();
    if cut_left {
        head.push_str("...");
    }
    text.extend_from_slice(head.as_bytes());
    for character in before.iter().chain(&after) {
        text.extend_from_slice(if character.bytes == b"\t" { b" " } else { character.bytes });
    }
    if cut_right {
        text.extend_from_slice(b"...");
    }
    text.push(b'\n');
    text.resize(text.len() + head.len() + width(&before), b' ');
    text.extend_from_slice(b"^\n");
}

/// A character of the query, and the columns it takes; control characters take one.
#[derive(Clone, Copy)]
struct Character<'a> {
    bytes: &'a [u8],
    width: usize,
}

fn width<'a>(characters: impl IntoIterator<Item = &'a Character<'a>>) -> usize {
    characters.into_iter().map(|character| character.width).sum()
}

/// What surrounds a position within its line, as far as it may be shown: queries have megabytes.
struct Place<'a> {
    line: usize,
    before: VecDeque<Character<'a>>,
    after: Vec<Character<'a>>,
    /// Whether the line begins before `before`.
    cut: bool,
}

impl<'a> Place<'a> {
    fn find(query: &'a [u8], position: u32, charset: Charset) -> Option<Self> {
        let mut left = usize::try_from(position).ok()?.checked_sub(1)?;
        let mut place = Place { line: 1, before: VecDeque::new(), after: Vec::new(), cut: false };
        let (mut rest, mut columns, mut last) = (query, 0, &b""[..]);
        while left > 0 {
            let character = split(&mut rest, charset)?;
            left -= 1;
            if is_end(character.bytes) {
                place.line += usize::from(character.bytes == b"\r" || last != b"\r");
                place.before.clear();
                (place.cut, columns) = (false, 0);
            } else {
                columns += character.width;
                place.before.push_back(character);
            }
            while columns > WIDTH {
                columns -= place.before.pop_front().map_or(columns, |character| character.width);
                place.cut = true;
            }
            last = character.bytes;
        }
        let mut columns = 0;
        while columns <= WIDTH
            && let Some(character) = split(&mut rest, charset)
            && !is_end(character.bytes)
        {
            columns += character.width;
            place.after.push(character);
        }
        Some(place)
    }

    /// Cuts the right side if that is enough, else both, so that the caret keeps some text to its right.
    fn shown(self) -> Shown<'a> {
        let Place { mut before, mut after, cut, .. } = self;
        let (mut left, mut right) = (width(&before), width(&after));
        let (mut cut_left, mut cut_right) = (cut, false);
        if !cut && left + right <= WIDTH {
            return Shown { before, after, cut_left, cut_right };
        }
        let room = if !cut && left + RIGHT_OF_CARET <= WIDTH { WIDTH - left } else { RIGHT_OF_CARET };
        while right > room
            && let Some(character) = after.pop()
        {
            right -= character.width;
            cut_right = true;
        }
        while left + right > WIDTH
            && let Some(character) = before.pop_front()
        {
            left -= character.width;
            cut_left = true;
        }
        Shown { before, after, cut_left, cut_right }
    }
}

/// The part of a line that is shown.
struct Shown<'a> {
    before: VecDeque<Character<'a>>,
    after: Vec<Character<'a>>,
    cut_left: bool,
    cut_right: bool,
}

fn is_end(character: &[u8]) -> bool {
    matches!(character, b"\n" | b"\r")
}

/// Takes the first character off; none at the end.
fn split<'a>(rest: &mut &'a [u8], charset: Charset) -> Option<Character<'a>> {
    if rest.is_empty() {
        return None;
    }
    let (bytes, after) = rest.split_at(charset.char_len(rest));
    *rest = after;
    Some(Character { bytes, width: charset.char_width(bytes).unwrap_or(1).max(1) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carets_point_at_the_character() {
        let check = |query: &str, position: u32, expect: &str| {
            let mut text = Vec::new();
            write(&mut text, query.as_bytes(), position, Charset::Utf8);
            assert_eq!(String::from_utf8_lossy(&text), expect, "{query:?} {position}");
        };
        check("select x", 8, "LINE 1: select x\n               ^\n");
        check("a\r\nb\n\tcd", 7, "LINE 3:  cd\n         ^\n");
        check("漢 x", 3, "LINE 1: 漢 x\n           ^\n");
        check("ab", 3, "LINE 1: ab\n          ^\n");
        check("ab", 4, "");
        check("ab", 0, "");
        let long = format!("{}x{}", "a".repeat(100), "b".repeat(100));
        check(
            &long,
            101,
            &format!("LINE 1: ...{}x{}...\n{}^\n", "a".repeat(50), "b".repeat(9), " ".repeat(61)),
        );
        check(&long, 5, &format!("LINE 1: {}...\n{}^\n", "a".repeat(60), " ".repeat(12)));
    }
}

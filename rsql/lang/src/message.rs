//! The text of a server message as psql shows it: severity, position, detail, hint, context, location.
//! Where it is written, and with what head, is not decided here.

use std::fmt::Write as _;

use crate::server_message::ServerMessage;
use unicode_width::UnicodeWidthChar;

/// Widest excerpt of a line under `LINE n:`, in columns.
const EXCERPT_WIDTH: usize = 60;
/// Columns that stay to the right of the caret when a line is cut there.
const RIGHT_OF_CARET: usize = 10;

/// `VERBOSITY`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Verbosity {
    Terse,
    #[default]
    Default,
    Verbose,
    Sqlstate,
}

/// `SHOW_CONTEXT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ShowContext {
    Never,
    #[default]
    Errors,
    Always,
}

/// What a message is: an error, or something the server only says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Error,
    Notice,
}

/// How messages are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Detail {
    pub(crate) verbosity: Verbosity,
    pub(crate) context: ShowContext,
}

/// The whole message; its lines end with line breaks. `query` is the text that a position points into.
pub(crate) fn format(message: &ServerMessage, kind: Kind, query: &[u8], detail: Detail) -> String {
    let mut text = format!("{}:  ", message.severity);
    if detail.verbosity == Verbosity::Sqlstate {
        text.push_str(&message.sqlstate);
        text.push('\n');
        return text;
    }
    if detail.verbosity == Verbosity::Verbose {
        let _ = write!(text, "{}: ", message.sqlstate);
    }
    text.push_str(&message.message);
    let position = message.position.or(message.internal_position);
    let terse = detail.verbosity == Verbosity::Terse;
    if let Some(position) = position.filter(|_| terse) {
        let _ = write!(text, " at character {position}");
    }
    text.push('\n');
    if terse {
        return text;
    }
    if let Some(position) = message.position {
        excerpt(&mut text, &String::from_utf8_lossy(query), position);
    } else if let (Some(position), Some(query)) = (message.internal_position, &message.internal_query) {
        excerpt(&mut text, query, position);
    }
    let context = match detail.context {
        ShowContext::Never => false,
        ShowContext::Errors => kind == Kind::Error,
        ShowContext::Always => true,
    };
    field(&mut text, "DETAIL", message.detail.as_deref());
    field(&mut text, "HINT", message.hint.as_deref());
    field(&mut text, "QUERY", message.internal_query.as_deref());
    field(&mut text, "CONTEXT", message.context.as_deref().filter(|_| context));
    if detail.verbosity == Verbosity::Verbose {
        verbose_fields(&mut text, message);
    }
    text
}

fn field(text: &mut String, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        let _ = writeln!(text, "{name}:  {value}");
    }
}

fn verbose_fields(text: &mut String, message: &ServerMessage) {
    field(text, "SCHEMA NAME", message.schema.as_deref());
    field(text, "TABLE NAME", message.table.as_deref());
    field(text, "COLUMN NAME", message.column.as_deref());
    field(text, "DATATYPE NAME", message.data_type.as_deref());
    field(text, "CONSTRAINT NAME", message.constraint.as_deref());
    let file = message.file.as_ref().zip(message.line.as_ref()).map(|(file, line)| format!("{file}:{line}"));
    let parts: Vec<_> = message.routine.iter().chain(&file).map(String::as_str).collect();
    if !parts.is_empty() {
        let _ = writeln!(text, "LOCATION:  {}", parts.join(", "));
    }
}

/// `LINE n: …` with a caret below; `position` counts characters from 1. Nothing when it is not in the query.
fn excerpt(text: &mut String, query: &str, position: u32) {
    let Some(at) = usize::try_from(position).ok().and_then(|position| position.checked_sub(1)) else {
        return;
    };
    let characters: Vec<char> = query.chars().collect();
    if at > characters.len() {
        return;
    }
    let is_end = |character: &char| matches!(character, '\n' | '\r');
    let begin = characters[..at].iter().rposition(is_end).map_or(0, |end| end + 1);
    let end = characters[at..].iter().position(is_end).map_or(characters.len(), |length| at + length);
    let ends = characters[..at].iter().enumerate().filter(|&(index, character)| {
        *character == '\r' || (*character == '\n' && (index == 0 || characters[index - 1] != '\r'))
    });
    let line = 1 + ends.count();
    let cut = Cut::new(&characters, begin, at, end);
    let mut head = format!("LINE {line}: ");
    if cut.begin > begin {
        head.push_str("...");
    }
    let shown = characters[cut.begin..cut.end].iter().map(|&c| if c == '\t' { ' ' } else { c });
    let caret = head.len() + width(&characters[cut.begin..at]);
    let tail = if cut.end < end { "..." } else { "" };
    let _ = writeln!(text, "{head}{}{tail}", shown.collect::<String>());
    let _ = writeln!(text, "{:caret$}^", "");
}

/// The part of a line that is shown.
struct Cut {
    begin: usize,
    end: usize,
}

impl Cut {
    /// Cuts the right side if that is enough, else both, so that the caret keeps some text to its right.
    fn new(characters: &[char], begin: usize, at: usize, end: usize) -> Self {
        let mut cut = Self { begin, end };
        let before = width(&characters[begin..at]);
        let mut total = before + width(&characters[at..end]);
        if total <= EXCERPT_WIDTH {
            return cut;
        }
        let mut after = total - before;
        let right_only = before + RIGHT_OF_CARET <= EXCERPT_WIDTH;
        while if right_only { total > EXCERPT_WIDTH } else { after > RIGHT_OF_CARET } {
            cut.end -= 1;
            let wide = char_width(characters[cut.end]);
            total -= wide;
            after -= wide;
        }
        while total > EXCERPT_WIDTH {
            total -= char_width(characters[cut.begin]);
            cut.begin += 1;
        }
        cut
    }
}

fn width(characters: &[char]) -> usize {
    characters.iter().map(|&character| char_width(character)).sum()
}

/// Control characters count as one column here.
fn char_width(character: char) -> usize {
    character.width().unwrap_or(1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(position: u32) -> ServerMessage {
        ServerMessage {
            severity: "ERROR".to_owned(),
            sqlstate: "42P01".to_owned(),
            message: "bad".to_owned(),
            position: Some(position),
            detail: Some("d".to_owned()),
            hint: Some("h".to_owned()),
            context: Some("c".to_owned()),
            file: Some("f.c".to_owned()),
            line: Some("7".to_owned()),
            routine: Some("r".to_owned()),
            table: Some("t".to_owned()),
            ..ServerMessage::default()
        }
    }

    #[test]
    fn carets_point_at_the_character() {
        let check = |query: &str, position: u32, expect: &str| {
            let mut text = String::new();
            excerpt(&mut text, query, position);
            assert_eq!(text, expect, "{query:?} {position}");
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

    #[test]
    fn verbosity_chooses_the_fields() {
        let check = |verbosity, expect: &str| {
            let detail = Detail { verbosity, context: ShowContext::Errors };
            assert_eq!(format(&message(1), Kind::Error, b"q", detail), expect);
        };
        check(Verbosity::Sqlstate, "ERROR:  42P01\n");
        check(Verbosity::Terse, "ERROR:  bad at character 1\n");
        check(Verbosity::Default, "ERROR:  bad\nLINE 1: q\n        ^\nDETAIL:  d\nHINT:  h\nCONTEXT:  c\n");
        check(
            Verbosity::Verbose,
            "ERROR:  42P01: bad\nLINE 1: q\n        ^\nDETAIL:  d\nHINT:  h\nCONTEXT:  c\nTABLE NAME:  t\n\
             LOCATION:  r, f.c:7\n",
        );
    }

    #[test]
    fn notices_show_no_context_unless_told() {
        let text = format(&message(1), Kind::Notice, b"q", Detail::default());
        assert!(!text.contains("CONTEXT"), "{text}");
    }
}

//! The text of a server message as psql shows it: severity, position, detail, hint, context, location.
//! Where it is written, and with what head, is not decided here.

mod excerpt;

use crate::charset::Charset;
use crate::server_message::ServerMessage;

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
pub(crate) fn format(
    message: &ServerMessage,
    kind: Kind,
    (query, charset): (&[u8], Charset),
    detail: Detail,
) -> Vec<u8> {
    let mut text = format!("{}:  ", message.severity).into_bytes();
    if detail.verbosity == Verbosity::Sqlstate {
        text.extend_from_slice(message.sqlstate.as_bytes());
        text.push(b'\n');
        return text;
    }
    if detail.verbosity == Verbosity::Verbose {
        text.extend_from_slice(format!("{}: ", message.sqlstate).as_bytes());
    }
    text.extend_from_slice(&message.message);
    let position = message.position.or(message.internal_position);
    let terse = detail.verbosity == Verbosity::Terse;
    if let Some(position) = position.filter(|_| terse) {
        text.extend_from_slice(format!(" at character {position}").as_bytes());
    }
    text.push(b'\n');
    if terse {
        return text;
    }
    if let Some(position) = message.position {
        excerpt::write(&mut text, query, position, charset);
    } else if let (Some(position), Some(query)) = (message.internal_position, &message.internal_query) {
        excerpt::write(&mut text, query, position, charset);
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

fn field(text: &mut Vec<u8>, name: &str, value: Option<&[u8]>) {
    if let Some(value) = value {
        text.extend_from_slice(format!("{name}:  ").as_bytes());
        text.extend_from_slice(value);
        text.push(b'\n');
    }
}

fn verbose_fields(text: &mut Vec<u8>, message: &ServerMessage) {
    field(text, "SCHEMA NAME", message.schema.as_deref());
    field(text, "TABLE NAME", message.table.as_deref());
    field(text, "COLUMN NAME", message.column.as_deref());
    field(text, "DATATYPE NAME", message.data_type.as_deref());
    field(text, "CONSTRAINT NAME", message.constraint.as_deref());
    let file = message.file.as_ref().zip(message.line.as_ref()).map(|(file, line)| format!("{file}:{line}"));
    let parts: Vec<_> = message.routine.iter().chain(&file).map(String::as_str).collect();
    if !parts.is_empty() {
        field(text, "LOCATION", Some(parts.join(", ").as_bytes()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(position: u32) -> ServerMessage {
        ServerMessage {
            severity: "ERROR".to_owned(),
            sqlstate: "42P01".to_owned(),
            message: b"bad".to_vec(),
            position: Some(position),
            detail: Some(b"d".to_vec()),
            hint: Some(b"h".to_vec()),
            context: Some(b"c".to_vec()),
            file: Some("f.c".to_owned()),
            line: Some("7".to_owned()),
            routine: Some("r".to_owned()),
            table: Some(b"t".to_vec()),
            ..ServerMessage::default()
        }
    }

    #[test]
    fn verbosity_chooses_the_fields() {
        let check = |verbosity, expect: &str| {
            let detail = Detail { verbosity, context: ShowContext::Errors };
            let text = format(&message(1), Kind::Error, (b"q", Charset::Utf8), detail);
            assert_eq!(String::from_utf8_lossy(&text), expect);
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
        let text = format(&message(1), Kind::Notice, (b"q", Charset::Utf8), Detail::default());
        assert!(!String::from_utf8_lossy(&text).contains("CONTEXT"), "{text:?}");
    }
}

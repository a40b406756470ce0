//! Prompts: the text of `PROMPT1`, `PROMPT2` and `PROMPT3`, given what they may show.
//!
//! Asks nobody: the output of a shell command that is missing is named, and the prompt is expanded again once it is there.

use crate::outcome::{ConnectionInfo, Transaction};
use crate::text::{char_len, char_width, lossy};
use crate::variables::Variables;

/// Where servers of this machine listen by default; their host is shown without it.
const SOCKET_DIRECTORY: &str = "/var/run/postgresql";

/// What a line is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// A new statement.
    Statement,
    /// More of a statement.
    More,
    /// The end of a `'…'` string.
    String,
    /// The end of a `"…"` name.
    Identifier,
    /// The end of a dollar quote.
    Dollar,
    /// The end of a comment.
    Comment,
    /// A closing parenthesis.
    Parenthesis,
    /// COPY data.
    Data,
}

impl Wanted {
    /// The variable that holds its prompt.
    pub(crate) fn variable(self) -> &'static str {
        match self {
            Self::Statement => "PROMPT1",
            Self::Data => "PROMPT3",
            _ => "PROMPT2",
        }
    }
}

/// What prompts may show.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) wanted: Wanted,
    pub(crate) connection: Option<&'a ConnectionInfo>,
    pub(crate) transaction: Transaction,
    pub(crate) variables: &'a Variables,
    /// Whether the current branch runs.
    pub(crate) active: bool,
    pub(crate) single_line: bool,
    /// Line within the statement, from 1.
    pub(crate) line: u64,
    /// The database that needs no name (`PGDATABASE`).
    pub(crate) usual_database: Option<&'a str>,
    /// Columns of the last `PROMPT1`, for `%w`.
    pub(crate) width: usize,
    /// Outputs of shell commands so far, in order.
    pub(crate) outputs: &'a [Option<Vec<u8>>],
}

/// Expands a prompt.
///
/// # Errors
/// The shell command whose output is missing.
pub(crate) fn expand(template: &[u8], facts: &Facts<'_>) -> Result<Vec<u8>, Vec<u8>> {
    let mut text = Vec::new();
    let mut outputs = facts.outputs.iter();
    let mut rest = template;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'%' {
            text.push(byte);
            continue;
        }
        let Some((&letter, tail)) = rest.split_first() else { break };
        match letter {
            b'0'..=b'7' => {
                let digits = rest.iter().take_while(|digit| (b'0'..=b'7').contains(digit)).count();
                text.push(octal(&rest[..digits]));
                rest = &rest[digits..];
                continue;
            }
            b'`' => {
                let (command, after) = up_to(tail, b'`');
                let output = outputs.next().ok_or_else(|| command.to_vec())?;
                text.extend_from_slice(first_line(output.as_deref().unwrap_or_default()));
                rest = after;
                continue;
            }
            b':' => {
                let (name, after) = up_to(tail, b':');
                text.extend_from_slice(facts.variables.get(name).unwrap_or_default());
                rest = after;
                continue;
            }
            letter => text.extend_from_slice(&one(letter, facts)),
        }
        rest = tail;
    }
    Ok(text)
}

/// Columns of the last line of a prompt, as a terminal shows it.
pub(crate) fn width(prompt: &[u8]) -> usize {
    let start = prompt.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let mut rest = &prompt[start..];
    let mut columns = 0;
    while !rest.is_empty() {
        if let Some(length) = escape_sequence(rest) {
            rest = &rest[length..];
            continue;
        }
        let length = char_len(rest).clamp(1, rest.len());
        columns += char_width(&rest[..length]).unwrap_or(0);
        rest = &rest[length..];
    }
    columns
}

/// Length of a sequence that sets colours and the like: escape, bracket, parameters, letter.
fn escape_sequence(text: &[u8]) -> Option<usize> {
    let parameters = text.strip_prefix(b"\x1b[")?;
    let end = parameters.iter().position(u8::is_ascii_alphabetic)?;
    Some(2 + end + 1)
}

/// An escape of one letter; unknown ones are the letter itself.
fn one(letter: u8, facts: &Facts<'_>) -> Vec<u8> {
    let session = |show: fn(&ConnectionInfo) -> String| {
        facts.connection.map(show).map(String::into_bytes).unwrap_or_default()
    };
    match letter {
        b'M' => session(|connection| host(connection, Detail::Full)),
        b'm' => session(|connection| host(connection, Detail::Short)),
        b'>' => session(|connection| connection.port.to_string()),
        b'n' => {
            session(|connection| connection.session_user.clone().unwrap_or_else(|| connection.user.clone()))
        }
        b'p' => session(|connection| connection.backend_pid.map_or_else(String::new, |pid| pid.to_string())),
        b'/' => session(|connection| connection.database.clone()),
        b'~' => database(facts),
        b'#' if facts.connection.is_some_and(|connection| connection.superuser) => b"#".to_vec(),
        b'#' => b">".to_vec(),
        b'R' => state(facts).to_vec(),
        b'x' => transaction(facts).to_vec(),
        b'l' => facts.line.to_string().into_bytes(),
        b'w' => vec![b' '; facts.width],
        // Escape sequences are recognized without being marked.
        b'[' | b']' | b'?' => Vec::new(),
        letter => vec![letter],
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Full,
    Short,
}

fn host(connection: &ConnectionInfo, detail: Detail) -> String {
    let host = connection.host.as_str();
    if !host.is_empty() && !host.starts_with('/') {
        return match detail {
            Detail::Full => host.to_owned(),
            Detail::Short => host.split('.').next().unwrap_or_default().to_owned(),
        };
    }
    if host.is_empty() || host == SOCKET_DIRECTORY || detail == Detail::Short {
        return "[local]".to_owned();
    }
    format!("[local:{host}]")
}

/// The database, `~` for the usual one.
fn database(facts: &Facts<'_>) -> Vec<u8> {
    let Some(connection) = facts.connection else { return Vec::new() };
    let usual =
        connection.database == connection.user || facts.usual_database == Some(connection.database.as_str());
    if usual { b"~".to_vec() } else { connection.database.clone().into_bytes() }
}

fn state(facts: &Facts<'_>) -> &'static [u8] {
    match facts.wanted {
        Wanted::Statement if !facts.active => b"@",
        Wanted::Statement if facts.connection.is_none() => b"!",
        Wanted::Statement if facts.single_line => b"^",
        Wanted::Statement => b"=",
        Wanted::More => b"-",
        Wanted::String => b"'",
        Wanted::Identifier => b"\"",
        Wanted::Dollar => b"$",
        Wanted::Comment => b"*",
        Wanted::Parenthesis => b"(",
        Wanted::Data => b"",
    }
}

fn transaction(facts: &Facts<'_>) -> &'static [u8] {
    match (facts.connection, facts.transaction) {
        (None, _) => b"?",
        (_, Transaction::Idle) => b"",
        (_, Transaction::Open) => b"*",
        (_, Transaction::Failed) => b"!",
    }
}

/// What stands before the mark, and what after it.
fn up_to(text: &[u8], mark: u8) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| *byte == mark).unwrap_or(text.len());
    (&text[..end], text.get(end + 1..).unwrap_or_default())
}

fn first_line(output: &[u8]) -> &[u8] {
    let end = output.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(output.len());
    &output[..end]
}

/// The low byte of an octal number.
fn octal(digits: &[u8]) -> u8 {
    let number = digits.iter().fold(0_u8, |number, digit| number.wrapping_mul(8).wrapping_add(digit - b'0'));
    debug_assert!(lossy(digits).chars().all(|digit| digit.is_digit(8)), "only octal digits are given");
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection() -> ConnectionInfo {
        ConnectionInfo {
            database: "sales".to_owned(),
            user: "etl".to_owned(),
            host: "db.example.com".to_owned(),
            port: 5439,
            backend_pid: Some(77),
            ..ConnectionInfo::default()
        }
    }

    fn facts<'a>(connection: Option<&'a ConnectionInfo>, variables: &'a Variables) -> Facts<'a> {
        Facts {
            wanted: Wanted::Statement,
            connection,
            transaction: Transaction::Idle,
            variables,
            active: true,
            single_line: false,
            line: 3,
            usual_database: None,
            width: 2,
            outputs: &[],
        }
    }

    fn text(template: &str, facts: &Facts<'_>) -> String {
        match expand(template.as_bytes(), facts) {
            Ok(text) => lossy(&text).into_owned(),
            Err(command) => format!("run {}", lossy(&command)),
        }
    }

    #[test]
    fn all_escapes() {
        let mut variables = Variables::default();
        variables.set("v", "value");
        let connection = connection();
        let facts = facts(Some(&connection), &variables);
        for (template, expect) in [
            ("%/%R%x%# ", "sales=> "),
            ("%M %m %> %n %p", "db.example.com db 5439 etl 77"),
            ("%~", "sales"),
            ("%l", "3"),
            ("[%w]", "[  ]"),
            ("%:v:%:none:.", "value."),
            ("%:v", "value"),
            ("%%%y", "%y"),
            ("%101%10%7", "A\u{8}\u{7}"),
            ("a%", "a"),
            ("%[%033[1m%]x%?", "\u{1b}[1mx"),
            ("%`date`", "run date"),
        ] {
            assert_eq!(text(template, &facts), expect, "{template}");
        }
        let outputs = [Some(b"one\ntwo\n".to_vec()), None];
        assert_eq!(text("%`a`-%`b`.", &Facts { outputs: &outputs, ..facts }), "one-.");
    }

    #[test]
    fn states_have_their_signs() {
        let variables = Variables::default();
        let connection = connection();
        let check = |facts: Facts<'_>, expect: &str| assert_eq!(text("%R%x", &facts), expect, "{facts:?}");
        let base = || facts(Some(&connection), &variables);
        for (wanted, sign) in [
            (Wanted::Statement, "="),
            (Wanted::More, "-"),
            (Wanted::String, "'"),
            (Wanted::Identifier, "\""),
            (Wanted::Dollar, "$"),
            (Wanted::Comment, "*"),
            (Wanted::Parenthesis, "("),
            (Wanted::Data, ""),
        ] {
            check(Facts { wanted, ..base() }, sign);
        }
        check(Facts { transaction: Transaction::Open, ..base() }, "=*");
        check(Facts { transaction: Transaction::Failed, active: false, ..base() }, "@!");
        check(Facts { single_line: true, ..base() }, "^");
        check(facts(None, &variables), "!?");
    }

    #[test]
    fn hosts_and_databases_have_short_names() {
        let variables = Variables::default();
        let check = |host: &str, database: &str, expect: &str| {
            let connection =
                ConnectionInfo { host: host.to_owned(), database: database.to_owned(), ..connection() };
            let facts = Facts { usual_database: Some("usual"), ..facts(Some(&connection), &variables) };
            assert_eq!(text("%M %m %~", &facts), expect);
        };
        check("localhost", "etl", "localhost localhost ~");
        check(SOCKET_DIRECTORY, "usual", "[local] [local] ~");
        check("/tmp", "other", "[local:/tmp] [local] other");
    }

    #[test]
    fn widths_leave_out_what_is_not_seen() {
        for (prompt, columns) in
            [("sales=> ", 8), ("a\nbc", 2), ("\u{1b}[1;31mx\u{1b}[0m ", 2), ("日本", 4), ("", 0)]
        {
            assert_eq!(width(prompt.as_bytes()), columns, "{prompt}");
        }
    }
}

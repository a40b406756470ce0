//! What a program did, and how that of two programs differs; the scripts that both run.

use std::path::{Path, PathBuf};

/// Longest excerpt of an output in a failure's message.
const EXCERPT_BYTES: usize = 1500;

/// What a program did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

impl Ran {
    /// Without what may differ by right: times, and the program's name at the head of messages.
    pub(crate) fn normalized(&self) -> Ran {
        Ran {
            code: self.code,
            stdout: by_line(&self.stdout, |line| without_time(line).unwrap_or_else(|| without_clock(line))),
            stderr: by_line(&self.stderr, without_program),
        }
    }
}

/// All scripts for the comparison, sorted by name.
pub(crate) fn scripts() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut scripts: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .collect();
    scripts.sort();
    assert!(scripts.len() > 60, "the scripts are missing");
    scripts
}

/// Parts that the scripts are tried in.
const PARTS: usize = 4;

/// Every fourth script, from this one on.
pub(crate) fn part_of(scripts: Vec<PathBuf>, part: usize) -> impl Iterator<Item = PathBuf> {
    scripts.into_iter().skip(part).step_by(PARTS)
}

/// What differs between what two programs did, ready to be shown.
pub(crate) fn difference(case: &str, names: [&str; 2], expect: &Ran, got: &Ran) -> Option<String> {
    let mut shown = Vec::new();
    if expect.code != got.code {
        shown.push(format!("exit code: {} {:?}, {} {:?}", names[0], expect.code, names[1], got.code));
    }
    for (stream, expect, got) in
        [("stdout", &expect.stdout, &got.stdout), ("stderr", &expect.stderr, &got.stderr)]
    {
        if expect != got {
            shown.push(format!("{stream}, {}", first_difference(names, expect, got)));
        }
    }
    (!shown.is_empty()).then(|| format!("=== {case}\n{}", shown.join("\n")))
}

fn first_difference(names: [&str; 2], expect: &[u8], got: &[u8]) -> String {
    let at = expect.iter().zip(got).take_while(|(a, b)| a == b).count();
    let line = expect[..at].iter().filter(|b| **b == b'\n').count() + 1;
    // From the start of the line in which they part.
    let start = expect[..at].iter().rposition(|b| *b == b'\n').map_or(0, |newline| newline + 1);
    let [one, other] = names;
    format!("line {line}:\n--- {one}\n{}\n--- {other}\n{}", excerpt(expect, start), excerpt(got, start))
}

fn excerpt(text: &[u8], start: usize) -> String {
    let end = text.len().min(start + EXCERPT_BYTES);
    let shown = text[start.min(end)..end].escape_ascii().to_string();
    shown.replace("\\n", "\n").replace("\\'", "'").replace("\\\"", "\"")
}

fn by_line(text: &[u8], change: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    text.split_inclusive(|b| *b == b'\n').flat_map(change).collect()
}

fn without_time(line: &[u8]) -> Option<Vec<u8>> {
    let rest = line.strip_prefix(b"Time: ")?;
    let digits = rest.iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
    Some([b"Time: X", &rest[digits..]].concat())
}

/// The title of a `\watch`ed result without the time of day.
fn without_clock(line: &[u8]) -> Vec<u8> {
    let is_title = line.windows(8).any(|part| part == b" (every ");
    let of_clock = |(index, _): &(usize, &u8)| {
        let digit = |at: usize| line.get(at).is_some_and(u8::is_ascii_digit);
        let colon = |at: Option<usize>| at.is_some_and(|at| line.get(at) == Some(&b':'));
        digit(*index) && [1, 2].into_iter().any(|n| colon(index.checked_sub(n)) || colon(Some(index + n)))
    };
    let shown = |part: (usize, &u8)| if is_title && of_clock(&part) { b'X' } else { *part.1 };
    line.iter().enumerate().map(shown).collect()
}

fn without_program(line: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(line);
    // getopt names the program by its path.
    let (head, tail) = text.split_once(':').unwrap_or((&text, ""));
    let text = match head.rsplit('/').next() {
        Some("psql" | "rsql") => format!("P:{tail}"),
        _ => text.clone().into_owned(),
    };
    let text = text.replace("\"psql --help\"", "\"P --help\"").replace("\"rsql --help\"", "\"P --help\"");
    without_session(&text).into_bytes()
}

/// Schemas of temporary objects have a number that is the session's, and other sessions come and go.
fn without_session(text: &str) -> String {
    const SCHEMA: &str = "pg_temp_";
    let mut parts = text.split(SCHEMA);
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        shown.push_str(SCHEMA);
        shown.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    shown
}

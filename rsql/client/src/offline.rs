//! Scripts that speak to nobody: remarks, lines to show, an exit code, such as what a conversion leaves of a step that is not
//! needed any more. Runs them without a session. Owns which scripts these are; where there is any doubt, it is none of them.

use rsql_lang::{Action, ConnectionInfo, Effect, Machine, Outcome, Settings};

use crate::run::{OutputLine, Stream};

/// A script that does nothing is short; longer ones are not looked into.
pub const SCRIPT_BYTES_MAX: usize = 64 * 1024;
/// Commands that only write, or end the script.
const COMMANDS: [&[u8]; 5] = [b"echo", b"warn", b"exit", b"quit", b"q"];
/// Bytes that call for a variable or a program.
const CALLS: &[u8] = b":`";
/// Effects of such a script, at most: bounds the loop whatever the machine asks.
const EFFECTS_MAX: usize = 2 * SCRIPT_BYTES_MAX;

/// What a script without a session did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfflineRun {
    /// All that it wrote.
    pub lines: Vec<OutputLine>,
    /// The exit code the executable would have ended with.
    pub exit_code: i32,
}

/// Runs a script that needs no session; `None` for any other, of which nothing is done.
#[must_use]
pub fn run_offline(text: &[u8]) -> Option<OfflineRun> {
    if text.len() > SCRIPT_BYTES_MAX || !text.split(|byte| *byte == b'\n').all(needs_nobody) {
        return None;
    }
    let mut machine = Machine::new(Settings::new(ConnectionInfo::default())).ok()?;
    machine.push(Action::File(b"script".to_vec()));
    let mut chunks = [text.to_vec()].into_iter();
    let mut written = Written::default();
    for _ in 0..EFFECTS_MAX {
        let outcome = match machine.next_effect() {
            Effect::Finish { code } => return Some(OfflineRun { lines: written.end(), exit_code: code }),
            Effect::Write { to: rsql_lang::Stream::Stdout, bytes } => {
                written.add(Stream::Stdout, &bytes);
                continue;
            }
            Effect::Write { to: rsql_lang::Stream::Stderr, bytes } => {
                written.add(Stream::Stderr, &bytes);
                continue;
            }
            Effect::CloseInput(_) => continue,
            Effect::OpenInput { .. } => Outcome::Opened(Ok(())),
            Effect::Read(_) => Outcome::Chunk(Ok(chunks.next().unwrap_or_default())),
            // It speaks to somebody after all; what it would have written is forgotten.
            _ => return None,
        };
        machine.resume(outcome).ok()?;
    }
    None
}

/// Whether this line has nothing for the server, and nothing that depends on a session.
fn needs_nobody(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    if line.is_empty() || line.starts_with(b"--") {
        return true;
    }
    let Some(command) = line.strip_prefix(b"\\") else { return false };
    let name = command.split(u8::is_ascii_whitespace).next().unwrap_or_default();
    // A second backslash begins another command on the same line.
    COMMANDS.contains(&name) && !command.iter().any(|byte| CALLS.contains(byte) || *byte == b'\\')
}

/// Output, by lines.
#[derive(Default)]
struct Written {
    lines: Vec<OutputLine>,
    open: [Vec<u8>; 2],
}

impl Written {
    fn add(&mut self, stream: Stream, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let open = &mut self.open[stream as usize];
            open.extend_from_slice(piece);
            if open.last() == Some(&b'\n') {
                open.pop();
                self.lines.push(OutputLine { stream, bytes: std::mem::take(open) });
            }
        }
    }

    fn end(mut self) -> Vec<OutputLine> {
        for stream in [Stream::Stdout, Stream::Stderr] {
            let open = std::mem::take(&mut self.open[stream as usize]);
            if !open.is_empty() {
                self.lines.push(OutputLine { stream, bytes: open });
            }
        }
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(script: &str, expect: Option<(&[&str], i32)>) {
        let seen = run_offline(script.as_bytes());
        let seen = seen.map(|run| {
            let lines = run.lines.into_iter().map(|line| String::from_utf8(line.bytes).unwrap());
            (lines.collect::<Vec<_>>(), run.exit_code)
        });
        let expect = expect
            .map(|(lines, code)| (lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>(), code));
        assert_eq!(seen, expect, "{script}");
    }

    #[test]
    fn scripts_that_speak_to_nobody_run() {
        check("", Some((&[], 0)));
        check("-- nothing is left of this step\n\n", Some((&[], 0)));
        check("\\echo done\r\n\\echo -n half\n", Some((&["done", "half"], 0)));
        check("\\warn careful\n\\exit 4\nnever seen\n", None);
        check("\\warn careful\n\\exit 4\n\\echo never seen\n", Some((&["careful"], 4)));
        check("\\q", Some((&[], 0)));
    }

    #[test]
    fn all_others_get_a_session() {
        for script in [
            "select 1;",
            "select 1",
            ";",
            "/* x */",
            "\\echo :DBNAME",
            "\\echo `date`",
            "\\conninfo",
            "\\set",
            "\\set x 1",
            "\\connect other",
            "\\echo a \\g",
            "\\! date",
            "\\if true\n\\endif",
            "\\exitt",
        ] {
            check(script, None);
        }
        check(&"\n".repeat(SCRIPT_BYTES_MAX + 1), None);
    }
}

//! Any bytes are a script: it ends, nothing panics, and how it is cut into reads changes nothing but the pieces of COPY data.
//! The world around the machine is the one of its own tests.

#![no_main]

#[path = "../../lang/tests/fake/mod.rs"]
mod fake;

use fake::Fake;
use libfuzzer_sys::fuzz_target;
use rsql_lang::{Action, Settings};

/// Longer scripts find nothing new, slowly.
const SCRIPT_BYTES_MAX: usize = 4096;

/// How the log shows that a line was not ended.
const OPEN: &str = "⏎";

fuzz_target!(|data: &[u8]| {
    let [first, script @ ..] = data else { return };
    if script.len() > SCRIPT_BYTES_MAX {
        return;
    }
    let pieces = usize::from(first % 31) + 1;
    assert_eq!(transcript(script, usize::MAX), transcript(script, pieces));
});

/// What was done, without what depends on the size of reads: pieces of COPY data, and where a line was written in two.
fn transcript(script: &[u8], read_bytes: usize) -> Vec<String> {
    let fake = Fake::new(Settings::new(fake::connection())).with_reads(read_bytes);
    let fake = fake.with_file("f", b"select rows 1;\n\\echo f\n").with_file("job", script);
    let log = fake.with_action(Action::File(b"job".to_vec())).run();
    let mut lines: Vec<String> = Vec::new();
    for line in log.lines().filter(|line| !line.starts_with("copy>")) {
        let head = line.split_once("| ").map(|(head, _)| head);
        match lines.last_mut() {
            Some(last) if last.ends_with(OPEN) && last.split_once("| ").map(|(head, _)| head) == head => {
                last.truncate(last.len() - OPEN.len());
                last.push_str(line.split_once("| ").map_or("", |(_, text)| text));
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

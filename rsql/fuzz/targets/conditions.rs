//! Any line is a condition: one of the two branches runs, and the script goes on behind the block.

#![no_main]

#[path = "../../lang/tests/fake/mod.rs"]
mod fake;

use fake::Fake;
use libfuzzer_sys::fuzz_target;
use rsql_lang::{Action, Settings};

fuzz_target!(|data: &[u8]| {
    // A line break ends the condition, and a backslash begins another command.
    if data.iter().any(|byte| matches!(byte, b'\n' | b'\\')) {
        return;
    }
    let script = [
        b"\\set v 'it''s'\n\\set n 42\n\\if ".as_slice(),
        data,
        b"\n\\warn yes-branch\n\\else\n\\warn no-branch\n\\endif\n\\warn behind\n",
    ];
    let fake = Fake::new(Settings::new(fake::connection())).with_reads(usize::MAX);
    let fake = fake.with_file("job", &script.concat());
    let log = fake.with_action(Action::File(b"job".to_vec())).run();
    let count = |text: &str| log.lines().filter(|line| *line == format!("err| {text}")).count();
    // A quote or backtick that the line opens is closed by the line's end, so nothing behind it is lost.
    assert_eq!((count("yes-branch") + count("no-branch"), count("behind")), (1, 1), "{log}");
});

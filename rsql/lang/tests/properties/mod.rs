//! Any text is a script: it ends, nothing panics, and how it is cut into reads does not matter.

use crate::fake::{self, Fake};
use proptest::prelude::{Strategy, any, prop, prop_oneof, proptest};
use rsql_lang::{Action, Settings};

/// Pieces that scripts are made of, and pieces that break them.
const PIECES: [&str; 60] = [
    "select rows 2",
    ";",
    "\n",
    "\r\n",
    " ",
    "fail 42P01;",
    "\\if ",
    "\\elif ",
    "\\else",
    "\\endif",
    "true",
    "false",
    ":ERROR",
    " <> ",
    "0",
    "(",
    ")",
    "not ",
    " and ",
    "'",
    "\"",
    "`",
    "$$",
    "$a$",
    "/*",
    "*/",
    "--",
    "\\\\",
    "\\",
    ":",
    ":'v'",
    ":{?v}",
    "\\set v ",
    ":v",
    "\\goto A\n",
    "\\label A\n",
    "\\label B",
    "\\echo ",
    "\\remark a//b",
    "\\q\n",
    "\\i f",
    "\\run file=f skip=1",
    "\\g",
    "\\gset",
    "\\gexec",
    "\\o x",
    "\\pset format csv\n",
    "\\x",
    "\\a",
    "copy in;\n",
    "\\.\n",
    "\\copy t from f\n",
    "\\! ls\n",
    "\\set ON_ERROR_STOP on\n",
    "\\rset maxerror 3\n",
    "\\set ECHO all\n",
    "é",
    "begin;",
    "\\set AUTOCOMMIT off\n",
    "\\set ON_ERROR_ROLLBACK on\n",
];

fn script() -> impl Strategy<Value = Vec<u8>> {
    let piece = (0..PIECES.len()).prop_map(|index| PIECES[index].as_bytes().to_vec());
    let noise = prop::collection::vec(any::<u8>(), 0..4);
    prop::collection::vec(prop_oneof![12 => piece, 1 => noise], 0..40).prop_map(|pieces| pieces.concat())
}

fn transcript(script: &[u8], read_bytes: usize) -> String {
    let fake = Fake::new(Settings::new(fake::connection())).with_reads(read_bytes);
    let fake = fake.with_file("f", b"select rows 1;\n\\echo f\n").with_file("job", script);
    fake.with_action(Action::File(b"job".to_vec())).run()
}

/// The effects without what depends on the size of reads: pieces of COPY data.
fn without_copy_data(log: &str) -> String {
    log.lines().filter(|line| !line.starts_with("copy>")).collect::<Vec<_>>().join("\n")
}

proptest! {
    #[test]
    fn any_text_ends_and_reads_do_not_matter(script in script(), read_bytes in 1_usize..30) {
        let whole = transcript(&script, usize::MAX);
        let pieces = transcript(&script, read_bytes);
        assert_eq!(without_copy_data(&whole), without_copy_data(&pieces));
    }
}

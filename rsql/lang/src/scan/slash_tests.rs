//! Arguments of meta-commands, as psql cuts them.

use super::{Arg, Arguments, Interrupt, Kind, command_end, command_name, raw_words};
use crate::charset::Charset;
use crate::scan::cursor::Cursor;
use crate::variables::Variables;

fn read(text: &str, kind: Kind, outputs: &[Option<Vec<u8>>]) -> Result<Vec<String>, Interrupt> {
    let mut variables = Variables::default();
    variables.set("v", "a b");
    variables.set("q", "it's");
    let mut cursor = Cursor::new(text.as_bytes().to_vec(), Charset::default());
    let mut arguments = Arguments { cursor: &mut cursor, variables: Some(&variables), outputs, used: 0 };
    let mut words = Vec::new();
    while let Some(Arg { text, .. }) = arguments.next(kind)? {
        words.push(String::from_utf8_lossy(&text).into_owned());
    }
    Ok(words)
}

#[test]
fn arguments_are_cut_and_expanded() {
    let check = |kind, text: &str, expect: &[&str]| {
        let outputs = [Some(b"out\n\n".to_vec()), None];
        assert_eq!(read(text, kind, &outputs).expect(text), expect, "{text}");
    };
    check(Kind::Normal, " a  b\t c\r", &["a", "b", "c"]);
    check(Kind::Normal, "'a b' 'it''s' x'y'z ''", &["a b", "it's", "xyz", ""]);
    check(Kind::Normal, r"'\n\t\x41\101\q'", &["\n\tAAq"]);
    check(Kind::Normal, "\"a b\" \"c\"", &["\"a b\"", "\"c\""]);
    check(
        Kind::Normal,
        ":v :'q' :\"v\" :{?v} :{?none} :none x:v",
        &["a b", "'it''s'", "\"a b\"", "TRUE", "FALSE", ":none", "xa b"],
    );
    check(Kind::Normal, "`one` [`two`]", &["out\n", "[]"]);
    check(Kind::Normal, "a; b;;", &["a;", "b;;"]);
    check(Kind::Normal, "a \\echo b", &["a"]);
    check(Kind::Bare, "a; b;; 'c;' ;", &["a", "b", "c;", ""]);
    check(Kind::Name, "\"A b\"; c\"D\"\"e\"f", &["A b", "cD\"ef"]);
    check(Kind::FileOrPipe, "|cat :v \\x", &["|cat :v \\x"]);
    check(Kind::FileOrPipe, "file :v", &["file", "a b"]);
    check(Kind::WholeLine, "  ls -l 'x' :v \r", &["ls -l 'x' :v "]);
    check(Kind::WholeLine, "   ", &[]);
}

#[test]
fn what_is_missing_interrupts() {
    let check = |text: &str, expect: Interrupt| {
        assert_eq!(read(text, Kind::Normal, &[]), Err(expect), "{text}");
    };
    check("'a", Interrupt::Unterminated);
    check("\"a", Interrupt::Unterminated);
    check("`a", Interrupt::Unterminated);
    check("x `echo :v :'q' ':none'`", Interrupt::Shell(b"echo a b 'it'\"'\"'s' ':none'".to_vec()));
}

#[test]
fn nothing_is_expanded_or_run_without_variables() {
    let mut cursor = Cursor::new(b":v `never` x".to_vec(), Charset::default());
    let mut arguments = Arguments { cursor: &mut cursor, variables: None, outputs: &[], used: 0 };
    let mut words = Vec::new();
    while let Some(arg) = arguments.next(Kind::Normal).expect("nothing is asked for") {
        words.push(arg.text);
    }
    assert_eq!(words, [b":v".to_vec(), b"never".to_vec(), b"x".to_vec()]);
}

#[test]
fn commands_end_at_blanks_and_backslashes() {
    let check = |text: &str, name: &str, rest: &str| {
        let mut cursor = Cursor::new(text.as_bytes().to_vec(), Charset::default());
        let found = command_name(&mut cursor);
        command_end(&mut cursor);
        let shown = (String::from_utf8_lossy(&found), String::from_utf8_lossy(cursor.rest()));
        assert_eq!((shown.0.as_ref(), shown.1.as_ref()), (name, rest), "{text}");
    };
    check("echo a", "echo", " a");
    check("q", "q", "");
    check("a\\\\select", "a", "select");
    check("a\\b", "a", "\\b");
    check("!ls x", "!ls", " x");
}

#[test]
fn labels_are_words_as_they_are() {
    let check = |text: &str, expect: &str| {
        let words = raw_words(&mut Cursor::new(text.as_bytes().to_vec(), Charset::default()));
        assert_eq!(String::from_utf8_lossy(&words), expect, "{text}");
    };
    check("  A b  \r", "A b");
    check(" A \\echo x", "A");
    check("", "");
}

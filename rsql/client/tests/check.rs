//! `rsql --check`, as people and pipelines call it: files in; findings and an exit code out. No server is there.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::io::Write as _;
use std::process::{Command, Stdio};

/// Standard output, standard error and exit code of a check in a directory with these files.
fn checked(files: &[(&str, &str)], arguments: &[&str], stdin: &str) -> (String, String, i32) {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_rsql"))
        .args(arguments)
        .current_dir(dir.path())
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr), output.status.code().unwrap())
}

const GOOD: &str = "select 1;\n\\if :ERROR\n\\exit 9\n\\endif\n";

#[test]
fn findings_are_shown_with_their_place() {
    let (out, err, code) =
        checked(&[("a.rsql", "\\echo x\n  \\goto END\n\\label FIN\n")], &["--check", "a.rsql"], "");
    let expect = "\
a.rsql:2:3: error: there is no label `END`, so the rest of the script is skipped [goto-no-label]
 2 |   \\goto END
   |   ^^^^^^^^^
hint: write \\label with this name further on in this file

1 script: 1 error
";
    assert_eq!((out.as_str(), err.as_str(), code), (expect, "", 1));
}

#[test]
fn the_exit_code_says_whether_something_grave_was_found() {
    let check = |text: &str, arguments: &[&str], expect: i32| {
        let (out, err, code) = checked(&[("a.rsql", text)], arguments, "");
        assert_eq!(code, expect, "{arguments:?}\n{out}{err}");
    };
    check(GOOD, &["--check", "a.rsql"], 0);
    check("select 1;\n", &["--check", "a.rsql"], 0);
    check("select 1;\n", &["--check", "--strict", "a.rsql"], 1);
    check("select 1;\n", &["--check", "--strict", "-v", "ON_ERROR_STOP=1", "a.rsql"], 0);
    check("\\foo\n", &["a.rsql", "--check"], 1);
    check(GOOD, &["--check"], 1);
    check(GOOD, &["--check", "none.rsql"], 1);
}

#[test]
fn what_cannot_be_read_is_told() {
    let (out, err, _) = checked(&[], &["--check", "none.rsql"], "");
    assert_eq!(out, "");
    assert!(err.starts_with("rsql: error: none.rsql: No such file or directory\n"), "{err}");
    let (_, err, _) = checked(&[("a.rsql", GOOD)], &["--check", "-o", "xml", "a.rsql"], "");
    assert!(err.starts_with("rsql: error: --check writes text, json or sarif, not \"xml\"\n"), "{err}");
}

#[test]
fn includes_and_standard_input_are_followed() {
    let files = [("dir/inner.rsql", "\\nonsense\n"), ("outer.rsql", "\\i dir/inner.rsql\n")];
    let (out, _, _) = checked(&files, &["--check", "outer.rsql"], "");
    assert!(out.starts_with("dir/inner.rsql:1:1: error: there is no command \\nonsense "), "{out}");
    let (out, _, code) = checked(&files, &["--check", "-"], "\\run file=dir/inner.rsql\n\\exit 300\n");
    assert!(out.contains("<stdin>:2:1: error: exit code 300 becomes 44"), "{out}");
    assert_eq!(code, 1);
}

#[test]
fn programs_get_json_and_sarif() {
    let (out, _, _) = checked(&[("a.rsql", "\\foo\n")], &["--check", "-o", "json", "a.rsql"], "");
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["errors"], 1);
    assert_eq!(document["findings"][0]["rule"], "unknown-command");
    let (out, _, code) = checked(&[("a.rsql", "\\foo\n")], &["--check", "-o", "sarif", "a.rsql"], "");
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["runs"][0]["tool"]["driver"]["name"], "rsql");
    assert_eq!(document["runs"][0]["results"][0]["ruleId"], "unknown-command");
    assert_eq!(code, 1);
}

//! rsql against the real psql: the same script, the same arguments, the same server; standard output and exit code must be
//! equal byte for byte, standard error line for line.
//!
//! Nothing is stored: psql is the oracle (docs/rsql.md, point 1). What RSQL adds to psql is tested in `golden.rs`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod common;

use common::{Case, Ran, Shell, differences};

/// Scripts under `tests/scripts`, each run with `-f` and through standard input.
#[test]
fn scripts_behave_as_in_psql() {
    let shell = Shell::new();
    let mut faults = Vec::new();
    for script in common::scripts() {
        let text = std::fs::read(&script).unwrap();
        let name = format!("{} < stdin", script.display());
        faults.extend(differences(&shell, &Case::script(&script)));
        faults.extend(differences(&shell, &Case::new(&name, &["-X"]).with_stdin(&text)));
    }
    assert!(faults.is_empty(), "{} scripts differ:\n{}", faults.len(), faults.join("\n"));
}

/// Options, actions and their order, connections that fail: the lines of `command_lines.txt`.
#[test]
fn command_lines_behave_as_in_psql() {
    let shell = Shell::new();
    let lines: Vec<&str> =
        include_str!("command_lines.txt").lines().filter(|line| !line.starts_with('#')).collect();
    assert!(lines.len() > 90, "the command lines are missing");
    let cases = lines.iter().map(|line| Case::shell(line).with_stdin(b"select 'stdin' as s;\n"));
    let faults: Vec<String> = cases.filter_map(|case| differences(&shell, &case)).collect();
    assert!(faults.is_empty(), "{} command lines differ:\n{}", faults.len(), faults.join("\n"));
}

/// Sizes that a careless implementation does not survive, or not in time.
#[test]
fn large_inputs_and_results() {
    let shell = Shell::new();
    let long_literal = format!("select length('{}');\n", "x".repeat(5_000_000));
    let long_result = "select repeat('0123456789', 500000) as x;\n".to_owned();
    let many_statements: String = (0..10_000).map(|n| format!("select {n} as n;\n")).collect();
    let many_lines: String =
        (0..20_000).map(|n| format!("-- line {n}\n")).chain(["select 1 as a;\n".to_owned()]).collect();
    let long_statement = format!(
        "select 1 as a where 1 in (\n{}0);\n",
        (0..50_000).map(|n| format!("{n},\n")).collect::<String>()
    );
    let copy: String = std::iter::once("create temp table t (a int);\ncopy t from stdin;\n".to_owned())
        .chain((0..100_000).map(|n| format!("{n}\n")))
        .chain(["\\.\nselect count(*), sum(a) from t;\n".to_owned()])
        .collect();
    let rows = "select g, 'text ' || g as t, null as n from generate_series(1, 100000) g;\n";
    let mut faults = Vec::new();
    for (name, arguments, text) in [
        ("5 MB line", &["-X"][..], long_literal.as_str()),
        ("5 MB cell", &["-X"], &long_result),
        ("5 MB cell, unaligned", &["-X", "-At"], &long_result),
        ("10,000 statements", &["-X"], &many_statements),
        ("20,000 comment lines", &["-X"], &many_lines),
        ("50,000 lines of one statement", &["-X"], &long_statement),
        ("100,000 lines of COPY", &["-X"], &copy),
        ("100,000 rows, aligned", &["-X"], rows),
        ("100,000 rows, unaligned", &["-X", "-A"], rows),
        ("100,000 rows, CSV", &["-X", "--csv"], rows),
    ] {
        faults.extend(differences(&shell, &Case::new(name, arguments).with_stdin(text.as_bytes())));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Shell idioms around the program (docs/rsql.md, point 56).
#[test]
fn shell_idioms_behave_as_in_psql() {
    let shell = Shell::new();
    let mut faults = Vec::new();
    for script in [
        "n=$($RSQL -X -t -A -c 'select 40 + 2'); echo \"[$n]\"",
        "TABLE=pg_class; $RSQL -X << EOF\nselect count(*) > 0 as some from $TABLE;\n\\echo done $TABLE\nEOF\necho $?",
        "$RSQL -X << 'EOF'\n\\set x 'no $expansion'\n\\echo :x\nEOF\necho $?",
        "$RSQL -X -v ON_ERROR_STOP=1 << EOF\nselect 1/0;\n\\echo no\nEOF\necho $?",
        "$RSQL -X -v day=\"2024-01-31\" -c \"\\echo :'day'\"; echo $?",
        "echo 'select 1 as a' | $RSQL -X; echo $?",
        "echo 'select 1 as a;' | $RSQL -X -f -; echo $?",
        "$RSQL -X -c 'select 1' > /dev/null; echo $?",
        "$RSQL -X < /dev/null; echo $?",
        "if $RSQL -X -c 'select 1/0' 2>/dev/null; then echo yes; else echo no; fi",
        "$RSQL -X -At -c \"select 'a b' union all select 'c'\" | while read x; do echo \"<$x>\"; done",
        "$RSQL -X -At -c 'select g from generate_series(1, 1000000) g' | head -n 2; echo ${PIPESTATUS[0]}",
        "$RSQL -X 2>&1 << EOF\n\\echo out\nselect 1/0;\n\\! echo child\n\\echo out\nEOF",
    ] {
        faults.extend(differences(&shell, &Case::shell(script)));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The comparison itself can fail: psql and rsql do differ where RSQL adds to psql.
#[test]
fn the_comparison_sees_differences() {
    let shell = Shell::new();
    let case = Case::new("remark", &["-X", "-c", "\\remark hello"]);
    assert!(differences(&shell, &case).is_some());
    let ran = Ran { code: Some(0), stdout: b"Time: 1.234 ms\n".to_vec(), stderr: Vec::new() };
    assert_eq!(ran.normalized().stdout, b"Time: X ms\n");
}

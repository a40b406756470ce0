//! rsql against the real psql: the same script, the same arguments, the same server; standard output and exit code must be
//! equal byte for byte, standard error line for line.
//!
//! Nothing is stored: psql is the oracle (docs/rsql.md, point 1). What RSQL adds to psql is tested in `golden.rs`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod common;

use common::{Case, Ran, Shell, differences};

/// Scripts under `tests/scripts`, each run with `-f` and through standard input; a part of them a test, to run side by side.
fn scripts_behave_as_in_psql(part: usize) {
    let shell = Shell::new();
    let mut faults = Vec::new();
    for script in common::ran::part_of(common::scripts(), part) {
        let text = std::fs::read(&script).unwrap();
        let name = format!("{} < stdin", script.display());
        faults.extend(differences(&shell, &Case::script(&script)));
        faults.extend(differences(&shell, &Case::new(&name, &["-X"]).with_stdin(&text)));
    }
    assert!(faults.is_empty(), "{} scripts differ:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn scripts_behave_as_in_psql_part_0() {
    scripts_behave_as_in_psql(0);
}

#[test]
fn scripts_behave_as_in_psql_part_1() {
    scripts_behave_as_in_psql(1);
}

#[test]
fn scripts_behave_as_in_psql_part_2() {
    scripts_behave_as_in_psql(2);
}

#[test]
fn scripts_behave_as_in_psql_part_3() {
    scripts_behave_as_in_psql(3);
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

/// A hundred thousand statements in one script, and a million rows of one: nothing may grow with them.
#[test]
fn many_statements_and_many_rows() {
    let shell = Shell::new();
    let statements: String = (0..100_000).map(|n| format!("select {n};\n")).collect();
    let rows = "select g, g % 7, 'text ' || g from generate_series(1, 1000000) g;\n";
    let mut faults = Vec::new();
    for (name, arguments, text) in [
        ("100,000 statements", &["-X", "-At"][..], statements.as_str()),
        ("1,000,000 rows, unaligned", &["-X", "-A"], rows),
        (
            "1,000,000 rows, copied",
            &["-X"],
            "copy (select g from generate_series(1, 1000000) g) to stdout;\n",
        ),
    ] {
        faults.extend(differences(&shell, &Case::new(name, arguments).with_stdin(text.as_bytes())));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Bytes and nesting that no editor would write.
#[test]
fn odd_bytes_and_deep_nesting() {
    let shell = Shell::new();
    let nested = |open: &str, inner: &str, close: &str, depth: usize| {
        [open.repeat(depth), inner.to_owned(), close.repeat(depth)].concat().into_bytes()
    };
    let line = |text: &[u8]| [text, b"\n"].concat();
    let long = "x".repeat(10_000_000);
    let mut faults = Vec::new();
    for (name, text) in [
        ("10 MB literal on a line", format!("select length('{long}');\n").into_bytes()),
        ("10 MB comment on a line", format!("-- {long}\nselect 1;\n").into_bytes()),
        ("10 MB of an \\echo", format!("\\echo {long}\n").into_bytes()),
        ("10 MB without an end", format!("select '{long}").into_bytes()),
        ("a mark of byte order", b"\xef\xbb\xbfselect 1 as a;\r\n\\echo b\r\n".to_vec()),
        ("a mark of byte order in the middle", b"select 1 as a;\n\xef\xbb\xbfselect 2;\n".to_vec()),
        (
            "invalid UTF-8 in text",
            b"select '\xff\xfe' as a;\n\\echo \xff\xc3\nselect 1 as \"\xc3\x28\";\n".to_vec(),
        ),
        ("invalid UTF-8 in names", b"\\set v\xff 1\n\\echo :v\xff\n\\\xff\nselect \xff;\n".to_vec()),
        (
            "CRLF and lone CR",
            b"select 1\r\n  as a;\r\n\\echo x\r\n\\set v y\r\n\\echo :v\r\nselect\r2 as b;\r\n".to_vec(),
        ),
        (
            "parentheses",
            line(&nested("(", "1", ")", 2_000)).into_iter().chain(*b"\\r\nselect 1;\n").collect(),
        ),
        ("comments in comments", line(&[nested("/*", "x", "*/", 5_000), b" select 1;".to_vec()].concat())),
        ("conditionals", nested("\\if true\n", "select 1;\n", "\\endif\n", 3_000)),
        ("conditionals that do not hold", nested("\\if false\n", "select 1;\n", "\\endif\n", 3_000)),
        ("dollar quotes", b"select $a$ $b$ $a$ as x, $$ ' \" ; \\ $$ as y;\n".to_vec()),
        ("a very long name", format!("select 1 as {};\n", "n".repeat(10_000)).into_bytes()),
        ("a very long variable", format!("\\set {0} 1\n\\echo :{0}\n", "v".repeat(10_000)).into_bytes()),
        ("100,000 empty statements", b";\n".repeat(100_000)),
        ("100,000 empty lines", [b"\n".repeat(100_000), b"select 1/0;\n".to_vec()].concat()),
    ] {
        faults.extend(differences(&shell, &Case::new(name, &["-X"]).with_stdin(&text)));
    }
    assert!(faults.is_empty(), "{} differ:\n{}", faults.len(), faults.join("\n"));
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

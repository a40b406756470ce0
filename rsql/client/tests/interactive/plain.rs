//! Dialogs without line editing (`-n`), which show what psql shows in the same dialog.

use std::path::{Path, PathBuf};
use std::time::Duration;

use fleet_tests::postgres::Postgres;

use crate::terminal::Terminal;

/// Prompts that say no more than the state.
const PROMPTS: [&str; 6] = ["-v", "PROMPT1=[%R%x] ", "-v", "PROMPT2=[%R%x] ", "-v", "PROMPT3=[copy] "];

/// One thing typed, and what appears once it is done.
type Step = (&'static str, &'static str);
/// What a program shows, and its exit code.
type Shown = (String, Option<i32>);

/// psql hears Ctrl-C only a moment after its prompt is shown. One that comes too early is lost, and so is the dialog: it is
/// held again, at most so many times.
const PSQL_TRIES_MAX: usize = 10;
/// By when Ctrl-C has been heard or lost.
const HEARD: Duration = Duration::from_secs(5);

/// What a program shows in a dialog, from its first prompt on, and its exit code; or what it showed when it did not hear
/// Ctrl-C.
fn dialog(program: &Path, arguments: &[&str], own: &[(&str, &str)], steps: &[Step]) -> Result<Shown, String> {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("two.sql"), "\\echo one\nselect 1/0;\n\\echo two\n").unwrap();
    let editor = home.path().join("editor");
    std::fs::write(&editor, "#!/bin/sh\nfor f in \"$@\"; do :; done\nsed -i 's/41/42/' \"$f\"\n").unwrap();
    std::fs::set_permissions(&editor, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut variables = vec![("PSQL_EDITOR", editor.to_str().unwrap()), ("PSQL_PAGER", "")];
    variables.extend(own);
    let all = ["-X", "-n"].iter().chain(&PROMPTS).chain(arguments).copied().collect::<Vec<_>>();
    let mut terminal = Terminal::start(program, &all, &variables, home.path());
    let banner = terminal.wait_for("[=] ");
    for (keys, expect) in steps {
        terminal.keys(keys);
        match *keys {
            "\x03" => drop(terminal.wait_within(expect, HEARD)?),
            _ => drop(terminal.wait_for(expect)),
        }
    }
    terminal.keys("\x04");
    let (text, code) = terminal.finish();
    Ok((text[banner.len()..].replace("psql", "rsql"), code))
}

/// Runs a dialog with both programs.
fn compare(arguments: &[&str], steps: &[Step]) -> String {
    compare_as(arguments, &[], steps, |shown| shown)
}

/// The same with environment variables, where some of what is shown differs by right.
fn compare_as(
    arguments: &[&str],
    variables: &[(&str, &str)],
    steps: &[Step],
    change: impl Fn(String) -> String,
) -> String {
    // Where exactly Ctrl-C meets the server, between two statements or within one, is chance with both programs.
    let tries = if steps.iter().any(|(keys, _)| *keys == "\x03") { PSQL_TRIES_MAX } else { 1 };
    let (mut got, mut expect) = both(arguments, variables, steps, &change);
    for _ in 1..tries {
        if got == expect {
            break;
        }
        (got, expect) = both(arguments, variables, steps, &change);
    }
    assert_eq!(got.1, expect.1, "exit codes");
    assert!(got.0 == expect.0, "--- psql\n{}\n--- rsql\n{}", expect.0, got.0);
    got.0
}

/// What rsql shows and ends with, and what psql does.
fn both(
    arguments: &[&str],
    variables: &[(&str, &str)],
    steps: &[Step],
    change: impl Fn(String) -> String,
) -> (Shown, Shown) {
    let rsql = PathBuf::from(env!("CARGO_BIN_EXE_rsql"));
    let psql = Postgres::shared().psql_path();
    let expect = (0..PSQL_TRIES_MAX).find_map(|_| dialog(&psql, arguments, variables, steps).ok());
    let expect = expect.unwrap_or_else(|| panic!("psql never hears Ctrl-C"));
    let got =
        dialog(&rsql, arguments, variables, steps).unwrap_or_else(|shown| panic!("Ctrl-C is lost:\n{shown}"));
    ((change(got.0), got.1), (change(expect.0), expect.1))
}

#[test]
fn prompts_tell_what_is_open() {
    let shown = compare(
        &[],
        &[
            ("select 1\n", "[-] "),
            ("+ 1;\n", "[=] "),
            ("select 'a\n", "['] "),
            ("b', \"c\n", "[\"] "),
            ("\x03", "[=] "),
            ("/* one /* two */\n", "[*] "),
            ("*/ select (\n", "[(] "),
            ("2), $$\n", "[$] "),
            ("\n", "[$] "),
            ("$$;\n", "[=] "),
            ("\n", "[=] "),
            ("select 3 \\echo in between\n", "[-] "),
            ("\\p\n", "[-] "),
            ("\\g\n", "[=] "),
            ("\\r\n", "[=] "),
            ("\\echo done; -- nothing\n", "[=] "),
        ],
    );
    assert!(shown.contains("(1 row)"), "{shown}");
}

#[test]
fn transactions_and_branches_show_in_prompts() {
    compare(
        &[],
        &[
            ("begin;\n", "[=*] "),
            ("select 1/0;\n", "[=!] "),
            ("select\n", "[-!] "),
            ("1;\n", "[=!] "),
            ("rollback;\n", "[=] "),
            ("\\if false\n", "[@] "),
            ("select 1;\n", "[-] "),
            ("\\echo no\n", "[-] "),
            ("\x03", "[=] "),
            ("\\if true\n", "[=] "),
            ("\\if false\n", "[@] "),
            ("\x03", "[=] "),
            ("\\endif\n", "[=] "),
            ("\\endif\n", "[=] "),
            ("\\set SINGLELINE on\n", "[^] "),
            ("select 5\n", "[^] "),
            ("\\set SINGLELINE off\n", "[=] "),
        ],
    );
}

#[test]
fn all_that_prompts_can_show() {
    compare(
        &[],
        &[
            ("\\set x value\n", "[=] "),
            (
                "\\set PROMPT1 '%M|%m|%>|%n|%/|%~|%#|%l|%:x:|%:nothing:|%%|%133|%`echo hi; echo ho`|%q%?]='\n",
                "hi|q]=",
            ),
            ("select\n", "[-] "),
            ("\\set PROMPT2 '%w%l->'\n", "2->"),
            ("1,\n", "3->"),
            ("2;\n", "hi|q]="),
            ("\\set PROMPT1 'two\\nlines%[%033[1m%]> '\n", "\nlines> "),
            ("select\n", "2->"),
            ("\x03", "lines> "),
        ],
    );
}

#[test]
fn a_running_query_is_cancelled_and_not_the_program() {
    let running = "do $$ begin raise notice 'run%', 'ning'; perform pg_sleep(100); end $$;\n";
    compare(
        &[],
        &[
            (running, "running"),
            ("\x03", "[=] "),
            ("select 'still here';\n", "[=] "),
            ("begin;\n", "[=*] "),
            (running, "running"),
            ("\x03", "[=!] "),
            ("rollback;\n", "[=] "),
            ("select 1;\n", "[=] "),
        ],
    );
}

#[test]
fn data_are_asked_for() {
    compare(
        &[],
        &[
            ("create temp table t (a int);\n", "[=] "),
            ("copy t from stdin;\n", "[copy] "),
            ("1\n", "[copy] "),
            ("2\n", "[copy] "),
            ("\\.\n", "[=] "),
            ("\\copy t from stdin\n", "[copy] "),
            ("3\n", "[copy] "),
            ("\x04", "[=] "),
            ("copy t from stdin;\n", "[copy] "),
            ("\x03", "[=] "),
            ("copy t from stdin;\n", "[copy] "),
            ("x\n", "[copy] "),
            ("\\.\n", "[=] "),
            ("select * from t order by a;\n", "[=] "),
        ],
    );
}

#[test]
fn errors_and_lost_sessions_do_not_end_a_dialog() {
    compare(
        &["-v", "ON_ERROR_STOP=1"],
        &[
            ("select 1/0;\n", "[=] "),
            ("\\nosuch\n", "[=] "),
            ("\\i two.sql\n", "[=] "),
            ("\\set ON_ERROR_STOP off\n", "[=] "),
            ("\\i two.sql\n", "[=] "),
            ("\\i nosuch.sql\n", "[=] "),
            ("\\c nosuch_database\n", "[=] "),
            ("select current_database() = :'DBNAME' as kept;\n", "[=] "),
            ("select pg_terminate_backend(pg_backend_pid());\n", "[=] "),
            ("select 'back' as again;\n", "[=] "),
        ],
    );
}

#[test]
fn savepoints_guard_what_is_typed() {
    compare(
        &["-v", "ON_ERROR_ROLLBACK=interactive"],
        &[
            ("begin;\n", "[=*] "),
            ("select 1/0;\n", "[=*] "),
            ("select 1;\n", "[=*] "),
            ("\\i two.sql\n", "[=!] "),
            ("rollback;\n", "[=] "),
        ],
    );
}

#[test]
fn what_an_editor_gives_is_run() {
    compare(
        &[],
        &[
            ("select 41 as x;\n", "[=] "),
            ("\\e\n", "[=] "),
            ("select 41\n", "[-] "),
            ("as y \\e\n", "[-] "),
            ("\\g\n", "[=] "),
            ("\\e nosuch.sql\n", "[=] "),
        ],
    );
}

/// Ctrl-C ends the pause between two runs, and a run, which is cancelled on the server.
#[test]
fn watching_ends_at_once() {
    let untimed = |shown: String| -> String {
        let line = |line: &str| match line.find("(every") {
            Some(at) => line[at..].to_owned(),
            None => line.to_owned(),
        };
        shown.split('\n').map(line).collect::<Vec<_>>().join("\n")
    };
    compare_as(
        &[],
        &[],
        &[
            ("select 1 \\watch 1000\n", "(1 row)"),
            ("\x03", "[=] "),
            ("do $$ begin raise notice 'runs'; perform pg_sleep(1000); end $$ \\watch 1\n", "NOTICE:  runs"),
            ("\x03", "[=] "),
            ("select 2;\n", "[=] "),
        ],
        untimed,
    );
}

/// By the width that it has when they are shown, or by `COLUMNS` where that is set; files have no width.
#[test]
fn tables_follow_the_width_of_the_terminal() {
    let at_50 = "select repeat('x', 50) as a, 1 as b;\n";
    let at_90 = "select repeat('x', 90) as a, 2 as b;\n";
    let words = "select repeat('words ', 15) as a, 3 as b;\n";
    let (shown, done) = ("\n\n[=] ", "\n[=] ");
    let steps: Vec<Step> = vec![
        ("\\x auto\n", done),
        (at_50, shown),
        (at_90, shown),
        ("\\! stty cols 40\n", done),
        (at_50, shown),
        ("\\! stty cols 120\n", done),
        (at_90, shown),
        ("\\! stty cols 40\n", done),
        ("\\o written\n", done),
        (at_50, done),
        ("\\o\n", done),
        ("\\! cat written\n", shown),
        ("\\pset columns 60\n", done),
        (at_50, shown),
        (at_90, shown),
        ("\\pset format wrapped\n", done),
        (words, shown),
        ("\\pset columns 0\n", done),
        ("\\x on\n", done),
        (words, shown),
        ("\\! stty cols 70\n", done),
        (words, shown),
    ];
    let formats = ("RSQL_RFORMAT", "on");
    let own = compare_as(&[], &[formats], &steps, |shown| shown);
    let said = compare_as(&[], &[formats, ("COLUMNS", "45")], &steps, |shown| shown);
    assert_ne!(own, said);
    assert!(own.matches("-[ RECORD 1 ]").count() >= 5, "{own}");
    assert!(own.matches("(1 row)").count() >= 5, "{own}");
}

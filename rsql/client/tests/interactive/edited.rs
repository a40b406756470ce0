//! Dialogs with line editing: history, completion, Ctrl-C, pagers, and what must not be kept.

use std::path::Path;

use fleet_tests::postgres::Postgres;

use crate::terminal::Terminal;

const PROMPT: &str = "[=] ";

fn start(home: &Path, variables: &[(&str, &str)]) -> Terminal {
    let program = Path::new(env!("CARGO_BIN_EXE_rsql"));
    let prompts = ["-X", "-v", "PROMPT1=[%R%x] ", "-v", "PROMPT2=[%R%x] "];
    let mut terminal = Terminal::start(program, &prompts, variables, home);
    terminal.wait_for(PROMPT);
    terminal
}

fn leave(mut terminal: Terminal) -> String {
    terminal.keys("\x04");
    let (text, code) = terminal.finish();
    assert_eq!(code, Some(0), "{text}");
    text
}

#[test]
fn the_history_is_kept_without_secrets() {
    let home = tempfile::tempdir().unwrap();
    let mut terminal = start(home.path(), &[]);
    terminal.line("select 'first").wait_for("['] ");
    terminal.line("entry';").wait_for(PROMPT);
    terminal.line("create role history_test password 'hunter2' in role nosuch;").wait_for(PROMPT);
    terminal.line("\\logon nosuch u 127.0.0.1 1 hunter2").wait_for(PROMPT);
    terminal.line("\\set x hunted").wait_for(PROMPT);
    leave(terminal);
    let file = std::fs::read_to_string(home.path().join(".rsql_history")).unwrap();
    assert_eq!(file, "select 'first\u{1}entry';\n\\set x hunted\n");

    let mut terminal = start(home.path(), &[]);
    terminal.keys("\x1b[A\x1b[A\r").wait_for("first   +");
    terminal.wait_for(PROMPT);
    terminal.line("\\s").wait_for("\\set x hunted\nselect 'first\nentry';\n\\s\n");
    terminal.wait_for(PROMPT);
    terminal.line("\\s saved").wait_for("Wrote history to file \"saved\".");
    terminal.wait_for(PROMPT);
    let shown = leave(terminal);
    assert!(!shown.contains("hunter2"), "{shown}");
    let saved = std::fs::read_to_string(home.path().join("saved")).unwrap();
    assert!(saved.starts_with("select 'first\nentry';\n\\set x hunted\n"), "{saved}");
}

#[test]
fn the_history_obeys_its_variables() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(
        home.path().join("rc"),
        "\\set HISTFILE ~/mine\n\\set HISTCONTROL ignoreboth\n\\set HISTSIZE 2\n",
    )
    .unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_rsql"));
    let variables = [("PSQLRC", "~/rc")];
    let mut terminal = Terminal::start(program, &["-v", "PROMPT1=[%R%x] "], &variables, home.path());
    terminal.wait_for(PROMPT);
    for line in ["select 1;", "select 2;", " select 3;", "select 2;", "select 4;"] {
        terminal.line(line).wait_for("(1 row)");
        terminal.wait_for(PROMPT);
    }
    leave(terminal);
    let file = std::fs::read_to_string(home.path().join("mine")).unwrap();
    assert_eq!(file, "select 2;\nselect 4;\n");
    assert!(!home.path().join(".rsql_history").exists());
}

#[test]
fn names_are_completed() {
    let server = Postgres::shared();
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("script.sql"), "\\echo from the script\n").unwrap();
    let mut terminal = start(home.path(), &[]);
    let table = format!("completion_{}", std::process::id());
    terminal.line(&format!("create temp table {table} (completed_column int);")).wait_for("CREATE TABLE");
    terminal.wait_for(PROMPT);
    terminal.keys(&format!("select count(*) from {}\t", &table[..table.len() - 1])).wait_for(&table);
    terminal.line(";").wait_for("(1 row)");
    terminal.wait_for(PROMPT);
    terminal.keys(&format!("update {table} set completed_c\t")).wait_for("completed_column");
    terminal.line(" = 1;").wait_for("UPDATE 0");
    terminal.wait_for(PROMPT);
    terminal.keys("\\i scr\t").wait_for("script.sql");
    terminal.line("").wait_for("from the script");
    terminal.wait_for(PROMPT);
    terminal.keys("\\rem\t").wait_for("\\remark");
    terminal.line(" a//b").wait_for("a\nb\n");
    terminal.wait_for(PROMPT);
    terminal.line("\\set completed_variable 77").wait_for(PROMPT);
    terminal.keys("select :completed_v\t").wait_for("completed_variable");
    terminal.line(" as v;").wait_for("77");
    terminal.wait_for(PROMPT);
    // In a failed transaction nothing is asked, and nothing breaks.
    terminal.line("begin;").wait_for("[=*] ");
    terminal.line("select 1/0;").wait_for("[=!] ");
    terminal.keys("select * from complet\t").keys("\x15");
    terminal.line("rollback;").wait_for(PROMPT);
    assert!(leave(terminal).contains("ROLLBACK"), "{}", server.database());
}

#[test]
fn ctrl_c_clears_the_line_or_the_query() {
    let home = tempfile::tempdir().unwrap();
    let mut terminal = start(home.path(), &[]);
    terminal.keys("select 'thrown away").wait_for("thrown away");
    terminal.keys("\x03").wait_for(PROMPT);
    terminal.line("select 'a").wait_for("['] ");
    terminal.keys("\x03").wait_for(PROMPT);
    terminal
        .line("do $$ begin raise notice 'run%', 'ning'; perform pg_sleep(100); end $$;")
        .wait_for("NOTICE:  running");
    terminal.keys("\x03").wait_for("canceling statement due to user request");
    terminal.wait_for(PROMPT);
    // Typed ahead while something runs: nothing is lost.
    terminal.line("select pg_sleep(0.2);").line("select 'typed ahead';").wait_for("(1 row)");
    terminal.wait_for("typed ahead\n(1 row)");
    terminal.wait_for(PROMPT);
    leave(terminal);
}

#[test]
fn long_results_go_to_the_pager() {
    let home = tempfile::tempdir().unwrap();
    let mut terminal = start(home.path(), &[("PSQL_PAGER", "sed 's/^/paged:/'")]);
    terminal.line("select 'short' as x;").wait_for("\n short\n");
    terminal.wait_for(PROMPT);
    terminal.line("select g as x from generate_series(1, 30) g;").wait_for("paged: 17\n");
    terminal.wait_for(PROMPT);
    terminal.line("select repeat('w', 100) as wide;").wait_for("paged: www");
    terminal.wait_for(PROMPT);
    terminal.line("\\?").wait_for("paged:Control flow");
    terminal.wait_for(PROMPT);
    terminal.line("\\pset pager off").wait_for("Pager usage is off.");
    terminal.wait_for(PROMPT);
    terminal.line("select g as y from generate_series(1, 30) g;").wait_for("\n 17\n");
    terminal.wait_for(PROMPT);
    leave(terminal);
}

#[test]
fn words_help_and_leave() {
    let home = tempfile::tempdir().unwrap();
    let mut terminal = start(home.path(), &[]);
    terminal.line("help").wait_for("\\?");
    terminal.wait_for(PROMPT);
    terminal.line("select").wait_for("[-] ");
    terminal.line("quit").wait_for("Use \\q to leave.");
    terminal.wait_for("[-] ");
    terminal.keys("\x03").wait_for(PROMPT);
    terminal.line("Exit ;");
    let (text, code) = terminal.finish();
    assert_eq!(code, Some(0), "{text}");
}

#[test]
fn the_end_may_have_to_be_typed_twice() {
    let home = tempfile::tempdir().unwrap();
    let mut terminal = start(home.path(), &[]);
    terminal.line("\\set IGNOREEOF 2").wait_for(PROMPT);
    terminal.keys("\x04").wait_for("Use \"\\q\" to leave rsql.");
    terminal.wait_for(PROMPT);
    terminal.line("select 1;").wait_for("(1 row)");
    terminal.wait_for(PROMPT);
    terminal.keys("\x04").wait_for(PROMPT);
    assert!(leave(terminal).ends_with("\\q\n"));
}

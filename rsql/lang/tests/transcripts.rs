//! What the machine does with whole scripts: `tests/transcripts/*.rsql` in, every effect out.
//!
//! Only what RSQL has alone, and what needs no server to be seen; agreement with psql is tested in `rsql-client`.

mod fake;
mod properties;

use fake::Fake;
use rsql_lang::{Action, Settings, ShellPolicy};

/// Files that the scripts may include.
const INCLUDES: [(&str, &str); 4] = [
    ("lines.rsql", "\\echo line 1\n\\echo line 2\n\\echo line 3\n"),
    ("dir/outer.rsql", "\\ir inner.rsql\n\\echo outer goes on\n"),
    ("dir/inner.rsql", "\\echo inner\n\\goto X\n\\echo no\n\\label X\n"),
    ("exits.rsql", "\\exit 7\n"),
];

#[test]
fn scripts_have_their_transcripts() {
    insta::glob!("transcripts/*.rsql", |path| {
        let script = std::fs::read(path).expect("the script can be read");
        let mut settings = Settings::new(fake::connection());
        if path.file_stem().is_some_and(|name| name == "shell_denied") {
            settings.shell = ShellPolicy::Denied;
        }
        let mut fake = Fake::new(settings).with_file("job.rsql", &script);
        for (name, text) in INCLUDES {
            fake = fake.with_file(name, text.as_bytes());
        }
        insta::assert_snapshot!(fake.with_action(Action::File(b"job.rsql".to_vec())).run());
    });
}

#[test]
fn actions_run_in_order_and_the_last_code_counts() {
    let check = |actions: &[Action], stop: bool, expect: &str| {
        let mut settings = Settings::new(fake::connection());
        if stop {
            settings.variables.push(("ON_ERROR_STOP".to_owned(), "1".to_owned()));
        }
        let fake = Fake::new(settings).with_file("bad", b"fail 42P01;\n").with_file("good", b"\\echo good\n");
        let log = actions.iter().cloned().fold(fake, Fake::with_action).run();
        let exit = log.lines().find(|line| line.starts_with("exit ")).unwrap_or_default();
        assert_eq!(exit, expect, "{actions:?}\n{log}");
    };
    let command = |text: &str| Action::Command(text.as_bytes().to_vec());
    let file = |name: &str| Action::File(name.as_bytes().to_vec());
    check(&[command("select"), file("good")], false, "exit 0");
    check(&[command("fail 42P01")], false, "exit 1");
    check(&[command("fail 42P01"), file("good")], false, "exit 0");
    check(&[command("fail 42P01"), file("good")], true, "exit 1");
    check(&[file("bad")], false, "exit 0");
    check(&[file("bad")], true, "exit 3");
    check(&[file("missing")], false, "exit 1");
    check(&[command("\\exit 9"), file("good")], false, "exit 9");
    check(&[command("\\foo")], false, "exit 1");
    check(&[command("lose")], false, "exit 2");
}

#[test]
fn scripts_cannot_nest_forever() {
    let fake = Fake::new(Settings::new(fake::connection())).with_file("itself", b"\\i itself\n\\echo back\n");
    let log = fake.with_action(Action::File(b"itself".to_vec())).run();
    let count = |start: &str| log.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!((count("open script"), count("close"), count("out| back")), (100, 100, 100), "{log}");
    assert!(log.contains("err| rsql:itself:1: error: itself: scripts are nested deeper than 100\n"), "{log}");
}

#[test]
fn an_unexpected_outcome_is_refused() {
    let mut machine = rsql_lang::Machine::new(Settings::new(fake::connection())).expect("settings are good");
    machine.push(Action::Command(b"select".to_vec()));
    assert!(matches!(machine.next_effect(), rsql_lang::Effect::Query(_)));
    let error = machine.resume(rsql_lang::Outcome::Env(None)).expect_err("no environment was asked for");
    assert_eq!(error.to_string(), "use outcome Env(None) while waiting for Server");
}

#[test]
fn an_interrupt_begins_nothing_new() {
    let mut machine = rsql_lang::Machine::new(Settings::new(fake::connection())).expect("settings are good");
    machine.push(Action::Command(b"select".to_vec()));
    machine.push(Action::Command(b"\\echo no".to_vec()));
    assert!(matches!(machine.next_effect(), rsql_lang::Effect::Query(_)));
    machine.interrupt();
    let ready = rsql_lang::ServerEvent::Ready {
        transaction: rsql_lang::Transaction::Idle,
        elapsed: std::time::Duration::ZERO,
    };
    machine.resume(rsql_lang::Outcome::Server(ready)).expect("an event was asked for");
    assert_eq!(machine.next_effect(), rsql_lang::Effect::Finish { code: 3 });
}

#[test]
fn unusable_settings_say_why() {
    let refused = |change: fn(&mut Settings)| {
        let mut settings = Settings::new(fake::connection());
        change(&mut settings);
        rsql_lang::Machine::new(settings).map(|_| ()).expect_err("it cannot be used").to_string()
    };
    assert_eq!(
        refused(|settings| settings.variables.push(("a b".to_owned(), "1".to_owned()))),
        "set variable \"a b\": invalid variable name: \"a b\""
    );
    assert_eq!(
        refused(|settings| settings.print.push(("nosuch".to_owned(), None))),
        "set printing parameter \"nosuch\": \\pset: unknown option: nosuch"
    );
}

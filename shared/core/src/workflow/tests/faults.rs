//! Files with faults and the whole messages they give. The cases are in `faults/*.txt`: after `=== name` the file, after `+++`
//! the messages. `UPDATE_FAULTS=1` writes the messages anew, to be read before they are committed.

use std::path::PathBuf;

use super::messages;
use crate::workflow::limits::{DEPTH_MAX, ENTRIES_MAX, FAULTS_MAX, JOBS_MAX, TEXT_BYTES_MAX};
use crate::workflow::parse;

fn check_file(name: &str) {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "src/workflow/tests/faults", name].iter().collect();
    let text = std::fs::read_to_string(&path).unwrap();
    let mut made = String::new();
    for case in text.split("=== ").skip(1) {
        let (title, rest) = case.split_once('\n').unwrap();
        let source = rest.split("+++\n").next().unwrap();
        let seen = messages(source).replace("\n\n", "\n");
        assert!(seen != "no fault", "{title} in {name} has no fault");
        made.push_str(&format!("=== {title}\n{source}+++\n{seen}\n\n"));
    }
    let made = made.trim_end().to_owned() + "\n";
    if std::env::var_os("UPDATE_FAULTS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    assert_eq!(made, text, "{name}");
}

#[test]
fn syntax() {
    check_file("syntax.txt");
}

#[test]
fn keys_and_types() {
    check_file("keys.txt");
}

#[test]
fn names() {
    check_file("names.txt");
}

#[test]
fn edges() {
    check_file("edges.txt");
}

#[test]
fn scripts_and_settings() {
    check_file("scripts.txt");
}

#[test]
fn preconditions() {
    check_file("preconditions.txt");
}

#[test]
fn templates() {
    check_file("templates.txt");
}

#[test]
fn schedules_and_alerts() {
    check_file("head.txt");
}

#[test]
fn stages() {
    check_file("stages.txt");
}

#[test]
fn one_fault_brings_no_others_along() {
    check_file("together.txt");
}

#[test]
fn every_fault_has_a_hint() {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "src/workflow/tests/faults"].iter().collect();
    let mut faults = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for seen in text.split("=== ").skip(1).map(|case| case.split_once("+++\n").unwrap().1) {
            for fault in seen.split("w.yaml:").skip(1) {
                assert!(fault.contains("\nhint: "), "{} has no hint: w.yaml:{fault}", path.display());
                faults += 1;
            }
        }
    }
    assert!(faults > 100, "{faults} faults in all");
}

#[test]
fn limits_of_size() {
    let check = |text: &str, expect: [&str; 4]| assert_eq!(messages(text), expect.join("\n"));
    let deep = format!("workflow: w\njobs: {}{}", "[".repeat(DEPTH_MAX + 1), "]".repeat(DEPTH_MAX + 1));
    let shown = format!(" 2 | {}", deep.lines().last().unwrap());
    let caret = format!("   | {}^", " ".repeat(37));
    let hint = "hint: look for brackets that are never closed";
    check(&deep, ["w.yaml:2:38: error: more than 32 levels are nested", &shown, &caret, hint]);
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n\
                c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n\
                e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e]\n";
    check(
        bomb,
        [
            "w.yaml:5:29: error: aliases add more than 100000 values",
            " 5 | e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]",
            "   |                             ^^",
            "hint: let aliases stand for plain values, not for each other",
        ],
    );
    let long = " ".repeat(TEXT_BYTES_MAX + 1);
    check(
        &long,
        [
            "w.yaml:1:1: error: the file has 67108865 bytes; at most 67108864 are allowed",
            " 1 |",
            "   | ^",
            "hint: make two workflows of it",
        ],
    );
    let many = "workflow: w\njobs: [".to_owned() + &"{ id: a, script: a.sql }, ".repeat(JOBS_MAX + 1) + "]";
    check(
        &many,
        [
            "w.yaml:2:7: error: the list has 100001 items; at most 100000 are allowed",
            &format!(" 2 | {}…", &many["workflow: w\n".len()..][..120]),
            "   |       ^",
            "hint: take some away",
        ],
    );
    let entries: Vec<String> = (0..=ENTRIES_MAX).map(|number| format!("p{number}: x")).collect();
    let params =
        format!("workflow: w\nparams: {{ {} }}\njobs: [{{ id: a, script: a.sql }}]", entries.join(", "));
    check(
        &params,
        [
            "w.yaml:2:9: error: 501 entries are too many; at most 500 are allowed",
            &format!(" 2 | {}…", &params["workflow: w\n".len()..][..120]),
            "   |         ^",
            "hint: put long lists into a file that the scripts read",
        ],
    );
}

#[test]
fn faults_past_the_limit_are_counted_only() {
    let faulty = "  - { id: a, script: a.sql }\n".repeat(FAULTS_MAX + 21);
    let faults = parse("w.yaml", &format!("workflow: w\njobs:\n{faulty}"), &super::scripts).unwrap_err();
    assert_eq!((faults.list.len(), faults.left_out), (FAULTS_MAX, 20));
    assert!(faults.to_string().ends_with("\n\nand 20 more"));
}

#[test]
fn long_lines_are_cut_around_the_fault() {
    let filler = "é".repeat(200);
    let jobs = r#"[{"id": "ok", "script": "a.sql"}, {"id": "b", "scrpt": "a.sql"}]"#;
    let json =
        format!(r#"{{"workflow": "w", "description": "{filler}", "jobs": {jobs}, "owner": "{filler}"}}"#);
    let kept = "é".repeat(50);
    let expect = [
        "w.yaml:1:292: error: key `scrpt` is unknown".to_owned(),
        format!(r#" 1 | …: "ok", "script": "a.sql"}}, {{"id": "b", "scrpt": "a.sql"}}], "owner": "{kept}…"#),
        format!("   | {}^^^^^^^", " ".repeat(41)),
        "hint: did you mean `script`?".to_owned(),
    ];
    assert_eq!(messages(&json), expect.join("\n"));
}

#[test]
fn faults_know_their_path() {
    let check = |text: &str, expect: &str| {
        let faults = parse("w.yaml", text, &super::scripts).unwrap_err();
        assert_eq!(faults.list[0].path, expect, "{text}");
    };
    check(
        "workflow: w\njobs: [{ id: a, script: a.sql }, { id: b, script: b.sql, needs: [a, c] }]",
        "jobs[1].needs[1]",
    );
    check("workflow: w\njobs: [5, { id: b, script: b.sql, needs: [5, c] }]", "jobs[0]");
    check("workflow: w\njobs: [{ id: a, script: a.sql, env: { X: y, X: z } }]", "jobs[0].env.X");
    check("workflow: w\nparams: { a: '{{ b }}' }\njobs: [{ id: a, script: a.sql }]", "params.a");
    check(
        "workflow_id: w\nworkflow_stages: [{ execution_type: parallel, scripts: [a.py] }]",
        "workflow_stages[0].scripts[0]",
    );
    check("{}", "");
    let faults =
        parse("w.yaml", "workflow: w\njobs: [5, { id: b, script: b.sql, needs: [5, c] }]", &super::scripts);
    let paths: Vec<String> = faults.unwrap_err().list.into_iter().map(|fault| fault.path).collect();
    assert_eq!(paths, ["jobs[0]", "jobs[1].needs[0]", "jobs[1].needs[1]"], "items at fault are counted");
}

//! Executions to their end, and how they are shown: `start`, `status`, `list`, `logs`, `audit`, `graph`, `watch`.

use serde_json::{Value, json};

use crate::support::{Project, exists, job, keys};

const FLOW: &str = "workflow: flow\nparams: { word: hi }\njobs:\n  - { id: a, script: say.sh, args: ['{{ word }}'] }\n  \
                    - { id: b, script: ok.sh, needs: [a] }\n";

fn flow() -> Project {
    let project = Project::with(&[
        ("workflows/flow.yaml", FLOW),
        ("scripts/say.sh", "echo \"$1\"\necho oh >&2\n"),
        ("scripts/ok.sh", "exit 0\n"),
    ]);
    project.run(&["deploy"]).ok();
    project
}

#[test]
fn start_waits_and_ends_with_the_result() {
    let project = flow();
    let ran = project.run(&["start", "flow", "--wait", "--id", "one", "--by", "ada", "--reason", "try"]).ok();
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines.len(), 4, "{}", ran.out);
    assert_eq!(lines[0], "JOB  STATUS     ATTEMPTS  QUEUED     RAN  ROWS  EXIT  REMARK");
    assert!(lines[1].starts_with("a    succeeded         1  "), "{}", lines[1]);
    assert!(lines[2].starts_with("b    succeeded         1  "), "{}", lines[2]);
    assert_eq!(lines[3], "one succeeded");
    assert!(ran.err.contains("1/2  a  succeeded  "), "{}", ran.err);
    assert!(ran.err.contains("\n2/2  b  succeeded  "), "{}", ran.err);

    let again = project.run(&["start", "flow", "--wait", "--id", "one"]).ok();
    assert!(
        again.err.starts_with("execution one is there already (succeeded); nothing was started\n"),
        "{}",
        again.err
    );
    assert_eq!(again.last_line(), "one succeeded");
    let records = project.json(&["audit", "one"]);
    let starts =
        records["records"].as_array().expect("a list").iter().filter(|record| record["kind"] == "started");
    assert_eq!(starts.count(), 1);
}

#[test]
fn status_has_the_documented_shape() {
    let project = flow();
    let waited = project.json(&["start", "flow", "--wait", "--id", "one", "--by", "ada", "--reason", "try"]);
    let shown = project.json(&["status", "one"]);
    assert_eq!(waited, shown);
    assert_eq!(
        keys(&shown),
        [
            "workflow_execution_id",
            "workflow_id",
            "version",
            "status",
            "resumes",
            "resumed",
            "started_at",
            "started_by",
            "reason",
            "scheduled_at",
            "ended_at",
            "run_time_ms",
            "failed_job",
            "cancel",
            "bindings",
            "deadline",
            "jobs"
        ]
    );
    assert_eq!(
        keys(&shown["jobs"][0]),
        [
            "job_id",
            "status",
            "attempts",
            "lost",
            "queue_delay_ms",
            "run_time_ms",
            "rows",
            "exit_code",
            "warning",
            "message",
            "error",
            "skip",
            "marked",
            "worker",
            "not_before",
            "started_at",
            "ended_at"
        ]
    );
    assert_eq!(shown["started_by"], "ada");
    assert_eq!(shown["reason"], "try");
    assert_eq!(shown["bindings"]["word"], "hi");
    assert_eq!(job(&shown, "a")["exit_code"], 0);
    assert!(job(&shown, "a")["queue_delay_ms"].is_u64());

    let text = project.run(&["status", "one"]).ok().out;
    let names: Vec<&str> = text.lines().map_while(|line| line.split_whitespace().next()).collect();
    assert_eq!(names, ["Execution", "Workflow", "Status", "Started", "Ended", "Values"]);
    assert!(text.contains("\nStatus     succeeded, 2 of 2 jobs settled\n"), "{text}");
    assert!(text.contains(" by ada: try\n"), "{text}");
}

/// Fails once, then writes a line before and one after the line of `b`: in a later millisecond, as logs count them.
const A: &str = "test -e ../again || { echo first; touch ../again; exit 1; }
echo begun
until grep -qs between ../.fleet/logs/one/b/1.log; do sleep 0.01; done
seen=$(date +%s%3N)
until test $(date +%s%3N) -gt $seen; do :; done
echo done
";

#[test]
fn logs_of_all_jobs_are_in_the_order_of_time() {
    let project = Project::with(&[
        (
            "workflows/flow.yaml",
            "workflow: flow\njobs:\n  - { id: a, script: a.sh, retry: { attempts: 2, backoff: 1ms } }\n  \
             - { id: b, script: b.sh }\n",
        ),
        ("scripts/a.sh", A),
        (
            "scripts/b.sh",
            "until grep -qs begun ../.fleet/logs/one/a/2.log; do sleep 0.01; done\necho between\n",
        ),
    ]);
    project.run(&["deploy"]).ok();
    project.run(&["start", "flow", "--wait", "--id", "one"]).ok();
    let last = project.run(&["logs", "one", "--plain"]).ok();
    assert_eq!(last.out, "begun\nbetween\ndone\n");
    assert_eq!(last.err, "there are earlier attempts of a; --all shows them\n");
    let all = project.run(&["logs", "one", "--plain", "--all"]).ok();
    assert_eq!((all.out.as_str(), all.err.as_str()), ("first\nbegun\nbetween\ndone\n", ""));

    let records = project.json(&["audit", "one"]);
    let of = |kind: &str| {
        let records = records["records"].as_array().expect("a list");
        records.iter().find(|record| record["kind"] == kind).expect("it is there").clone()
    };
    assert_eq!((&of("started")["attempt"], &of("started")["look"]), (&json!(null), &json!(null)));
    assert_eq!((&of("will_retry")["attempt"], &of("will_retry")["look"]), (&json!(1), &json!(null)));
    let refused = project.run(&["list", "--limit", "0"]).ended(2);
    assert!(refused.err.contains("--limit"), "{}", refused.err);
}

#[test]
fn logs_are_what_the_script_wrote() {
    let project = flow();
    project.run(&["start", "flow", "--wait", "--id", "one", "--param", "word=two  words; $(id)"]).ok();
    let plain = project.run(&["logs", "one", "a", "--plain"]).ok();
    let mut lines: Vec<&str> = plain.out.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["oh", "two  words; $(id)"]);

    let lines = project.run(&["logs", "one", "a", "-o", "json"]).ok().out;
    let lines: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    assert!(lines.iter().all(|line| keys(line) == ["job_id", "attempt", "at", "stream", "text"]));
    let of = |stream: &str| {
        lines.iter().filter(|line| line["stream"] == stream).map(|line| &line["text"]).collect::<Vec<_>>()
    };
    assert_eq!(of("out"), [&json!("two  words; $(id)")]);
    assert_eq!(of("err"), [&json!("oh")]);

    let all = project.run(&["logs", "one"]).ok().out;
    assert!(all.contains(" a#1 out    two  words; $(id)\n"), "{all}");
    assert!(all.contains(" b#1 worker "), "{all}");
    let followed = project.run(&["logs", "one", "-f"]).ok().out;
    assert_eq!(followed.lines().count(), all.lines().count());

    let missing = project.run(&["logs", "one", "a", "--attempt", "2"]).ended(5);
    assert_eq!(missing.err, "rsqlctl: job `a` of one has no log of attempt 2\n");
}

#[test]
fn audit_tells_who_did_what_and_why() {
    let project = flow();
    project.run(&["start", "flow", "--wait", "--id", "one", "--by", "ada", "--reason", "try"]).ok();
    let trail = project.json(&["audit", "one"]);
    let records = trail["records"].as_array().expect("a list");
    let kinds: Vec<&str> = records.iter().filter_map(|record| record["kind"].as_str()).collect();
    assert_eq!(kinds, ["started", "attempt_started", "succeeded", "attempt_started", "succeeded", "ended"]);
    assert_eq!((&records[0]["by"], &records[0]["detail"]), (&json!("ada"), &json!("try")));
    let of_b = project.json(&["audit", "one", "--job", "b"]);
    assert_eq!(of_b["records"].as_array().map(Vec::len), Some(2));
    let text = project.run(&["audit", "one"]).ok().out;
    assert!(text.starts_with("AT                        JOB  ATTEMPT  WHAT             BY"), "{text}");
}

#[test]
fn lists_are_newest_first() {
    let project = flow();
    for id in ["one", "two", "three"] {
        project.run(&["start", "flow", "--wait", "--id", id]).ok();
    }
    let ids = |args: &[&str]| -> Vec<String> {
        let list = project.json(args);
        let list = list["executions"].as_array().expect("a list").iter();
        list.map(|brief| brief["workflow_execution_id"].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(ids(&["list"]), ["three", "two", "one"]);
    assert_eq!(ids(&["list", "-n", "1"]), ["three"]);
    assert_eq!(ids(&["list", "--workflow", "flow", "-n", "2"]), ["three", "two"]);
    assert_eq!(ids(&["list", "--workflow", "other"]), Vec::<String>::new());
    assert_eq!(ids(&["list", "--open"]), Vec::<String>::new());
    let workflows = project.json(&["list", "--workflows"]);
    assert_eq!(
        keys(&workflows["workflows"][0]),
        [
            "workflow_id",
            "version",
            "description",
            "jobs",
            "schedules",
            "source",
            "deployed_at",
            "deployed_by",
            "last"
        ]
    );
    assert_eq!(workflows["workflows"][0]["last"]["workflow_execution_id"], "three");
}

#[test]
fn a_graph_of_an_execution_shows_statuses() {
    let project = flow();
    project.run(&["start", "flow", "--wait", "--id", "one"]).ok();
    let drawing = project.run(&["graph", "one"]).ok().out;
    assert_eq!(drawing, "┌─────┐\n│ ✓ a │\n└──┬──┘\n   │\n┌──▼──┐\n│ ✓ b │\n└─────┘\n");
}

#[test]
fn a_failure_is_shown_and_ends_with_its_own_code() {
    let project = Project::with(&[
        (
            "workflows/flow.yaml",
            "workflow: flow\njobs:\n  - { id: a, script: bad.sh }\n  - { id: b, script: bad.sh, needs: [a] }\n",
        ),
        ("scripts/bad.sh", "echo no >&2\nexit 9\n"),
    ]);
    project.run(&["deploy"]).ok();
    let ran = project.run(&["start", "flow", "--wait", "--id", "one"]).ended(3);
    assert_eq!(ran.last_line(), "one failed");
    assert!(ran.out.contains("\na failed, exit code 9\n"), "{}", ran.out);
    assert!(ran.out.contains("\n  rsqlctl logs one a\n"), "{}", ran.out);
    assert!(ran.out.contains("a need failed"), "{}", ran.out);
    let shown = project.json(&["status", "one"]);
    assert_eq!(shown["failed_job"], "a");
    assert_eq!(
        (&job(&shown, "b")["status"], &job(&shown, "b")["skip"]),
        (&json!("skipped"), &json!("need_failed"))
    );
    assert!(exists(&project.path(".fleet/alerts.jsonl")));
    let watched = project.run(&["watch", "one"]).ended(3);
    assert_eq!(watched.last_line(), "one failed");
}

#[test]
fn scripts_find_rsql_first_and_see_little_of_our_environment() {
    let project = Project::with(&[
        ("workflows/flow.yaml", "workflow: flow\njobs:\n  - { id: a, script: a.sh }\n"),
        ("scripts/a.sh", "echo \"${PATH%%:*} ${SOME_SECRET-none}\"\n"),
    ])
    .env([("SOME_SECRET", "geheim".to_owned())]);
    project.run(&["deploy"]).ok();
    project.run(&["start", "flow", "--wait", "--id", "one"]).ok();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_rsqlctl"));
    let folder = program.parent().expect("it lies in a folder").display();
    assert_eq!(project.run(&["logs", "one", "a", "--plain"]).ok().out, format!("{folder} none\n"));
}

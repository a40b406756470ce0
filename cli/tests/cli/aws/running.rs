//! Executions on AWS, carried out by a real dispatcher and a real worker.

use serde_json::{Value, json};

use super::Cloud;

const FLOW: &str = "workflow: flow
jobs:
  - { id: a, script: a.sh, env: { WORD: \"{{ word }}\" } }
  - { id: b, script: b.sh, needs: [a] }
params: { word: none }
";

fn cloud() -> Cloud {
    let cloud = Cloud::with(&[
        ("workflows/flow.yaml", FLOW),
        ("scripts/a.sh", "echo \"$WORD\"\necho oh >&2\n"),
        ("scripts/b.sh", "test -e ../go && exit 0\ntest -e ../bad && exit 9\nexec sleep 600\n"),
    ]);
    cloud.project.run(&["deploy"]).ok();
    cloud
}

fn job(status: &Value, id: &str) -> Value {
    let jobs = status["jobs"].as_array().expect("a list");
    jobs.iter().find(|job| job["job_id"] == id).expect("it is there").clone()
}

#[test]
fn an_execution_goes_over_the_bus_to_its_end() {
    let cloud = cloud();
    let project = &cloud.project;
    project.write("go", "");
    let _fleet = (cloud.dispatcher(), cloud.worker());
    let args =
        ["start", "flow", "--wait", "--id", "one", "--param", "word=hi", "--by", "ada", "--reason", "try"];
    let ran = project.run(&args).ok();
    assert_eq!(ran.last_line(), "one succeeded");
    assert_eq!(project.json(&["start", "flow", "--id", "one"])["created"], false);

    let list = project.json(&["list"]);
    assert_eq!(
        (&list["executions"][0]["status"], &list["executions"][0]["started_by"]),
        (&json!("succeeded"), &json!("ada"))
    );
    let plain = project.run(&["logs", "one", "a", "--plain"]).ok().out;
    let mut lines: Vec<&str> = plain.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["hi", "oh"]);
    let all = project.run(&["logs", "one"]).ok().out;
    let followed = project.run(&["logs", "one", "-f"]).ok().out;
    assert!(all.contains(" a#1 out    hi\n"), "{all}");
    assert_eq!(followed.lines().count(), all.lines().count());
    let trail = project.json(&["audit", "one"]);
    let kinds: Vec<&str> = trail["records"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|record| record["kind"].as_str())
        .collect();
    assert_eq!(kinds, ["started", "attempt_started", "succeeded", "attempt_started", "succeeded", "ended"]);
    assert!(project.run(&["graph", "one"]).ok().out.contains("✓ b"));
    project.run(&["watch", "one"]).ok();
}

#[test]
fn operators_see_and_change_what_runs() {
    let cloud = cloud();
    let project = &cloud.project;
    let (_dispatcher, worker) = (cloud.dispatcher(), cloud.worker());
    project.run(&["start", "flow", "--id", "one"]).ok();
    project.wait_for("one", |seen| job(seen, "b")["status"] == "running");
    let workers = project.json(&["workers"])["workers"].clone();
    assert_eq!((&workers[0]["state"], &workers[0]["slots"]), (&json!("alive"), &json!(2)));
    assert_eq!(workers[0]["pid"], worker.pid());

    let cancelled = project.run(&["cancel", "one", "--wait", "--reason", "too slow"]).ok();
    assert_eq!(cancelled.last_line(), "one cancelled");
    let marked = project.run(&["mark", "one", "b", "succeeded", "--by", "ada", "--reason", "by hand"]).ok();
    assert_eq!(marked.out, "b succeeded\n");
    let resumed = project.run(&["resume", "one", "--wait", "--reason", "go on"]).ok();
    assert_eq!(resumed.last_line(), "one succeeded");
    assert_eq!(job(&project.json(&["status", "one"]), "b")["marked"]["by"], "ada");

    project.write("bad", "");
    project.run(&["start", "flow", "--id", "two", "--wait"]).ended(3);
    project.write("go", "");
    project.run(&["resume", "two", "--wait", "--reason", "mended"]).ok();
    let records = project.json(&["audit", "two", "--job", "b"]);
    let attempts = records["records"].as_array().expect("a list").iter();
    assert_eq!(attempts.filter(|record| record["kind"] == "attempt_started").count(), 2);
}

#[test]
fn what_nobody_carries_out_is_told_and_followed_where_it_lies() {
    let cloud = cloud();
    let project = &cloud.project;
    let queued = project.run(&["start", "flow", "--id", "one"]).ok();
    assert!(queued.err.contains("one is queued, but the dispatcher has not begun it"), "{}", queued.err);
    assert_eq!(project.run(&["workers"]).ok().err, "no worker serves this fleet\n");
    let (events, depth) = (cloud.queue("events"), "ApproximateNumberOfMessages");
    let asked = ["sqs", "get-queue-attributes", "--queue-url", &events, "--attribute-names", depth];
    assert_eq!(cloud.aws(&asked)["Attributes"][depth], "1", "the bus has brought it there");
}

#[test]
fn dead_letters_are_shown_and_put_back_into_the_queue_of_their_pool() {
    let cloud = Cloud::with(&[
        ("workflows/flow.yaml", "workflow: flow\njobs:\n  - { id: a, script: a.sh, queue: finance }\n"),
        ("scripts/a.sh", "exit 0\n"),
    ]);
    let project = &cloud.project;
    let version = project.json(&["deploy"])["workflows"][0]["version"].clone();
    let letter = json!({
        "v": 1, "workflow_execution_id": "one", "workflow_id": "flow", "version": version, "job_id": "a",
        "turn": { "attempt": 1, "look": 0 }, "generation": 0, "ready_at": "2026-11-22T02:00:00.000Z",
    })
    .to_string();
    let (dead, finance) = (cloud.queue("dead-jobs"), cloud.queue("jobs-finance"));
    cloud.aws(&["sqs", "send-message", "--queue-url", &dead, "--message-body", &letter]);
    for _ in 0..2 {
        let letters = project.json(&["dead-letters"])["letters"].clone();
        assert_eq!(letters[0]["queue"], format!("{}-dead-jobs", cloud.stack));
        assert_eq!(letters[0]["body"], letter.as_str());
    }
    assert_eq!(project.run(&["dead-letters", "--redrive"]).ok().out, "1\n");
    assert_eq!(project.json(&["dead-letters"])["letters"], json!([]));
    let received = cloud.aws(&["sqs", "receive-message", "--queue-url", &finance]);
    assert_eq!(received["Messages"][0]["Body"], letter.as_str());
}

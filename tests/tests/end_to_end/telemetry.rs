//! Traces and metrics, received by a collector from real processes: one trace from a start to each statement.

use std::collections::{BTreeMap, BTreeSet};

use fleet_tests::otlp::{Collector, Span, way};

use crate::support::{Project, Setup};

/// A chain over two kinds of script, and a fan-in; one job fails and may.
const NIGHT: &str = "workflow: night
jobs:
  - { id: load, script: load.rsql }
  - { id: divide, script: divide.rsql, needs: [load], allow_failure: true }
  - { id: shell, script: shell.sh, needs: [load] }
  - { id: last, script: last.sql, needs: [divide, shell], run_if: all_settled }
";

fn project(collector: &Collector) -> Project {
    Setup::new()
        .script("load.rsql", "insert into loaded values ('hunter2');\nselect 4711, 'hunter2' -- hunter2\n;\n")
        .script("divide.rsql", "\\set ON_ERROR_STOP on\nselect 1/0;\n")
        .script("shell.sh", "#!/bin/sh\nrsql -X -q -t -A -c 'select count(*) from loaded' > /dev/null\n")
        .script("last.sql", "begin;\ncommit;\n")
        .workflow(NIGHT)
        .deployed()
        .with_environment(collector.environment())
}

/// Runs the workflow with a dispatcher and a worker that are processes of their own, until both have ended.
fn run(project: &Project) {
    let mut served = [project.serve(&["--only", "dispatcher"]), project.serve(&["--only", "worker"])];
    project.start("night", "run-1");
    project.wait_for("run-1", "succeeded");
    for process in &mut served {
        process.terminate();
        assert!(process.wait().success(), "{}", process.said());
    }
}

/// The spans of the trace that the start is a part of.
fn trace(collector: &Collector) -> BTreeMap<String, Span> {
    let spans = collector.spans();
    let of_start = |span: &&Span| span.name == "process events" && span.get("fleet.event") == "start";
    let starts: Vec<&Span> = spans.iter().filter(of_start).collect();
    let [start] = starts[..] else { panic!("one start, and not {starts:#?}") };
    collector.trace(&start.trace)
}

#[test]
fn one_trace_leads_from_the_start_to_each_statement() {
    let collector = Collector::listen();
    let project = project(&collector);
    run(&project);

    let trace = trace(&collector);
    let ways: BTreeMap<&str, Vec<String>> = trace
        .values()
        .filter(|span| !span.get("db.query.text").is_empty())
        .fold(BTreeMap::new(), |mut ways, span| {
            ways.insert(span.get("db.query.text"), way(&trace, span));
            ways
        });
    let seen: BTreeSet<&str> = ways.keys().copied().collect();
    let expect = BTreeSet::from([
        "insert into loaded values (?);",
        "select ?, ? ;",
        "select ?/?;",
        "select count(*) from loaded",
        "begin;",
        "commit;",
    ]);
    assert_eq!(seen, expect);
    for (text, way) in &ways {
        assert_eq!(way[..3], ["send events", "process events", "process jobs"], "{text}: {way:?}");
    }
    let of_shell = &ways["select count(*) from loaded"];
    let database = project.database().database();
    let expect = ["run load", "process events", "process jobs", "run shell", "rsql"];
    assert_eq!(of_shell[3..8], expect.map(ToOwned::to_owned), "{of_shell:?}");
    assert_eq!(of_shell[8..], [format!("SELECT {database}")]);
    let after_fan_in = &ways["commit;"];
    assert!(after_fan_in.contains(&"run last".to_owned()), "{after_fan_in:?}");

    conventions(&trace, database);
    for secret in ["hunter2", "4711"] {
        assert!(!collector.has_seen(secret), "{secret} has left the fleet");
    }
}

fn conventions(trace: &BTreeMap<String, Span>, database: &str) {
    let one =
        |what: &dyn Fn(&Span) -> bool| trace.values().find(|span| what(span)).expect("there is such a span");
    let divided = one(&|span| span.get("db.query.text") == "select ?/?;");
    assert!(divided.has_failed);
    for (name, expect) in [
        ("db.system.name", "postgresql"),
        ("db.namespace", database),
        ("db.operation.name", "SELECT"),
        ("db.response.status_code", "22012"),
        ("error.type", "22012"),
    ] {
        assert_eq!(divided.get(name), expect, "{name} of {divided:#?}");
    }
    let failed = one(&|span| span.name == "run divide");
    assert!(failed.has_failed);
    for (name, expect) in [
        ("cicd.pipeline.name", "night"),
        ("cicd.pipeline.run.id", "run-1"),
        ("cicd.pipeline.task.name", "divide"),
        ("cicd.pipeline.task.run.id", "run-1/divide/1"),
        ("cicd.pipeline.task.run.result", "failure"),
    ] {
        assert_eq!(failed.get(name), expect, "{name} of {failed:#?}");
    }
    let received = one(&|span| span.name == "process jobs");
    for (name, expect) in [
        ("messaging.system", "sqlite"),
        ("messaging.destination.name", "jobs"),
        ("messaging.operation.type", "process"),
    ] {
        assert_eq!(received.get(name), expect, "{name} of {received:#?}");
    }
    let services: BTreeSet<&str> = trace.values().map(|span| span.service.as_str()).collect();
    assert_eq!(services, BTreeSet::from(["rsql", "rsqlctl"]));
}

#[test]
fn measurements_arrive_too() {
    let collector = Collector::listen();
    run(&project(&collector));
    let seen = collector.metrics();
    for name in [
        "messaging.process.duration",
        "fleet.attempt.queue_delay",
        "fleet.attempt.duration",
        "db.client.operation.duration",
    ] {
        assert!(seen.contains(name), "{name} is not among {seen:?}");
    }
}

#[test]
fn a_collector_that_is_away_holds_nobody_up_and_is_told_of_once() {
    let collector = Collector::listen();
    let environment = collector.environment();
    drop(collector);
    let project = Setup::new()
        .script("load.rsql", "select 1;\n")
        .workflow("workflow: night\njobs:\n  - { id: load, script: load.rsql }\n")
        .deployed()
        .with_environment(environment);
    let mut served = project.serve(&[]);
    project.start("night", "run-1");
    project.wait_for("run-1", "succeeded");
    served.terminate();
    assert!(served.wait().success(), "{}", served.said());
    // Once for the traces and once for the metrics.
    let told = served.said().matches("telemetry does not reach").count();
    assert!((1..=2).contains(&told), "{}", served.said());
}

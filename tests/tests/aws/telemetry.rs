//! Traces, received by a collector from the real processes: one from a start on the bus to each statement, by way of Lambda
//! and SQS.

use std::collections::BTreeSet;

use fleet_tests::otlp::{Collector, Span, way};
use serde_json::json;

use crate::support::{Fleet, SOON, Setup, eventually};

#[test]
fn one_trace_leads_from_a_start_on_the_bus_to_each_statement() {
    let collector = Collector::listen();
    let fleet = Fleet::with(Setup { environment: collector.environment(), ..Setup::default() });
    fleet.script("load.rsql", "select 'hunter2';\n");
    fleet.script("shell.sh", "#!/bin/sh\nrsql -X -q -t -A -c 'select 1, 2' > /dev/null\n");
    let jobs = json!([{"id": "load", "script": "load.rsql"}, {"id": "shell", "script": "shell.sh", "needs": ["load"]}]);
    let night = json!({"workflow": "night", "connection": "warehouse", "jobs": jobs}).to_string();
    fleet.define(&json!({"workflow_id": "night", "text": night}));
    let (source, worker) = (fleet.dispatch(), fleet.worker());
    fleet.start("night", "run-1");
    fleet.wait_for("run-1", "succeeded");
    assert!(worker.terminate().success());
    // Lambda ends an environment without a word, so the last invocation must have sent all it had.
    let ended = |span: &Span| span.name == "process events" && span.get("fleet.event") == "job_settled";
    eventually("the spans of both settled jobs", SOON, || {
        (collector.spans().into_iter().filter(ended).count() >= 2).then_some(())
    });
    drop(source);

    let spans = collector.spans();
    let start = spans.iter().find(|span| span.get("fleet.event") == "start").expect("a start is carried out");
    assert_eq!((start.parent.as_str(), start.get("messaging.system")), ("", "aws_sqs"));
    let trace = collector.trace(&start.trace);
    let statement = |text: &str| {
        let found = trace.values().find(|span| span.get("db.query.text") == text);
        way(&trace, found.unwrap_or_else(|| panic!("`{text}` is not in the trace of the start: {trace:#?}")))
    };
    let load = statement("select ?;");
    assert_eq!(load[..3], ["process events", "process jobs", "run load"]);
    let shell = statement("select ?, ?");
    let expect = ["run load", "process events", "process jobs", "run shell", "rsql"];
    assert_eq!(shell[2..7], expect.map(ToOwned::to_owned), "{shell:?}");
    let services: BTreeSet<&str> = trace.values().map(|span| span.service.as_str()).collect();
    assert_eq!(services, BTreeSet::from(["rsql", "rsql-fleet-dispatcher", "rsql-fleet-worker"]));
    assert!(!collector.has_seen("hunter2"));
    of_lambda(&spans, start);
}

#[test]
fn a_trace_begins_with_who_asks_for_the_execution() {
    let collector = Collector::listen();
    let fleet = Fleet::with(Setup { environment: collector.environment(), ..Setup::default() });
    fleet.script("load.rsql", "select 1;\n");
    let jobs = json!([{"id": "load", "script": "load.rsql"}]);
    let night = json!({"workflow": "night", "connection": "warehouse", "jobs": jobs}).to_string();
    fleet.define(&json!({"workflow_id": "night", "text": night}));
    let (source, worker) = (fleet.dispatch(), fleet.worker());
    std::fs::write(fleet.folder().join("project.yaml"), "scripts: scripts\n").expect("the folder is new");
    fleet.rsqlctl(&["start", "night", "--id", "run-1", "--wait"], 0);
    assert!(worker.terminate().success());
    let ended = |span: &Span| span.name == "process events" && span.get("fleet.event") == "job_settled";
    eventually("the span of the settled job", SOON, || collector.spans().into_iter().find(ended));
    drop(source);

    let spans = collector.spans();
    let asked = spans.iter().find(|span| span.name == "send bus").expect("rsqlctl tells what it sends");
    assert_eq!((asked.parent.as_str(), asked.service.as_str()), ("", "rsqlctl"));
    assert_eq!(asked.get("messaging.system"), "aws_eventbridge");
    let trace = collector.trace(&asked.trace);
    let statement = trace.values().find(|span| span.get("db.query.text") == "select ?;");
    let way = way(&trace, statement.unwrap_or_else(|| panic!("no statement is in the trace: {trace:#?}")));
    assert_eq!(way[..4], ["send bus", "process events", "process jobs", "run load"]);
}

/// An invocation has a trace of its own, since it may serve many workflows; what it served is linked to it.
fn of_lambda(spans: &[Span], start: &Span) {
    let invocations: Vec<&Span> =
        spans.iter().filter(|span| !span.get("faas.invocation_id").is_empty()).collect();
    assert!(invocations.iter().any(|span| span.get("faas.coldstart") == "true"), "{invocations:#?}");
    assert!(invocations.iter().all(|span| span.get("faas.trigger") == "pubsub"), "{invocations:#?}");
    let linked = invocations.iter().any(|span| start.links.contains(&span.trace));
    assert!(linked, "{start:#?} is linked to none of {invocations:#?}");
}

//! What files compile to: the newer form with all settings, and the older stage form.

use super::{compiled, messages};
use crate::workflow::{Definition, OnFailure, Precondition, Template, Work};

/// Every key once.
pub(super) const FULL: &str = r#"
workflow: nightly_sales
description: Loads the sales of the day.
owner: data platform
schedule:
  - { cron: cron(0 2 * * ? *), timezone: europe/london }
  - { cron: "0 12 ? * SUN *", catch_up: all, params: { region: apac, batch: 007 } }
connection: arn:aws:secretsmanager:eu-west-1:1:secret:wh
params: { business_date: "{{ scheduled_date - 1d }}", region: emea, batch: 1 }
on_failure: continue
max_parallel: 40
timeout: 10h
queue: big
alerts: { topic: etl-alerts, on: [failure, late] }
jobs:
  - { id: landed, precondition: { s3: "s3://in/{{ business_date }}/*.gz" }, poll: 2M, timeout: 4h }
  - { id: six, precondition: { time: "6:00" } }
  - { id: nine, precondition: { time: "09:00", timezone: Asia/Tokyo } }
  - { id: other, precondition: { workflow: hourly, within: 1d12h } }
  - { id: any, precondition: { sql: "select count(*) from t where d = :'d'" }, vars: { d: "{{ business_date }}" } }
  - id: stage
    description: Stages.
    script: ./stage//orders.rsql
    needs: [landed, six]
    run_if: any_succeeded
    retry: { attempts: 3, backoff: 5s, on: [timeout, connection, timeout] }
    timeout: 90m
    vars: { batch: "{{ batch }}", flag: true, rate: 1.50 }
    env: { TZ: UTC }
    allow_failure: true
    success_codes: [8, 0, 4]
    warning_codes: [12]
    connection: other
    queue: small
  - { id: tidy, script: tidy.sh, needs: [stage], run_if: all_settled, args: [--day, "{{ business_date }}", 7] }
"#;

#[test]
fn the_older_form_names_no_connection() {
    let text = "workflow_id: w\nworkflow_stages: [{ execution_type: parallel, scripts: [a.rsql, b.sql] }]";
    let definition = compiled(text);
    assert_eq!(definition.connection, None);
    assert!(definition.jobs.iter().all(|job| job.connection.is_none()));
}

#[test]
fn the_older_form_calls_shell_scripts_as_it_did() {
    let text = "workflow_id: w\nworkflow_stages: [{ execution_type: parallel, scripts: [a.rsql, b.sh] }]";
    let definition = compiled(text);
    let args: Vec<Vec<&str>> =
        definition.jobs.iter().map(|job| job.args.iter().map(Template::as_str).collect()).collect();
    assert_eq!(args, [vec![], vec!["{{ code_dir }}", "{{ secret_id }}"]]);
}

#[test]
fn what_only_the_worker_knows_is_known_in_args_alone() {
    let text = |key: &str| format!("workflow: w\njobs: [{{ id: a, script: a.sh, {key} }}]");
    assert_eq!(messages(&text("args: [\"{{ secret_id }}\"]")), "no fault");
    let refused = messages(&text("env: { A: \"{{ secret_id }}\" }"));
    assert!(refused.contains("`secret_id` is neither a param nor a built-in name"), "{refused}");
    let refused = messages(&text("args: [\"{{ secret }}\"]"));
    assert!(refused.contains("`secret` is neither a param nor a built-in name"), "{refused}");
}

#[test]
fn a_short_longest_pause_shortens_the_first() {
    let check = |retry: &str, backoff: u64, max: u64| {
        let text =
            format!("workflow: w\njobs: [{{ id: a, script: a.sql, retry: {{ attempts: 2, {retry} }} }}]");
        let retry = &compiled(&text).jobs[0].retry;
        assert_eq!((retry.backoff.0, retry.max.0), (backoff, max), "{text}");
    };
    check("max: 1s", 1_000, 1_000);
    check("max: 1m", 30_000, 60_000);
    check("backoff: 5s", 5_000, 600_000);
    check("backoff: 5s, max: 5s", 5_000, 5_000);
}

#[test]
fn every_setting_of_the_newer_form() {
    let definition = compiled(FULL);
    let stored: serde_json::Value = serde_json::from_slice(&definition.canonical_json()).unwrap();
    let expect = serde_json::json!({
        "format": 1,
        "workflow_id": "nightly_sales",
        "description": "Loads the sales of the day.",
        "owner": "data platform",
        "schedules": [
            { "cron": "0 2 * * ? *", "timezone": "Europe/London", "catch_up": "latest" },
            { "cron": "0 12 ? * SUN *", "timezone": "UTC", "catch_up": "all", "params": { "batch": "007", "region": "apac" } },
        ],
        "connection": "arn:aws:secretsmanager:eu-west-1:1:secret:wh",
        "params": { "batch": "1", "business_date": "{{ scheduled_date - 1d }}", "region": "emea" },
        "on_failure": "continue",
        "max_parallel": 40,
        "timeout": "10h",
        "queue": "big",
        "alerts": { "topic": "etl-alerts", "on": ["failure", "late"], "late_after": "8h" },
        "jobs": [
            { "id": "landed", "timeout": "4h",
              "work": { "precondition": { "look": { "s3": { "uri": "s3://in/{{ business_date }}/*.gz" } }, "poll": "2m" } } },
            { "id": "six",
              "work": { "precondition": { "look": { "time": { "not_before": "06:00", "timezone": "Europe/London" } }, "poll": "1m" } } },
            { "id": "nine",
              "work": { "precondition": { "look": { "time": { "not_before": "09:00", "timezone": "Asia/Tokyo" } }, "poll": "1m" } } },
            { "id": "other",
              "work": { "precondition": { "look": { "workflow": { "id": "hourly", "within": "1d12h" } }, "poll": "1m" } } },
            { "id": "any", "vars": { "d": "{{ business_date }}" },
              "work": { "precondition": { "look": { "sql": { "text": "select count(*) from t where d = :'d'" } }, "poll": "1m" } } },
            { "id": "stage", "description": "Stages.",
              "work": { "script": { "path": "stage/orders.rsql", "kind": "rsql" } },
              "needs": [0, 1], "run_if": "any_succeeded",
              "retry": { "attempts": 3, "backoff": "5s", "max": "10m", "on": ["connection", "timeout"] },
              "timeout": "1h30m", "allow_failure": true, "success_codes": [0, 4, 8], "warning_codes": [12],
              "connection": "other", "queue": "small",
              "vars": { "batch": "{{ batch }}", "flag": "true", "rate": "1.50" }, "env": { "TZ": "UTC" } },
            { "id": "tidy", "work": { "script": { "path": "tidy.sh", "kind": "sh" } }, "needs": [5],
              "run_if": "all_settled", "args": ["--day", "{{ business_date }}", "7"] },
        ],
    });
    assert_eq!(stored, expect);
}

#[test]
fn json_yaml_and_anchors_say_the_same() {
    let yaml = "workflow: w\njobs:\n- id: a\n  script: a.sql\n  retry: &r { attempts: 2 }\n- { id: b, script: a.sql, retry: *r, needs: [a] }\n";
    let json = "\u{feff}{\r\n\t\"workflow\": \"w\", \"jobs\": [\r\n\
                \t\t{\"id\": \"a\", \"script\": \"a.sql\", \"retry\": {\"attempts\": 2}, \"needs\": null},\r\n\
                \t\t{\"id\": \"b\", \"script\": \"a\\u002esql\", \"retry\": {\"attempts\": 2}, \"needs\": [\"a\"]}\r\n\t]\r\n}\r\n";
    assert_eq!(compiled(json).canonical_json(), compiled(yaml).canonical_json());
}

#[test]
fn nothing_written_is_the_default() {
    let definition =
        compiled("workflow: w\ntimeout:\njobs: [{ id: a, script: a.sql, needs: ~, retry: null }]");
    assert_eq!(definition.on_failure, OnFailure::Stop);
    assert_eq!(definition.timeout, None);
    assert_eq!(definition.alerts, crate::workflow::AlertPolicy::default());
    let job = &definition.jobs[0];
    assert_eq!((job.retry.attempts, job.allow_failure, job.timeout), (1, false, None));
    assert!(!job.work.is_precondition());
    let zoned = compiled("workflow: w\njobs: [{ id: a, precondition: { time: \"06:00\" } }]");
    let Work::Precondition { look: Precondition::Time { timezone, .. }, .. } = &zoned.jobs[0].work else {
        panic!()
    };
    assert_eq!(timezone.as_str(), "UTC");
}

fn edges(definition: &Definition) -> Vec<String> {
    let name = |ix| definition.job(ix).map_or("END", |job| job.id.as_str());
    let line = |job: &crate::workflow::Job| {
        let needs: Vec<&str> = job.needs.iter().map(|ix| name(*ix)).collect();
        let Work::Script { path, .. } = &job.work else { panic!() };
        format!("{} {path} <- {}", job.id, needs.join(" ")).trim_end().to_owned()
    };
    definition.jobs.iter().map(line).collect()
}

#[test]
fn stages_become_chains_and_fans() {
    let definition = compiled(
        r#"{ "workflow_id": "old", "connection": "wh", "workflow_stages": [
            { "execution_flag": "y", "execution_type": "sequential", "scripts": ["prep/load.sh", "check.rsql"] },
            { "execution_flag": "n", "execution_type": "parallel", "scripts": ["missing.sql"] },
            { "execution_flag": "Y", "execution_type": "parallel", "scripts": ["load.sh", "load.sh", "2 b.sql"] },
            { "execution_type": "parallel", "scripts": [] },
            { "execution_type": "parallel", "scripts": ["x.sql", "load_2.sh"] },
            { "execution_type": "sequential", "scripts": ["end.sh", "end.sh"] }
        ] }"#,
    );
    assert_eq!(definition.workflow_id.as_str(), "old");
    assert_eq!(definition.on_failure, OnFailure::Stop);
    assert_eq!(definition.connection.as_deref(), Some("wh"));
    assert_eq!(
        edges(&definition),
        [
            "load prep/load.sh <-",
            "check check.rsql <- load",
            "load_2 load.sh <- check",
            "load_3 load.sh <- check",
            "job_2_b 2 b.sql <- check",
            "x x.sql <- load_2 load_3 job_2_b",
            "load_2_2 load_2.sh <- load_2 load_3 job_2_b",
            "end end.sh <- x load_2_2",
            "end_2 end.sh <- end",
        ]
    );
}

#[test]
fn long_stage_files_are_bounded() {
    let scripts = vec!["\"a.sql\""; 50_001].join(",");
    let stage = format!(r#"{{ "execution_type": "sequential", "scripts": [{scripts}] }}"#);
    let file = format!(r#"{{ "workflow_id": "w", "workflow_stages": [{stage}, {stage}] }}"#);
    let first = messages(&file).lines().next().unwrap().to_owned();
    assert_eq!(
        first,
        "w.yaml:1:23: error: the stages have 100002 scripts in all; at most 100000 are allowed"
    );
}

#[test]
fn wide_stages_are_bounded() {
    let scripts = vec!["\"a.sql\""; 1_500].join(",");
    let stage = format!(r#"{{ "execution_type": "parallel", "scripts": [{scripts}] }}"#);
    let file = format!(r#"{{ "workflow_id": "w", "workflow_stages": [{stage}, {stage}] }}"#);
    let first = messages(&file).lines().next().unwrap().to_owned();
    assert_eq!(first, "w.yaml:1:23: error: the stages have more than 2000000 needs in all");
    let definition = compiled(&format!(r#"{{ "workflow_id": "w", "workflow_stages": [{stage}] }}"#));
    assert_eq!(definition.jobs[1_499].id.as_str(), "a_1500");
}

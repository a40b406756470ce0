//! `rsqlctl plan`: what would run, when, and what it costs.

use serde_json::json;

use crate::support::Project;

const NIGHT: &str = "workflow: night
schedule: [{ cron: \"0 2 * * ? *\", timezone: Europe/London }, { cron: \"0 14 * * ? *\" }]
max_parallel: 2
jobs:
  - { id: landed, precondition: { file: \"/in/{{ business_date }}/*\" }, poll: 90s, timeout: 4h }
  - { id: left, script: a.sh, needs: [landed], queue: finance }
  - { id: right, script: a.sh, needs: [landed] }
  - { id: both, script: a.sh, needs: [left, right] }
";

fn night() -> Project {
    Project::with(&[("workflows/night.yaml", NIGHT), ("scripts/a.sh", "exit 0\n")])
}

#[test]
fn a_plan_shows_levels_waits_and_the_next_times() {
    let project = night();
    let text = project.run(&["plan", "night"]).ok().out;
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("Workflow   night, version "), "{text}");
    assert_eq!(
        lines[1..7],
        [
            "Jobs       4 in 3 levels, 2 at a time",
            "  level 1  landed",
            "  level 2  left, right",
            "  level 3  both",
            "Queues     finance",
            "Waits      landed: for a file /in/{{ business_date }}/*, looked at every 1m30s, for 4h00m at most",
        ]
    );
    assert!(lines[7].starts_with("Schedule   0 2 * * ? * Europe/London: next 20"), "{text}");
    assert!(!text.contains("Cost"), "{text}");

    let plan = project.json(&["plan", "night"]);
    assert_eq!(plan["levels"], json!([["landed"], ["left", "right"], ["both"]]));
    assert_eq!((&plan["roots"], &plan["cost"]), (&json!(["landed"]), &json!(null)));
    assert_eq!(plan["schedules"][1]["next"].as_array().map(Vec::len), Some(3));
    assert_eq!(
        plan["preconditions"],
        json!([{ "job_id": "landed", "waits_for": "a file /in/{{ business_date }}/*", "poll_ms": 90_000,
                 "timeout_ms": 14_400_000 }])
    );
    let missing = project.run(&["plan", "day"]).ended(5);
    assert!(missing.err.contains("`day` is no file and no workflow"), "{}", missing.err);
}

#[test]
fn a_cost_is_told_by_service_and_by_part() {
    let project = night();
    let cost = project.json(&["plan", "night", "--cost"])["cost"].clone();
    assert_eq!((&cost["region"], &cost["runs_per_day"]), (&json!("us-east-1"), &json!(2.0)));
    let parts = cost["parts"].as_array().expect("a list").iter();
    let counts: Vec<_> = parts.map(|part| (part["part"].as_str(), part["count"].as_u64())).collect();
    assert_eq!(
        counts,
        [
            (Some("start and end"), Some(1)),
            (Some("jobs ready alone"), Some(2)),
            (Some("jobs ready together"), Some(2)),
            (Some("edges to jobs with several needs"), Some(2)),
        ]
    );
    let number = |name: &str| cost[name].as_f64().unwrap_or(f64::NAN);
    let sum = |name: &str| -> f64 {
        let services = cost["services"].as_array().expect("a list").iter();
        services.map(|service| service[name].as_f64().unwrap_or(f64::NAN)).sum()
    };
    for name in ["requests_a_run", "usd_a_run", "usd_a_month"] {
        assert!((sum(name) - number(name)).abs() < 1e-9, "{name}");
    }
    assert!((number("usd_a_month") - 60.0 * number("usd_a_run")).abs() < 1e-9);
    assert_eq!(cost["waiting"][0]["looks_an_hour"], 40.0);

    let hourly = project.json(&["plan", "night", "--cost", "--runs-per-day", "24"])["cost"].clone();
    assert_eq!(hourly["runs_per_day"], 24.0);
    assert_eq!(hourly["usd_a_run"], cost["usd_a_run"]);
    let text = project.run(&["plan", "workflows/night.yaml", "--cost"]).ok().out;
    assert!(text.contains("\nCost in us-east-1, 2 runs a day:\nSERVICE "), "{text}");
    assert!(text.contains("\nan hour of waiting for landed: 40 looks, "), "{text}");
    project.run(&["plan", "night", "--runs-per-day", "2"]).ended(2);
    project.run(&["plan", "night", "--cost", "--runs-per-day", "0"]).ended(2);
}

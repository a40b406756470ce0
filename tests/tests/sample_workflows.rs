//! The sample workflows, run by the executables against a database of their own, give the figures that
//! `rsql-scripts/expected.py` computes from the same files without SQL.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use fleet_core::workflow::{ScriptCheck, parse};
use fleet_tests::postgres::Postgres;
use fleet_tests::{binaries, tree};
use serde_json::Value;

const DATE: &str = "2013-01-14";

/// The sample project in a folder of its own, with a database of its own.
struct Sample {
    folder: tempfile::TempDir,
    database: Postgres,
    expected: Value,
}

impl Sample {
    fn deployed() -> Sample {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let source = samples();
        for part in ["project.yaml", "workflows", "scripts", "data"] {
            let copied = Command::new("cp").arg("-R").arg(source.join(part)).arg(folder.path()).status();
            assert!(copied.expect("cp starts").success(), "{part} was not copied");
        }
        let expected = std::fs::read(source.join("expected.json")).expect("expected.json is readable");
        let expected = serde_json::from_slice(&expected).expect("expected.json is JSON");
        let sample = Sample { folder, database: Postgres::shared().new_database(), expected };
        sample.rsqlctl(&["deploy", "--reason", "test"], 0);
        sample
    }

    /// Runs rsqlctl and asserts its exit code; returns its output as text.
    fn rsqlctl(&self, args: &[&str], expect: i32) -> String {
        let output = Command::new(binaries::rsqlctl())
            .arg("--project")
            .arg(self.folder.path())
            .args(args)
            .envs(self.database.env())
            .output()
            .expect("rsqlctl starts");
        let text = both(&output);
        assert_eq!(output.status.code(), Some(expect), "rsqlctl {args:?}:\n{text}\n{}", self.state());
        text
    }

    fn run(&self, workflow: &str, id: &str, expect: i32) -> String {
        let param = format!("business_date={DATE}");
        let mut args = vec!["start", workflow, "--id", id, "--reason", "test", "--wait"];
        // The older form has no params.
        if workflow != "legacy_routes" {
            args.extend(["--param", param.as_str()]);
        }
        self.rsqlctl(&args, expect)
    }

    /// Everything the fleet has logged: what somebody needs who looks at a failed test.
    fn state(&self) -> String {
        let logs =
            Command::new("grep").args(["-r", "", ".fleet/logs"]).current_dir(self.folder.path()).output();
        logs.map(|output| both(&output)).unwrap_or_default()
    }

    /// The table's rows are those under `name` in expected.json.
    fn check_table(&self, table: &str, order: &str) {
        let name = table.rsplit('.').next().expect("a table has a name");
        let rows = self.expected[name].as_array().expect("a list of rows");
        let columns: Vec<&str> = rows[0].as_object().expect("a row").keys().map(String::as_str).collect();
        let list = columns.join(", ");
        let found = self.database.psql(&format!("select {list} from {table} order by {order}"));
        let expected: Vec<String> = rows
            .iter()
            .map(|row| columns.iter().map(|column| cell(&row[column])).collect::<Vec<_>>().join("|"))
            .collect();
        assert_eq!(found.lines().collect::<Vec<_>>(), expected, "{table}");
    }

    fn check_value(&self, sql: &str, expected: &Value) {
        assert_eq!(self.database.psql(sql), cell(expected), "{sql}");
    }

    fn check_night(&self) {
        let expected = &self.expected;
        self.check_value("select count(*) from nyc.fact_flight", &expected["fact_flight"]);
        self.check_value("select count(*) from nyc.fact_flight where cancelled", &expected["fact_cancelled"]);
        self.check_value(
            "select count(*) from nyc.fact_flight where plane_key = 0",
            &expected["fact_without_plane"],
        );
        self.check_value("select count(*) from nyc.dim_airline", &expected["dim_airline"]);
        self.check_value("select count(*) from nyc.dim_airport", &expected["dim_airport"]);
        self.check_value("select count(*) from nyc.dim_plane", &expected["dim_plane"]);
        self.check_value(
            "select count(*) from nyc.dim_plane where inferred",
            &expected["dim_plane_inferred"],
        );
        for (reason, count) in expected["rejected"].as_object().expect("reasons") {
            self.check_value(
                &format!("select count(*) from nyc_ops.flight_rejected where reason = '{reason}'"),
                count,
            );
        }
        self.check_value("select count(distinct reason) from nyc_ops.flight_rejected", &6.into());
        self.check_table("nyc.agg_daily", "date_key");
        self.check_table("nyc.agg_carrier", "carrier");
        self.check_table("nyc.agg_route", "origin, dest");
        self.check_table("nyc.agg_weather", "wind");
    }
}

#[test]
fn a_night_gives_the_expected_figures_however_often_it_runs() {
    let sample = Sample::deployed();
    let output = sample.run("nightly_flights", "night-1", 0);
    assert_eq!(output.trim_end().lines().last(), Some("night-1 succeeded"));
    sample.check_night();
    let report = sample.folder.path().join(format!("out/nightly_{DATE}.txt"));
    let report = std::fs::read_to_string(report).expect("the night wrote its report");
    assert!(
        report.contains(" 2013-01-01  | Tuesday   |     842 |         4 |         11.55 |         12.65"),
        "{report}"
    );
    // The partner's feed failed once and came at the second try.
    sample.check_value(
        "select string_agg(attempt::text, ',' order by attempt) from nyc_ops.partner_call",
        &"1,2".into(),
    );
    let published = "select workflow_execution_id || ' ' || flights from nyc_ops.publication";
    sample.check_value(published, &"night-1 12208".into());

    sample.run("nightly_flights", "night-2", 0);
    sample.check_night();
    sample.check_value(published, &"night-2 12208".into());

    sample.run("legacy_routes", "routes-1", 0);
    sample.check_table("nyc.route_share", "origin, dest");
}

#[test]
fn a_night_that_fails_says_where_and_is_resumed() {
    let sample = Sample::deployed();
    sample.run("nightly_flights", "night-1", 0);
    let output = sample.run("nightly_quality", "quality-1", 3);
    assert_eq!(output.trim_end().lines().last(), Some("quality-1 failed"));
    let alerts = std::fs::read_to_string(sample.folder.path().join(".fleet/alerts.jsonl"))
        .expect("an alert was written");
    let message = r#"null value in column \"airline_key\" of relation \"flight_correction\" violates not-null constraint"#;
    for part in ["quality/apply_corrections.rsql", "insert into nyc.flight_correction", "23502", message] {
        assert!(alerts.contains(part), "`{part}` is not in the alerts:\n{alerts}");
    }
    sample.check_value("select count(*) from nyc.flight_correction", &0.into());

    sample
        .database
        .psql("insert into nyc.dim_airline select max(airline_key) + 1, 'G7', 'GoJet' from nyc.dim_airline");
    let output = sample.rsqlctl(&["resume", "quality-1", "--reason", "added the airline G7", "--wait"], 0);
    assert_eq!(output.trim_end().lines().last(), Some("quality-1 succeeded"));
    sample.check_table("nyc.corrected_daily", "date_key");
    let certificate = sample.folder.path().join(format!("out/certificate_{DATE}.txt"));
    let certificate =
        std::fs::read_to_string(certificate).expect("the resumed workflow wrote its certificate");
    assert!(certificate.contains("5 flights corrected"), "{certificate}");
}

#[test]
fn the_workflow_files_have_no_faults() {
    let scripts = samples().join("scripts");
    let check = |path: &str| {
        if scripts.join(path).is_file() {
            ScriptCheck::Present
        } else {
            ScriptCheck::Missing { nearest: None }
        }
    };
    let mut jobs = Vec::new();
    for file in ["legacy_routes.json", "nightly_flights.yaml", "nightly_quality.yaml"] {
        let text =
            std::fs::read_to_string(samples().join("workflows").join(file)).expect("a sample is readable");
        let definition = parse(file, &text, &check).unwrap_or_else(|faults| panic!("{faults}"));
        jobs.push((definition.workflow_id.to_string(), definition.jobs.len()));
    }
    let expect = [("legacy_routes", 5), ("nightly_flights", 24), ("nightly_quality", 7)];
    assert_eq!(jobs, expect.map(|(workflow, jobs)| (workflow.to_owned(), jobs)));
}

#[test]
fn expected_json_follows_from_the_data() {
    let output = Command::new("python3").arg(samples().join("expected.py")).arg("--check").output();
    let output = output.expect("python3 is a prerequisite of the tests; `make test` installs it");
    assert!(output.status.success(), "{}", both(&output));
}

fn samples() -> PathBuf {
    Path::new(&tree::root()).join("rsql-scripts")
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn both(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout))
}

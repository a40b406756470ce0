//! The values of an execution: business date, params, given values.

use std::collections::BTreeMap;

use super::compiled;
use crate::ids::ExecutionId;
use crate::schedule::Zone;
use crate::time::Timestamp;
use crate::workflow::{Bindings, Occasion};

fn start(params: &str, occasion: Occasion<'_>, given: &[(&str, &str)]) -> Result<Bindings, String> {
    let schedule = r#"schedule: [{ cron: "0 2 * * ? *", timezone: Europe/Berlin }]"#;
    let text = format!("workflow: w\n{schedule}\nparams: {{ {params} }}\njobs: [{{ id: a, script: a.sql }}]");
    let given: BTreeMap<String, String> =
        given.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let id = ExecutionId::parse("w-1").unwrap();
    Bindings::at_start(&compiled(&text), &id, occasion, &given).map_err(|faults| faults.to_string())
}

/// Checks one value of an execution scheduled for 02:00 in Berlin on 2026-03-01, which is 01:00 UTC.
fn check(params: &str, given: &[(&str, &str)], name: &str, expect: &str) {
    let zone = Zone::parse("Europe/Berlin").unwrap();
    let at = Timestamp::parse("2026-03-01T01:00:00Z").unwrap();
    let bindings = start(params, Occasion::Scheduled { at, zone: &zone }, given).unwrap();
    assert_eq!(bindings.get(name), Some(expect), "{params} {given:?}");
}

/// Checks one value of an execution started by hand at 23:30 UTC on 2026-02-28, which is already March in Berlin.
fn check_by_hand(params: &str, given: &[(&str, &str)], name: &str, expect: &str) {
    let now = Timestamp::parse("2026-02-28T23:30:00Z").unwrap();
    let bindings = start(params, Occasion::ByHand { now }, given).unwrap();
    assert_eq!(bindings.get(name), Some(expect), "{params} {given:?}");
}

#[test]
fn built_in_values() {
    check("", &[], "scheduled_date", "2026-03-01");
    check("", &[], "scheduled_time", "2026-03-01T02:00:00+01:00");
    check("", &[], "workflow_id", "w");
    check("", &[], "workflow_execution_id", "w-1");
    let zone = Zone::parse("America/New_York").unwrap();
    let at = Timestamp::parse("2026-03-01T01:00:00Z").unwrap();
    let bindings = start("", Occasion::Scheduled { at, zone: &zone }, &[]).unwrap();
    assert_eq!(
        bindings.get("scheduled_time"),
        Some("2026-02-28T20:00:00-05:00"),
        "the zone of the schedule that fired"
    );
}

#[test]
fn the_business_date() {
    let moved = r#"business_date: "{{ scheduled_date - 1d }}""#;
    check("", &[], "business_date", "2026-03-01");
    check(moved, &[], "business_date", "2026-02-28");
    check(moved, &[("business_date", "2025-12-31")], "business_date", "2025-12-31");
    check_by_hand("", &[], "business_date", "2026-03-01");
    check_by_hand(moved, &[], "business_date", "2026-03-01");
    check_by_hand(moved, &[("business_date", "2025-12-31")], "business_date", "2025-12-31");
    check_by_hand("business_date: 2013-01-31", &[], "business_date", "2013-01-31");
    check("day: 2013-01-31, business_date: '{{ day + 1m }}'", &[], "business_date", "2013-02-28");
}

#[test]
fn params_may_refer_to_each_other() {
    check("c: '{{ b }}!', b: '{{ params.a }}{{ a }}', a: x", &[], "c", "xx!");
    check(
        "a: '{{ business_date | format(''%Y/%m'') }}', business_date: '{{ scheduled_date - 1m }}'",
        &[],
        "a",
        "2026/02",
    );
    check("a: x, b: '{{ a }}'", &[("a", "{{ b }}")], "b", "{{ b }}");
    check("path: '/in/{{ workflow_id }}/{{ workflow_execution_id }}'", &[], "path", "/in/w/w-1");
}

#[test]
fn starts_that_cannot_be_made() {
    let now = Timestamp::parse("2026-02-28T23:30:00Z").unwrap();
    let check = |params: &str, given: &[(&str, &str)], expect: &str| {
        assert_eq!(start(params, Occasion::ByHand { now }, given), Err(expect.to_owned()), "{params}");
    };
    check(
        "region: x",
        &[("regoin", "y")],
        "param `regoin` is not one of the workflow's; did you mean `region`?",
    );
    check("region: x", &[("zzz", "y")], "param `zzz` is not one of the workflow's");
    check("a: '{{ b - 1d }}', b: x", &[], "param `a`: `b` is `x`, and that is no date");
    check(
        "a: '{{ b - 1d }}', b: 2026-01-01",
        &[("b", "soon"), ("c", "d")],
        "param `c` is not one of the workflow's; param `a`: `b` is `soon`, and that is no date",
    );
    let no_date = |date: &str| {
        let expect = format!(
            "`business_date` is `{date}`, and that is no date; give it as YYYY-MM-DD, such as 2026-01-31"
        );
        check("a: '{{ business_date - 1d }}'", &[("business_date", date)], &expect);
    };
    no_date("2013-02-30");
    no_date("xx");
    no_date("");
    no_date("20130131");
    no_date("2013-1-31");
    no_date("2013-01-31T00:00:00Z");
    let long = "x".repeat(70_000);
    check("a: x", &[("a", &long)], "the params have 70123 bytes in all, at most 65536 are allowed");
}

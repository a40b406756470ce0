//! What queues and buses do: the same event twice, late, out of order, with others that make no sense. Each test ends with
//! the state hanging together and the audit complete.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{Fleet, SOON, eventually};

/// a ─┬─ b ─┐
///    └─ c ─┴─ d
fn diamond(fleet: &Fleet) -> BTreeMap<String, Vec<String>> {
    fleet.noting("note.rsql", "select 1;\n");
    let needs = [("a", &[][..]), ("b", &["a"]), ("c", &["a"]), ("d", &["b", "c"])];
    let job = |(id, needs): &(&str, &[&str])| json!({"id": id, "script": "note.rsql", "needs": needs});
    let jobs: Vec<Value> = needs.iter().map(job).collect();
    fleet.define(&json!({"workflow_id": "diamond", "connection": "warehouse", "jobs": jobs}));
    let owned = |needs: &[&str]| needs.iter().map(|need| (*need).to_owned()).collect();
    needs.iter().map(|(id, needs)| ((*id).to_owned(), owned(needs))).collect()
}

const DIAMOND_DONE: &str = "a succeeded 1, b succeeded 1, c succeeded 1, d succeeded 1";

#[test]
fn the_same_start_event_twice_is_one_execution() {
    let fleet = Fleet::new();
    let needs = diamond(&fleet);
    fleet.start("diamond", "run-1");
    fleet.start("diamond", "run-1");
    let (_source, _host) = (fleet.dispatch(), fleet.worker());
    let seen = fleet.wait_for("run-1", "succeeded");
    // Once more, now that it has ended.
    fleet.start("diamond", "run-1");
    fleet.wait_for_empty("events");
    fleet.wait_for_empty("jobs");
    assert_eq!(seen.summary(), DIAMOND_DONE);
    let again = fleet.seen("run-1").expect("it is there");
    assert_eq!(again.audit, seen.audit);
    fleet.check(&again, &needs);
    assert_eq!(fleet.database.psql("select count(*) from run_log"), "4");
}

#[test]
fn completions_out_of_order_and_twice_are_counted_once() {
    let fleet = Fleet::new();
    let needs = diamond(&fleet);
    let (source, host) = (fleet.dispatch(), fleet.worker());
    fleet.start("diamond", "run-1");
    fleet.wait_for("run-1", "succeeded");
    // Everything that was ever said, again and backwards, while a second run is on its way.
    fleet.start("diamond", "run-2");
    for job in ["d", "c", "b", "a", "d", "a"] {
        let event = json!({"v": 1, "event": "job_settled", "workflow_execution_id": "run-1", "job_id": job});
        fleet.send_event(&event.to_string());
        let event = json!({"v": 1, "event": "job_settled", "workflow_execution_id": "run-2", "job_id": job});
        fleet.send_event(&event.to_string());
    }
    let second = fleet.wait_for("run-2", "succeeded");
    fleet.wait_for_empty("events");
    fleet.wait_for_empty("jobs");
    assert!(source.tally().errors.is_empty(), "{:?}", source.tally());
    assert_eq!(second.summary(), DIAMOND_DONE);
    for id in ["run-1", "run-2"] {
        fleet.check(&fleet.seen(id).expect("it is there"), &needs);
    }
    assert_eq!(fleet.database.psql("select count(*) from run_log"), "8");
    assert!(host.terminate().success());
}

#[test]
fn a_batch_with_a_poisonous_and_a_malformed_message_goes_through_without_them() {
    let fleet = Fleet::new();
    let needs = diamond(&fleet);
    // In one batch, before anybody looks.
    fleet.send_event("this is no JSON");
    fleet.send_event(r#"{"v":99,"event":"tick"}"#);
    fleet.start("no_such_workflow", "run-0");
    fleet.start("diamond", "run-1");
    let (source, _host) = (fleet.dispatch(), fleet.worker());
    let seen = fleet.wait_for("run-1", "succeeded");
    fleet.check(&seen, &needs);
    eventually("the bad ones to be reported by id", SOON, || {
        (source.tally().failed.len() >= 2).then_some(())
    });
    let tally = source.tally();
    assert!(tally.errors.is_empty() && tally.crashes == 0, "{tally:?}");
    let bad = |body: &String| body == "this is no JSON" || body.contains(r#""v":99"#);
    assert!(tally.failed.iter().all(bad), "{tally:?}");
    // Kept, on their way to the dead letters.
    assert_eq!(fleet.queued("events") + fleet.queued("dead-events"), 2);
}

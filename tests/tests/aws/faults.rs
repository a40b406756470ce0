//! Processes killed at the worst moment, and a network between them and AWS that refuses, breaks, cuts, keeps silent and loses
//! answers. Each test ends with the state hanging together, the audit complete, and no message left.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use fleet_tests::aws_proxy::{AwsProxy, Call, Fault};
use fleet_tests::moto::Moto;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::support::{Endpoints, Fleet, SOON, Setup, eventually};

/// One run of the faulty network; `SEED=n` runs another.
const SEED: u64 = 7;
/// Of a thousand calls, how many are broken.
const BROKEN_PER_MILLE: u64 = 120;
/// Deliveries of a job's message before it is a dead letter.
const RECEIVES_MAX: usize = 5;
/// Jobs side by side in the web.
const WEB_WIDTH: usize = 5;
/// Executions that are on their way while the network is bad.
const RUNS: usize = 2;
/// The call that is never answered: a few calls into the run, so that it hits work.
const SILENT_CALL: u32 = 60;

/// j0 ── j1 ── j2 …
fn chain(fleet: &Fleet, length: usize) -> BTreeMap<String, Vec<String>> {
    fleet.noting("note.rsql", "select 1;\n");
    let name = |number: usize| format!("j{number}");
    let needs = |number: usize| if number == 0 { vec![] } else { vec![name(number - 1)] };
    let job = |number| json!({"id": name(number), "script": "note.rsql", "needs": needs(number)});
    let jobs: Vec<Value> = (0..length).map(job).collect();
    fleet.define(&json!({"workflow_id": "chain", "connection": "warehouse", "jobs": jobs}));
    (0..length).map(|number| (name(number), needs(number))).collect()
}

/// first ─┬─ m0 … ────┬─ last; a script that fails once, and slots for a few at a time.
///        └─ flaky ───┘
fn web(fleet: &Fleet) -> BTreeMap<String, Vec<String>> {
    fleet.noting("note.rsql", "select 1;\n");
    fleet.noting("flaky.rsql", "select 1 / (:attempt - 1);\n");
    let mut middle: Vec<String> = (0..WEB_WIDTH).map(|number| format!("m{number}")).collect();
    let job = |name: &str, needs: &[String]| json!({"id": name, "script": "note.rsql", "needs": needs});
    let first = ["first".to_owned()];
    let mut jobs = vec![job("first", &[])];
    jobs.extend(middle.iter().map(|name| job(name, &first)));
    let retry = json!({"attempts": 8, "backoff": "1s", "max": "1s", "on": ["any"]});
    jobs.push(json!({"id": "flaky", "script": "flaky.rsql", "needs": first, "retry": retry}));
    middle.push("flaky".to_owned());
    jobs.push(job("last", &middle));
    fleet.define(&json!({
        "workflow_id": "web", "connection": "warehouse", "max_parallel": 3, "on_failure": "stop", "jobs": jobs,
    }));
    let mut needs: BTreeMap<String, Vec<String>> =
        middle.iter().map(|name| (name.clone(), first.to_vec())).collect();
    needs.insert("last".to_owned(), middle);
    needs
}

#[test]
fn a_dispatcher_killed_between_commit_and_send_loses_nothing() {
    // The dispatcher's only process, and how often it is killed when it is about to send jobs: after what it has decided is
    // written, before any message is out.
    let victim: Arc<Mutex<Vec<u32>>> = Arc::default();
    let (aim, deaths) = (Arc::clone(&victim), AtomicU32::new(3));
    let proxy = AwsProxy::start(Moto::shared().endpoint(), move |call: &Call| {
        let queue = call.input["QueueUrl"].as_str()?;
        let sends_jobs = call.operation.starts_with("SendMessage") && queue.ends_with("-jobs");
        let pids = aim.lock().ok()?.clone();
        if !sends_jobs || pids.is_empty() {
            return None;
        }
        deaths.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).ok()?;
        for pid in pids {
            let pid = i32::try_from(pid).ok()?;
            // It may have been killed for the call before this one.
            let _dead = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        Some(Fault::Cut)
    });
    let fleet = Fleet::with(Setup {
        endpoints: Endpoints::all(&proxy.endpoint()),
        environments: 1,
        ..Setup::default()
    });
    let needs = chain(&fleet, 3);
    let (source, _host) = (fleet.dispatch(), fleet.worker());
    fleet.start("chain", "run-1");
    let seen = eventually("the chain to succeed", SOON, || {
        *victim.lock().expect("nobody panics with it") = source.pids();
        fleet.seen("run-1").filter(|seen| seen.status() == "succeeded" && seen.execution["announced"] == true)
    });
    assert_eq!(seen.summary(), "j0 succeeded 1, j1 succeeded 1, j2 succeeded 1");
    fleet.wait_for_empty("events");
    fleet.wait_for_empty("jobs");
    fleet.check(&seen, &needs);
    assert!(source.tally().crashes >= 2, "{:?}", source.tally());
    assert_eq!(fleet.database.psql("select count(*) from run_log"), "3");
}

#[test]
fn a_worker_killed_in_mid_job_is_followed_by_another() {
    let fleet = Fleet::new();
    let slow = "begin;\nselect pg_sleep(case when :attempt = 1 then 60 else 0 end);\ncommit;\n";
    fleet.noting("slow.rsql", slow);
    fleet.noting("note.rsql", "select 1;\n");
    let jobs = json!([
        {"id": "slow", "script": "slow.rsql"}, {"id": "after", "script": "note.rsql", "needs": ["slow"]},
    ]);
    fleet.define(&json!({"workflow_id": "night", "connection": "warehouse", "jobs": jobs}));
    let (_source, doomed) = (fleet.dispatch(), fleet.worker());
    fleet.start("night", "run-1");
    let database = fleet.database.database();
    let sleeping =
        format!("select pid from pg_stat_activity where datname = '{database}' and wait_event = 'PgSleep'");
    let session = eventually("the first attempt to sleep", SOON, || {
        Some(fleet.database.psql(&sleeping)).filter(|pid| !pid.is_empty())
    });
    doomed.kill();
    let _heir = fleet.worker();
    let seen = fleet.wait_for("run-1", "succeeded");
    assert_eq!(seen.summary(), "after succeeded 1, slow succeeded 2");
    assert_eq!(seen.kinds(Some("slow")), ["attempt_started", "taken_over", "succeeded"]);
    let gone = format!("select count(*) from pg_stat_activity where pid = {session}");
    assert_eq!(fleet.database.psql(&gone), "0", "the lost attempt's session is still there");
    let needs = [("slow".to_owned(), vec![]), ("after".to_owned(), vec!["slow".to_owned()])];
    fleet.check(&seen, &BTreeMap::from(needs));
}

#[test]
fn a_job_that_no_worker_survives_is_given_up_and_alerted() {
    let fleet = Fleet::new();
    fleet.script("poison.sh", "#!/bin/sh\necho $FLEET_ATTEMPT >> ../begun\nexec sleep 60\n");
    fleet.noting("note.rsql", "select 1;\n");
    let jobs = json!([
        {"id": "poison", "script": "poison.sh"}, {"id": "after", "script": "note.rsql", "needs": ["poison"]},
    ]);
    fleet.define(&json!({"workflow_id": "night", "connection": "warehouse", "jobs": jobs}));
    let alerts = fleet.hear_alerts();
    let _source = fleet.dispatch();
    fleet.start("night", "run-1");
    let begun = || std::fs::read_to_string(fleet.folder().join("begun")).unwrap_or_default().lines().count();
    let is_dead = || fleet.queued("dead-jobs") == 1;
    let mut deaths = 0;
    // Not each delivery is an attempt: one that comes while the dead worker's lease lasts is put back. After the last, whoever
    // asks next makes a dead letter of the message; a tick looks at those.
    while !is_dead() {
        let host = fleet.worker();
        eventually("an attempt, or the dead letter", SOON, || (begun() > deaths || is_dead()).then_some(()));
        deaths = begun();
        host.kill();
    }
    assert!((2..=RECEIVES_MAX).contains(&deaths), "{deaths} attempts");
    let _host = fleet.worker();
    // Not while its last worker may still be alive: so there are several, as there is one a minute.
    let seen = eventually("the job to be given up", SOON, || {
        if fleet.queued("events") == 0 {
            fleet.send_event(r#"{"v":1,"event":"tick"}"#);
        }
        fleet.seen("run-1").filter(|seen| seen.status() == "failed" && seen.execution["announced"] == true)
    });
    assert_eq!(seen.summary(), format!("after skipped 0, poison failed {deaths}"));
    fleet.wait_for_empty("dead-jobs");
    let texts = eventually("two alerts", SOON, || Some(alerts.queued()).filter(|texts| texts.len() >= 2));
    let cause = "is thought to be the cause";
    assert!(texts.iter().any(|text| text.contains(cause)), "{texts:#?}");
    assert_eq!(fleet.database.psql("select count(*) from run_log"), "0");
}

#[test]
fn a_bad_network_delays_and_changes_nothing() {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(SEED);
    println!("SEED={seed}");
    let (count, random) = (AtomicU32::new(0), AtomicU64::new(seed));
    let proxy = AwsProxy::start(Moto::shared().endpoint(), move |call| {
        if call.service == "unsigned" {
            return None;
        }
        if count.fetch_add(1, Ordering::Relaxed) == SILENT_CALL {
            return Some(Fault::Silent);
        }
        let drawn = next(&random);
        (drawn % 1000 < BROKEN_PER_MILLE).then(|| pick(call, drawn / 1000))
    });
    let fleet = Fleet::with(Setup { endpoints: Endpoints::all(&proxy.endpoint()), ..Setup::default() });
    let needs = web(&fleet);
    let (_source, _hosts) = (fleet.dispatch(), [fleet.worker(), fleet.worker()]);
    let ids: Vec<String> = (0..RUNS).map(|number| format!("run-{number}")).collect();
    for id in &ids {
        fleet.start("web", id);
    }
    for id in &ids {
        let seen = fleet.wait_within(id, "succeeded", SOON * 3);
        assert_eq!(seen.jobs.len(), WEB_WIDTH + 3, "{seen:#?}");
        seen.check(&needs);
    }
    fleet.wait_for_empty("events");
    fleet.wait_for_empty("jobs");
    assert_eq!(fleet.queued("dead-events") + fleet.queued("dead-jobs"), 0);
    let faults = proxy.faults();
    assert!(faults.values().sum::<u64>() >= 20 && faults.contains_key(&Fault::AnswerLost), "{faults:?}");
    // An attempt that was given up for lost may have run; a job that succeeded has run.
    let ran = "select count(distinct (execution, job)) from run_log";
    assert_eq!(fleet.database.psql(ran), (RUNS * (WEB_WIDTH + 3)).to_string());
}

/// What is broken how: an answer can only be lost to harm where something was changed.
fn pick(call: &Call, drawn: u64) -> Fault {
    let faults = [Fault::Throttled, Fault::Broken, Fault::Cut, Fault::AnswerLost];
    let kinds = if call.is_write() { 4 } else { 3 };
    faults[usize::try_from(drawn % kinds).unwrap_or_default()]
}

/// `SplitMix64`: the same seed draws the same numbers, in whatever order callers come.
fn next(state: &AtomicU64) -> u64 {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut mixed = state.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

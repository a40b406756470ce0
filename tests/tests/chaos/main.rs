//! Chaos on the real processes: three workers, a dispatcher and a PostgreSQL run workflows all the time, while a seeded
//! generator kills, freezes and drains processes, cuts connections, crashes the server and takes the disk away. When all is
//! over, the state, the audit trail, the alerts and the warehouse must tell that nothing was lost and nothing done twice.
//!
//! `make test` runs a bounded number of faults; `make chaos` is the same code with more (`FAULTS`, `SEED`). It proves
//! nothing about rare interleavings: those are the simulation's.

#![expect(clippy::panic, reason = "a test fails by panicking, its helpers too")]

mod checks;
mod fleet;
mod ledger;
mod load;
mod net;
mod proxy;
mod random;
mod site;
mod storm;
mod table;
mod trail;
mod work;

#[path = "../protocol/oracle.rs"]
mod oracle;

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fleet::Fleet;
use ledger::{Ledger, Warehouse};
use load::Load;
use site::Site;
use storm::Storm;
use table::{Facts, Times};

/// Faults of a run that nobody asked for more: what fits into a run of all tests.
const FAULTS_BOUNDED: usize = 36;
/// Seed of such a run.
const SEED_BOUNDED: u64 = 1;
/// Between two looks at the fleet.
const BEAT: Duration = Duration::from_millis(50);
/// Between two lines of progress.
const PROGRESS: Duration = Duration::from_secs(5);
/// When the faults are over, all that is open ends within this time. Below the five minutes after which a tick drives an
/// execution again: nothing may depend on that.
const OVER_WITHIN: Duration = Duration::from_secs(90);
/// Between two looks at whether all is over; each copies the state.
const LOOK: Duration = Duration::from_millis(500);

#[test]
fn nothing_is_lost_and_nothing_done_twice() {
    let (faults, seed) = (from_environment("FAULTS", FAULTS_BOUNDED), from_environment("SEED", SEED_BOUNDED));
    let site = Arc::new(Site::set_up());
    if !site.has_disk() {
        eprintln!(
            "LEFT OUT: faults of the disk, since nothing may be mounted here (it takes root or user namespaces)"
        );
    }
    let mut storm = Storm::new(seed, faults, site.has_disk());
    let load = Load::default();
    let mut fleet = Fleet::start(&site);
    let times = std::thread::scope(|scope| {
        let _ends = EndOnDrop(&load);
        scope.spawn(|| load.run(&site, seed));
        weather(&site, &mut fleet, &mut storm, &load)
    });
    let toll = std::mem::take(&mut fleet.toll);
    drop(fleet);

    let ledger = Ledger::read(&site.copy_state(), &site.postgres);
    let mut found = toll.misdeeds.clone();
    found.extend(checks::all(&ledger, &load.started()));
    found.extend(leftovers(&site));
    match times {
        Ok(times) => {
            let facts =
                Facts { seed, past: &storm.past, toll: &toll, starts_refused: load.counts().2, times };
            eprintln!("{}", table::render(&facts, &ledger));
        }
        Err(fault) => found.push(fault),
    }
    if !found.is_empty() {
        let kept = keep(site);
        panic!(
            "{} fault(s):\n{}\n\nthe same faults again: make chaos SEED={seed} FAULTS={faults}\n{kept}",
            found.len(),
            found.join("\n")
        );
    }
    if std::env::var_os("KEEP").is_some() {
        eprintln!("{}", keep(site));
    }
}

/// Throws all faults, and waits until everything is over.
fn weather(site: &Arc<Site>, fleet: &mut Fleet<'_>, storm: &mut Storm, load: &Load) -> Result<Times, String> {
    let began = Instant::now();
    let mut told = Instant::now();
    while !storm.is_over() {
        beat(site, fleet, storm, load, (began, &mut told));
        storm.tend(site, fleet);
    }
    let storm_time = began.elapsed();
    load.end();
    let calm_since = Instant::now();
    let mut looked = Instant::now();
    let mut left = "nothing was looked at yet".to_owned();
    while calm_since.elapsed() < OVER_WITHIN {
        beat(site, fleet, storm, load, (began, &mut told));
        if looked.elapsed() < LOOK {
            continue;
        }
        left = what_is_left(site, load);
        if left.is_empty() {
            return Ok(Times { storm: storm_time, calm: calm_since.elapsed() });
        }
        looked = Instant::now();
    }
    Err(format!("not over within {OVER_WITHIN:?} after the last fault: {left}"))
}

fn beat(
    site: &Site,
    fleet: &mut Fleet<'_>,
    storm: &Storm,
    load: &Load,
    (began, told): (Instant, &mut Instant),
) {
    fleet.tend(storm.disk_is_ill());
    site.proxy.tend();
    if told.elapsed() >= PROGRESS {
        *told = Instant::now();
        let (started, open, _) = load.counts();
        eprintln!(
            "{:4} s  {} faults over, {started} executions started, {open} open; processes {}; under way: {}",
            began.elapsed().as_secs(),
            storm.past.len(),
            fleet.shown(),
            storm.shown()
        );
    }
    std::thread::sleep(BEAT);
}

/// Open executions, messages and sessions, in words; nothing when all is over.
fn what_is_left(site: &Site, load: &Load) -> String {
    let open = load.count_open(site);
    if open != Some(0) {
        return format!("{open:?} executions are open");
    }
    let sessions = sessions(site);
    if sessions != "0" {
        return format!("{sessions} sessions are open");
    }
    match ledger::messages_left(&site.copy_state()) {
        Ok(messages) if messages.is_empty() => String::new(),
        Ok(messages) => format!("messages are left: {messages:?}"),
        Err(error) => format!("the state cannot be read: {error}"),
    }
}

fn sessions(site: &Site) -> String {
    site.postgres.psql("select count(*) from pg_stat_activity where application_name like 'rsql%'")
}

/// Processes of scripts that have outlived everything: they run in the script root.
fn leftovers(site: &Site) -> Vec<String> {
    let scripts = site.folder().join("scripts");
    let entries = std::fs::read_dir("/proc").expect("Linux shows its processes there");
    let lives_there = |path: &Path| std::fs::read_link(path.join("cwd")).is_ok_and(|cwd| cwd == scripts);
    let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
    paths
        .filter(|path| lives_there(path))
        .map(|path| format!("a script's process is left: {}", path.display()))
        .collect()
}

/// Keeps everything, and says how to look at it.
fn keep(site: Arc<Site>) -> String {
    Warehouse::keep(&site.postgres, site.folder());
    let site = Arc::try_unwrap(site).unwrap_or_else(|_| panic!("all that used the site have ended"));
    let kept = site.keep();
    let kept = kept.display();
    format!(
        "the state is kept: rsqlctl --project {kept} list (status, audit, logs EXECUTION)\n\
         what processes said: {kept}/*.stderr; the warehouse's tables: {kept}/warehouse-*.txt"
    )
}

fn from_environment<T: FromStr>(name: &str, default: T) -> T {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is a whole number, not `{text}`")),
        Err(_) => default,
    }
}

/// Ends the load however its scope is left, which would otherwise wait for it.
struct EndOnDrop<'l>(&'l Load);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

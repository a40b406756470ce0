//! A state directory without room, without the right to write, or on a disk that refuses: a clear error, a non-zero exit,
//! nothing half done, and all is well once the cause is mended.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use fleet_core::ports::Queue as _;
use fleet_core::time::Millis;
use fleet_embedded::QueueSettings;

use crate::support::{Project, Setup, open_store};

const WORKFLOW: &str = "workflow: night\njobs:\n  - { id: load, script: load.rsql }\n";

fn setup() -> Setup {
    Setup::new().noting("load.rsql", "insert into loaded values (:'job_id');").workflow(WORKFLOW)
}

/// The project works, and what was refused before has left nothing behind.
fn check_well(project: &Project) {
    let list = project.expect(&["list", "-o", "json"], 0).json();
    assert_eq!(list["executions"].as_array().map(Vec::len), Some(0), "{list:#}");
    assert_eq!(project.run("night", "run-1", 0).summary(), "load succeeded 1");
    assert_eq!(project.psql("select job from loaded"), "load");
}

fn check_refused(project: &Project, expect: &[&str]) {
    for args in [&["start", "night", "--id", "run-1"][..], &["start", "night", "--id", "run-1", "--wait"]] {
        let done = project.expect(args, 1);
        assert_eq!(done.stdout, "");
        for part in expect {
            assert!(done.stderr.contains(part), "`{part}` is not in: {}", done.stderr);
        }
    }
}

#[test]
fn a_disk_that_refuses() {
    // No file may grow past a few kilobytes: writing fails for everybody, and it takes no rights to have it so.
    let limit = ["env", "--ignore-signal=XFSZ", "prlimit", "--fsize=8192"].map(str::to_owned);
    let project = setup().deployed().through(limit.into());
    check_refused(&project, &["no space left", "fleet.sqlite3", "free some space"]);
    check_well(&project.through(Vec::new()));
}

#[test]
fn a_state_directory_that_may_not_be_written() {
    let project = setup().deployed().through(without_privileges());
    let state = project.folder().join(".fleet");
    let mode = |mode| std::fs::set_permissions(&state, Permissions::from_mode(mode)).expect("we own it");
    mode(0o555);
    check_refused(&project, &["the state directory", "cannot be written", "chmod u+rwx"]);
    mode(0o755);
    check_well(&project);
}

#[test]
fn a_state_directory_that_cannot_be_made() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let mode =
        |mode| std::fs::set_permissions(place.path(), Permissions::from_mode(mode)).expect("we own it");
    let project = setup().state(&place.path().join("state")).written().through(without_privileges());
    mode(0o555);
    let done = project.expect(&["deploy"], 1);
    assert!(done.stderr.contains("cannot be made (Permission denied"), "{}", done.stderr);
    mode(0o755);
    project.ok(&["deploy"]);
    check_well(&project);
}

#[test]
fn what_a_dead_dispatcher_had_received_is_taken_up_once_there_is_room() {
    let project = setup().deployed();
    project.start("night", "run-1");
    // Held open to the end: a log of the database that is there already needs no room.
    let (store, runtime) = open_store(project.folder());
    let events = store.queue(
        "events",
        QueueSettings { visibility: Millis::from_mins(10), max_receives: None, dead_letters: None },
    );
    let received = runtime.block_on(events.receive(1, Millis(0))).expect("the queue can be read");
    assert_eq!(received.len(), 1, "the start is not in the queue");
    // The soft limit alone, which may be lifted again.
    let limit = ["env", "--ignore-signal=XFSZ", "prlimit", "--fsize=8192:"].map(str::to_owned);
    let project = project.through(limit.into());
    let fleet = project.serve(&[]);
    fleet.wait_for_text("cannot be taken up yet");
    let pid = fleet.pid().to_string();
    let lifted = Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited:"]).status();
    assert!(lifted.expect("prlimit starts").success());
    let project = project.through(Vec::new());
    assert_eq!(project.wait_for("run-1", "succeeded").summary(), "load succeeded 1");
}

/// Root may write everywhere; without this capability it is held to the modes of files like anybody else.
fn without_privileges() -> Vec<String> {
    let words = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];
    if nix::unistd::Uid::effective().is_root() { words.map(str::to_owned).into() } else { Vec::new() }
}

/// Tests on a disk of their own, which has to be mounted. The others here take no rights.
mod mounted {
    use super::{WORKFLOW, check_refused, check_well, setup};
    use fleet_tests::disk::SmallDisk;

    use crate::support::{Project, SOON, Setup, eventually};

    /// Room for a project's state, and little more.
    const SIZE_MIB: u32 = 2;

    /// Writes more than fits into a file's last page, once the table `hold` is empty.
    const TALKS: &str = "do $$ begin
  while exists (select from hold) loop perform pg_sleep(0.05); end loop;
end $$;
\\t on
select 'line ' || n || repeat(' and on', 20) from generate_series(1, 2000) n;
insert into loaded values (:'job_id');";

    /// A project whose state lies on a small disk.
    fn on_small_disk(setup: Setup) -> (Project, SmallDisk) {
        let disk = SmallDisk::mount(SIZE_MIB).expect(
            "a tmpfs in a mount namespace, which takes root or unprivileged user namespaces; \
        tests/run.sh leaves `disk_full::mounted` out where there is neither, and says so",
        );
        let project = setup.state(&disk.directory()).written().through(disk.wrapper());
        project.ok(&["deploy"]);
        (project, disk)
    }

    #[test]
    fn a_full_disk_is_named_and_nothing_is_started() {
        let (project, disk) = on_small_disk(setup());
        disk.fill();
        check_refused(&project, &["no space left", "fleet.sqlite3", "free some space"]);
        disk.free();
        check_well(&project);
    }

    #[test]
    fn a_disk_that_fills_up_holds_a_job_up_and_loses_no_line() {
        let setup =
            Setup::new().worker("{ slots: 2, lease: 60s }").noting("load.rsql", TALKS).workflow(WORKFLOW);
        let (project, disk) = on_small_disk(setup);
        project.psql("create table hold as select 1 as held");
        let fleet = project.serve(&[]);
        project.start("night", "run-1");
        eventually("the job to run", SOON, || {
            (project.psql("select count(*) from run_log") == "1").then_some(())
        });
        disk.fill();
        project.psql("delete from hold");
        fleet.wait_for_text("the attempt's log cannot be written; the job waits");
        fleet.wait_for_text("free some space on its disk");
        assert_eq!(project.psql("select count(*) from loaded"), "0", "the script went on without its log");
        disk.free();
        let execution = project.wait_for("run-1", "succeeded");
        assert_eq!(execution.summary(), "load succeeded 1");
        assert_eq!(project.audit("run-1").kinds("load"), ["attempt_started", "succeeded"]);
        let log = project.ok(&["logs", "run-1", "load", "--plain"]);
        let lines: Vec<&str> =
            log.lines().filter_map(|line| line.trim().strip_prefix("line ")?.split(' ').next()).collect();
        let expect: Vec<String> = (1..=2000).map(|number| number.to_string()).collect();
        assert_eq!(lines, expect);
    }

    #[test]
    fn a_read_only_disk_is_named() {
        let (project, disk) = on_small_disk(setup());
        disk.remount("ro");
        check_refused(&project, &["read-only file system", "state:"]);
        disk.remount("rw");
        check_well(&project);
    }
}

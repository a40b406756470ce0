//! A worker that is killed in the middle of a job: the job runs once more, and its old session in the database, which
//! knows nothing of the death, is ended before the new attempt begins.

use crate::support::{Project, SOON, Served, Setup, by_process, eventually};

/// Busy in its first attempt, in the middle of a transaction; done at once in the next.
const SLOW_AT_FIRST: &str = "begin;
insert into loaded values (:'job_id');
select pg_sleep(case when :attempt = 1 then 60 else 0 end);
commit;
";

/// The same through a shell script, which would go on by itself when its worker and its query are gone.
const SHELL: &str = "#!/bin/sh
rsql -X -q -v job_id=$FLEET_JOB_ID -v attempt=$FLEET_ATTEMPT -v workflow_execution_id=$FLEET_EXECUTION_ID -f slow.rsql
code=$?
echo \"$FLEET_ATTEMPT $code\" >> ../ended
exit $code
";

const WORKFLOW: &str = "workflow: night
jobs:
  - { id: slow, JOB }
  - { id: after, script: after.rsql, needs: [slow] }
";

fn project(job: &str) -> Project {
    Setup::new()
        .noting("slow.rsql", SLOW_AT_FIRST)
        .script("slow.sh", SHELL)
        .noting("after.rsql", "insert into loaded values (:'job_id');")
        .workflow(&WORKFLOW.replace("JOB", job))
        .deployed()
}

/// One killed attempt and one that succeeds, seen from the database, the status and the audit trail.
fn check(job: &str) -> Project {
    let project = project(job);
    let _dispatcher = project.serve(&["--only", "dispatcher"]);
    let doomed = project.serve(&["--only", "worker"]);
    let doomed_pid = doomed.pid();
    project.start("night", "run-1");
    let session = project.wait_for_sleep("slow", 1);
    doomed.kill();
    let still_there = format!("select count(*) from pg_stat_activity where pid = {session}");
    assert_eq!(project.psql(&still_there), "1", "the server has noticed by itself, so this proves nothing");

    let heir = project.serve(&["--only", "worker"]);
    let execution = project.wait_for("run-1", "succeeded");
    assert_eq!(project.psql(&still_there), "0");
    // The second attempt saw no session of the first.
    let log = "select job, attempt, others from run_log order by at";
    assert_eq!(project.psql(log), "slow|1|0\nslow|2|0\nafter|1|0");
    assert_eq!(project.psql("select job from loaded order by at"), "slow\nafter");
    assert_eq!(execution.summary(), "slow succeeded 2, after succeeded 1");
    assert_eq!(execution.job("slow")["lost"], 1);

    let audit = project.audit("run-1");
    assert_eq!(audit.kinds("slow"), ["attempt_started", "taken_over", "succeeded"]);
    assert_eq!(audit.whole(), ["started", "ended"]);
    let who: Vec<_> = audit
        .of("slow")
        .iter()
        .map(|record| (by_process(record, doomed_pid), by_process(record, heir.pid())))
        .collect();
    assert_eq!(who, [(true, false), (false, true), (false, true)]);
    project
}

#[test]
fn an_rsql_job_is_taken_over() {
    check("script: slow.rsql");
}

#[test]
fn a_shell_job_is_taken_over() {
    let project = check("script: slow.sh");
    let ended = std::fs::read_to_string(project.folder().join("ended")).expect("the second attempt wrote it");
    assert_eq!(ended, "2 0\n", "the first attempt's script outlived its worker");
}

#[test]
fn a_job_that_may_not_run_twice_is_given_up() {
    let project = project("script: slow.rsql, retry: { attempts: 3, on: [connection] }");
    let doomed = project.serve(&[]);
    project.start("night", "run-1");
    let session = project.wait_for_sleep("slow", 1);
    doomed.kill();
    let _heir = project.serve(&[]);
    let execution = project.wait_for("run-1", "failed");
    assert_eq!(execution.summary(), "slow failed 1, after skipped 0");
    let message = execution.job("slow")["message"].as_str().expect("a failed job says why").to_owned();
    assert!(message.ends_with("was lost, and the job's `retry.on` does not name lost_worker"), "{message}");
    let gone = format!("select count(*) from pg_stat_activity where pid = {session}");
    eventually("the end of the lost session", SOON, || (project.psql(&gone) == "0").then_some(()));
    assert_eq!(project.audit("run-1").kinds("slow"), ["attempt_started", "failed"]);
    assert_eq!(project.psql("select count(*) from loaded"), "0");
}

#[test]
fn a_worker_that_comes_back_too_late_changes_nothing() {
    let project = project("script: slow.rsql");
    let _dispatcher = project.serve(&["--only", "dispatcher"]);
    let frozen = project.serve(&["--only", "worker"]);
    project.start("night", "run-1");
    let session = project.wait_for_sleep("slow", 1);
    frozen.freeze();
    let _heir = project.serve(&["--only", "worker"]);
    project.wait_for("run-1", "succeeded");
    assert_eq!(project.psql(&format!("select count(*) from pg_stat_activity where pid = {session}")), "0");

    frozen.thaw();
    check_that_it_notices(&project, &frozen);
    let execution = project.execution("run-1").expect("it has ended");
    assert_eq!((execution.status(), execution.job("slow")["attempts"].as_u64()), ("succeeded", Some(2)));
    assert_eq!(project.psql("select job from loaded order by at"), "slow\nafter");
    assert!(project.alerts().is_empty(), "{:#?}", project.alerts());
}

/// Whichever it sees first: that somebody else holds the job, which it notes, or that its lease is over, and with it the
/// attempt.
fn check_that_it_notices(project: &Project, late: &Served) {
    let noticed = || {
        let is_fenced = project.audit("run-1").kinds("slow").contains(&"fenced");
        (is_fenced || late.said().contains("the lease could not be renewed")).then_some(())
    };
    eventually("the late worker to notice", SOON, noticed);
    let audit = project.audit("run-1");
    assert_eq!(audit.kinds("slow")[..3], ["attempt_started", "taken_over", "succeeded"]);
    for record in &audit.of("slow")[3..] {
        assert!(record["kind"] == "fenced" && by_process(record, late.pid()), "{audit:#?}");
    }
}

#[test]
fn a_script_does_not_outlive_the_lease_of_a_frozen_worker() {
    // Not in the database at first, where it would be found, but on its way there.
    let script = "#!/bin/sh
if [ \"$FLEET_ATTEMPT\" = 1 ]; then echo $$ > ../pid.new; mv ../pid.new ../pid; sleep 60; fi
rsql -X -q -v job_id=$FLEET_JOB_ID -v attempt=$FLEET_ATTEMPT -v workflow_execution_id=$FLEET_EXECUTION_ID -f load.rsql
";
    let project = Setup::new()
        .noting("load.rsql", "insert into loaded values (:'job_id');")
        .script("slow.sh", script)
        .workflow("workflow: night\njobs:\n  - { id: slow, script: slow.sh }\n")
        .deployed();
    let _dispatcher = project.serve(&["--only", "dispatcher"]);
    let frozen = project.serve(&["--only", "worker"]);
    project.start("night", "run-1");
    let pid = || std::fs::read_to_string(project.folder().join("pid")).ok();
    let pid = eventually("the first attempt to begin", SOON, pid);
    frozen.freeze();
    let _heir = project.serve(&["--only", "worker"]);
    project.wait_for("run-1", "succeeded");
    // Killed, and not waited for: whose child it is stands still.
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
    assert!(stat.is_ok_and(|stat| stat.contains(") Z ")), "the first attempt's script still runs");

    frozen.thaw();
    check_that_it_notices(&project, &frozen);
    assert_eq!(project.psql("select job from loaded"), "slow");
}

#[test]
fn a_worker_that_stood_still_runs_its_script_again() {
    let script = "#!/bin/sh\necho $FLEET_ATTEMPT >> ../begun\n[ \"$FLEET_ATTEMPT\" = 2 ] || sleep 60\n";
    let project = Setup::new()
        .script("slow.sh", script)
        .workflow("workflow: night\njobs:\n  - { id: slow, script: slow.sh }\n")
        .deployed();
    let only = project.serve(&[]);
    project.start("night", "run-1");
    let begun = || std::fs::read_to_string(project.folder().join("begun")).unwrap_or_default();
    eventually("the first attempt to begin", SOON, || (begun() == "1\n").then_some(()));
    only.freeze();
    // Nothing else tells that its lease is over: nobody is there to see it.
    let lease_is_over = std::time::Instant::now() + std::time::Duration::from_secs(3);
    eventually("the end of its lease", SOON, || (std::time::Instant::now() > lease_is_over).then_some(()));
    only.thaw();
    // That its script was killed meanwhile is no failure of the job.
    let execution = project.wait_for("run-1", "succeeded");
    assert_eq!(execution.summary(), "slow succeeded 2");
    assert_eq!(project.audit("run-1").kinds("slow"), ["attempt_started", "taken_over", "succeeded"]);
    assert_eq!(begun(), "1\n2\n");
}

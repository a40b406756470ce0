//! SIGTERM: no more jobs are taken, those that run may end, and what takes too long is handed to the next process.

use crate::support::{Project, SOON, Setup, eventually};

/// Runs for as long as the table `hold` has its row, or 60 s; a second attempt is not held up.
const HELD: &str = "do $$ begin
  for i in 1..1200 loop
    if not exists (select from hold) then return; end if;
    perform pg_sleep(0.05);
  end loop;
end $$;
insert into loaded values (:'job_id');";

/// The same through a shell script, which has to be ended by itself.
const HELD_BY_SHELL: &str = "#!/bin/sh
rsql -X -q -v job_id=$FLEET_JOB_ID -v attempt=$FLEET_ATTEMPT -v workflow_execution_id=$FLEET_EXECUTION_ID -f held.rsql
";

const WORKFLOW: &str = "workflow: night
jobs:
  - { id: held, script: SCRIPT }
  - { id: next, script: next.rsql, needs: [held] }
";

fn project(drain_limit: &str, script: &str) -> Project {
    let project = Setup::new()
        .worker(&format!("{{ slots: 1, lease: 20s, drain_limit: {drain_limit} }}"))
        .noting("held.rsql", HELD)
        .noting("next.rsql", "insert into loaded values (:'job_id');")
        .script("held.sh", HELD_BY_SHELL)
        .workflow(&WORKFLOW.replace("SCRIPT", script))
        .deployed();
    project.psql("create table hold as select 1 as held");
    project
}

fn release(project: &Project) {
    project.psql("delete from hold");
}

fn wait_for_the_job(project: &Project) {
    let runs = || (project.psql("select count(*) from run_log") == "1").then_some(());
    eventually("the job to run", SOON, runs);
}

#[test]
fn running_jobs_may_end_and_no_more_are_taken() {
    let project = project("60s", "held.rsql");
    let mut fleet = project.serve(&[]);
    project.start("night", "run-1");
    wait_for_the_job(&project);
    fleet.terminate();
    fleet.wait_for_text("drain");
    release(&project);
    assert_eq!(fleet.wait().code(), Some(0), "{}", fleet.said());

    let execution = project.execution("run-1").expect("it was started");
    assert_eq!(execution.summary(), "held succeeded 1, next pending 0");
    let _next = project.serve(&[]);
    assert_eq!(project.wait_for("run-1", "succeeded").summary(), "held succeeded 1, next succeeded 1");
}

#[test]
fn beyond_the_limit_a_job_is_handed_over_at_once() {
    check_limit("held.rsql");
}

#[test]
fn beyond_the_limit_a_shell_script_is_ended_and_handed_over() {
    check_limit("held.sh");
}

fn check_limit(script: &str) {
    let project = project("1s", script);
    let mut fleet = project.serve(&[]);
    project.start("night", "run-1");
    wait_for_the_job(&project);
    fleet.terminate();
    assert_eq!(fleet.wait().code(), Some(0), "{}", fleet.said());
    check_handed_over(&project);
}

#[test]
fn a_second_signal_hands_over_without_waiting() {
    let project = project("10m", "held.rsql");
    let mut fleet = project.serve(&[]);
    project.start("night", "run-1");
    wait_for_the_job(&project);
    fleet.terminate();
    fleet.wait_for_text("drain");
    fleet.terminate();
    assert_eq!(fleet.wait().code(), Some(0), "{}", fleet.said());
    check_handed_over(&project);
}

#[test]
fn a_wait_that_is_ended_leaves_the_execution_to_others() {
    let project = project("10m", "held.rsql");
    // Nobody serves: the command that waits runs the job, and ends as a worker does.
    let mut waiting = project.spawn(&["start", "night", "--id", "run-1", "--wait"]);
    wait_for_the_job(&project);
    waiting.terminate();
    waiting.wait_for_text("still run in this process");
    waiting.terminate();
    assert_eq!(waiting.wait().code(), Some(7), "{}", waiting.said());
    check_handed_over(&project);
}

/// The job was given back, its session is gone, and the next process runs it long before the lease would have run out.
fn check_handed_over(project: &Project) {
    assert_eq!(project.sessions(), "0");
    let execution = project.execution("run-1").expect("it was started");
    assert_eq!(execution.job_status("held"), "waiting");
    assert_eq!(project.audit("run-1").kinds("held"), ["attempt_started", "handed_over"]);

    release(project);
    let _next = project.serve(&[]);
    let execution = project.wait_for("run-1", "succeeded");
    assert_eq!(execution.summary(), "held succeeded 2, next succeeded 1");
    assert_eq!(execution.job("held")["lost"], 0);
    let kinds = ["attempt_started", "handed_over", "attempt_started", "succeeded"];
    assert_eq!(project.audit("run-1").kinds("held"), kinds);
    assert_eq!(project.psql("select job from loaded order by at"), "held\nnext");
}

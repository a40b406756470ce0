//! Preconditions of every kind that this machine can look at: met later, met already, never met; and the slot that they
//! give back meanwhile.

use crate::support::{Project, SOON, Setup, eventually};

fn waits(project: &Project, id: &str, job: &str) {
    let look = || {
        project.execution(id)?;
        project.audit(id).kinds(job).contains(&"looked_at").then_some(())
    };
    eventually(&format!("a look of {job} that found nothing"), SOON, look);
}

#[test]
fn what_comes_later_is_seen_and_slots_are_free_meanwhile() {
    let project = Setup::new()
        .worker("{ slots: 1, lease: 20s }")
        .noting("load.rsql", "insert into loaded values (:'job_id');")
        .workflow(
            "workflow: night
params: { day: \"2013-01-14\" }
jobs:
  - { id: landed, precondition: { file: \"../landing/{{ day }}/*.csv\" }, poll: 1s }
  - id: filled
    precondition: { sql: \"select count(*) from feed where day = :'day'\" }
    poll: 1s
    vars: { day: \"{{ day }}\" }
  - { id: beside, script: load.rsql }
  - { id: after, script: load.rsql, needs: [landed, filled, beside] }
",
        )
        .deployed();
    project.psql("create table feed (day text)");
    let _fleet = project.serve(&[]);
    project.start("night", "run-1");
    waits(&project, "run-1", "landed");
    waits(&project, "run-1", "filled");
    // The only slot went to a script while both waited.
    project.wait_for_job("run-1", "beside", "succeeded");
    let landing = project.folder().join("landing/2013-01-14");
    std::fs::create_dir_all(&landing).expect("the project's folder can be written");
    std::fs::write(landing.join("flights.csv"), "1,2\n").expect("the project's folder can be written");
    project.psql("insert into feed values ('2013-01-14')");
    let execution = project.wait_for("run-1", "succeeded");
    // Looks are no attempts.
    assert_eq!(
        execution.summary(),
        "landed succeeded 1, filled succeeded 1, beside succeeded 1, after succeeded 1"
    );
}

#[test]
fn another_workflow_and_a_time_of_the_day() {
    let project = Setup::new()
        .noting("load.rsql", "")
        .workflow("workflow: first\njobs:\n  - { id: load, script: load.rsql }\n")
        .workflow(
            "workflow: second
jobs:
  - { id: after_first, precondition: { workflow: first, within: 1h }, poll: 1s }
  - { id: past, precondition: { time: \"00:00\", timezone: UTC }, poll: 1s }
  - { id: load, script: load.rsql, needs: [after_first, past] }
",
        )
        .deployed();
    let _fleet = project.serve(&[]);
    project.start("second", "second-1");
    project.wait_for_job("second-1", "past", "succeeded");
    waits(&project, "second-1", "after_first");
    project.start("first", "first-1");
    let execution = project.wait_for("second-1", "succeeded");
    let message = execution.job("after_first")["message"].as_str().expect("a look says what it saw");
    assert!(message.starts_with("first-1 succeeded at "), "{message}");
}

#[test]
fn what_never_comes_fails_at_its_timeout() {
    let project = Setup::new()
        .noting("load.rsql", "")
        .workflow(
            "workflow: night
jobs:
  - { id: landed, precondition: { file: \"../landing/*.csv\" }, poll: 1s, timeout: 2s }
  - { id: load, script: load.rsql, needs: [landed] }
",
        )
        .deployed();
    let execution = project.run("night", "run-1", 3);
    assert_eq!(execution.summary(), "landed failed 1, load skipped 0");
    let expect = "not met within 2s: no file with anything in it matches ../landing/*.csv";
    assert_eq!(execution.job("landed")["message"], expect);
}

//! A second worker process on the same state directory adds slots: jobs of one execution run in both.

use std::fmt::Write as _;

use crate::support::{Setup, by_process};

#[test]
fn jobs_run_on_both() {
    // Each job waits until as many as there are slots in both processes run at once, so that one alone could never end it.
    let meet = "do $$ begin
  for i in 1..600 loop
    if (select count(*) from run_log) >= 4 then return; end if;
    perform pg_sleep(0.05);
  end loop;
  raise exception 'the other workers never came';
end $$;";
    let mut workflow = "workflow: night\njobs:\n".to_owned();
    for number in 1..=4 {
        writeln!(workflow, "  - {{ id: job{number}, script: meet.rsql }}").expect("a String takes all");
    }
    let project = Setup::new()
        .worker("{ slots: 2, lease: 10s }")
        .noting("meet.rsql", meet)
        .workflow(&workflow)
        .deployed();
    let first = project.serve(&[]);
    project.start("night", "run-1");
    project.wait_for_job("run-1", "job1", "running");
    let second = project.serve(&["--only", "worker"]);
    project.wait_for("run-1", "succeeded");

    let audit = project.audit("run-1");
    for process in [&first, &second] {
        let ran = audit
            .0
            .iter()
            .filter(|record| record["kind"] == "succeeded" && by_process(record, process.pid()));
        assert_eq!(ran.count(), 2, "{audit:#?}");
    }
    assert_eq!(project.psql("select count(*) from run_log"), "4");
}

#[test]
fn two_whole_fleets_on_one_state_run_each_job_once() {
    const EXECUTIONS: usize = 4;
    const WIDTH: usize = 6;
    let mut workflow = "workflow: night\njobs:\n  - { id: first, script: note.rsql }\n".to_owned();
    for number in 1..=WIDTH {
        writeln!(workflow, "  - {{ id: mid{number}, script: note.rsql, needs: [first] }}")
            .expect("a String takes all");
    }
    let all: Vec<String> = (1..=WIDTH).map(|number| format!("mid{number}")).collect();
    writeln!(workflow, "  - {{ id: last, script: note.rsql, needs: [{}] }}", all.join(", "))
        .expect("a String takes all");
    let project = Setup::new().noting("note.rsql", "").workflow(&workflow).deployed();
    let fleets = [project.serve(&[]), project.serve(&[])];
    let ids: Vec<String> = (1..=EXECUTIONS).map(|number| format!("run-{number}")).collect();
    for id in &ids {
        project.start("night", id);
    }
    for id in &ids {
        project.wait_for(id, "succeeded");
        let audit = project.audit(id);
        assert_eq!(audit.whole(), ["started", "ended"]);
        assert_eq!(audit.0.iter().filter(|record| record["kind"] == "succeeded").count(), WIDTH + 2);
    }
    let once = "select count(*), count(distinct job || app) from run_log where attempt = 1";
    let expect = EXECUTIONS * (WIDTH + 2);
    assert_eq!(project.psql(once), format!("{expect}|{expect}"));
    drop(fleets);
}

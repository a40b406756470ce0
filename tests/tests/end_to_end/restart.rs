//! Everything is killed with work in flight, at moments that nobody chose, and started again: the execution completes,
//! and no job ran more often than its attempts say.

use std::fmt::Write as _;

use crate::support::{Project, SOON, Setup, eventually};

const CHAINS: usize = 3;
const LINKS: usize = 4;

/// Chains side by side that meet in one last job.
fn workflow() -> String {
    let mut text = "workflow: night\njobs:\n".to_owned();
    let mut ends = Vec::new();
    for chain in 1..=CHAINS {
        for link in 1..=LINKS {
            let needs = if link == 1 { String::new() } else { format!(", needs: [c{chain}_{}]", link - 1) };
            writeln!(text, "  - {{ id: c{chain}_{link}, script: link.rsql{needs} }}")
                .expect("a String takes all");
        }
        ends.push(format!("c{chain}_{LINKS}"));
    }
    writeln!(text, "  - {{ id: last, script: link.rsql, needs: [{}] }}", ends.join(", "))
        .expect("a String takes all");
    text
}

fn wait_for_loaded(project: &Project, count: usize) {
    let enough = |seen: &String| seen.parse::<usize>().is_ok_and(|seen| seen >= count);
    let look = || Some(project.psql("select count(*) from loaded")).filter(enough);
    eventually(&format!("{count} jobs to have loaded"), SOON, look);
}

#[test]
fn the_same_command_takes_up_what_its_killed_predecessor_began() {
    let slow =
        "select pg_sleep(case when :attempt = 1 then 60 else 0 end);\ninsert into loaded values (:'job_id');";
    let project = Setup::new()
        .noting("slow.rsql", slow)
        .workflow("workflow: night\njobs:\n  - { id: slow, script: slow.rsql }\n")
        .deployed();
    // Nobody serves: the command that waits runs the execution itself.
    let command = ["start", "night", "--id", "run-1", "--wait"];
    let doomed = project.spawn(&command);
    project.wait_for_sleep("slow", 1);
    doomed.kill();
    let done = project.expect(&command, 0);
    assert!(done.stderr.contains("run-1 is there already (running); nothing was started"), "{}", done.stderr);
    assert_eq!(done.stdout.lines().last(), Some("run-1 succeeded"));
    let execution = project.execution("run-1").expect("it has ended");
    assert_eq!(execution.summary(), "slow succeeded 2");
    assert_eq!(project.sessions(), "0");
    assert_eq!(project.psql("select count(*) from loaded"), "1");
}

#[test]
fn an_execution_survives_the_death_of_everything() {
    let link = "begin; select pg_sleep(0.2); insert into loaded values (:'job_id'); commit;";
    let project = Setup::new()
        .worker("{ slots: 3, lease: 2s }")
        .noting("link.rsql", link)
        .workflow(&workflow())
        .deployed();
    let mut fleet = project.serve(&[]);
    project.start("night", "run-1");
    for loaded in [2, 6] {
        wait_for_loaded(&project, loaded);
        fleet.kill();
        fleet = project.serve(&[]);
    }
    let execution = project.wait_for("run-1", "succeeded");

    let audit = project.audit("run-1");
    assert_eq!(audit.whole(), ["started", "ended"]);
    for job in execution.0["jobs"].as_array().expect("an execution has jobs") {
        let (id, attempts) = (job["job_id"].as_str().expect("a job has an id"), &job["attempts"]);
        let kinds = audit.kinds(id);
        assert_eq!(kinds.iter().filter(|kind| **kind == "succeeded").count(), 1, "{id}: {kinds:?}");
        assert_eq!(kinds.len() as u64 - 1, attempts.as_u64().expect("a number"), "{id}: {kinds:?}");
        // A worker may have died after the commit and before it said so; it may not have run unseen.
        let ran = project
            .psql(&format!("select count(*), count(distinct attempt) from run_log where job = '{id}'"));
        let loaded = project.psql(&format!("select count(*) from loaded where job = '{id}'"));
        let (ran, distinct) = ran.split_once('|').expect("two columns");
        assert_eq!(ran, distinct, "{id} ran twice in one attempt");
        let number = |text: &str| text.parse::<u64>().expect("a count");
        assert!(
            (1..=attempts.as_u64().expect("a number")).contains(&number(&loaded)),
            "{id} loaded {loaded} times"
        );
    }
    // In the order of the chains, whatever was run again.
    let early =
        "select count(*) from loaded a join loaded b on left(a.job, 3) = left(b.job, 3) and a.job < b.job
       where a.job like 'c%' and b.job like 'c%' and (select min(at) from loaded where job = a.job) > b.at";
    assert_eq!(project.psql(early), "0");
}

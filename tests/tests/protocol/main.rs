//! The real dispatcher on random graphs, with messages in any order and delivered twice, against a naive oracle. Owns no
//! time-outs, crashes or lost workers: those need real processes or the simulation.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that meets the unexpected ends there")]

mod memory;
mod oracle;
mod world;

use std::fmt::Write as _;

use fleet_core::alert::AlertKind;
use fleet_core::audit::AuditKind;
use fleet_core::ids::JobId;
use fleet_core::state::{ExecutionStatus, JobStatus};
use fleet_core::wire::{Ask, Event, Mark, MarkedAs};
use proptest::prelude::*;
use world::World;

#[derive(Debug, Clone)]
struct Node {
    needs: Vec<bool>,
    run_if: u8,
    allow_failure: bool,
    fails: bool,
}

#[derive(Debug, Clone)]
struct Graph {
    nodes: Vec<Node>,
    stop: bool,
    max_parallel: Option<u32>,
    dice: u64,
}

fn graphs(on_failure_stop: impl Strategy<Value = bool>) -> impl Strategy<Value = Graph> {
    let node = (proptest::collection::vec(proptest::bool::weighted(0.25), 14), 0..8_u8, 0..6_u8, 0..5_u8);
    let node = node.prop_map(|(needs, run_if, allow, fail)| Node {
        needs,
        run_if,
        allow_failure: allow == 0,
        fails: fail == 0,
    });
    (proptest::collection::vec(node, 1..14), on_failure_stop, proptest::option::of(1..4_u32), any::<u64>())
        .prop_map(|(nodes, stop, max_parallel, dice)| Graph { nodes, stop, max_parallel, dice })
}

impl Graph {
    fn text(&self) -> String {
        let mut text = String::from("workflow: generated\n");
        let _ = writeln!(text, "on_failure: {}", if self.stop { "stop" } else { "continue" });
        if let Some(limit) = self.max_parallel {
            let _ = writeln!(text, "max_parallel: {limit}");
        }
        text.push_str("jobs:\n");
        for (index, node) in self.nodes.iter().enumerate() {
            let needs: Vec<String> =
                (0..index).filter(|need| node.needs[*need]).map(|need| format!("j{need}")).collect();
            let run_if = match node.run_if {
                0 => "all_settled",
                1 => "any_failed",
                2 => "any_succeeded",
                _ => "all_succeeded",
            };
            // A root has nothing that its `run_if` could ask about.
            let run_if = if needs.is_empty() { "all_succeeded" } else { run_if };
            let _ = writeln!(
                text,
                "  - {{ id: j{index}, script: s.sh, needs: [{}], run_if: {run_if}, allow_failure: {} }}",
                needs.join(", "),
                node.allow_failure
            );
        }
        text
    }

    fn world(&self) -> World {
        let mut world = World::new(&self.text(), self.dice);
        let failing = self.nodes.iter().enumerate().filter(|(_, node)| node.fails);
        world.failing = failing.map(|(index, _)| job(index)).collect();
        world
    }
}

fn job(index: usize) -> JobId {
    JobId::parse(&format!("j{index}")).unwrap()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

async fn check_continue(graph: &Graph, faults: bool) {
    let mut world = graph.world();
    world.faults = faults;
    world.start().await;
    world.start().await;
    world.run().await;
    let expect = oracle::fates(&world.definition, &world.failing);
    for (id, fate) in &expect {
        assert_eq!(world.status(id).await, fate.status(), "{id} in\n{}", graph.text());
        let ran = world.runs.get(id).copied().unwrap_or_default();
        assert_eq!(ran, u32::from(fate.status() != JobStatus::Skipped), "runs of {id}");
    }
    assert_eq!(world.execution().await.status, oracle::ending(&expect), "{}", graph.text());
    check_end(&world).await;
}

/// What holds at every end: nothing held, no slot in use, every settled job audited once, failures alerted.
async fn check_end(world: &World) {
    let execution = world.execution().await;
    assert!(
        execution.announced && execution.slots_used == 0 && execution.ended_at.is_some(),
        "{execution:?}"
    );
    let audit = world.memory.audit_records(&World::id());
    let ended = audit.iter().filter(|record| record.kind == AuditKind::Ended).count();
    assert_eq!(ended, execution.generation as usize + 1);
    let alerts = world.memory.alerts();
    let failed = alerts.iter().any(|alert| alert.kind == AlertKind::ExecutionFailed);
    assert!(failed || execution.status != ExecutionStatus::Failed, "a failed execution without an alert");
    for job in &world.definition.jobs {
        let row = world.row(&job.id).await;
        assert!(row.status.is_settled() && !row.slot && row.held_since.is_none(), "{}: {row:?}", job.id);
    }
}

async fn check_resume(graph: &Graph, faults: bool) {
    let mut world = graph.world();
    world.faults = faults;
    world.start().await;
    world.run().await;
    check_end(&world).await;
    let before = world.runs.clone();
    let mut kept = Vec::new();
    for job in &world.definition.jobs {
        if world.status(&job.id).await == JobStatus::Succeeded {
            kept.push(job.id.clone());
        }
    }
    world.failing.clear();
    world.send(&Event::Resume(world.ask())).await;
    world.send(&Event::Resume(world.ask())).await;
    world.run().await;
    assert_eq!(world.execution().await.status, ExecutionStatus::Succeeded, "{}", graph.text());
    check_end(&world).await;
    let expect = oracle::fates(&world.definition, &world.failing);
    for (id, fate) in &expect {
        assert_eq!(world.status(id).await, fate.status(), "{id} after the resume of\n{}", graph.text());
    }
    // A job that succeeded, and everything before it, is not run again.
    for id in kept {
        let ix = world.definition.find(&id).unwrap();
        let mut upstream_kept = true;
        let mut stack = world.definition.needs(ix).to_vec();
        while let Some(need) = stack.pop() {
            let row = world.row(&world.definition.job(need).unwrap().id).await;
            upstream_kept &= row.reset_in == 0;
            stack.extend(world.definition.needs(need));
        }
        if upstream_kept {
            assert_eq!(world.runs[&id], before[&id], "{id} ran again");
        }
    }
}

async fn check_cancel(graph: &Graph, after: usize) {
    let mut world = graph.world();
    world.start().await;
    world.run_some(after).await;
    world.send(&Event::Cancel(world.ask())).await;
    world.run().await;
    let execution = world.execution().await;
    if execution.cancel.is_some() {
        assert_eq!(execution.status, ExecutionStatus::Cancelled);
    }
    check_end(&world).await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn independent_branches_end_as_the_oracle_says(graph in graphs(Just(false))) {
        block_on(check_continue(&graph, false));
    }

    #[test]
    fn ports_that_fail_and_answers_that_are_lost_change_nothing(graph in graphs(Just(false))) {
        block_on(check_continue(&graph, true));
    }

    #[test]
    fn a_resume_survives_ports_that_fail(graph in graphs(any::<bool>())) {
        block_on(check_resume(&graph, true));
    }

    #[test]
    fn a_resume_finishes_what_failed_and_keeps_the_rest(graph in graphs(any::<bool>())) {
        block_on(check_resume(&graph, false));
    }

    #[test]
    fn a_cancel_ends_the_execution_wherever_it_strikes(graph in graphs(any::<bool>()), after in 1..60_usize) {
        block_on(check_cancel(&graph, after));
    }
}

#[test]
fn after_a_failure_nothing_new_starts_but_clean_up_and_handlers() {
    block_on(async {
        let text = "
workflow: night
jobs:
  - { id: load, script: a.sh }
  - { id: next, script: a.sh, needs: [load] }
  - { id: after_next, script: a.sh, needs: [next] }
  - { id: handler, script: a.sh, needs: [load], run_if: any_failed }
  - { id: cleanup, script: a.sh, needs: [after_next], run_if: all_settled }
";
        let mut world = World::new(text, 7);
        let id = |name: &str| JobId::parse(name).unwrap();
        world.failing.insert(id("load"));
        world.start().await;
        world.run().await;
        for (name, status) in [
            ("load", JobStatus::Failed),
            ("next", JobStatus::Skipped),
            ("after_next", JobStatus::Skipped),
            ("handler", JobStatus::Succeeded),
            ("cleanup", JobStatus::Succeeded),
        ] {
            assert_eq!(world.status(&id(name)).await, status, "{name}");
        }
        assert_eq!(world.execution().await.status, ExecutionStatus::Failed);
    });
}

#[test]
fn a_failed_job_marked_succeeded_is_kept_by_a_resume() {
    block_on(async {
        let mut world = World::new(CHAIN, 7);
        let load = JobId::parse("load").unwrap();
        world.failing.insert(load.clone());
        world.start().await;
        world.run().await;
        let mark = Mark { ask: world.ask(), job_id: load.clone(), status: MarkedAs::Succeeded };
        world.send(&Event::Mark(mark.clone())).await;
        world.send(&Event::Mark(mark)).await;
        world.run().await;
        assert_eq!(world.status(&load).await, JobStatus::Succeeded);
        world.send(&Event::Resume(world.ask())).await;
        world.run().await;
        assert_eq!(world.execution().await.status, ExecutionStatus::Succeeded);
        assert_eq!(world.runs[&load], 1);
        assert_eq!(world.runs[&JobId::parse("next").unwrap()], 1);
    });
}

const CHAIN: &str = "
workflow: night
jobs:
  - { id: load, script: a.sh }
  - { id: next, script: a.sh, needs: [load] }
";

fn named(name: &str) -> JobId {
    JobId::parse(name).unwrap()
}

#[test]
fn a_job_whose_needs_are_open_cannot_be_marked() {
    block_on(async {
        let mut world = World::new(CHAIN, 7);
        world.start().await;
        world.run_some(1).await;
        let mark = Mark { ask: world.ask(), job_id: named("next"), status: MarkedAs::Skipped };
        world.send(&Event::Mark(mark)).await;
        world.dispatch(0).await;
        world.run().await;
        assert_eq!(world.execution().await.status, ExecutionStatus::Succeeded);
        assert_eq!(world.status(&named("next")).await, JobStatus::Succeeded);
        let refused = world
            .memory
            .audit_records(&World::id())
            .into_iter()
            .find(|record| record.kind == AuditKind::Refused);
        let expect = "mark: next: its needs are not settled yet: wait for them, or mark them first";
        assert_eq!(refused.unwrap().detail, expect);
    });
}

#[test]
fn requests_of_an_older_generation_change_nothing() {
    block_on(async {
        let mut world = World::new(CHAIN, 7);
        world.failing.insert(named("load"));
        world.start().await;
        world.run().await;
        let first = Ask { generation: Some(0), ..world.ask() };
        let rival = Ask { generation: Some(0), by: "rival".to_owned(), ..world.ask() };
        world.failing.clear();
        world.send(&Event::Resume(first.clone())).await;
        world.run().await;
        assert_eq!(world.execution().await.status, ExecutionStatus::Succeeded);
        for late in [Event::Resume(first.clone()), Event::Resume(rival), Event::Cancel(first)] {
            world.send(&late).await;
            world.run().await;
        }
        let execution = world.execution().await;
        assert_eq!((execution.status, execution.generation), (ExecutionStatus::Succeeded, 1));
        assert_eq!(world.runs[&named("load")], 2);
    });
}

#[test]
fn a_resume_goes_on_from_a_job_marked_after_the_end() {
    block_on(async {
        let text = "
workflow: night
on_failure: continue
jobs:
  - { id: load, script: a.sh }
  - { id: repair, script: a.sh, needs: [load], run_if: any_failed }
  - { id: after, script: a.sh, needs: [repair] }
";
        let mut world = World::new(text, 7);
        world.start().await;
        world.run().await;
        assert_eq!(world.status(&named("after")).await, JobStatus::Skipped);
        let mark = Mark { ask: world.ask(), job_id: named("repair"), status: MarkedAs::Succeeded };
        world.send(&Event::Mark(mark)).await;
        world.run().await;
        world.send(&Event::Resume(world.ask())).await;
        world.run().await;
        assert_eq!(world.status(&named("after")).await, JobStatus::Succeeded);
        assert_eq!(world.runs[&named("load")], 1);
    });
}

#[test]
fn a_repeated_event_on_a_wide_dead_path_is_not_multiplied() {
    block_on(async {
        let (layers, width) = (25, 40);
        let mut text = String::from("workflow: layers\non_failure: continue\njobs:\n");
        for layer in 0..layers {
            for index in 0..width {
                let needs: Vec<String> = match layer {
                    0 => Vec::new(),
                    layer => (0..width).map(|need| format!("j{}", (layer - 1) * width + need)).collect(),
                };
                let id = layer * width + index;
                let _ = writeln!(text, "  - {{ id: j{id}, script: a.sh, needs: [{}] }}", needs.join(", "));
            }
        }
        let mut world = World::new(&text, 5);
        world.failing = (0..width).map(job).collect();
        world.start().await;
        world.run().await;
        assert_eq!(world.execution().await.status, ExecutionStatus::Failed);
        let jobs = layers * width;
        assert!(world.batches < jobs, "{} batches for {jobs} jobs", world.batches);
    });
}

#[test]
fn a_wide_fan_is_told_in_several_transactions() {
    block_on(async {
        let mut text =
            String::from("workflow: wide\njobs:\n  - { id: a, script: a.sh }\n  - { id: b, script: a.sh }\n");
        for index in 0..350 {
            let _ = writeln!(text, "  - {{ id: j{index}, script: a.sh, needs: [a, b] }}");
        }
        let mut world = World::new(&text, 11);
        world.start().await;
        world.run().await;
        assert_eq!(world.execution().await.status, ExecutionStatus::Succeeded);
        assert_eq!(world.runs.len(), 352);
        assert!(world.runs.values().all(|runs| *runs == 1));
        assert_eq!(world.row(&JobId::parse("a").unwrap()).await.told, 350);
    });
}

#[test]
fn a_long_dead_path_goes_on_by_event() {
    block_on(async {
        let mut text =
            String::from("workflow: long\non_failure: continue\njobs:\n  - { id: j0, script: a.sh }\n");
        for index in 1..1200 {
            let _ = writeln!(text, "  - {{ id: j{index}, script: a.sh, needs: [j{}] }}", index - 1);
        }
        let mut world = World::new(&text, 3);
        world.failing.insert(job(0));
        world.start().await;
        world.run().await;
        assert_eq!(world.execution().await.status, ExecutionStatus::Failed);
        assert_eq!(world.status(&job(1199)).await, JobStatus::Skipped);
    });
}

#[test]
fn a_job_that_settled_before_a_cancel_and_is_heard_of_after_the_end_leaves_no_slot_behind() {
    let node = |needs: Vec<bool>| Node { needs, run_if: 0, allow_failure: true, fails: true };
    let (first, second) = (node(vec![false; 14]), node(vec![false; 14]));
    let third = node([vec![false, true], vec![false; 12]].concat());
    let graph = Graph {
        nodes: vec![first, second, third],
        stop: false,
        max_parallel: Some(2),
        dice: 17_896_235_921_531_662_536,
    };
    block_on(check_cancel(&graph, 2));
}

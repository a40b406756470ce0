//! A job whose message kills every worker, on AWS: SQS gives it to the dead letters after five receipts, and the dispatcher
//! drains those.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::sync::Arc;

use dispatcher::{Ports, drain_dead_letters, handle};
use fleet_aws::{Account, AccountSettings, Announcer, Queue, Stack, Store, StoreSettings};
use fleet_core::ids::{ExecutionId, JobId, WorkflowId};
use fleet_core::ports::{Current, Definitions as _, Executions as _, JobQueues, Outgoing, Queue as _};
use fleet_core::state::JobStatus;
use fleet_core::time::{Millis, Timestamp};
use fleet_core::wire::{Event, Start};
use fleet_core::workflow::{self, ScriptCheck};
use fleet_tests::moto::Moto;

const WORKFLOW: &str = "{ workflow: night, connection: warehouse, jobs: [{ id: load, script: load.sql }] }";
/// Time to wait for a message that is there.
const WAIT: Millis = Millis::from_secs(10);
/// Receipts after which a job's message goes to the dead letters, as `infra/` and the test's stack have it.
const RECEIPTS_MAX: u32 = 5;

struct Fleet {
    ports: Ports,
    store: Arc<Store>,
    jobs: Queue,
    dead: Queue,
}

async fn fleet() -> Fleet {
    let stack = Stack::parse(&Moto::shared().stack()).unwrap();
    let account = Account::open(AccountSettings { stack, ..AccountSettings::default() }).await.unwrap();
    let queue = async |name: String| Queue::open(&account, &name).await.unwrap();
    let events = queue(account.stack().events_queue()).await;
    let jobs = queue(account.stack().jobs_queue(None)).await;
    let dead = queue(account.stack().dead_jobs_queue()).await;
    let store = Arc::new(Store::new(&account, StoreSettings::default()));
    let ports = Ports {
        definitions: store.clone(),
        executions: store.clone(),
        announcer: Arc::new(Announcer::new(&account, &events)),
        events: Arc::new(events),
        jobs: JobQueues::single(Arc::new(jobs.clone())),
    };
    Fleet { ports, store, jobs, dead }
}

async fn deploy(store: &Store, now: Timestamp) {
    let definition = workflow::parse("night.yaml", WORKFLOW, &|_| ScriptCheck::Unchecked).unwrap();
    let current = Current {
        workflow_id: definition.workflow_id.clone(),
        text: WORKFLOW.to_owned(),
        source: "night.yaml".to_owned(),
        version: Some(definition.version()),
        by: "test".to_owned(),
        at: now,
    };
    store.deploy(&current, &definition, &[]).await.unwrap();
}

#[tokio::test]
async fn a_job_that_nobody_finishes_ends_as_failed() {
    let Fleet { ports, store, jobs, dead } = fleet().await;
    let now = Timestamp::parse("2026-11-22T02:00:00Z").unwrap();
    deploy(&store, now).await;
    let execution = ExecutionId::parse("run-1").unwrap();
    let start = Event::Start(Start {
        workflow_id: WorkflowId::parse("night").unwrap(),
        workflow_execution_id: Some(execution.clone()),
        params: BTreeMap::new(),
        scheduled_at: None,
        timezone: None,
        by: "test".to_owned(),
        reason: String::new(),
    });
    ports.events.send(&[Outgoing::now(start.to_text())]).await.unwrap();
    step(&ports, now).await;

    for receipt in 1..=RECEIPTS_MAX {
        let found = jobs.receive(1, WAIT).await.unwrap().remove(0);
        assert_eq!(found.received, receipt);
        assert_eq!(drain_dead_letters(&ports, &dead, now).await.unwrap(), 0, "it is no dead letter yet");
        // Its worker died; the visibility timeout is cut short.
        jobs.hide(&found.receipt, Millis(0)).await.unwrap();
    }
    assert_eq!(jobs.receive(1, Millis(0)).await.unwrap(), [], "it went to the dead letters instead");
    assert_eq!(drain_dead_letters(&ports, &dead, now).await.unwrap(), 1);
    assert_eq!(drain_dead_letters(&ports, &dead, now).await.unwrap(), 0, "it is drained once");

    let load = JobId::parse("load").unwrap();
    let row = store.jobs(&execution, &[load]).await.unwrap().pop().flatten().unwrap().row;
    assert_eq!(row.status, JobStatus::Failed);
    assert!(row.result.unwrap().message.contains("delivered"), "the row says why");
    // The news of it ends the execution.
    step(&ports, now).await;
    let ended = store.execution(&execution).await.unwrap().unwrap().row;
    assert!(!ended.status.is_open(), "{:?}", ended.status);
}

/// Carries out what is on the events queue.
async fn step(ports: &Ports, now: Timestamp) {
    let batch = ports.events.receive(10, WAIT).await.unwrap();
    let report = handle(ports, &batch, now).await;
    assert!(report.failed.is_empty() && report.later.is_empty(), "{report:?}");
    ports.events.delete(&report.done).await.unwrap();
}

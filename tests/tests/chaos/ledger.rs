//! What the run has left behind: state, audit trail, queues and alerts of the fleet, and the tables of the warehouse. Owns
//! the reading of these; it judges nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use fleet_core::alert::Alert;
use fleet_core::audit::AuditRecord;
use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::ports::{Clock, Definitions as _, Executions as _, Filter, PortError};
use fleet_core::state::{ExecutionRow, JobRow};
use fleet_core::time::{Millis, Timestamp};
use fleet_core::workflow::Definition;
use fleet_embedded::{QueueSettings, Store};
use fleet_tests::postgres::Postgres;
use serde_json::Value;

/// The fleet's queues, those for dead letters included.
const QUEUES: [&str; 4] = ["events", "jobs", "events-dead", "jobs-dead"];
/// More than any run has.
const ROWS_MAX: usize = 1_000_000;

/// All of it.
pub(crate) struct Ledger {
    /// Every execution that the state knows.
    pub(crate) runs: Vec<Run>,
    /// The lines of the file of alerts.
    pub(crate) alerts: Vec<Alert>,
    /// What is wrong with files of lines.
    pub(crate) torn: Vec<String>,
    /// Ids of executions whose end stands in the file of changes.
    pub(crate) announced: BTreeSet<String>,
    /// What the scripts wrote.
    pub(crate) warehouse: Warehouse,
}

/// One execution.
pub(crate) struct Run {
    /// Its row.
    pub(crate) row: ExecutionRow,
    /// What it ran.
    pub(crate) definition: Arc<Definition>,
    /// Its jobs' rows.
    pub(crate) jobs: BTreeMap<JobId, JobRow>,
    /// Its trail.
    pub(crate) audit: Vec<AuditRecord>,
}

/// An attempt, as the warehouse names it: execution, job, number.
pub(crate) type Attempt = (String, String, u32);

/// The tables of the scripts.
pub(crate) struct Warehouse {
    /// Attempts that began, and when.
    pub(crate) begun: BTreeMap<Attempt, Timestamp>,
    /// Attempts whose work was committed, and when.
    pub(crate) done: BTreeMap<Attempt, Timestamp>,
    /// Jobs whose work is there.
    pub(crate) work: BTreeSet<(String, String)>,
    /// Attempts seen at work beside others.
    pub(crate) side_by_side: Vec<String>,
}

/// Messages left in each queue that has any.
pub(crate) fn messages_left(state: &Path) -> Result<Vec<(&'static str, u64)>, String> {
    let store = open(state)?;
    blocking(async {
        let mut left = Vec::new();
        for name in QUEUES {
            let settings =
                QueueSettings { visibility: Millis::from_secs(1), max_receives: None, dead_letters: None };
            let depth = store.queue(name, settings).depth().await.map_err(|error| error.to_string())?;
            let count = depth.visible + depth.in_flight + depth.delayed;
            if count > 0 {
                left.push((name, count));
            }
        }
        Ok(left)
    })
}

impl Ledger {
    /// Reads a copy of the state, and the warehouse.
    pub(crate) fn read(state: &Path, postgres: &Postgres) -> Ledger {
        let store = open(state).expect("a copy of a calm state can be opened");
        let runs = blocking(runs(&store)).expect("a copy of the state can be read");
        let mut torn = Vec::new();
        let alerts = alerts(state, &mut torn);
        let changes = lines(state, "events.jsonl", &mut torn);
        let ended = changes.iter().filter(|change| {
            change["job_id"].is_null() && change["status"] != "running" && change["status"] != "resuming"
        });
        let announced =
            ended.filter_map(|change| change["workflow_execution_id"].as_str().map(str::to_owned)).collect();
        Ledger { runs, alerts, torn, announced, warehouse: Warehouse::read(postgres) }
    }
}

impl Run {
    /// Its id.
    pub(crate) fn id(&self) -> &ExecutionId {
        &self.row.workflow_execution_id
    }
}

impl Warehouse {
    fn read(postgres: &Postgres) -> Warehouse {
        let timed = |table: &str| {
            let sql = format!(
                "select execution, job, attempt, floor(extract(epoch from at) * 1000)::bigint from {table}"
            );
            rows(postgres, &sql).iter().map(|row| attempt(row)).collect()
        };
        let work = rows(postgres, "select execution, job from work");
        Warehouse {
            begun: timed("begun"),
            done: timed("done"),
            work: work.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect(),
            side_by_side: rows(postgres, "select * from side_by_side order by at")
                .into_iter()
                .map(|row| row.join(" "))
                .collect(),
        }
    }

    /// Writes the tables to files, for somebody who looks when the server is gone.
    pub(crate) fn keep(postgres: &Postgres, folder: &Path) {
        for table in ["begun", "done", "work", "tries", "side_by_side"] {
            let text = postgres.psql(&format!("select * from {table}"));
            std::fs::write(folder.join(format!("warehouse-{table}.txt")), text)
                .expect("the folder can be written");
        }
    }
}

fn attempt(row: &[String]) -> (Attempt, Timestamp) {
    let at = row[3].parse().expect("milliseconds");
    let number = row[2].parse().expect("the number of an attempt");
    ((row[0].clone(), row[1].clone(), number), Timestamp::from_millis(at))
}

fn rows(postgres: &Postgres, sql: &str) -> Vec<Vec<String>> {
    let text = postgres.psql(sql);
    text.lines().map(|line| line.split('|').map(str::to_owned).collect()).collect()
}

fn open(state: &Path) -> Result<Store, String> {
    let clock = Clock::new(|| {
        let since = std::time::UNIX_EPOCH.elapsed().expect("the clock is past 1970").as_millis();
        Timestamp::from_millis(i64::try_from(since).expect("for some ages to come"))
    });
    Store::open(state, clock).map_err(|error| error.to_string())
}

fn blocking<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime starts")
        .block_on(work)
}

async fn runs(store: &Store) -> Result<Vec<Run>, PortError> {
    let mut runs = Vec::new();
    for row in store.list(&Filter::default(), ROWS_MAX).await? {
        let id = &row.workflow_execution_id;
        let definition = store.version(&row.workflow_id, &row.version).await?;
        let jobs = store.job_page(id, None, ROWS_MAX).await?;
        runs.push(Run {
            definition: definition.expect("the version of an execution is stored"),
            jobs: jobs.into_iter().map(|(id, found)| (id, found.row)).collect(),
            audit: store.audit(id, 0, ROWS_MAX).await?,
            row,
        });
    }
    Ok(runs)
}

fn alerts(state: &Path, torn: &mut Vec<String>) -> Vec<Alert> {
    let mut alerts = Vec::new();
    for value in lines(state, "alerts.jsonl", torn) {
        match serde_json::from_value(value) {
            Ok(alert) => alerts.push(alert),
            Err(error) => torn.push(format!("alerts.jsonl: {error}")),
        }
    }
    alerts
}

fn lines(state: &Path, name: &str, torn: &mut Vec<String>) -> Vec<Value> {
    let text = std::fs::read_to_string(state.join(name)).unwrap_or_default();
    let mut values = Vec::new();
    for (index, line) in text.lines().enumerate() {
        match serde_json::from_str(line) {
            Ok(value) => values.push(value),
            Err(error) => torn.push(format!("{name}:{}: {error}", index + 1)),
        }
    }
    values
}

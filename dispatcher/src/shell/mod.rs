//! What makes a program of the dispatcher: its ports on AWS, the clock, the runtime, and who feeds it events. Owns nothing of
//! what is decided.

mod batch;
mod direct;
mod lambda;
mod lazy;
mod manual;
pub(crate) mod options;
mod polling;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use anyhow::Context as _;
use dispatcher::Ports;
use fleet_aws::{Account, AccountSettings, Store, StoreSettings};
use fleet_core::ports::{Clock, JobQueues, Queue};
use fleet_core::time::Timestamp;
use fleet_telemetry::Guard;

use self::lazy::{LazyAnnouncer, LazyQueue};
use self::options::{Arguments, Command, Options};

/// The dispatcher's outside world. It lives as long as the process, and the store's fixed versions of definitions with it.
pub(crate) struct Fleet {
    ports: Ports,
    /// Job messages that were received too often.
    dead: Arc<dyn Queue>,
    clock: Clock,
    /// Whether nothing has been asked of it yet.
    is_cold: AtomicBool,
}

/// Runs until the process is to end.
///
/// # Errors
/// When the settings do not lead to an account, or Lambda's runtime cannot be reached.
pub(crate) fn run(arguments: &Arguments, telemetry: &Guard, began: Instant) -> anyhow::Result<()> {
    if let Some(Command::Manual { folder }) = &arguments.command {
        return manual::write(folder);
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    runtime.block_on(async {
        let fleet = Fleet::open(&arguments.serve).await?;
        if std::env::var_os(lambda::RUNTIME_API).is_some() {
            lambda::serve(&fleet, telemetry, began).await
        } else {
            polling::serve(fleet, began).await
        }
    })
}

impl Fleet {
    /// Calls nobody: queues are looked up and credentials asked for when they are first needed.
    async fn open(options: &Options) -> anyhow::Result<Self> {
        let settings = AccountSettings {
            stack: options.stack.clone(),
            profile: options.profile.clone(),
            region: options.region.clone(),
            ..AccountSettings::default()
        };
        let account = Account::open(settings).await?;
        let stack = account.stack();
        let store = Arc::new(Store::new(&account, StoreSettings { audit_keep_days: options.audit_days }));
        let events = Arc::new(LazyQueue::new(&account, stack.events_queue()));
        let jobs = |pool: Option<&str>| -> Arc<dyn Queue> {
            Arc::new(LazyQueue::new(&account, stack.jobs_queue(pool)))
        };
        let pools: BTreeMap<_, _> = options.pools().map(|pool| (pool.to_owned(), jobs(Some(pool)))).collect();
        let ports = Ports {
            definitions: Arc::clone(&store) as _,
            executions: store,
            events: Arc::clone(&events) as _,
            jobs: JobQueues::pools(jobs(None), pools),
            announcer: Arc::new(LazyAnnouncer::new(&account, events)),
        };
        let dead = Arc::new(LazyQueue::new(&account, stack.dead_jobs_queue()));
        let now = || Timestamp::from_millis(jiff::Timestamp::now().as_millisecond());
        Ok(Self { ports, dead, clock: Clock::new(now), is_cold: AtomicBool::new(true) })
    }
}

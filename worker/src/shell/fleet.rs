//! The parts of a worker on AWS, put together from its options. Owns what each is given. Does not end them.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use fleet_aws::{
    Account, AccountSettings, Announcer, CloudLogs, Metadata, MetadataSettings, Metrics, Queue, Roster,
    SpoolSettings, Store, StoreSettings,
};
use fleet_core::ports::Clock;
use fleet_core::time::{Millis, Timestamp};
use worker::{Agent, Place, Ports, ScriptRunner, ScriptSettings, Settings, process_name};

use super::options::{Options, QueueOption};
use super::place::AwsPlace;

/// Below the spool: log lines that were not sent yet.
const LOGS: &str = "logs";
/// How far the clocks of hosts may disagree. Those that are set by the network differ by milliseconds.
const MARGIN: Millis = Millis::from_secs(5);
/// A short lease, as in tests, has a margin that leaves most of it.
const MARGINS_OF_LEASE: u64 = 6;
/// After a long poll's wait, for its answer. A drain waits for both: SQS may have handed a message to the poll just when the
/// drain began.
const POLL_ANSWER: Millis = Millis::from_secs(1);
/// What scripts see of this process's environment; the rest comes from the workflow. `LC_*` and `AWS_*` come on top, so that
/// scripts reach AWS as the worker does, and so do the settings of proxies.
const ENVIRONMENT: [&str; 15] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "TZ",
    "TMPDIR",
    "SSL_CERT_FILE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];
/// Those of them that must not be shown.
const SECRETS: [&str; 3] =
    ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN"];

/// A worker's outside world.
pub(crate) struct Fleet {
    pub(crate) account: Account,
    pub(crate) metadata: Metadata,
    pub(crate) metrics: Metrics,
    pub(crate) roster: Roster,
    pub(crate) logs: Arc<CloudLogs>,
    pub(crate) clock: Clock,
    pub(crate) worker: String,
    store: Store,
    events: Queue,
    announcer: Arc<Announcer>,
    place: Arc<dyn Place>,
}

impl Fleet {
    /// Opens everything that all queues have in common.
    ///
    /// # Errors
    /// When the settings do not lead to an account, or a part of the stack is not there.
    pub(crate) async fn open(options: &Options) -> anyhow::Result<Self> {
        let metadata = Metadata::new(MetadataSettings::from_env())?;
        let access = AccountSettings {
            stack: options.stack.clone(),
            profile: options.profile.clone(),
            region: options.region.clone(),
            ..AccountSettings::default()
        };
        let account = Account::open(access.clone()).await?;
        let scripts = options.scripts.as_deref().context("say where scripts are with --scripts")?;
        let place = AwsPlace::open(&account, access, scripts, &options.spool, &options.connections).await?;
        let events = Queue::open(&account, &account.stack().events_queue()).await?;
        let logs = CloudLogs::open(&account, SpoolSettings::new(options.spool.join(LOGS))).await?;
        let store = Store::new(&account, StoreSettings { audit_keep_days: options.audit_days });
        let worker = process_name();
        Ok(Self {
            metrics: Metrics::start(&account, &worker),
            roster: Roster::new(&store),
            logs: Arc::new(logs),
            announcer: Arc::new(Announcer::new(&account, &events)),
            place: Arc::new(place),
            clock: Clock::new(now),
            account,
            metadata,
            store,
            events,
            worker,
        })
    }

    /// The agent of a queue.
    ///
    /// # Errors
    /// When the queue is not there.
    pub(crate) async fn agent(&self, queue: &QueueOption, options: &Options) -> anyhow::Result<Agent> {
        let jobs = Queue::open(&self.account, &self.account.stack().jobs_queue(queue.pool())).await?;
        let ports = Ports {
            executions: Arc::new(self.store.clone()),
            definitions: Arc::new(self.store.clone()),
            jobs: Arc::new(jobs),
            events: Arc::new(self.events.clone()),
            logs: Arc::clone(&self.logs) as _,
            announcer: Arc::clone(&self.announcer) as _,
            runner: Arc::new(self.runner(options)?),
            clock: self.clock.clone(),
        };
        let settings = Settings {
            lease: options.lease,
            margin: MARGIN.min(Millis(options.lease.0 / MARGINS_OF_LEASE)),
            drain_limit: options.drain_limit,
            // Heartbeats tell of a cancel; each look in between would cost money.
            cancel_poll: None,
            poll_wait: options.poll_wait,
            poll_grace: Millis(options.poll_wait.0 + POLL_ANSWER.0),
            ..Settings::new(&self.worker, queue.slots)
        };
        Ok(Agent::new(ports, settings))
    }

    /// One for each queue: what it keeps between jobs ends with its agent.
    fn runner(&self, options: &Options) -> anyhow::Result<ScriptRunner> {
        let program = std::env::current_exe().context("find this program's own place")?;
        let program_dir = program.parent().context("find the folder of this program")?.to_owned();
        let environment = self.environment(program, options);
        let secrets = environment.iter().filter(|(name, _)| SECRETS.contains(&name.as_str()));
        Ok(ScriptRunner::new(ScriptSettings {
            place: Arc::clone(&self.place),
            shell: options.shell,
            program_dir,
            secrets: secrets.map(|(_, value)| value.clone()).collect(),
            environment,
            executions: Arc::new(self.store.clone()),
            clock: self.clock.clone(),
        }))
    }

    /// What scripts begin with.
    fn environment(&self, program: PathBuf, options: &Options) -> Vec<(String, String)> {
        let passed =
            |name: &str| ENVIRONMENT.contains(&name) || name.starts_with("LC_") || name.starts_with("AWS_");
        // A name or value that is no UTF-8 cannot be passed on; none of those above has one.
        let readable = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let mut environment: Vec<_> = readable.filter(|(name, _)| passed(name)).collect();
        for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
            environment.push((name.to_owned(), self.account.region().to_owned()));
        }
        if let Some(profile) = &options.profile {
            environment.push(("AWS_PROFILE".to_owned(), profile.clone()));
        }
        // Where get_redshift_creds.sh finds what reads a secret.
        if let Ok(program) = program.into_os_string().into_string() {
            environment.push(("FLEET_WORKER".to_owned(), program));
        }
        environment
    }
}

fn now() -> Timestamp {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
}

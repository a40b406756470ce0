//! The parts of the fleet, put together from a project's settings. Owns what each is given. Does not end them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
#[cfg(feature = "aws")]
use fleet_aws::AddressLookup;
use fleet_core::ports::JobQueues;
use fleet_core::time::Millis;
use fleet_core::workflow::Definition;
use fleet_embedded::{LocalAnnouncer, NotifySettings, Queue, Scheduler};
use rsql_client::emulate::EmulationOptions;
use rsql_client::emulate::storage::Storage;
use rsql_client::{ConnectOptions, Secret, ShellPolicy, SslMode};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use worker::place::ConnectionSource;
use worker::{Agent, Connections, LocalPlace, ScriptRunner, ScriptSettings, Settings, process_name};

use super::EngineOptions;
use super::announcer::ScreenAnnouncer;
use super::reporter::Reporter;
use crate::fleet::Embedded;
use crate::project::{Iam, Project, ResolvedConnection, Sessions, Shell};

/// A long poll of the local queue costs nothing, but a drain waits for the one under way.
const POLL_WAIT: Millis = Millis(500);
/// A warehouse that does not answer for so long is one that cannot be reached; the retry policy goes on from there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// Between two tries at taking up what a dead dispatcher had received.
const TAKE_UP_PAUSE: Duration = Duration::from_secs(1);
/// What scripts see of this process's environment; the rest comes from the workflow. `LC_*` comes on top.
const ENVIRONMENT: [&str; 8] = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR"];

/// `orphaned` is the events queue when no other dispatcher lives: what a dead one had received is shown at once.
pub(super) fn dispatcher(
    fleet: &Embedded,
    orphaned: Option<Queue>,
    kept: LocalAnnouncer,
    stop: CancellationToken,
) -> JoinHandle<()> {
    let ports = dispatcher::Ports {
        definitions: Arc::new(fleet.store.ahead()),
        executions: Arc::new(fleet.store.ahead()),
        events: Arc::new(fleet.events.ahead()),
        jobs: JobQueues::single(Arc::new(fleet.jobs.ahead())),
        announcer: Arc::new(on_screen(fleet, kept)),
    };
    let (dead, clock) = (Arc::new(fleet.dead_jobs().ahead()), fleet.clock.clone());
    tokio::spawn(async move {
        if let Some(queue) = orphaned {
            take_up(&queue, &stop).await;
        }
        let report = dispatcher::run(ports, dead, clock, stop).await;
        tracing::info!(done = report.done, failed = report.failed, "the dispatcher has ended");
    })
}

/// Shows what a dead dispatcher had received, as soon as the state can be written: it would stay hidden for minutes, and
/// until then nothing could be dispatched either.
async fn take_up(events: &Queue, stop: &CancellationToken) {
    while let Err(error) = events.release().await {
        tracing::warn!(%error, "what a dead dispatcher had received cannot be taken up yet; trying again");
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(TAKE_UP_PAUSE) => {}
        }
    }
}

pub(super) fn scheduler(fleet: &Embedded, stop: CancellationToken) -> JoinHandle<()> {
    let scheduler = Scheduler::new(fleet.store.clone(), Arc::new(fleet.events.clone()), fleet.clock.clone());
    tokio::spawn(scheduler.run(stop))
}

pub(super) fn worker(
    fleet: &Embedded,
    kept: LocalAnnouncer,
    options: EngineOptions,
) -> anyhow::Result<(Agent, Reporter)> {
    let project = &fleet.project;
    let connections = connections(fleet)?;
    let secrets = connections.secrets().map(str::to_owned).collect();
    let place = LocalPlace::new(project.scripts.clone(), connections)
        .with_context(|| format!("use the script root of {}", project.file.display()))?;
    let runner = ScriptRunner::new(ScriptSettings {
        place: Arc::new(place),
        shell: match project.worker.shell {
            Shell::Allowed => ShellPolicy::Allowed,
            Shell::Forbidden => ShellPolicy::Denied,
        },
        program_dir: program_dir()?,
        environment: environment(),
        secrets,
        executions: Arc::new(fleet.store.clone()),
        clock: fleet.clock.clone(),
    });
    let ports = worker::Ports {
        executions: Arc::new(fleet.store.ahead()),
        definitions: Arc::new(fleet.store.ahead()),
        jobs: Arc::new(fleet.jobs.ahead()),
        events: Arc::new(fleet.events.ahead()),
        logs: Arc::new(fleet.logs.clone()),
        announcer: Arc::new(on_screen(fleet, kept)),
        runner: Arc::new(runner),
        clock: fleet.clock.clone(),
    };
    let settings = Settings {
        lease: project.worker.lease,
        margin: project.worker.margin(),
        drain_limit: project.worker.drain_limit,
        poll_wait: POLL_WAIT,
        ..Settings::new(process_name(), options.slots.unwrap_or(project.worker.slots))
    };
    let agent = Agent::new(ports, settings.clone());
    let reporter = Reporter::new(fleet, &settings, agent.vitals());
    Ok((agent, reporter))
}

/// Keeps alerts and posts them: one for all parts of a process.
pub(super) fn announcer(fleet: &Embedded) -> anyhow::Result<LocalAnnouncer> {
    let alerts = &fleet.project.alerts;
    // What is printed goes through the screen, where bars may be drawn.
    let settings = NotifySettings { print: false, dir: alerts.dir.clone(), webhook: alerts.webhook.clone() };
    LocalAnnouncer::new(&settings)
        .with_context(|| format!("use `alerts` of {}", fleet.project.file.display()))
}

fn on_screen(fleet: &Embedded, kept: LocalAnnouncer) -> ScreenAnnouncer {
    ScreenAnnouncer { print: fleet.project.alerts.print, kept }
}

/// Where `rsql` lies: beside this program.
fn program_dir() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe().context("find this program's own place")?;
    program.parent().map(PathBuf::from).context("find the folder of this program")
}

fn environment() -> Vec<(String, String)> {
    let passed = |name: &str| ENVIRONMENT.contains(&name) || name.starts_with("LC_");
    // A name or value that is no UTF-8 cannot be passed on; none of those above has one.
    let readable = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    readable.filter(|(name, _)| passed(name)).collect()
}

/// All connections of the project. A job that needs one without its values is refused, and says which variables to set.
fn connections(fleet: &Embedded) -> anyhow::Result<Connections> {
    let mut usable = Vec::new();
    let mut sources = Vec::new();
    let (mut unusable, mut reused) = (Vec::new(), Vec::new());
    for (name, entry) in &fleet.project.connections {
        match entry.resolve(name, variable) {
            Ok(mut connection) => {
                connection.emulate_s3 =
                    connection.emulate_s3.map(|path| in_project(fleet, &path)).transpose()?;
                reused.extend((connection.sessions == Sessions::Reused).then_some(name));
                match connection.iam.clone() {
                    None => usable.push((name.clone(), options(name, connection)?)),
                    Some(iam) => sources.push((name, by_iam(name, connection, iam)?)),
                }
            }
            Err(error) => unusable.push((name, error.to_string())),
        }
    }
    let usable = reused.into_iter().fold(Connections::new(usable), Connections::with_reused);
    let usable = sources.into_iter().fold(usable, |known, (name, source)| known.with_source(name, source));
    Ok(unusable.into_iter().fold(usable, |known, (name, why)| known.with_unusable(name, why)))
}

/// A path of the project file, which begins at its folder, wherever a script runs.
fn in_project(fleet: &Embedded, path: &Path) -> anyhow::Result<PathBuf> {
    let folder = fleet.project.file.parent().unwrap_or(Path::new("."));
    std::path::absolute(folder.join(path)).with_context(|| format!("use the directory {}", path.display()))
}

/// A connection by temporary credentials. Its sessions are encrypted unless the project says otherwise.
#[cfg(feature = "aws")]
fn by_iam(name: &str, connection: ResolvedConnection, iam: Iam) -> anyhow::Result<ConnectionSource> {
    let address = if connection.host.is_empty() { AddressLookup::Asked } else { AddressLookup::NotNeeded };
    let says_nothing = connection.sslmode.is_none();
    let mut options = options(name, connection)?;
    if says_nothing {
        options.sslmode = SslMode::Require;
    }
    Ok(super::warehouse::source(name, iam, options, address))
}

/// A program that was built without AWS cannot ask for them.
#[cfg(not(feature = "aws"))]
fn by_iam(name: &str, _: ResolvedConnection, _: Iam) -> anyhow::Result<ConnectionSource> {
    anyhow::bail!("connection `{name}` has `iam`, but this program was built without AWS")
}

/// What `s3://` is for COPY and UNLOAD, where no directory stands for it.
#[cfg(feature = "aws")]
fn storage() -> Option<Storage> {
    Some(rsql_client::emulate::aws::storage(fleet_aws::AccountSettings::default()))
}

/// A program that was built without AWS has none.
#[cfg(not(feature = "aws"))]
fn storage() -> Option<Storage> {
    None
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn options(name: &str, connection: ResolvedConnection) -> anyhow::Result<ConnectOptions> {
    let defaults = ConnectOptions::from_uri("postgresql://localhost")?;
    let sslmode = connection.sslmode.as_deref().map(SslMode::parse).transpose();
    let objects = connection.emulate_s3;
    let storage = storage();
    let emulation = connection.emulate_redshift.then_some(EmulationOptions { objects, storage });
    Ok(ConnectOptions {
        host: connection.host,
        port: connection.port.unwrap_or(defaults.port),
        database: connection.database,
        user: connection.user,
        password: connection.password.map(Secret::new),
        sslmode: sslmode.with_context(|| format!("use connection `{name}`"))?.unwrap_or(defaults.sslmode),
        connect_timeout: Some(CONNECT_TIMEOUT),
        emulation,
        ..defaults
    })
}

/// What is wrong with connections that lack their values, each as a sentence.
pub(crate) fn incomplete_connections(fleet: &Embedded) -> Vec<String> {
    let all = fleet.project.connections.iter();
    all.filter_map(|(name, entry)| entry.resolve(name, variable).err())
        .map(|error| error.to_string())
        .collect()
}

/// Says which connections of a workflow lack their values, before anything is started that could only fail.
///
/// # Errors
/// When one does; the variables are named.
pub(crate) fn missing_variables(project: &Project, definition: &Definition) -> anyhow::Result<()> {
    let of_jobs = definition.jobs.iter().filter_map(|job| job.connection.as_deref());
    let named = definition.connection.as_deref().into_iter().chain(of_jobs);
    for name in named {
        if let Some(entry) = project.connections.get(name) {
            entry.resolve(name, variable)?;
        }
    }
    Ok(())
}

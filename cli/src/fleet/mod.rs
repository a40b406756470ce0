//! The fleet that a command works on, embedded or on AWS, behind the ports. Owns which of the two it is, what both answer
//! alike, and what is said of things that are not there. Each of the two is opened by a file of its own.

#[cfg(feature = "aws")]
mod aws;
mod embedded;
#[cfg(feature = "aws")]
mod graves;
mod letters;
mod logs;

use std::sync::Arc;
use std::time::Duration;

use fleet_core::audit::AuditRecord;
use fleet_core::ids::{ExecutionId, JobId, WorkflowId};
use fleet_core::ports::{Clock, Current, Definitions, Executions, Outgoing, Queue as _};
use fleet_core::roster::WorkerStatus;
use fleet_core::schedule::Schedule;
use fleet_core::state::ExecutionRow;
use fleet_core::time::{Millis, Timestamp};
use fleet_core::wire::{Event, Start};
use fleet_core::workflow::Definition;
use fleet_embedded::Roster;
use serde::Serialize;

use crate::engine;
use crate::exit::Failure;
use crate::project::Project;
use crate::serving::{self, Role};
use crate::workflows::Script;

pub(crate) use self::embedded::Embedded;
pub(crate) use self::letters::Letter;
pub(crate) use self::logs::{LogReader, LogStore};

/// The pause between two looks at an embedded fleet: people do not notice less.
const LOOK_EMBEDDED: Duration = Duration::from_millis(100);
/// The same on AWS, where each look is a read that costs.
#[cfg(feature = "aws")]
const LOOK_AWS: Duration = Duration::from_secs(1);
/// Audit records of one read.
const AUDIT_PAGE: usize = 1_000;
/// Where events go, as traces call it.
const EVENTS: &str = "events";
/// Where starts go on AWS.
#[cfg(feature = "aws")]
const BUS: &str = "bus";

/// A fleet that is there.
pub(crate) struct Fleet {
    /// Workflows and their versions.
    pub(crate) definitions: Arc<dyn Definitions>,
    /// Executions, jobs, audit trail.
    pub(crate) executions: Arc<dyn Executions>,
    /// Logs of attempts.
    pub(crate) logs: LogStore,
    /// Where it is.
    home: Home,
    clock: Clock,
}

/// Where a fleet is, with what only one of its kind has.
enum Home {
    /// In a project's state directory.
    Embedded(Box<Embedded>),
    /// On AWS.
    #[cfg(feature = "aws")]
    Aws(Box<aws::Aws>),
}

/// What became of a workflow's schedules on AWS, by their names there.
#[derive(Debug, Serialize)]
pub(crate) struct Scheduled {
    /// New ones.
    pub(crate) created: Vec<String>,
    /// Those that were there, and are as they should be.
    pub(crate) kept: Vec<String>,
    /// Those that are gone.
    pub(crate) removed: Vec<String>,
}

/// What became of a project's scripts in S3.
#[derive(Debug, Serialize)]
pub(crate) struct UploadedScripts {
    /// `s3://bucket/prefix`.
    pub(crate) to: String,
    /// Names of those that are new or have changed.
    pub(crate) sent: Vec<String>,
    /// How many were there already.
    pub(crate) unchanged: usize,
}

impl Fleet {
    /// The embedded fleet of a project.
    ///
    /// # Errors
    /// As [`Embedded::open`].
    pub(crate) fn embedded(project: Project, clock: Clock) -> anyhow::Result<Self> {
        let embedded = Embedded::open(project, clock.clone())?;
        Ok(Self {
            definitions: Arc::new(embedded.store.clone()),
            executions: Arc::new(embedded.store.clone()),
            logs: LogStore::Files(embedded.logs.clone()),
            home: Home::Embedded(Box::new(embedded)),
            clock,
        })
    }

    /// A fleet on AWS, which this build cannot reach.
    ///
    /// # Errors
    /// Always.
    #[cfg(not(feature = "aws"))]
    #[expect(clippy::unused_async, reason = "as where it can be reached")]
    pub(crate) async fn aws(target: crate::target::AwsTarget, _: Clock) -> anyhow::Result<Self> {
        Err(Failure::usage(format!(
            "stack {} is on AWS, and this rsqlctl was built without AWS (cargo feature `aws`); leave --stack out for \
             the project's own fleet, or use a full build",
            target.stack
        )))
    }

    /// The embedded fleet, if it is one.
    pub(crate) fn as_embedded(&self) -> Option<&Embedded> {
        match &self.home {
            Home::Embedded(embedded) => Some(embedded),
            #[cfg(feature = "aws")]
            Home::Aws(_) => None,
        }
    }

    /// Where it is on AWS, for messages; nothing of an embedded one, whose messages name files.
    pub(crate) fn place(&self) -> Option<String> {
        match &self.home {
            Home::Embedded(_) => None,
            #[cfg(feature = "aws")]
            Home::Aws(aws) => Some(aws.name()),
        }
    }

    /// The time now.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether anybody serves it in this role.
    ///
    /// # Errors
    /// When the state directory cannot be asked.
    pub(crate) fn is_served(&self, role: Role) -> anyhow::Result<bool> {
        match &self.home {
            Home::Embedded(embedded) => serving::is_served(&embedded.project.state, role),
            // Nobody can tell: a function runs once there is something for it.
            #[cfg(feature = "aws")]
            Home::Aws(_) => Ok(true),
        }
    }

    /// The roles in which nobody serves it.
    ///
    /// # Errors
    /// As [`Self::is_served`].
    pub(crate) fn unserved(&self, roles: &[Role]) -> anyhow::Result<Vec<Role>> {
        let mut unserved = Vec::new();
        for role in roles {
            if !self.is_served(*role)? {
                unserved.push(*role);
            }
        }
        Ok(unserved)
    }

    /// What each worker has said of itself last.
    ///
    /// # Errors
    /// When the roster cannot be read.
    pub(crate) async fn workers(&self) -> anyhow::Result<Vec<WorkerStatus>> {
        match &self.home {
            Home::Embedded(embedded) => Ok(Roster::new(&embedded.store).workers().await?),
            #[cfg(feature = "aws")]
            Home::Aws(aws) => Ok(aws.workers().await?),
        }
    }

    /// A worker that has been silent for so long is gone: some reports are missing then, or clocks differ by more than they
    /// may.
    pub(crate) fn gone_after(&self) -> Millis {
        match &self.home {
            Home::Embedded(_) => Millis::from_secs(60),
            #[cfg(feature = "aws")]
            Home::Aws(_) => Millis::from_secs(180),
        }
    }

    /// Where alerts can be read.
    pub(crate) fn alerts(&self) -> String {
        match &self.home {
            Home::Embedded(embedded) => embedded.project.alerts.file().display().to_string(),
            #[cfg(feature = "aws")]
            Home::Aws(aws) => format!("the messages of topic {}", aws.account.stack().alerts_topic()),
        }
    }

    /// The pause between two looks at what somebody waits for.
    pub(crate) fn look(&self) -> Duration {
        match &self.home {
            Home::Embedded(_) => LOOK_EMBEDDED,
            #[cfg(feature = "aws")]
            Home::Aws(_) => LOOK_AWS,
        }
    }

    /// Says which connections lack their values where this process itself would have to run the jobs.
    ///
    /// # Errors
    /// When one does; the variables are named.
    pub(crate) fn check_variables(&self, definition: &Definition) -> anyhow::Result<()> {
        match &self.home {
            Home::Embedded(embedded) if !self.is_served(Role::Worker)? => {
                engine::missing_variables(&embedded.project, definition)
            }
            Home::Embedded(_) => Ok(()),
            #[cfg(feature = "aws")]
            Home::Aws(_) => Ok(()),
        }
    }

    /// Where the trace of an event begins.
    fn span_of_send(&self, destination: &str) -> tracing::Span {
        let system = match &self.home {
            Home::Embedded(_) => "sqlite",
            #[cfg(feature = "aws")]
            Home::Aws(_) if destination == BUS => "aws_eventbridge",
            #[cfg(feature = "aws")]
            Home::Aws(_) => "aws_sqs",
        };
        tracing::debug_span!(
            target: fleet_telemetry::SPANS,
            "send",
            otel.name = format!("send {destination}"),
            otel.kind = "producer",
            messaging.system = system,
            messaging.destination.name = destination,
            messaging.operation.name = "send",
            "messaging.operation.type" = "send",
        )
    }

    /// Sends an event to the dispatcher, durably.
    ///
    /// # Errors
    /// When the queue cannot be written.
    pub(crate) async fn send(&self, event: &Event) -> anyhow::Result<()> {
        let span = self.span_of_send(EVENTS);
        let message = Outgoing::now(event.to_text()).in_trace(fleet_telemetry::traceparent_of(&span));
        match &self.home {
            Home::Embedded(embedded) => embedded.events.send(&[message]).await?,
            #[cfg(feature = "aws")]
            Home::Aws(aws) => aws.events().await?.send(&[message]).await?,
        }
        Ok(())
    }

    /// Asks for an execution, durably.
    ///
    /// # Errors
    /// When it cannot be asked for.
    pub(crate) async fn start(&self, start: Start) -> anyhow::Result<()> {
        match &self.home {
            Home::Embedded(_) => self.send(&Event::Start(start)).await,
            #[cfg(feature = "aws")]
            Home::Aws(aws) => {
                let span = self.span_of_send(BUS);
                let trace = fleet_telemetry::traceparent_of(&span);
                Ok(aws.bus().start(&start, trace.as_deref()).await.map(|_| ())?)
            }
        }
    }

    /// Sends scripts to `s3://bucket/prefix`, where workers take them from.
    ///
    /// # Errors
    /// When the fleet is embedded, whose workers read them where they are; when they cannot be written.
    #[cfg_attr(
        not(feature = "aws"),
        expect(unused_variables, reason = "only workers on AWS read scripts from S3")
    )]
    pub(crate) async fn upload(&self, to: &str, scripts: Vec<Script>) -> anyhow::Result<UploadedScripts> {
        match &self.home {
            Home::Embedded(_) => Err(Failure::usage(
                "--scripts is for a fleet on AWS; an embedded one runs the project's scripts where they are",
            )),
            #[cfg(feature = "aws")]
            Home::Aws(aws) => Ok(aws.upload(to, scripts).await?),
        }
    }

    /// Has a workflow start at the times of its schedules and at no others. Nothing is to be done for an embedded fleet,
    /// whose scheduler reads what is deployed.
    ///
    /// # Errors
    /// When the schedules cannot be written; some may be as given already.
    #[cfg_attr(not(feature = "aws"), expect(unused_variables, reason = "only AWS has schedules of its own"))]
    pub(crate) async fn schedule(
        &self,
        workflow: &WorkflowId,
        schedules: &[Schedule],
    ) -> anyhow::Result<Option<Scheduled>> {
        match &self.home {
            Home::Embedded(_) => Ok(None),
            #[cfg(feature = "aws")]
            Home::Aws(aws) => Ok(Some(aws.schedule(workflow, schedules).await?)),
        }
    }

    /// An execution that must be there.
    ///
    /// # Errors
    /// When it is not, or the state cannot be read.
    pub(crate) async fn execution(&self, id: &ExecutionId) -> anyhow::Result<ExecutionRow> {
        let found = self.executions.execution(id).await?;
        let found = found.ok_or_else(|| {
            Failure::not_found(format!("there is no execution `{id}`; `rsqlctl list` shows what there is"))
        })?;
        Ok(found.row)
    }

    /// Those records of an execution's audit trail that are wanted, oldest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(crate) async fn audit(
        &self,
        id: &ExecutionId,
        is_wanted: impl Fn(&AuditRecord) -> bool,
    ) -> anyhow::Result<Vec<AuditRecord>> {
        let mut records = Vec::new();
        let mut read = 0;
        loop {
            let page = self.executions.audit(id, read, AUDIT_PAGE).await?;
            read += page.len();
            let is_last = page.len() < AUDIT_PAGE;
            records.extend(page.into_iter().filter(&is_wanted));
            if is_last {
                return Ok(records);
            }
        }
    }

    /// The version that an execution runs.
    ///
    /// # Errors
    /// When the state cannot be read, or lacks it.
    pub(crate) async fn definition(&self, row: &ExecutionRow) -> anyhow::Result<Arc<Definition>> {
        let found = self.definitions.version(&row.workflow_id, &row.version).await?;
        found.ok_or_else(|| {
            anyhow::anyhow!("version {} of workflow `{}` is not in the store", row.version, row.workflow_id)
        })
    }

    /// The item of a workflow that must be deployed.
    ///
    /// # Errors
    /// When it is not deployed, or the state cannot be read.
    pub(crate) async fn current(&self, id: &WorkflowId) -> anyhow::Result<Current> {
        match self.definitions.current(id).await? {
            Some(current) => Ok(current),
            None => Err(Failure::not_found(self.not_deployed(id).await?)),
        }
    }

    /// The current definition of a workflow that must be deployed, as its item and compiled.
    ///
    /// # Errors
    /// When it is not deployed, or the state cannot be read.
    pub(crate) async fn workflow(&self, id: &WorkflowId) -> anyhow::Result<(Current, Arc<Definition>)> {
        let current = self.current(id).await?;
        let compiled = match &current.version {
            Some(version) => self.definitions.version(id, version).await?,
            None => None,
        };
        let definition = match compiled {
            Some(definition) => definition,
            None => {
                dispatcher::definition_of(&*self.definitions, &current).await?.map_err(Failure::invalid)?
            }
        };
        Ok((current, definition))
    }

    async fn not_deployed(&self, id: &WorkflowId) -> anyhow::Result<String> {
        let known: Vec<String> =
            self.definitions.all().await?.into_iter().map(|item| item.workflow_id.to_string()).collect();
        let deployed = match known.as_slice() {
            [] => "no workflow is; `rsqlctl deploy` registers the project's".to_owned(),
            known => format!("deployed are {}", known.join(", ")),
        };
        Ok(format!("workflow `{id}` is not deployed: {deployed}"))
    }

    /// A job that must be in a workflow.
    ///
    /// # Errors
    /// When it is not.
    pub(crate) fn job(definition: &Definition, id: &JobId) -> anyhow::Result<()> {
        if definition.find(id).is_some() {
            return Ok(());
        }
        let workflow = &definition.workflow_id;
        let names = definition.jobs.iter().map(|job| job.id.as_str());
        let likeness = |name: &&str| strsim::damerau_levenshtein(name, id.as_str());
        let hint = match names.min_by_key(likeness) {
            Some(name) if likeness(&name) <= id.as_str().len().div_ceil(3) => {
                format!("; did you mean `{name}`?")
            }
            _ => format!("; `rsqlctl graph {workflow}` shows what there is"),
        };
        Err(Failure::not_found(format!("workflow `{workflow}` has no job `{id}`{hint}")))
    }
}

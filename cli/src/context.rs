//! What a command works with: the global options, the output, the project. Owns opening the project once it is needed.

use std::sync::OnceLock;

use fleet_core::ports::{Clock, PortError};
use fleet_core::time::Timestamp;

use crate::exit::Failure;
use crate::fleet::{Embedded, Fleet};
use crate::options::Global;
use crate::output::Output;
use crate::project::{self, Project};
use crate::target::Target;

/// Handed to every command.
pub(crate) struct Context {
    /// Standard output.
    pub(crate) out: Output,
    /// Reads the time.
    pub(crate) clock: Clock,
    global: Global,
    /// Where the fleet is, once it is opened on AWS.
    place: OnceLock<String>,
}

impl Context {
    /// For these options.
    pub(crate) fn new(global: Global) -> Self {
        let now = || Timestamp::from_millis(jiff::Timestamp::now().as_millisecond());
        Self { out: Output::new(global.output), clock: Clock::new(now), global, place: OnceLock::new() }
    }

    /// The project.
    ///
    /// # Errors
    /// When there is none, or its file has faults.
    pub(crate) fn project(&self) -> anyhow::Result<Project> {
        project::open(self.global.project.as_deref())
    }

    /// The project, or nothing where there is none and none was named: a file can be checked and drawn without.
    ///
    /// # Errors
    /// When one was named and is not there, or its file has faults.
    pub(crate) fn project_if_any(&self) -> anyhow::Result<Option<Project>> {
        match self.project() {
            Ok(project) => Ok(Some(project)),
            Err(error)
                if self.global.project.is_none()
                    && crate::exit::code_of(&error) == crate::exit::NOT_FOUND =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Which fleet is meant. Where a stack is named, there need not be a project.
    ///
    /// # Errors
    /// As [`Self::project`], and when options are given that do not go with it.
    pub(crate) fn target(&self) -> anyhow::Result<Target> {
        let project =
            if self.global.target.names_stack() { self.project_if_any()? } else { Some(self.project()?) };
        Target::choose(&self.global.target, project.as_ref().and_then(|project| project.aws.as_ref()))
    }

    /// The same, without a fleet where there is neither project nor stack: a file can be checked without.
    ///
    /// # Errors
    /// As [`Self::target`].
    pub(crate) fn target_if_any(&self) -> anyhow::Result<Option<Target>> {
        let project = self.project_if_any()?;
        if project.is_none() && !self.global.target.names_stack() {
            return Ok(None);
        }
        let file = project.as_ref().and_then(|project| project.aws.as_ref());
        Ok(Some(Target::choose(&self.global.target, file)?))
    }

    /// The fleet, opened.
    ///
    /// # Errors
    /// As [`Self::target`], and when the state directory, or the account, cannot be used.
    pub(crate) async fn fleet(&self) -> anyhow::Result<Fleet> {
        let fleet = match self.target()? {
            Target::Embedded => Fleet::embedded(self.project()?, self.clock.clone())?,
            Target::Aws(target) => Fleet::aws(target, self.clock.clone()).await?,
        };
        if let Some(place) = fleet.place() {
            // A command opens one fleet; another would be at the same place.
            let _ = self.place.set(place);
        }
        Ok(fleet)
    }

    /// An error of a port with the place that it is about: a stack that is not there has no tables, and AWS names neither.
    pub(crate) fn explain(&self, error: anyhow::Error) -> anyhow::Error {
        match self.place.get() {
            Some(place) if error.is::<PortError>() => error.context(format!("work on {place}")),
            _ => error,
        }
    }

    /// The project with its state opened, for what only an embedded fleet has.
    ///
    /// # Errors
    /// As [`Self::fleet`], and when the fleet is on AWS.
    pub(crate) fn embedded(&self) -> anyhow::Result<Embedded> {
        if let Target::Aws(aws) = self.target()? {
            return Err(Failure::usage(format!(
                "this runs the embedded fleet of a project, and stack {} is on AWS: jobs run there in the `worker` \
                 program on your hosts; with --stack none it is the project's own fleet",
                aws.stack
            )));
        }
        Embedded::open(self.project()?, self.clock.clone())
    }
}

//! What a command works with: the global options, the output, the project. Owns opening the project once it is needed.

use fleet_core::ports::Clock;
use fleet_core::time::Timestamp;

use crate::fleet::{Embedded, Fleet};
use crate::options::Global;
use crate::output::Output;
use crate::project::{self, Project};

/// Handed to every command.
pub(crate) struct Context {
    /// Standard output.
    pub(crate) out: Output,
    /// Reads the time.
    pub(crate) clock: Clock,
    global: Global,
}

impl Context {
    /// For these options.
    pub(crate) fn new(global: Global) -> Self {
        let now = || Timestamp::from_millis(jiff::Timestamp::now().as_millisecond());
        Self { out: Output::new(global.output), clock: Clock::new(now), global }
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

    /// The project with its state opened.
    ///
    /// # Errors
    /// As [`Self::project`], and when the state directory cannot be used.
    pub(crate) fn fleet(&self) -> anyhow::Result<Fleet> {
        Fleet::embedded(self.project()?, self.clock.clone())
    }

    /// The project with its state opened, for what only an embedded fleet has.
    ///
    /// # Errors
    /// As [`Self::fleet`].
    pub(crate) fn embedded(&self) -> anyhow::Result<Embedded> {
        Embedded::open(self.project()?, self.clock.clone())
    }
}

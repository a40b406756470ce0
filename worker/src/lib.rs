//! The worker: receives job messages, claims, runs, logs and settles. Owns the worker's side of the protocol over the ports
//! of `fleet_core`, and the running of scripts and preconditions. Does not decide what is ready (the dispatcher does), nor
//! what a retry is worth (`fleet_core::state` does), and knows no store or queue by name.

mod agent;
mod attempt;
mod claim;
mod heartbeat;
mod log;
mod patience;
pub mod place;
mod record;
mod redact;
pub mod run;
mod runner;
mod settings;
mod settle;
mod spans;
mod task;
mod versions;
mod vitals;

use std::sync::Arc;

use fleet_core::ports::{Announcer, Clock, Definitions, Executions, Logs, Queue};

pub use agent::{Agent, AgentReport, Outcome};
pub use log::{LogClosed, LogSender};
pub use place::{Connections, LocalPlace, Place};
pub use redact::Redactor;
pub use run::{ScriptRunner, ScriptSettings};
pub use runner::{JobRunner, Ran};
pub use settings::{Settings, process_name};
pub use task::Task;
pub use vitals::{Ended, Reading, Vitals};

/// Everything outside that an agent works with.
#[derive(Clone)]
pub struct Ports {
    /// State and audit.
    pub executions: Arc<dyn Executions>,
    /// Versions of workflows.
    pub definitions: Arc<dyn Definitions>,
    /// The queue of job messages that this agent serves.
    pub jobs: Arc<dyn Queue>,
    /// The dispatcher's queue.
    pub events: Arc<dyn Queue>,
    /// Where the output of attempts goes.
    pub logs: Arc<dyn Logs>,
    /// Where alerts go.
    pub announcer: Arc<dyn Announcer>,
    /// Runs attempts.
    pub runner: Arc<dyn JobRunner>,
    /// Reads the time.
    pub clock: Clock,
}

//! Why an event could not be carried out. Owns what becomes of its message.

use fleet_core::ids::IdError;
use fleet_core::ports::PortError;
use fleet_core::state::IllegalTransition;
use fleet_core::time::Millis;

/// How long an event waits while a resume is resetting rows.
pub(crate) const WHILE_RESUMING: Millis = Millis(500);

/// Why an event could not be carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// A port failed: the message comes again.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The request makes no sense, and never will: it goes to the dead letters.
    #[error("{0}")]
    Rejected(String),
    /// The row contradicts the transition table.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
    /// An id made here is not legal.
    #[error(transparent)]
    Id(#[from] IdError),
    /// A row kept changing under the writer: the message comes again.
    #[error("record {0}: others kept writing it")]
    Contended(String),
    /// A newer generation has taken over: nothing is left to do.
    #[error("superseded by a resume")]
    Superseded,
    /// Put it back for a while.
    #[error("a resume is under way")]
    Later,
}

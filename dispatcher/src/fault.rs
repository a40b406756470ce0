//! Why an event could not be carried out. Owns what becomes of its message.

use fleet_core::ids::IdError;
use fleet_core::ports::PortError;
use fleet_core::state::IllegalTransition;
use fleet_core::time::Millis;

/// First wait of an event while a resume is resetting rows.
const WHILE_RESUMING_FIRST: Millis = Millis(250);
/// Longest such wait. A resume whose dispatcher died is finished by a later delivery or a tick, minutes after: the waits
/// must grow, or the event would be received too often before.
const WHILE_RESUMING_MAX: Millis = Millis::from_mins(1);

/// How long an event waits that has met a resume at its `received`th delivery.
pub(crate) fn while_resuming(received: u32) -> Millis {
    let doublings = received.saturating_sub(1).min(16);
    Millis(WHILE_RESUMING_FIRST.0 << doublings).min(WHILE_RESUMING_MAX)
}

/// Why an event could not be carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// A port failed: the message comes again.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The request makes no sense now: whoever asked is told, and the message is done with. A request that waited in the
    /// queue until it makes sense would strike when nobody expects it any more.
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

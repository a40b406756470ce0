//! What DynamoDB's answers mean: a condition that did not hold, a crowd that will pass, an outage, or a call that is wrong.
//! Owns the table of codes, and the waiting for a crowd to pass. The SDK has tried throttled and unanswered calls again by
//! itself before an answer comes here.

use std::future::Future;
use std::time::Duration;

use aws_sdk_dynamodb::Error;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::CancellationReason;
use fleet_core::ports::PortError;
use fleet_core::state::retry;
use fleet_core::time::Millis;
use tokio::time::Instant;

use super::layout::Item;
use crate::fault::{LASTING, with_causes};

/// First and longest pause before a call that met a crowd is made again, and how often: a transaction of another writer is
/// over within some milliseconds, and a table that is throttled grows within seconds. Whoever called tries again after that.
const CROWD_PAUSE_FIRST: Millis = Millis(20);
const CROWD_PAUSE_MAX: Millis = Millis(600);
const CROWD_TRIES: usize = 10;
/// No other try begins after this time: a try at a throttled table takes as long as the SDK's own tries within it.
const CROWD_LIMIT: Duration = Duration::from_secs(5);

/// Codes of calls that met a transaction on the same rows, or more traffic than there is room for. Errors and the reasons of
/// cancelled transactions spell them differently.
const CROWDED: &[&str] = &[
    "TransactionConflict",
    "TransactionConflictException",
    "TransactionInProgressException",
    "ReplicatedWriteConflictException",
    "ThrottlingError",
    "ThrottlingException",
    "Throttling",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
];

/// Codes that only DynamoDB spells so, of calls that are wrong however often they are made.
const WRONG: &[&str] = &[
    "ItemCollectionSizeLimitExceeded",
    "ItemCollectionSizeLimitExceededException",
    "IdempotentParameterMismatchException",
    "DuplicateItem",
    "DuplicateItemException",
    "SerializationException",
];

/// The reason of an action in a cancelled transaction that had no part in it.
const NO_REASON: &str = "None";
const CONDITION: &str = "ConditionalCheckFailed";

/// A call without effect, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// Others are at the same rows, or too many at the table.
    Crowded(String),
    /// It may work later; its effect may have taken place.
    Unavailable(String),
    /// It is wrong, or what is stored cannot be read.
    Refused(String),
}

/// What came of a conditional write.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    /// It took effect.
    Done,
    /// Some conditions did not hold, and nothing was written. For each action, in their order: nothing, or the item as it
    /// is (empty when there is none) where its condition did not hold.
    Unmet(Vec<Option<Item>>),
}

impl Fault {
    pub(super) fn newer(what: &str, found: u64, known: u32) -> Self {
        Self::Refused(format!("{what} has format {found}, this release reads up to {known}; upgrade it"))
    }

    pub(super) fn unreadable(what: impl std::fmt::Display) -> Self {
        Self::Refused(format!("stored data cannot be read: {what}"))
    }

    /// As the ports tell it: the verb and its object, then the cause.
    pub(super) fn into_port_error(self, what: String) -> PortError {
        match self {
            Self::Crowded(cause) | Self::Unavailable(cause) => PortError::Unavailable { what, cause },
            Self::Refused(cause) => PortError::Refused { what, cause },
        }
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        Self::unreadable(error)
    }
}

/// What a conditional write that failed means.
pub(super) fn answer(error: impl Into<Error>) -> Result<Answer, Fault> {
    match error.into() {
        Error::ConditionalCheckFailedException(unmet) => {
            Ok(Answer::Unmet(vec![Some(unmet.item.unwrap_or_default())]))
        }
        Error::TransactionCanceledException(cancelled) => of_reasons(cancelled.cancellation_reasons()),
        other => Err(fault(other)),
    }
}

/// What any other call that failed means.
pub(super) fn fault(error: impl Into<Error>) -> Fault {
    let error = error.into();
    let Some(code) = error.code().map(ToOwned::to_owned) else {
        return Fault::Unavailable(with_causes(&error));
    };
    let cause = error.message().map_or_else(|| code.clone(), |message| format!("{code}: {message}"));
    of_code(&code, cause)
}

fn of_code(code: &str, cause: String) -> Fault {
    if CROWDED.contains(&code) {
        Fault::Crowded(cause)
    } else if WRONG.contains(&code) || LASTING.contains(&code) {
        Fault::Refused(cause)
    } else {
        Fault::Unavailable(cause)
    }
}

/// A condition that does not hold is the answer, whatever else went wrong: the writer has to look again anyhow. Else what
/// is wrong comes before what may pass, since the same call would be wrong again.
fn of_reasons(reasons: &[CancellationReason]) -> Result<Answer, Fault> {
    if reasons.iter().any(|reason| reason.code() == Some(CONDITION)) {
        let unmet = |reason: &CancellationReason| {
            (reason.code() == Some(CONDITION)).then(|| reason.item().cloned().unwrap_or_default())
        };
        return Ok(Answer::Unmet(reasons.iter().map(unmet).collect()));
    }
    let faults = reasons.iter().enumerate().filter_map(|(number, reason)| {
        let code = reason.code().filter(|code| *code != NO_REASON)?;
        let message = reason.message().unwrap_or_default();
        Some(of_code(code, format!("action {} of {}: {code}: {message}", number + 1, reasons.len())))
    });
    let worst = faults.max_by_key(|fault| match fault {
        Fault::Crowded(_) => 0,
        Fault::Unavailable(_) => 1,
        Fault::Refused(_) => 2,
    });
    Err(worst
        .unwrap_or_else(|| Fault::Unavailable("the transaction was cancelled without a reason".to_owned())))
}

/// The pauses between calls that meet a crowd.
pub(super) fn pauses() -> impl Iterator<Item = Duration> + Send {
    retry::pauses(CROWD_PAUSE_FIRST, CROWD_PAUSE_MAX, CROWD_TRIES)
}

/// Makes the call again while it meets a crowd.
pub(super) async fn patiently<T, F>(call: impl Fn() -> F) -> Result<T, Fault>
where
    F: Future<Output = Result<T, Fault>>,
{
    let mut pauses = pauses();
    let begun = Instant::now();
    loop {
        match (call().await, pauses.next().filter(|_| begun.elapsed() < CROWD_LIMIT)) {
            (Err(Fault::Crowded(_)), Some(pause)) => tokio::time::sleep(pause).await,
            (outcome, _) => return outcome,
        }
    }
}

#[cfg(test)]
mod tests;

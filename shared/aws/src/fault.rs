//! From the SDK's errors to the ports'. Owns which of them may pass by themselves. Tries nothing again: the SDK does so
//! within a call, the callers of the ports beyond it.

use aws_sdk_sqs::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use fleet_core::ports::PortError;

/// Codes that say that the call itself is wrong, or that what it names is not there; each service spells some of its own.
pub(crate) const LASTING: &[&str] = &[
    "ValidationException",
    "ValidationError",
    "InvalidParameter",
    "InvalidParameterException",
    "InvalidParameterValue",
    "ResourceNotFoundException",
    "NotFound",
    "NotFoundException",
    "NoSuchBucket",
    "QueueDoesNotExist",
    "AWS.SimpleQueueService.NonExistentQueue",
    "EndpointNotFound",
];

/// What a call that failed means to the caller of a port. A right that is missing may be given at any time, and what was to
/// be written must not be lost until then: it counts as passing, like throttling and outages.
pub(crate) fn port_error<E, R>(what: impl Into<String>, error: SdkError<E, R>) -> PortError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let what = what.into();
    let code = error.code().unwrap_or_default().to_owned();
    let cause = match (&error, error.message()) {
        (SdkError::ServiceError(_), Some(message)) => format!("{code}: {message}"),
        (SdkError::ServiceError(_), None) => code.clone(),
        _ => DisplayErrorContext(error).to_string(),
    };
    if LASTING.contains(&code.as_str()) {
        PortError::Refused { what, cause }
    } else {
        PortError::Unavailable { what, cause }
    }
}

//! From the SDK's errors to the ports'. Owns which of them may pass by themselves. Tries nothing again: the SDK does so
//! within a call, the callers of the ports beyond it.

use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
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
#[expect(clippy::needless_pass_by_value, reason = "the error ends here, and callers map errors by this")]
pub(crate) fn port_error<E, R>(what: impl Into<String>, error: SdkError<E, R>) -> PortError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let what = what.into();
    let code = error.code().unwrap_or_default().to_owned();
    let cause = match (&error, error.message()) {
        (SdkError::ServiceError(_), Some(message)) => format!("{code}: {message}"),
        (SdkError::ServiceError(_), None) if !code.is_empty() => code.clone(),
        _ => with_causes(&error),
    };
    if LASTING.contains(&code.as_str()) {
        PortError::Refused { what, cause }
    } else {
        PortError::Unavailable { what, cause }
    }
}

/// An error and what caused it. The SDK's own form adds a debug one, which is not for people and shows answers as they came:
/// those of whoever was asked for credentials, too.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::operation::get_queue_url::GetQueueUrlError;

    use super::*;

    #[test]
    fn a_call_that_was_not_made_says_why_and_no_more() {
        let why = "no credentials found in chain";
        let error: SdkError<GetQueueUrlError, ()> =
            SdkError::dispatch_failure(aws_sdk_sqs::error::ConnectorError::other(why.into(), None));
        let told = port_error("look up queue `q`", error);
        assert_eq!(told.to_string(), format!("look up queue `q`: dispatch failure: other: {why}"));
    }
}

//! What SQS refuses that the port takes for granted: receipts that are stale. Owns the codes.

use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};

/// Codes for receipts that hold nothing any more. `InvalidParameterValue` says so with "message does not exist or is not
/// available" and "has expired", and besides that only ever what it says of a span beyond the 12 hours: the message then
/// comes again by itself, which is all that can be done. No other value in such a call can be wrong.
const STALE: &[&str] = &[
    "ReceiptHandleIsInvalid",
    "MessageNotInflight",
    "AWS.SimpleQueueService.MessageNotInflight",
    "InvalidParameterValue",
    "InvalidParameterValueException",
];

/// Whether a call failed only because its receipt is stale.
pub(super) fn is_stale<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    error.as_service_error().and_then(ProvideErrorMetadata::code).is_some_and(is_stale_code)
}

/// The same of one entry of a batch.
pub(super) fn is_stale_code(code: &str) -> bool {
    STALE.contains(&code)
}

//! Tables of answers and what they mean: the local endpoint cannot be brought to give most of them.

use std::cell::Cell;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::types::error::{
    ConditionalCheckFailedException, ResourceNotFoundException, TransactionCanceledException,
    TransactionConflictException,
};

use super::*;

/// The kind of an answer, in a word.
fn kind(answer: &Result<Answer, Fault>) -> &'static str {
    match answer {
        Ok(Answer::Done) => "done",
        Ok(Answer::Unmet(_)) => "unmet",
        Err(Fault::Crowded(_)) => "crowded",
        Err(Fault::Unavailable(_)) => "unavailable",
        Err(Fault::Refused(_)) => "refused",
    }
}

fn reason(code: &str) -> CancellationReason {
    CancellationReason::builder().code(code).message("because").build()
}

#[test]
fn cancelled_transactions() {
    let check = |codes: &[&str], expect: &str| {
        let reasons: Vec<_> = codes.iter().map(|code| reason(code)).collect();
        assert_eq!(kind(&of_reasons(&reasons)), expect, "{codes:?}");
    };
    check(&["ConditionalCheckFailed"], "unmet");
    check(&["TransactionConflict"], "crowded");
    check(&["ThrottlingError"], "crowded");
    check(&["ProvisionedThroughputExceeded"], "crowded");
    check(&["RequestLimitExceeded"], "crowded");
    check(&["ItemCollectionSizeLimitExceeded"], "refused");
    check(&["ValidationError"], "refused");
    check(&["DuplicateItem"], "refused");
    check(&["AccessDenied"], "unavailable");
    check(&["SomethingNew"], "unavailable");
    check(&["None", "None"], "unavailable");
    check(&[], "unavailable");
    // A condition decides, then what is wrong, then what may pass.
    check(&["TransactionConflict", "None", "ConditionalCheckFailed"], "unmet");
    check(&["ValidationError", "ConditionalCheckFailed"], "unmet");
    check(&["TransactionConflict", "ValidationError", "SomethingNew"], "refused");
    check(&["None", "TransactionConflict", "SomethingNew"], "unavailable");
    check(&["None", "TransactionConflict", "ThrottlingError"], "crowded");
}

#[test]
fn single_calls() {
    let check = |code: &str, expect: &str| {
        assert_eq!(kind(&Err(of_code(code, String::new()))), expect, "{code}");
    };
    for code in ["TransactionConflictException", "TransactionInProgressException", "ThrottlingException"] {
        check(code, "crowded");
    }
    for code in ["ProvisionedThroughputExceededException", "RequestLimitExceeded"] {
        check(code, "crowded");
    }
    for code in ["ValidationException", "ResourceNotFoundException", "SerializationException"] {
        check(code, "refused");
    }
    check("ItemCollectionSizeLimitExceededException", "refused");
    check("IdempotentParameterMismatchException", "refused");
    // A right can be given at any time, and what was to be written must not be lost until then.
    for code in ["AccessDeniedException", "InternalServerError", "ExpiredTokenException", "500"] {
        check(code, "unavailable");
    }
}

#[test]
fn the_rows_as_they_are_come_with_the_conditions_that_did_not_hold() {
    let item: Item = [("rev".to_owned(), AttributeValue::N("7".to_owned()))].into();
    let single = ConditionalCheckFailedException::builder().item("rev", item["rev"].clone()).build();
    let unmet = answer(Error::ConditionalCheckFailedException(single));
    assert_eq!(unmet, Ok(Answer::Unmet(vec![Some(item.clone())])));

    let found = CancellationReason::builder().code(CONDITION).set_item(Some(item.clone())).build();
    let absent = CancellationReason::builder().code(CONDITION).build();
    let cancelled = TransactionCanceledException::builder()
        .cancellation_reasons(reason(NO_REASON))
        .cancellation_reasons(found)
        .cancellation_reasons(absent)
        .build();
    let unmet = answer(Error::TransactionCanceledException(cancelled));
    assert_eq!(unmet, Ok(Answer::Unmet(vec![None, Some(item), Some(Item::new())])));
}

#[test]
fn errors_are_told_with_code_and_message() {
    let meta = aws_sdk_dynamodb::error::ErrorMetadata::builder()
        .code("ResourceNotFoundException")
        .message("no such table")
        .build();
    let absent = ResourceNotFoundException::builder().message("no such table").meta(meta).build();
    let told = fault(Error::ResourceNotFoundException(absent)).into_port_error("read a row".to_owned());
    assert_eq!(told.to_string(), "read a row: ResourceNotFoundException: no such table");
    assert!(matches!(told, PortError::Refused { .. }));
    let meta = aws_sdk_dynamodb::error::ErrorMetadata::builder().code("TransactionConflictException").build();
    let conflict = TransactionConflictException::builder().meta(meta).build();
    assert_eq!(kind(&answer(Error::TransactionConflictException(conflict))), "crowded");
}

#[tokio::test(start_paused = true)]
async fn a_crowd_is_waited_for_but_not_for_ever() {
    let calls = Cell::new(0);
    let passing = |crowded: usize| {
        calls.set(0);
        let calls = &calls;
        patiently(move || async move {
            calls.set(calls.get() + 1);
            if calls.get() > crowded { Ok(()) } else { Err(Fault::Crowded("many".to_owned())) }
        })
    };
    assert_eq!(passing(3).await, Ok(()));
    assert_eq!(calls.get(), 4);
    assert_eq!(passing(usize::MAX).await, Err(Fault::Crowded("many".to_owned())));
    assert_eq!(calls.get(), CROWD_TRIES + 1);
}

#[tokio::test(start_paused = true)]
async fn a_crowd_that_keeps_each_call_long_is_given_up_sooner() {
    let calls = Cell::new(0);
    let outcome: Result<(), Fault> = patiently(|| async {
        calls.set(calls.get() + 1);
        tokio::time::sleep(CROWD_LIMIT.mul_f64(0.6)).await;
        Err(Fault::Crowded("many".to_owned()))
    })
    .await;
    assert_eq!((outcome, calls.get()), (Err(Fault::Crowded("many".to_owned())), 2));
}

#[tokio::test]
async fn what_is_no_crowd_is_not_tried_again() {
    let calls = Cell::new(0);
    let outcome: Result<(), Fault> = patiently(|| async {
        calls.set(calls.get() + 1);
        Err(Fault::Unavailable("away".to_owned()))
    })
    .await;
    assert_eq!((outcome, calls.get()), (Err(Fault::Unavailable("away".to_owned())), 1));
}

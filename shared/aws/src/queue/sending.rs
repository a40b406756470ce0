//! The two calls that are made in batches: send and delete. Owns what SQS says of single entries: one that failed by the
//! sender's fault is refused, any other is tried once more by a call of its own, which the SDK repeats as it does all calls.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    BatchResultErrorEntry, DeleteMessageBatchRequestEntry, MessageAttributeValue,
    SendMessageBatchRequestEntry,
};
use fleet_core::ports::{BATCH_MAX, Outgoing, PortError, Receipt};
use futures_util::FutureExt as _;

use super::shared_calls::{Outcome, SharedCalls, Sharing};
use super::{BYTES_MAX, TRACE_ATTRIBUTE, receipt, refusal, whole_seconds};
use crate::batches::BatchLimits;
use crate::fault::port_error;

/// How long a message waits for others to share its call: it holds up whatever comes next, so next to nothing.
const SEND_LINGER: Duration = Duration::from_millis(2);
/// The same of a delete, which only holds up its own worker slot.
const DELETE_LINGER: Duration = Duration::from_millis(10);

const LIMITS: BatchLimits = BatchLimits { entries_max: BATCH_MAX, bytes_max: BYTES_MAX };
const COMPLETE: &str = "every field that the service asks for is set";

/// Bytes of a message as SQS counts them: its text and its attributes' names, types and values.
pub(super) fn bytes_of(message: &Outgoing) -> usize {
    let trace =
        message.trace.as_ref().map_or(0, |trace| TRACE_ATTRIBUTE.len() + "String".len() + trace.len());
    message.body.len() + trace
}

/// What the calls need.
#[derive(Clone)]
pub(super) struct Calls {
    pub(super) client: Client,
    pub(super) name: Arc<str>,
    pub(super) url: Arc<str>,
}

impl Calls {
    /// The sending of messages.
    pub(super) fn sends(self) -> Arc<SharedCalls<Outgoing>> {
        let sharing = Sharing { limits: LIMITS, linger: SEND_LINGER };
        let what = self.what("send to");
        let call = move |messages| {
            let calls = self.clone();
            async move { calls.send(messages).await }.boxed()
        };
        SharedCalls::new(what, sharing, bytes_of, Box::new(call))
    }

    /// The deleting of received messages.
    pub(super) fn deletes(self) -> Arc<SharedCalls<Receipt>> {
        let sharing = Sharing { limits: LIMITS, linger: DELETE_LINGER };
        let what = self.what("delete from");
        let call = move |receipts| {
            let calls = self.clone();
            async move { calls.delete(receipts).await }.boxed()
        };
        SharedCalls::new(what, sharing, |receipt| receipt.0.len(), Box::new(call))
    }

    async fn send(&self, messages: Vec<Outgoing>) -> Vec<Outcome> {
        let entries = messages.iter().enumerate().map(|(index, message)| {
            let entry = SendMessageBatchRequestEntry::builder().id(index.to_string());
            let entry = entry.message_body(&message.body).delay_seconds(whole_seconds(message.delay));
            let traced = message.trace.as_deref().map(trace_attribute);
            let entry = match traced {
                Some(trace) => entry.message_attributes(TRACE_ATTRIBUTE, trace),
                None => entry,
            };
            entry.build().expect(COMPLETE)
        });
        let call = self.client.send_message_batch().queue_url(&*self.url);
        let answer = match call.set_entries(Some(entries.collect())).send().await {
            Ok(answer) => answer,
            Err(error) => return every(messages.len(), &port_error(self.what("send to"), error)),
        };
        // Only what SQS says it has is sent: a message that it is silent about must not be lost.
        let mut outcomes = every(messages.len(), &self.untold("send to"));
        for sent in answer.successful.iter().filter_map(|sent| sent.id.parse::<usize>().ok()) {
            if let Some(outcome) = outcomes.get_mut(sent) {
                *outcome = Ok(());
            }
        }
        for failure in answer.failed {
            let Some((index, message)) = failed_entry(&failure, &messages) else { continue };
            outcomes[index] = match self.refused("send to", &failure) {
                Some(refused) => Err(refused),
                None => self.send_alone(message).await,
            };
        }
        outcomes
    }

    async fn send_alone(&self, message: &Outgoing) -> Outcome {
        let call = self.client.send_message().queue_url(&*self.url).message_body(&message.body);
        let call = call.delay_seconds(whole_seconds(message.delay));
        let call = match message.trace.as_deref().map(trace_attribute) {
            Some(trace) => call.message_attributes(TRACE_ATTRIBUTE, trace),
            None => call,
        };
        call.send().await.map_err(|error| port_error(self.what("send to"), error))?;
        Ok(())
    }

    async fn delete(&self, receipts: Vec<Receipt>) -> Vec<Outcome> {
        let entries = receipts.iter().enumerate().map(|(index, receipt)| {
            let entry = DeleteMessageBatchRequestEntry::builder().id(index.to_string());
            entry.receipt_handle(receipt::handle(receipt)).build().expect(COMPLETE)
        });
        let call = self.client.delete_message_batch().queue_url(&*self.url);
        let failed = match call.set_entries(Some(entries.collect())).send().await {
            Ok(answer) => answer.failed,
            Err(error) => return every(receipts.len(), &port_error(self.what("delete from"), error)),
        };
        let mut outcomes = vec![Ok(()); receipts.len()];
        for failure in failed.iter().filter(|failure| !refusal::is_stale_code(&failure.code)) {
            let Some((index, receipt)) = failed_entry(failure, &receipts) else { continue };
            outcomes[index] = match self.refused("delete from", failure) {
                Some(refused) => Err(refused),
                None => self.delete_alone(receipt).await,
            };
        }
        outcomes
    }

    async fn delete_alone(&self, receipt: &Receipt) -> Outcome {
        let call = self.client.delete_message().queue_url(&*self.url);
        match call.receipt_handle(receipt::handle(receipt)).send().await {
            Err(error) if !refusal::is_stale(&error) => Err(port_error(self.what("delete from"), error)),
            _ => Ok(()),
        }
    }

    fn refused(&self, verb: &str, failure: &BatchResultErrorEntry) -> Option<PortError> {
        failure.sender_fault.then(|| PortError::Refused {
            what: self.what(verb),
            cause: format!("{}: {}", failure.code, failure.message.as_deref().unwrap_or_default()),
        })
    }

    fn untold(&self, verb: &str) -> PortError {
        let cause = "the answer says nothing about a message".to_owned();
        PortError::Unavailable { what: self.what(verb), cause }
    }

    fn what(&self, verb: &str) -> String {
        format!("{verb} queue `{}`", self.name)
    }
}

/// The entry that a failure is about: entries are named by their position.
fn failed_entry<'a, T>(failure: &BatchResultErrorEntry, asked: &'a [T]) -> Option<(usize, &'a T)> {
    let index: usize = failure.id.parse().ok()?;
    Some((index, asked.get(index)?))
}

fn every(count: usize, error: &PortError) -> Vec<Outcome> {
    vec![Err(error.clone()); count]
}

fn trace_attribute(trace: &str) -> MessageAttributeValue {
    MessageAttributeValue::builder().data_type("String").string_value(trace).build().expect(COMPLETE)
}

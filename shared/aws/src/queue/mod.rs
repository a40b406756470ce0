//! The queues over SQS. Owns how messages, receipts and refusals of SQS are told in the words of the port, and the sharing
//! of calls. Creates no queue and sets no attribute of one: `infra/` does.

mod receipt;
mod refusal;
mod sending;
mod shared_calls;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::get_queue_url::GetQueueUrlError;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use fleet_core::ports::{self, BATCH_MAX, DELAY_MAX, Delivery, MessageId, Outgoing, PortError, Receipt};
use fleet_core::time::{Millis, Timestamp};

use self::shared_calls::SharedCalls;
use crate::account::Account;
use crate::arn::Home;
use crate::fault::port_error;

/// Longest poll (SQS quota).
const WAIT_MAX: Millis = Millis::from_secs(20);
/// How long an answer may take beyond the wait that was asked for. `receive_message` is known to hang for ever on a
/// connection that died during the poll.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);
/// Largest message, and largest batch of messages (SQS quota).
const BYTES_MAX: usize = 1_048_576;
/// Message attribute of the trace, named as the W3C header that it is.
const TRACE_ATTRIBUTE: &str = "traceparent";

/// A queue of SQS. Clones share calls.
///
/// `hide` keeps to the 12 hours for which SQS hides a message after one receipt: a span that would pass them is cut, and once
/// they are over the call does nothing, so that the message comes again by itself. Whoever receives it then finds its job's
/// lease alive, and puts it back to sleep for another 12 hours.
#[derive(Clone)]
pub struct Queue {
    client: Client,
    name: Arc<str>,
    url: Arc<str>,
    home: Home,
    sends: Arc<SharedCalls<Outgoing>>,
    deletes: Arc<SharedCalls<Receipt>>,
}

impl Queue {
    /// Looks a queue of the account up by its name.
    ///
    /// # Errors
    /// [`PortError::Refused`] when there is no such queue; [`PortError::Unavailable`] when SQS cannot be asked.
    pub async fn open(account: &Account, name: &str) -> Result<Self, PortError> {
        let client = Client::new(&account.prompt());
        let answer = client.get_queue_url().queue_name(name).send().await;
        let answer = answer.map_err(|error| {
            if error.as_service_error().is_some_and(GetQueueUrlError::is_queue_does_not_exist) {
                return no_such_queue(account, name);
            }
            port_error(format!("look up queue `{name}`"), error)
        })?;
        let url = answer.queue_url.unwrap_or_default();
        let home = Home::of_queue(account.region(), &url).ok_or_else(|| PortError::Refused {
            what: format!("look up queue `{name}`"),
            cause: format!("its address `{url}` names no account"),
        })?;
        Ok(Self::at(client, name, url, home))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its ARN, for those that send to it by themselves.
    #[must_use]
    pub fn arn(&self) -> String {
        self.home.arn("sqs", &self.name)
    }

    pub(crate) fn home(&self) -> &Home {
        &self.home
    }

    fn at(client: Client, name: &str, url: String, home: Home) -> Self {
        let url: Arc<str> = Arc::from(url);
        let calls = sending::Calls { client: client.clone(), name: Arc::from(name), url: Arc::clone(&url) };
        let (sends, deletes) = (calls.clone().sends(), calls.deletes());
        Self { client, name: Arc::from(name), url, home, sends, deletes }
    }

    fn verb(&self, verb: &str) -> String {
        format!("{verb} queue `{}`", self.name)
    }
}

#[async_trait]
impl ports::Queue for Queue {
    async fn send(&self, messages: &[Outgoing]) -> Result<(), PortError> {
        if let Some(cause) = why_not(messages) {
            return Err(PortError::Refused { what: self.verb("send to"), cause });
        }
        self.sends.carry(messages.to_vec()).await
    }

    async fn receive(&self, max: usize, wait: Millis) -> Result<Vec<Delivery>, PortError> {
        if max == 0 {
            return Ok(Vec::new());
        }
        let wait = whole_seconds(wait.min(WAIT_MAX));
        let limit = Duration::from_secs(wait.unsigned_abs().into()) + ANSWER_LIMIT;
        // The SDK may try once more after a fault that came early, but the poll as a whole ends in time.
        let limits =
            TimeoutConfig::builder().operation_attempt_timeout(limit).operation_timeout(limit + ANSWER_LIMIT);
        let call = self.client.receive_message().queue_url(&*self.url).wait_time_seconds(wait);
        let call = call
            .max_number_of_messages(i32::try_from(max.min(BATCH_MAX)).unwrap_or(1))
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .message_attribute_names(TRACE_ATTRIBUTE)
            .customize()
            .config_override(aws_sdk_sqs::Config::builder().timeout_config(limits.build()));
        let answer = call.send().await.map_err(|error| port_error(self.verb("receive from"), error))?;
        let received_at = receipt::now_millis();
        Ok(answer
            .messages
            .unwrap_or_default()
            .into_iter()
            .map(|message| delivery(message, received_at))
            .collect())
    }

    async fn hide(&self, receipt: &Receipt, span: Millis) -> Result<(), PortError> {
        let Some(span) = receipt::allowed(receipt, span, receipt::now_millis()) else {
            tracing::debug!(queue = %self.name, "a message has been hidden for 12 hours and comes again");
            return Ok(());
        };
        let call = self.client.change_message_visibility().queue_url(&*self.url);
        let call = call.receipt_handle(receipt::handle(receipt)).visibility_timeout(whole_seconds(span));
        match call.send().await {
            Err(error) if !refusal::is_stale(&error) => {
                Err(port_error(self.verb("hide a message of"), error))
            }
            _ => Ok(()),
        }
    }

    async fn delete(&self, receipts: &[Receipt]) -> Result<(), PortError> {
        self.deletes.carry(receipts.to_vec()).await
    }
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue").field("url", &self.url).finish_non_exhaustive()
    }
}

fn no_such_queue(account: &Account, name: &str) -> PortError {
    let (stack, region) = (account.stack().name(), account.region());
    PortError::Refused {
        what: format!("look up queue `{name}`"),
        cause: format!(
            "there is none in {region}; install stack `{stack}` there, or name the stack and region that are meant"
        ),
    }
}

/// Why SQS would refuse one of these messages. Asked before any is sent: all or none.
fn why_not(messages: &[Outgoing]) -> Option<String> {
    if messages.len() > BATCH_MAX {
        return Some(format!("{} messages are given, at most {BATCH_MAX} go in one call", messages.len()));
    }
    if let Some(late) = messages.iter().find(|message| message.delay > DELAY_MAX) {
        return Some(format!("a delay of {} is given, the longest is {DELAY_MAX}", late.delay));
    }
    let large = messages.iter().map(sending::bytes_of).find(|bytes| *bytes > BYTES_MAX)?;
    Some(format!("a message has {large} bytes, the largest may have {BYTES_MAX}"))
}

/// SQS counts in seconds; nothing is to happen earlier than asked.
fn whole_seconds(span: Millis) -> i32 {
    i32::try_from(span.0.div_ceil(1_000)).unwrap_or(i32::MAX)
}

fn delivery(message: Message, received_at: u64) -> Delivery {
    let attribute = |name| {
        let attributes = message.attributes.as_ref();
        attributes.and_then(|found| found.get(&name)).and_then(|value| value.parse::<i64>().ok())
    };
    let received = attribute(MessageSystemAttributeName::ApproximateReceiveCount).unwrap_or(1);
    let sent_at = attribute(MessageSystemAttributeName::SentTimestamp).unwrap_or_default();
    let trace = message.message_attributes.and_then(|mut found| found.remove(TRACE_ATTRIBUTE)?.string_value);
    Delivery {
        id: MessageId(message.message_id.unwrap_or_default()),
        receipt: receipt::receipt(&message.receipt_handle.unwrap_or_default(), received_at),
        body: message.body.unwrap_or_default(),
        received: u32::try_from(received).unwrap_or(u32::MAX),
        sent_at: Timestamp::from_millis(sent_at),
        trace,
    }
}

#[cfg(test)]
mod tests;

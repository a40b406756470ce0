//! Bringing events into a log stream, however long it takes. Owns what each answer of the service means: a stream that is not
//! there is made, what is refused is narrowed down to the event that is at fault, and anything else is tried until it works.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cloudwatchlogs::types::{InputLogEvent, RejectedLogEventsInfo};
use fleet_core::ports::{Clock, PortError};
use fleet_core::state::retry;
use fleet_core::time::{Millis, Timestamp};
use tokio::sync::{Semaphore, watch};

use super::event::Event;
use crate::fault::port_error;

/// Calls under way at a time: enough for a worker's slots, and few enough that an outage does not pile up connections.
const CALLS_MAX: usize = 8;
/// First and longest pause between tries; they never end, since what has not been sent is kept.
const PAUSE: (Millis, Millis) = (Millis(200), Millis::from_secs(15));
/// Streams known to exist, after which the memory begins anew. It saves the looks of a precondition a request each.
const KNOWN_MAX: usize = 10_000;

/// Writes into the streams of one log group.
#[derive(Debug)]
pub(super) struct Putter {
    client: Client,
    group: String,
    clock: Clock,
    calls: Semaphore,
    known: Mutex<HashSet<String>>,
    /// Whether the last call found the service away.
    away: watch::Sender<bool>,
}

enum Fault {
    NoStream,
    /// It will be refused again.
    Refused(String),
    Passing(PortError),
}

impl Putter {
    pub(super) fn new(client: Client, group: String, clock: Clock) -> Self {
        let (calls, away) = (Semaphore::new(CALLS_MAX), watch::Sender::new(false));
        Self { client, group, clock, calls, known: Mutex::default(), away }
    }

    /// Waits until the service is away, which it may be already.
    pub(super) async fn is_away(&self) {
        // It cannot fail: the sender is here.
        let _ = self.away.subscribe().wait_for(|away| *away).await;
    }

    /// Notes whether the service has answered.
    fn answered(&self, answered: bool) {
        self.away.send_if_modified(|away| std::mem::replace(away, !answered) == answered);
    }

    /// The time now.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Makes the stream, unless it is known to be there.
    pub(super) async fn make(&self, stream: &str) {
        if self.known.lock().unwrap_or_else(PoisonError::into_inner).contains(stream) {
            return;
        }
        let mut pauses = retry::pauses(PAUSE.0, PAUSE.1, usize::MAX);
        while let Err(error) = self.try_make(stream).await {
            self.answered(false);
            tracing::warn!(%error, "a log stream cannot be made; the lines wait in the spool");
            tokio::time::sleep(pauses.next().unwrap_or(PAUSE.1.to_std())).await;
        }
        self.answered(true);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(stream.to_owned());
    }

    async fn try_make(&self, stream: &str) -> Result<(), PortError> {
        let _turn = self.calls.acquire().await;
        let call = self.client.create_log_stream().log_group_name(&self.group).log_stream_name(stream);
        match call.send().await {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(refused)) if refused.err().is_resource_already_exists_exception() => {
                Ok(())
            }
            Err(error) => Err(port_error(format!("make the log stream {stream} in {}", self.group), error)),
        }
    }

    /// Sends the events of one call. Returns when the service has taken them, or has said that it never will; that is told.
    pub(super) async fn deliver(&self, stream: &str, events: Vec<Event>) {
        let mut pauses = retry::pauses(PAUSE.0, PAUSE.1, usize::MAX);
        let mut calls = vec![events];
        while let Some(events) = calls.pop() {
            let outcome = self.put(stream, &events).await;
            self.answered(!matches!(outcome, Err(Fault::Passing(_))));
            match outcome {
                Ok(None) => {}
                Ok(Some(rejected)) => calls.extend(self.again(stream, events, &rejected)),
                Err(Fault::NoStream) => {
                    calls.push(events);
                    self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(stream);
                    self.make(stream).await;
                    // Where the service says that the stream is there, and that it is not, it takes time to agree with itself.
                    tokio::time::sleep(pauses.next().unwrap_or(PAUSE.1.to_std())).await;
                }
                Err(Fault::Refused(cause)) => calls.extend(narrowed(stream, events, &cause)),
                Err(Fault::Passing(error)) => {
                    calls.push(events);
                    tracing::warn!(%error, "log lines wait in the spool");
                    tokio::time::sleep(pauses.next().unwrap_or(PAUSE.1.to_std())).await;
                }
            }
        }
    }

    async fn put(&self, stream: &str, events: &[Event]) -> Result<Option<RejectedLogEventsInfo>, Fault> {
        let _turn = self.calls.acquire().await;
        let input = |event: &Event| {
            InputLogEvent::builder().timestamp(event.stamp.as_millis()).message(event.message()).build()
        };
        let inputs: Result<Vec<_>, _> = events.iter().map(input).collect();
        let inputs = inputs.map_err(|error| Fault::Refused(error.to_string()))?;
        let call = self.client.put_log_events().log_group_name(&self.group).log_stream_name(stream);
        match call.set_log_events(Some(inputs)).send().await {
            Ok(taken) => Ok(taken.rejected_log_events_info),
            Err(error) => Err(self.fault(stream, error)),
        }
    }

    fn fault<E, R>(&self, stream: &str, error: SdkError<E, R>) -> Fault
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        match error.code() {
            Some("ResourceNotFoundException") => Fault::NoStream,
            Some("InvalidParameterException" | "ValidationException") => {
                Fault::Refused(error.message().unwrap_or("it does not say why").to_owned())
            }
            _ => Fault::Passing(port_error(format!("send log lines to {stream} in {}", self.group), error)),
        }
    }

    /// What the service has not taken for its time is sent once more, as of now, with its own time in the text.
    fn again(
        &self,
        stream: &str,
        events: Vec<Event>,
        rejected: &RejectedLogEventsInfo,
    ) -> Option<Vec<Event>> {
        let now = self.now();
        let count = events.len();
        let refused = events.into_iter().enumerate().filter(|(index, _)| is_rejected(*index, rejected));
        let (mut again, mut lost) = (Vec::new(), 0);
        for (_, event) in refused {
            // An event of this very time is refused again only if this host's clock is hours off.
            if event.stamp.since(now).max(now.since(event.stamp)) < Millis::from_mins(1) {
                lost += 1;
            } else {
                again.push(event.stamped(now));
            }
        }
        let resent = again.len();
        if lost > 0 {
            tracing::error!(
                stream,
                lost,
                "CloudWatch refuses log lines for their time, this host's own: they are lost"
            );
        }
        if resent > 0 {
            tracing::warn!(
                stream,
                count,
                resent,
                ?rejected,
                "CloudWatch refuses log lines for their time; they are sent as of now"
            );
        }
        (resent > 0).then_some(again)
    }
}

/// The service names the ends of the refused ranges: too old and expired ones come first, too new ones last.
fn is_rejected(index: usize, rejected: &RejectedLogEventsInfo) -> bool {
    let index = i32::try_from(index).unwrap_or(i32::MAX);
    rejected.too_old_log_event_end_index.is_some_and(|end| index < end)
        || rejected.expired_log_event_end_index.is_some_and(|end| index < end)
        || rejected.too_new_log_event_start_index.is_some_and(|start| index >= start)
}

/// Halves of a call that is refused, the first on top; a single event is given up.
fn narrowed(stream: &str, mut events: Vec<Event>, cause: &str) -> Vec<Vec<Event>> {
    if events.len() <= 1 {
        tracing::error!(stream, cause, "CloudWatch refuses a log line; it is lost");
        return Vec::new();
    }
    let second = events.split_off(events.len() / 2);
    vec![second, events]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_events_were_refused() {
        let check = |rejected: RejectedLogEventsInfo, expect: &[usize]| {
            let seen: Vec<usize> = (0..6).filter(|index| is_rejected(*index, &rejected)).collect();
            assert_eq!(seen, expect, "{rejected:?}");
        };
        let info = RejectedLogEventsInfo::builder;
        check(info().build(), &[]);
        check(info().too_old_log_event_end_index(2).build(), &[0, 1]);
        check(info().expired_log_event_end_index(3).build(), &[0, 1, 2]);
        check(info().too_old_log_event_end_index(1).too_new_log_event_start_index(4).build(), &[0, 4, 5]);
    }
}

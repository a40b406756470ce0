//! The bus over EventBridge. Owns the names by which our events are known there, and what becomes of entries that failed.
//! Knows no rule: those are `schedules` and `infra/`.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};
use fleet_core::ports::PortError;
use fleet_core::state::retry;
use fleet_core::time::Millis;
use fleet_core::wire::{Event, Start};

use crate::account::Account;
use crate::batches::BatchLimits;
use crate::fault::{LASTING, port_error};

/// Source of everything that the fleet puts on the bus.
pub const EVENT_SOURCE: &str = "rsql-fleet";
/// Detail type of starts, whoever they are from: the rule to the dispatcher's queue asks for it.
pub const START_DETAIL_TYPE: &str = "Workflow Start";

/// What one call takes (EventBridge quotas: 10 entries, and less than 1 MB).
const LIMITS: BatchLimits = BatchLimits { entries_max: 10, bytes_max: 1_000_000 };
/// Tries of an entry that failed within a call that did not: the SDK repeats only whole calls.
const ENTRY_TRIES: usize = 3;
/// First pause between them, growing up to [`PAUSE_MAX`].
const PAUSE_FIRST: Millis = Millis(100);
/// Longest such pause.
const PAUSE_MAX: Millis = Millis::from_secs(1);
/// Codes of entries, besides those of calls, that will fail again.
const REFUSED: &[&str] = &["InvalidArgument", "InvalidAccountIdException", "MalformedDetail"];

/// The bus of a stack.
#[derive(Debug, Clone)]
pub struct Bus {
    client: Client,
    name: String,
}

impl Bus {
    /// The bus of the account's stack. Asks nothing of it yet.
    #[must_use]
    pub fn new(account: &Account) -> Self {
        Self { client: Client::new(&account.prompt()), name: account.stack().bus() }
    }

    /// Asks for an execution, as anybody may, as a part of a trace. Returns the id of the event, from which the execution's is
    /// made when the start gives none.
    ///
    /// # Errors
    /// [`PortError`]
    pub async fn start(&self, start: &Start, traceparent: Option<&str>) -> Result<String, PortError> {
        let detail = Event::Start(start.clone()).to_text_in_trace(traceparent);
        let ids = self.put(vec![self.entry(START_DETAIL_TYPE, detail)]).await?;
        Ok(ids.into_iter().next().unwrap_or_default())
    }

    pub(crate) fn entry(&self, detail_type: &str, detail: String) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(EVENT_SOURCE)
            .detail_type(detail_type)
            .detail(detail)
            .build()
    }

    /// Puts any number of entries on the bus, in order as far as none fails. Gives their ids.
    pub(crate) async fn put(&self, entries: Vec<PutEventsRequestEntry>) -> Result<Vec<String>, PortError> {
        let mut ids = Vec::with_capacity(entries.len());
        for batch in LIMITS.divide(entries, bytes_of) {
            let results = self.call(batch.clone()).await?;
            for (entry, result) in batch.into_iter().zip(results) {
                ids.push(self.insist(entry, result).await?);
            }
        }
        Ok(ids)
    }

    /// Puts an entry again, alone, for as long as it failed and that may pass.
    async fn insist(
        &self,
        entry: PutEventsRequestEntry,
        first: PutEventsResultEntry,
    ) -> Result<String, PortError> {
        let mut outcome = self.outcome(first);
        for pause in retry::pauses(PAUSE_FIRST, PAUSE_MAX, ENTRY_TRIES - 1) {
            if !matches!(outcome, Err(PortError::Unavailable { .. })) {
                break;
            }
            tokio::time::sleep(pause).await;
            if let Some(again) = self.call(vec![entry.clone()]).await?.into_iter().next() {
                outcome = self.outcome(again);
            }
        }
        outcome
    }

    async fn call(
        &self,
        entries: Vec<PutEventsRequestEntry>,
    ) -> Result<Vec<PutEventsResultEntry>, PortError> {
        let asked = entries.len();
        let answer = self.client.put_events().set_entries(Some(entries)).send().await;
        let results = answer.map_err(|error| port_error(self.what(), error))?.entries.unwrap_or_default();
        if results.len() != asked {
            let cause = format!("the answer tells of {} entries, {asked} were put", results.len());
            return Err(PortError::Unavailable { what: self.what(), cause });
        }
        Ok(results)
    }

    fn outcome(&self, result: PutEventsResultEntry) -> Result<String, PortError> {
        let Some(code) = result.error_code else { return Ok(result.event_id.unwrap_or_default()) };
        let cause = format!("{code}: {}", result.error_message.unwrap_or_default());
        let lasts = LASTING.contains(&code.as_str()) || REFUSED.contains(&code.as_str());
        Err(if lasts {
            PortError::Refused { what: self.what(), cause }
        } else {
            PortError::Unavailable { what: self.what(), cause }
        })
    }

    fn what(&self) -> String {
        format!("put events on bus `{}`", self.name)
    }
}

/// Bytes of an entry as EventBridge counts them.
fn bytes_of(entry: &PutEventsRequestEntry) -> usize {
    let texts = [&entry.source, &entry.detail_type, &entry.detail];
    texts.into_iter().flatten().map(String::len).sum()
}

#[cfg(test)]
mod tests {
    use fleet_core::ids::WorkflowId;
    use fleet_core::wire::trace_of;
    use serde_json::{Value, json};

    use super::*;
    use crate::tests::scripted;

    async fn put(details: &[&str], answers: Vec<Value>) -> (Result<Vec<String>, PortError>, Vec<Vec<Value>>) {
        let (account, asked) = scripted::account(answers).await;
        let bus = Bus::new(&account);
        let entries = details.iter().map(|detail| bus.entry("Test", (*detail).to_owned())).collect();
        let outcome = bus.put(entries).await;
        let details = |body: &Value| {
            body["Entries"].as_array().unwrap().iter().map(|entry| entry["Detail"].clone()).collect()
        };
        let asked = asked.lock().unwrap().iter().map(|(_, body)| details(body)).collect();
        (outcome, asked)
    }

    #[tokio::test]
    async fn an_entry_that_failed_is_put_again_alone() {
        let throttled = json!({ "ErrorCode": "ThrottlingException", "ErrorMessage": "slow down" });
        let first =
            json!({ "FailedEntryCount": 1, "Entries": [{ "EventId": "a" }, throttled, { "EventId": "c" }] });
        let again = json!({ "FailedEntryCount": 1, "Entries": [throttled] });
        let fine = json!({ "FailedEntryCount": 0, "Entries": [{ "EventId": "b" }] });
        let (outcome, asked) = put(&["1", "2", "3"], vec![first, again, fine]).await;
        assert_eq!(outcome.unwrap(), ["a", "b", "c"]);
        assert_eq!(asked, [vec!["1", "2", "3"], vec!["2"], vec!["2"]]);
    }

    #[tokio::test]
    async fn an_entry_that_will_fail_again_is_refused() {
        let refused = json!({ "ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed." });
        let answer = json!({ "FailedEntryCount": 1, "Entries": [refused] });
        let (outcome, asked) = put(&["{"], vec![answer]).await;
        let error = outcome.unwrap_err();
        assert!(matches!(error, PortError::Refused { .. }));
        assert_eq!(
            error.to_string(),
            "put events on bus `rsql-fleet`: MalformedDetail: Detail is malformed."
        );
        assert_eq!(asked.len(), 1);
    }

    #[tokio::test]
    async fn an_answer_that_leaves_entries_out_is_none() {
        let answer = json!({ "FailedEntryCount": 0, "Entries": [{ "EventId": "a" }] });
        let (outcome, _) = put(&["1", "2"], vec![answer]).await;
        assert!(matches!(outcome, Err(PortError::Unavailable { .. })));
    }

    #[tokio::test]
    async fn tries_end() {
        let failed = json!({ "FailedEntryCount": 1, "Entries": [{ "ErrorCode": "InternalFailure" }] });
        let (outcome, asked) = put(&["1"], vec![failed; ENTRY_TRIES + 1]).await;
        assert!(matches!(outcome, Err(PortError::Unavailable { .. })));
        assert_eq!(asked.len(), ENTRY_TRIES);
    }

    #[tokio::test]
    async fn a_start_gives_the_id_of_its_event() {
        let answer = json!({ "FailedEntryCount": 0, "Entries": [{ "EventId": "e-1" }] });
        let (account, asked) = scripted::account(vec![answer]).await;
        let start = Start {
            workflow_id: WorkflowId::parse("night").unwrap(),
            workflow_execution_id: None,
            params: [("day".to_owned(), "1".to_owned())].into(),
            scheduled_at: None,
            timezone: None,
            by: "me".to_owned(),
            reason: String::new(),
        };
        assert_eq!(Bus::new(&account).start(&start, Some("00-a-b-01")).await.unwrap(), "e-1");
        let body = asked.lock().unwrap()[0].1.clone();
        let entry = &body["Entries"][0];
        assert_eq!(entry["Source"], EVENT_SOURCE);
        assert_eq!(entry["DetailType"], START_DETAIL_TYPE);
        assert_eq!(entry["EventBusName"], "rsql-fleet");
        let detail = entry["Detail"].as_str().unwrap();
        assert_eq!(Event::from_text(detail).unwrap(), Event::Start(start));
        assert_eq!(trace_of(detail).as_deref(), Some("00-a-b-01"));
    }
}

//! One alert as one SNS message for every kind of subscriber. Owns which text each protocol gets, the subject, the attributes
//! for filter policies, and the fitting of it all into what SNS takes.

use fleet_core::alert::{Alert, AlertKind};
use fleet_core::state::JobResult;
use serde_json::json;

use super::cut::cut;
use super::notification::Notification;

/// Longest message of SNS, all protocols' texts and the attributes together, in bytes.
const MESSAGE_BYTES_MAX: usize = 262_144;
/// What subject and attributes take of it at most: ids have 200 bytes and fewer.
const REST_BYTES_MAX: usize = 4_096;
/// Longest subject of SNS, in characters.
const SUBJECT_CHARS_MAX: usize = 99;
/// Characters that a text within an alert may have in a message that was too long, most first.
const CUTS: &[usize] = &[32_768, 16_384, 8_192, 4_096, 2_048, 1_024, 512];

/// The message in SNS's `json` structure: a text a protocol. Subscribed queues and functions get `default`, the alert as JSON;
/// a copy of it under their own names would only count against the limit.
pub(super) fn message(alert: &Alert) -> String {
    let bytes_max = MESSAGE_BYTES_MAX - REST_BYTES_MAX;
    let whole = texts(alert);
    if whole.len() <= bytes_max {
        return whole;
    }
    let mut shorter = CUTS.iter().map(|chars_max| texts(&shortened(alert, *chars_max)));
    shorter.find(|text| text.len() <= bytes_max).unwrap_or_else(|| texts(&without_result(alert)))
}

/// The subject of mails: printable ASCII on one line.
pub(super) fn subject(alert: &Alert) -> String {
    let printable = |character: char| if matches!(character, ' '..='~') { character } else { '?' };
    alert.title().chars().map(printable).take(SUBJECT_CHARS_MAX).collect()
}

/// Attributes for the filter policies of subscriptions.
pub(super) fn attributes(alert: &Alert) -> Vec<(&'static str, String)> {
    let kind = serde_json::to_value(alert.kind).expect("a kind is a word");
    vec![
        ("workflow", alert.workflow_id.to_string()),
        ("execution", alert.workflow_execution_id.to_string()),
        ("severity", alert.severity().to_owned()),
        ("kind", kind.as_str().unwrap_or_default().to_owned()),
        ("status", status(alert.kind).to_owned()),
    ]
}

/// What has become of the execution or job that the alert is about.
pub(super) const fn status(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::JobFailed | AlertKind::ExecutionFailed | AlertKind::Poisoned => "failed",
        AlertKind::Late => "running",
        AlertKind::Recovered => "succeeded",
        AlertKind::Rejected => "rejected",
    }
}

fn texts(alert: &Alert) -> String {
    let plain = serde_json::to_string(alert).expect("an alert holds only texts and numbers");
    let chat = serde_json::to_string(&Notification::of(alert)).expect("a notification holds only texts");
    json!({ "default": plain, "email": alert.text(), "http": chat, "https": chat }).to_string()
}

fn shortened(alert: &Alert, chars_max: usize) -> Alert {
    let mut alert = alert.clone();
    alert.message = cut(&alert.message, chars_max);
    if let Some(result) = &mut alert.result {
        result.message = cut(&result.message, chars_max);
        if let Some(error) = &mut result.error {
            for text in [&mut error.statement, &mut error.message, &mut error.file] {
                *text = cut(text, chars_max);
            }
        }
    }
    alert
}

/// The last resort, for texts that escape to many times their length.
fn without_result(alert: &Alert) -> Alert {
    let result = alert.result.as_ref().map(|result| JobResult {
        exit_code: result.exit_code,
        message: "[cut: see the log]".to_owned(),
        ..JobResult::default()
    });
    Alert { message: alert.title(), result, ..alert.clone() }
}

#[cfg(test)]
mod tests {
    use fleet_core::ids::{ExecutionId, WorkflowId};
    use fleet_core::state::{StatementFault, Turn};
    use fleet_core::time::Timestamp;
    use serde_json::Value;

    use super::*;

    fn alert(workflow: &str, statement: &str) -> Alert {
        let error = StatementFault { statement: statement.to_owned(), ..StatementFault::default() };
        Alert {
            kind: AlertKind::JobFailed,
            workflow_id: WorkflowId::parse(workflow).unwrap(),
            workflow_execution_id: ExecutionId::parse("night-1").unwrap(),
            job_id: None,
            turn: Turn::default(),
            at: Timestamp::from_millis(0),
            topic: None,
            message: "it failed".to_owned(),
            result: Some(JobResult { error: Some(error), ..JobResult::default() }),
        }
    }

    fn default_text(message: &str) -> Alert {
        let texts: Value = serde_json::from_str(message).unwrap();
        serde_json::from_str(texts["default"].as_str().unwrap()).unwrap()
    }

    #[test]
    fn every_protocol_has_its_text() {
        let alert = alert("night", "select 1");
        let texts: Value = serde_json::from_str(&message(&alert)).unwrap();
        assert_eq!(default_text(&message(&alert)), alert);
        assert_eq!(texts["email"], alert.text());
        assert_eq!(texts["http"], texts["https"]);
        let chat: Value = serde_json::from_str(texts["https"].as_str().unwrap()).unwrap();
        assert_eq!(chat["metadata"]["threadId"], "night-1");
    }

    #[test]
    fn a_long_statement_is_cut_so_that_the_message_fits() {
        // The last of these is written with seven bytes a character, in each of the texts.
        for filler in ["x", "ä", "\"", "\\", "\u{1}"] {
            for length in [10_000, 100_000, 300_000] {
                let statement = filler.repeat(length);
                let message = message(&alert("night", &statement));
                assert!(message.len() <= MESSAGE_BYTES_MAX - REST_BYTES_MAX, "{} {filler:?}", message.len());
                let seen = default_text(&message).result.unwrap().error.unwrap().statement;
                let is_cut = seen.ends_with(&format!("… [cut: {length} characters in all]"));
                assert!(is_cut || seen == statement, "{}", seen.len());
                assert!(
                    seen.len() >= 4_096,
                    "{filler:?}: no more than needed is cut, and {} are left",
                    seen.len()
                );
            }
        }
    }

    #[test]
    fn a_subject_is_short_printable_and_on_one_line() {
        assert_eq!(subject(&alert("night", "")), "[error] night: job failed");
        let long = subject(&alert(&"w".repeat(128), ""));
        assert!(long.len() == SUBJECT_CHARS_MAX && long.chars().all(|c| matches!(c, ' '..='~')), "{long}");
    }
}

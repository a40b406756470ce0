//! The document from which Amazon Q Developer in chat applications (formerly AWS Chatbot) makes a message in Slack or Teams.
//! Owns its fields and lengths. Documents that are not as that service wants them are dropped without a word: a test holds
//! this type to the schema.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use fleet_core::alert::Alert;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::cut::{cut, cut_for_chat};
use super::message::status;

/// Longest title, in characters: what Slack takes for a heading.
const TITLE_CHARS_MAX: usize = 150;
/// Longest sentence of the description, in characters. With the two below, what escaping and cutting add, and the names, it
/// stays under the 3,000 that Slack takes for a block of text.
const SENTENCE_CHARS_MAX: usize = 700;
/// Longest message of the database.
const FAULT_CHARS_MAX: usize = 600;
/// Longest piece of the statement.
const STATEMENT_CHARS_MAX: usize = 900;
/// Longest thread, in characters; a longer execution id is told by its hash.
const THREAD_CHARS_MAX: usize = 120;
/// Hexadecimal digits that tell long names apart.
const DIGITS: usize = 32;

/// A custom notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notification {
    version: &'static str,
    source: &'static str,
    id: String,
    content: Content,
    metadata: Metadata,
}

/// What people see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    text_type: &'static str,
    title: String,
    description: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    next_steps: Vec<String>,
    keywords: Vec<String>,
}

/// What it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    thread_id: String,
    summary: String,
    event_type: String,
    related_resources: Vec<String>,
    additional_context: BTreeMap<&'static str, String>,
}

impl Notification {
    /// The notification of an alert. All alerts of one execution belong to one thread.
    #[must_use]
    pub fn of(alert: &Alert) -> Self {
        let title = cut(&alert.title(), TITLE_CHARS_MAX);
        let kind = serde_json::to_value(alert.kind).ok();
        let kind = kind.as_ref().and_then(|kind| kind.as_str()).unwrap_or_default().to_owned();
        Self {
            version: "1.0",
            source: "custom",
            id: digest(&format!("{} {kind} {} {}", target(alert), alert.turn.attempt, alert.at)),
            content: Content {
                text_type: "client-markdown",
                title: title.clone(),
                description: description(alert),
                next_steps: next_steps(alert),
                keywords: vec![alert.severity().to_owned(), kind.clone()],
            },
            metadata: Metadata {
                thread_id: thread(alert.workflow_execution_id.as_str()),
                summary: title,
                event_type: kind,
                related_resources: vec![target(alert)],
                additional_context: context(alert),
            },
        }
    }
}

fn description(alert: &Alert) -> String {
    let mut text = cut_for_chat(&alert.message, SENTENCE_CHARS_MAX);
    let _ = write!(text, "\n*Execution* {} *at* {}", alert.workflow_execution_id, alert.at);
    let Some(result) = &alert.result else { return text };
    if let Some(code) = result.exit_code {
        let _ = write!(text, "\n*Exit code* {code}");
    }
    if let Some(error) = &result.error {
        let file = cut_for_chat(&error.file, TITLE_CHARS_MAX);
        let statement = cut_for_chat(&error.statement, STATEMENT_CHARS_MAX);
        let message = cut_for_chat(&error.message, FAULT_CHARS_MAX);
        let _ = write!(text, "\n*Statement* {file}:{}\n```{statement}```", error.line);
        let _ = write!(text, "\n*SQLSTATE* {}: {message}", cut_for_chat(&error.sqlstate, DIGITS));
    }
    text
}

fn next_steps(alert: &Alert) -> Vec<String> {
    let looks = alert.looks().into_iter().map(|command| format!("Look closer: `{command}`"));
    let remedy = alert.remedy().map(|command| format!("Once the cause is mended: `{command}`"));
    looks.chain(remedy).collect()
}

fn context(alert: &Alert) -> BTreeMap<&'static str, String> {
    let mut context = BTreeMap::from([
        ("workflow", alert.workflow_id.to_string()),
        ("execution", alert.workflow_execution_id.to_string()),
        ("severity", alert.severity().to_owned()),
        ("status", status(alert.kind).to_owned()),
    ]);
    if let Some(job) = &alert.job_id {
        context.insert("job", job.to_string());
        context.insert("attempt", alert.turn.attempt.to_string());
    }
    context
}

/// The execution, or the job in it.
fn target(alert: &Alert) -> String {
    let execution = &alert.workflow_execution_id;
    alert.job_id.as_ref().map_or_else(|| execution.to_string(), |job| format!("{execution}/{job}"))
}

fn thread(execution: &str) -> String {
    if execution.len() <= THREAD_CHARS_MAX { execution.to_owned() } else { digest(execution) }
}

fn digest(text: &str) -> String {
    let mut digits = String::new();
    for byte in Sha256::digest(text.as_bytes()).iter().take(DIGITS / 2) {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

//! The embedded adapters pass the contract suites, and the suites notice adapters that break a rule.

use std::path::Path;

use crate::common::{Bench, patient};
use fleet_core::contract::{
    self, Later, Published, QUEUE_MAX_RECEIVES, QUEUE_VISIBILITY, QueueBench, Report,
};
use fleet_core::ports::{AttemptName, LogLine, Queue};
use fleet_core::time::Millis;
use fleet_embedded::{FileLogs, LocalAnnouncer, NotifySettings, QueueSettings};
use serde::de::DeserializeOwned;

#[tokio::test(flavor = "multi_thread")]
async fn executions() {
    contract::executions(&Bench::new().store).await.assert_passed();
}

#[tokio::test(flavor = "multi_thread")]
async fn definitions() {
    contract::definitions(&Bench::new().store).await.assert_passed();
}

#[tokio::test(flavor = "multi_thread")]
async fn queue() {
    run_queue_suite(|queue| Box::new(queue)).await.assert_passed();
}

#[tokio::test(flavor = "multi_thread")]
async fn logs() {
    let dir = tempfile::tempdir().unwrap();
    let logs = FileLogs::new(dir.path());
    let reader = logs.clone();
    let read = move |attempt: AttemptName| -> Later<Vec<LogLine>> {
        let reader = reader.clone();
        Box::pin(async move { reader.read(&attempt, 0).await.unwrap().lines })
    };
    contract::logs(&logs, &read).await.assert_passed();
}

#[tokio::test]
async fn announcer() {
    let dir = tempfile::tempdir().unwrap();
    let settings = NotifySettings { print: false, dir: dir.path().to_owned(), webhook: None };
    let announcer = LocalAnnouncer::new(&settings).unwrap();
    let path = dir.path().to_owned();
    let published = move || -> Later<Published> {
        let path = path.clone();
        Box::pin(async move {
            Published {
                alerts: json_lines(&path.join("alerts.jsonl")),
                changes: json_lines(&path.join("events.jsonl")),
            }
        })
    };
    contract::announcer(&announcer, &published).await.assert_passed();
}

fn json_lines<T: DeserializeOwned>(path: &Path) -> Vec<T> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("each line is a record")).collect()
}

/// Runs the suite on a queue that `wrap` may break.
pub(crate) async fn run_queue_suite(wrap: impl FnOnce(fleet_embedded::Queue) -> Box<dyn Queue>) -> Report {
    let Bench { dir: _dir, hand, store } = Bench::new();
    let settings = QueueSettings {
        visibility: QUEUE_VISIBILITY,
        max_receives: Some(QUEUE_MAX_RECEIVES),
        dead_letters: Some("dead".to_owned()),
    };
    let queue = wrap(store.queue("jobs", settings));
    let dead_letters = store.queue("dead", patient());
    let pass = move |span: Millis| -> Later<()> {
        hand.turn(span);
        Box::pin(std::future::ready(()))
    };
    contract::queue(&QueueBench { queue: queue.as_ref(), dead_letters: &dead_letters, pass: &pass }).await
}

//! What the process tells of itself: to systemd, to whoever asks for its health, and to the roster. Owns what counts as
//! alive. Changes nothing.

use std::time::Duration;

use fleet_core::ports::Clock;
use fleet_core::roster::WorkerStatus;
use fleet_core::time::Timestamp;
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use worker::{Reading, Vitals};

/// A receive that takes so long will not come back: it ends by itself within half a minute, and the longest pause after a
/// failed one is ten seconds.
const RECEIVE_LIMIT: Duration = Duration::from_secs(120);

/// The process as it shows itself.
pub(crate) struct Status {
    /// Name of the process.
    pub(crate) worker: String,
    /// Each queue's name, and what its agent shows.
    pub(crate) queues: Vec<(String, Vitals)>,
    /// Fires when the drain begins.
    pub(crate) drain: CancellationToken,
    pub(crate) started_at: Timestamp,
    pub(crate) clock: Clock,
}

/// The answer to whoever asks for the health.
#[derive(Debug, Serialize)]
pub(crate) struct Health {
    /// Whether the receive loops go on.
    pub(crate) alive: bool,
    /// What does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    stuck: Option<String>,
    #[serde(flatten)]
    status: WorkerStatus,
    loops: Vec<Loop>,
}

#[derive(Debug, Serialize)]
struct Loop {
    queue: String,
    slots: usize,
    busy: usize,
    /// Seconds that the receive under way has taken; null when none is, as with no free slot.
    receiving_s: Option<f64>,
    /// Seconds since one came back.
    received_s_ago: Option<f64>,
}

impl Status {
    pub(crate) fn health(&self) -> Health {
        let readings = self.readings();
        let stuck = readings.iter().find_map(|(queue, reading)| stuck(queue, reading));
        let loops = readings.into_iter().map(|(queue, reading)| Loop {
            queue: queue.to_owned(),
            slots: reading.slots,
            busy: reading.busy,
            receiving_s: reading.polling_for.map(|span| span.as_secs_f64()),
            received_s_ago: reading.polled_ago.map(|span| span.as_secs_f64()),
        });
        Health { alive: stuck.is_none(), stuck, loops: loops.collect(), status: self.report() }
    }

    /// Why the process would be better off dead.
    pub(crate) fn stuck(&self) -> Option<String> {
        self.readings().iter().find_map(|(queue, reading)| stuck(queue, reading))
    }

    /// Whether an attempt runs.
    pub(crate) fn is_at_work(&self) -> bool {
        self.readings().iter().any(|(_, seen)| !seen.running.is_empty())
    }

    /// Whether every receive loop has begun.
    pub(crate) fn is_serving(&self) -> bool {
        self.readings().iter().all(|(_, seen)| seen.polling_for.is_some() || seen.polled_ago.is_some())
    }

    /// For the roster.
    pub(crate) fn report(&self) -> WorkerStatus {
        let readings = self.readings();
        let host = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok());
        let slots = |reading: &Reading| u32::try_from(reading.slots).unwrap_or(u32::MAX);
        WorkerStatus {
            worker: self.worker.clone(),
            host: host.unwrap_or_default(),
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            queues: readings.iter().map(|(queue, seen)| ((*queue).to_owned(), slots(seen))).collect(),
            running: readings.into_iter().flat_map(|(_, seen)| seen.running).collect(),
            draining: self.drain.is_cancelled(),
            started_at: self.started_at,
            seen_at: self.clock.now(),
        }
    }

    /// A line for people.
    pub(crate) fn line(&self) -> String {
        let readings = self.readings();
        let (busy, slots) =
            readings.iter().fold((0, 0), |(busy, slots), (_, seen)| (busy + seen.busy, slots + seen.slots));
        if self.drain.is_cancelled() {
            return format!("draining: {busy} at work");
        }
        let queues: Vec<&str> = readings.iter().map(|(queue, _)| *queue).collect();
        format!("serving {}: {busy} of {slots} slots at work", queues.join(", "))
    }

    fn readings(&self) -> Vec<(&str, Reading)> {
        self.queues.iter().map(|(queue, vitals)| (queue.as_str(), vitals.read())).collect()
    }
}

fn stuck(queue: &str, reading: &Reading) -> Option<String> {
    let span = reading.polling_for.filter(|span| *span > RECEIVE_LIMIT)?;
    Some(format!("a receive from queue {queue} has not come back for {} s", span.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_is_stuck_when_its_receive_never_returns() {
        let reading = |polling_for: Option<u64>| Reading {
            slots: 2,
            busy: 0,
            running: Vec::new(),
            polling_for: polling_for.map(Duration::from_secs),
            polled_ago: None,
        };
        assert_eq!(stuck("default", &reading(None)), None);
        assert_eq!(stuck("default", &reading(Some(120))), None);
        let said = stuck("default", &reading(Some(121))).expect("it is stuck");
        assert_eq!(said, "a receive from queue default has not come back for 121 s");
    }
}

//! Figures of a worker for CloudWatch's metrics: how long jobs waited and ran, how they ended, how many slots are in use. They
//! are gathered for a minute and sent as log events in the embedded metric format, so that they cost one request a minute and
//! no call of the metrics service. Owns the gathering and its bounds. Figures are no state: they are not spooled, and those of
//! an outage that outlasts the memory are lost, which is told.

mod emf;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::error::SdkError;
use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use fleet_core::ports::PortError;
use fleet_core::time::{Millis, Timestamp};
use tokio_util::task::AbortOnDropHandle;

use self::emf::{About, Metric, Unit};
use crate::account::Account;
use crate::fault::port_error;

/// Between two sendings: the finest that CloudWatch keeps of ordinary metrics.
const SEND_EVERY: Duration = Duration::from_secs(60);
/// Workflows with metrics of their own; those that come later are counted together. Each metric of each workflow costs
/// 0.30 USD a month.
const WORKFLOWS_MAX: usize = 50;
/// What the others are counted under.
const OTHER_WORKFLOWS: &str = "(other)";
/// Values of one metric that are kept for a sending: an attempt each 6 ms. Further ones count, but their times are lost.
const VALUES_MAX: usize = 10_000;
/// Records that wait through an outage, a few kilobytes each; the oldest go first.
const RECORDS_MAX: usize = 500;
/// Records of one request: with a hundred values of seven digits for each metric, they stay far below its 1 MiB.
const RECORDS_A_CALL: usize = 100;

/// How an attempt ended, as far as figures go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AttemptOutcome {
    /// The job has succeeded.
    Succeeded,
    /// The job has failed.
    Failed,
    /// The attempt failed, and another will follow.
    Retried,
    /// It was told to end.
    Cancelled,
    /// It ran out of time.
    TimedOut,
    /// A precondition that is not met yet.
    NotYet,
    /// The lease was lost.
    Lost,
}

impl AttemptOutcome {
    const fn metric(self) -> &'static str {
        match self {
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Retried => "Retried",
            Self::Cancelled => "Cancelled",
            Self::TimedOut => "TimedOut",
            Self::NotYet => "NotYet",
            Self::Lost => "Lost",
        }
    }
}

/// One attempt that has ended.
#[derive(Debug, Clone, Copy)]
pub struct AttemptMetrics<'a> {
    /// Its workflow.
    pub workflow: &'a str,
    /// The jobs queue it came from.
    pub queue: &'a str,
    /// From the time it was to begin to its claim.
    pub queue_delay: Millis,
    /// From its claim to its end.
    pub run_time: Millis,
    /// How it ended.
    pub outcome: AttemptOutcome,
}

/// Gathers figures; copies gather together. Sending ends with the last copy.
#[derive(Debug, Clone)]
pub struct Metrics {
    inner: Arc<Inner>,
    _task: Arc<AbortOnDropHandle<()>>,
}

#[derive(Debug)]
struct Inner {
    client: Client,
    stack: String,
    group: String,
    worker: String,
    stream: String,
    gathered: Mutex<Gathered>,
    /// One sends at a time.
    sending: tokio::sync::Mutex<Unsent>,
}

/// Figures since the last sending.
#[derive(Debug, Default)]
struct Gathered {
    workflows: BTreeMap<String, Attempts>,
    queues: BTreeMap<String, Attempts>,
    slots: BTreeMap<String, Slots>,
    /// Workflows that have metrics of their own, since the start.
    known: BTreeSet<String>,
}

#[derive(Debug, Default)]
struct Attempts {
    queue_delays: Vec<u64>,
    run_times: Vec<u64>,
    outcomes: BTreeMap<AttemptOutcome, u64>,
}

#[derive(Debug, Default)]
struct Slots {
    in_use: Vec<u64>,
    offered: Option<u64>,
}

/// Records on their way.
#[derive(Debug, Default)]
struct Unsent {
    records: Vec<(Timestamp, String)>,
    is_stream_there: bool,
}

impl Metrics {
    /// Begins to gather for a worker, and to send. Must be called within a runtime.
    #[must_use]
    pub fn start(account: &Account, worker: &str) -> Self {
        let inner = Arc::new(Inner {
            client: Client::new(&account.config),
            stack: account.stack.name().to_owned(),
            group: account.stack.metrics_log_group(),
            worker: worker.to_owned(),
            // A stream's name has no colon and no asterisk.
            stream: worker.replace([':', '*'], "_"),
            gathered: Mutex::default(),
            sending: tokio::sync::Mutex::default(),
        });
        let sender = Arc::clone(&inner);
        let task = tokio::spawn(async move {
            loop {
                tokio::time::sleep(SEND_EVERY).await;
                sender.send().await;
            }
        });
        Self { inner, _task: Arc::new(AbortOnDropHandle::new(task)) }
    }

    /// Counts an attempt that has ended.
    pub fn attempt(&self, attempt: &AttemptMetrics<'_>) {
        let mut gathered = self.inner.gathered();
        let is_known = gathered.known.contains(attempt.workflow) || gathered.known.len() < WORKFLOWS_MAX;
        let workflow = if is_known { attempt.workflow } else { OTHER_WORKFLOWS };
        gathered.known.insert(workflow.to_owned());
        gathered.workflows.entry(workflow.to_owned()).or_default().add(attempt);
        gathered.queues.entry(attempt.queue.to_owned()).or_default().add(attempt);
    }

    /// Notes how many slots for a queue's jobs are in use, and how many the worker offers, if it takes jobs at all. Each note
    /// weighs the same, so it is to be made at even spans. The offer is sent once, as it was at last: the number of such values
    /// in a minute is that of live workers.
    pub fn slots(&self, queue: &str, in_use: u32, offered: Option<u32>) {
        let mut gathered = self.inner.gathered();
        let slots = gathered.slots.entry(queue.to_owned()).or_default();
        slots.offered = offered.map(u64::from);
        push(&mut slots.in_use, in_use.into());
    }

    /// Sends what was gathered. For the end of a process; what fails is told in the log.
    pub async fn flush(&self) {
        self.inner.send().await;
    }
}

impl Attempts {
    fn add(&mut self, attempt: &AttemptMetrics<'_>) {
        push(&mut self.queue_delays, attempt.queue_delay.0);
        push(&mut self.run_times, attempt.run_time.0);
        *self.outcomes.entry(attempt.outcome).or_default() += 1;
    }

    fn metrics(self) -> Vec<Metric> {
        let times = |name, values| Metric { name, unit: Unit::Milliseconds, values };
        let count = |(outcome, count): (AttemptOutcome, u64)| Metric {
            name: outcome.metric(),
            unit: Unit::Count,
            values: vec![count],
        };
        let mut metrics = vec![times("QueueDelay", self.queue_delays), times("RunTime", self.run_times)];
        metrics.extend(self.outcomes.into_iter().map(count));
        metrics
    }
}

fn push(values: &mut Vec<u64>, value: u64) {
    if values.len() < VALUES_MAX {
        values.push(value);
    }
}

impl Inner {
    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The records of what was gathered; gathering begins anew.
    fn take(&self, at: Timestamp) -> Vec<String> {
        let (workflows, queues, slots) = {
            let mut gathered = self.gathered();
            let Gathered { workflows, queues, slots, .. } = &mut *gathered;
            (std::mem::take(workflows), std::mem::take(queues), std::mem::take(slots))
        };
        let about = |dimension: [(&str, &str); 2], metrics: Vec<Metric>| {
            let properties = [("Worker", self.worker.as_str())];
            let about = About { namespace: &self.group, dimensions: &dimension, properties: &properties, at };
            emf::records(about, metrics)
        };
        let stack = ("Stack", self.stack.as_str());
        let mut records = Vec::new();
        for (workflow, attempts) in workflows {
            records.extend(about([stack, ("Workflow", &workflow)], attempts.metrics()));
        }
        for (queue, attempts) in queues {
            records.extend(about([stack, ("Queue", &queue)], attempts.metrics()));
        }
        for (queue, Slots { in_use, offered }) in slots {
            let count = |name, values| Metric { name, unit: Unit::Count, values };
            let metrics = vec![count("SlotsInUse", in_use), count("SlotsTotal", Vec::from_iter(offered))];
            records.extend(about([stack, ("Queue", &queue)], metrics));
        }
        records
    }

    async fn send(&self) {
        let mut unsent = self.sending.lock().await;
        let at = Timestamp::from_millis(jiff::Timestamp::now().as_millisecond());
        unsent.records.extend(self.take(at).into_iter().map(|record| (at, record)));
        let lost = unsent.records.len().saturating_sub(RECORDS_MAX);
        if lost > 0 {
            tracing::warn!(lost, "records of metrics are lost: they could not be sent for long");
            unsent.records.drain(..lost);
        }
        while !unsent.records.is_empty() {
            let count = unsent.records.len().min(RECORDS_A_CALL);
            match self.put(&mut unsent, count).await {
                Ok(()) => {}
                Err(PortError::Refused { .. }) if unsent.is_stream_there => {
                    // It may have been deleted.
                    unsent.is_stream_there = false;
                    continue;
                }
                Err(error @ PortError::Refused { .. }) => {
                    tracing::error!(%error, count, "records of metrics are lost");
                }
                Err(error) => {
                    tracing::warn!(%error, "metrics could not be sent; they are sent with the next");
                    return;
                }
            }
            unsent.records.drain(..count);
        }
    }

    async fn put(&self, unsent: &mut Unsent, count: usize) -> Result<(), PortError> {
        if !unsent.is_stream_there {
            let call = self.client.create_log_stream().log_group_name(&self.group);
            match call.log_stream_name(&self.stream).send().await {
                Ok(_) => {}
                Err(SdkError::ServiceError(refused))
                    if refused.err().is_resource_already_exists_exception() => {}
                Err(error) => return Err(port_error(format!("make a log stream in {}", self.group), error)),
            }
        }
        let event = |(at, record): &(Timestamp, String)| {
            let event = InputLogEvent::builder().timestamp(at.as_millis()).message(record);
            event.build().expect("it has both parts")
        };
        let events = unsent.records[..count].iter().map(event).collect();
        let call = self.client.put_log_events().log_group_name(&self.group).log_stream_name(&self.stream);
        let sent = call.set_log_events(Some(events)).send().await;
        sent.map_err(|error| port_error(format!("send metrics to {}", self.group), error))?;
        unsent.is_stream_there = true;
        Ok(())
    }
}

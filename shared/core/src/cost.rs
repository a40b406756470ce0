//! What a workflow costs on AWS: requests and money, told from the shape of its graph before anything runs. Owns the prices
//! and the requests of each kind of work, in one place, so that a measurement can be held against them. Counts a run in
//! which nothing fails; knows nothing of what the warehouse costs.

mod shape;

use std::ops::{Add, Mul};

pub use shape::{Share, Waiting, of_run, waiting};

/// Days of the month that prices are told for.
pub const DAYS_OF_MONTH: f64 = 30.0;
/// Ticks and long polls of one day.
const MINUTES_OF_DAY: f64 = 24.0 * 60.0;

/// Prices of one region in USD. Storage, data transfer and the free allowances are left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prices {
    /// Where.
    pub region: &'static str,
    /// A request to a standard queue.
    pub sqs_request: f64,
    /// A write of up to 1 KB on demand; a transaction takes two for each.
    pub dynamodb_write_unit: f64,
    /// A consistent read of up to 4 KB on demand; one that may be late takes half.
    pub dynamodb_read_unit: f64,
    /// An invocation.
    pub lambda_request: f64,
    /// A second of a function with 1 GB on ARM.
    pub lambda_gb_second: f64,
    /// An event of one's own on a bus.
    pub eventbridge_event: f64,
    /// 1 GB of logs taken in.
    pub logs_gb: f64,
}

/// A million of something, by which AWS tells most prices.
const MILLION: f64 = 1e6;

/// Northern Virginia, November 2026.
pub const US_EAST_1: Prices = Prices {
    region: "us-east-1",
    sqs_request: 0.40 / MILLION,
    dynamodb_write_unit: 0.625 / MILLION,
    dynamodb_read_unit: 0.125 / MILLION,
    lambda_request: 0.20 / MILLION,
    lambda_gb_second: 0.000_013_333_4,
    eventbridge_event: 1.00 / MILLION,
    logs_gb: 0.50,
};

/// What some work uses: calls, and what is billed for them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Usage {
    /// Calls of SQS: sends, receives, deletes; those of the function's event source too.
    pub sqs_requests: f64,
    /// Calls of DynamoDB that write.
    pub dynamodb_writes: f64,
    /// Units billed for them.
    pub dynamodb_write_units: f64,
    /// Calls of DynamoDB that read.
    pub dynamodb_reads: f64,
    /// Units billed for them.
    pub dynamodb_read_units: f64,
    /// Invocations of the dispatcher.
    pub lambda_requests: f64,
    /// Their time and memory.
    pub lambda_gb_seconds: f64,
    /// Calls of EventBridge.
    pub eventbridge_requests: f64,
    /// Events billed for them.
    pub eventbridge_events: f64,
    /// Calls of CloudWatch Logs, which cost nothing: bytes do.
    pub logs_requests: f64,
}

/// One service's part of the bill.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Line {
    /// Name of the service.
    pub service: &'static str,
    /// Calls.
    pub requests: f64,
    /// What they cost, by the prices given.
    pub usd: f64,
}

impl Usage {
    const NONE: Self = Self {
        sqs_requests: 0.0,
        dynamodb_writes: 0.0,
        dynamodb_write_units: 0.0,
        dynamodb_reads: 0.0,
        dynamodb_read_units: 0.0,
        lambda_requests: 0.0,
        lambda_gb_seconds: 0.0,
        eventbridge_requests: 0.0,
        eventbridge_events: 0.0,
        logs_requests: 0.0,
    };

    /// All calls together, invocations too.
    #[must_use]
    pub fn requests(&self) -> f64 {
        self.sqs_requests
            + self.dynamodb_writes
            + self.dynamodb_reads
            + self.lambda_requests
            + self.eventbridge_requests
            + self.logs_requests
    }

    /// The bill, a line a service.
    #[must_use]
    pub fn bill(&self, prices: &Prices) -> [Line; 6] {
        let line = |service, requests, usd| Line { service, requests, usd };
        let writes = self.dynamodb_write_units * prices.dynamodb_write_unit;
        let reads = self.dynamodb_read_units * prices.dynamodb_read_unit;
        let invocations = self.lambda_requests * prices.lambda_request;
        [
            line("SQS", self.sqs_requests, self.sqs_requests * prices.sqs_request),
            line("DynamoDB writes", self.dynamodb_writes, writes),
            line("DynamoDB reads", self.dynamodb_reads, reads),
            line(
                "Lambda",
                self.lambda_requests,
                invocations + self.lambda_gb_seconds * prices.lambda_gb_second,
            ),
            line(
                "EventBridge",
                self.eventbridge_requests,
                self.eventbridge_events * prices.eventbridge_event,
            ),
            line("CloudWatch Logs", self.logs_requests, 0.0),
        ]
    }

    /// The sum of the bill.
    #[must_use]
    pub fn usd(&self, prices: &Prices) -> f64 {
        self.bill(prices).iter().map(|line| line.usd).sum()
    }
}

impl Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            sqs_requests: self.sqs_requests + other.sqs_requests,
            dynamodb_writes: self.dynamodb_writes + other.dynamodb_writes,
            dynamodb_write_units: self.dynamodb_write_units + other.dynamodb_write_units,
            dynamodb_reads: self.dynamodb_reads + other.dynamodb_reads,
            dynamodb_read_units: self.dynamodb_read_units + other.dynamodb_read_units,
            lambda_requests: self.lambda_requests + other.lambda_requests,
            lambda_gb_seconds: self.lambda_gb_seconds + other.lambda_gb_seconds,
            eventbridge_requests: self.eventbridge_requests + other.eventbridge_requests,
            eventbridge_events: self.eventbridge_events + other.eventbridge_events,
            logs_requests: self.logs_requests + other.logs_requests,
        }
    }
}

impl Mul<f64> for Usage {
    type Output = Self;

    fn mul(self, times: f64) -> Self {
        Self {
            sqs_requests: self.sqs_requests * times,
            dynamodb_writes: self.dynamodb_writes * times,
            dynamodb_write_units: self.dynamodb_write_units * times,
            dynamodb_reads: self.dynamodb_reads * times,
            dynamodb_read_units: self.dynamodb_read_units * times,
            lambda_requests: self.lambda_requests * times,
            lambda_gb_seconds: self.lambda_gb_seconds * times,
            eventbridge_requests: self.eventbridge_requests * times,
            eventbridge_events: self.eventbridge_events * times,
            logs_requests: self.logs_requests * times,
        }
    }
}

/// An invocation of the dispatcher for a few events: some 100 ms of a function with 256 MB.
const INVOCATION_GB_SECONDS: f64 = 0.025;

// What follows is measured: `tests/tests/aws/cost.rs` counts the requests on the wire and holds these figures to them.

/// Start and end of an execution, its jobs apart: the start event on the bus and in the queue, the EXECUTION row with its
/// record made and ended, the version read, and the two changes of status announced.
pub const EXECUTION: Usage = Usage {
    sqs_requests: 2.0,
    dynamodb_writes: 5.0,
    dynamodb_write_units: 16.0,
    dynamodb_reads: 3.0,
    dynamodb_read_units: 5.0,
    lambda_requests: 1.0,
    lambda_gb_seconds: INVOCATION_GB_SECONDS,
    eventbridge_requests: 3.0,
    eventbridge_events: 3.0,
    ..Usage::NONE
};

/// A job that becomes ready alone, as in a chain: nothing of it shares a call with another job.
///
/// Queues: its message and its settled event are each sent, received and deleted. DynamoDB: claim and settlement with a
/// record each (two transactions); the execution read by worker and dispatcher, its row by the dispatcher. One change of
/// status on the bus; a stream made and written in the logs.
pub const CHAIN_JOB: Usage = Usage {
    sqs_requests: 6.0,
    dynamodb_writes: 2.0,
    dynamodb_write_units: 8.0,
    dynamodb_reads: 3.0,
    dynamodb_read_units: 3.0,
    lambda_requests: 1.0,
    lambda_gb_seconds: INVOCATION_GB_SECONDS,
    eventbridge_requests: 1.0,
    eventbridge_events: 1.0,
    logs_requests: 2.0,
};

/// A job that becomes ready together with nine others or more: messages are sent, received, deleted and told in tens where
/// so many are at hand; what a worker does for it is its own.
pub const FAN_JOB: Usage = Usage {
    sqs_requests: 2.2,
    dynamodb_writes: 2.0,
    dynamodb_write_units: 8.0,
    dynamodb_reads: 1.3,
    dynamodb_read_units: 2.3,
    lambda_requests: 0.12,
    lambda_gb_seconds: INVOCATION_GB_SECONDS * 0.12,
    eventbridge_requests: 0.12,
    eventbridge_events: 1.0,
    logs_requests: 2.0,
};

/// An edge to a job with several needs (END too, where several jobs have no dependents): the need's cursor goes into a
/// transaction of telling.
pub const JOIN_EDGE: Usage = Usage { dynamodb_write_units: 2.0, ..Usage::NONE };

/// Such a transaction itself, with what the dependent gains: shared by the needs that settle together.
pub const TELLING: Usage = Usage { dynamodb_writes: 1.0, dynamodb_write_units: 2.0, ..Usage::NONE };

/// A look of a precondition that is not met yet: the message received, claimed, the wait recorded, the next look sent. Told
/// from the protocol, like a fleet at rest; not measured.
pub const LOOK: Usage = Usage {
    sqs_requests: 3.0,
    dynamodb_writes: 2.0,
    dynamodb_write_units: 8.0,
    dynamodb_reads: 1.0,
    dynamodb_read_units: 1.0,
    ..Usage::NONE
};

/// A fleet in which nothing runs, for a day: a tick a minute with its look for what is due, and the long polls of the
/// dispatcher's event source (five, each of 20 s) and of one worker (one of 20 s).
#[must_use]
pub fn at_rest_a_day() -> Usage {
    let tick = Usage {
        sqs_requests: 2.0,
        dynamodb_reads: 1.0,
        dynamodb_read_units: 0.5,
        lambda_requests: 1.0,
        lambda_gb_seconds: INVOCATION_GB_SECONDS,
        ..Usage::NONE
    };
    let polls = Usage { sqs_requests: (5.0 + 1.0) * 3.0, ..Usage::NONE };
    (tick + polls) * MINUTES_OF_DAY
}

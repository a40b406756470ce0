//! What a job costs: requests counted by a proxy, by service and operation, for a chain and for a wide graph, and the bill at
//! the prices of `fleet_core::cost`. Owns the table in docs/operations.md (`WRITE=1` puts it there) and the limits that it may
//! not exceed. Polls that find nothing are left out: they depend on time, not on jobs.

mod table;

use std::time::Duration;

use fleet_core::cost::{US_EAST_1, Usage, of_run};
use fleet_core::workflow::{ScriptCheck, parse};
use fleet_tests::aws_proxy::{AwsProxy, Call};
use fleet_tests::moto::Moto;
use serde_json::{Value, json};

use crate::support::{Endpoints, Fleet, Setup};

/// Jobs of the chain.
const CHAIN: usize = 50;
/// Jobs between the first and the last of the wide graph.
const WIDTH: usize = 200;
/// An answer without messages is shorter than this.
const EMPTY_BYTES: usize = 40;
/// Units of `DynamoDB` are of so many bytes written, or four times as many read.
const UNIT_BYTES: usize = 1024;
/// Memory of the function, in GB.
const FUNCTION_GB: f64 = 0.25;
/// What an invocation takes on Lambda, in seconds; here it would be the speed of the local endpoint that is measured.
const INVOCATION_SECONDS: f64 = 0.1;

/// How far the estimate may be off the measured bill, as a part of it.
const ESTIMATE_OFF: f64 = 0.2;

/// Longest the requests of a job may become, in all and those that write to `DynamoDB`.
struct Limit {
    requests: f64,
    writes: f64,
    usd_per_million: f64,
}

/// What is reached, and a little more: batches depend on who comes when. Aimed at were 13 requests and USD 7 a million jobs.
const CHAIN_LIMIT: Limit = Limit { requests: 15.7, writes: 2.3, usd_per_million: 9.9 };
/// The same. Aimed at were 8 requests and USD 5.
const WIDE_LIMIT: Limit = Limit { requests: 9.0, writes: 2.4, usd_per_million: 9.3 };

/// What was seen of a graph.
struct Measured {
    title: String,
    jobs: usize,
    /// By whom, and what.
    calls: Vec<(Part, Call)>,
    invocations: u64,
}

/// Who makes requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    EventSource,
    Dispatcher,
    Worker,
}

/// One counting proxy for each part.
struct Counters([(Part, AwsProxy); 3]);

impl Counters {
    fn new() -> Counters {
        let parts = [Part::EventSource, Part::Dispatcher, Part::Worker];
        Counters(parts.map(|part| (part, AwsProxy::counting(Moto::shared().endpoint()))))
    }

    fn endpoints(&self) -> Endpoints {
        let [source, dispatcher, workers] = [0, 1, 2].map(|part: usize| self.0[part].1.endpoint());
        Endpoints { source, dispatcher, workers }
    }

    fn seen(&self) -> [usize; 3] {
        [0, 1, 2].map(|part: usize| self.0[part].1.calls().len())
    }

    /// All calls since then, but polls that found nothing.
    fn since(&self, seen: [usize; 3]) -> Vec<(Part, Call)> {
        let is_counted = |call: &Call| call.operation != "ReceiveMessage" || call.answer_bytes > EMPTY_BYTES;
        let of = |((part, proxy), from): (&(Part, AwsProxy), usize)| {
            let calls = proxy.calls().split_off(from);
            calls.into_iter().filter(is_counted).map(|call| (*part, call)).collect::<Vec<_>>()
        };
        self.0.iter().zip(seen).flat_map(of).collect()
    }
}

#[test]
fn a_job_stays_within_its_requests() {
    let chain = measure(&format!("chain of {CHAIN}"), &chain(), Duration::from_secs(120));
    let wide = measure(&format!("1 → {WIDTH} → 1"), &wide(), Duration::from_secs(180));
    let text = table::text(&[&chain, &wide]);
    println!("{text}");
    if std::env::var_os("WRITE").is_some() {
        table::write(&text);
    }
    chain.check(&CHAIN_LIMIT);
    wide.check(&WIDE_LIMIT);
    chain.check_estimate(&self::chain());
    wide.check_estimate(&self::wide());
}

fn chain() -> Value {
    let job = |number: usize| match number {
        0 => json!({"id": "j0", "script": "note.rsql"}),
        _ => {
            json!({"id": format!("j{number}"), "script": "note.rsql", "needs": [format!("j{}", number - 1)]})
        }
    };
    (0..CHAIN).map(job).collect()
}

fn wide() -> Value {
    let names: Vec<String> = (0..WIDTH).map(|number| format!("m{number}")).collect();
    let middle = names.iter().map(|name| json!({"id": name, "script": "note.rsql", "needs": ["first"]}));
    let first = json!({"id": "first", "script": "note.rsql"});
    let last = json!({"id": "last", "script": "note.rsql", "needs": names});
    [first].into_iter().chain(middle).chain([last]).collect()
}

/// Runs the graph on a fleet of its own: one environment of the dispatcher, one worker with sixteen slots. A run before has
/// made the version, looked up the queues and opened what stays open.
fn measure(title: &str, jobs: &Value, within: Duration) -> Measured {
    let counters = Counters::new();
    let fleet = Fleet::with(Setup { endpoints: counters.endpoints(), environments: 1, ..Setup::default() });
    fleet.noting("note.rsql", "select 1;\n");
    let first = json!([{"id": "first", "script": "note.rsql"}]);
    for (name, jobs) in [("warm", &first), ("measured", jobs)] {
        fleet.define(&json!({"workflow_id": name, "connection": "warehouse", "jobs": jobs}));
    }
    let source = fleet.dispatch();
    let host = fleet.worker_with(&["--queue", "default=16", "--lease", "60s"]);
    fleet.start("warm", "run-0");
    fleet.wait_for("run-0", "succeeded");
    fleet.wait_for_empty("events");
    let (before, tally) = (counters.seen(), source.tally());
    fleet.start("measured", "run-1");
    fleet.wait_within("run-1", "succeeded", within);
    fleet.wait_for_empty("events");
    fleet.wait_for_empty("jobs");
    let invocations = source.tally().invocations - tally.invocations;
    assert_eq!(source.tally().crashes, 0);
    // Whatever the worker still keeps to send, such as logs, goes out with its end.
    assert!(host.terminate().success());
    let calls = counters.since(before);
    let count = jobs.as_array().map_or(0, Vec::len);
    Measured { title: title.to_owned(), jobs: count, calls, invocations }
}

impl Measured {
    fn check(&self, limit: &Limit) {
        let usage = self.usage();
        let per_job = |number: f64| number / count(self.jobs);
        let (requests, writes) = (per_job(usage.requests()), per_job(usage.dynamodb_writes));
        let usd = per_job(usage.usd(&US_EAST_1)) * 1e6;
        assert!(requests <= limit.requests, "{}: {requests:.2} requests a job", self.title);
        assert!(writes <= limit.writes, "{}: {writes:.2} writes a job", self.title);
        assert!(usd <= limit.usd_per_million, "{}: {usd:.2} USD a million jobs", self.title);
    }

    /// Asserts that what `rsqlctl plan --cost` tells beforehand is not far off.
    fn check_estimate(&self, jobs: &Value) {
        let workflow = json!({"workflow": "measured", "connection": "warehouse", "jobs": jobs}).to_string();
        let definition = parse("measured.json", &workflow, &|_| ScriptCheck::Unchecked);
        let definition = definition.unwrap_or_else(|faults| panic!("{faults}"));
        let none = Usage::default();
        let estimate =
            of_run(&definition).into_iter().fold(none, |sum, share| sum + share.usage).usd(&US_EAST_1);
        let measured = self.usage().usd(&US_EAST_1);
        let off = (estimate - measured).abs() / measured;
        assert!(off <= ESTIMATE_OFF, "{}: estimated {estimate:.6} USD, measured {measured:.6}", self.title);
    }

    /// All of it, as the bill sees it.
    fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        for (_, call) in &self.calls {
            let entries = count(call.entries);
            match call.service.as_str() {
                "sqs" => usage.sqs_requests += 1.0,
                "dynamodb" if call.is_write() => {
                    usage.dynamodb_writes += 1.0;
                    usage.dynamodb_write_units += write_units(call);
                }
                "dynamodb" => {
                    usage.dynamodb_reads += 1.0;
                    usage.dynamodb_read_units += read_units(call);
                }
                "events" => {
                    usage.eventbridge_requests += 1.0;
                    usage.eventbridge_events += entries;
                }
                // What else there is (secrets, topics) is not of every job; it counts as a request without a price.
                _ => usage.logs_requests += 1.0,
            }
        }
        usage.lambda_requests = count(usize::try_from(self.invocations).unwrap_or_default());
        usage.lambda_gb_seconds = usage.lambda_requests * INVOCATION_SECONDS * FUNCTION_GB;
        usage
    }
}

/// One for each begun KB of each item; in a transaction two. What the request says of an item is taken for its size.
fn write_units(call: &Call) -> f64 {
    let size = |item: &Value| count(item.to_string().len().div_ceil(UNIT_BYTES));
    match call.input["TransactItems"].as_array() {
        Some(items) => items.iter().map(|item| 2.0 * size(item)).sum(),
        None => count(call.entries).max(size(&call.input)),
    }
}

/// One for each begun 4 KB, half of it where the read may be late; each item of a batch for itself.
fn read_units(call: &Call) -> f64 {
    let is_consistent = call.input.to_string().contains("\"ConsistentRead\":true");
    let size = call.answer_bytes.div_ceil(4 * UNIT_BYTES).max(call.entries).max(1);
    count(size) * if is_consistent { 1.0 } else { 0.5 }
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

//! Plays AWS Lambda for a queue of the local AWS endpoint: `play-lambda QUEUE PROGRAM LOG` hands the queue's messages to the
//! program over Lambda's runtime protocol until it is killed. Owns nothing but the reading of its arguments. The program sees
//! this process's environment, and so the same endpoint.

use std::process::ExitCode;
use std::time::Duration;

use fleet_tests::aws_client::ANONYMOUS;
use fleet_tests::aws_event_source::{BATCH, EventSource, Mapping};
use fleet_tests::lambda::Function;

/// As on AWS.
const FUNCTION_LIMIT: Duration = Duration::from_secs(20);
/// Environments that work side by side.
const ENVIRONMENTS: usize = 2;
/// How soon a message comes again that was not dealt with.
const VISIBILITY: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let ([queue, program, log], Ok(endpoint)) = (&arguments[..], std::env::var("AWS_ENDPOINT_URL")) else {
        eprintln!("play-lambda QUEUE PROGRAM LOG, with AWS_ENDPOINT_URL in the environment");
        return ExitCode::FAILURE;
    };
    let function = Function {
        program: program.into(),
        environment: std::env::vars().collect(),
        timeout: FUNCTION_LIMIT,
        log: log.into(),
    };
    let queue = queue.clone();
    let _source = EventSource::start(Mapping {
        endpoint,
        key: ANONYMOUS.to_owned(),
        queue,
        function,
        environments: ENVIRONMENTS,
        visibility: VISIBILITY,
        batch: BATCH,
    });
    loop {
        std::thread::park();
    }
}

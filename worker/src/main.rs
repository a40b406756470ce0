//! The worker as a program: takes jobs from the queues of a stack on AWS until it is told to end. Owns the way from arguments
//! to an exit code. How jobs run is the library's.

mod shell;

use std::process::ExitCode;

use fleet_telemetry::{LogSettings, Service};

use crate::shell::exit;
use crate::shell::options::Arguments;

/// musl's own has one lock for all threads, and is slow without any, too.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::read();
    let service = Service { name: "rsql-fleet-worker", queues: "aws_sqs" };
    let telemetry = fleet_telemetry::start(service, LogSettings::of_service());
    let code = shell::run(arguments).unwrap_or_else(|error| {
        tracing::error!("{error:#}");
        exit::FAILED
    });
    drop(telemetry);
    ExitCode::from(code)
}

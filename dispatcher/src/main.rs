//! The dispatcher as a program: a Lambda function where Lambda starts it, a poll loop elsewhere. Owns the way from settings
//! to an exit code. What it does with events is the library's.

mod shell;

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser as _;
use fleet_telemetry::{LogSettings, Service};

use crate::shell::options::Arguments;

/// musl's own has one lock for all threads, and is slow without any, too.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let began = Instant::now();
    let arguments = Arguments::parse();
    let service = Service { name: "rsql-fleet-dispatcher", queues: "aws_sqs" };
    let telemetry = fleet_telemetry::start(service, LogSettings::of_service());
    match shell::run(&arguments, &telemetry, began) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

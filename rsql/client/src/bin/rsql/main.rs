//! The drop-in executable `rsql`. All of it is `rsql_client::program`; this is the process around it.

#[cfg(feature = "aws")]
mod cloud;

use fleet_telemetry::{LogSettings, Service};
use tracing::{Instrument as _, Span};

/// musl's own has one lock for all threads, and is slow without any, too.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    // Only where somebody asks for it: it must not be felt in scripts that start this a thousand times.
    let telemetry = fleet_telemetry::is_wanted()
        .then(|| fleet_telemetry::start(Service { name: "rsql", queues: "" }, LogSettings::silent()));
    let arguments = std::env::args_os().skip(1).collect();
    // The script runs in this thread, which waits for the server itself: no other thread has to wake it for each answer.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let code = match runtime {
        Ok(runtime) => runtime.block_on(rsql_client::program::run(arguments, cloud()).instrument(span())),
        Err(error) => {
            eprintln!("rsql: error: could not start: {error}");
            rsql_client::exit_codes::FAILURE
        }
    };
    drop(telemetry);
    std::process::exit(code);
}

/// Who is asked for logins of AWS.
#[cfg(feature = "aws")]
fn cloud() -> Option<rsql_client::options::cloud::Cloud> {
    Some(cloud::of_aws())
}

/// A program that was built without AWS asks nobody.
#[cfg(not(feature = "aws"))]
fn cloud() -> Option<rsql_client::options::cloud::Cloud> {
    None
}

/// The whole run, as a part of the trace that the environment names: of the job whose script has started it.
fn span() -> Span {
    let span = tracing::info_span!(target: fleet_telemetry::SPANS, "rsql");
    fleet_telemetry::adopt(&span, std::env::var(fleet_telemetry::TRACEPARENT).ok().as_deref());
    span
}

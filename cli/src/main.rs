//! `rsqlctl`, the operator's command. Owns the way from arguments to an exit code. What each command does is in `commands`.

mod commands;
mod context;
mod diff;
mod engine;
mod exit;
mod fleet;
mod graph;
mod options;
mod output;
mod progress;
mod project;
mod serving;
mod signals;
mod target;
mod view;
mod wait;
mod workflows;

use std::process::ExitCode;

use clap::Parser as _;

use crate::context::Context;
use crate::options::Options;

/// musl's own has one lock for all threads, and is slow without any, too.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let options = Options::parse();
    let telemetry = options::start_telemetry(options.global.verbose);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::remark(&format!("rsqlctl: start the runtime: {error}"));
            return ExitCode::from(exit::FAILURE);
        }
    };
    let mut context = Context::new(options.global);
    let ended = runtime.block_on(commands::run(options.command, &mut context));
    let code = ended.unwrap_or_else(|error| {
        let palette = output::remark_palette();
        output::remark(&format!(
            "{} {}",
            palette.paint(output::Tone::Bad, "rsqlctl:"),
            exit::text_of(&error)
        ));
        exit::code_of(&error)
    });
    // A blocking read of a terminal or pipe must not keep a command alive that has done its work.
    runtime.shutdown_background();
    drop(telemetry);
    ExitCode::from(code)
}

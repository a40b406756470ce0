//! What makes a program of the worker: its ports on AWS, its place, the service manager, the host's end. Owns nothing of how
//! jobs are claimed, run and settled.

mod autoscaling;
mod credentials;
pub(crate) mod exit;
mod figures;
mod fleet;
mod health;
mod leaving;
mod manual;
pub(crate) mod options;
mod place;
mod protection;
mod roster;
mod serve;
mod signals;
mod status;
mod systemd;

use anyhow::Context as _;

use options::{Arguments, Command};

/// Does what the arguments say, and gives the exit code.
///
/// # Errors
/// When it cannot begin, or breaks down.
pub(crate) fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    let code = runtime.block_on(async {
        match arguments.command {
            Some(Command::Credentials { secret, region, profile }) => {
                credentials::print(&secret, region, profile).await.map(|()| exit::DRAINED)
            }
            Some(Command::Manual { folder }) => manual::write(&folder).map(|()| exit::DRAINED),
            None => serve::serve(&arguments.serve).await,
        }
    });
    // What hangs in a call that nobody waits for must not hold the process.
    runtime.shutdown_background();
    code
}

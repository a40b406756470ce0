//! The host is about to go: a Spot interruption, or an Auto Scaling lifecycle action. Owns how long the worker then has, and
//! the word to Auto Scaling that it need not wait any longer. Ends nothing itself.

use std::time::Duration;

use fleet_aws::{Leaving, Metadata};
use fleet_core::ports::Clock;
use fleet_core::time::Millis;
use tokio::process::Command;

/// From the notice of a Spot interruption to its time, where the notice does not say.
const SPOT_NOTICE: Millis = Millis::from_mins(2);
/// Kept free before that time: for handing jobs over, and for the last lines of logs.
const SPOT_RESERVE: Millis = Millis::from_secs(30);
/// Longest time for the AWS CLI.
const COMPLETE_LIMIT: Duration = Duration::from_secs(30);

/// Which lifecycle action is completed.
#[derive(Debug, Clone)]
pub(crate) struct Hook {
    /// The Auto Scaling group.
    pub(crate) group: String,
    /// Its hook.
    pub(crate) name: String,
}

/// How long jobs may go on from now, if that is less than the drain limit.
pub(crate) fn time_left(leaving: &Leaving, clock: &Clock) -> Option<Duration> {
    let Leaving::Spot { at, .. } = leaving else { return None };
    let notice = at.map_or(SPOT_NOTICE, |at| at.since(clock.now()));
    Some(Millis(notice.0.saturating_sub(SPOT_RESERVE.0)).to_std())
}

/// Tells Auto Scaling that the host may go. By the AWS CLI: one call is not worth an SDK crate that takes minutes to compile.
pub(crate) async fn complete(hook: &Hook, metadata: &Metadata, region: &str) {
    let Some(instance) = metadata.instance_id().await else {
        tracing::warn!("the lifecycle action was not completed: this host does not know its instance id");
        return;
    };
    let mut command = Command::new("aws");
    command.args(["autoscaling", "complete-lifecycle-action", "--lifecycle-action-result", "CONTINUE"]);
    command.args(["--auto-scaling-group-name", &hook.group, "--lifecycle-hook-name", &hook.name]);
    command.args(["--instance-id", &instance, "--region", region]);
    command.stdin(std::process::Stdio::null()).kill_on_drop(true);
    match tokio::time::timeout(COMPLETE_LIMIT, command.output()).await {
        Ok(Ok(output)) if output.status.success() => tracing::info!("the lifecycle action is completed"),
        Ok(Ok(output)) => {
            let said = String::from_utf8_lossy(&output.stderr);
            tracing::warn!("the lifecycle action was not completed: {}", said.trim());
        }
        Ok(Err(error)) => tracing::warn!(%error, "the lifecycle action was not completed: no AWS CLI"),
        Err(_) => tracing::warn!("the lifecycle action was not completed: the AWS CLI does not end"),
    }
}

//! The Auto Scaling group of this host, as the worker speaks to it: what it may do with the host. Owns the calls, which the
//! host's AWS CLI makes: two calls are not worth an SDK crate that takes minutes to compile. Decides nothing, tries once.

use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use fleet_aws::Metadata;
use tokio::process::Command;

use super::fleet::Fleet;
use super::options::Options;

/// Longest time for the AWS CLI, its own tries included.
const CALL_LIMIT: Duration = Duration::from_secs(30);

/// The host's group.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    name: String,
    region: String,
    metadata: Metadata,
}

/// Whether the group may choose this host when it has too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protection {
    /// It may not.
    On,
    /// It may.
    Off,
}

impl Group {
    /// The group that the options name, if they name one.
    pub(crate) fn of(fleet: &Fleet, options: &Options) -> Option<Self> {
        let name = options.auto_scaling_group.clone()?;
        Some(Self { name, region: fleet.account.region().to_owned(), metadata: fleet.metadata.clone() })
    }

    /// Says whether the host is protected from scale-in.
    ///
    /// # Errors
    /// When the call fails, as where the instance role may not make it or the host is not in service.
    pub(crate) async fn protect(&self, protection: Protection) -> anyhow::Result<()> {
        let flag = match protection {
            Protection::On => "--protected-from-scale-in",
            Protection::Off => "--no-protected-from-scale-in",
        };
        let instance = self.instance().await?;
        self.call(&["set-instance-protection", "--instance-ids", &instance, flag]).await
    }

    /// Says that the host, which the group takes away, may go.
    ///
    /// # Errors
    /// When the call fails; the group then waits until its hook's time is over.
    pub(crate) async fn complete(&self, hook: &str) -> anyhow::Result<()> {
        let instance = self.instance().await?;
        let result = ["complete-lifecycle-action", "--lifecycle-action-result", "CONTINUE"];
        let action = ["--lifecycle-hook-name", hook, "--instance-id", &instance];
        self.call(&[result.as_slice(), &action].concat()).await
    }

    async fn instance(&self) -> anyhow::Result<String> {
        self.metadata.instance_id().await.context("this host does not know its instance id")
    }

    async fn call(&self, arguments: &[&str]) -> anyhow::Result<()> {
        let mut command = Command::new("aws");
        command.arg("autoscaling").args(arguments);
        command.args(["--auto-scaling-group-name", &self.name, "--region", &self.region]);
        command.stdin(Stdio::null()).kill_on_drop(true);
        let ended = tokio::time::timeout(CALL_LIMIT, command.output()).await;
        let output = ended.context("the AWS CLI does not end")?.context("no AWS CLI")?;
        if !output.status.success() {
            anyhow::bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(())
    }
}

//! Settings of the program, from its environment (as Lambda gives them) or its options. Owns their names.

use std::path::PathBuf;

use fleet_aws::{AUDIT_DAYS_MAX, STACK_DEFAULT, Stack};

/// Takes events from the stack's queue, decides which jobs are ready, and sends them to the workers. Started by Lambda, it
/// serves invocations; otherwise it polls until SIGTERM. Region and credentials come from where every AWS tool finds them.
#[derive(Debug, clap::Parser)]
#[command(name = "dispatcher", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) serve: Options,
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Writes the manual page and the completions for shells, for a package.
    #[command(hide = true)]
    Manual {
        /// Folder for them.
        folder: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Name of the stack, which all its resources' names begin with.
    #[arg(long, env = "FLEET_STACK", default_value = STACK_DEFAULT, value_parser = stack)]
    pub(crate) stack: Stack,
    /// Pools of workers with a queue of their own, divided by commas; the jobs of any other pool go to the common queue.
    #[arg(long, env = "FLEET_POOLS", value_delimiter = ',', value_name = "POOL,…")]
    pools: Vec<String>,
    /// Days after which audit records expire; without it they never do.
    #[arg(long, env = "FLEET_AUDIT_DAYS", value_parser = clap::value_parser!(u32).range(1..=i64::from(AUDIT_DAYS_MAX)))]
    pub(crate) audit_days: Option<u32>,
    /// Profile of the AWS configuration files.
    #[arg(long)]
    pub(crate) profile: Option<String>,
    /// AWS region.
    #[arg(long)]
    pub(crate) region: Option<String>,
}

impl Options {
    /// The pools that were named. An environment variable that is set to nothing names none.
    pub(crate) fn pools(&self) -> impl Iterator<Item = &str> {
        self.pools.iter().map(|pool| pool.trim()).filter(|pool| !pool.is_empty())
    }
}

fn stack(name: &str) -> Result<Stack, String> {
    Stack::parse(name).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory as _, Parser as _};

    #[test]
    fn the_options_are_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn pools_that_are_named() {
        let check = |text: &str, expect: &[&str]| {
            let options = Arguments::parse_from(["dispatcher", "--pools", text]).serve;
            assert_eq!(options.pools().collect::<Vec<_>>(), expect, "{text}");
        };
        check("finance", &["finance"]);
        check("finance, shop,", &["finance", "shop"]);
        check("", &[]);
    }

    #[test]
    fn settings_that_cannot_be() {
        let check = |arguments: &[&str], expect: &str| {
            let all = ["dispatcher"].iter().chain(arguments);
            let error = Arguments::try_parse_from(all).map(|_| ()).expect_err("it is refused").to_string();
            assert!(error.contains(expect), "{error}");
        };
        check(&["--stack", "night_2"], "1 to 40 letters, digits and hyphens");
        check(&["--audit-days", "0"], "0 is not in 1..=36500");
        check(&["--audit-days", "soon"], "invalid digit");
    }
}

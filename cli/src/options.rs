//! Options that all commands share, and the list of commands. Owns the top of the help. Each command's own options stand in
//! its file.

use std::path::PathBuf;

use clap::{Args, Parser};
use fleet_core::state::ExecutionRow;
use fleet_core::time::Timestamp;
use fleet_core::wire::Ask;
use fleet_telemetry::{LogSettings, Service};

use crate::commands::Command;
use crate::exit;
use crate::output::Format;
use crate::target::TargetArgs;

/// Operate a fleet that runs RSQL jobs as dependency graphs.
///
/// A project is a folder with `project.yaml`, workflow files and scripts. `rsqlctl` deploys its workflows, starts and
/// follows executions, shows logs and the audit trail, and runs the whole fleet in one process (`rsqlctl local`): SQLite
/// for state and queues, local files for logs, no account anywhere.
///
/// With `--stack NAME` (or FLEET_STACK, or a section `aws` in project.yaml) the same commands work on a fleet on AWS.
///
/// Data goes to standard output, as a table or as JSON (`-o json`); remarks, progress and errors go to standard error.
#[derive(Debug, Parser)]
#[command(name = "rsqlctl", version, subcommand_required = true, arg_required_else_help = true)]
#[command(max_term_width = 110, after_help = after_help(), after_long_help = after_long_help())]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const FIRST_STEPS: &str = "\
First steps:
  rsqlctl init demo && cd demo        a commented sample project
  rsqlctl validate                    check its workflows
  rsqlctl deploy                      register them
  rsqlctl start hello --wait          run one to its end";

const ENVIRONMENT: &str = "\
Environment:
  RSQLCTL_PROJECT   the project's folder, as --project
  FLEET_STACK       the stack on AWS, as --stack
  AWS_*             region, profile, credentials and endpoint of a fleet on AWS, as for every AWS tool
  NO_COLOR          no colours, whatever the terminal can show
  RUST_LOG          filter for diagnostics, such as dispatcher=debug,worker=trace";

fn after_help() -> String {
    format!("{FIRST_STEPS}\n\n`rsqlctl help COMMAND` tells all about a command, exit codes included.")
}

fn after_long_help() -> String {
    format!("{FIRST_STEPS}\n\n{}\n\n{ENVIRONMENT}", exit::HELP)
}

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Folder of the project
    ///
    /// Without it, the current directory or the nearest one above it that holds `project.yaml`.
    #[arg(
        long,
        global = true,
        env = "RSQLCTL_PROJECT",
        hide_env_values = true,
        value_name = "DIR",
        help_heading = "Global options"
    )]
    pub(crate) project: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) target: TargetArgs,

    /// Form of the data on standard output
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        default_value = "table",
        value_name = "FORM",
        help_heading = "Global options"
    )]
    pub(crate) output: Format,

    /// Tell more on standard error; -vv tells all
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Global options")]
    pub(crate) verbose: u8,
}

/// Who asks for a change, and why. Both go to the audit trail.
#[derive(Debug, Args)]
pub(crate) struct RequestArgs {
    /// Why, in your words; recorded in the audit trail
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT", value_parser = reason)]
    pub(crate) reason: String,

    /// Who asks; recorded in the audit trail
    ///
    /// Without it, your user and host name.
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub(crate) by: Option<String>,
}

/// Characters of a name in the audit trail: long enough for an address, short enough for a line.
const NAME_CHARS_MAX: usize = 128;
/// Characters of a reason: it travels in a queue message and stands in a row, both of which are bounded.
const REASON_CHARS_MAX: usize = 4_096;

fn name(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("name somebody, or leave it out for your user and host name".to_owned());
    }
    at_most(text, NAME_CHARS_MAX)
}

fn reason(text: &str) -> Result<String, String> {
    at_most(text, REASON_CHARS_MAX)
}

fn at_most(text: &str, chars_max: usize) -> Result<String, String> {
    match text.chars().count() {
        length if length > chars_max => {
            Err(format!("it has {length} characters, and {chars_max} are allowed"))
        }
        _ => Ok(text.to_owned()),
    }
}

impl RequestArgs {
    /// Who asks: as given, else `user@host`.
    pub(crate) fn who(&self) -> String {
        self.by.clone().unwrap_or_else(user_at_host)
    }

    /// What is asked of an execution as it was read, at the time `at`.
    pub(crate) fn ask(&self, execution: &ExecutionRow, at: Timestamp) -> Ask {
        Ask {
            workflow_execution_id: execution.workflow_execution_id.clone(),
            by: self.who(),
            reason: self.reason.clone(),
            at,
            generation: Some(execution.generation),
        }
    }
}

fn user_at_host() -> String {
    let uid = nix::unistd::Uid::effective();
    let user =
        nix::unistd::User::from_uid(uid).ok().flatten().map_or_else(|| uid.to_string(), |user| user.name);
    format!("{user}@{}", host())
}

/// The name of this host.
pub(crate) fn host() -> String {
    let host = nix::unistd::gethostname().ok().and_then(|host| host.into_string().ok());
    host.unwrap_or_else(|| "localhost".to_owned())
}

/// Sends diagnostics to standard error: warnings, or more with `-v` and `RUST_LOG`; and traces and metrics to where the
/// `OTEL_*` variables say.
pub(crate) fn start_telemetry(verbose: u8) -> fleet_telemetry::Guard {
    let level = ["warn", "info", "debug"][usize::from(verbose).min(2)];
    let mut logs = LogSettings::of_service().to(|| crate::output::Remarks);
    logs.filter = level.to_owned();
    logs.has_colours = crate::output::remark_palette().has_colours();
    let service = Service { name: "rsqlctl", queues: "sqlite" };
    fleet_telemetry::start(service, logs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_options_are_sound() {
        Options::command().debug_assert();
    }
}

//! `rsqlctl completions`: scripts that complete commands and options in a shell.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::context::Context;
use crate::exit;
use crate::options::Options;

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) const EXAMPLES: &str = "\
Examples:
  rsqlctl completions bash > ~/.local/share/bash-completion/completions/rsqlctl
  rsqlctl completions zsh > \"${fpath[1]}/_rsqlctl\"
  rsqlctl completions fish > ~/.config/fish/completions/rsqlctl.fish";

pub(crate) fn run(args: &Args, context: &mut Context) -> anyhow::Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Options::command(), "rsqlctl", &mut script);
    context.out.write(&String::from_utf8_lossy(&script))?;
    Ok(exit::OK)
}

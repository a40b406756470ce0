//! `rsqlctl manual`: the manual pages, for those who make packages. Their text is that of the help.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_mangen::Man;

use crate::exit;
use crate::options::Options;

/// Write the manual pages, one a command
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder for them; it must exist
    folder: PathBuf,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    let mut command = Options::command().disable_help_subcommand(true);
    command.build();
    write(&command, &args.folder)
        .with_context(|| format!("write manual pages into {}", args.folder.display()))?;
    Ok(exit::OK)
}

fn write(command: &clap::Command, folder: &Path) -> std::io::Result<()> {
    let page = Man::new(command.clone()).source(concat!("rsqlctl ", env!("CARGO_PKG_VERSION")));
    page.manual("RSQL fleet").generate_to(folder)?;
    command.get_subcommands().filter(|command| !command.is_hide_set()).try_for_each(|c| write(c, folder))
}

//! The worker's manual page and its completions for shells, for those who make packages. Owns the name that the program has
//! when it is installed. The text is that of the help.

use std::path::Path;

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_mangen::Man;

use super::options::Arguments;

/// What the program is called on a PATH, where its own name says too little.
const INSTALLED: &str = "rsql-fleet-worker";
/// The section of services.
const SECTION: &str = "8";

/// Writes `man/` and `completions/` into a folder.
///
/// # Errors
/// When it cannot be written to.
pub(crate) fn write(folder: &Path) -> anyhow::Result<()> {
    let mut command = Arguments::command().name(INSTALLED).disable_help_subcommand(true);
    command.build();
    write_to(&command, folder).with_context(|| format!("write the manual into {}", folder.display()))
}

fn write_to(command: &clap::Command, folder: &Path) -> std::io::Result<()> {
    let (man, completions) = (folder.join("man"), folder.join("completions"));
    std::fs::create_dir_all(&man)?;
    std::fs::create_dir_all(&completions)?;
    let source = format!("{INSTALLED} {}", env!("CARGO_PKG_VERSION"));
    for page in command.get_subcommands().filter(|command| !command.is_hide_set()).chain([command]) {
        let page = Man::new(page.clone()).section(SECTION).source(source.as_str()).manual("RSQL fleet");
        page.generate_to(&man)?;
    }
    for (shell, suffix) in [(Shell::Bash, "bash"), (Shell::Zsh, "zsh"), (Shell::Fish, "fish")] {
        let mut file = std::fs::File::create(completions.join(format!("{INSTALLED}.{suffix}")))?;
        clap_complete::generate(shell, &mut command.clone(), INSTALLED, &mut file);
    }
    Ok(())
}

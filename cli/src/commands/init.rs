//! `rsqlctl init`: a commented sample project. Owns the files that it lays down. Never overwrites one.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;

use crate::context::Context;
use crate::exit;
use crate::output::remark;

/// Make a commented sample project that runs
///
/// Lays down `project.yaml`, two workflows and their scripts. The workflow `hello` needs no database; `warehouse` shows
/// RSQL scripts and needs one. No file that is there is overwritten: where one would be, nothing is done.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the new project; made if need be
    #[arg(default_value = ".", value_name = "DIR")]
    dir: PathBuf,
}

pub(crate) const EXAMPLES: &str = "\
Examples:
  rsqlctl init demo
  cd demo && rsqlctl deploy && rsqlctl start hello --wait

JSON: { directory, files: [path] }";

/// Path within the project, and text.
const FILES: &[(&str, &str)] = &[
    ("project.yaml", include_str!("../../sample/project.yaml")),
    (".gitignore", include_str!("../../sample/gitignore")),
    ("workflows/hello.yaml", include_str!("../../sample/workflows/hello.yaml")),
    ("workflows/warehouse.yaml", include_str!("../../sample/workflows/warehouse.yaml")),
    ("scripts/hello/greet.sh", include_str!("../../sample/scripts/hello/greet.sh")),
    ("scripts/hello/count.sh", include_str!("../../sample/scripts/hello/count.sh")),
    ("scripts/hello/report.sh", include_str!("../../sample/scripts/hello/report.sh")),
    ("scripts/hello/cleanup.sh", include_str!("../../sample/scripts/hello/cleanup.sh")),
    ("scripts/warehouse/load.rsql", include_str!("../../sample/scripts/warehouse/load.rsql")),
    ("scripts/warehouse/check.rsql", include_str!("../../sample/scripts/warehouse/check.rsql")),
    ("scripts/warehouse/report.rsql", include_str!("../../sample/scripts/warehouse/report.rsql")),
];

#[derive(Serialize)]
struct Made {
    directory: PathBuf,
    files: Vec<PathBuf>,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> anyhow::Result<u8> {
    let dir = args.dir.as_path();
    if let Some((taken, _)) = FILES.iter().find(|(name, _)| dir.join(name).symlink_metadata().is_ok()) {
        anyhow::bail!("{} is there already; nothing was written", dir.join(taken).display());
    }
    for (name, text) in FILES {
        write(&dir.join(name), text)?;
    }
    let files = FILES.iter().map(|(name, _)| dir.join(name)).collect();
    let made = Made { directory: std::path::absolute(dir)?, files };
    context
        .out
        .answer(&made, |made, _| made.files.iter().map(|file| format!("{}\n", file.display())).collect())?;
    let cd = if dir == Path::new(".") { String::new() } else { format!("cd {} && ", dir.display()) };
    remark(&format!("The project is ready. Next:\n  {cd}rsqlctl deploy\n  rsqlctl start hello --wait"));
    Ok(exit::OK)
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let parent = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).with_context(|| format!("make the folder {}", parent.display()))?;
    fs::write(file, text).with_context(|| format!("write {}", file.display()))?;
    if file.extension().is_some_and(|ending| ending == "sh") {
        // So that a person can run it by hand, too; a job does not need it.
        fs::set_permissions(file, fs::Permissions::from_mode(0o755))
            .with_context(|| format!("make {} executable", file.display()))?;
    }
    Ok(())
}

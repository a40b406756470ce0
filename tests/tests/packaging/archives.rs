//! The Lambda function's zip and the operators' tarball.

use std::path::Path;

use super::documents;
use super::release::{Release, VERSION, run};

/// Entries with Unix mode and time, and all of them unpacked; Python reads zips wherever the tests run.
const UNPACK: &str = "
import sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
for entry in archive.infolist():
    print(f'{entry.external_attr >> 16:o} {entry.date_time} {entry.filename}')
archive.extractall(sys.argv[2])
";

pub(crate) fn check_function(release: &Release) {
    let folder = release.folder("function");
    let zip = release.file(".zip");
    let entries = run("python3", ["-c", UNPACK, &zip, &folder.display().to_string()], &release.out);
    assert_eq!(entries, "100755 (2023, 11, 14, 22, 13, 20) bootstrap\n");
    // Python leaves modes alone when it unpacks; Lambda does not.
    run("chmod", ["+x", "bootstrap"], &folder);
    assert_eq!(run(folder.join("bootstrap"), ["--version"], &folder), format!("dispatcher {VERSION}\n"));
}

pub(crate) fn check_commands(release: &Release) {
    let folder = release.folder("commands");
    let tarball = release.file("-linux.tar.gz");
    let list = run("tar", ["--list", "--verbose", "--numeric-owner", "--full-time", "-f", &tarball], &folder);
    for line in list.lines() {
        assert!(line.contains(" 0/0 ") && line.contains(" 2023-11-14 22:13:20 "), "{line}");
    }
    run("tar", ["--extract", "--strip-components=1", "-f", &tarball], &folder);
    for (program, name) in [("rsqlctl", "rsqlctl"), ("rsql", "rsql"), ("rsql-fleet-dispatcher", "dispatcher")]
    {
        let version = run(folder.join("bin").join(program), ["--version"], &folder);
        assert_eq!(version, format!("{name} {VERSION}\n"));
    }
    let share = folder.join("share");
    let notices = std::fs::read_to_string(share.join("doc/rsql-fleet/NOTICES")).expect("it has the licences");
    assert!(notices.contains("\ntokio 1.") && notices.contains("Permission is hereby granted"), "{notices}");
    documents::check_pages(&share.join("man"));
    check_that_commands_have_pages(&folder);
    documents::check_completions(&folder);
}

fn check_that_commands_have_pages(folder: &Path) {
    let help = run(folder.join("bin/rsqlctl"), ["--help"], folder);
    let commands =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names: Vec<&str> =
        commands.filter_map(|line| line.split_whitespace().next()).filter(|n| *n != "help").collect();
    assert!(names.contains(&"dead-letters"), "{help}");
    for name in names {
        let page = folder.join(format!("share/man/man1/rsqlctl-{name}.1.gz"));
        assert!(page.exists(), "rsqlctl {name} has no page");
    }
}

//! The .rpm: what it holds, as rpm reads it, and that rpm would install it.

use super::debian;
use super::release::{MADE_AT, Release, VERSION, run};

pub(crate) fn check(release: &Release) {
    let rpm = release.file(".rpm");
    let (architecture, ..) = release.names();
    let ask =
        |format: &str| run("rpm", ["--query", "--package", "--queryformat", format, &rpm], &release.out);
    let named = ask("%{NAME} %{VERSION} %{ARCH} %{LICENSE} %{BUILDTIME}");
    assert_eq!(named, format!("rsql-fleet-worker {VERSION} {architecture} MIT-0 {MADE_AT}"));

    let files = ask("[%{FILENAMES} %{FILEMODES:octal} %{FILEUSERNAME}:%{FILEGROUPNAME}\n]");
    for (path, mode) in debian::FILES {
        let kind = if *mode == 0o777 { 0o120_000 } else { 0o100_000 };
        let line = format!("/{path} {:o} root:root", kind | mode);
        // rpm shows the mode of a link as it was given, and makes it as the system does.
        let found = files
            .lines()
            .any(|found| found == line || (kind == 0o120_000 && found.starts_with(&format!("/{path} 12"))));
        assert!(found, "{line} is not in {files}");
    }
    let of_others = files.lines().filter(|line| line.starts_with("/etc/rsql-fleet 40755 root:root")).count();
    assert_eq!(files.lines().count(), debian::FILES.len() + of_others, "{files}");
    let settings = run("rpm", ["--query", "--package", "--configfiles", &rpm], &release.out);
    assert_eq!(settings, "/etc/rsql-fleet/worker.env\n");
    assert!(
        ask("[%{FILENAMES} %{FILEFLAGS:fflags}\n]").contains("/etc/rsql-fleet/worker.env cn\n"),
        "noreplace"
    );
    let scripts = run("rpm", ["--query", "--package", "--scripts", &rpm], &release.out);
    assert!(scripts.contains("systemctl --no-block try-restart rsql-fleet-worker.service"), "{scripts}");

    let host = release.folder("redhat");
    let root = host.display().to_string();
    // A folder has no systemd of its own to depend on, nor a shell for the scripts.
    run(
        "rpm",
        ["--root", &root, "--dbpath", "/db", "--test", "--install", "--nodeps", "--noscripts", &rpm],
        &host,
    );
    let unpack = format!("rpm2archive --nocompression < {rpm} | tar --extract");
    let files = release.folder("rpm");
    run("sh", ["-c", &unpack], &files);
    debian::check_files(&files);
}

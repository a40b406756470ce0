//! The .deb: what it holds, and what an installation, an upgrade and a purge do in a folder that stands for a host.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::documents;
use super::release::{Release, VERSION, run};

/// Every file, with its mode. All of them are root's.
pub(crate) const FILES: &[(&str, u32)] = &[
    ("etc/rsql-fleet/worker.env", 0o640),
    ("opt/rsql-fleet/bin/rsql", 0o755),
    ("opt/rsql-fleet/bin/worker", 0o755),
    ("usr/bin/rsql-fleet-worker", 0o777),
    ("usr/lib/systemd/system/rsql-fleet-worker.service", 0o644),
    ("usr/lib/sysusers.d/rsql-fleet-worker.conf", 0o644),
    ("usr/lib/tmpfiles.d/rsql-fleet-worker.conf", 0o644),
    ("usr/share/bash-completion/completions/rsql-fleet-worker", 0o644),
    ("usr/share/doc/rsql-fleet-worker/NOTICES.gz", 0o644),
    ("usr/share/doc/rsql-fleet-worker/changelog.gz", 0o644),
    ("usr/share/doc/rsql-fleet-worker/copyright", 0o644),
    ("usr/share/fish/vendor_completions.d/rsql-fleet-worker.fish", 0o644),
    ("usr/share/man/man8/rsql-fleet-worker-credentials.8.gz", 0o644),
    ("usr/share/man/man8/rsql-fleet-worker.8.gz", 0o644),
    ("usr/share/zsh/site-functions/_rsql-fleet-worker", 0o644),
];

pub(crate) fn check(release: &Release) {
    let deb = release.file(".deb");
    let (_, architecture, _) = release.names();
    let fields =
        run("dpkg-deb", ["--field", &deb, "Package", "Version", "Architecture", "Depends"], &release.out);
    let expect = format!(
        "Package: rsql-fleet-worker\nVersion: {VERSION}\nArchitecture: {architecture}\nDepends: systemd\n"
    );
    assert_eq!(fields, expect);
    let control = release.folder("control");
    run("dpkg-deb", ["--control", &deb, &control.display().to_string()], &release.out);
    assert_eq!(
        std::fs::read_to_string(control.join("conffiles")).unwrap_or_default(),
        "/etc/rsql-fleet/worker.env\n"
    );
    check_owners(&run("dpkg-deb", ["--contents", &deb], &release.out));

    let host = release.folder("debian");
    run("dpkg-deb", ["--extract", &deb, &host.display().to_string()], &release.out);
    check_files(&host);
    check_unit(release, &host);
    documents::check_pages(&host.join("usr/share/man"));
    // dpkg installs for root alone.
    if nix::unistd::Uid::effective().is_root() {
        check_installation(release, &deb);
    }
}

fn check_owners(list: &str) {
    for line in list.lines() {
        assert!(line.contains(" root/root ") && line.contains(" 2023-11-14 22:13 "), "{line}");
    }
}

/// The files of a package that was unpacked below `host`, and nothing else.
pub(crate) fn check_files(host: &Path) {
    let found = run("find", [".", "-not", "-type", "d", "-printf", "%P %m\n"], host);
    let mut found: Vec<&str> = found.lines().collect();
    found.sort_unstable();
    let expect: Vec<String> = FILES.iter().map(|(path, mode)| format!("{path} {mode:o}")).collect();
    assert_eq!(found, expect);
    let link = std::fs::read_link(host.join("usr/bin/rsql-fleet-worker")).expect("it is a link");
    assert_eq!(link, Path::new("/opt/rsql-fleet/bin/worker"));
    for program in ["worker", "rsql"] {
        let version = run(host.join("opt/rsql-fleet/bin").join(program), ["--version"], host);
        assert_eq!(version, format!("{program} {VERSION}\n"));
    }
    let settings = std::fs::read_to_string(host.join(FILES[0].0)).expect("the settings are there");
    assert!(settings.lines().all(|line| line.is_empty() || line.starts_with('#')), "{settings}");
}

/// systemd finds no fault in the unit, once the paths of the host are those of the folder, and calls it well guarded.
fn check_unit(release: &Release, host: &Path) {
    let unit = std::fs::read_to_string(host.join(FILES[4].0)).expect("the unit is there");
    let folder = release.folder("unit");
    let here = unit.replace("/opt/rsql-fleet", &host.join("opt/rsql-fleet").display().to_string());
    assert_ne!(here, unit);
    std::fs::write(folder.join("rsql-fleet-worker.service"), here).expect("the folder is ours");
    assert_eq!(run("systemd-analyze", ["verify", "./rsql-fleet-worker.service"], &folder), "");
    let score =
        run("systemd-analyze", ["security", "--offline=true", "./rsql-fleet-worker.service"], &folder);
    assert!(score.contains("rsql-fleet-worker.service: 1.5 OK"), "{score}");
}

fn check_installation(release: &Release, deb: &str) {
    let host = release.folder("host");
    std::fs::create_dir_all(host.join("var/lib/dpkg/updates")).expect("the folder is ours");
    std::fs::create_dir_all(host.join("var/lib/dpkg/info")).expect("the folder is ours");
    std::fs::write(host.join("var/lib/dpkg/status"), "").expect("the folder is ours");
    // Without a systemd of its own, and so without chroot, the scripts work on the folder that dpkg tells them.
    let root = format!("--root={}", host.display());
    let dpkg = |action: &[&str]| {
        let options = [root.as_str(), "--force-depends", "--force-script-chrootless", "--log=/dev/null"];
        run("dpkg", options.iter().chain(action), &release.out)
    };
    dpkg(&["--install", deb]);
    let users = std::fs::read_to_string(host.join("etc/passwd")).expect("there is a user");
    let user = users.lines().find(|line| line.starts_with("rsql-fleet:")).expect("the user is the worker's");
    let fields: Vec<&str> = user.split(':').collect();
    assert_eq!(&fields[5..], ["/var/lib/rsql-fleet", "/usr/sbin/nologin"]);
    let state = std::fs::metadata(host.join("var/lib/rsql-fleet")).expect("the worker has its directory");
    assert_eq!((state.uid().to_string(), state.mode() & 0o7777), (fields[2].to_owned(), 0o700));
    assert!(!host.join("etc/systemd/system/multi-user.target.wants").exists(), "it enabled itself");

    let settings = host.join(FILES[0].0);
    std::fs::write(&settings, "FLEET_STACK=night\n").expect("the settings are the operator's");
    dpkg(&["--install", deb]);
    assert_eq!(std::fs::read_to_string(&settings).unwrap_or_default(), "FLEET_STACK=night\n");
    dpkg(&["--remove", "rsql-fleet-worker"]);
    assert!(settings.exists() && !host.join("opt/rsql-fleet").exists());
    dpkg(&["--purge", "rsql-fleet-worker"]);
    assert!(!settings.exists() && !host.join("var/lib/rsql-fleet").exists());
}

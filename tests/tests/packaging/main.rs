//! What `make dist` hands over: the scripts of `packaging/`, run on development builds, and every file that they make looked
//! into. Builds for other machines take too long here; executables that are nothing but a header stand for those.

mod archives;
mod debian;
mod documents;
mod headers;
mod materials;
mod release;
mod rpm;

use std::collections::BTreeSet;

use release::{Release, VERSION, run};

// One test, since each process would pack everything anew.
#[test]
fn a_release_is_whole() {
    let release = Release::make();
    let files: BTreeSet<String> = std::fs::read_dir(&release.out)
        .expect("the release was made")
        .map(|entry| entry.expect("the folder can be listed").file_name().to_string_lossy().into_owned())
        .collect();
    let (arch, debian, lambda) = release.names();
    let expect = [
        "SHA256SUMS".to_owned(),
        format!("bootstrap-{lambda}.zip"),
        format!("dispatcher-{VERSION}.cdx.json"),
        format!("rsql-{VERSION}.cdx.json"),
        format!("rsql-fleet-{VERSION}-{arch}-linux.tar.gz"),
        format!("rsql-fleet-worker-{VERSION}.{arch}.rpm"),
        format!("rsql-fleet-worker_{VERSION}_{debian}.deb"),
        format!("rsqlctl-{VERSION}.cdx.json"),
        format!("worker-{VERSION}.cdx.json"),
    ];
    assert_eq!(files, BTreeSet::from(expect));
    let told = run("sha256sum", ["--check", "SHA256SUMS"], &release.out);
    assert_eq!(told.lines().filter(|line| line.ends_with(": OK")).count(), files.len() - 1, "{told}");

    archives::check_function(&release);
    archives::check_commands(&release);
    debian::check(&release);
    rpm::check(&release);
    materials::check(&release);
}

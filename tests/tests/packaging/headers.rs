//! Packing for the other architecture, twice, with executables that are nothing but the header of one.

use std::path::Path;

use super::release::{VERSION, script};

/// ELF, 64 bits, little endian, an executable; the machine number stands behind it.
const HEADER: [u8; 18] = [0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0];
const MACHINES: [(u16, &str, &str, &str); 2] =
    [(0x3e, "x86_64", "amd64", "x86_64"), (0xb7, "aarch64", "arm64", "arm64")];

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    let file = folder.join(name);
    std::fs::create_dir_all(file.parent().expect("it is in a folder")).expect("the folder is ours");
    std::fs::write(file, bytes).expect("the folder is ours");
}

fn executables(folder: &Path, machine: u16) {
    let bytes = [&HEADER[..], &machine.to_le_bytes()].concat();
    for name in ["rsqlctl", "rsql", "worker", "dispatcher"] {
        write(folder, name, &bytes);
    }
}

fn documents(folder: &Path) {
    write(folder, "NOTICES", b"none");
    for page in ["rsqlctl.1", "rsql.1", "rsql-fleet-dispatcher.8", "rsql-fleet-worker.8"] {
        write(folder, &format!("man/{page}"), b".TH x 1\n");
    }
    for program in ["rsqlctl", "rsql", "rsql-fleet-dispatcher", "rsql-fleet-worker"] {
        for shell in ["bash", "zsh", "fish"] {
            write(folder, &format!("completions/{program}.{shell}"), b"");
        }
    }
}

/// Name and content of every file that is made.
fn pack(built: &Path, documents: &Path, zip: &str) -> Vec<(String, Vec<u8>)> {
    let out = tempfile::tempdir().expect("a temporary folder");
    let zip = out.path().join(zip);
    script("bootstrap.sh", [built.join("dispatcher"), zip]);
    script("package.sh", [built, out.path(), documents]);
    script("tarball.sh", [built, out.path(), documents]);
    let files = std::fs::read_dir(out.path()).expect("the folder is there").flatten();
    let mut files: Vec<_> = files
        .map(|file| {
            (file.file_name().to_string_lossy().into_owned(), std::fs::read(file.path()).expect("a file"))
        })
        .collect();
    files.sort();
    files
}

#[test]
fn either_architecture_is_packed_the_same_twice() {
    for (machine, name, debian, lambda) in MACHINES {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (built, papers) = (folder.path().join("built"), folder.path().join("documents"));
        executables(&built, machine);
        documents(&papers);
        let zip = format!("bootstrap-{lambda}.zip");
        let first = pack(&built, &papers, &zip);
        let names: Vec<&str> = first.iter().map(|(name, _)| name.as_str()).collect();
        let expect = [
            zip.clone(),
            format!("rsql-fleet-{VERSION}-{name}-linux.tar.gz"),
            format!("rsql-fleet-worker-{VERSION}.{name}.rpm"),
            format!("rsql-fleet-worker_{VERSION}_{debian}.deb"),
        ];
        assert_eq!(names, expect);
        // Of another age: only what is in them may count.
        executables(&built, machine);
        assert!(first == pack(&built, &papers, &zip), "the second packing for {name} differs");
    }
}

#[test]
fn what_is_no_executable_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let refused = |file: &str| {
        let script = fleet_tests::tree::root().join("packaging/bootstrap.sh");
        let output = std::process::Command::new(script).arg(folder.path().join(file)).arg("x.zip").output();
        let output = output.expect("the script starts");
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    write(folder.path(), "text", b"#!/bin/sh\necho I am the dispatcher\n");
    assert!(refused("text").contains("is no Linux executable for x86-64 or arm64"));
    assert!(refused("nothing").contains("is missing: build it first"));
}

//! `tests/run.sh test` ends with `N passed, N failed`, the sum of what cargo said, whatever happens on the way.
//!
//! Cargo and the checks of infra/ are played by scripts that print what cargo, nextest and vitest print.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use fleet_tests::tree;

/// Answers of the played cargo, by environment variable; each has a green default.
const CARGO: &str = r#"#!/bin/bash
case "$*" in
  "nextest --version") exit "${HAS_NO_NEXTEST:-0}" ;;
  fmt*) exit "${FMT:-0}" ;;
  clippy* | build*) exit 0 ;;
  nextest*)
    [[ "$FLEET_TEST_PG" == postgresql://etl:*@127.0.0.1:*/dev && -z "$PGHOST" ]] || { echo "no warehouse"; exit 1; }
    printf '\033[32m     Summary\033[0m [   1.1s] %s\n' "${SUMMARY:-22 tests run: 22 passed (1 slow), 3 skipped}"
    [[ -z "$HANG" ]] || { touch "$HANG"; exec tail -f /dev/null; }
    [[ "$SUMMARY" != *failed* && "$SUMMARY" != *died* ]] ;;
  "test --quiet"*) printf 'test result: ok. 3 passed; 0 failed\ntest result: ok. 2 passed; 0 failed\n' ;;
  test*) printf 'test result: ok. 7 passed; 0 failed\ntest result: FAILED. 1 passed; 2 failed\n'; exit 101 ;;
esac
"#;

/// Answers of the played checks of infra/.
const INFRA: &str = r#"#!/bin/bash
case "$1" in
  test)
    printf '\033[2m      Tests \033[22m %s\n' "${VITEST:-40 passed (40)}"
    [[ "$VITEST" != *failed* && "$VITEST" != *died* ]] ;;
  types) exit "${TYPES:-0}" ;;
esac
"#;

fn play(folder: &Path, name: &str, script: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, script).expect("the folder is writable");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("the file is ours");
    path
}

fn runner(folder: &Path, answers: &[(&str, &str)]) -> Command {
    play(folder, "cargo", CARGO);
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("bash");
    command.arg(tree::root().join("tests/run.sh")).arg("test").env("PATH", path).env("PGHOST", "elsewhere");
    command.env("FLEET_INFRA_CHECKS", play(folder, "infra.sh", INFRA));
    command.envs(answers.iter().copied()).stdin(Stdio::null());
    command
}

fn check(answers: &[(&str, &str)], expect: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = runner(folder.path(), answers).output().expect("bash starts");
    assert_eq!(last_line(&output), expect, "{answers:?}: {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.success(), expect.ends_with(" 0 failed"), "{answers:?}: {}", output.status);
}

fn last_line(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default().to_owned()
}

#[test]
fn the_last_line_sums_tests_doc_tests_and_faults_of_the_lint() {
    check(&[], "67 passed, 0 failed");
    check(&[("FMT", "1")], "67 passed, 1 failed");
    check(
        &[("SUMMARY", "9 tests run: 5 passed, 2 failed, 1 timed out, 1 exec failed, 4 skipped")],
        "50 passed, 4 failed",
    );
    check(&[("SUMMARY", "died before it ran a test")], "45 passed, 1 failed");
    check(&[("VITEST", "1 failed | 38 passed (39)")], "65 passed, 1 failed");
    check(&[("VITEST", "died before it ran a test")], "27 passed, 1 failed");
    check(&[("TYPES", "2")], "67 passed, 1 failed");
    check(&[("HAS_NO_NEXTEST", "1")], "53 passed, 2 failed");
}

#[test]
fn an_interrupted_run_owes_its_last_line_and_leaves_no_server() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (out, hung) = (folder.path().join("out"), folder.path().join("hung"));
    let mut child = runner(folder.path(), &[("HANG", &hung.to_string_lossy())])
        .stdout(std::fs::File::create(&out).expect("the folder is writable"))
        .stderr(Stdio::null())
        .spawn()
        .expect("bash starts");
    while !hung.exists() {
        assert!(child.try_wait().expect("our child").is_none(), "the run ended before its tests began");
        std::thread::park_timeout(std::time::Duration::from_millis(20));
    }
    let killed = Command::new("kill").arg(child.id().to_string()).status();
    assert!(killed.expect("kill starts").success());
    let status = child.wait().expect("our child");
    let printed = std::fs::read_to_string(&out).expect("what was printed");
    assert_eq!((status.code(), printed.lines().last()), (Some(143), Some("40 passed, 1 failed")));
    let address = printed.lines().find(|line| line.starts_with("127.0.0.1:")).expect("the server was named");
    assert!(std::net::TcpStream::connect(address).is_err(), "the server at {address} is still there");
}

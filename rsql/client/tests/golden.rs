//! Transcripts of what RSQL adds to psql: script in, both streams and the exit code out. Scripts are `golden/*.rsql`, the
//! transcripts lie in `snapshots/` and are read against docs/rsql.md by a person when they change.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use fleet_tests::postgres::Postgres;

#[test]
fn transcripts() {
    let server = Postgres::shared();
    insta::glob!("golden/*.rsql", |script| {
        insta::assert_snapshot!(transcript(server, script));
    });
}

fn transcript(server: &Postgres, script: &Path) -> String {
    // A folder of its own, since scripts write files.
    let place = tempfile::tempdir().unwrap();
    let name = script.file_name().unwrap();
    symlink(script, place.path().join(name)).unwrap();
    symlink(script.parent().unwrap().join("include"), place.path().join("include")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_rsql"))
        .args(["-X", "-f", name.to_str().unwrap()])
        .current_dir(place.path())
        .envs(server.env())
        .env_remove("RSPASSWORD")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| {
        // Ports and the like change from run to run.
        let text = String::from_utf8_lossy(bytes).replace(&server.port().to_string(), "PORT");
        let text = text.replace(server.database(), "DATABASE").replace(server.user(), "USER");
        without_dates(&text)
    };
    format!(
        "{}--- stderr\n{}--- exit code {}\n",
        text(&output.stdout),
        text(&output.stderr),
        output.status.code().map_or("none".to_owned(), |code| code.to_string())
    )
}

/// Dates of reports, which are those of the run, as `MM/DD/YY`.
fn without_dates(text: &str) -> String {
    const DATE: usize = "MM/DD/YY".len();
    let is_date = |bytes: &[u8]| {
        let fits = |(index, byte): (usize, &u8)| match index {
            2 | 5 => *byte == b'/',
            _ => byte.is_ascii_digit(),
        };
        bytes.len() == DATE && bytes.iter().enumerate().all(fits)
    };
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        match rest.as_bytes().get(..DATE).is_some_and(is_date) {
            true => {
                out.push_str("MM/DD/YY");
                rest = &rest[DATE..];
            }
            false => {
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    out
}

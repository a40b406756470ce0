//! Transcripts of what RSQL adds to psql: script in, both streams and the exit code out. Scripts are `golden/*.rsql`, the
//! transcripts lie in `snapshots/` and are read against docs/rsql.md by a person when they change.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

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
    let output = Command::new(env!("CARGO_BIN_EXE_rsql"))
        .args(["-X", "-f", script.file_name().unwrap().to_str().unwrap()])
        .current_dir(script.parent().unwrap())
        .envs(server.env())
        .env_remove("RSPASSWORD")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| {
        // Ports and the like change from run to run.
        let text = String::from_utf8_lossy(bytes).replace(&server.port().to_string(), "PORT");
        text.replace(server.database(), "DATABASE").replace(server.user(), "USER")
    };
    format!(
        "{}--- stderr\n{}--- exit code {}\n",
        text(&output.stdout),
        text(&output.stderr),
        output.status.code().map_or("none".to_owned(), |code| code.to_string())
    )
}

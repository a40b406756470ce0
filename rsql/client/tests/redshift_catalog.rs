//! The commands that describe relations, on a server that says it is Redshift and has such a catalog.
//!
//! No cluster is at hand: the server is PostgreSQL behind a proxy that tells Redshift's version at the login, with the views and
//! functions of Redshift's documentation made up by `redshift/catalog.sql`. This holds which path is taken and what is printed;
//! that the questions suit a real cluster rests on the documentation.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

#[path = "redshift/proxy.rs"]
mod proxy;

use std::process::{Command, Stdio};

use fleet_tests::postgres::Postgres;

/// What rsql makes of `redshift/describe.rsql`, and then what it has asked for it.
fn transcript(arguments: &[&str]) -> String {
    let server = Postgres::shared().new_database();
    server.psql(include_str!("redshift/catalog.sql"));
    let port = proxy::redshift(&server).to_string();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/redshift");
    let output = Command::new(env!("CARGO_BIN_EXE_rsql"))
        .args(["-X", "-f", "describe.rsql"])
        .args(arguments)
        .current_dir(script)
        .envs(server.env())
        .envs([("PGPORT", port.as_str()), ("PGSSLMODE", "disable"), ("RSQL_RFORMAT", "on")])
        .env_remove("RSPASSWORD")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(server.database(), "DATABASE");
    format!(
        "{}--- stderr\n{}--- exit code {}\n",
        text(&output.stdout),
        text(&output.stderr),
        output.status.code().unwrap()
    )
}

#[test]
fn relations_are_described_from_the_catalogs_of_redshift() {
    insta::assert_snapshot!(transcript(&[]));
}

/// PostgreSQL 8.0, from which Redshift comes, lacks what later versions brought; a cluster would refuse it.
#[test]
fn nothing_is_asked_that_redshift_lacks() {
    let shown = transcript(&["-E"]);
    let questions: Vec<&str> = shown
        .split("********* QUERY **********\n")
        .skip(1)
        .filter_map(|rest| rest.split("\n**************************").next())
        .collect();
    assert!(questions.len() > 40, "{} questions were shown", questions.len());
    for question in questions {
        let lower = question.to_lowercase();
        for lacking in
            ["unnest", "lateral", "array(", "array_to_string", "reg", " e'", "collate", "any (", "with "]
        {
            let known = lower.replace("with no schema", "");
            assert!(!known.contains(lacking), "{lacking}: {question}");
        }
        // What runs on the leader only cannot be joined with the views over what does not.
        if lower.contains("svv_") {
            assert!(!lower.contains("pg_class") && !lower.contains("pg_get"), "{question}");
        }
    }
}

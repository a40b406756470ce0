//! The commands that describe users, databases, schemas, functions and privileges, on a server that says it is Redshift and has
//! such catalogs. Relations have tests of their own.
//!
//! No cluster is at hand: the server is PostgreSQL behind a proxy, with the catalogs of Redshift's documentation made up by
//! `redshift/objects.sql`. This holds which path is taken and what is printed; that the questions suit a real cluster rests on
//! the documentation.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

#[path = "redshift/proxy.rs"]
mod proxy;

use std::process::{Command, Stdio};

use fleet_tests::postgres::Postgres;

/// What rsql makes of `redshift/objects.rsql`.
fn transcript(arguments: &[&str]) -> String {
    let server = Postgres::shared().new_database();
    server.psql(include_str!("redshift/objects.sql"));
    let port = proxy::redshift(&server).to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_rsql"))
        .args(["-X", "-f", "objects.rsql"])
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/redshift"))
        .envs(server.env())
        .envs([("PGPORT", port.as_str()), ("PGSSLMODE", "disable"), ("RSQL_RFORMAT", "on")])
        .env_remove("RSPASSWORD")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).replace(server.database(), "DATABASE");
        text.replace(&port, "PORT")
    };
    format!(
        "{}--- stderr\n{}--- exit code {}\n",
        text(&output.stdout),
        text(&output.stderr),
        output.status.code().unwrap()
    )
}

#[test]
fn objects_are_described_from_the_catalogs_of_redshift() {
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
    assert!(questions.len() > 50, "{} questions were shown", questions.len());
    for question in questions {
        let lower = question.to_lowercase();
        let newer = [
            "unnest",
            "lateral",
            "array(",
            " e'",
            "collate",
            "string_agg",
            "pg_get_function",
            "pg_roles",
            "pg_authid",
        ];
        for lacking in newer {
            assert!(!lower.contains(lacking), "{lacking}: {question}");
        }
        // What runs on the leader only cannot be joined with the views over what does not.
        if lower.contains("svv_") {
            assert!(!lower.contains("join") && !lower.contains("pg_get"), "{question}");
        }
    }
}

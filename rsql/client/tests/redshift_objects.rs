//! The commands that describe users, databases, schemas, functions and privileges, on a server that says it is Redshift and has
//! such catalogs. Relations have tests of their own.
//!
//! No cluster is at hand: the server is PostgreSQL behind a proxy, with the catalogs of Redshift's documentation made up by
//! `redshift/objects.sql`. This holds which path is taken and what is printed; that the questions suit a real cluster rests on
//! the documentation.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

#[path = "redshift/described.rs"]
mod described;
#[path = "redshift/proxy.rs"]
mod proxy;

/// What rsql makes of `redshift/objects.rsql`.
fn transcript(arguments: &[&str]) -> String {
    described::transcript("objects.rsql", include_str!("redshift/objects.sql"), arguments)
}

#[test]
fn objects_are_described_from_the_catalogs_of_redshift() {
    insta::assert_snapshot!(transcript(&[]));
}

/// PostgreSQL 8.0, from which Redshift comes, lacks what later versions brought; a cluster would refuse it.
#[test]
fn nothing_is_asked_that_redshift_lacks() {
    let shown = transcript(&["-E"]);
    let questions = described::questions(&shown);
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

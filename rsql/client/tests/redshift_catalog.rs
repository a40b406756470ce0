//! The commands that describe relations, on a server that says it is Redshift and has such a catalog.
//!
//! No cluster is at hand: the server is PostgreSQL behind a proxy that tells Redshift's version at the login, with the views and
//! functions of Redshift's documentation made up by `redshift/catalog.sql`. This holds which path is taken and what is printed;
//! that the questions suit a real cluster rests on the documentation.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

#[path = "redshift/described.rs"]
mod described;
#[path = "redshift/proxy.rs"]
mod proxy;

/// What rsql makes of `redshift/describe.rsql`.
fn transcript(arguments: &[&str]) -> String {
    described::transcript("describe.rsql", include_str!("redshift/catalog.sql"), arguments)
}

#[test]
fn relations_are_described_from_the_catalogs_of_redshift() {
    insta::assert_snapshot!(transcript(&[]));
}

/// PostgreSQL 8.0, from which Redshift comes, lacks what later versions brought; a cluster would refuse it.
#[test]
fn nothing_is_asked_that_redshift_lacks() {
    let shown = transcript(&["-E"]);
    let questions = described::questions(&shown);
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

//! The commands that describe relations, on a server that says it is Redshift and has such a catalog.
//!
//! No cluster is at hand: the server is PostgreSQL behind a proxy that tells Redshift's version at the login, with the views and
//! functions of Redshift's documentation made up by `redshift/catalog.sql`. This holds which path is taken and what is printed;
//! that the questions suit a real cluster rests on the documentation.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Command, Stdio};

use fleet_tests::postgres::Postgres;

/// The version that Redshift tells.
const VERSION: &[u8] = b"server_version\x008.0.2\x00";

/// One message of the server, its type and length included; none at the end.
fn message(server: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = [0; 5];
    server.read_exact(&mut head).ok()?;
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
    let mut message = head.to_vec();
    message.resize(1 + length, 0);
    server.read_exact(&mut message[5..]).ok()?;
    Some(message)
}

/// Hands on what the server sends, but for its version.
fn disguise(mut server: TcpStream, mut client: TcpStream) {
    while let Some(mut message) = message(&mut server) {
        if message.starts_with(b"S") && message[5..].starts_with(b"server_version\0") {
            let length = u32::try_from(4 + VERSION.len()).unwrap();
            message = [b"S", &length.to_be_bytes()[..], VERSION].concat();
        }
        if client.write_all(&message).is_err() {
            break;
        }
    }
    // Either side may be gone already.
    let _ = client.shutdown(Shutdown::Both);
}

/// A port behind which this server passes for Redshift, for one session.
fn redshift(server: &Postgres) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let address = (server.host().to_owned(), server.port());
    std::thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        let server = TcpStream::connect(address).unwrap();
        let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        std::thread::spawn(move || {
            // The end of the one is the end of the other, in whichever way it comes.
            let _ = std::io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Write);
        });
        disguise(server, client);
    });
    port
}

/// What rsql makes of `redshift/describe.rsql`, and then what it has asked for it.
fn transcript(arguments: &[&str]) -> String {
    let server = Postgres::shared().new_database();
    server.psql(include_str!("redshift/catalog.sql"));
    let port = redshift(&server).to_string();
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

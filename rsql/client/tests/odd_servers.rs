//! Sessions against scripted servers that do what a healthy PostgreSQL does not: broken messages, downgrades, silence.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::thread::JoinHandle;

use rsql_client::{ConnectOptions, Secret, Session, SessionError, SslMode};

/// Login accepted, backend key, ready.
const WELCOME: &[u8] = b"R\0\0\0\x08\0\0\0\0K\0\0\0\x0c\0\0\0\x07\0\0\0\x09Z\0\0\0\x05I";
/// A request for a password in clear text.
const CLEARTEXT: &[u8] = b"R\0\0\0\x08\0\0\0\x03";

/// What the server answers to one packet of the client.
type Answers = Vec<&'static [u8]>;

/// Reads a packet, writes the next answer, until the answers are used up; then closes. Gives all that was received.
fn serve(mut socket: impl Read + Write, answers: Answers) -> Vec<u8> {
    let mut received = Vec::new();
    for answer in answers {
        let mut packet = [0; 1024];
        let count = socket.read(&mut packet).unwrap();
        received.extend_from_slice(&packet[..count]);
        socket.write_all(answer).unwrap();
    }
    received
}

/// A server for one connection on a port of its own.
fn server(answers: Answers) -> (u16, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (port, std::thread::spawn(move || serve(listener.accept().unwrap().0, answers)))
}

fn options(port: u16, sslmode: SslMode) -> ConnectOptions {
    let mut options = ConnectOptions::from_uri("postgresql://u@127.0.0.1/d").unwrap();
    options.port = port;
    options.sslmode = sslmode;
    options.password = Some(Secret::new("topsecret"));
    options
}

/// Connects and gives libpq's reason of the failure, and what the server has received.
async fn refusal(sslmode: SslMode, answers: Answers) -> (String, Vec<u8>) {
    let (port, served) = server(answers);
    let error = Session::connect(&options(port, sslmode)).await.unwrap_err();
    assert!(matches!(error, SessionError::Connect { .. }), "{error:?}");
    let message = error.to_string();
    let (_, reason) = message.split_once("failed: ").unwrap();
    (reason.to_owned(), served.join().unwrap())
}

#[tokio::test]
async fn a_password_in_clear_text_is_not_given_away_by_a_downgrade() {
    // The server (or somebody before it) says that there is no TLS, and asks for the password as it is.
    let (reason, received) = refusal(SslMode::Prefer, vec![b"N", CLEARTEXT]).await;
    assert!(reason.starts_with("server asks for the password in clear text"), "{reason}");
    assert!(!received.windows(9).any(|bytes| bytes == b"topsecret"));

    // With TLS switched off by hand it is what the user wants.
    let (port, served) = server(vec![CLEARTEXT, WELCOME]);
    Session::connect(&options(port, SslMode::Disable)).await.unwrap();
    assert!(served.join().unwrap().windows(9).any(|bytes| bytes == b"topsecret"));
}

#[tokio::test]
async fn broken_logins_have_a_reason() {
    let closed = "server closed the connection unexpectedly";
    let cases: [(SslMode, &'static [u8], &str); 9] = [
        (SslMode::Require, b"N", "server does not support SSL, but SSL was required"),
        (SslMode::Require, b"X", "received invalid response to SSL negotiation: X"),
        (SslMode::Disable, b"", closed),
        (SslMode::Disable, b"R\0\0\0\x08\0\0\0\x07", "GSSAPI authentication not supported"),
        (SslMode::Disable, b"R\0\0\0\x08\0\0\0\x63", "authentication method 99 not supported"),
        (SslMode::Disable, b"R\0\0\0\x08\0\0\0", closed),
        (
            SslMode::Disable,
            b"E\0\0\0\x0bSFATAL\0",
            "server broke the protocol: malformed message of type 'E'",
        ),
        (SslMode::Disable, b"HTTP/1.1 400 Bad Request\r\n\r\n", "server broke the protocol: message of "),
        (
            SslMode::Disable,
            b"R\0\0\0\x10\0\0\0\x0aOTHER\0\0\0",
            "none of the server's SASL authentication mechanisms are supported",
        ),
    ];
    for (mode, answer, expect) in cases {
        let (reason, _) = refusal(mode, vec![answer]).await;
        assert!(reason.starts_with(expect), "{answer:?}: {reason}");
    }
}

/// A message of this type whose texts each end in a zero byte.
fn message(kind: u8, texts: &[&str], end: &[u8]) -> Vec<u8> {
    let body: Vec<u8> = texts.iter().flat_map(|text| [text.as_bytes(), b"\0"].concat()).collect();
    let length = u32::try_from(body.len() + end.len() + 4).unwrap();
    [&[kind][..], &length.to_be_bytes(), &body, end].concat()
}

/// Redshift's greeting: version 8.0.2 with its own revision beside it, and few parameters.
fn redshift() -> &'static [u8] {
    let parameters =
        [["server_version", "8.0.2"], ["padb_version", "1.0.54321"], ["client_encoding", "UNICODE"]];
    let told = parameters.iter().flat_map(|pair| message(b'S', pair, b""));
    let (accepted, rest) = WELCOME.split_at(9);
    accepted.iter().copied().chain(told).chain(rest.iter().copied()).collect::<Vec<u8>>().leak()
}

/// An unknown setting at start-up, told after the login.
fn unknown_setting() -> &'static [u8] {
    let told = message(b'E', &["SFATAL", "C42704", "Munrecognized parameter"], b"\0");
    [&WELCOME[..9], &told].concat().leak()
}

/// A statement that fails, and the session goes on.
fn refused() -> &'static [u8] {
    [message(b'E', &["SERROR", "C42601", "Mno such thing"], b"\0"), b"Z\0\0\0\x05I".to_vec()].concat().leak()
}

#[tokio::test]
async fn redshifts_few_parameters_are_enough() {
    let (port, served) = server(vec![redshift(), refused()]);
    let mut options = options(port, SslMode::Disable);
    options.query_group = Some("etl".to_owned());
    let session = Session::connect(&options).await.unwrap();
    assert_eq!((session.version_number(), session.is_redshift()), (80_002, true));
    assert_eq!(session.parameter("standard_conforming_strings"), None);
    assert_eq!(session.parameter("application_name"), None);
    // The query group was asked for, and a refusal is no fault of the session.
    let received = served.join().unwrap();
    assert!(received.ends_with(b"SET query_group TO 'etl'\0"), "{received:?}");
}

#[tokio::test]
async fn a_server_that_knows_no_application_name_is_asked_again_without() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = std::thread::spawn(move || {
        [unknown_setting(), redshift()].map(|answer| serve(listener.accept().unwrap().0, vec![answer]))
    });
    let session = Session::connect(&options(port, SslMode::Disable)).await.unwrap();
    assert!(session.is_redshift());
    let told =
        served.join().unwrap().map(|startup| startup.windows(16).any(|part| part == b"application_name"));
    assert_eq!(told, [true, false]);
}

#[tokio::test]
async fn a_server_that_refuses_all_settings_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = std::thread::spawn(move || {
        [unknown_setting(), unknown_setting()].map(|answer| serve(listener.accept().unwrap().0, vec![answer]))
    });
    let error = Session::connect(&options(port, SslMode::Disable)).await.unwrap_err().to_string();
    assert_eq!(error.matches("FATAL:  unrecognized parameter").count(), 2, "{error}");
    served.join().unwrap();
}

/// The executable's way through such a server: a banner or `\conninfo` needs no more than what it told.
#[test]
fn the_executable_starts_on_redshift() {
    const ROWS: &[u8] = b"C\0\0\0\x0dSELECT 0\0Z\0\0\0\x05I";
    let (port, served) = server(vec![redshift(), ROWS]);
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_rsql"))
        .env_clear()
        .env("PGPASSWORD", "x")
        .env("PGSSLMODE", "disable")
        .args(["-X", "-h", "127.0.0.1", "-p", &port.to_string(), "-U", "u", "-d", "dev"])
        .args([
            "-c",
            r"\conninfo",
            "-c",
            r"\echo :SERVER_VERSION_NAME :SERVER_VERSION_NUM :ENCODING",
            "-c",
            "select",
        ])
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let expect = format!(
        "You are connected to database \"dev\" as user \"u\" on host \"127.0.0.1\" at port \"{port}\".\n8.0.2 80002 "
    );
    assert!(stdout.starts_with(&expect), "{stdout} {output:?}");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(served.join().unwrap().ends_with(b"select\0"));
}

#[tokio::test]
async fn servers_of_a_list_are_tried_in_turn() {
    // Nobody listens on the first port; the second starts up; the third is it.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (starting, first) =
        server(vec![message(b'E', &["SFATAL", "C57P03", "Mnot yet ready"], b"\0").leak()]);
    let (ready, second) = server(vec![WELCOME]);
    let uri =
        format!("postgresql://u@127.0.0.1:{closed},127.0.0.1:{starting},127.0.0.1:{ready}/d?sslmode=disable");
    let session = Session::connect(&ConnectOptions::from_uri(&uri).unwrap()).await.unwrap();
    assert_eq!(session.options().port, ready);
    first.join().unwrap();
    second.join().unwrap();
}

#[tokio::test]
async fn the_user_behind_a_socket_is_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5439")).unwrap();
    let served = std::thread::spawn(move || drop(listener.accept()));
    let mut options = options(5439, SslMode::Prefer);
    options.host = folder.path().to_str().unwrap().to_owned();
    options.require_peer = Some("nobody-at-all".to_owned());
    let error = Session::connect(&options).await.unwrap_err().to_string();
    assert!(
        error.contains("requirepeer specifies \"nobody-at-all\", but actual peer user name is"),
        "{error}"
    );
    served.join().unwrap();
}

#[tokio::test]
async fn a_server_that_breaks_off_in_mid_message_is_lost() {
    let (port, served) = server(vec![WELCOME, b"D\0\0\xff\xff\0\x01\0"]);
    let mut session = Session::connect(&options(port, SslMode::Disable)).await.unwrap();
    assert_eq!(session.backend_pid(), Some(7));
    session.send_query(b"select 1").await.unwrap();
    let error = session.next_reply().await.unwrap_err();
    assert!(matches!(error, SessionError::ConnectionLost(_)), "{error:?}");
    assert!(served.join().unwrap().ends_with(b"select 1\0"));
}

#[tokio::test]
async fn a_socket_in_the_file_system_will_do() {
    let folder = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5439")).unwrap();
    let served = std::thread::spawn(move || serve(listener.accept().unwrap().0, vec![WELCOME]));
    let mut options = options(5439, SslMode::VerifyFull);
    options.host = folder.path().to_str().unwrap().to_owned();
    let session = Session::connect(&options).await.unwrap();
    assert_eq!((session.peer_address(), session.encryption()), (None, None));
    let startup = served.join().unwrap();
    assert!(startup.windows(9).any(|bytes| bytes == b"user\0u\0da"), "{startup:?}");

    options.port = 1;
    let missing = Session::connect(&options).await.unwrap_err().to_string();
    let expect = format!(
        "connection to server on socket \"{}/.s.PGSQL.1\" failed: No such file or directory\n\
         \tIs the server running locally and accepting connections on that socket?",
        folder.path().display()
    );
    assert_eq!(missing, expect);
}

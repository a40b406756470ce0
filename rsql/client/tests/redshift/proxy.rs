//! A proxy behind which PostgreSQL passes for Redshift: it tells Redshift's version at the login, and says the statements that
//! PostgreSQL does not know (`SHOW VIEW`, `SHOW PROCEDURE`) as calls of functions.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};

use fleet_tests::postgres::Postgres;

/// The version that Redshift tells.
const VERSION: &[u8] = b"server_version\x008.0.2\x00";

/// Statements of Redshift's, and the functions that stand for them.
const STATEMENTS: [(&str, &str); 2] =
    [("SHOW VIEW ", "redshift.show_view"), ("SHOW PROCEDURE ", "redshift.show_procedure")];

/// A port behind which this server passes for Redshift, for one session.
pub(crate) fn redshift(server: &Postgres) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let address = (server.host().to_owned(), server.port());
    std::thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        let server = TcpStream::connect(address).unwrap();
        let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        std::thread::spawn(move || translate(from, to));
        disguise(server, client);
    });
    port
}

/// One message, its type and length included; none at the end.
fn message(from: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = [0; 5];
    from.read_exact(&mut head).ok()?;
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
    let mut message = head.to_vec();
    message.resize(1 + length, 0);
    from.read_exact(&mut message[5..]).ok()?;
    Some(message)
}

fn framed(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(4 + body.len()).unwrap();
    [&[kind][..], &length.to_be_bytes(), body].concat()
}

/// Hands on what the server sends, but for its version.
fn disguise(mut server: TcpStream, mut client: TcpStream) {
    while let Some(mut message) = message(&mut server) {
        if message.starts_with(b"S") && message[5..].starts_with(b"server_version\0") {
            message = framed(b'S', VERSION);
        }
        if client.write_all(&message).is_err() {
            break;
        }
    }
    // Either side may be gone already.
    let _ = client.shutdown(Shutdown::Both);
}

/// Hands on what the client sends, but for statements that PostgreSQL does not know.
fn translate(mut client: TcpStream, mut server: TcpStream) {
    // The first message has no type.
    let mut length = [0; 4];
    if client.read_exact(&mut length).is_ok() {
        let mut startup = vec![0; u32::from_be_bytes(length) as usize - 4];
        if client.read_exact(&mut startup).is_ok() {
            let _ = server.write_all(&[&length[..], &startup].concat());
        }
    }
    while let Some(mut message) = message(&mut client) {
        let text = String::from_utf8_lossy(&message[5..]).into_owned();
        for (statement, function) in STATEMENTS {
            let Some(name) = text.strip_prefix(statement).filter(|_| message[0] == b'Q') else { continue };
            let name = name.trim_end_matches('\0').replace('\'', "''");
            message = framed(b'Q', format!("SELECT {function}('{name}')\0").as_bytes());
        }
        if server.write_all(&message).is_err() {
            break;
        }
    }
    // The end of the one is the end of the other, in whichever way it comes.
    let _ = server.shutdown(Shutdown::Write);
}

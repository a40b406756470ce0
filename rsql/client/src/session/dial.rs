//! Opening the byte stream to a server: addresses, keepalive, and whether TLS is spoken.
//!
//! Does not log in; `login` does.

use std::net::SocketAddr;
use std::path::PathBuf;

use bytes::BytesMut;
use nix::sys::socket::{setsockopt, sockopt};
use postgres_protocol::message::frontend;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use super::tls;
use crate::error::io_text;
use crate::options::{ConnectOptions, SslMode};

/// Pause between keepalive probes that go unanswered, in seconds.
const KEEPALIVE_INTERVAL_S: u32 = 15;
/// Probes without an answer until the connection counts as dead: with the idle time, some two minutes.
const KEEPALIVE_PROBES: u32 = 4;

/// Any stream that carries the protocol.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Sync + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Duplex for T {}

/// An open stream and how it is protected.
pub(super) struct Line {
    pub(super) stream: Box<dyn Duplex>,
    /// TLS version and cipher suite, if any.
    pub(super) encryption: Option<(String, String)>,
}

/// One place a server may listen at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

/// Whether to ask for TLS on one try, and what a refusal means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encryption {
    Never,
    IfOffered,
    Always,
}

/// Why a stream could not be opened; the text is libpq's, to follow `connection to server … failed: `.
pub(super) struct DialError {
    pub(super) text: String,
    /// The TLS handshake failed, so that `prefer` may try without.
    pub(super) in_tls: bool,
}

impl DialError {
    fn plain(text: String) -> DialError {
        DialError { text, in_tls: false }
    }
}

/// The addresses behind the options' host, or libpq's text of why there are none.
pub(super) async fn addresses(options: &ConnectOptions) -> Result<Vec<Address>, String> {
    if options.is_unix_socket() {
        let path = format!("{}/.s.PGSQL.{}", options.host.trim_end_matches('/'), options.port);
        return Ok(vec![Address::Unix(path.into())]);
    }
    if let Some(address) = options.host_address {
        return Ok(vec![Address::Tcp((address, options.port).into())]);
    }
    match tokio::net::lookup_host((options.host.as_str(), options.port)).await {
        Ok(found) => Ok(found.map(Address::Tcp).collect()),
        Err(error) => {
            let text = io_text(&error);
            let reason = text.strip_prefix("failed to lookup address information: ").unwrap_or(&text);
            Err(format!("could not translate host name \"{}\" to address: {reason}", options.host))
        }
    }
}

/// libpq's words for an address.
pub(super) fn describe(options: &ConnectOptions, address: &Address) -> String {
    match address {
        Address::Unix(path) => format!("connection to server on socket \"{}\"", path.display()),
        Address::Tcp(at) if at.ip().to_string() == options.host => {
            format!("connection to server at \"{}\", port {}", options.host, at.port())
        }
        Address::Tcp(at) => {
            format!("connection to server at \"{}\" ({}), port {}", options.host, at.ip(), at.port())
        }
    }
}

/// The tries that an `sslmode` makes at one address, in order.
pub(super) fn encryption_tries(options: &ConnectOptions) -> &'static [Encryption] {
    if options.is_unix_socket() {
        return &[Encryption::Never];
    }
    match options.sslmode {
        SslMode::Disable => &[Encryption::Never],
        SslMode::Allow => &[Encryption::Never, Encryption::Always],
        SslMode::Prefer => &[Encryption::IfOffered, Encryption::Never],
        SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => &[Encryption::Always],
    }
}

/// Opens a stream to `address`.
pub(super) async fn dial(
    options: &ConnectOptions,
    address: &Address,
    encryption: Encryption,
) -> Result<Line, DialError> {
    let mut socket = match address {
        Address::Unix(path) => {
            let stream = UnixStream::connect(path).await.map_err(|error| refused(&error, address))?;
            return Ok(Line { stream: Box::new(stream), encryption: None });
        }
        Address::Tcp(at) => TcpStream::connect(at).await.map_err(|error| refused(&error, address))?,
    };
    keep_alive(&socket, options).map_err(|error| DialError::plain(error.to_string()))?;
    if encryption == Encryption::Never {
        return Ok(Line { stream: Box::new(socket), encryption: None });
    }
    if server_offers_tls(&mut socket).await? {
        let in_tls = |text| DialError { text, in_tls: true };
        let connector = tls::connector(options).map_err(in_tls)?;
        let stream = tls::handshake(&connector, &options.host, socket).await.map_err(in_tls)?;
        let encryption = Some(tls::description(&stream));
        return Ok(Line { stream: Box::new(stream), encryption });
    }
    match encryption {
        Encryption::Always => {
            Err(DialError::plain("server does not support SSL, but SSL was required".to_owned()))
        }
        Encryption::Never | Encryption::IfOffered => Ok(Line { stream: Box::new(socket), encryption: None }),
    }
}

async fn server_offers_tls(socket: &mut TcpStream) -> Result<bool, DialError> {
    let mut request = BytesMut::new();
    frontend::ssl_request(&mut request);
    socket.write_all(&request).await.map_err(|error| DialError::plain(io_text(&error)))?;
    match socket.read_u8().await {
        Ok(b'S') => Ok(true),
        // 'E': a server too old or too busy to negotiate; it will say more to a plain start-up.
        Ok(b'N' | b'E') => Ok(false),
        Ok(other) => Err(DialError::plain(format!(
            "received invalid response to SSL negotiation: {}",
            char::from(other)
        ))),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(DialError::plain("server closed the connection unexpectedly".to_owned()))
        }
        Err(error) => Err(DialError::plain(io_text(&error))),
    }
}

/// Probes an idle connection, so that a network that forgets idle ones (Redshift's: 300 s) keeps it, and a dead peer
/// is noticed while a long query runs.
fn keep_alive(socket: &TcpStream, options: &ConnectOptions) -> Result<(), nix::Error> {
    let idle_s = u32::try_from(options.keepalive_idle.as_secs()).unwrap_or(u32::MAX).max(1);
    setsockopt(socket, sockopt::TcpNoDelay, &true)?;
    setsockopt(socket, sockopt::KeepAlive, &true)?;
    setsockopt(socket, sockopt::TcpKeepIdle, &idle_s)?;
    setsockopt(socket, sockopt::TcpKeepInterval, &KEEPALIVE_INTERVAL_S)?;
    setsockopt(socket, sockopt::TcpKeepCount, &KEEPALIVE_PROBES)
}

fn refused(error: &std::io::Error, address: &Address) -> DialError {
    use std::io::ErrorKind::{ConnectionRefused, NotFound};
    let hint = match (address, error.kind()) {
        (Address::Tcp(_), ConnectionRefused) => {
            "\n\tIs the server running on that host and accepting TCP/IP connections?"
        }
        (Address::Unix(_), ConnectionRefused | NotFound) => {
            "\n\tIs the server running locally and accepting connections on that socket?"
        }
        _ => "",
    };
    DialError::plain(format!("{}{hint}", io_text(error)))
}

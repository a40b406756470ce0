//! Opening the byte stream to a server: addresses, keepalive, and whether TLS is spoken.
//!
//! Does not log in; `login` does.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::BytesMut;
use nix::sys::socket::{setsockopt, sockopt};
use postgres_protocol::message::frontend;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use super::tls;
use crate::error::io_text;
use crate::options::{ConnectOptions, SslMode};

/// Any stream that carries the protocol.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Sync + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Duplex for T {}

/// An open stream and how it is protected.
pub(super) struct Line {
    pub(super) stream: Box<dyn Duplex>,
    /// TLS version and cipher suite, if any.
    pub(super) encryption: Option<(String, String)>,
    /// Hash of the server's certificate that a login over TLS can be tied to, where there is one.
    pub(super) end_point: Option<Vec<u8>>,
}

impl Line {
    fn plain(stream: impl Duplex + 'static) -> Line {
        Line { stream: Box::new(stream), encryption: None, end_point: None }
    }
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
        let path = format!("{}/.s.PGSQL.{}", options.host, options.port);
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
            let stream = UnixStream::connect(socket_path(path)).await;
            let stream = stream.map_err(|error| refused(&error, address))?;
            check_peer(&stream, options).map_err(DialError::plain)?;
            return Ok(Line::plain(stream));
        }
        Address::Tcp(at) => TcpStream::connect(at).await.map_err(|error| refused(&error, address))?,
    };
    keep_alive(&socket, options).map_err(|error| DialError::plain(error.to_string()))?;
    if encryption == Encryption::Never {
        return Ok(Line::plain(socket));
    }
    if server_offers_tls(&mut socket).await? {
        let in_tls = |text| DialError { text, in_tls: true };
        let connector = tls::connector(options).map_err(in_tls)?;
        let stream = tls::handshake(&connector, &options.host, socket).await.map_err(in_tls)?;
        let encryption = Some(tls::description(&stream));
        let end_point = tls::end_point(&stream);
        return Ok(Line { stream: Box::new(stream), encryption, end_point });
    }
    match encryption {
        Encryption::Always => {
            Err(DialError::plain("server does not support SSL, but SSL was required".to_owned()))
        }
        Encryption::Never | Encryption::IfOffered => Ok(Line::plain(socket)),
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
    setsockopt(socket, sockopt::TcpNoDelay, &true)?;
    if let Some(limit) = options.user_timeout {
        let ms = u32::try_from(limit.as_millis()).unwrap_or(u32::MAX);
        setsockopt(socket, sockopt::TcpUserTimeout, &ms)?;
    }
    let Some(keepalive) = options.keepalive else { return Ok(()) };
    let seconds = |span: Duration| u32::try_from(span.as_secs()).unwrap_or(u32::MAX).max(1);
    setsockopt(socket, sockopt::KeepAlive, &true)?;
    setsockopt(socket, sockopt::TcpKeepIdle, &seconds(keepalive.idle))?;
    setsockopt(socket, sockopt::TcpKeepInterval, &seconds(keepalive.interval))?;
    setsockopt(socket, sockopt::TcpKeepCount, &keepalive.probes)
}

/// The path as the system takes it: an abstract name begins with a zero byte, which people write as `@`.
fn socket_path(path: &Path) -> PathBuf {
    match path.as_os_str().as_bytes().strip_prefix(b"@") {
        Some(name) => PathBuf::from(OsString::from_vec([b"\0", name].concat())),
        None => path.to_owned(),
    }
}

/// Whether the server at the other end of a Unix-domain socket runs as the user that is wanted.
fn check_peer(stream: &UnixStream, options: &ConnectOptions) -> Result<(), String> {
    let Some(wanted) = &options.require_peer else { return Ok(()) };
    let id =
        stream.peer_cred().map_err(|error| format!("could not get peer credentials: {}", io_text(&error)))?;
    match nix::unistd::User::from_uid(nix::unistd::Uid::from_raw(id.uid())) {
        Ok(Some(user)) if user.name == *wanted => Ok(()),
        Ok(Some(user)) => {
            Err(format!("requirepeer specifies \"{wanted}\", but actual peer user name is \"{}\"", user.name))
        }
        _ => Err(format!("could not look up local user ID {}: user does not exist", id.uid())),
    }
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

//! What can go wrong in a session, and the server's own messages.
//!
//! Does not format anything for a terminal: the language decides how a server's message looks.

use bytes::Bytes;

/// Severity fields, codes and texts of one ErrorResponse or NoticeResponse, as the server sent them.
///
/// Texts are bytes because a server with encoding `SQL_ASCII` may send anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerMessage {
    pub(crate) fields: Vec<(u8, Bytes)>,
}

impl ServerMessage {
    /// The text of the field with this one-byte type ("Error and Notice Message Fields" of the protocol).
    #[must_use]
    pub fn field(&self, kind: u8) -> Option<&[u8]> {
        self.fields.iter().find(|(k, _)| *k == kind).map(|(_, text)| text.as_ref())
    }

    /// The same, with invalid UTF-8 replaced; `None` when the field is absent.
    #[must_use]
    pub fn text(&self, kind: u8) -> Option<String> {
        self.field(kind).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// `ERROR`, `FATAL`, `NOTICE` …, in the server's language.
    #[must_use]
    pub fn severity(&self) -> String {
        self.text(b'S').unwrap_or_default()
    }

    /// The five characters of the SQLSTATE; `XX000` when the server left it out.
    #[must_use]
    pub fn sqlstate(&self) -> String {
        self.text(b'C').unwrap_or_else(|| "XX000".to_owned())
    }

    /// The primary message.
    #[must_use]
    pub fn message(&self) -> String {
        self.text(b'M').unwrap_or_default()
    }

    /// Whether the server ends the session after this message.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        let severity = self.field(b'V').or_else(|| self.field(b'S'));
        matches!(severity, Some(b"FATAL" | b"PANIC"))
    }
}

impl std::fmt::Display for ServerMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:  {}", self.severity(), self.message())
    }
}

/// A failure of a session. Texts follow libpq where libpq has one, since people search for them.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// A connection string, URI, DSN or environment value that cannot be used. Nothing was sent anywhere.
    #[error("{0}")]
    Options(String),
    /// No session could be established. The text names host and port.
    #[error("{message}")]
    Connect {
        /// libpq's text, one line per address tried.
        message: String,
        /// SQLSTATE when a server answered with an error, for instance `28P01`.
        sqlstate: Option<String>,
        /// Whether the server wants a password and none was at hand: a caller may prompt and try again.
        password_needed: bool,
    },
    /// An established session broke: the server died, an administrator ended it, or the network did.
    #[error("{0}")]
    ConnectionLost(String),
    /// The server refused a statement; the session lives on.
    #[error("{0}")]
    Server(Box<ServerMessage>),
    /// The server sent something that the protocol does not allow here.
    #[error("server broke the protocol: {0}")]
    Protocol(String),
    /// Sessions that were told to end are still there after the wait.
    #[error("end {count} sessions of \"{application_name}\": still there after {waited_s} s")]
    StillThere {
        /// Whose sessions.
        application_name: String,
        /// How many are left.
        count: u32,
        /// How long was waited, in seconds.
        waited_s: u64,
    },
    /// The caller's token was cancelled; the query was cancelled on the server.
    #[error("cancelled")]
    Cancelled,
}

impl SessionError {
    /// Whether the session is unusable from here on (as against a refused statement).
    #[must_use]
    pub fn ends_session(&self) -> bool {
        !matches!(self, SessionError::Server(_) | SessionError::Options(_))
    }

    pub(crate) fn lost(error: &std::io::Error) -> SessionError {
        SessionError::ConnectionLost(format!("could not reach the server: {}", io_text(error)))
    }

    pub(crate) fn closed() -> SessionError {
        SessionError::ConnectionLost(
            "server closed the connection unexpectedly\n\
             \tThis probably means the server terminated abnormally\n\
             \tbefore or while processing the request."
                .to_owned(),
        )
    }
}

/// The system's text for an I/O error, without the "(os error N)" that Rust appends.
pub(crate) fn io_text(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

//! One session with a PostgreSQL-protocol server: queries go in, replies are pulled out one by one.
//!
//! Rows are never gathered: the caller pulls them, and the network holds the server up when nobody does.
//! Does not know the RSQL language.

mod ahead;
mod cancel;
mod dial;
mod end_point;
mod kind;
mod login;
mod name;
mod open;
mod own_certificate;
mod target;
mod tls;
mod tls_fault;

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use postgres_protocol::message::frontend;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

pub use self::cancel::Canceller;
use self::dial::{Address, Encryption, Line};
pub(crate) use self::name::setting as name_setting;
use self::name::{Names, is_own};
use crate::error::{ServerMessage, SessionError};
use crate::options::ConnectOptions;
use crate::wire::{self, Backend, Column, Row};

/// Bytes asked from the socket at a time.
const READ_BYTES: usize = 64 * 1024;
/// COPY data gathered before it is sent: few system calls, and little to lose.
const COPY_BUFFER_BYTES: usize = 64 * 1024;
/// Room that a session may keep while it rests: what one read takes, twice.
const ROOM_KEPT_BYTES: usize = 2 * READ_BYTES;
/// Time for a CancelRequest or a Terminate message to go out.
const FAREWELL_TIMEOUT: Duration = Duration::from_secs(5);

/// Where the server stands between statements (the byte of ReadyForQuery).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transaction {
    /// No transaction block.
    #[default]
    Idle,
    /// Inside a transaction block.
    Open,
    /// Inside a failed transaction block: everything but its end is refused with 25P02.
    Failed,
}

/// One thing the server says while a query string runs.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A result begins; rows follow.
    Columns(Vec<Column>),
    /// A row of the current result.
    Row(Row),
    /// A statement is done; its command tag, for instance `SELECT 3`.
    Complete(Bytes),
    /// The query string was empty.
    Empty,
    /// A statement failed, and with it the rest of the query string.
    Error(ServerMessage),
    /// NOTICE, WARNING, INFO …
    Notice(ServerMessage),
    /// A message of LISTEN/NOTIFY: the sender's process, channel and payload.
    Notification(i32, Bytes, Bytes),
    /// A parameter of the session has a new value, for instance `client_encoding`.
    Parameter(String, String),
    /// The server waits for COPY data: [`Session::send_copy_data`], then finish or fail it.
    CopyIn {
        /// Whether they are in binary format.
        binary: bool,
    },
    /// COPY data follow.
    CopyOut {
        /// Whether they are in binary format.
        binary: bool,
    },
    /// A piece of COPY data; in text format one line, its newline included.
    CopyData(Bytes),
    /// The COPY data are complete.
    CopyDone,
    /// The query string is done; the session takes the next.
    Ready(Transaction),
}

/// An open session.
pub struct Session {
    line: Line,
    inbound: BytesMut,
    outbound: BytesMut,
    key: Option<(i32, i32)>,
    parameters: BTreeMap<String, String>,
    transaction: Transaction,
    address: Address,
    options: ConnectOptions,
    /// Set where the session works under another name than it was opened with.
    names: Option<Names>,
    /// Whether settings have gone ahead of the first query, and their answer is not complete.
    begins: bool,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("address", &self.address)
            .field("key", &self.key.map(|k| k.0))
            .finish()
    }
}

impl Session {
    /// Sends a query string (one or several statements). Pull [`Session::next_reply`] until [`Reply::Ready`].
    ///
    /// # Errors
    /// [`SessionError::ConnectionLost`].
    pub async fn send_query(&mut self, sql: &[u8]) -> Result<(), SessionError> {
        self.queue_query(sql)?;
        self.flush().await
    }

    /// Has one statement described without running it: its columns come as [`Reply::Columns`], nothing if it has none, then
    /// [`Reply::Ready`].
    ///
    /// # Errors
    /// [`SessionError::ConnectionLost`].
    pub async fn send_describe(&mut self, sql: &[u8]) -> Result<(), SessionError> {
        let sql = sql.split(|b| *b == 0).next().unwrap_or_default();
        // An unnamed statement with its text and no types of parameters.
        let length = i32::try_from(sql.len() + 4 + 1 + 1 + 2)
            .map_err(|_| SessionError::Protocol("query of more than 2 GiB".to_owned()))?;
        self.outbound.put_u8(b'P');
        self.outbound.put_i32(length);
        self.outbound.put_u8(0);
        self.outbound.put_slice(sql);
        self.outbound.put_u8(0);
        self.outbound.put_i16(0);
        frontend::describe(b'S', "", &mut self.outbound)
            .map_err(|error| SessionError::Protocol(error.to_string()))?;
        frontend::sync(&mut self.outbound);
        self.flush().await
    }

    /// As [`Session::send_query`], but the query goes out with whatever is sent next.
    pub(crate) fn queue_query(&mut self, sql: &[u8]) -> Result<(), SessionError> {
        // The protocol ends the text at a zero byte; cutting it there ourselves keeps the framing right.
        let sql = sql.split(|b| *b == 0).next().unwrap_or_default();
        let length = i32::try_from(sql.len() + 5)
            .map_err(|_| SessionError::Protocol("query of more than 2 GiB".to_owned()))?;
        self.outbound.reserve(sql.len() + 6);
        self.outbound.put_u8(b'Q');
        self.outbound.put_i32(length);
        self.outbound.put_slice(sql);
        self.outbound.put_u8(0);
        Ok(())
    }

    /// The server's next reply; waits for it. May be dropped while waiting and called again: nothing is lost.
    ///
    /// # Errors
    /// [`SessionError::ConnectionLost`] and [`SessionError::Protocol`]; the session is then of no further use.
    pub async fn next_reply(&mut self) -> Result<Reply, SessionError> {
        loop {
            // What a call that was dropped has left to be sent.
            if self.restores_name() {
                self.flush().await?;
            }
            let reply = match self.receive().await? {
                Backend::Columns(columns) => Reply::Columns(columns),
                Backend::Row(row) => Reply::Row(row),
                Backend::Complete(tag) => Reply::Complete(tag),
                Backend::Empty => Reply::Empty,
                Backend::Error(message) => Reply::Error(message),
                Backend::Notice(message) => Reply::Notice(message),
                Backend::Notification { pid, channel, payload } => Reply::Notification(pid, channel, payload),
                Backend::Parameter { name, value } => Reply::Parameter(name, value),
                Backend::CopyIn { binary } => Reply::CopyIn { binary },
                Backend::CopyOut { binary } => Reply::CopyOut { binary },
                Backend::CopyData(data) => Reply::CopyData(data),
                Backend::CopyDone => Reply::CopyDone,
                Backend::Ready(status) => {
                    self.transaction = match status {
                        b'T' => Transaction::Open,
                        b'E' => Transaction::Failed,
                        _ => Transaction::Idle,
                    };
                    if std::mem::take(&mut self.begins) || self.asks_for_name() {
                        continue;
                    }
                    Reply::Ready(self.transaction)
                }
                Backend::Other => continue,
                Backend::Authentication { .. } | Backend::KeyData { .. } => {
                    return Err(SessionError::Protocol("login message after login".to_owned()));
                }
            };
            if !((self.begins || self.restores_name()) && is_own(&reply)) {
                return Ok(reply);
            }
        }
    }

    /// Sends a piece of COPY data, cut anywhere. It may wait in a buffer until [`Session::finish_copy`].
    ///
    /// # Errors
    /// [`SessionError::ConnectionLost`].
    pub async fn send_copy_data(&mut self, data: &[u8]) -> Result<(), SessionError> {
        for piece in data.chunks(COPY_BUFFER_BYTES) {
            let message =
                frontend::CopyData::new(piece).map_err(|e| SessionError::Protocol(e.to_string()))?;
            message.write(&mut self.outbound);
            if self.outbound.len() >= COPY_BUFFER_BYTES {
                self.flush().await?;
            }
        }
        Ok(())
    }

    /// Ends COPY data with success; the server's verdict comes as replies.
    ///
    /// # Errors
    /// [`SessionError::ConnectionLost`].
    pub async fn finish_copy(&mut self) -> Result<(), SessionError> {
        frontend::copy_done(&mut self.outbound);
        self.flush().await
    }

    /// Ends COPY data with a failure: the server answers with an error that contains `reason`.
    ///
    /// # Errors
    /// [`SessionError::ConnectionLost`].
    pub async fn fail_copy(&mut self, reason: &str) -> Result<(), SessionError> {
        let reason = reason.replace('\0', "");
        frontend::copy_fail(&reason, &mut self.outbound)
            .map_err(|error| SessionError::Protocol(error.to_string()))?;
        self.flush().await
    }

    /// Says good-bye and closes. Errors do not matter any more; a dead network cannot hold the caller up.
    pub async fn close(mut self) {
        frontend::terminate(&mut self.outbound);
        let farewell = async {
            let sent = self.flush().await;
            let shut = self.line.stream.shutdown().await;
            sent.is_ok() && shut.is_ok()
        };
        if !tokio::time::timeout(FAREWELL_TIMEOUT, farewell).await.unwrap_or(false) {
            tracing::debug!("session was gone before it was closed");
        }
    }

    /// A parameter the server reported, for instance `server_version`, `client_encoding`, `is_superuser`.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// All of them.
    pub(crate) fn parameters(&self) -> &BTreeMap<String, String> {
        &self.parameters
    }

    /// The server process of this session.
    #[must_use]
    pub fn backend_pid(&self) -> Option<i32> {
        self.key.map(|(pid, _)| pid)
    }

    /// The transaction state at the last [`Reply::Ready`].
    #[must_use]
    pub fn transaction(&self) -> Transaction {
        self.transaction
    }

    /// The options this session was opened with.
    #[must_use]
    pub fn options(&self) -> &ConnectOptions {
        &self.options
    }

    /// From now on the session stands for `options`, which lead to the same place as those it was opened with.
    pub(crate) fn stand_for(&mut self, options: ConnectOptions) {
        self.options = options;
    }

    /// Gives back the room that large rows and statements have taken.
    pub(crate) fn give_room_back(&mut self) {
        for buffer in [&mut self.inbound, &mut self.outbound] {
            if buffer.is_empty() && buffer.capacity() > ROOM_KEPT_BYTES {
                *buffer = BytesMut::new();
            }
        }
    }

    /// TLS version and cipher suite (`TLSv1.3`, `TLS_AES_256_GCM_SHA384`); `None` when the session is not encrypted.
    #[must_use]
    pub fn encryption(&self) -> Option<(&str, &str)> {
        self.line.encryption.as_ref().map(|(protocol, cipher)| (protocol.as_str(), cipher.as_str()))
    }

    /// The server's network address; `None` on a Unix-domain socket.
    #[must_use]
    pub fn peer_address(&self) -> Option<std::net::IpAddr> {
        match self.address {
            Address::Tcp(at) => Some(at.ip()),
            Address::Unix(_) => None,
        }
    }

    /// A handle that can cancel this session's running query from elsewhere.
    #[must_use]
    pub fn canceller(&self) -> Canceller {
        Canceller {
            address: self.address.clone(),
            options: self.options.clone(),
            key: self.key,
            encryption: match self.line.encryption {
                Some(_) => Encryption::Always,
                None => Encryption::Never,
            },
        }
    }

    /// A row that has come already, if it is what comes next.
    pub(crate) fn take_row(&mut self) -> Option<Row> {
        wire::take_row(&mut self.inbound)
    }

    /// Appends the COPY data that have come already.
    pub(crate) fn take_copy_data(&mut self, data: &mut Vec<u8>) {
        wire::take_copy_data(&mut self.inbound, data);
    }

    async fn receive(&mut self) -> Result<Backend, SessionError> {
        loop {
            match wire::take(&mut self.inbound)? {
                Some(Backend::Parameter { name, value }) => {
                    self.parameters.insert(name.clone(), value.clone());
                    return Ok(Backend::Parameter { name, value });
                }
                Some(message) => return Ok(message),
                None => self.inbound.reserve(READ_BYTES),
            }
            match self.line.stream.read_buf(&mut self.inbound).await {
                Ok(0) => return Err(SessionError::closed()),
                Ok(_) => {}
                Err(error) => return Err(SessionError::lost(&error)),
            }
        }
    }

    pub(crate) async fn flush(&mut self) -> Result<(), SessionError> {
        let sent = self.line.stream.write_all_buf(&mut self.outbound).await;
        sent.map_err(|error| SessionError::lost(&error))?;
        self.line.stream.flush().await.map_err(|error| SessionError::lost(&error))
    }
}

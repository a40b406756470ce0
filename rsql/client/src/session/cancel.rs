//! Cancelling a session's running query from elsewhere.
//!
//! Does not wait for the query's end: that is told to the session itself.

use bytes::BytesMut;
use postgres_protocol::message::frontend;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::FAREWELL_TIMEOUT;
use super::dial::{self, Address, Encryption};
use crate::error::SessionError;
use crate::options::ConnectOptions;

/// Cancels the running query of one session over a connection of its own, protected as the session is.
#[derive(Clone)]
pub struct Canceller {
    pub(super) address: Address,
    pub(super) options: ConnectOptions,
    pub(super) key: Option<(i32, i32)>,
    pub(super) encryption: Encryption,
}

impl Canceller {
    /// Asks the server to cancel whatever the session runs just now. A request that comes too late does nothing.
    ///
    /// # Errors
    /// [`SessionError::Connect`] when the request could not be delivered.
    pub async fn cancel(&self) -> Result<(), SessionError> {
        let Some((pid, key)) = self.key else { return Ok(()) };
        let send = async {
            let mut line =
                dial::dial(&self.options, &self.address, self.encryption).await.map_err(|e| e.text)?;
            let mut request = BytesMut::new();
            frontend::cancel_request(pid, key, &mut request);
            line.stream.write_all_buf(&mut request).await.map_err(|error| error.to_string())?;
            line.stream.flush().await.map_err(|error| error.to_string())?;
            // The server closes once it has passed the signal on: then the request is certain to have been read.
            let mut rest = [0; 16];
            while line.stream.read(&mut rest).await.is_ok_and(|n| n > 0) {}
            Ok(())
        };
        let sent = tokio::time::timeout(FAREWELL_TIMEOUT, send).await;
        let sent = sent.unwrap_or_else(|_| Err("timeout expired".to_owned()));
        sent.map_err(|text: String| SessionError::Connect {
            message: format!("could not send cancel request: {text}"),
            sqlstate: None,
            password_needed: false,
        })
    }
}

//! What is known ahead of its turn: settings that go out with the first query, and an error that comes while data go out.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use tokio::io::AsyncReadExt as _;

use super::{READ_BYTES, Session};
use crate::error::SessionError;
use crate::wire;

impl Session {
    /// The first query takes this one along, whose answer nobody hears of. `reported` is a parameter that it sets, with its
    /// value: whoever asks for it is told so from now on.
    pub(crate) fn begin_with(&mut self, sql: &str, reported: (&str, &str)) -> Result<(), SessionError> {
        self.queue_query(sql.as_bytes())?;
        self.begins = true;
        let (name, value) = reported;
        self.parameters.insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    /// Whether an error has come, as far as that is known without waiting. It is still to be read as a reply.
    ///
    /// # Errors
    /// [`SessionError::ConnectionLost`].
    pub(crate) async fn has_heard_error(&mut self) -> Result<bool, SessionError> {
        self.inbound.reserve(READ_BYTES);
        let mut reading = pin!(self.line.stream.read_buf(&mut self.inbound));
        // Without a waker that matters: what comes later is read by whoever waits for a reply.
        match poll_fn(|context| Poll::Ready(reading.as_mut().poll(context))).await {
            Poll::Ready(Ok(0)) => return Err(SessionError::closed()),
            Poll::Ready(Err(error)) => return Err(SessionError::lost(&error)),
            Poll::Ready(Ok(_)) | Poll::Pending => {}
        }
        Ok(wire::has_error(&self.inbound))
    }
}

//! The way of output into an attempt's log: stamped as it comes, redacted, written in batches by one pump, which holds the
//! job up while the log cannot be written. Owns the order and completeness of lines. Does not know where logs lie.

use std::sync::Arc;

use fleet_core::ports::{AttemptLog, Clock, LogLine, LogStream};
use fleet_core::time::{Millis, Timestamp};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::patience;
use crate::redact::{Carry, Line, Redactor};

/// Lines on the way to the log before the job is held up. With the longest lines (128 KiB) of a full channel and batch,
/// an attempt takes some 40 MB.
const LINES_WAITING_MAX: usize = 256;
/// Lines of one write. A write is a flush to disk or a request, so it should carry what is at hand.
const BATCH_LINES_MAX: usize = 256;
/// How long lines wait for others to be written with, so that a short attempt gets by with one write. Whoever follows a log
/// does not notice.
const LINGER: Millis = Millis(20);
/// How long an attempt's end waits until its log can be read. The lines are safe by then, so an outage of the log's place
/// must not hold up what comes after the attempt.
const FLUSH_LIMIT: Millis = Millis::from_secs(5);

/// The log was closed: the attempt is being dropped, and nothing that is written now can be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write to the attempt's log: it is closed")]
pub struct LogClosed;

/// The end of an attempt's log into which its runner writes.
#[derive(Debug, Clone)]
pub struct LogSender {
    pieces: mpsc::Sender<Piece>,
    clock: Clock,
}

#[derive(Debug)]
struct Piece {
    at: Timestamp,
    stream: LogStream,
    bytes: Vec<u8>,
    line: Line,
}

impl LogSender {
    /// Adds a line; waits while the log cannot take it.
    ///
    /// # Errors
    /// [`LogClosed`]: stop.
    pub async fn line(&self, stream: LogStream, text: impl Into<Vec<u8>>) -> Result<(), LogClosed> {
        self.send(stream, text.into(), Line::Ends).await
    }

    /// Adds a part of a line that goes on with the next call for the same stream.
    ///
    /// # Errors
    /// [`LogClosed`]: stop.
    pub async fn part(&self, stream: LogStream, bytes: Vec<u8>) -> Result<(), LogClosed> {
        self.send(stream, bytes, Line::GoesOn).await
    }

    async fn send(&self, stream: LogStream, bytes: Vec<u8>, line: Line) -> Result<(), LogClosed> {
        let piece = Piece { at: self.clock.now(), stream, bytes, line };
        self.pieces.send(piece).await.map_err(|_| LogClosed)
    }
}

/// Writes what comes through a [`LogSender`].
pub(crate) struct LogPump {
    close: CancellationToken,
    task: tokio_util::task::AbortOnDropHandle<()>,
}

impl LogPump {
    /// Starts writing to `log`.
    pub(crate) fn start(
        log: Box<dyn AttemptLog>,
        redactor: Arc<Redactor>,
        clock: Clock,
    ) -> (LogSender, Self) {
        let (pieces, inbox) = mpsc::channel(LINES_WAITING_MAX);
        let close = CancellationToken::new();
        let writer = Writer { log, redactor, clock: clock.clone(), carries: Default::default() };
        let task = tokio::spawn(writer.pump(inbox, close.clone()));
        (LogSender { pieces, clock }, Self { close, task: tokio_util::task::AbortOnDropHandle::new(task) })
    }

    /// Closes the log to new lines and waits until all that came are safe, however long that takes, and can be read, for
    /// [`FLUSH_LIMIT`] at most.
    pub(crate) async fn flush(self) {
        self.close.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the log's pump ended early");
        }
    }
}

struct Writer {
    log: Box<dyn AttemptLog>,
    redactor: Arc<Redactor>,
    clock: Clock,
    /// One for each stream: their lines interleave.
    carries: [Carry; 3],
}

impl Writer {
    async fn pump(mut self, mut inbox: mpsc::Receiver<Piece>, close: CancellationToken) {
        let mut batch = Vec::with_capacity(BATCH_LINES_MAX);
        loop {
            let count = tokio::select! {
                biased;
                count = inbox.recv_many(&mut batch, BATCH_LINES_MAX) => count,
                // A child of the script may still hold a sender: what it says from here on belongs to nobody.
                () = close.cancelled(), if !inbox.is_closed() => {
                    inbox.close();
                    continue;
                }
            };
            if count == 0 {
                self.write_carried().await;
                return self.flush().await;
            }
            gather(&mut batch, &mut inbox, &close).await;
            let lines: Vec<LogLine> = batch.drain(..).filter_map(|piece| self.clean(piece)).collect();
            self.write(&lines).await;
        }
    }

    /// What was kept back of lines that never ended.
    async fn write_carried(&mut self) {
        let mut lines = Vec::new();
        for stream in [LogStream::Out, LogStream::Err, LogStream::Worker] {
            let carry = &mut self.carries[stream as usize];
            let text = self.redactor.piece(carry, Vec::new(), Line::Ends);
            if !text.is_empty() {
                lines.push(LogLine { at: self.clock.now(), stream, text: text_of(text) });
            }
        }
        self.write(&lines).await;
    }

    /// Lets the lines reach those who read them.
    async fn flush(&mut self) {
        match tokio::time::timeout(FLUSH_LIMIT.to_std(), self.log.flush()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the last lines of an attempt's log come later"),
            Err(_) => {
                tracing::warn!(limit = %FLUSH_LIMIT, "the last lines of an attempt's log come after its end");
            }
        }
    }

    fn clean(&mut self, piece: Piece) -> Option<LogLine> {
        let carry = &mut self.carries[piece.stream as usize];
        let clean = self.redactor.piece(carry, piece.bytes, piece.line);
        if clean.is_empty() && piece.line == Line::GoesOn {
            return None;
        }
        Some(LogLine { at: piece.at, stream: piece.stream, text: text_of(clean) })
    }

    /// Tries for ever: while a log cannot be written the job is held up, rather than its lines lost.
    async fn write(&mut self, lines: &[LogLine]) {
        if lines.is_empty() {
            return;
        }
        let mut pauses = patience::endless();
        while let Err(error) = self.log.write(lines).await {
            tracing::error!(%error, lines = lines.len(), "the attempt's log cannot be written; the job waits");
            tokio::time::sleep(pauses.pause()).await;
        }
    }
}

/// Takes what comes within [`LINGER`], up to a full batch, or until the log is closed.
async fn gather(batch: &mut Vec<Piece>, inbox: &mut mpsc::Receiver<Piece>, close: &CancellationToken) {
    let mut over = std::pin::pin!(tokio::time::sleep(LINGER.to_std()));
    while batch.len() < BATCH_LINES_MAX {
        let room = BATCH_LINES_MAX - batch.len();
        let count = tokio::select! {
            biased;
            count = inbox.recv_many(batch, room) => count,
            () = close.cancelled() => 0,
            () = &mut over => 0,
        };
        if count == 0 {
            return;
        }
    }
}

/// Logs are text: bytes that are none are replaced.
fn text_of(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

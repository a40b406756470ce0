//! One task a log stream: it waits for lines, lets some gather, and sends them in their order. Owns the gathering. What is
//! sent is noted in the spool afterwards, so a process that dies in between sends it twice.

use std::sync::Arc;
use std::time::Duration;

use super::batch::{Batch, Stamper};
use super::event::Event;
use super::put::Putter;
use super::spool::{Backlog, Look, Spool};

/// Frames that are read for one call: what it takes, and the frame that may go beyond.
const READ_BYTES: u64 = 1 << 20;

/// Sends what waits of one stream.
pub(super) struct Shipper {
    pub(super) putter: Arc<Putter>,
    pub(super) spool: Arc<Spool>,
    pub(super) backlog: Arc<Backlog>,
    /// How long lines wait for others.
    pub(super) linger: Duration,
}

/// Lines that go together, and the number after the last.
struct Load {
    batch: Batch,
    stamper: Stamper,
    up_to: u64,
}

impl Shipper {
    /// Sends until nothing waits and `is_over` says that nothing more will come.
    pub(super) async fn run(self, is_over: impl Fn(&Arc<Backlog>) -> bool) {
        let mut stamper = Stamper::default();
        loop {
            match self.backlog.look() {
                Look::Idle => self.backlog.changed().await,
                Look::Over if is_over(&self.backlog) => return,
                Look::Over => {}
                Look::Waiting | Look::Urgent => stamper = self.send(stamper).await,
            }
        }
    }

    async fn send(&self, stamper: Stamper) -> Stamper {
        let stream = self.backlog.stream();
        // Before the lines have gathered: an attempt's end waits for its lines, and should not have to wait for this too.
        self.putter.make(stream).await;
        self.gather().await;
        let Load { batch, stamper, up_to } = self.load(stamper).await;
        for events in batch.into_calls() {
            if !events.is_empty() {
                self.putter.deliver(stream, events).await;
            }
        }
        self.spool.sent(&self.backlog, up_to);
        stamper
    }

    async fn gather(&self) {
        let mut over = std::pin::pin!(tokio::time::sleep(self.linger));
        while self.backlog.look() == Look::Waiting {
            tokio::select! {
                biased;
                () = self.backlog.changed() => {}
                () = &mut over => return,
            }
        }
    }

    /// Reads back what the next call can take.
    async fn load(&self, stamper: Stamper) -> Load {
        let (spool, now) = (Arc::clone(&self.spool), self.putter.now());
        let (records, from) = self.backlog.first(READ_BYTES);
        let stream = self.backlog.stream().to_owned();
        let mut load = Load { batch: Batch::default(), stamper, up_to: from };
        let read = move || {
            for record in records {
                let lines = match spool.read(record) {
                    Ok(lines) => lines,
                    Err(error) => {
                        tracing::error!(%error, stream, "lines of a log cannot be read back from the spool; they are lost");
                        load.up_to = record.end;
                        continue;
                    }
                };
                for (number, line) in lines.filter(|(number, _)| *number >= from) {
                    let stamp = load.stamper.stamp(line.at, now);
                    if load.batch.try_push(Event::of(line, stamp)).is_err() {
                        return load;
                    }
                    load.up_to = number + 1;
                }
            }
            load
        };
        tokio::task::spawn_blocking(read).await.expect("reading the spool does not panic, nor is it aborted")
    }
}

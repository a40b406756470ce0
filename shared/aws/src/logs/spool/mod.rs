//! The spool: where lines are safe on this host until CloudWatch has them. Owns durability (a flush for all attempts that write
//! at the same time), the bound in bytes, and the taking over of what a dead process has left. Sends nothing.

mod backlog;
mod record;
mod scan;
mod segments;

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use fleet_core::ports::LogLine;
use tokio::sync::{mpsc, oneshot};

pub(super) use self::backlog::{Backlog, Look, RecordRef};
use self::record::{Lines, Record};
use self::segments::Segments;

/// Text of one record, in bytes, a single longer line apart: about what one call takes, since a record is read back as a whole.
const RECORD_TEXT_BYTES: usize = 1 << 20;
/// Writes that share a flush. Each attempt has one under way, so this is never met.
const GROUP_MAX: usize = 256;

/// The spool of one process.
#[derive(Debug)]
pub(super) struct Spool {
    segments: Arc<Segments>,
    /// Taken when the spool goes, so that its thread ends.
    orders: Option<mpsc::UnboundedSender<Order>>,
    writer: Option<JoinHandle<()>>,
}

/// What the spool's thread is asked for.
enum Order {
    Write { backlog: Arc<Backlog>, lines: Vec<LogLine>, done: oneshot::Sender<io::Result<()>> },
    Sent { stream: String, up_to: u64 },
}

impl Spool {
    /// A new spool under `parent`. Blocks.
    pub(super) fn create(parent: &Path, bytes_max: u64) -> io::Result<Self> {
        // Somebody who looks for dead spools may catch one before it is locked; the next is another.
        Self::try_create(parent, bytes_max).or_else(|_| Self::try_create(parent, bytes_max))
    }

    fn try_create(parent: &Path, bytes_max: u64) -> io::Result<Self> {
        let dir = parent.join(uuid::Uuid::now_v7().to_string());
        Self::over(Segments::create(&dir, bytes_max)?)
    }

    /// Takes over the spools of dead processes under `parent`, each with what is left in it. Blocks. One that cannot be read
    /// is left alone, and told.
    pub(super) fn adopt_all(parent: &Path) -> io::Result<Vec<(Self, Vec<Backlog>)>> {
        let mut adopted = Vec::new();
        for entry in fs::read_dir(parent)? {
            let dir = entry?.path();
            match Self::adopt(&dir) {
                Ok(found) => adopted.extend(found),
                Err(error) => {
                    tracing::error!(%error, dir = %dir.display(), "a log spool that was left cannot be taken over");
                }
            }
        }
        Ok(adopted)
    }

    fn adopt(dir: &Path) -> io::Result<Option<(Self, Vec<Backlog>)>> {
        let Some((segments, left)) = Segments::adopt(dir)? else { return Ok(None) };
        if left.is_empty() {
            segments.remove_if_done();
            return Ok(None);
        }
        let backlog = |(stream, left): (String, scan::Left)| Backlog::new(stream, left.records, left.sent);
        Ok(Some((Self::over(segments)?, left.into_iter().map(backlog).collect())))
    }

    fn over(segments: Segments) -> io::Result<Self> {
        let segments = Arc::new(segments);
        let (orders, inbox) = mpsc::unbounded_channel();
        let kept = Arc::clone(&segments);
        let thread = std::thread::Builder::new().name("log-spool".to_owned());
        let writer = Some(thread.spawn(move || Writer { segments: kept, next_line: 0 }.run(inbox))?);
        Ok(Self { segments, orders: Some(orders), writer })
    }

    /// Makes lines durable; waits while the spool is full. They are in `backlog` then, even if nobody waits any more.
    pub(super) async fn write(&self, backlog: &Arc<Backlog>, lines: Vec<LogLine>) -> io::Result<()> {
        loop {
            let mut room = std::pin::pin!(self.segments.room.notified());
            room.as_mut().enable();
            if self.segments.has_room() {
                break;
            }
            room.await;
        }
        let (done, answer) = oneshot::channel();
        self.order(Order::Write { backlog: Arc::clone(backlog), lines, done });
        answer.await.unwrap_or_else(|_| Err(io::Error::other("the log spool's thread has ended")))
    }

    /// Notes that lines below `up_to` have been sent, and frees what is done with.
    pub(super) fn sent(&self, backlog: &Backlog, up_to: u64) {
        self.order(Order::Sent { stream: backlog.stream().to_owned(), up_to });
        self.segments.done(&backlog.sent(up_to));
    }

    fn order(&self, order: Order) {
        if let Some(orders) = &self.orders {
            // Without its thread nothing is written, and each write says so.
            let _ = orders.send(order);
        }
    }

    /// Reads a record back, as numbered lines. Blocks.
    pub(super) fn read(&self, record: RecordRef) -> io::Result<impl Iterator<Item = (u64, LogLine)> + use<>> {
        self.segments.read(record).map(Lines::into_numbered)
    }

    /// Waits until all has been sent.
    pub(super) async fn empty(&self) {
        let mut waiting = self.segments.waiting.subscribe();
        // It cannot fail: the sender is here.
        let _ = waiting.wait_for(|count| *count == 0).await;
    }

    /// Bytes on the disk; none when all has been sent.
    pub(super) fn waiting_bytes(&self) -> u64 {
        if *self.segments.waiting.borrow() == 0 { 0 } else { self.segments.bytes() }
    }

    /// Deletes its files if all has been sent. Nothing can be written any more.
    pub(super) fn remove_if_done(&self) {
        self.segments.remove_if_done();
    }
}

impl Drop for Spool {
    /// The lock is free when this returns.
    fn drop(&mut self) {
        drop(self.orders.take());
        if let Some(writer) = self.writer.take() {
            // A thread that broke down has nothing to say any more.
            let _ = writer.join();
        }
    }
}

/// The thread that appends. Only it does, so it needs no lock while it waits for the disk.
struct Writer {
    segments: Arc<Segments>,
    /// Lines are numbered through the whole spool, so that a log that is opened again goes on above its old numbers.
    next_line: u64,
}

/// Records of one write on their way to the disk.
struct Landing {
    backlog: Arc<Backlog>,
    records: Vec<RecordRef>,
    done: oneshot::Sender<io::Result<()>>,
}

impl Writer {
    fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Order>) {
        let mut group = Vec::new();
        while inbox.blocking_recv_many(&mut group, GROUP_MAX) > 0 {
            self.commit(std::mem::take(&mut group));
        }
    }

    /// Appends what was asked for with one write and one flush.
    fn commit(&mut self, group: Vec<Order>) {
        let tail = self.segments.tail();
        let (at, number) = tail.as_ref().map_or((0, 0), |tail| (tail.offset(), tail.number()));
        let (mut bytes, mut landings) = (Vec::new(), Vec::new());
        for order in group {
            match order {
                Order::Sent { stream, up_to } => record::encode(&Record::Sent { stream, up_to }, &mut bytes),
                Order::Write { backlog, lines, done } => {
                    let records = self.encode(&backlog, lines, (number, at), &mut bytes);
                    landings.push(Landing { backlog, records, done });
                }
            }
        }
        let kept = tail.and_then(|tail| self.keep(&tail, &bytes, &landings));
        for Landing { backlog, records, done } in landings {
            let answer = match &kept {
                Ok(()) => {
                    backlog.landed(records);
                    Ok(())
                }
                Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
            };
            // Who wrote may have given up; the lines are sent all the same.
            let _ = done.send(answer);
        }
    }

    fn encode(
        &mut self,
        backlog: &Backlog,
        lines: Vec<LogLine>,
        (segment, at): (u64, u64),
        bytes: &mut Vec<u8>,
    ) -> Vec<RecordRef> {
        let mut records = Vec::new();
        for lines in cut(lines) {
            let lines = Lines::new(backlog.stream(), self.next_line, lines);
            self.next_line = lines.end();
            let (start, end) = (bytes.len() as u64, lines.end());
            record::encode(&Record::Lines(lines), bytes);
            records.push(RecordRef { segment, offset: at + start, bytes: bytes.len() as u64 - start, end });
        }
        records
    }

    /// What is not flushed is not counted, so a write that failed is written over by the next.
    fn keep(&self, tail: &segments::Tail, bytes: &[u8], landings: &[Landing]) -> io::Result<()> {
        tail.write(bytes)?;
        let records = landings.iter().map(|landing| landing.records.len()).sum();
        // That lines have been sent may be forgotten: then they are sent again.
        if records > 0
            && let Err(error) = tail.flush()
        {
            self.segments.abandon_tail();
            return Err(error);
        }
        self.segments.appended(tail, bytes.len() as u64, records);
        Ok(())
    }
}

/// Cuts lines to records.
fn cut(lines: Vec<LogLine>) -> Vec<Vec<LogLine>> {
    let (mut records, mut bytes) = (Vec::<Vec<LogLine>>::new(), 0);
    for line in lines {
        bytes += line.text.len();
        match records.last_mut() {
            Some(record) if bytes <= RECORD_TEXT_BYTES => record.push(line),
            _ => {
                bytes = line.text.len();
                records.push(vec![line]);
            }
        }
    }
    records
}

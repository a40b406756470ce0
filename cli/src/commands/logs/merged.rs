//! The lines of several attempts, by their times. Owns the order: lines of one attempt stay as they were written, whatever
//! the clock did. Holds one page of each attempt at a time.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use fleet_core::ports::{AttemptName, LogLine};
use fleet_core::time::Timestamp;

use super::{Style, write};
use crate::fleet::{Fleet, LogReader};
use crate::output::Output;

/// What is read of one attempt, and where to read on.
struct Source<'a> {
    attempt: &'a AttemptName,
    lines: VecDeque<LogLine>,
    reader: LogReader,
}

impl Source<'_> {
    /// The time of its next line, read if need be; nothing at its end.
    async fn peek(&mut self) -> anyhow::Result<Option<Timestamp>> {
        if self.lines.is_empty() {
            self.lines = self.reader.next().await?.into();
        }
        Ok(self.lines.front().map(|line| line.at))
    }
}

/// Writes the lines of all attempts, the earliest first; of one millisecond, in the order of `attempts`.
pub(super) async fn show(
    fleet: &Fleet,
    attempts: &[AttemptName],
    style: Style,
    out: &mut Output,
) -> anyhow::Result<()> {
    let source = |attempt| Source { attempt, lines: VecDeque::new(), reader: fleet.logs.read(attempt) };
    let mut sources: Vec<Source<'_>> = attempts.iter().map(source).collect();
    let mut heads = BinaryHeap::new();
    for (index, source) in sources.iter_mut().enumerate() {
        heads.extend(source.peek().await?.map(|at| Reverse((at, index))));
    }
    while let Some(Reverse((_, index))) = heads.pop() {
        if out.is_closed() {
            break;
        }
        let other = heads.peek().map(|Reverse(head)| *head);
        let Some(source) = sources.get_mut(index) else { break };
        let run = take_run(&mut source.lines, index, other);
        write(source.attempt, &run, style, out)?;
        heads.extend(source.peek().await?.map(|at| Reverse((at, index))));
    }
    Ok(())
}

/// The next line and those after it that still come before the next line of any `other` source.
fn take_run(lines: &mut VecDeque<LogLine>, index: usize, other: Option<(Timestamp, usize)>) -> Vec<LogLine> {
    let is_next = |line: &LogLine| other.is_none_or(|other| (line.at, index) < other);
    let count = lines.iter().skip(1).take_while(|line| is_next(line)).count() + 1;
    lines.drain(..count.min(lines.len())).collect()
}

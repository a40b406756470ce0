//! What one `PutLogEvents` call may carry. Owns the service's limits of a call and the timestamps that fit into them. Pure.

use fleet_core::time::{Millis, Timestamp};

use super::event::Event;

/// Bytes of one call, counted as the service does: messages, and [`EVENT_OVERHEAD`] for each.
const BYTES_MAX: usize = 1_048_576;
/// What the service adds to the bytes of each event.
const EVENT_OVERHEAD: usize = 26;
/// Events of one call.
const EVENTS_MAX: usize = 10_000;
/// From the first event of a call to its last; an hour below the service's 24.
const SPAN_MAX: Millis = Millis(23 * 60 * 60 * 1_000);
/// Oldest timestamp that is sent; a day younger than the service's 14, so that a call may wait in an outage.
const AGE_MAX: Millis = Millis(13 * 24 * 60 * 60 * 1_000);
/// How far in the future a timestamp may lie; the service takes two hours.
const AHEAD_MAX: Millis = Millis(60 * 60 * 1_000);

/// Gives timestamps that never fall, and that the service takes.
#[derive(Debug, Default)]
pub(super) struct Stamper {
    last: Timestamp,
}

impl Stamper {
    /// The timestamp for a line of the time `at`.
    pub(super) fn stamp(&mut self, at: Timestamp, now: Timestamp) -> Timestamp {
        self.last = at.clamp(now - AGE_MAX, now + AHEAD_MAX).max(self.last);
        self.last
    }
}

/// The events of one call.
#[derive(Debug, Default)]
pub(super) struct Batch {
    events: Vec<Event>,
    bytes: usize,
}

impl Batch {
    /// Adds the events of one line, all or none; a line that needs more than one call goes alone.
    pub(super) fn try_push(&mut self, line: Vec<Event>) -> Result<(), Vec<Event>> {
        let bytes = self.bytes + line.iter().map(|event| event.bytes() + EVENT_OVERHEAD).sum::<usize>();
        let first = self.events.first().or(line.first()).map(|event| event.stamp);
        let span = line.last().zip(first).map_or(Millis(0), |(last, first)| last.stamp.since(first));
        let fits = bytes <= BYTES_MAX && self.events.len() + line.len() <= EVENTS_MAX && span <= SPAN_MAX;
        if !fits && !self.events.is_empty() {
            return Err(line);
        }
        self.bytes = bytes;
        self.events.extend(line);
        Ok(())
    }

    /// The events, cut to calls.
    pub(super) fn into_calls(self) -> Vec<Vec<Event>> {
        if self.bytes <= BYTES_MAX {
            return vec![self.events];
        }
        // One long line: each of its events is small against a call.
        let mut calls = Vec::new();
        let (mut call, mut bytes) = (Vec::new(), 0);
        for event in self.events {
            let more = event.bytes() + EVENT_OVERHEAD;
            if bytes + more > BYTES_MAX {
                calls.push(std::mem::take(&mut call));
                bytes = 0;
            }
            bytes += more;
            call.push(event);
        }
        calls.push(call);
        calls
    }
}

#[cfg(test)]
mod tests {
    use fleet_core::ports::{LogLine, LogStream};

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

    fn events(at: Timestamp, bytes: usize) -> Vec<Event> {
        Event::of(LogLine { at, stream: LogStream::Out, text: "x".repeat(bytes) }, at)
    }

    #[test]
    fn stamps_fit_and_never_fall() {
        let mut stamper = Stamper::default();
        let mut check = |at: Timestamp, expect: Timestamp| assert_eq!(stamper.stamp(at, NOW), expect);
        check(NOW - Millis::from_mins(60 * 24 * 200), NOW - AGE_MAX);
        check(NOW - Millis(5), NOW - Millis(5));
        check(NOW - Millis(9), NOW - Millis(5));
        check(NOW, NOW);
        check(NOW + Millis::from_mins(600), NOW + AHEAD_MAX);
        check(NOW, NOW + AHEAD_MAX);
    }

    #[test]
    fn a_call_takes_what_the_service_takes() {
        let check = |bytes: usize, expect: usize| {
            let mut batch = Batch::default();
            let count = (0..).take_while(|_| batch.try_push(events(NOW, bytes)).is_ok()).count();
            assert_eq!(count, expect, "{bytes}");
            assert!(batch.bytes <= BYTES_MAX);
            assert_eq!(batch.into_calls().len(), 1);
        };
        check(1, EVENTS_MAX);
        check(1_000, 983);
        check(200_000, 5);
    }

    #[test]
    fn a_call_spans_less_than_a_day() {
        let mut batch = Batch::default();
        assert!(batch.try_push(events(NOW, 1)).is_ok());
        assert!(batch.try_push(events(NOW + SPAN_MAX, 1)).is_ok());
        assert!(batch.try_push(events(NOW + SPAN_MAX + Millis(1), 1)).is_err());
    }

    #[test]
    fn a_line_of_several_calls_goes_alone() {
        let mut batch = Batch::default();
        assert!(batch.try_push(events(NOW, 3_000_000)).is_ok());
        assert!(batch.try_push(events(NOW, 1)).is_err());
        let calls = batch.into_calls();
        assert_eq!(calls.len(), 3);
        for call in calls {
            assert!(call.iter().map(|event| event.bytes() + EVENT_OVERHEAD).sum::<usize>() <= BYTES_MAX);
        }
    }
}

//! Receipts that know when they were given. SQS hides a message for 12 hours at most, counted from its receipt, and refuses a
//! span that would pass them as a whole: so each receipt carries its time, and a span is cut to what is left.

use std::time::{SystemTime, UNIX_EPOCH};

use fleet_core::ports::Receipt;
use fleet_core::time::Millis;

/// Longest total time for which SQS hides a message after one receipt (SQS quota).
const HIDDEN_MAX: Millis = Millis::from_mins(12 * 60);
/// What is kept clear of that: the receipt's time is read here, after the service's, and a call takes its time.
const HIDDEN_MARGIN: Millis = Millis::from_secs(30);
/// Between the time and the service's handle. Handles are Base64, which has no such character.
const MARK: char = '@';

/// Milliseconds since 1970 by the clock of this machine.
pub(super) fn now_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The receipt of a delivery that came at this time.
pub(super) fn receipt(handle: &str, received_at: u64) -> Receipt {
    Receipt(format!("{received_at}{MARK}{handle}"))
}

/// The service's handle within a receipt. One that came by another way, such as Lambda's, has nothing else in it.
pub(super) fn handle(receipt: &Receipt) -> &str {
    parts(receipt).1
}

/// How long the message may be hidden from `now` on, of `span`; nothing when its 12 hours are over.
pub(super) fn allowed(receipt: &Receipt, span: Millis, now: u64) -> Option<Millis> {
    let elapsed = parts(receipt).0.map_or(0, |received_at| now.saturating_sub(received_at));
    if span.0 == 0 {
        return Some(span);
    }
    let left = (HIDDEN_MAX.0 - HIDDEN_MARGIN.0).saturating_sub(elapsed);
    (left > 0).then(|| span.min(Millis(left)))
}

fn parts(receipt: &Receipt) -> (Option<u64>, &str) {
    let marked = receipt.0.split_once(MARK);
    let timed = marked.and_then(|(time, handle)| Some((time.parse().ok()?, handle)));
    timed.map_or((None, receipt.0.as_str()), |(time, handle)| (Some(time), handle))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_cut_to_what_is_left_of_twelve_hours() {
        fn check(elapsed: Millis, span: Millis, expect: Option<Millis>) {
            let received_at = 1_000_000;
            let receipt = receipt("AQEB+/=", received_at);
            assert_eq!(handle(&receipt), "AQEB+/=");
            assert_eq!(allowed(&receipt, span, received_at + elapsed.0), expect, "{elapsed} {span}");
        }
        let (hour, lease) = (Millis::from_mins(60), Millis::from_secs(66));
        check(Millis(0), lease, Some(lease));
        check(Millis(11 * hour.0), lease, Some(lease));
        check(Millis(0), Millis(13 * hour.0), Some(Millis(12 * hour.0 - 30_000)));
        check(Millis(12 * hour.0 - 40_000), lease, Some(Millis::from_secs(10)));
        check(Millis(12 * hour.0 - 30_000), lease, None);
        check(Millis(13 * hour.0), lease, None);
        // To show a message is no matter of time.
        check(Millis(13 * hour.0), Millis(0), Some(Millis(0)));
    }

    #[test]
    fn handles_that_came_without_a_time() {
        for foreign in ["AQEB+/=", "", "@", "x@y"] {
            let receipt = Receipt(foreign.to_owned());
            assert_eq!(handle(&receipt), foreign);
            assert_eq!(allowed(&receipt, Millis(5), 7), Some(Millis(5)));
        }
    }
}

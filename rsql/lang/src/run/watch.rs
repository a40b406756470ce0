//! `\watch`: a statement that is run again and again, each result under the time at which it was asked for, until it fails.

use std::sync::Arc;
use std::time::Duration;

use super::{How, Phase, Purpose};
use crate::effect::{Effect, Origin};
use crate::io::Waiting;
use crate::machine::Machine;
use crate::outcome::LocalTime;
use crate::text::lossy;

/// Longest pause: no clock counts further without care, and nobody waits a century.
const PAUSE_SECONDS_MAX: f64 = 3_155_760_000.0;
/// Digits of a number of seconds that are shown.
const DIGITS: usize = 6;

/// A statement that is run again and again.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) sql: Arc<Vec<u8>>,
    pub(crate) origin: Origin,
    /// Between two runs.
    pub(crate) seconds: f64,
}

impl Machine {
    /// Begins to watch.
    pub(crate) fn start_watch(&mut self, watch: Watch) {
        self.watch = Some(watch);
        self.io.ask(Effect::Clock, Waiting::WatchClock);
    }

    /// The time of the next run is known.
    pub(crate) fn watch_at(&mut self, time: LocalTime) {
        let Some(watch) = &self.watch else { return self.command_done() };
        let (sql, origin) = (Arc::clone(&watch.sql), watch.origin.clone());
        let own = self.print.title.as_ref().map(|title| format!("{}\t", lossy(title))).unwrap_or_default();
        let title = format!("{own}{} (every {}s)\n", time.long(), number(watch.seconds));
        let how = How { print: vec![("title".to_owned(), Some(title.into_bytes()))], ..How::default() };
        self.begin_run(sql, origin, how, Purpose::Watch, Phase::Main);
    }

    /// One run has ended.
    pub(super) fn watched(&mut self, success: bool) {
        let seconds = self.watch.as_ref().map_or(0.0, |watch| watch.seconds);
        if !success {
            self.end_watch();
            let failure = self.report.last_failure.clone();
            self.command_failed();
            self.report.last_failure = failure;
            return;
        }
        if std::mem::take(&mut self.typing.interrupted) {
            self.end_watch();
            return self.command_done();
        }
        let pause = Duration::try_from_secs_f64(seconds.min(PAUSE_SECONDS_MAX)).unwrap_or_default();
        self.io.ask(Effect::Sleep(pause), Waiting::WatchPause);
    }

    fn end_watch(&mut self) {
        self.watch = None;
        // psql's line in case that a terminal shows a `^C`; scripts get it, too.
        self.print_line("");
    }

    /// The pause is over.
    pub(crate) fn watch_again(&mut self) {
        if std::mem::take(&mut self.typing.interrupted) {
            self.end_watch();
            return self.command_done();
        }
        self.io.ask(Effect::Clock, Waiting::WatchClock);
    }
}

/// The seconds of `\watch`: what stands at the head of the text; anything that is no time counts as one.
pub(crate) fn seconds(text: &[u8]) -> f64 {
    let text = lossy(text);
    let text = text.trim_start();
    let longest = (1..=text.len()).rev().filter(|&end| text.is_char_boundary(end));
    let value = longest.filter_map(|end| text[..end].parse::<f64>().ok()).next().unwrap_or(0.0);
    if value > 0.0 { value } else { 1.0 }
}

/// A number as C's `%g` shows it.
fn number(value: f64) -> String {
    let scientific = format!("{value:.*e}", DIGITS - 1);
    let Some((digits, exponent)) = scientific.split_once('e') else { return value.to_string() };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    match usize::try_from(exponent + 4) {
        Ok(shift) if shift < DIGITS + 4 => trim(&format!("{value:.*}", DIGITS + 3 - shift)),
        _ => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{}e{sign}{:02}", trim(digits), exponent.abs())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_read_and_shown_as_in_c() {
        let check = |text: &str, expect: &str| assert_eq!(number(seconds(text.as_bytes())), expect, "{text}");
        check("2", "2");
        check("0.5", "0.5");
        check("0.123456789", "0.123457");
        check("1.5x", "1.5");
        check("x", "1");
        check("", "1");
        check("0", "1");
        check("-3", "1");
        check("1e3", "1000");
        check("123456", "123456");
        check("1234567", "1.23457e+06");
        check("0.0001", "0.0001");
        check("0.00001", "1e-05");
        check("inf", "inf");
    }
}

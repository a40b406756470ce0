//! What happened, line by line, for people who read a failing run. Owns the form of the lines; costs nothing while it is off.

use fleet_core::time::Timestamp;

/// Lines kept; the oldest go first. A failure is explained by what was near it.
const LINES_MAX: usize = 200_000;

/// The lines of one run.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    on: bool,
    lines: std::collections::VecDeque<String>,
}

impl Trace {
    pub(crate) fn new(on: bool) -> Self {
        Self { on, ..Self::default() }
    }

    /// Adds a line, if anybody wants to read it.
    pub(crate) fn say(&mut self, now: Timestamp, who: &str, what: impl FnOnce() -> String) {
        if !self.on {
            return;
        }
        let time = now.to_string();
        let line = format!("{} {who:<5} {}", time.get(11..23).unwrap_or(&time), what());
        if self.lines.len() == LINES_MAX {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    pub(crate) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lines).into()
    }
}

//! Colours. Owns when they are used (terminals only, `NO_COLOR` respected) and which status has which. Does not measure
//! text: paint cells after they are padded.

use fleet_core::state::{ExecutionStatus, JobStatus};

/// What a colour says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As it should be.
    Good,
    /// Needs a person.
    Bad,
    /// Not as it should be, but goes on.
    Warn,
    /// At work.
    Busy,
    /// Beside the point.
    Dim,
    /// A heading.
    Strong,
    /// Nothing particular.
    Plain,
}

impl Tone {
    const fn code(self) -> &'static str {
        match self {
            Self::Good => "32",
            Self::Bad => "1;31",
            Self::Warn => "33",
            Self::Busy => "36",
            Self::Dim => "2",
            Self::Strong => "1",
            Self::Plain => "0",
        }
    }
}

/// Paints text, or leaves it as it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Palette {
    colours: bool,
}

impl Palette {
    /// For a stream: colours on a terminal, unless `NO_COLOR` is set (to anything) or the terminal cannot show them.
    pub(crate) fn for_stream(is_terminal: bool) -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self { colours: is_terminal && !refused && !dumb }
    }

    /// Without colours.
    #[cfg(test)]
    pub(crate) const fn plain() -> Self {
        Self { colours: false }
    }

    /// Whether it paints at all.
    pub(crate) const fn has_colours(self) -> bool {
        self.colours
    }

    /// `text` in this tone.
    pub(crate) fn paint(self, tone: Tone, text: &str) -> String {
        if !self.colours || tone == Tone::Plain || text.is_empty() {
            return text.to_owned();
        }
        format!("\x1b[{}m{text}\x1b[0m", tone.code())
    }
}

/// The tone of a job's status.
pub(crate) const fn job_tone(status: JobStatus) -> Tone {
    match status {
        JobStatus::Pending => Tone::Dim,
        JobStatus::Held | JobStatus::Waiting => Tone::Warn,
        JobStatus::Running => Tone::Busy,
        JobStatus::Succeeded => Tone::Good,
        JobStatus::Failed => Tone::Bad,
        JobStatus::Skipped | JobStatus::Cancelled => Tone::Dim,
    }
}

/// The tone of an execution's status.
pub(crate) const fn execution_tone(status: ExecutionStatus) -> Tone {
    match status {
        ExecutionStatus::Running | ExecutionStatus::Resuming => Tone::Busy,
        ExecutionStatus::Succeeded => Tone::Good,
        ExecutionStatus::Failed => Tone::Bad,
        ExecutionStatus::Cancelled => Tone::Warn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paints_only_when_asked() {
        assert_eq!(Palette::plain().paint(Tone::Bad, "x"), "x");
        assert_eq!(Palette { colours: true }.paint(Tone::Bad, "x"), "\x1b[1;31mx\x1b[0m");
        assert_eq!(Palette { colours: true }.paint(Tone::Plain, "x"), "x");
    }
}

//! Points in time and spans, both in whole milliseconds. Owns their one text form (RFC 3339, UTC, three decimals, so that
//! text order is time order). Does not read any clock: the time is always an argument.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A point in time: milliseconds since 1970-01-01T00:00:00Z.
///
/// Written as `2026-11-22T02:00:00.000Z` everywhere: rows, events, logs, CLI.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

/// A text that is no time or span.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not RFC 3339.
    #[error("`{0}` is no time such as 2026-11-22T02:00:00Z")]
    Timestamp(String),
    /// Not a span such as `30s`.
    #[error("`{0}` is no duration such as 500ms, 30s, 10m, 4h, 1d or 1h30m")]
    Millis(String),
}

impl Timestamp {
    /// From milliseconds since the epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339, any offset.
    ///
    /// # Errors
    /// [`TimeError::Timestamp`] when the text is something else.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let read: jiff::Timestamp = text.parse().map_err(|_| TimeError::Timestamp(text.to_owned()))?;
        Ok(Self(read.as_millisecond()))
    }

    /// The span from `earlier` to this time; zero when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Millis {
        Millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl Add<Millis> for Timestamp {
    type Output = Self;

    fn add(self, span: Millis) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.0).unwrap_or(i64::MAX)))
    }
}

impl Sub<Millis> for Timestamp {
    type Output = Self;

    fn sub(self, span: Millis) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.0).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(time) => f.pad(&format!("{time:.3}")),
            Err(_) => write!(f, "{}ms", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for Timestamp {
    type Error = TimeError;

    fn try_from(text: String) -> Result<Self, TimeError> {
        Self::parse(&text)
    }
}

impl From<Timestamp> for String {
    fn from(time: Timestamp) -> Self {
        time.to_string()
    }
}

/// A span of time in milliseconds. Written as `30s`, `10m`, `1h30m`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Millis(pub u64);

const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl Millis {
    /// A span of whole seconds.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1_000))
    }

    /// Whole minutes.
    #[must_use]
    pub const fn from_mins(mins: u64) -> Self {
        Self(mins.saturating_mul(60_000))
    }

    /// For the runtime's timers.
    #[must_use]
    pub const fn to_std(self) -> Duration {
        Duration::from_millis(self.0)
    }

    /// Reads `500ms`, `30s`, `10m`, `4h`, `1d` and sums such as `1h30m`; units in any case.
    ///
    /// # Errors
    /// [`TimeError::Millis`] for everything else, a bare number included.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let fault = || TimeError::Millis(text.to_owned());
        let lower = text.trim().to_ascii_lowercase();
        let mut rest = lower.as_str();
        let mut total: u64 = 0;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(fault)?;
            let number: u64 = rest[..digits].parse().map_err(|_| fault())?;
            rest = &rest[digits..];
            let letters = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
            let unit = &rest[..letters];
            let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(fault)?;
            total = number.checked_mul(*factor).and_then(|part| total.checked_add(part)).ok_or_else(fault)?;
            rest = &rest[letters..];
        }
        if lower.is_empty() { Err(fault()) } else { Ok(Self(total)) }
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = self.0;
        let mut text = String::new();
        for (name, factor) in UNITS {
            if left >= factor {
                text.push_str(&format!("{}{name}", left / factor));
                left %= factor;
            }
        }
        if text.is_empty() {
            text.push_str("0s");
        }
        f.pad(&text)
    }
}

impl fmt::Debug for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for Millis {
    type Error = TimeError;

    fn try_from(text: String) -> Result<Self, TimeError> {
        Self::parse(&text)
    }
}

impl From<Millis> for String {
    fn from(span: Millis) -> Self {
        span.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_sortable_text() {
        let time = Timestamp::parse("2026-11-22T02:00:00+01:00").unwrap();
        assert_eq!(time.to_string(), "2026-11-22T01:00:00.000Z");
        assert_eq!(Timestamp::parse(&time.to_string()), Ok(time));
        assert!(Timestamp::parse("yesterday").is_err());
        assert!((time + Millis(1)).to_string() > time.to_string());
        assert_eq!(time.since(time + Millis(5)), Millis(0));
    }

    #[test]
    fn spans() {
        fn check(text: &str, expect: Option<(u64, &str)>) {
            let seen = Millis::parse(text).ok().map(|span| (span.0, span.to_string()));
            assert_eq!(seen, expect.map(|(millis, text)| (millis, text.to_owned())), "{text}");
        }
        check("30s", Some((30_000, "30s")));
        check("1h30m", Some((5_400_000, "1h30m")));
        check("90M", Some((5_400_000, "1h30m")));
        check("500ms", Some((500, "500ms")));
        check("24h", Some((86_400_000, "1d")));
        check("0s", Some((0, "0s")));
        for faulty in ["", "30", "s", "-1s", "1y", "1 h", "99999999999999999999s"] {
            check(faulty, None);
        }
    }
}

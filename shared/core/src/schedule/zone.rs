//! IANA time zones by name. Owns their check and the reading of wall clocks. The zone database is compiled in.

use std::fmt;
use std::sync::Arc;

use jiff::civil;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::time::Timestamp;
use crate::workflow::TimeOfDay;

/// Name of an IANA time zone that exists, such as `Europe/London`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(Arc<str>);

/// A text that names no time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no IANA time zone")]
pub struct ZoneError {
    /// The text.
    pub name: String,
    /// The zone whose name is most like it, if one is.
    pub nearest: Option<String>,
}

/// Least likeness of two zone names that is worth a hint.
const LIKENESS_MIN: f64 = 0.8;

impl Zone {
    /// Coordinated universal time.
    #[must_use]
    pub fn utc() -> Self {
        Self(Arc::from("UTC"))
    }

    /// Reads a name in any case and keeps the database's spelling.
    ///
    /// # Errors
    /// [`ZoneError`] with the nearest known name.
    pub fn parse(name: &str) -> Result<Self, ZoneError> {
        let known = TimeZone::get(name).ok().and_then(|zone| zone.iana_name().map(Arc::from));
        known.map(Self).ok_or_else(|| ZoneError { name: name.to_owned(), nearest: nearest(name) })
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The date on the wall at this time, `YYYY-MM-DD`.
    #[must_use]
    pub fn date_at(&self, time: Timestamp) -> String {
        self.wall_at(time).date().to_string()
    }

    /// The time on the wall at this time with its offset, `YYYY-MM-DDTHH:MM:SS+HH:MM`.
    #[must_use]
    pub fn time_at(&self, time: Timestamp) -> String {
        let instant = jiff::Timestamp::from_millisecond(time.as_millis()).unwrap_or(jiff::Timestamp::MAX);
        instant.to_zoned(self.rules()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// The first time at which the wall clock of this zone shows `time_of_day` or later on `date` (`YYYY-MM-DD`).
    /// In a spring gap that is its end; in an autumn overlap the first pass. Nothing when `date` is no date.
    #[must_use]
    pub fn opens_at(&self, date: &str, time_of_day: TimeOfDay) -> Option<Timestamp> {
        let date: civil::Date = date.parse().ok()?;
        let wall = date.at(signed(time_of_day.hour()), signed(time_of_day.minute()), 0, 0);
        let ambiguous = self.rules().to_ambiguous_timestamp(wall);
        let instant = match ambiguous.offset() {
            jiff::tz::AmbiguousOffset::Gap { before, .. } => {
                let inside = before.to_timestamp(wall).ok()?;
                self.rules().preceding(inside).next().map_or(inside, |change| change.timestamp())
            }
            _ => ambiguous.compatible().ok()?,
        };
        Some(Timestamp::from_millis(instant.as_millisecond()))
    }

    pub(super) fn rules(&self) -> TimeZone {
        TimeZone::get(&self.0).expect("a Zone is only made from a name that the compiled-in database has")
    }

    /// The wall clock at a time; at the end of the calendar for times beyond it.
    pub(crate) fn wall_at(&self, time: Timestamp) -> civil::DateTime {
        let instant = jiff::Timestamp::from_millisecond(time.as_millis()).unwrap_or(jiff::Timestamp::MAX);
        self.rules().to_datetime(instant)
    }
}

fn signed(part: u8) -> i8 {
    i8::try_from(part).expect("hours and minutes are below 60")
}

fn nearest(name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let likeness = |known: &str| strsim::jaro_winkler(&lower, &known.to_ascii_lowercase());
    jiff::tz::db()
        .available()
        .map(|known| (likeness(known.as_str()), known.as_str().to_owned()))
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(&a.1)))
        .map(|(_, known)| known)
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl TryFrom<String> for Zone {
    type Error = ZoneError;

    fn try_from(name: String) -> Result<Self, ZoneError> {
        Self::parse(&name)
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.0.as_ref().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        fn check(name: &str, expect: Result<&str, Option<&str>>) {
            let seen = Zone::parse(name).map(|zone| zone.to_string()).map_err(|error| error.nearest);
            assert_eq!(seen, expect.map(str::to_owned).map_err(|hint| hint.map(str::to_owned)), "{name}");
        }
        check("Europe/London", Ok("Europe/London"));
        check("europe/london", Ok("Europe/London"));
        check("UTC", Ok("UTC"));
        check("Europe/Lundon", Err(Some("Europe/London")));
        check("Mars", Err(None));
        check("", Err(None));
        check("+01:00", Err(None));
    }

    #[test]
    fn wall_clock_openings() {
        fn check(zone: &str, date: &str, time: &str, expect: Option<&str>) {
            let opening = Zone::parse(zone).unwrap().opens_at(date, TimeOfDay::parse(time).unwrap());
            assert_eq!(opening.map(|t| t.to_string()).as_deref(), expect, "{zone} {date} {time}");
        }
        check("UTC", "2026-01-31", "06:00", Some("2026-01-31T06:00:00.000Z"));
        check("America/New_York", "2026-07-01", "06:00", Some("2026-07-01T10:00:00.000Z"));
        // The gap from 01:00 to 02:00 ends at 01:00 UTC; the overlap's first pass is in summer time.
        check("Europe/London", "2026-03-29", "01:30", Some("2026-03-29T01:00:00.000Z"));
        check("Europe/London", "2026-10-25", "01:30", Some("2026-10-25T00:30:00.000Z"));
        check("UTC", "soon", "06:00", None);
    }
}

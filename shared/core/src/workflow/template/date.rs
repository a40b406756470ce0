//! Dates and times inside templates: adding days, weeks, months and years, and showing them in a format. Months and years
//! end on the last day where the target month is shorter. Reads no clock.

use std::fmt;

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use jiff::{Span, Timestamp, Zoned};

/// Why a date cannot be moved or shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShiftError {
    /// Before year 1 or after 9999.
    #[error("`{0}` is outside the calendar")]
    Calendar(String),
    /// A directive that is wrong, or that needs a time where there is a date alone.
    #[error("`{format}` cannot show the date {date}")]
    Format {
        /// The format.
        format: String,
        /// The date or time.
        date: String,
    },
}

/// First year that a warehouse knows and that is written with four digits.
const YEAR_MIN: i16 = 1;

/// A signed number of calendar units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shift {
    pub(super) amount: i32,
    pub(super) unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Days,
    Weeks,
    Months,
    Years,
}

impl Unit {
    pub(super) fn of(letters: &str) -> Option<Self> {
        match letters {
            "d" | "D" => Some(Self::Days),
            "w" | "W" => Some(Self::Weeks),
            "m" | "M" => Some(Self::Months),
            "y" | "Y" => Some(Self::Years),
            _ => None,
        }
    }
}

impl fmt::Display for Shift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.amount < 0 { '-' } else { '+' };
        let unit = match self.unit {
            Unit::Days => 'd',
            Unit::Weeks => 'w',
            Unit::Months => 'm',
            Unit::Years => 'y',
        };
        write!(f, "{sign} {}{unit}", self.amount.unsigned_abs())
    }
}

/// Whether a text is a date that exists, written `YYYY-MM-DD`.
pub(super) fn is_date(text: &str) -> bool {
    // The round trip refuses the other forms of ISO 8601, such as `20260131`.
    text.parse::<Date>().is_ok_and(|date| date.to_string() == text && date.year() >= YEAR_MIN)
}

/// A value that can be moved: a date, or a time on some wall.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Moment {
    Date(Date),
    Time(DateTime, Offset),
}

impl Moment {
    /// Reads `2026-01-31`, or RFC 3339 with any offset, which is kept.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some((_, clock)) = text.split_once('T') {
            let wall: DateTime = text.parse().ok()?;
            let instant: Timestamp = text.parse().ok()?;
            if clock.is_empty() {
                return None;
            }
            let utc = Offset::UTC.to_datetime(instant);
            let ahead = wall.duration_since(utc).as_secs();
            let offset = Offset::from_seconds(i32::try_from(ahead).ok()?).ok()?;
            return Some(Self::Time(wall, offset));
        }
        text.parse().ok().map(Self::Date)
    }

    pub(super) fn shifted(self, shift: Shift) -> Result<Self, ShiftError> {
        let amount = i64::from(shift.amount);
        let span = match shift.unit {
            Unit::Days => Span::new().try_days(amount),
            Unit::Weeks => Span::new().try_weeks(amount),
            Unit::Months => Span::new().try_months(amount),
            Unit::Years => Span::new().try_years(amount),
        };
        let outside = || ShiftError::Calendar(format!("{self} {shift}"));
        let span = span.map_err(|_| outside())?;
        let moved = match &self {
            Self::Date(date) => date.checked_add(span).map(Self::Date),
            Self::Time(wall, offset) => wall.checked_add(span).map(|wall| Self::Time(wall, *offset)),
        };
        moved.ok().filter(|moved| moved.year() >= YEAR_MIN).ok_or_else(outside)
    }

    fn year(&self) -> i16 {
        match self {
            Self::Date(date) => date.year(),
            Self::Time(wall, _) => wall.year(),
        }
    }

    /// In the given strftime format, or in the form in which it was read.
    pub(super) fn shown(&self, format: Option<&str>) -> Result<String, ShiftError> {
        let Some(format) = format else { return Ok(self.to_string()) };
        let fault = || ShiftError::Format { format: format.to_owned(), date: self.to_string() };
        let shown = match self {
            Self::Date(date) => jiff::fmt::strtime::format(format, *date),
            Self::Time(wall, offset) => {
                let zoned: Zoned = offset.to_time_zone().to_zoned(*wall).map_err(|_| fault())?;
                jiff::fmt::strtime::format(format, &zoned)
            }
        };
        shown.map_err(|_| fault())
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => write!(f, "{date}"),
            Self::Time(wall, offset) => {
                let seconds = offset.seconds();
                let sign = if seconds < 0 { '-' } else { '+' };
                let minutes = seconds.unsigned_abs() / 60;
                write!(f, "{wall}{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

//! Schedule expressions in the syntax of EventBridge: `minutes hours day-of-month month day-of-week year`. Owns their check
//! and the translation into the calendar search of the `croner` crate. Knows no time zone: it works on wall clocks.

mod field;

use std::fmt;
use std::sync::Arc;

use croner::parser::{CronParser, Seconds, Year};
use jiff::civil;
use serde::{Deserialize, Serialize};

/// A schedule expression that is legal, without the `cron(…)` around it and with single blanks.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cron(Arc<str>);

/// Why a text is no schedule expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    /// Not six fields.
    #[error(
        "a cron expression has 6 fields (minutes hours day-of-month month day-of-week year), this one has {0}"
    )]
    FieldCount(usize),
    /// A field cannot be read.
    #[error("`{text}` is no {field} of a cron expression: {reason}")]
    Field {
        /// Name of the field.
        field: &'static str,
        /// What stands there.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Both days given.
    #[error("day-of-month and day-of-week are both given; one of them must be `?`")]
    BothDays,
    /// Neither day given.
    #[error("day-of-month and day-of-week are both `?`; one of them must be given, or be `*`")]
    NoDay,
    /// Legal, but no such day exists.
    #[error("`{0}` never comes")]
    Never(String),
}

impl Cron {
    /// Reads an expression, with or without `cron(…)` around it.
    ///
    /// # Errors
    /// [`CronError`] names the first field that is wrong.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        let trimmed = text.trim();
        let inner = trimmed.strip_prefix("cron(").and_then(|rest| rest.strip_suffix(')')).unwrap_or(trimmed);
        let fields: Vec<&str> = inner.split_whitespace().collect();
        let cron = Self(Arc::from(fields.join(" ")));
        let pattern = field::translate(&fields)?;
        let epoch = civil::date(field::YEAR_MIN, 1, 1).at(0, 0, 0, 0);
        match search(&pattern, epoch, true) {
            Some(_) => Ok(cron),
            None => Err(CronError::Never(cron.0.as_ref().to_owned())),
        }
    }

    /// The expression.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The calendar search, to be made once for several questions.
    pub(super) fn calendar(&self) -> Calendar {
        let fields: Vec<&str> = self.0.split(' ').collect();
        Calendar(field::translate(&fields).expect("a Cron is only made from a text that translates"))
    }
}

/// A parsed expression: some kilobytes, so it is made when needed and not kept in definitions.
pub(super) struct Calendar(croner::Cron);

impl Calendar {
    /// The next matching minute on the wall, strictly after `wall`.
    pub(super) fn next_after(&self, wall: civil::DateTime) -> Option<civil::DateTime> {
        search(&self.0, wall, false)
    }
}

fn search(pattern: &croner::Cron, from: civil::DateTime, inclusive: bool) -> Option<civil::DateTime> {
    // On plain dates and times croner applies no daylight-saving rule of its own: `firing` applies EventBridge's.
    pattern.find_next_occurrence(&from, inclusive).ok()
}

/// Parses what `field` has translated: seconds, then explicit numbers only, then the year.
fn compile(translated: &str) -> Option<croner::Cron> {
    let parser = CronParser::builder()
        .seconds(Seconds::Required)
        .year(Year::Required)
        .alternative_weekdays(true)
        .build();
    parser.parse(translated).ok()
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl TryFrom<String> for Cron {
    type Error = CronError;

    fn try_from(text: String) -> Result<Self, CronError> {
        Self::parse(&text)
    }
}

impl From<Cron> for String {
    fn from(cron: Cron) -> Self {
        cron.0.as_ref().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Result<&str, &str>) {
        let seen = Cron::parse(text).map(|cron| cron.to_string()).map_err(|error| error.to_string());
        assert_eq!(seen, expect.map(str::to_owned).map_err(str::to_owned), "{text}");
    }

    #[test]
    fn legal() {
        for text in [
            "0 2 * * ? *",
            "0/15 * * * ? *",
            "15 10 ? * 6L 2026-2030",
            "0 8 1 * ? *",
            "0 18 ? * MON-FRI *",
            "0 18 ? * mon,wed,6 *",
            "30 6 L * ? *",
            "30 6 LW * ? *",
            "30 6 15W * ? *",
            "0 9 ? * 2#1 *",
            "0 9 ? * FRIL *",
            "5,35 14 * JAN-MAR,12 ? *",
            "0 0 29 2 ? *",
            "0 0/2 1-10/3 * ? 2199",
            "* * ? * * *",
            "0 9 ? * L *",
        ] {
            check(text, Ok(text));
        }
        check("  cron(0 2  * * ? *) ", Ok("0 2 * * ? *"));
    }

    #[test]
    fn wrong_number_of_fields() {
        let expect = |n: usize| {
            format!(
                "a cron expression has 6 fields (minutes hours day-of-month month day-of-week year), this one has {n}"
            )
        };
        check("", Err(&expect(0)));
        check("0 2 * * ?", Err(&expect(5)));
        check("0 0 2 * * ? *", Err(&expect(7)));
        check("rate(5 minutes)", Err(&expect(2)));
        check("@daily", Err(&expect(1)));
    }

    #[test]
    fn days_must_not_fight() {
        check("0 2 1 * MON *", Err("day-of-month and day-of-week are both given; one of them must be `?`"));
        check("0 2 * * * *", Err("day-of-month and day-of-week are both given; one of them must be `?`"));
        check(
            "0 2 ? * ? *",
            Err("day-of-month and day-of-week are both `?`; one of them must be given, or be `*`"),
        );
    }

    #[test]
    fn fields_out_of_range_or_unreadable() {
        check("60 2 * * ? *", Err("`60` is no minutes of a cron expression: use 0 to 59"));
        check("0 24 * * ? *", Err("`24` is no hours of a cron expression: use 0 to 23"));
        check("0 2 0 * ? *", Err("`0` is no day-of-month of a cron expression: use 1 to 31"));
        check("0 2 * 13 ? *", Err("`13` is no month of a cron expression: use 1 to 12 or JAN to DEC"));
        check("0 2 ? * 0 *", Err("`0` is no day-of-week of a cron expression: use 1 to 7 or SUN to SAT"));
        check(
            "0 2 ? * MONDAY *",
            Err("`MONDAY` is no day-of-week of a cron expression: use 1 to 7 or SUN to SAT"),
        );
        check("0 2 * * ? 1969", Err("`1969` is no year of a cron expression: use 1970 to 2199"));
        check("? 2 * * ? *", Err("`?` is no minutes of a cron expression: use 0 to 59"));
        check("0 2,,3 * * ? *", Err("`2,,3` is no hours of a cron expression: use 0 to 23"));
        check("0 /2 * * ? *", Err("`/2` is no hours of a cron expression: use 0 to 23"));
        check("0 */0 * * ? *", Err("`*/0` is no hours of a cron expression: a step is 1 or more"));
        check("0 */x * * ? *", Err("`*/x` is no hours of a cron expression: a step is 1 or more"));
        check(
            "0 22-2 * * ? *",
            Err("`22-2` is no hours of a cron expression: a range goes upwards; write two, with a comma"),
        );
        check(
            "0 2 ? * FRI-MON *",
            Err(
                "`FRI-MON` is no day-of-week of a cron expression: a range goes upwards; write two, with a comma",
            ),
        );
        check("0 2 ? * 2#6 *", Err("`2#6` is no day-of-week of a cron expression: after `#` use 1 to 5"));
        check(
            "0 2 ? * 2#1,3#1 *",
            Err("`2#1,3#1` is no day-of-week of a cron expression: `L`, `W` and `#` stand alone"),
        );
        check(
            "0 2 L,1 * ? *",
            Err("`L,1` is no day-of-month of a cron expression: `L`, `W` and `#` stand alone"),
        );
        check("0 2 32W * ? *", Err("`32W` is no day-of-month of a cron expression: use 1 to 31"));
    }

    #[test]
    fn days_that_never_come() {
        check("0 0 31 2 ? *", Err("`0 0 31 2 ? *` never comes"));
        check("0 0 29 2 ? 2025", Err("`0 0 29 2 ? 2025` never comes"));
    }
}

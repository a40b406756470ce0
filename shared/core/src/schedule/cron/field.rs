//! The fields of a schedule expression, one by one. Owns the check of each and its translation into explicit numbers, so
//! that croner sees nothing on which its dialect and EventBridge's could differ. Does not search the calendar.

use super::{CronError, compile};

/// First year of EventBridge's calendar.
pub(super) const YEAR_MIN: i16 = 1970;
/// Last year of EventBridge's calendar.
const YEAR_MAX: u16 = 2199;

struct Field {
    name: &'static str,
    min: u16,
    max: u16,
    /// Names of the values from `min` on.
    names: &'static [&'static str],
    range: &'static str,
}

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const MINUTES: Field = Field { name: "minutes", min: 0, max: 59, names: &[], range: "use 0 to 59" };
const HOURS: Field = Field { name: "hours", min: 0, max: 23, names: &[], range: "use 0 to 23" };
const DAY: Field = Field { name: "day-of-month", min: 1, max: 31, names: &[], range: "use 1 to 31" };
const MONTH: Field =
    Field { name: "month", min: 1, max: 12, names: &MONTHS, range: "use 1 to 12 or JAN to DEC" };
const WEEKDAY: Field =
    Field { name: "day-of-week", min: 1, max: 7, names: &WEEKDAYS, range: "use 1 to 7 or SUN to SAT" };
const YEAR: Field = Field {
    name: "year",
    min: YEAR_MIN.unsigned_abs(),
    max: YEAR_MAX,
    names: &[],
    range: "use 1970 to 2199",
};

const STEP: &str = "a step is 1 or more";
const UPWARDS: &str = "a range goes upwards; write two, with a comma";
const ALONE: &str = "`L`, `W` and `#` stand alone";
const NTH: &str = "after `#` use 1 to 5";

/// The whole expression as croner's seven fields, parsed.
pub(super) fn translate(fields: &[&str]) -> Result<croner::Cron, CronError> {
    let [minutes, hours, day, month, weekday, year] = fields else {
        return Err(CronError::FieldCount(fields.len()));
    };
    let minutes = list(&MINUTES, minutes)?;
    let hours = list(&HOURS, hours)?;
    let (day, weekday) = match (*day, *weekday) {
        ("?", "?") => return Err(CronError::NoDay),
        ("?", weekday) => ("*".to_owned(), day_of_week(weekday)?),
        (day, "?") => (day_of_month(day)?, "*".to_owned()),
        _ => return Err(CronError::BothDays),
    };
    let month = list(&MONTH, month)?;
    let year = list(&YEAR, year)?;
    let text = format!("0 {minutes} {hours} {day} {month} {weekday} {year}");
    // Only lists of numbers within range reach croner, and the few specials checked here.
    Ok(compile(&text).expect("a translated expression is one that croner takes"))
}

fn day_of_month(text: &str) -> Result<String, CronError> {
    let upper = text.to_ascii_uppercase();
    if upper == "*" || upper == "L" || upper == "LW" {
        return Ok(upper);
    }
    if !upper.contains(['L', 'W']) {
        return list(&DAY, &upper);
    }
    if upper.contains(',') {
        return Err(DAY.fault(text, ALONE));
    }
    let number =
        upper.strip_suffix('W').and_then(|day| DAY.value(day)).ok_or_else(|| DAY.fault(text, DAY.range))?;
    Ok(format!("{number}W"))
}

fn day_of_week(text: &str) -> Result<String, CronError> {
    let upper = text.to_ascii_uppercase();
    if upper == "*" {
        return Ok(upper);
    }
    if upper == "L" {
        // The last day of the week; croner would take it for the last weekday of a month.
        return Ok(WEEKDAY.max.to_string());
    }
    if upper.contains(',') && (upper.contains('#') || upper.split(',').any(|part| part.ends_with('L'))) {
        return Err(WEEKDAY.fault(text, ALONE));
    }
    if let Some(day) = upper.strip_suffix('L') {
        let number = WEEKDAY.value(day).ok_or_else(|| WEEKDAY.fault(text, WEEKDAY.range))?;
        return Ok(format!("{number}L"));
    }
    if let Some((day, nth)) = upper.split_once('#') {
        let number = WEEKDAY.value(day).ok_or_else(|| WEEKDAY.fault(text, WEEKDAY.range))?;
        let nth: u8 =
            nth.parse().ok().filter(|n| (1..=5).contains(n)).ok_or_else(|| WEEKDAY.fault(text, NTH))?;
        return Ok(format!("{number}#{nth}"));
    }
    list(&WEEKDAY, &upper)
}

/// A comma-separated list of numbers, names, ranges and steps, as numbers in ascending order.
fn list(field: &Field, text: &str) -> Result<String, CronError> {
    let mut chosen = vec![false; usize::from(field.max) + 1];
    for part in text.to_ascii_uppercase().split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (part, None),
        };
        let (from, to) = span(field, range, step.is_some()).map_err(|reason| field.fault(text, reason))?;
        let step = step.map_or(Some(1), |step| step.parse::<usize>().ok().filter(|n| *n > 0));
        let step = step.ok_or_else(|| field.fault(text, STEP))?;
        (from..=to).step_by(step).for_each(|value| chosen[usize::from(value)] = true);
    }
    let numbers: Vec<String> =
        chosen.iter().enumerate().filter(|(_, on)| **on).map(|(number, _)| number.to_string()).collect();
    Ok(numbers.join(","))
}

/// The ends of one part. A single value before a step begins a range to the end of the field.
fn span(field: &Field, range: &str, stepped: bool) -> Result<(u16, u16), &'static str> {
    if range == "*" {
        return Ok((field.min, field.max));
    }
    let Some((from, to)) = range.split_once('-') else {
        let from = field.value(range).ok_or(field.range)?;
        return Ok((from, if stepped { field.max } else { from }));
    };
    let from = field.value(from).ok_or(field.range)?;
    let to = field.value(to).ok_or(field.range)?;
    if from > to { Err(UPWARDS) } else { Ok((from, to)) }
}

impl Field {
    fn value(&self, text: &str) -> Option<u16> {
        if let Some(position) = self.names.iter().position(|name| *name == text) {
            return u16::try_from(position).ok().map(|position| self.min + position);
        }
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        text.parse().ok().filter(|value| (self.min..=self.max).contains(value))
    }

    fn fault(&self, text: &str, reason: &str) -> CronError {
        CronError::Field { field: self.name, text: text.to_owned(), reason: reason.to_owned() }
    }
}

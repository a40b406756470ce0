//! The time of day where a run takes place: its `TZ`, else the zone of the system, as date(1) finds it.

use jiff::Zoned;
use jiff::tz::TimeZone;
use rsql_lang::LocalTime;

use crate::options::Environment;

/// Now. A zone that is unknown counts as UTC, as in libc.
pub(crate) fn local_time(environment: &Environment) -> LocalTime {
    let zone = match environment.text("TZ") {
        Some(name) => zone_named(name.trim_start_matches(':')),
        None => TimeZone::try_system().unwrap_or(TimeZone::UTC),
    };
    shown(&Zoned::now().with_time_zone(zone))
}

fn zone_named(name: &str) -> TimeZone {
    TimeZone::get(name).or_else(|_| TimeZone::posix(name)).unwrap_or(TimeZone::UTC)
}

fn shown(now: &Zoned) -> LocalTime {
    let part = |value: i8| u8::try_from(value).unwrap_or_default();
    LocalTime {
        year: u16::try_from(now.year()).unwrap_or_default(),
        month: part(now.month()),
        day: part(now.day()),
        weekday: part(now.weekday().to_sunday_zero_offset()),
        hour: part(now.hour()),
        minute: part(now.minute()),
        second: part(now.second()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_decides_the_day() {
        let at: jiff::Timestamp = "2024-02-29T23:30:00Z".parse().expect("a timestamp");
        let check = |zone: &str, expect: (u8, u8, u8)| {
            let time = shown(&at.to_zoned(zone_named(zone)));
            assert_eq!((time.month, time.day, time.hour), expect, "{zone}");
            assert_eq!(time.weekday, if time.day == 29 { 4 } else { 5 }, "{zone}");
        };
        check("UTC", (2, 29, 23));
        check("Europe/Berlin", (3, 1, 0));
        check("America/New_York", (2, 29, 18));
        check("EST5", (2, 29, 18));
        check("no/such zone", (2, 29, 23));
    }
}

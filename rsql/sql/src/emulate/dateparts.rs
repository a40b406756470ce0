//! Names of date parts: Redshift's many, and the one of PostgreSQL for each.

/// PostgreSQL's name, then the others, as Redshift's documentation of date parts lists them.
const PARTS: &[(&str, &[&str])] = &[
    ("millennium", &["millennia", "mil", "mils"]),
    ("century", &["centuries", "c", "cent", "cents"]),
    ("decade", &["decades", "dec", "decs"]),
    ("epoch", &[]),
    ("year", &["years", "y", "yr", "yrs", "yy", "yyyy"]),
    ("quarter", &["quarters", "qtr", "qtrs", "qq"]),
    ("month", &["months", "mon", "mons", "mm"]),
    ("week", &["weeks", "w", "ww"]),
    ("dow", &["dayofweek", "dw", "weekday"]),
    ("doy", &["dayofyear", "dy", "yearday"]),
    ("day", &["days", "d", "dd"]),
    ("hour", &["hours", "h", "hr", "hrs", "hh"]),
    ("minute", &["minutes", "m", "min", "mins", "mi"]),
    ("second", &["seconds", "s", "sec", "secs", "ss"]),
    (
        "millisecond",
        &[
            "milliseconds",
            "ms",
            "msec",
            "msecs",
            "msecond",
            "mseconds",
            "millisec",
            "millisecs",
            "millisecon",
        ],
    ),
    (
        "microsecond",
        &[
            "microseconds",
            "us",
            "usec",
            "usecs",
            "usecond",
            "useconds",
            "microsec",
            "microsecs",
            "microsecond",
        ],
    ),
    ("timezone", &[]),
    ("timezone_hour", &[]),
    ("timezone_minute", &[]),
];

/// PostgreSQL's name of a date part.
pub(super) fn canonical(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    PARTS
        .iter()
        .find(|(known, others)| *known == name || others.contains(&name.as_str()))
        .map(|(known, _)| *known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_to_one_part() {
        for (name, expect) in [
            ("DAY", Some("day")),
            ("yrs", Some("year")),
            ("qtr", Some("quarter")),
            ("weekday", Some("dow")),
            ("m", Some("minute")),
            ("mon", Some("month")),
            ("fortnight", None),
        ] {
            assert_eq!(canonical(name), expect, "{name}");
        }
    }
}

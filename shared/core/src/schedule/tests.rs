//! Firings against a naive oracle that looks at every minute, and the cases of daylight saving by hand.

use std::collections::HashSet;

use jiff::civil;
use proptest::prelude::*;

use super::{CatchUp, Cron, DUE_MAX, Schedule, Zone, catch_up};
use crate::time::{Millis, Timestamp};

fn schedule(cron: &str, zone: &str) -> Schedule {
    Schedule {
        cron: Cron::parse(cron).unwrap(),
        timezone: Zone::parse(zone).unwrap(),
        catch_up: CatchUp::default(),
        params: Default::default(),
    }
}

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn texts(times: &[Timestamp]) -> Vec<String> {
    times.iter().map(|time| time.to_string().replace(":00.000Z", "Z")).collect()
}

#[test]
fn firings_around_the_clock_changes() {
    let check = |cron: &str, zone: &str, from: &str, to: &str, expect: &[&str]| {
        assert_eq!(texts(&schedule(cron, zone).due(time(from), time(to))), expect, "{cron} {zone}");
    };
    let (london, york) = ("Europe/London", "America/New_York");
    // 01:00 to 02:00 is left out on 2026-03-29 and shown twice on 2026-10-25.
    let spring = ("2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z");
    let autumn = ("2026-10-24T00:00:00Z", "2026-10-27T00:00:00Z");
    check("30 1 * * ? *", london, spring.0, spring.1, &["2026-03-28T01:30Z", "2026-03-30T00:30Z"]);
    check("0 2 29 3 ? *", london, spring.0, spring.1, &["2026-03-29T01:00Z"]);
    check(
        "30 1 * * ? *",
        london,
        autumn.0,
        autumn.1,
        &["2026-10-24T00:30Z", "2026-10-25T00:30Z", "2026-10-26T01:30Z"],
    );
    check(
        "0 0/1 25 10 ? 2026",
        london,
        "2026-10-24T23:30:00Z",
        "2026-10-25T03:00:00Z",
        &["2026-10-25T00:00Z", "2026-10-25T02:00Z", "2026-10-25T03:00Z"],
    );
    // The second showing does not fire, wherever the look begins.
    check("*/30 * * * ? *", london, "2026-10-25T01:10:00Z", "2026-10-25T02:00:00Z", &["2026-10-25T02:00Z"]);
    check("30 2 8 3 ? *", york, "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z", &[]);
    check("30 1 1 11 ? *", york, "2026-10-31T00:00:00Z", "2026-11-03T00:00:00Z", &["2026-11-01T05:30Z"]);
}

#[test]
fn firings_by_the_calendar() {
    let check = |cron: &str, after: &str, expect: Option<&str>| {
        let next = schedule(cron, "UTC").next_after(time(after));
        assert_eq!(texts(next.as_slice()).first().map(String::as_str), expect, "{cron}");
    };
    check("0 2 * * ? *", "2026-01-31T02:00:00Z", Some("2026-02-01T02:00Z"));
    check("0 2 * * ? *", "2026-01-31T01:59:59.999Z", Some("2026-01-31T02:00Z"));
    check("0 6 L * ? *", "2028-02-01T00:00:00Z", Some("2028-02-29T06:00Z"));
    check("0 6 LW * ? *", "2026-05-01T00:00:00Z", Some("2026-05-29T06:00Z"));
    check("0 6 15W * ? *", "2026-08-01T00:00:00Z", Some("2026-08-14T06:00Z"));
    check("0 6 1W * ? *", "2026-08-01T00:00:00Z", Some("2026-08-03T06:00Z"));
    check("0 6 ? * 6L *", "2026-02-01T00:00:00Z", Some("2026-02-27T06:00Z"));
    check("0 6 ? * 2#1 *", "2026-02-03T00:00:00Z", Some("2026-03-02T06:00Z"));
    check("0 6 ? * MON#5 *", "2026-02-01T00:00:00Z", Some("2026-03-30T06:00Z"));
    check("0 6 ? * L *", "2026-02-01T00:00:00Z", Some("2026-02-07T06:00Z"));
    check("0 6 ? * 1 *", "2026-02-02T00:00:00Z", Some("2026-02-08T06:00Z"));
    check("0 0 29 2 ? *", "2024-03-01T00:00:00Z", Some("2028-02-29T00:00Z"));
    check("0 0 1 1 ? 2020-2026/3", "2021-01-01T00:00:00Z", Some("2023-01-01T00:00Z"));
    check("0 0 1 1 ? 2020", "2026-01-01T00:00:00Z", None);
    check("0 0 1 1 ? 2199", "2026-01-01T00:00:00Z", Some("2199-01-01T00:00Z"));
}

#[test]
fn a_long_absence_gives_the_newest_firings() {
    let every_minute = schedule("* * * * ? *", "UTC");
    let until = time("2026-06-01T00:00:00Z");
    let due = every_minute.due(time("2025-06-01T00:00:00Z"), until);
    assert_eq!(due.len(), DUE_MAX);
    assert_eq!(due.last(), Some(&until));
    assert_eq!(due[0], until - Millis::from_mins(DUE_MAX as u64 - 1));
    let yearly = schedule("0 0 1 1 ? *", "UTC").due(time("2000-06-01T00:00:00Z"), until);
    assert_eq!(yearly.len(), 26);
    assert_eq!(every_minute.due(until, until), []);
    assert_eq!(every_minute.due(until, time("2026-05-01T00:00:00Z")), []);
}

#[test]
fn catching_up() {
    let missed = vec![time("2026-01-01T00:00:00Z"), time("2026-01-02T00:00:00Z")];
    assert_eq!(catch_up(CatchUp::Skip, missed.clone()), []);
    assert_eq!(catch_up(CatchUp::Latest, missed.clone()), missed[1..]);
    assert_eq!(catch_up(CatchUp::All, missed.clone()), missed);
    assert_eq!(catch_up(CatchUp::Latest, Vec::new()), []);
}

/// A field as text, and what the naive oracle makes of it.
#[derive(Debug, Clone)]
enum Naive {
    Any,
    Step { from: i8, by: i8 },
    Range { from: i8, to: i8 },
    List(Vec<i8>),
}

impl Naive {
    fn text(&self) -> String {
        match self {
            Self::Any => "*".to_owned(),
            Self::Step { from, by } => format!("{from}/{by}"),
            Self::Range { from, to } => format!("{from}-{to}"),
            Self::List(values) => values.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
        }
    }

    fn has(&self, value: i8) -> bool {
        match self {
            Self::Any => true,
            Self::Step { from, by } => value >= *from && (value - from) % by == 0,
            Self::Range { from, to } => (*from..=*to).contains(&value),
            Self::List(values) => values.contains(&value),
        }
    }
}

fn field(min: i8, max: i8) -> impl Strategy<Value = Naive> {
    prop_oneof![
        3 => Just(Naive::Any),
        2 => (min..=max, 1..=max).prop_map(|(from, by)| Naive::Step { from, by }),
        1 => (min..=max, min..=max).prop_map(|(a, b)| Naive::Range { from: a.min(b), to: a.max(b) }),
        2 => prop::collection::vec(min..=max, 1..4).prop_map(Naive::List),
    ]
}

/// The day fields: a day of the month, or a day of the week.
#[derive(Debug, Clone)]
enum NaiveDay {
    OfMonth(Naive),
    OfWeek(Naive),
    Last,
    LastOf(i8),
    Nth(i8, i8),
    Nearest(i8),
}

impl NaiveDay {
    fn texts(&self) -> (String, String) {
        let week = |text: String| ("?".to_owned(), text);
        let month = |text: String| (text, "?".to_owned());
        match self {
            Self::OfMonth(field) => month(field.text()),
            Self::OfWeek(field) => week(field.text()),
            Self::Last => month("L".to_owned()),
            Self::LastOf(day) => week(format!("{day}L")),
            Self::Nth(day, nth) => week(format!("{day}#{nth}")),
            Self::Nearest(day) => month(format!("{day}W")),
        }
    }

    fn has(&self, date: civil::Date) -> bool {
        let weekday = date.weekday().to_sunday_one_offset();
        let last = date.last_of_month().day();
        match self {
            Self::OfMonth(field) => field.has(date.day()),
            Self::OfWeek(field) => field.has(weekday),
            Self::Last => date.day() == last,
            Self::LastOf(day) => weekday == *day && date.day() + 7 > last,
            Self::Nth(day, nth) => weekday == *day && (date.day() - 1) / 7 + 1 == *nth,
            // The nearest working day of the same month, found by trying the distances in turn.
            Self::Nearest(day) if *day > last => false,
            Self::Nearest(day) => {
                let working = |d: i8| {
                    (1..=last).contains(&d) && {
                        let weekday =
                            date.first_of_month().saturating_add(jiff::Span::new().days(d - 1)).weekday();
                        (1..=5).contains(&weekday.to_monday_one_offset())
                    }
                };
                [0, -1, 1, -2, 2].into_iter().map(|shift| day + shift).find(|d| working(*d))
                    == Some(date.day())
            }
        }
    }
}

fn day() -> impl Strategy<Value = NaiveDay> {
    prop_oneof![
        4 => field(1, 28).prop_map(NaiveDay::OfMonth),
        4 => field(1, 7).prop_map(NaiveDay::OfWeek),
        1 => Just(NaiveDay::Last),
        1 => (1..=7_i8).prop_map(NaiveDay::LastOf),
        1 => (1..=7_i8, 1..=5_i8).prop_map(|(day, nth)| NaiveDay::Nth(day, nth)),
        1 => (1..=31_i8).prop_map(NaiveDay::Nearest),
    ]
}

/// Days near clock changes, month ends and a calendar day that Samoa left out.
const DAYS: [&str; 8] = [
    "2026-03-28",
    "2026-10-24",
    "2026-03-07",
    "2026-10-31",
    "2026-04-04",
    "2026-10-03",
    "2011-12-29",
    "2028-02-28",
];
const ZONES: [&str; 7] = [
    "UTC",
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Pacific/Apia",
    "America/Havana",
];
/// Longest overlap of any zone in the calendar that is tried, in minutes, with room.
const OVERLAP_MINUTES: i64 = 240;

fn oracle(
    minute: &Naive,
    hour: &Naive,
    day: &NaiveDay,
    zone: &Zone,
    after: Timestamp,
    minutes: i64,
) -> Vec<Timestamp> {
    let mut shown = HashSet::new();
    let mut firings = Vec::new();
    for step in -OVERLAP_MINUTES..=minutes {
        let at = Timestamp::from_millis(after.as_millis() + step * 60_000);
        let wall = zone.wall_at(at);
        let first = shown.insert(wall);
        if step > 0 && first && minute.has(wall.minute()) && hour.has(wall.hour()) && day.has(wall.date()) {
            firings.push(at);
        }
    }
    firings
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn due_is_what_a_look_at_every_minute_finds(
        minute in field(0, 59),
        hour in field(0, 23),
        day in day(),
        zone in prop::sample::select(&ZONES[..]),
        start in prop::sample::select(&DAYS[..]),
        offset in 0..2_880_i64,
        minutes in 1..1_440_i64,
    ) {
        let (of_month, of_week) = day.texts();
        let cron = format!("{} {} {of_month} * {of_week} *", minute.text(), hour.text());
        let schedule = schedule(&cron, zone);
        let after = Timestamp::from_millis(time(&format!("{start}T00:00:00Z")).as_millis() + offset * 60_000);
        let until = Timestamp::from_millis(after.as_millis() + minutes * 60_000);
        let expect = oracle(&minute, &hour, &day, &schedule.timezone, after, minutes);
        prop_assert_eq!(texts(&schedule.due(after, until)), texts(&expect), "{} in {}", cron, zone);
    }
}

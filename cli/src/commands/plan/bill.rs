//! The cost of a workflow as a document and as tables. Owns how many runs a day there are where nobody says so. Counts
//! nothing itself: `fleet_core::cost` does.

use fleet_core::cost::{self, DAYS_OF_MONTH, Prices, US_EAST_1, Usage};
use fleet_core::ids::JobId;
use fleet_core::schedule::DUE_MAX;
use fleet_core::time::{Millis, Timestamp};
use fleet_core::workflow::Definition;
use serde::Serialize;

use crate::output::{Align, Cell, Palette, Table};

/// What a workflow costs. Amounts are US dollars.
#[derive(Debug, Serialize)]
pub(super) struct Bill {
    region: &'static str,
    runs_per_day: f64,
    requests_a_run: f64,
    usd_a_run: f64,
    usd_a_day: f64,
    usd_a_month: f64,
    services: Vec<Service>,
    parts: Vec<Part>,
    waiting: Vec<Waiting>,
    /// A fleet of one worker in which nothing runs.
    usd_a_month_at_rest: f64,
}

#[derive(Debug, Serialize)]
struct Service {
    service: &'static str,
    requests_a_run: f64,
    usd_a_run: f64,
    usd_a_day: f64,
    usd_a_month: f64,
}

#[derive(Debug, Serialize)]
struct Part {
    part: &'static str,
    count: usize,
    requests: f64,
    usd: f64,
}

#[derive(Debug, Serialize)]
struct Waiting {
    job_id: JobId,
    looks_an_hour: f64,
    requests_an_hour: f64,
    usd_an_hour: f64,
}

const PRICES: Prices = US_EAST_1;

impl Bill {
    /// Of `runs` a day, else of as many as the schedules have from `now` on.
    pub(super) fn of(definition: &Definition, runs: Option<f64>, now: Timestamp) -> Self {
        let runs = runs.unwrap_or_else(|| scheduled_runs(definition, now));
        let shares = cost::of_run(definition);
        let whole = shares.iter().fold(Usage::default(), |sum, share| sum + share.usage);
        let services = whole.bill(&PRICES).map(|line| Service {
            service: line.service,
            requests_a_run: line.requests,
            usd_a_run: line.usd,
            usd_a_day: line.usd * runs,
            usd_a_month: line.usd * runs * DAYS_OF_MONTH,
        });
        let parts = shares.iter().filter(|share| share.count > 0).map(|share| Part {
            part: share.what,
            count: share.count,
            requests: share.usage.requests(),
            usd: share.usage.usd(&PRICES),
        });
        let waiting = cost::waiting(definition).into_iter().map(|waiting| Waiting {
            job_id: waiting.job,
            looks_an_hour: waiting.looks_per_hour,
            requests_an_hour: waiting.usage_per_hour.requests(),
            usd_an_hour: waiting.usage_per_hour.usd(&PRICES),
        });
        let usd = whole.usd(&PRICES);
        Self {
            region: PRICES.region,
            runs_per_day: runs,
            requests_a_run: whole.requests(),
            usd_a_run: usd,
            usd_a_day: usd * runs,
            usd_a_month: usd * runs * DAYS_OF_MONTH,
            services: services.into(),
            parts: parts.collect(),
            waiting: waiting.collect(),
            usd_a_month_at_rest: (cost::at_rest_a_day() * DAYS_OF_MONTH).usd(&PRICES),
        }
    }

    /// For people.
    pub(super) fn text(&self, palette: Palette) -> String {
        let runs = rounded(self.runs_per_day);
        let runs = if runs == "1" { "1 run".to_owned() } else { format!("{runs} runs") };
        let mut text = format!("Cost in {}, {runs} a day:\n", self.region);
        text.push_str(&self.service_table(palette));
        text.push('\n');
        let mut parts = Table::new(&[
            ("PART OF A RUN", Align::Left),
            ("COUNT", Align::Right),
            ("REQUESTS", Align::Right),
            ("USD", Align::Right),
        ]);
        for part in &self.parts {
            parts.row(vec![
                Cell::from(part.part),
                Cell::from(part.count),
                Cell::from(rounded(part.requests)),
                Cell::from(usd(part.usd)),
            ]);
        }
        text.push_str(&parts.render(palette));
        for waiting in &self.waiting {
            text.push_str(&format!(
                "an hour of waiting for {}: {} looks, {} requests, {} USD\n",
                waiting.job_id,
                rounded(waiting.looks_an_hour),
                rounded(waiting.requests_an_hour),
                usd(waiting.usd_an_hour)
            ));
        }
        text.push_str(&format!(
            "a fleet at rest, with one worker: {} USD a month; bytes of logs: {:.2} USD a GB\n",
            usd(self.usd_a_month_at_rest),
            PRICES.logs_gb
        ));
        text
    }

    fn service_table(&self, palette: Palette) -> String {
        let mut table = Table::new(&[
            ("SERVICE", Align::Left),
            ("REQUESTS A RUN", Align::Right),
            ("USD A RUN", Align::Right),
            ("USD A DAY", Align::Right),
            ("USD A MONTH", Align::Right),
        ]);
        let whole = Service {
            service: "all",
            requests_a_run: self.requests_a_run,
            usd_a_run: self.usd_a_run,
            usd_a_day: self.usd_a_day,
            usd_a_month: self.usd_a_month,
        };
        for service in self.services.iter().chain([&whole]) {
            table.row(vec![
                Cell::from(service.service),
                Cell::from(rounded(service.requests_a_run)),
                Cell::from(usd(service.usd_a_run)),
                Cell::from(usd(service.usd_a_day)),
                Cell::from(usd(service.usd_a_month)),
            ]);
        }
        table.render(palette)
    }
}

/// Days that are looked at for how often a schedule starts a run: four weeks, so that each day of the week has its part.
const DAYS_LOOKED_AT: u64 = 28;
/// One day.
const DAY: Millis = Millis::from_mins(24 * 60);

#[expect(clippy::cast_precision_loss, reason = "some thousands of starts")]
fn scheduled_runs(definition: &Definition, now: Timestamp) -> f64 {
    if definition.schedules.is_empty() {
        return 1.0;
    }
    let per_day = |schedule: &fleet_core::schedule::Schedule| {
        let starts = schedule.due(now, now + Millis(DAY.0 * DAYS_LOOKED_AT)).len();
        if starts < DUE_MAX {
            return starts as f64 / DAYS_LOOKED_AT as f64;
        }
        schedule.due(now, now + DAY).len() as f64
    };
    definition.schedules.iter().map(per_day).sum()
}

/// A count: whole where it is large or whole anyway.
fn rounded(number: f64) -> String {
    if number >= 100.0 || number.fract().abs() < 0.05 {
        format!("{number:.0}")
    } else {
        format!("{number:.1}")
    }
}

/// An amount with three digits that count; thousandths of a cent matter here.
fn usd(amount: f64) -> String {
    if amount == 0.0 {
        return "0".to_owned();
    }
    let digits = (2.0 - amount.abs().log10().floor()).clamp(2.0, 9.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 2 and 9")]
    let digits = digits as usize;
    format!("{amount:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use fleet_core::workflow::{ScriptCheck, parse};

    fn definition(schedule: &str) -> Definition {
        let text = format!("workflow: w\n{schedule}jobs:\n  - {{ id: a, script: a.sql }}\n");
        parse("w.yaml", &text, &|_| ScriptCheck::Unchecked).expect("it has no faults")
    }

    #[test]
    fn runs_a_day_come_from_the_schedules() {
        let now = Timestamp::parse("2026-11-02T00:30:00Z").expect("it is a time");
        let check = |schedule: &str, expect: f64| {
            let seen = Bill::of(&definition(schedule), None, now).runs_per_day;
            assert!((seen - expect).abs() < 0.01, "{schedule}: {seen}");
        };
        check("", 1.0);
        check("schedule: [{ cron: '0 2 * * ? *' }]\n", 1.0);
        check("schedule: [{ cron: '0 2 * * ? *' }, { cron: '0 14 ? * SUN *' }]\n", 8.0 / 7.0);
        check("schedule: [{ cron: '0/5 * * * ? *' }]\n", 288.0);
        check("schedule: [{ cron: '* * * * ? *' }]\n", 1_440.0);
    }

    #[test]
    fn a_day_is_its_runs_and_a_month_its_days() {
        let now = Timestamp::parse("2026-11-02T00:30:00Z").expect("it is a time");
        let bill = Bill::of(&definition(""), Some(24.0), now);
        assert!((bill.usd_a_day - 24.0 * bill.usd_a_run).abs() < 1e-12);
        assert!((bill.usd_a_month - 720.0 * bill.usd_a_run).abs() < 1e-12);
        let sum: f64 = bill.services.iter().map(|service| service.usd_a_run).sum();
        assert!((sum - bill.usd_a_run).abs() < 1e-12);
    }

    #[test]
    fn amounts_have_three_digits_that_count() {
        let check = |amount: f64, expect: &str| assert_eq!(usd(amount), expect);
        check(0.0, "0");
        check(0.000_012_345, "0.0000123");
        check(0.5, "0.500");
        check(123.456, "123.46");
    }
}

//! Records in CloudWatch's embedded metric format (EMF): the JSON form, and the format's limits. Pure.

use fleet_core::time::Timestamp;
use serde_json::{Map, Value, json};

/// Values of one metric in one record; the format's limit.
pub(super) const VALUES_MAX: usize = 100;
/// Metrics of one record; the format's limit. Ours have a handful.
const METRICS_MAX: usize = 100;

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Milliseconds,
    Count,
}

/// One metric of a record with its values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Metric {
    pub(super) name: &'static str,
    pub(super) unit: Unit,
    pub(super) values: Vec<u64>,
}

/// What a record is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct About<'a> {
    /// Name space of the metrics.
    pub(super) namespace: &'a str,
    /// Names and values of the dimensions; the metrics are kept for exactly this combination.
    pub(super) dimensions: &'a [(&'a str, &'a str)],
    /// What else the record tells; no metric is made from it.
    pub(super) properties: &'a [(&'a str, &'a str)],
    /// The time of the values.
    pub(super) at: Timestamp,
}

/// The records that hold these metrics; several where one has more values than a record takes.
pub(super) fn records(about: About<'_>, metrics: Vec<Metric>) -> Vec<String> {
    let mut metrics: Vec<Metric> = metrics.into_iter().filter(|metric| !metric.values.is_empty()).collect();
    let mut records = Vec::new();
    while !metrics.is_empty() {
        let mut rest = Vec::new();
        for metric in &mut metrics {
            if metric.values.len() > VALUES_MAX {
                rest.push(Metric { values: metric.values.split_off(VALUES_MAX), ..metric.clone() });
            }
        }
        records.extend(metrics.chunks(METRICS_MAX).map(|some| record(about, some)));
        metrics = rest;
    }
    records
}

fn record(about: About<'_>, metrics: &[Metric]) -> String {
    let named = |metric: &Metric| {
        let unit = match metric.unit {
            Unit::Milliseconds => "Milliseconds",
            Unit::Count => "Count",
        };
        json!({"Name": metric.name, "Unit": unit})
    };
    let dimensions: Vec<&str> = about.dimensions.iter().map(|(name, _)| *name).collect();
    let mut root = Map::new();
    let directive = json!({
        "Namespace": about.namespace,
        "Dimensions": [dimensions],
        "Metrics": metrics.iter().map(named).collect::<Vec<_>>(),
    });
    root.insert(
        "_aws".to_owned(),
        json!({"Timestamp": about.at.as_millis(), "CloudWatchMetrics": [directive]}),
    );
    for (name, value) in about.dimensions.iter().chain(about.properties) {
        root.insert((*name).to_owned(), json!(value));
    }
    for Metric { name, values, .. } in metrics {
        let value = match values.as_slice() {
            [one] => json!(one),
            many => json!(many),
        };
        root.insert((*name).to_owned(), value);
    }
    Value::Object(root).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about<'a>(dimensions: &'a [(&'a str, &'a str)]) -> About<'a> {
        let at = Timestamp::from_millis(1_790_000_000_123);
        About { namespace: "/fleet/metrics", dimensions, properties: &[("Worker", "host-1")], at }
    }

    fn metric(name: &'static str, values: Vec<u64>) -> Metric {
        Metric { name, unit: Unit::Count, values }
    }

    #[test]
    fn the_form_of_a_record() {
        let metrics = vec![
            Metric { name: "RunTime", unit: Unit::Milliseconds, values: vec![5, 7] },
            metric("Succeeded", vec![2]),
            metric("Failed", vec![]),
        ];
        let records = records(about(&[("Stack", "fleet"), ("Workflow", "nightly")]), metrics);
        let [record] = records.as_slice() else { unreachable!("{records:?}") };
        let expect = json!({
            "_aws": {
                "Timestamp": 1_790_000_000_123_i64,
                "CloudWatchMetrics": [{
                    "Namespace": "/fleet/metrics",
                    "Dimensions": [["Stack", "Workflow"]],
                    "Metrics": [
                        {"Name": "RunTime", "Unit": "Milliseconds"},
                        {"Name": "Succeeded", "Unit": "Count"},
                    ],
                }],
            },
            "Stack": "fleet",
            "Workflow": "nightly",
            "Worker": "host-1",
            "RunTime": [5, 7],
            "Succeeded": 2,
        });
        assert_eq!(serde_json::from_str::<Value>(record).expect("it is JSON"), expect);
    }

    /// What CloudWatch would make of each record: every reference must resolve, within the format's limits.
    fn check_format(record: &str) -> usize {
        let root: Value = serde_json::from_str(record).expect("it is JSON");
        assert!(record.len() < 256 * 1024);
        assert!(root["_aws"]["Timestamp"].is_i64());
        let directives = root["_aws"]["CloudWatchMetrics"].as_array().expect("a list");
        let mut count = 0;
        for directive in directives {
            assert!(directive["Namespace"].as_str().is_some_and(|name| (1..=1024).contains(&name.len())));
            for set in directive["Dimensions"].as_array().expect("a list of sets") {
                let names = set.as_array().expect("a set");
                assert!((1..=30).contains(&names.len()));
                for name in names {
                    let value = root[name.as_str().expect("a name")].as_str().expect("a dimension is text");
                    assert!((1..=1024).contains(&value.len()));
                }
            }
            let metrics = directive["Metrics"].as_array().expect("a list");
            assert!((1..=METRICS_MAX).contains(&metrics.len()));
            for metric in metrics {
                let value = &root[metric["Name"].as_str().expect("a name")];
                count += value.as_array().map_or(1, Vec::len);
                assert!(value.is_u64() || value.as_array().is_some_and(|all| all.len() <= VALUES_MAX));
            }
        }
        count
    }

    #[test]
    fn many_values_become_several_records() {
        let metrics =
            vec![metric("a", (0..250).collect()), metric("b", (0..100).collect()), metric("c", vec![1])];
        let records = records(about(&[("Stack", "fleet")]), metrics);
        assert_eq!(records.len(), 3);
        assert_eq!(records.iter().map(|record| check_format(record)).sum::<usize>(), 351);
    }
}

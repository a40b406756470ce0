//! The cost table: its text, and its place in docs/operations.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use fleet_core::cost::US_EAST_1;
use fleet_tests::aws_proxy::Call;
use fleet_tests::tree;

use super::{Measured, Part, count};

const BEGIN: &str = "<!-- cost: begin -->\n";
const END: &str = "<!-- cost: end -->";
/// Requests rarer than this a job are in the sums alone.
const SHOWN: f64 = 0.03;
const FITS: &str = "writing to a String cannot fail";

/// Requests by service and operation, then the bill.
pub(super) fn text(graphs: &[&Measured]) -> String {
    let mut text = format!("\n{}{}", head("request, each job's share", graphs), rule(graphs));
    let mut rows: BTreeMap<(Part, String), Vec<f64>> = BTreeMap::new();
    for (column, graph) in graphs.iter().enumerate() {
        let mut add = |part, what: String, number: f64| {
            rows.entry((part, what)).or_insert_with(|| vec![0.0; graphs.len()])[column] +=
                number / count(graph.jobs);
        };
        for (part, call) in &graph.calls {
            add(*part, what(call), 1.0);
        }
        add(Part::EventSource, "invocation of the function".to_owned(), graph.usage().lambda_requests);
    }
    for ((part, what), numbers) in
        rows.iter().filter(|(_, numbers)| numbers.iter().any(|number| *number >= SHOWN))
    {
        let part = match part {
            Part::EventSource => "event source",
            Part::Dispatcher => "dispatcher",
            Part::Worker => "worker",
        };
        row(&mut text, &format!("{part}: {what}"), numbers, 2);
    }
    let each = |value: &dyn Fn(&Measured) -> f64| -> Vec<f64> {
        graphs.iter().map(|graph| value(graph) / count(graph.jobs)).collect()
    };
    row(&mut text, "**all requests**", &each(&|graph| graph.usage().requests()), 2);
    row(&mut text, "of which write to DynamoDB", &each(&|graph| graph.usage().dynamodb_writes), 2);
    row(&mut text, "units that they write", &each(&|graph| graph.usage().dynamodb_write_units), 2);
    row(&mut text, "units read", &each(&|graph| graph.usage().dynamodb_read_units), 2);
    write!(text, "\n{}{}", head("USD for a million jobs", graphs), rule(graphs)).expect(FITS);
    let bills: Vec<_> = graphs.iter().map(|graph| graph.usage().bill(&US_EAST_1)).collect();
    for (line, first) in bills[0].iter().enumerate() {
        let of = |(bill, graph): (&[fleet_core::cost::Line; 6], &&Measured)| {
            bill[line].usd / count(graph.jobs) * 1e6
        };
        row(&mut text, first.service, &bills.iter().zip(graphs).map(of).collect::<Vec<_>>(), 2);
    }
    row(&mut text, "**all**", &each(&|graph| graph.usage().usd(&US_EAST_1) * 1e6), 2);
    text.push('\n');
    text
}

/// The service's operation, and for DynamoDB what it is about.
fn what(call: &Call) -> String {
    let service = match call.service.as_str() {
        "dynamodb" => "DynamoDB",
        "sqs" => "SQS",
        "events" => "EventBridge",
        "logs" => "Logs",
        other => other,
    };
    let item = call.input["Key"]["item"]["S"].as_str().map(|item| item.split('#').next().unwrap_or_default());
    let items = call.input["TransactItems"].as_array().into_iter().flatten();
    let tables = items.filter_map(|item| item.as_object()?.values().next()?["TableName"].as_str());
    let tables: BTreeSet<_> = tables.filter_map(|table| table.rsplit('-').next()).collect();
    let about = item
        .map_or_else(|| tables.into_iter().collect::<Vec<_>>().join(" and "), |item| format!("{item} row"));
    let space = if about.is_empty() { "" } else { " " };
    format!("{service} {}{space}{about}", call.operation)
}

/// Puts the text between the marks.
pub(super) fn write(text: &str) {
    let path = tree::root().join("docs/operations.md");
    let document = std::fs::read_to_string(&path).expect("the page is there");
    let (before, rest) = document.split_once(BEGIN).expect("the page has the mark");
    let (_, after) = rest.split_once(END).expect("the page has the end mark");
    std::fs::write(&path, format!("{before}{BEGIN}{text}{END}{after}")).expect("the page can be written");
}

fn head(what: &str, graphs: &[&Measured]) -> String {
    let titles = graphs.iter().fold(String::new(), |titles, graph| titles + " " + &graph.title + " |");
    format!("| {what} |{titles}\n")
}

fn rule(graphs: &[&Measured]) -> String {
    format!("|---|{}\n", "---|".repeat(graphs.len()))
}

fn row(text: &mut String, what: &str, numbers: &[f64], digits: usize) {
    let cells = numbers.iter().fold(String::new(), |cells, number| cells + &format!(" {number:.digits$} |"));
    writeln!(text, "| {what} |{cells}").expect(FITS);
}

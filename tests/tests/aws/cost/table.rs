//! The cost table: its text, and its place in docs/operations.md.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use fleet_core::cost::US_EAST_1;
use fleet_tests::tree;

use super::{Measured, count};

const BEGIN: &str = "<!-- cost: begin -->\n";
const END: &str = "<!-- cost: end -->";
const FITS: &str = "writing to a String cannot fail";

/// Requests by service and operation, then the bill.
pub(super) fn text(graphs: &[&Measured]) -> String {
    let mut text = format!("\n{}{}", head("request, each job's share", graphs), rule(graphs));
    let mut rows: BTreeMap<(String, String), Vec<f64>> = BTreeMap::new();
    for (column, graph) in graphs.iter().enumerate() {
        let invocations = ("lambda".to_owned(), "Invoke".to_owned());
        let mut add = |key, number: f64| {
            rows.entry(key).or_insert_with(|| vec![0.0; graphs.len()])[column] += number / count(graph.jobs);
        };
        for call in &graph.calls {
            add((call.service.clone(), call.operation.clone()), 1.0);
        }
        add(invocations, graph.usage().lambda_requests);
    }
    for ((service, operation), numbers) in &rows {
        row(&mut text, &format!("{service} {operation}"), numbers, 2);
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

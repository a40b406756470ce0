//! Every output format against the real psql, by side, line style, border and width: the statements of `formats/*.sql` behind each
//! way to set the options. What is not a product of options is among the scripts of `differential.rs`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

#[expect(dead_code, reason = "scripts by file are compared in differential.rs")]
mod common;

use common::{Case, Shell, differences};

const SIDES: [&str; 2] = ["off", "on"];
const LINE_STYLES: [&str; 3] = ["ascii", "old-ascii", "unicode"];
/// Formats that know no line style.
const PLAIN: [&str; 7] = ["asciidoc", "csv", "html", "latex", "latex-longtable", "troff-ms", "unaligned"];

/// Compares the statements behind each of these options.
fn check(statements: &str, options: impl IntoIterator<Item = String>) {
    let shell = Shell::new();
    let mut faults = Vec::new();
    for option in options {
        let script = format!("{option}{statements}");
        faults.extend(differences(&shell, &Case::new(&option, &["-X"]).with_stdin(script.as_bytes())));
    }
    assert!(faults.is_empty(), "{} differ:\n{}", faults.len(), faults.join("\n"));
}

/// The options of a format, by line style and side.
fn drawn(format: &str) -> Vec<String> {
    let option =
        |style, side| format!("\\pset linestyle {style}\n\\pset expanded {side}\n\\pset format {format}\n");
    LINE_STYLES.iter().flat_map(|style| SIDES.map(|side| option(style, side))).collect()
}

#[test]
fn aligned_tables() {
    check(include_str!("formats/tables.sql"), drawn("aligned"));
}

#[test]
fn wrapped_tables() {
    check(include_str!("formats/widths.sql"), drawn("wrapped"));
}

#[test]
fn other_formats() {
    let option = |format, side| format!("\\pset format {format}\n\\pset expanded {side}\n");
    let options = PLAIN.iter().flat_map(|format| SIDES.map(|side| option(format, side)));
    check(include_str!("formats/markup.sql"), options);
}

#[test]
fn portions() {
    let formats = PLAIN.into_iter().chain(["aligned", "wrapped"]);
    check(include_str!("formats/portions.sql"), formats.map(|format| format!("\\pset format {format}\n")));
}

//! Redshift's SQL on PostgreSQL: each row of the tables in `docs/redshift-on-postgresql.md`, and that nothing else changes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

#[expect(dead_code, reason = "scripts by file and by standard input are compared in differential.rs")]
mod common;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{Case, Shell, differences};
use flate2::Compression;
use flate2::write::GzEncoder;
use fleet_tests::postgres::Postgres;

/// The document whose tables are run.
const DOCUMENT: &str = include_str!("../../../docs/redshift-on-postgresql.md");
/// What a section says of all its examples.
const BEFORE: &str = "Before each example: ";

/// Far more than a load takes that is over early, and far less than one that goes to its end.
const EARLY: Duration = Duration::from_secs(60);

/// One row: an example and what it writes.
#[derive(Debug)]
struct Row {
    construct: String,
    script: String,
    expect: Vec<String>,
}

/// The text of code spans, one a line.
fn code(cell: &str) -> Vec<String> {
    let span = |span: &str| span.trim().trim_start_matches('`').trim_end_matches('`').replace("\\|", "|");
    cell.split("<br>").map(span).collect()
}

/// The cells of a table's line. A bar in a code span has a backslash before it.
fn cells(line: &str) -> Vec<String> {
    let hidden = line.replace("\\|", "\u{1}");
    let cells = hidden.trim().trim_matches('|').split('|');
    cells.map(|cell| cell.trim().replace('\u{1}', "\\|")).collect()
}

fn rows(document: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut before = String::new();
    for line in document.lines() {
        if line.starts_with("## ") {
            before.clear();
        } else if let Some(script) = line.strip_prefix(BEFORE) {
            before = code(script).join("\n");
        }
        if !line.starts_with("| ") || line.starts_with("| construct") {
            continue;
        }
        let cells = cells(line);
        let [construct, example, result, _note] = cells.as_slice() else { continue };
        rows.push(Row {
            construct: construct.clone(),
            script: format!("{before}\n{}\n", code(example).join("\n")),
            expect: code(result),
        });
    }
    rows
}

fn run(row: &Row) -> Vec<String> {
    let place = tempfile::tempdir().unwrap();
    let objects = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/emulation/s3");
    let copied = Command::new("cp").arg("-r").arg(objects).arg(place.path()).status().unwrap();
    assert!(copied.success());
    let mut child = Command::new(env!("CARGO_BIN_EXE_rsql"))
        .args(["-X", "-A", "-t", "-q", "-F", ",", "--emulate-redshift", "--emulate-s3", "s3"])
        .envs(Postgres::shared().env())
        .env("LC_ALL", "C.UTF-8")
        .current_dir(place.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), row.script.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).unwrap();
    text.trim_end_matches('\n').split('\n').map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn every_row_of_the_document_is_true() {
    let rows = rows(DOCUMENT);
    assert!(rows.len() > 150, "only {} rows were found", rows.len());
    let mut faults = Vec::new();
    for row in &rows {
        let got = run(row);
        if got != row.expect {
            let Row { construct, script, expect } = row;
            faults.push(format!("{construct}: {script}\n  expected {expect:#?}\n  got {got:#?}"));
        }
    }
    assert!(faults.is_empty(), "{} of {} rows:\n{}", faults.len(), rows.len(), faults.join("\n"));
}

/// Scripts for PostgreSQL mean the same with the emulation: psql, which knows nothing of it, is the oracle. Only literals
/// are read as Redshift reads them, so that psql is told to do so, too.
#[test]
fn what_is_not_redshifts_stays_as_it_is() {
    const LIKE_REDSHIFT: &str = "RSQL_EMULATE_REDSHIFT=1 \
        PGOPTIONS='-c standard_conforming_strings=off -c escape_string_warning=off' $RSQL -X -f";
    let shell = Shell::new();
    let mut faults = Vec::new();
    for script in common::scripts() {
        let name = script.file_name().unwrap().to_str().unwrap().to_owned();
        faults.extend(differences(&shell, &Case::shell(&format!("{LIKE_REDSHIFT} {name}"))));
    }
    assert!(faults.is_empty(), "{} scripts differ:\n{}", faults.len(), faults.join("\n"));
}

/// Runs rsql on a script, and gives both of its outputs.
fn emulated(database: &Postgres, directory: &Path, script: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_rsql"))
        .args(["-X", "-A", "-t", "-q", "--emulate-redshift", "--emulate-s3", "s3", "-f", "-"])
        .envs(database.env())
        .current_dir(directory)
        .stdin(script_file(directory, script))
        .output()
        .unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

fn script_file(directory: &Path, script: &str) -> std::fs::File {
    let path = directory.join("script.sql");
    std::fs::write(&path, script).unwrap();
    std::fs::File::open(path).unwrap()
}

/// Functions and views are made when a statement needs them, and not before; within a transaction, too, whose end they do
/// not share.
#[test]
fn nothing_is_made_before_it_is_needed() {
    const MADE: &str = "select count(*) from pg_namespace where nspname = 'redshift_emulation';\n";
    let place = tempfile::tempdir().unwrap();
    let database = Postgres::shared().new_database();
    let plain = format!("select nvl(1, 2);\nshow standard_conforming_strings;\n{MADE}");
    assert_eq!(emulated(&database, place.path(), &plain), "1\noff\n0\n");
    let within = format!(
        "begin;\ncreate table t (a int);\nselect sha1('') is null;\nrollback;\n{MADE}select to_regclass('t') is null;\n"
    );
    assert_eq!(emulated(&database, place.path(), &within), "f\n1\nt\n");
}

/// A row that the server refuses ends a load at once: of the rest, which would take an hour, hardly anything is sent.
#[test]
fn a_load_that_fails_early_is_over_early() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("s3/bucket");
    std::fs::create_dir_all(&folder).unwrap();
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&b"2024-02-31\n".repeat(1_000_000)).unwrap();
    // gzip's files may be put one behind the other.
    std::fs::write(folder.join("days.gz"), packed.finish().unwrap().repeat(1_000)).unwrap();
    let database = Postgres::shared();
    let script = "create temp table t (day date);\ncopy t from 's3://bucket/days.gz' gzip;\n";
    let begun = Instant::now();
    let told = emulated(database, place.path(), script);
    assert!(told.contains("Load into table 't' failed."), "{told}");
    assert!(told.contains("line 1, column day: date/time field value out of range"), "{told}");
    assert!(begun.elapsed() < EARLY, "{:?}", begun.elapsed());
}

/// `-e` shows what was sent in place of a statement, after it; statements that are sent as they are have nothing more to show.
#[test]
fn rewritten_statements_are_shown() {
    let output = Command::new(env!("CARGO_BIN_EXE_rsql"))
        .args(["-X", "-A", "-t", "-e", "--emulate-redshift", "-c", "select nvl(null, 1);", "-c", "select 2"])
        .envs(Postgres::shared().env())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let expect = "select nvl(null, 1);\n-- rewritten:\nselect COALESCE(null, 1);\n1\nselect 2\n2\n";
    assert_eq!(text, expect);
}

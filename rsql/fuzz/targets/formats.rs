//! Any cells in any format: nothing panics, and CSV can be read back.

#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use rsql_lang::{
    Action, Column, ConnectionInfo, Effect, Machine, Outcome, Row, ServerEvent, Settings, Stream, Transaction,
};

const FORMATS: [&str; 9] =
    ["aligned", "wrapped", "unaligned", "csv", "html", "asciidoc", "latex", "latex-longtable", "troff-ms"];
const EXPANDED: [&str; 3] = ["off", "on", "auto"];
const LINE_STYLES: [&str; 3] = ["ascii", "old-ascii", "unicode"];
const ON_OFF: [&str; 2] = ["off", "on"];
/// Types of text and of numbers, which are aligned apart.
const TYPES: [u32; 3] = [25, 23, 1700];
const ROWS_MAX: usize = 50;

/// How a table is to be drawn, and its cells.
struct Wanted {
    print: Vec<(String, Option<String>)>,
    format: &'static str,
    down: bool,
    tuples_only: bool,
    columns: Vec<Column>,
    rows: Vec<Row>,
}

fuzz_target!(|data: &[u8]| {
    let Some(wanted) = wanted(data) else { return };
    let cells: Vec<Vec<Vec<u8>>> = wanted
        .rows
        .iter()
        .map(|row| row.cells().map(|cell| cell.unwrap_or_default().to_vec()).collect())
        .collect();
    let (format, down, tuples_only) = (wanted.format, wanted.down, wanted.tuples_only);
    let names: Vec<Vec<u8>> = wanted.columns.iter().map(|column| column.name.clone()).collect();
    let out = printed(wanted);
    if format == "csv" && !down && !names.is_empty() {
        let head = if tuples_only { Vec::new() } else { vec![names] };
        assert_eq!(read_csv(&out), [head, cells].concat());
    }
});

/// The first bytes choose, the rest are cells, parted by zero bytes; one that begins with 0xff is NULL.
fn wanted(data: &[u8]) -> Option<Wanted> {
    let [format, style, width, shape, rest @ ..] = data else { return None };
    let pick = |list: &[&'static str], byte: u8| list[usize::from(byte) % list.len()];
    let format = pick(&FORMATS, *format);
    let expanded = pick(&EXPANDED, style >> 2);
    let tuples_only = shape & 1 == 1;
    let mut print = vec![
        ("format", format.to_owned()),
        ("border", (style & 3).to_string()),
        ("expanded", expanded.to_owned()),
        ("linestyle", pick(&LINE_STYLES, style >> 4).to_owned()),
        ("columns", width.to_string()),
        ("tuples_only", ON_OFF[usize::from(tuples_only)].to_owned()),
        ("footer", pick(&ON_OFF, shape >> 1).to_owned()),
        ("numericlocale", pick(&ON_OFF, shape >> 2).to_owned()),
    ];
    if format == "csv" {
        // Groups of digits would not be read back as they were.
        print.pop();
    }
    let count = usize::from(shape >> 5);
    let mut cells = rest.split(|byte| *byte == 0);
    let mut columns = Vec::new();
    for index in 0..count {
        let name = cells.next()?.to_vec();
        columns.push(Column { name, type_oid: TYPES[index % TYPES.len()] });
    }
    let cells: Vec<Option<&[u8]>> = cells.map(|cell| (cell.first() != Some(&0xff)).then_some(cell)).collect();
    let rows = match count {
        0 => Vec::new(),
        _ => cells.chunks_exact(count).take(ROWS_MAX).map(|row| row.iter().copied().collect()).collect(),
    };
    let print = print.into_iter().map(|(name, value)| (name.to_owned(), Some(value))).collect();
    Some(Wanted { print, format, down: expanded == "on", tuples_only, columns, rows })
}

fn printed(wanted: Wanted) -> Vec<u8> {
    let mut settings =
        Settings::new(ConnectionInfo { client_encoding: "UTF8".to_owned(), ..ConnectionInfo::default() });
    settings.print = wanted.print;
    let mut machine = Machine::new(settings).expect("these options are good");
    machine.push(Action::Command(b"select".to_vec()));
    let count = wanted.rows.len();
    let mut events = std::iter::once(ServerEvent::Columns(wanted.columns))
        .chain(wanted.rows.into_iter().map(ServerEvent::Row))
        .chain([ServerEvent::Complete(format!("SELECT {count}"))]);
    let mut out = Vec::new();
    loop {
        match machine.next_effect() {
            Effect::Finish { .. } => return out,
            Effect::Write { to: Stream::Stdout, bytes } => out.extend_from_slice(&bytes),
            Effect::Query(_) | Effect::AwaitServer => {
                let ready = ServerEvent::Ready { transaction: Transaction::Idle, elapsed: Duration::ZERO };
                let event = events.next().unwrap_or(ready);
                machine.resume(Outcome::Server(event)).expect("an event was asked for");
            }
            _ => {}
        }
    }
}

/// Records and fields of CSV, as RFC 4180 has them, with line feeds.
fn read_csv(text: &[u8]) -> Vec<Vec<Vec<u8>>> {
    let (mut records, mut record, mut field) = (Vec::new(), Vec::new(), Vec::new());
    let mut quoted = false;
    let mut bytes = text.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if quoted && bytes.peek() == Some(&b'"') => {
                bytes.next();
                field.push(b'"');
            }
            b'"' => quoted = !quoted,
            b',' if !quoted => record.push(std::mem::take(&mut field)),
            b'\n' if !quoted => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            other => field.push(other),
        }
    }
    records
}

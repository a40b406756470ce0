//! Where it was measured: the machine, its disk, the versions of what runs. Figures mean little without.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::process::Command;
use std::time::Instant;

use fleet_tests::postgres::Postgres;
use serde_json::json;

use crate::report::{Measurement, Report, Table, Tool, row, short};
use crate::stats::Sorted;

/// Writes of the disk's measurement.
const WRITES: usize = 200;
/// Bytes of one: two pages of a database.
const WRITE_BYTES: usize = 8 * 1024;

/// Tells them.
pub(crate) fn measure(database: &Postgres, report: &mut Report) {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let field = |path: &str, name: &str| {
        let text = read(path);
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.split_once(':'));
        value.map_or_else(|| "unknown".to_owned(), |(_, value)| value.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let load = read("/proc/loadavg").split(' ').next().unwrap_or("unknown").to_owned();
    let syncs = syncs_ms();
    let sync = format!("{} / {} ms", short(syncs.median()), short(syncs.quantile(0.99)));
    let parameters = json!({ "bytes": WRITE_BYTES });
    report.note(&Measurement { name: "fdatasync", tool: Tool::Disk, parameters, unit: "ms", values: syncs });
    let rows = vec![
        row(["what", "here"]),
        row(["processor", &format!("{} × {}", cores, field("/proc/cpuinfo", "model name"))]),
        row(["memory", &field("/proc/meminfo", "MemTotal")]),
        row(["kernel", read("/proc/sys/kernel/osrelease").trim()]),
        row(["load before the bench, of 1 minute", &load]),
        row(["fdatasync of 8 KiB, p50 / p99", &sync]),
        row(["PostgreSQL", &database.psql("show server_version")]),
        row(["psql", &version(&database.psql_path().display().to_string())]),
        row(["make", &version("make")]),
        row(["xargs", &version("xargs")]),
    ];
    report.table(&Table { title: "Measured on", note: String::new(), rows });
}

fn version(program: &str) -> String {
    let output =
        Command::new(program).arg("--version").output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&output).lines().next().unwrap_or("not there").to_owned()
}

/// What a durable write costs on the disk of the temporary folder, where the fleets of the bench keep their state.
fn syncs_ms() -> Sorted {
    let file = tempfile::NamedTempFile::new().expect("a temporary file can be made");
    let mut file = OpenOptions::new().append(true).open(file.path()).expect("it was made just now");
    let block = vec![7; WRITE_BYTES];
    let sync = |_| {
        file.write_all(&block).expect("the disk has room");
        let begun = Instant::now();
        file.sync_data().expect("the disk can be synced");
        begun.elapsed().as_secs_f64() * 1000.0
    };
    Sorted::new((0..WRITES).map(sync).collect())
}

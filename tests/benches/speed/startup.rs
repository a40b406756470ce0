//! The `rsql` command beside psql: start-up, and rows a second.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use fleet_tests::binaries;
use fleet_tests::postgres::Postgres;
use serde_json::json;

use crate::plan::Plan;
use crate::report::{Measurement, Report, Table, Tool, row, short};
use crate::stats::Sorted;

const NOTE: &str =
    "`--version` is what a process costs before it connects: it comes on top of the gaps of make and xargs.";

/// Measures and reports.
pub(crate) fn measure(plan: &Plan, database: &Postgres, report: &mut Report) {
    let mut rows = vec![row(["", "rsql", "psql"])];
    let programs = [(Tool::Rsql, binaries::rsql()), (Tool::Psql, database.psql_path())];
    let select: &[&str] = &["-X", "-q", "-A", "-t", "-c", "select 1"];
    for (what, args) in [("--version", &["--version"][..]), ("select 1", select)] {
        let mut line = vec![format!("`{what}` from start to end, ms")];
        for (tool, program) in &programs {
            let times = (0..plan.starts).map(|_| seconds(program, args, database) * 1000.0).collect();
            let values = Sorted::new(times);
            line.push(short(values.median()));
            let parameters = json!({ "command": what });
            report.note(&Measurement { name: "command", tool: *tool, parameters, unit: "ms", values });
        }
        rows.push(line);
    }
    let count = plan.rows;
    let sql = format!("select g, g * 1.5, 'row ' || g, now() from generate_series(1, {count}) g");
    for (format, option) in [("unaligned", "-A"), ("aligned", "-q")] {
        let mut line = vec![format!("rows a second, {format}")];
        for (tool, program) in &programs {
            let rate = count as f64 / seconds(program, &["-X", option, "-t", "-c", &sql], database);
            line.push(short(rate));
            let parameters = json!({ "format": format, "rows": count });
            let values = Sorted::new(vec![rate]);
            report.note(&Measurement { name: "rows", tool: *tool, parameters, unit: "rows/s", values });
        }
        rows.push(line);
    }
    report.table(&Table { title: "The command beside psql", note: NOTE.to_owned(), rows });
}

fn seconds(program: &Path, args: &[&str], database: &Postgres) -> f64 {
    let mut command = Command::new(program);
    command.args(args).envs(database.env()).env("RSPASSWORD", database.password());
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let begun = Instant::now();
    let status = command.status().expect("the program can be started");
    assert!(status.success(), "{} failed", program.display());
    begun.elapsed().as_secs_f64()
}

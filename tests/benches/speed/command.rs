//! The `rsql` command beside psql: start-up, small statements, many rows. Time, CPU of the client alone, and its highest memory.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fleet_tests::binaries;
use fleet_tests::postgres::Postgres;
use serde_json::json;

use crate::plan::Plan;
use crate::report::{Measurement, NONE, Report, Table, Tool, row, short};
use crate::stats::Sorted;
use crate::usage;

/// How often a running client's memory is read. Its kernel keeps the peak; only what it adds in its last moments is missed.
const LOOK_EVERY: Duration = Duration::from_millis(5);
const MIB: f64 = 1024.0 * 1024.0;

const NOTE: &str = "Median of the starts; for the rest one run each. CPU is the client's own, without the server's. `FETCH_COUNT` is \
     1,000; with it psql reads through a cursor. Rows have six columns: two integers, text, a time stamp, a decimal number and a NULL.";

/// Something that either client is made to do.
struct Task {
    name: String,
    args: Vec<String>,
    stdin: String,
    /// The clients that can do it.
    tools: &'static [Tool],
    runs: usize,
}

/// What one client used for it.
struct Used {
    seconds: Vec<f64>,
    cpu_seconds: f64,
    peak_bytes: u64,
}

const BOTH: &[Tool] = &[Tool::Rsql, Tool::Psql];

/// Measures and reports.
pub(crate) fn measure(plan: &Plan, database: &Postgres, report: &mut Report) {
    let head = [
        "",
        "rsql, s",
        "psql, s",
        "rsql, CPU s",
        "psql, CPU s",
        "CPU, rsql ÷ psql",
        "rsql, MiB",
        "psql, MiB",
    ];
    let mut rows = vec![row(head)];
    for task in starts(plan).into_iter().chain(statements(plan)).chain(results(plan)) {
        let rsql = run(&task, Tool::Rsql, database, report);
        let psql = task.tools.contains(&Tool::Psql).then(|| run(&task, Tool::Psql, database, report));
        rows.push(line(&task, &rsql, psql.as_ref()));
    }
    report.table(&Table { title: "The command beside psql", note: NOTE.to_owned(), rows });
}

fn starts(plan: &Plan) -> Vec<Task> {
    let task = |name: &str, args: &[&str]| Task {
        name: name.to_owned(),
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        stdin: String::new(),
        tools: BOTH,
        runs: plan.starts,
    };
    vec![
        task("`--version`", &["--version"]),
        task("start, connect, `select 1`, exit", &["-X", "-q", "-A", "-t", "-c", "select 1"]),
    ]
}

fn statements(plan: &Plan) -> Vec<Task> {
    let count = plan.statements;
    let text: String = (0..count).map(|n| format!("select {n} as n;\n")).collect();
    let task = |switch: &str| Task {
        name: format!("{} statements, AUTOCOMMIT {switch}", crate::graph::grouped(count)),
        args: vec!["-X".to_owned(), "-v".to_owned(), format!("AUTOCOMMIT={switch}")],
        stdin: text.clone(),
        tools: BOTH,
        runs: 1,
    };
    vec![task("on"), task("off")]
}

fn results(plan: &Plan) -> Vec<Task> {
    let count = plan.rows;
    let query = format!(
        "select g as id, g * 2 as twice, 'text of row ' || g as label, timestamp '2024-01-31 10:00:00' + g * interval '1 second' as at, \
         g / 3.0 as third, null::text as nothing from generate_series(1, {count}) g"
    );
    let copy = format!("\\copy ({query}) to '/dev/null'\n");
    let export = format!("\\export report file='/dev/null'\n{query};\n");
    let select = format!("{query};\n");
    let task = |what: &str, options: &[&str], stdin: &str, tools: &'static [Tool]| Task {
        name: format!("{} rows, {what}", crate::graph::grouped(count)),
        args: std::iter::once("-X").chain(options.iter().copied()).map(str::to_owned).collect(),
        stdin: stdin.to_owned(),
        tools,
        runs: 1,
    };
    vec![
        task("aligned", &[], &select, BOTH),
        task("aligned, FETCH_COUNT", &["-v", "FETCH_COUNT=1000"], &select, BOTH),
        task("unaligned", &["-A"], &select, BOTH),
        task("CSV", &["--csv"], &select, BOTH),
        task("`\\copy … to`", &[], &copy, BOTH),
        task("`\\export`", &[], &export, &[Tool::Rsql]),
    ]
}

fn run(task: &Task, tool: Tool, database: &Postgres, report: &mut Report) -> Used {
    let program = if tool == Tool::Rsql { binaries::rsql() } else { database.psql_path() };
    let mut used = Used { seconds: Vec::new(), cpu_seconds: 0.0, peak_bytes: 0 };
    for _ in 0..task.runs {
        used.add(&task.once(&program, database));
    }
    used.cpu_seconds /= task.runs as f64;
    let parameters = json!({ "task": task.name });
    for (name, unit, value) in
        [("command cpu", "s", used.cpu_seconds), ("command memory", "MiB", used.peak_bytes as f64 / MIB)]
    {
        let values = Sorted::new(vec![value]);
        report.note(&Measurement { name, tool, parameters: parameters.clone(), unit, values });
    }
    let values = Sorted::new(used.seconds.clone());
    report.note(&Measurement { name: "command", tool, parameters, unit: "s", values });
    used
}

impl Task {
    fn once(&self, program: &Path, database: &Postgres) -> Used {
        let before = usage::cpu_of_children();
        let begun = Instant::now();
        let mut command = Command::new(program);
        command.args(&self.args).envs(database.env()).env("RSPASSWORD", database.password());
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = command.spawn().expect("the program can be started");
        let mut stdin = child.stdin.take().expect("standard input was asked for");
        let text = self.stdin.clone();
        // A client that ends before it has read all has its reasons.
        let feeder = std::thread::spawn(move || stdin.write_all(text.as_bytes()).is_ok());
        let peak_bytes = watch(&mut child, program);
        let seconds = begun.elapsed().as_secs_f64();
        feeder.join().expect("the feeder does not panic");
        let cpu_seconds = (usage::cpu_of_children() - before).as_secs_f64();
        Used { seconds: vec![seconds], cpu_seconds, peak_bytes }
    }
}

impl Used {
    fn add(&mut self, one: &Self) {
        self.seconds.extend(&one.seconds);
        self.cpu_seconds += one.cpu_seconds;
        self.peak_bytes = self.peak_bytes.max(one.peak_bytes);
    }
}

/// Waits for a client's end; its highest memory, as far as was seen.
fn watch(child: &mut Child, program: &Path) -> u64 {
    let pid = child.id();
    let over = AtomicBool::new(false);
    // Beside the waiting, which so ends with the client and not with the next look.
    std::thread::scope(|scope| {
        let looker = scope.spawn(|| {
            let mut peak = 0;
            while !over.load(Ordering::Relaxed) {
                peak = usage::peak_memory(pid).max(peak);
                std::thread::park_timeout(LOOK_EVERY);
            }
            peak
        });
        let status = child.wait().expect("our own child can be waited for");
        assert!(status.success(), "{} failed", program.display());
        over.store(true, Ordering::Relaxed);
        looker.thread().unpark();
        looker.join().expect("the looker does not panic")
    })
}

fn line(task: &Task, rsql: &Used, psql: Option<&Used>) -> Vec<String> {
    let seconds = |used: &Used| decimals(Sorted::new(used.seconds.clone()).median());
    let cpu = |used: &Used| decimals(used.cpu_seconds);
    let memory = |used: &Used| short(used.peak_bytes as f64 / MIB);
    let other = |show: &dyn Fn(&Used) -> String| psql.map_or_else(|| NONE.to_owned(), show);
    let ratio = other(&|psql| short(rsql.cpu_seconds / psql.cpu_seconds));
    vec![
        task.name.clone(),
        seconds(rsql),
        other(&seconds),
        cpu(rsql),
        other(&cpu),
        ratio,
        memory(rsql),
        other(&memory),
    ]
}

/// Seconds, to the millisecond.
fn decimals(seconds: f64) -> String {
    format!("{seconds:.3}")
}

//! What the fleet itself costs: start-up of `rsql`, rows a second beside psql, and jobs a second of the embedded fleet
//! when the jobs do next to nothing.
//!
//! It prints and does not judge: the figures depend on the machine.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fleet_tests::binaries;
use fleet_tests::postgres::Postgres;

const STARTS: usize = 30;
const ROWS: usize = 1_000_000;
const JOBS: usize = 300;
const SLOTS: usize = 8;

fn main() {
    let database = Postgres::shared().new_database();
    let (rsql, psql) = (binaries::rsql(), database.psql_path());
    println!("{:<44} {:>12} {:>12}", "", "rsql", "psql");
    let select = ["-X", "-q", "-A", "-t", "-c", "select 1"];
    compare("start, connect, select 1 (median, ms)", |program| {
        let mut times: Vec<Duration> = (0..STARTS).map(|_| time(program, &select, &database)).collect();
        times.sort_unstable();
        times[STARTS / 2].as_secs_f64() * 1000.0
    })(&rsql, &psql);
    let sql = format!("select g, g * 1.5, 'row ' || g, now() from generate_series(1, {ROWS}) g");
    for (name, format) in [("unaligned rows a second", "-A"), ("aligned rows a second", "-q")] {
        let args = ["-X", format, "-t", "-c", &sql];
        compare(name, |program| ROWS as f64 / time(program, &args, &database).as_secs_f64())(&rsql, &psql);
    }
    println!("\n{:<44} {:>12}", "embedded fleet", "jobs/s");
    for (name, width) in
        [("chain: each job needs the one before", 1), ("fan: one, then all side by side, then one", JOBS)]
    {
        let seconds = fleet(width, &database).as_secs_f64();
        println!("{:<44} {:>12.1}", format!("{JOBS} jobs, {name}"), JOBS as f64 / seconds);
    }
}

fn compare<'a>(name: &'a str, measure: impl Fn(&Path) -> f64 + 'a) -> impl Fn(&Path, &Path) + 'a {
    move |rsql, psql| println!("{name:<44} {:>12.1} {:>12.1}", measure(rsql), measure(psql))
}

fn time(program: &Path, args: &[&str], database: &Postgres) -> Duration {
    let begin = Instant::now();
    let status = Command::new(program)
        .args(args)
        .envs(database.env())
        .env("RSPASSWORD", database.password())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status();
    assert!(status.expect("the program starts").success(), "{} failed", program.display());
    begin.elapsed()
}

/// Wall time of one execution of [`JOBS`] jobs of `select 1`: in a chain, or `width` of them side by side.
fn fleet(width: usize, database: &Postgres) -> Duration {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path();
    std::fs::create_dir_all(root.join("scripts")).expect("the folder is writable");
    std::fs::create_dir_all(root.join("workflows")).expect("the folder is writable");
    std::fs::write(root.join("scripts/one.sql"), "select 1;\n").expect("the folder is writable");
    std::fs::write(root.join("workflows/bench.yaml"), workflow(width)).expect("the folder is writable");
    let project = format!(
        "worker: {{ slots: {SLOTS} }}\nalerts: {{ print: false }}\nconnections:\n  w: {{ host: \"{}\", port: {}, \
         database: \"{}\", user: \"{}\", password_env: PGPASSWORD }}\n",
        database.host(),
        database.port(),
        database.database(),
        database.user()
    );
    std::fs::write(root.join("project.yaml"), project).expect("the folder is writable");
    rsqlctl(root, database, &["deploy"]);
    let begin = Instant::now();
    rsqlctl(root, database, &["start", "bench", "--wait"]);
    begin.elapsed()
}

fn workflow(width: usize) -> String {
    let mut text = "workflow: bench\nconnection: w\njobs:\n".to_owned();
    for number in 0..JOBS {
        let needs = match number {
            0 => String::new(),
            _ if width == 1 => format!(", needs: [j{}]", number - 1),
            _ if number == JOBS - 1 => {
                let all: Vec<String> = (1..number).map(|other| format!("j{other}")).collect();
                format!(", needs: [{}]", all.join(", "))
            }
            _ => ", needs: [j0]".to_owned(),
        };
        writeln!(text, "  - {{ id: j{number}, script: one.sql{needs} }}")
            .expect("writing to a String cannot fail");
    }
    text
}

fn rsqlctl<S: AsRef<OsStr>>(project: &Path, database: &Postgres, args: &[S]) {
    let output = Command::new(binaries::rsqlctl())
        .arg("--project")
        .arg(project)
        .args(args)
        .envs(database.env())
        .output()
        .expect("rsqlctl starts");
    assert!(output.status.success(), "rsqlctl failed: {}", String::from_utf8_lossy(&output.stderr));
}

//! Throughput: fans and independent jobs, in jobs a second and CPU time a job; the server's CPU time apart.

use fleet_tests::postgres::Postgres;
use serde_json::json;

use crate::fleet::{BENCH, Fleet, Sessions, Trace};
use crate::graph::{Shape, Work};
use crate::plan::Plan;
use crate::records;
use crate::report::{Measurement, NONE, Report, Table, Tool, ratio, row, short};
use crate::rivals::{Bench, Rival};
use crate::stats::Sorted;
use crate::usage::{self, Server};

/// One run of a graph.
struct Round {
    /// Jobs a second, from the command that starts them to the end of the last.
    rate: f64,
    /// CPU time of the tool a job, in milliseconds.
    cpu_ms: f64,
    /// CPU time of PostgreSQL a job, in milliseconds.
    server_ms: f64,
}

const TOOLS: [Tool; 4] = [Tool::Fleet, Tool::FleetReused, Tool::Make, Tool::Xargs];

/// Measures and reports.
pub(crate) fn measure(plan: &Plan, database: &Postgres, report: &mut Report) {
    let head =
        row(["job", "graph", "fleet", "fleet, sessions reused", "make -j8", "xargs -P8", "fleet ÷ make"]);
    let (mut rates, mut costs) = (vec![head.clone()], vec![head[..6].to_vec()]);
    let shapes: Vec<Shape> =
        plan.fans.into_iter().map(Shape::Fan).chain([Shape::Independent(plan.independent)]).collect();
    for work in [Work::Select, Work::Nothing] {
        for shape in &shapes {
            let (rate, cost) = graph(*shape, work, plan, database, report);
            rates.push(rate);
            costs.push(cost);
        }
    }
    let note = "From the command that starts the graph to the end of its last job; the median of the rounds.";
    report.table(&Table { title: "Jobs a second", note: note.to_owned(), rows: rates });
    let note = "Milliseconds of CPU time a job: of the tool with all its children, psql among them, + of PostgreSQL.";
    report.table(&Table { title: "CPU a job", note: note.to_owned(), rows: costs });
}

/// Its row of jobs a second, and that of CPU time.
fn graph(
    shape: Shape,
    work: Work,
    plan: &Plan,
    database: &Postgres,
    report: &mut Report,
) -> (Vec<String>, Vec<String>) {
    let mut rate = vec![work.name().to_owned(), shape.name()];
    let mut cost = rate.clone();
    let mut medians = Vec::new();
    for tool in TOOLS {
        if !plan.has(tool, work) {
            rate.push(NONE.to_owned());
            cost.push(NONE.to_owned());
            continue;
        }
        let rounds: Vec<Round> = (0..plan.rounds).map(|_| round(tool, shape, work, database)).collect();
        let [jobs, cpu, server] = note(tool, shape, work, &rounds, report);
        medians.push((tool, jobs));
        rate.push(short(jobs));
        let connects = work == Work::Select;
        cost.push(if connects { format!("{} + {}", short(cpu), short(server)) } else { short(cpu) });
    }
    rate.push(ratio(&medians, Tool::Fleet, Tool::Make));
    (rate, cost)
}

/// Notes the rounds and gives their medians.
fn note(tool: Tool, shape: Shape, work: Work, rounds: &[Round], report: &mut Report) -> [f64; 3] {
    let of = |value: fn(&Round) -> f64| Sorted::new(rounds.iter().map(value).collect());
    let series = [
        ("rate", "jobs/s", of(|round| round.rate)),
        ("cpu", "ms/job", of(|round| round.cpu_ms)),
        ("server_cpu", "ms/job", of(|round| round.server_ms)),
    ];
    series.map(|(name, unit, values)| {
        let median = values.median();
        let parameters = json!({ "graph": shape.name(), "jobs": shape.jobs(), "job": work.name() });
        report.note(&Measurement { name, tool, parameters, unit, values });
        median
    })
}

fn round(tool: Tool, shape: Shape, work: Work, database: &Postgres) -> Round {
    let server = Server::of(database);
    let server_cpu = server.cpu();
    let (seconds, cpu) = match tool {
        Tool::FleetReused => fleet(Sessions::Reused, shape, work, database),
        Tool::Make => rival(Rival::Make, shape, work, database),
        Tool::Xargs => rival(Rival::Xargs, shape, work, database),
        _ => fleet(Sessions::Fresh, shape, work, database),
    };
    let jobs = shape.jobs() as f64;
    let server_cpu = server.cpu().saturating_sub(server_cpu);
    Round {
        rate: jobs / seconds,
        cpu_ms: cpu * 1000.0 / jobs,
        server_ms: server_cpu.as_secs_f64() * 1000.0 / jobs,
    }
}

/// Wall and CPU time in seconds.
fn rival(rival: Rival, shape: Shape, work: Work, database: &Postgres) -> (f64, f64) {
    let taken = Bench::new(database).run(rival, shape, work);
    (taken.wall.as_secs_f64(), taken.cpu.as_secs_f64())
}

/// Wall and CPU time in seconds.
fn fleet(sessions: Sessions, shape: Shape, work: Work, database: &Postgres) -> (f64, f64) {
    let fleet = Fleet::serve(database, sessions, Trace::Off, (shape, work));
    let (cpu, asked) = (usage::cpu(fleet.pid()), records::now());
    let changes = fleet.run(BENCH, "measured");
    let (ended, _) = changes.end.expect("it was waited for");
    ((ended - asked) as f64 / 1e6, usage::cpu(fleet.pid()).saturating_sub(cpu).as_secs_f64())
}

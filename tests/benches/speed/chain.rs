//! Chains: the gap from the end of one script to the beginning of its dependent's, before that connects; alike for the fleet
//! and its rivals.

use fleet_tests::postgres::Postgres;
use serde_json::json;

use crate::fleet::{BENCH, Fleet, Sessions, Trace};
use crate::graph::{Shape, Work};
use crate::plan::Plan;
use crate::records::Runs;
use crate::report::{Measurement, NONE, Report, Table, Tool, ratio, row, short};
use crate::rivals::{Bench, Rival};
use crate::stats::Sorted;

/// Gaps of a round of the short chain are few; several rounds are put together.
const GAPS_MIN: usize = 200;

/// Measures and reports.
pub(crate) fn measure(plan: &Plan, database: &Postgres, report: &mut Report) {
    let head =
        ["job", "graph", "fleet", "fleet, sessions reused", "make -j8", "xargs, in order", "make ÷ fleet"];
    let mut rows = vec![row(head)];
    for work in [Work::Select, Work::Nothing] {
        rows.extend(plan.chains.map(|jobs| chain(jobs, work, plan, database, report)));
    }
    let note = "Milliseconds from the end of one job's work to the beginning of its dependent's, before that connects: \
                p50 / p95 / p99.";
    report.table(&Table { title: "Gap between a job and its dependent", note: note.to_owned(), rows });
}

fn chain(jobs: usize, work: Work, plan: &Plan, database: &Postgres, report: &mut Report) -> Vec<String> {
    let graph = Shape::Chain(jobs).name();
    let mut cells = vec![work.name().to_owned(), graph.clone()];
    let mut medians = Vec::new();
    for tool in [Tool::Fleet, Tool::FleetReused, Tool::Make, Tool::Xargs] {
        if !plan.has(tool, work) {
            cells.push(NONE.to_owned());
            continue;
        }
        let values = gaps(tool, jobs, work, database);
        cells.push([0.5, 0.95, 0.99].map(|share| short(values.quantile(share))).join(" / "));
        medians.push((tool, values.median()));
        let parameters = json!({ "graph": graph, "jobs": jobs, "job": work.name() });
        report.note(&Measurement { name: "gap", tool, parameters, unit: "ms", values });
    }
    cells.push(ratio(&medians, Tool::Make, Tool::Fleet));
    cells
}

fn gaps(tool: Tool, jobs: usize, work: Work, database: &Postgres) -> Sorted {
    let mut gaps = Vec::new();
    while gaps.len() < GAPS_MIN {
        let runs = match tool {
            Tool::FleetReused => of_fleet(Sessions::Reused, jobs, work, database),
            Tool::Make => Bench::new(database).stamped_chain(Rival::Make, jobs, work),
            Tool::Xargs => Bench::new(database).stamped_chain(Rival::Xargs, jobs, work),
            _ => of_fleet(Sessions::Fresh, jobs, work, database),
        };
        gaps.extend(runs.gaps_ms(jobs));
    }
    Sorted::new(gaps)
}

fn of_fleet(sessions: Sessions, jobs: usize, work: Work, database: &Postgres) -> Runs {
    let fleet = Fleet::serve(database, sessions, Trace::Runs, (Shape::Chain(jobs), work));
    let warm = fleet.traced().len();
    fleet.run(BENCH, "measured");
    Runs::of_trace(&fleet.traced()[warm..])
}

//! Proof that the net holds: bugs are planted in a copy of the sources that ship, and the simulation has to find each
//! within the seeds that its file states. Owns the runs and the table of what was found; the bugs lie in `planted/*.txt`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that meets the unexpected ends there")]

mod copy;
mod plant;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use plant::Plant;

/// Seeds that the copy must pass while all bugs sleep: what finds them is not what the switches have changed.
const SEEDS_ASLEEP: u64 = 300;

/// What a run of the simulation came to.
struct Run {
    passed: bool,
    /// `seed N: what was wrong`, or all it said when there is no such line.
    said: String,
}

fn simulate(binary: &Path, seeds: u64, awake: Option<&str>) -> Run {
    // One thread, so that the first seed that fails is always the same one.
    let mut command = Command::new(binary);
    command.args(["--jobs", "1", "--first", "1", "--seeds", &seeds.to_string()]).env_remove("PLANTED");
    if let Some(name) = awake {
        command.env("PLANTED", name);
    }
    let output = command.output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let line = said.lines().find(|line| line.starts_with("seed ")).map(ToOwned::to_owned);
    Run { passed: output.status.success(), said: line.unwrap_or(said) }
}

/// Runs all plants, some at a time; what each came to, in their order.
fn simulate_all(binary: &Path, plants: &[Plant]) -> Vec<Run> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((at, plant)) =
                    plants.iter().enumerate().nth(next.fetch_add(1, Ordering::Relaxed))
                {
                    let run = simulate(binary, plant.seeds, Some(&plant.name));
                    done.lock().unwrap().push((at, run));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, run)| run).collect()
}

fn table(plants: &[Plant], runs: &[Run]) -> String {
    let mut table = String::from(
        "| bug | seeds | found | what it breaks | what the watch said |\n|---|---|---|---|---|\n",
    );
    for (plant, run) in plants.iter().zip(runs) {
        let found = run.said.strip_prefix("seed ").and_then(|said| said.split_once(": "));
        let (seed, what) = found
            .filter(|_| !run.passed)
            .unwrap_or(("not found", run.said.lines().next().unwrap_or_default()));
        let Plant { name, seeds, what: breaks, .. } = plant;
        let _ = writeln!(table, "| {name} | {seeds} | {seed} | {breaks} | {what} |");
    }
    table
}

#[test]
fn each_planted_bug_is_found() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let workspace =
        here.parent().and_then(Path::parent).expect("this crate lies two levels below the workspace");
    let plants = plant::all(&here.join("planted"));
    assert!(plants.len() >= 8, "only {} bugs are planted", plants.len());
    let binary: PathBuf = copy::build(workspace, &plants);

    let asleep = simulate(&binary, SEEDS_ASLEEP, None);
    assert!(asleep.passed, "while all bugs sleep: {}", asleep.said);
    let runs = simulate_all(&binary, &plants);
    let table = table(&plants, &runs);
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("planted.md");
    std::fs::write(&kept, &table).unwrap();
    println!("{table}\nkept in {}", kept.display());

    let found = |run: &Run| !run.passed && run.said.starts_with("seed ");
    let missed: Vec<&str> = plants
        .iter()
        .zip(&runs)
        .filter(|(_, run)| !found(run))
        .map(|(plant, _)| plant.name.as_str())
        .collect();
    assert!(missed.is_empty(), "not found within their seeds: {}\n{table}", missed.join(", "));
}

//! The two kinds of store behave alike: one run of commands, made up from a seed, is given to SQLite and to DynamoDB. Every
//! answer must be the same, and so must everything that can be read at the end.

mod command;
mod make;

use fleet_aws::{Store, StoreSettings};
use fleet_core::ids::JobId;
use fleet_core::ports::{Clock, Filter};
use fleet_core::time::Timestamp;

use self::command::{Command, Kind};
use self::make::Maker;
use crate::common::account;

/// Commands of a run.
const COMMANDS: usize = 300;
/// Runs, each from a seed of its own; the variable is for whoever looks for more.
const SEEDS: u64 = 3;
const SEEDS_VARIABLE: &str = "ALIKE_SEEDS";

/// What every run has to bring about.
const WANTED: [&str; 11] = [
    "Create Ok New",
    "Create Ok Existing",
    "RecordExecution Ok Done",
    "RecordExecution Ok Stale",
    "RecordJob Ok Done",
    "RecordJob Ok Stale",
    "Tell Ok Done",
    "Tell Ok Stale",
    "Admit Ok Done",
    "Admit Ok Full",
    "Admit Ok Stale",
];

/// Few names, so that commands meet.
const EXECUTIONS: [&str; 4] = ["night-1", "night-2", "day-1", "2026"];
const WORKFLOWS: [&str; 2] = ["night", "day"];
const JOBS: [&str; 6] = ["a", "b", "C", "d-1", "d.1", "e"];

#[tokio::test]
async fn stores_of_both_kinds_give_the_same_answers() {
    let seeds = std::env::var(SEEDS_VARIABLE).map_or(SEEDS, |seeds| seeds.parse().unwrap());
    for seed in 0..seeds {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::new(|| Timestamp::from_millis(0));
        let (sqlite, dynamodb) = (
            fleet_embedded::Store::open(dir.path(), clock).unwrap(),
            Store::new(&account().await, StoreSettings::default()),
        );
        let sqlite = Kind { executions: &sqlite, definitions: &sqlite };
        let dynamodb = Kind { executions: &dynamodb, definitions: &dynamodb };
        run(seed, sqlite, dynamodb).await;
    }
}

async fn run(seed: u64, sqlite: Kind<'_>, dynamodb: Kind<'_>) {
    let mut maker = Maker::new(seed);
    let mut told_apart = std::collections::BTreeMap::<String, u32>::new();
    for number in 0..COMMANDS {
        let command = maker.command(sqlite).await;
        let (one, other) = (command.give_to(sqlite).await, command.give_to(dynamodb).await);
        assert_eq!(one, other, "seed {seed}, command {number}: {command:?}");
        *told_apart.entry(kind_of(&command, &one)).or_insert(0) += 1;
    }
    for command in readings() {
        let (one, other) = (command.give_to(sqlite).await, command.give_to(dynamodb).await);
        assert_eq!(one, other, "seed {seed}, at the end: {command:?}");
    }
    // A run whose commands never take effect, or always do, compares little.
    for kind in WANTED {
        assert!(told_apart.contains_key(kind), "seed {seed} has no {kind}: {told_apart:#?}");
    }
}

/// The command's name and the first words of the answer.
fn kind_of(command: &Command, answer: &str) -> String {
    let words = |text: &str, count| -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.take(count).map(ToOwned::to_owned).collect()
    };
    [words(&format!("{command:?}"), 1), words(answer, 2)].concat().join(" ")
}

/// All that can be read.
fn readings() -> Vec<Command> {
    let mut all: Vec<Command> = EXECUTIONS.into_iter().flat_map(Command::readings_of).collect();
    all.push(Command::Due(make::minute(1_000_000), 100));
    all.push(Command::List(Filter::default(), 100));
    all.push(Command::All);
    all
}

fn legal<T: std::str::FromStr<Err: std::fmt::Debug>>(name: &str) -> T {
    name.parse().unwrap()
}

/// The jobs and END.
fn all_jobs() -> Vec<JobId> {
    JOBS.into_iter().map(legal).chain([JobId::end()]).collect()
}

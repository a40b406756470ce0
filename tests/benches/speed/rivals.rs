//! What people would use instead: GNU make and xargs, each with as many processes at a time as the fleet has slots, over the
//! real psql. Owns their command lines. They keep no state, logs or history: the floor, not the same service.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fleet_tests::postgres::Postgres;
use tempfile::TempDir;

use crate::fleet::SLOTS;
use crate::graph::{self, Shape, Work};
use crate::records::Runs;
use crate::usage;

/// A rival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rival {
    /// `make -j8`.
    Make,
    /// `xargs -P8` for each row of jobs that can run side by side, since it knows no dependencies.
    Xargs,
}

/// What a run has taken.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Taken {
    /// Wall time.
    pub(crate) wall: Duration,
    /// CPU time of the rival and of psql, not of PostgreSQL.
    pub(crate) cpu: Duration,
}

/// A folder with the script that the fleet runs too.
pub(crate) struct Bench<'a> {
    folder: TempDir,
    database: &'a Postgres,
    psql: PathBuf,
}

/// The shell that a recipe with a stamp needs: its clock costs no process.
const STAMPED: &str = "stamped.sh";

impl<'a> Bench<'a> {
    /// Makes the folder.
    pub(crate) fn new(database: &'a Postgres) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let bench = Self { folder, database, psql: database.psql_path() };
        bench.write("one.sql", graph::SCRIPT);
        bench
    }

    /// Runs a graph as fast as the rival can: it starts psql itself, without a shell or a stamp in between.
    pub(crate) fn run(&self, rival: Rival, shape: Shape, work: Work) -> Taken {
        match rival {
            Rival::Make => {
                let recipe = self.job(work).join(" ");
                self.make(shape, &|_| recipe.clone())
            }
            Rival::Xargs => {
                let mut command = self.job(work);
                // xargs puts it there again, once for each job.
                let argument = command.pop().expect("a command has words");
                let mut taken = Taken::default();
                for (row, slots) in rows(shape) {
                    let lines = vec![argument.clone(); row.len()];
                    taken = taken.and(self.xargs(&lines, slots, &command));
                }
                taken
            }
        }
    }

    /// Runs a chain with a stamp before psql starts and one after it has ended.
    pub(crate) fn stamped_chain(&self, rival: Rival, jobs: usize, work: Work) -> Runs {
        let stamps = self.folder.path().join("stamps");
        let script = "b=$EPOCHREALTIME; JOB; echo \"$1 $b $EPOCHREALTIME\" >> stamps\n";
        self.write(STAMPED, &script.replace("JOB", &self.job(work).join(" ")));
        self.write("stamps", "");
        match rival {
            Rival::Make => self.make(Shape::Chain(jobs), &|job| format!("bash {STAMPED} {job}")),
            Rival::Xargs => {
                let numbers: Vec<String> = (0..jobs).map(|job| job.to_string()).collect();
                self.xargs(&numbers, 1, &["bash".to_owned(), STAMPED.to_owned()])
            }
        };
        Runs::of_stamps(&std::fs::read_to_string(stamps).expect("the folder is readable"))
    }

    fn job(&self, work: Work) -> Vec<String> {
        match work {
            Work::Select => vec![self.psql.display().to_string(), "-Xqf".to_owned(), "one.sql".to_owned()],
            // A process that only ends.
            Work::Nothing => vec!["/bin/true".to_owned(), "one.sql".to_owned()],
        }
    }

    fn make(&self, shape: Shape, recipe: &dyn Fn(usize) -> String) -> Taken {
        self.write("Makefile", &graph::makefile(shape, recipe));
        let mut make = Command::new("make");
        make.args(["--silent", "--no-builtin-rules", "-j", &SLOTS.to_string()]);
        self.measure(make)
    }

    fn xargs(&self, lines: &[String], slots: usize, command: &[String]) -> Taken {
        self.write("list", &(lines.join("\n") + "\n"));
        let mut xargs = Command::new("xargs");
        xargs.args(["-a", "list", "-n", "1", "-P", &slots.to_string()]).args(command);
        self.measure(xargs)
    }

    fn measure(&self, mut command: Command) -> Taken {
        command.current_dir(self.folder.path()).envs(self.database.env()).env("LC_ALL", "C");
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let (begun, cpu) = (Instant::now(), usage::cpu_of_children());
        let status = command.status().expect("make and xargs are prerequisites of the bench");
        assert!(status.success(), "{command:?} failed");
        Taken { wall: begun.elapsed(), cpu: usage::cpu_of_children().saturating_sub(cpu) }
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).expect("the folder is writable");
    }
}

impl Taken {
    fn and(self, other: Taken) -> Taken {
        Taken { wall: self.wall + other.wall, cpu: self.cpu + other.cpu }
    }
}

/// What one xargs after the other runs, with how many at a time. A chain is a single list, in order.
fn rows(shape: Shape) -> Vec<(Vec<usize>, usize)> {
    match shape {
        Shape::Chain(jobs) => vec![((0..jobs).collect(), 1)],
        shape => shape.rows().into_iter().map(|row| (row, SLOTS)).collect(),
    }
}

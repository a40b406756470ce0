//! The processes of the fleet: three workers and a dispatcher. Owns their lives, and brings back whoever has ended, as a
//! service manager would. Does not choose who is hit: `storm` does.

use std::path::PathBuf;
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::site::Site;

/// Worker processes.
const WORKERS: usize = 3;
/// Before a process that has ended by itself is started again.
const BACK_AFTER: Duration = Duration::from_millis(500);
/// What a process says when it has begun to serve.
const SERVES: &str = "serving ";

/// A process, by its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Who(usize);

/// All workers, and the dispatcher behind them.
pub(crate) const EVERYBODY: [Who; WORKERS + 1] = [Who(0), Who(1), Who(2), DISPATCHER];
/// The dispatcher, which is the scheduler, too.
pub(crate) const DISPATCHER: Who = Who(WORKERS);

/// The running fleet; its processes are killed when it is dropped.
pub(crate) struct Fleet<'s> {
    site: &'s Site,
    processes: Vec<Process>,
    /// What has happened to them.
    pub(crate) toll: Toll,
}

/// What has happened to the processes, beside the faults thrown at them.
#[derive(Default)]
pub(crate) struct Toll {
    /// Starts, the first ones included.
    pub(crate) starts: usize,
    /// Starts that were refused for want of a disk to write on.
    pub(crate) refused: usize,
    /// What no process may do: end by itself while it serves, or badly after a drain.
    pub(crate) misdeeds: Vec<String>,
}

struct Process {
    args: Vec<&'static str>,
    said: PathBuf,
    standing: Standing,
    /// Since it was started, the disk has been in trouble.
    saw_trouble: bool,
}

enum Standing {
    Up(Child),
    Frozen(Child),
    /// Told to end.
    Draining(Child),
    /// To be started again at this time.
    Down(Instant),
}

impl<'s> Fleet<'s> {
    /// Starts all processes.
    pub(crate) fn start(site: &'s Site) -> Fleet<'s> {
        let process = |who: &Who| Process {
            args: match *who {
                DISPATCHER => vec!["local", "--only", "dispatcher", "--only", "scheduler"],
                _ => vec!["local", "--only", "worker"],
            },
            said: PathBuf::new(),
            standing: Standing::Down(Instant::now()),
            saw_trouble: false,
        };
        let processes = EVERYBODY.iter().map(process).collect();
        let mut fleet = Fleet { site, processes, toll: Toll::default() };
        fleet.tend(false);
        fleet
    }

    /// Notices who has ended and starts whoever is due. A process may refuse to start if `is_disk_ill` meanwhile.
    pub(crate) fn tend(&mut self, is_disk_ill: bool) {
        for who in EVERYBODY {
            let process = &mut self.processes[who.0];
            process.saw_trouble |= is_disk_ill;
            match &mut process.standing {
                Standing::Down(back_at) if Instant::now() >= *back_at => {
                    process.saw_trouble = is_disk_ill;
                    self.spawn(who);
                }
                Standing::Down(_) => {}
                Standing::Up(child) | Standing::Frozen(child) | Standing::Draining(child) => {
                    if let Some(status) = child.try_wait().expect("a child can be waited for") {
                        self.ended(who, status);
                    }
                }
            }
        }
    }

    /// Whether it serves, as far as is known.
    pub(crate) fn is_up(&self, who: Who) -> bool {
        matches!(self.processes[who.0].standing, Standing::Up(_))
    }

    /// `kill -9`, and a new start after a while.
    pub(crate) fn kill(&mut self, who: Who, back_after: Duration) {
        self.end(who);
        self.processes[who.0].standing = Standing::Down(Instant::now() + back_after);
    }

    /// Stops it in its tracks.
    pub(crate) fn freeze(&mut self, who: Who) {
        self.change(who, Signal::SIGSTOP, Standing::Frozen);
    }

    /// Lets a frozen one go on.
    pub(crate) fn thaw(&mut self, who: Who) {
        if matches!(self.processes[who.0].standing, Standing::Frozen(_)) {
            self.change(who, Signal::SIGCONT, Standing::Up);
        }
    }

    /// Asks it to drain; it is started again when it has ended.
    pub(crate) fn drain(&mut self, who: Who) {
        self.change(who, Signal::SIGTERM, Standing::Draining);
    }

    /// How each stands, in a few letters.
    pub(crate) fn shown(&self) -> String {
        let shown = |process: &Process| match process.standing {
            Standing::Up(_) => "up",
            Standing::Frozen(_) => "frozen",
            Standing::Draining(_) => "draining",
            Standing::Down(_) => "down",
        };
        self.processes.iter().map(shown).collect::<Vec<_>>().join(" ")
    }

    fn spawn(&mut self, who: Who) {
        self.toll.starts += 1;
        let name = if who == DISPATCHER { "dispatcher".to_owned() } else { format!("worker-{}", who.0 + 1) };
        let (said, file) = self.site.said_file(&format!("{name}.{:03}.stderr", self.toll.starts));
        let process = &mut self.processes[who.0];
        let spawned = self.site.command(&process.args).stdout(Stdio::null()).stderr(file).spawn();
        process.said = said;
        process.standing = Standing::Up(spawned.expect("rsqlctl starts"));
    }

    fn ended(&mut self, who: Who, status: ExitStatus) {
        let process = &mut self.processes[who.0];
        let said = std::fs::read_to_string(&process.said).unwrap_or_default();
        let was_told = matches!(process.standing, Standing::Draining(_));
        process.standing = Standing::Down(Instant::now() + BACK_AFTER);
        if was_told && status.success() {
            return;
        }
        if !said.contains(SERVES) && status.code() == Some(1) && process.saw_trouble {
            self.toll.refused += 1;
            return;
        }
        let last: Vec<&str> = said.lines().rev().take(5).collect();
        let what = if was_told { "drained badly" } else { "ended by itself" };
        let misdeed = format!("process {} {what} ({status}): {}", process.said.display(), last.join(" / "));
        self.toll.misdeeds.push(misdeed);
    }

    fn change(&mut self, who: Who, signal: Signal, to: fn(Child) -> Standing) {
        let process = &mut self.processes[who.0];
        let standing = std::mem::replace(&mut process.standing, Standing::Down(Instant::now()));
        process.standing = match standing {
            Standing::Up(child) | Standing::Frozen(child) | Standing::Draining(child) => {
                let pid = i32::try_from(child.id()).expect("process ids are small");
                kill(Pid::from_raw(pid), signal).expect("a child that was not waited for can be signalled");
                to(child)
            }
            down @ Standing::Down(_) => down,
        };
    }

    fn end(&mut self, who: Who) {
        let standing = &mut self.processes[who.0].standing;
        if let Standing::Up(child) | Standing::Frozen(child) | Standing::Draining(child) = standing {
            // Both fail only when it has ended and been waited for, which is what is wanted.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Fleet<'_> {
    fn drop(&mut self) {
        for who in EVERYBODY {
            self.end(who);
        }
    }
}

//! What processes use, as Linux tells it in /proc: CPU time and memory. Reads only.

use std::path::PathBuf;
use std::time::Duration;

use fleet_tests::postgres::Postgres;

/// The unit of times in /proc: `USER_HZ`, which is 100 on all of Linux's usual platforms.
const TICK: Duration = Duration::from_millis(10);

/// CPU time of a process and of those of its children that have ended.
pub(crate) fn cpu(pid: u32) -> Duration {
    let path = PathBuf::from(format!("/proc/{pid}/stat"));
    let stat = std::fs::read_to_string(&path).unwrap_or_default();
    // The second field is the program's name, in parentheses, and may hold anything.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    // Of what follows it: own time in user and kernel mode, and the same of children.
    let ticks: u32 = fields.skip(11).take(4).filter_map(|field| field.parse::<u32>().ok()).sum();
    TICK * ticks
}

/// CPU time of this process's ended children: of a rival that ran in between, with all that it started.
pub(crate) fn cpu_of_children() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    TICK * fields.skip(13).take(2).filter_map(|field| field.parse::<u32>().ok()).sum::<u32>()
}

/// CPU time of a PostgreSQL server: the postmaster with all that it has started.
pub(crate) struct Server {
    postmaster: u32,
}

impl Server {
    /// The server of a database.
    pub(crate) fn of(database: &Postgres) -> Self {
        let file = database.psql("select pg_read_file('postmaster.pid')");
        let pid = file.lines().next().and_then(|line| line.parse().ok());
        Self { postmaster: pid.expect("a running server's pid file begins with its pid") }
    }

    /// Used so far. Time of sessions counts while they run, and once the postmaster has seen their end.
    pub(crate) fn cpu(&self) -> Duration {
        let path = format!("/proc/{0}/task/{0}/children", self.postmaster);
        let children = std::fs::read_to_string(path).unwrap_or_default();
        let running: Duration =
            children.split_whitespace().filter_map(|pid| Some(cpu(pid.parse().ok()?))).sum();
        cpu(self.postmaster) + running
    }
}

/// Highest resident memory of a process since it began or [`forget_peak`], in bytes.
pub(crate) fn peak_memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")).and_then(|kib| kib.trim().parse().ok());
    kib.map_or(0, |kib: u64| kib * 1024)
}

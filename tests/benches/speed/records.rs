//! What a fleet leaves behind, and when: the changes of status in `events.jsonl`, and the traces of a worker. Reading them
//! asks nothing of the fleet, so it disturbs no measurement. Times are microseconds since the epoch.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

/// The changes of one execution, read as they are written.
pub(crate) struct Changes {
    file: PathBuf,
    id: String,
    read: u64,
    /// When each job settled, in the order of the file.
    pub(crate) settled: Vec<i64>,
    /// When the execution was made.
    pub(crate) made: Option<i64>,
    /// When it ended, and as what.
    pub(crate) end: Option<(i64, String)>,
}

impl Changes {
    /// Those of an execution, from the beginning of the file.
    pub(crate) fn of(file: PathBuf, id: &str) -> Self {
        Self { file, id: id.to_owned(), read: 0, settled: Vec::new(), made: None, end: None }
    }

    /// Reads what has come since. A line that is under way is left for the next time.
    pub(crate) fn read_on(&mut self) {
        let Some(text) = tail(&self.file, self.read) else { return };
        self.read += text.len() as u64;
        for line in text.lines() {
            let change: Value = serde_json::from_str(line).expect("each line is a JSON document");
            if change["workflow_execution_id"] == self.id.as_str() {
                self.note(&change);
            }
        }
    }

    fn note(&mut self, change: &Value) {
        let at = change["at"].as_str().and_then(micros).expect("each change has its time");
        let status = change["status"].as_str().unwrap_or_default();
        match (change.get("job_id"), status) {
            (Some(_), _) => self.settled.push(at),
            (None, "running") => self.made = Some(at),
            (None, status) => self.end = Some((at, status.to_owned())),
        }
    }
}

/// Whole lines of a file from an offset on.
fn tail(file: &Path, from: u64) -> Option<String> {
    let mut file = File::open(file).ok()?;
    file.seek(SeekFrom::Start(from)).ok()?;
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    text.truncate(text.rfind('\n')? + 1);
    Some(text)
}

/// When the run of each job began and ended, from the traces of a worker.
#[derive(Default)]
pub(crate) struct Runs {
    began: HashMap<usize, i64>,
    ended: HashMap<usize, i64>,
}

impl Runs {
    /// From the traces of `worker::attempt`.
    pub(crate) fn of_trace(trace: &str) -> Self {
        let mut runs = Self::default();
        for line in trace.lines() {
            let Some(at) = line.split_whitespace().next().and_then(micros) else { continue };
            let Some(job) = line.rsplit_once("job=j").and_then(|(_, number)| number.trim().parse().ok())
            else {
                continue;
            };
            if line.contains("the run begins") {
                runs.began.insert(job, at);
            } else if line.contains("the run has ended") {
                runs.ended.insert(job, at);
            }
        }
        runs
    }

    /// From lines `number begin end`, in seconds since the epoch, as the recipes of the rivals write them.
    pub(crate) fn of_stamps(stamps: &str) -> Self {
        let mut runs = Self::default();
        for line in stamps.lines() {
            let mut words = line.split_whitespace();
            let job: Option<usize> = words.next().and_then(|number| number.parse().ok());
            let mut time = || words.next().and_then(seconds);
            let (Some(job), Some(began), Some(ended)) = (job, time(), time()) else { continue };
            runs.began.insert(job, began);
            runs.ended.insert(job, ended);
        }
        runs
    }

    /// In a chain: from the end of each run to the beginning of the next, in milliseconds.
    pub(crate) fn gaps_ms(&self, jobs: usize) -> Vec<f64> {
        let gap = |job: usize| Some((self.began.get(&job)? - self.ended.get(&(job - 1))?) as f64 / 1000.0);
        let gaps: Vec<f64> = (1..jobs).filter_map(gap).collect();
        assert_eq!(gaps.len(), jobs - 1, "each run has left its times");
        gaps
    }
}

/// Now.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is later than 1970");
    i64::try_from(since.as_micros()).expect("the clock is earlier than the year 294000")
}

fn micros(text: &str) -> Option<i64> {
    Some(text.parse::<jiff::Timestamp>().ok()?.as_microsecond())
}

fn seconds(text: &str) -> Option<i64> {
    // Bash writes six decimals, after a point or, by locale, a comma.
    let (whole, fraction) = text.split_once(['.', ','])?;
    Some(whole.parse::<i64>().ok()? * 1_000_000 + fraction.parse::<i64>().ok()?)
}

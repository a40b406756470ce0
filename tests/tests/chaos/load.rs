//! Work for the fleet, all the time: keeps some executions open. Owns which executions count as started: those whose start
//! was answered, and the same id is asked for until it is. Does not look into them.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use serde_json::Value;

use crate::random::Random;
use crate::site::Site;
use crate::work::WORKFLOWS;

/// Executions that are open at a time.
const OPEN: usize = 6;
/// Between two looks at how many are.
const PAUSE: Duration = Duration::from_millis(400);

/// What the load has come to so far.
#[derive(Default)]
pub(crate) struct Load {
    started: Mutex<Vec<String>>,
    open: AtomicUsize,
    refused: AtomicUsize,
    over: AtomicBool,
}

impl Load {
    /// Starts executions until it is told to end. The thread of its own that it runs on ends then.
    pub(crate) fn run(&self, site: &Site, seed: u64) {
        let mut random = Random::new(seed);
        let mut number = 0;
        let mut asked_for = Vec::new();
        while !self.over.load(Ordering::Acquire) {
            land(site, &mut asked_for);
            let open = self.count_open(site).unwrap_or(OPEN);
            for _ in open..OPEN {
                number += 1;
                let (workflow, _) = WORKFLOWS[random.below(WORKFLOWS.len())];
                let id = format!("{workflow}-{number}");
                self.start(site, workflow, &id);
                asked_for.push(id);
            }
            std::thread::sleep(PAUSE);
        }
        land(site, &mut asked_for);
    }

    /// No more executions.
    pub(crate) fn end(&self) {
        self.over.store(true, Ordering::Release);
    }

    /// The ids of all that were started.
    pub(crate) fn started(&self) -> Vec<String> {
        self.ids().clone()
    }

    /// How many were started, are open as far as was seen last, and how many starts were refused.
    pub(crate) fn counts(&self) -> (usize, usize, usize) {
        (self.ids().len(), self.open.load(Ordering::Relaxed), self.refused.load(Ordering::Relaxed))
    }

    /// Open executions; none when the state cannot be read just now.
    pub(crate) fn count_open(&self, site: &Site) -> Option<usize> {
        let done = site.run(&["list", "--open", "-n", "1000", "-o", "json"]);
        let list: Value = serde_json::from_str(&done.stdout).ok().filter(|_| done.is_good)?;
        let open = list["executions"].as_array()?.len();
        self.open.store(open, Ordering::Relaxed);
        Some(open)
    }

    /// What was answered with an error may have been done all the same, so it is asked for again under the same id.
    fn start(&self, site: &Site, workflow: &str, id: &str) {
        while !self.over.load(Ordering::Acquire) {
            if site.run(&["start", workflow, "--id", id, "--reason", "chaos"]).is_good {
                self.ids().push(id.to_owned());
                return;
            }
            self.refused.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(PAUSE);
        }
    }

    fn ids(&self) -> MutexGuard<'_, Vec<String>> {
        self.started.lock().expect("nobody panics while holding it")
    }
}

/// Brings what the executions asked for wait for: also where the answer was an error, since they may be there.
fn land(site: &Site, asked_for: &mut Vec<String>) {
    for id in asked_for.drain(..) {
        std::fs::write(site.folder().join("landing").join(id), "landed\n")
            .expect("the project's folder can be written");
    }
}

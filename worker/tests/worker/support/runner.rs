//! A runner that does as it is told, and says what it did.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use fleet_core::ports::LogStream;
use fleet_core::state::settle::AttemptEnd;
use fleet_core::state::{JobResult, Turn};
use tokio_util::sync::CancellationToken;
use worker::{JobRunner, LogSender, Ran, Redactor, Task};

use super::store::Store;

/// What a run does.
pub(crate) enum Act {
    /// Ends with this code.
    Exit(i32),
    /// Ends like this.
    End(AttemptEnd),
    /// Takes its time, and ends with 0.
    Take(Duration),
    /// Runs until it is told to end.
    Hang,
    /// Runs until it is told to end, and ends with 0 by itself at that moment.
    EndsAsTold,
    /// Runs for ever, whatever it is told.
    Deaf,
    /// Writes lines and ends with 0.
    Print(Vec<&'static str>),
    /// Changes something, and ends with this code.
    Do(Box<dyn Fn(&Store) + Send + Sync>, i32),
    /// Breaks down.
    Panic,
}

/// See the module.
pub(crate) struct Scripted {
    store: Arc<Store>,
    acts: Mutex<VecDeque<Act>>,
    unending: Mutex<u32>,
}

impl Scripted {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self { store, acts: Mutex::default(), unending: Mutex::default() }
    }

    /// What the next runs do, one after the other; then they end with 0.
    pub(crate) fn acts(&self, acts: impl IntoIterator<Item = Act>) {
        self.acts.lock().unwrap().extend(acts);
    }

    /// So many tries at ending a lost attempt fail.
    pub(crate) fn cannot_end_lost(&self, times: u32) {
        *self.unending.lock().unwrap() = times;
    }
}

#[async_trait]
impl JobRunner for Scripted {
    async fn run(&self, task: &Task, log: LogSender, cancel: CancellationToken) -> Ran {
        self.store.assert_secured("a run");
        let Turn { attempt, look } = task.turn;
        self.store.say(format!("run {} {attempt}.{look}", task.job_id()));
        let act = self.acts.lock().unwrap().pop_front().unwrap_or(Act::Exit(0));
        match act {
            Act::Exit(code) => exited(code),
            Act::End(end) => Ran { end, result: JobResult::default() },
            Act::Take(span) => tokio::select! {
                () = tokio::time::sleep(span) => exited(0),
                () = cancel.cancelled() => self.told_to_end(task),
            },
            Act::Hang => {
                cancel.cancelled().await;
                self.told_to_end(task)
            }
            Act::EndsAsTold => {
                cancel.cancelled().await;
                self.told_to_end(task);
                exited(0)
            }
            Act::Deaf => std::future::pending().await,
            Act::Print(lines) => {
                for line in lines {
                    log.line(LogStream::Out, line).await.expect("the log is open");
                }
                exited(0)
            }
            Act::Do(change, code) => {
                change(&self.store);
                exited(code)
            }
            Act::Panic => panic!("on purpose"),
        }
    }

    async fn end_lost(&self, task: &Task, lost: Turn) -> Result<(), String> {
        self.store.assert_secured("the end of a lost attempt's sessions");
        self.store.say(format!("end_lost {} {}", task.job_id(), lost.attempt));
        let mut unending = self.unending.lock().unwrap();
        if *unending == 0 {
            return Ok(());
        }
        *unending -= 1;
        Err("the warehouse does not answer".to_owned())
    }

    async fn describe(&self, _: &Task) -> String {
        "script load.rsql sha256:00".to_owned()
    }

    fn redactor(&self) -> Arc<Redactor> {
        Arc::new(Redactor::new(["hunter2"]))
    }
}

impl Scripted {
    fn told_to_end(&self, task: &Task) -> Ran {
        self.store.say(format!("told {} {}", task.job_id(), task.turn.attempt));
        Ran { end: AttemptEnd::Cancelled, result: JobResult::default() }
    }
}

fn exited(code: i32) -> Ran {
    let result = JobResult { exit_code: Some(code), rows: 7, ..JobResult::default() };
    Ran { end: AttemptEnd::Exited(code), result }
}

//! Posts the file of alerts to the webhook, line by line and in order, on a thread of its own: whoever raises an alert only
//! waits for the disk. Owns the turns of the processes that share the file, the repeating, and where to go on. A thread
//! rather than a task, since a post that hangs must keep neither a runtime nor a process from ending.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fleet_core::alert::Alert;
use fleet_core::ports::PortError;
use fleet_core::state::retry;
use fleet_core::time::Millis;
use tokio::sync::watch;

use super::bell::Bell;
use super::position;
use super::webhook::{NotPosted, Webhook};
use super::{Place, WebhookError};
use crate::lines::{self, Line};

/// How often the file is looked at unasked: a process may have ended before its alerts were posted.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// How soon a process that was not given its turn asks again.
const TURN_AGAIN: Duration = Duration::from_millis(250);
/// The first pause after a failed post.
const PAUSE_FIRST: Millis = Millis(200);
/// The longest pause after a failed post.
const PAUSE_MAX: Millis = Millis::from_secs(30);

/// A handle on the thread, which ends with the last handle.
pub(super) struct Poster {
    shared: Arc<Shared>,
}

struct Shared {
    place: Place,
    webhook: Webhook,
    bell: Bell,
    /// The newest question to which "all is posted" is the answer.
    answered: watch::Sender<u64>,
}

/// What a look at the file came to.
enum Step {
    /// One alert less.
    Done,
    /// Nothing is left.
    Nothing,
    /// Another process, or another part of this one, is posting.
    NotOurTurn,
}

impl Poster {
    pub(super) fn start(place: Place, webhook: Webhook) -> Result<Self, WebhookError> {
        let answered = watch::Sender::new(0);
        let shared = Arc::new(Shared { place, webhook, bell: Bell::default(), answered });
        let thread = Arc::clone(&shared);
        let started = std::thread::Builder::new().name("alert-poster".to_owned()).spawn(move || thread.run());
        started.map_err(WebhookError::Thread)?;
        Ok(Self { shared })
    }

    /// Says that there is an alert more.
    pub(super) fn ring(&self) {
        self.shared.bell.ring();
    }

    /// Tries at once, and waits until nothing is left; whether it came to that within the limit.
    pub(super) async fn flush(&self, limit: Duration) -> bool {
        let mut answered = self.shared.answered.subscribe();
        let question = self.shared.bell.ask();
        let done = answered.wait_for(|answered| *answered >= question);
        matches!(tokio::time::timeout(limit, done).await, Ok(Ok(_)))
    }
}

impl Drop for Poster {
    fn drop(&mut self) {
        self.shared.bell.end();
    }
}

impl Shared {
    fn run(&self) {
        let mut pauses = pauses();
        while !self.bell.has_ended() {
            let question = self.bell.questions();
            match self.step() {
                Ok(Step::Done) => pauses = self::pauses(),
                Ok(Step::Nothing) => {
                    self.answered.send_replace(question);
                    self.bell.wait(LOOK_AGAIN);
                }
                Ok(Step::NotOurTurn) => self.bell.pause(TURN_AGAIN),
                Err(error) => {
                    let pause = pauses.next().unwrap_or(PAUSE_MAX.to_std());
                    tracing::warn!(%error, again_in = ?pause, "an alert waits for its webhook");
                    self.bell.pause(pause);
                }
            }
        }
    }

    fn step(&self) -> Result<Step, PortError> {
        // Without an alert that is to be posted there is no position, and nothing to take turns at.
        if self.position()?.is_none() {
            return Ok(Step::Nothing);
        }
        let Some(_turn) = self.turn()? else { return Ok(Step::NotOurTurn) };
        let Some(from) = self.position()? else { return Ok(Step::Nothing) };
        let found = lines::line_at(&self.place.alerts, from)
            .map_err(|error| unavailable("read", &self.place.alerts, &error))?;
        let Some(Line { text, next }) = found else { return Ok(Step::Nothing) };
        self.post(&text)?;
        self.keep(next);
        Ok(Step::Done)
    }

    /// Posts a line, unless it is none of ours or the receiver does not want it: no later alert must wait for such.
    fn post(&self, line: &str) -> Result<(), PortError> {
        let alert: Alert = match serde_json::from_str(line) {
            Ok(alert) => alert,
            Err(error) => {
                let file = self.place.alerts.display();
                tracing::error!(%error, "a line of {file} is no alert and is not posted");
                return Ok(());
            }
        };
        let host = self.webhook.host();
        match self.webhook.post(&alert) {
            Ok(()) => Ok(()),
            Err(NotPosted::Refused(cause)) => {
                tracing::error!(cause, alert = alert.title(), "{host} refuses an alert; it is not posted");
                Ok(())
            }
            Err(NotPosted::Failed(cause)) => {
                Err(PortError::Unavailable { what: format!("post an alert to {host}"), cause })
            }
        }
    }

    fn position(&self) -> Result<Option<u64>, PortError> {
        let path = &self.place.position;
        position::read(path).map_err(|error| PortError::Unavailable {
            what: format!("read {}", path.display()),
            cause: format!("{error}; remove the file, and posting begins with the next alert"),
        })
    }

    /// Keeps the position for as long as it takes: while it is not kept, nobody may post what comes next, or the alert that
    /// was posted would be posted again and again.
    fn keep(&self, posted_bytes: u64) {
        let mut pauses = pauses();
        while let Err(error) = position::write(&self.place.position, posted_bytes) {
            tracing::error!(%error, "write {}: no alert is posted meanwhile", self.place.position.display());
            self.bell.pause(pauses.next().unwrap_or(PAUSE_MAX.to_std()));
            if self.bell.has_ended() {
                return;
            }
        }
    }

    /// The right to post, for as long as the file is open. The system takes it from a process that ends.
    fn turn(&self) -> Result<Option<File>, PortError> {
        let path = &self.place.turn;
        let failed = |error: io::Error| unavailable("lock", path, &error);
        let open = OpenOptions::new().write(true).create(true).truncate(false).open(path);
        let file = open.map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

/// Without an end: an alert waits for as long as it takes.
fn pauses() -> impl Iterator<Item = Duration> {
    retry::pauses(PAUSE_FIRST, PAUSE_MAX, usize::MAX)
}

fn unavailable(verb: &str, path: &Path, error: &io::Error) -> PortError {
    PortError::Unavailable { what: format!("{verb} {}", path.display()), cause: error.to_string() }
}

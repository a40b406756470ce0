//! The local announcer: keeps alerts and all status changes in files, prints alerts, and has them posted to a webhook. Owns
//! the order (the file comes first, and a poster reads it, so that a webhook that hangs holds nobody up and one that is
//! down loses nothing). Does not choose who is told: one place, one team.

mod bell;
mod position;
mod poster;
mod webhook;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use fleet_core::alert::{Alert, StatusChange};
use fleet_core::ports::{Announcer, PortError};
use serde::Serialize;

use self::poster::Poster;
use self::webhook::Webhook;
use crate::lines::Held;

/// Name of the file of alerts.
const ALERTS_FILE: &str = "alerts.jsonl";
/// Name of the file of status changes.
const EVENTS_FILE: &str = "events.jsonl";
/// Name of the file that says how far alerts have been posted.
const POSITION_FILE: &str = "alerts.webhook.json";
/// Name of the file that a process locks while it posts.
const TURN_FILE: &str = "alerts.webhook.lock";

/// Who is told, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotifySettings {
    /// Print the text of alerts on standard error.
    pub print: bool,
    /// Append alerts to `alerts.jsonl` and status changes to `events.jsonl` in this directory, which several processes may
    /// share.
    pub dir: PathBuf,
    /// Post alerts to this `http` or `https` address, as JSON with a `text` that chat systems show. Those that were kept
    /// before there was a webhook are not posted.
    pub webhook: Option<String>,
}

/// A webhook that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// The address is none.
    #[error("read the webhook address: it must begin with http:// or https:// and name a host")]
    Address,
    /// The system gives no thread.
    #[error("start the thread that posts alerts")]
    Thread(#[source] io::Error),
}

/// Tells people on this machine and a webhook. Posting ends with the last clone; what is left then is posted by whoever
/// uses the directory next.
#[derive(Clone)]
pub struct LocalAnnouncer {
    print: bool,
    place: Place,
    poster: Option<Arc<Poster>>,
}

/// The files.
#[derive(Clone)]
struct Place {
    alerts: PathBuf,
    events: PathBuf,
    position: PathBuf,
    turn: PathBuf,
}

impl Place {
    fn new(dir: &Path) -> Self {
        let [alerts, events, position, turn] =
            [ALERTS_FILE, EVENTS_FILE, POSITION_FILE, TURN_FILE].map(|name| dir.join(name));
        Self { alerts, events, position, turn }
    }
}

impl LocalAnnouncer {
    /// Checks the settings, and begins to post what an earlier process has left.
    ///
    /// # Errors
    /// [`WebhookError`] when the webhook's address is none, or there is no thread for it.
    pub fn new(settings: &NotifySettings) -> Result<Self, WebhookError> {
        let place = Place::new(&settings.dir);
        let poster = match &settings.webhook {
            Some(address) => Some(Arc::new(Poster::start(place.clone(), Webhook::new(address)?)?)),
            None => None,
        };
        Ok(Self { print: settings.print, place, poster })
    }

    /// Tries to post at once whatever is left, for `limit` at most; for the end of a process. Whether nothing is left: the
    /// rest is not lost, it waits for the next process.
    pub async fn flush(&self, limit: Duration) -> bool {
        match &self.poster {
            Some(poster) => poster.flush(limit).await,
            None => true,
        }
    }
}

#[async_trait]
impl Announcer for LocalAnnouncer {
    async fn alert(&self, alert: &Alert) -> Result<(), PortError> {
        let (path, position) = (self.place.alerts.clone(), self.place.position.clone());
        let text = json_lines(&path, std::slice::from_ref(alert))?;
        let is_posted = self.poster.is_some();
        let work = move |path: &Path| {
            let mut file = Held::open(path)?;
            if is_posted && !position.try_exists()? {
                position::write(&position, file.bytes()?)?;
            }
            file.append(text.as_bytes())
        };
        if let Err(error) = append_off_thread(path, work).await {
            tracing::error!(%error, alert = alert.title(), "an alert is not kept yet");
            return Err(error);
        }
        // Only now: until the alert is kept, its caller comes again.
        if self.print {
            eprintln!("{}", alert.text());
        }
        if let Some(poster) = &self.poster {
            poster.ring();
        }
        Ok(())
    }

    async fn announce(&self, changes: &[StatusChange]) -> Result<(), PortError> {
        if changes.is_empty() {
            return Ok(());
        }
        let path = self.place.events.clone();
        let text = json_lines(&path, changes)?;
        append_off_thread(path, move |path| Held::open(path)?.append(text.as_bytes())).await
    }
}

fn json_lines<T: Serialize>(path: &Path, records: &[T]) -> Result<String, PortError> {
    let mut text = String::new();
    for record in records {
        let line = serde_json::to_string(record)
            .map_err(|error| PortError::Refused { what: append_to(path), cause: error.to_string() })?;
        text.push_str(&line);
        text.push('\n');
    }
    Ok(text)
}

async fn append_off_thread(
    path: PathBuf,
    work: impl FnOnce(&Path) -> io::Result<()> + Send + 'static,
) -> Result<(), PortError> {
    let what = append_to(&path);
    let done = tokio::task::spawn_blocking(move || work(&path)).await.map_err(io::Error::other);
    done.and_then(|done| done).map_err(|error| PortError::Unavailable { what, cause: cause(&error) })
}

fn append_to(path: &Path) -> String {
    format!("append to {}", path.display())
}

fn cause(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::StorageFull {
        return format!("{error}; free some space on its disk");
    }
    error.to_string()
}

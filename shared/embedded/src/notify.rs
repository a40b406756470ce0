//! The local announcer: prints alerts, keeps them and all status changes in files, and posts alerts to a webhook. Owns the
//! order (the file comes first, so that a failing webhook loses nothing). Does not choose who is told: one place, one team.

use std::fs::OpenOptions;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use fleet_core::alert::{Alert, StatusChange};
use fleet_core::ports::{Announcer, PortError};
use fleet_core::state::retry;
use fleet_core::time::Millis;
use serde::Serialize;
use ureq::http::Uri;

/// Name of the file of alerts.
const ALERTS_FILE: &str = "alerts.jsonl";
/// Name of the file of status changes.
const EVENTS_FILE: &str = "events.jsonl";
/// For a whole post. Alerts are sent while a dispatcher or worker waits.
const POST_TIMEOUT: Duration = Duration::from_secs(10);
/// Pauses, and so further tries, after a failed post. The caller tries again later.
const POST_RETRIES: usize = 3;
/// The first pause after a failed post.
const POST_PAUSE_FIRST: Millis = Millis(200);
/// The longest pause after a failed post.
const POST_PAUSE_MAX: Millis = Millis(2_000);
/// Version of the document that is posted.
const DOCUMENT_VERSION: u32 = 1;

/// Who is told, and how.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NotifySettings {
    /// Print the text of alerts on standard error.
    pub print: bool,
    /// Append alerts to `alerts.jsonl` and status changes to `events.jsonl` in this directory.
    pub dir: Option<PathBuf>,
    /// Post alerts to this `http` or `https` address, as JSON with a `text` that chat systems show.
    pub webhook: Option<String>,
}

/// The address of a webhook is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("read the webhook address: it must begin with http:// or https:// and name a host")]
pub struct WebhookError;

/// Tells people on this machine and a webhook.
#[derive(Clone)]
pub struct LocalAnnouncer {
    print: bool,
    dir: Option<PathBuf>,
    webhook: Option<Webhook>,
    /// One append at a time, so that the end of the file can be looked at first.
    appending: Arc<Mutex<()>>,
}

/// Where alerts are posted. The path of the address is often a secret, so only the host is ever shown.
#[derive(Clone)]
struct Webhook {
    agent: ureq::Agent,
    address: Uri,
    host: String,
}

/// What is posted.
#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    title: String,
    severity: &'static str,
    text: String,
    alert: &'a Alert,
}

impl LocalAnnouncer {
    /// Checks the settings; opens nothing yet.
    ///
    /// # Errors
    /// [`WebhookError`] when the webhook's address is none.
    pub fn new(settings: &NotifySettings) -> Result<Self, WebhookError> {
        let webhook = settings.webhook.as_deref().map(Webhook::new).transpose()?;
        Ok(Self { print: settings.print, dir: settings.dir.clone(), webhook, appending: Arc::default() })
    }

    async fn append<T: Serialize>(&self, name: &str, records: &[T]) -> Result<(), PortError> {
        let Some(dir) = self.dir.clone() else { return Ok(()) };
        let path = dir.join(name);
        let what = format!("append to {}", path.display());
        let refused =
            |error: serde_json::Error| PortError::Refused { what: what.clone(), cause: error.to_string() };
        let mut text = String::new();
        for record in records {
            text.push_str(&serde_json::to_string(record).map_err(refused)?);
            text.push('\n');
        }
        let appending = Arc::clone(&self.appending);
        let work = move || {
            let _turn = appending.lock().unwrap_or_else(PoisonError::into_inner);
            append_lines(&path, &text)
        };
        let done = tokio::task::spawn_blocking(work).await.map_err(io::Error::other).and_then(|done| done);
        done.map_err(|error| PortError::Unavailable { what, cause: error.to_string() })
    }
}

#[async_trait]
impl Announcer for LocalAnnouncer {
    async fn alert(&self, alert: &Alert) -> Result<(), PortError> {
        if self.print {
            eprintln!("{}", alert.text());
        }
        let kept = self.append(ALERTS_FILE, std::slice::from_ref(alert)).await;
        // A full disk must not keep people from being told.
        let posted = match &self.webhook {
            Some(webhook) => webhook.post(alert).await,
            None => Ok(()),
        };
        for error in [&kept, &posted].into_iter().filter_map(|done| done.as_ref().err()) {
            tracing::error!(%error, alert = alert.title(), "an alert did not go everywhere");
        }
        kept.and(posted)
    }

    async fn announce(&self, changes: &[StatusChange]) -> Result<(), PortError> {
        if changes.is_empty() {
            return Ok(());
        }
        self.append(EVENTS_FILE, changes).await
    }
}

impl Webhook {
    fn new(address: &str) -> Result<Self, WebhookError> {
        let address: Uri = address.parse().map_err(|_| WebhookError)?;
        let host = address.host().ok_or(WebhookError)?.to_owned();
        if !matches!(address.scheme_str(), Some("http" | "https")) {
            return Err(WebhookError);
        }
        let agent = ureq::Agent::config_builder().timeout_global(Some(POST_TIMEOUT)).build().into();
        Ok(Self { agent, address, host })
    }

    async fn post(&self, alert: &Alert) -> Result<(), PortError> {
        let what = format!("post an alert to {}", self.host);
        let document = Document {
            version: DOCUMENT_VERSION,
            title: alert.title(),
            severity: alert.severity(),
            text: alert.text(),
            alert,
        };
        let text = serde_json::to_string(&document)
            .map_err(|error| PortError::Refused { what: what.clone(), cause: error.to_string() })?;
        let mut pauses = retry::pauses(POST_PAUSE_FIRST, POST_PAUSE_MAX, POST_RETRIES);
        loop {
            let cause = match self.post_once(text.clone()).await {
                Ok(()) => return Ok(()),
                Err(cause) => cause,
            };
            let Some(pause) = pauses.next() else { return Err(PortError::Unavailable { what, cause }) };
            tokio::time::sleep(pause).await;
        }
    }

    async fn post_once(&self, text: String) -> Result<(), String> {
        let (agent, address) = (self.agent.clone(), self.address.clone());
        let post = move || agent.post(address).header("Content-Type", "application/json").send(text);
        match tokio::task::spawn_blocking(post).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(stopped) => Err(stopped.to_string()),
        }
    }
}

/// Appends whole lines and sees them to the disk. A line that an earlier fault cut off is ended first, so that it spoils
/// no other.
fn append_lines(path: &Path, text: &str) -> io::Result<()> {
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
    let mut text = text.to_owned();
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            text.insert(0, '\n');
        }
    }
    file.write_all(text.as_bytes())?;
    file.sync_data()
}

//! The webhook: one document to one address. Owns the document, the limit of a post, and which answers are final. Does not
//! repeat a post: the poster does.

use std::time::Duration;

use fleet_core::alert::Alert;
use serde::Serialize;
use ureq::http::Uri;

use super::WebhookError;

/// For a whole post, from the look-up of the name to the answer.
const POST_TIMEOUT: Duration = Duration::from_secs(10);
/// Version of the document that is posted.
const DOCUMENT_VERSION: u32 = 1;
/// Answers of the 4xx kind that ask for another try: it took too long, and there were too many.
const TRY_AGAIN: [u16; 2] = [408, 429];

/// Where alerts are posted. The path of the address is often a secret, so only the host is ever shown.
pub(super) struct Webhook {
    agent: ureq::Agent,
    address: Uri,
    host: String,
}

/// Why a post came to nothing.
pub(super) enum NotPosted {
    /// The receiver does not want this document, and will not want it later.
    Refused(String),
    /// It may work later.
    Failed(String),
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

impl Webhook {
    pub(super) fn new(address: &str) -> Result<Self, WebhookError> {
        let address: Uri = address.parse().map_err(|_| WebhookError::Address)?;
        let host = address.host().ok_or(WebhookError::Address)?.to_owned();
        if !matches!(address.scheme_str(), Some("http" | "https")) {
            return Err(WebhookError::Address);
        }
        let agent = ureq::Agent::config_builder().timeout_global(Some(POST_TIMEOUT)).build().into();
        Ok(Self { agent, address, host })
    }

    /// Its host.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Posts once, and waits for the answer.
    pub(super) fn post(&self, alert: &Alert) -> Result<(), NotPosted> {
        let document = Document {
            version: DOCUMENT_VERSION,
            title: alert.title(),
            severity: alert.severity(),
            text: alert.text(),
            alert,
        };
        let text = serde_json::to_string(&document).map_err(|error| NotPosted::Refused(error.to_string()))?;
        let post = self.agent.post(self.address.clone()).header("Content-Type", "application/json");
        match post.send(text) {
            Ok(_) => Ok(()),
            Err(ureq::Error::StatusCode(code)) if is_final(code) => {
                Err(NotPosted::Refused(format!("it answers with HTTP status {code}")))
            }
            Err(error) => Err(NotPosted::Failed(error.to_string())),
        }
    }
}

fn is_final(code: u16) -> bool {
    (400..500).contains(&code) && !TRY_AGAIN.contains(&code)
}

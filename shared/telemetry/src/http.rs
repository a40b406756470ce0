//! The way to a collector: plain HTTP or HTTPS with the TLS that the warehouse's sessions use too, so that no second library
//! of cryptography comes in. Owns its time limit, and that an outage is told once. Waiting for an answer blocks the thread,
//! which the exporters have of their own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};

/// Longest time for one request, where `OTEL_EXPORTER_OTLP_TIMEOUT` does not say another (default of that standard).
const LIMIT_DEFAULT: Duration = Duration::from_secs(10);
/// Names that time, in milliseconds.
const LIMIT_VARIABLE: &str = "OTEL_EXPORTER_OTLP_TIMEOUT";
/// Longest answer that is read: a collector has little to say.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;

/// Sends what the exporters have gathered.
#[derive(Debug)]
pub(crate) struct Client {
    agent: ureq::Agent,
    /// What does not get through is told when it begins, not every few seconds.
    is_out: AtomicBool,
}

impl Client {
    /// A client with the time limit of the environment.
    pub(crate) fn from_env() -> Self {
        let given = std::env::var(LIMIT_VARIABLE).ok().and_then(|text| text.parse().ok());
        let limit = given.map_or(LIMIT_DEFAULT, Duration::from_millis);
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(limit))
            .http_status_as_error(false)
            .build()
            .into();
        Self { agent, is_out: AtomicBool::new(false) }
    }

    fn post(&self, request: Request<Bytes>) -> Result<Response<Bytes>, ureq::Error> {
        let (head, body) = request.into_parts();
        let answer = self.agent.run(Request::from_parts(head, &body[..]))?;
        let (head, mut body) = answer.into_parts();
        let body = body.with_config().limit(ANSWER_BYTES_MAX).read_to_vec()?;
        Ok(Response::from_parts(head, Bytes::from(body)))
    }

    fn tell(&self, address: &str, fault: Option<String>) {
        let was_out = self.is_out.swap(fault.is_some(), Ordering::Relaxed);
        match fault {
            Some(cause) if !was_out => tracing::warn!("telemetry does not reach {address}: {cause}"),
            None if was_out => tracing::info!("telemetry reaches {address} again"),
            _ => {}
        }
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let address = request.uri().to_string();
        let answer = self.post(request);
        let fault = match &answer {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("it answers {}", answer.status())),
            Err(error) => Some(error.to_string()),
        };
        self.tell(&address, fault);
        Ok(answer?)
    }
}

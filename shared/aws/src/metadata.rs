//! What the instance metadata service (version 2) says of the host: where it is, and whether it is about to be taken away. Owns
//! the paths, and the patience: where there is no such service, it is off after the first look. The token and the endpoint's
//! settings are the SDK's.

use std::fmt;
use std::time::Duration;

use aws_config::imds::Client;
use aws_config::imds::client::error::ImdsError;
use aws_config::provider_config::ProviderConfig;
use fleet_core::time::Timestamp;
use serde_json::Value;

use crate::fault::with_causes;

/// Between two looks: a spot instance has two minutes left when its notice comes.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Longest wait for the service, which answers from the host itself.
const ANSWER_LIMIT: Duration = Duration::from_secs(1);
/// Looks in a row that reach nobody, after which there is taken to be no such service.
const UNREACHED_MAX: u32 = 3;

const SPOT: &str = "/latest/meta-data/spot/instance-action";
const LIFECYCLE: &str = "/latest/meta-data/autoscaling/target-lifecycle-state";

/// Where the metadata service is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MetadataSettings {
    /// Its endpoint; the usual one when absent.
    pub endpoint: Option<String>,
    /// Whether it is not to be asked.
    pub disabled: bool,
}

impl MetadataSettings {
    /// As `AWS_EC2_METADATA_SERVICE_ENDPOINT` and `AWS_EC2_METADATA_DISABLED` say.
    #[must_use]
    pub fn from_env() -> Self {
        let value = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
        let disabled = value("AWS_EC2_METADATA_DISABLED");
        Self {
            endpoint: value("AWS_EC2_METADATA_SERVICE_ENDPOINT"),
            disabled: disabled.is_some_and(|value| value.eq_ignore_ascii_case("true")),
        }
    }
}

/// Asks the metadata service of this host.
#[derive(Debug, Clone)]
pub struct Metadata {
    client: Option<Client>,
    look_every: Duration,
}

/// Why the host is about to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leaving {
    /// EC2 takes the spot instance back.
    Spot {
        /// `terminate`, `stop` or `hibernate`.
        action: String,
        /// When.
        at: Option<Timestamp>,
    },
    /// The Auto Scaling group terminates the instance.
    Lifecycle,
}

/// A look that reached nobody.
struct Unreached;

impl Metadata {
    /// Asks nobody yet.
    ///
    /// # Errors
    /// When the endpoint is no URI; it is told what it was.
    pub fn new(settings: MetadataSettings) -> Result<Self, BadEndpoint> {
        if settings.disabled {
            return Ok(Self { client: None, look_every: LOOK_EVERY });
        }
        // It speaks plain HTTP, from the host itself.
        let http = aws_smithy_http_client::Builder::new().build_http();
        let mut client = Client::builder()
            .configure(&ProviderConfig::without_region().with_http_client(http))
            .max_attempts(1)
            .connect_timeout(ANSWER_LIMIT)
            .read_timeout(ANSWER_LIMIT)
            .operation_timeout(ANSWER_LIMIT * 3)
            .operation_attempt_timeout(ANSWER_LIMIT * 2);
        if let Some(endpoint) = settings.endpoint {
            client = client.endpoint(&endpoint).map_err(|_| BadEndpoint(endpoint))?;
        }
        Ok(Self { client: Some(client.build()), look_every: LOOK_EVERY })
    }

    /// With another time between two looks.
    #[must_use]
    pub fn looking_every(self, look_every: Duration) -> Self {
        Self { look_every, ..self }
    }

    /// The host's instance id; nothing where there is no such service.
    pub async fn instance_id(&self) -> Option<String> {
        self.ask("/latest/meta-data/instance-id").await.ok().flatten()
    }

    /// Waits until there is a reason for the host to go that is not among the `known`; for ever where there is no such service.
    pub async fn watch(&self, known: &[Leaving]) -> Leaving {
        let (mut unreached, mut was_reached) = (0, false);
        loop {
            match self.look(known).await {
                Ok(Some(leaving)) => return leaving,
                Ok(None) => was_reached = true,
                Err(Unreached) => unreached += 1,
            }
            if !was_reached && unreached >= UNREACHED_MAX {
                tracing::debug!("there is no instance metadata service here");
                return std::future::pending().await;
            }
            tokio::time::sleep(self.look_every).await;
        }
    }

    async fn look(&self, known: &[Leaving]) -> Result<Option<Leaving>, Unreached> {
        if !known.iter().any(|leaving| matches!(leaving, Leaving::Spot { .. })) {
            let notice = self.ask(SPOT).await?;
            if let Some(notice) = notice {
                return Ok(Some(spot(&notice)));
            }
        }
        if known.contains(&Leaving::Lifecycle) {
            return Ok(None);
        }
        let state = self.ask(LIFECYCLE).await?;
        // `Terminated`, or `Warmed:Terminated` from a warm pool.
        Ok(state.filter(|state| state.trim().ends_with("Terminated")).map(|_| Leaving::Lifecycle))
    }

    /// The text at a path; nothing where there is none.
    async fn ask(&self, path: &str) -> Result<Option<String>, Unreached> {
        let Some(client) = &self.client else { return Err(Unreached) };
        match client.get(path).await {
            Ok(text) => Ok(Some(String::from(text)).filter(|text| !text.is_empty())),
            Err(ImdsError::ErrorResponse(refused)) if refused.response().status().as_u16() == 404 => Ok(None),
            Err(error) => {
                tracing::debug!(path, error = %with_causes(&error), "no instance metadata");
                Err(Unreached)
            }
        }
    }
}

/// An endpoint that is no URI.
#[derive(Debug, thiserror::Error)]
#[error("reach the instance metadata service at `{0}`: it is no URI")]
pub struct BadEndpoint(String);

/// Reads `{"action": "terminate", "time": "2026-11-22T02:00:00Z"}`. A notice that cannot be read is one all the same.
fn spot(notice: &str) -> Leaving {
    let notice: Value = serde_json::from_str(notice).unwrap_or_default();
    let at = notice["time"].as_str().and_then(|time| Timestamp::parse(time).ok());
    Leaving::Spot { action: notice["action"].as_str().unwrap_or("terminate").to_owned(), at }
}

impl fmt::Display for Leaving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spot { action, at: Some(at) } => {
                write!(f, "EC2 takes this spot instance back ({action}) at {at}")
            }
            Self::Spot { action, at: None } => write!(f, "EC2 takes this spot instance back ({action})"),
            Self::Lifecycle => f.write_str("the Auto Scaling group terminates this instance"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices() {
        let check = |notice: &str, expect: &str| assert_eq!(spot(notice).to_string(), expect);
        check(
            r#"{"action": "terminate", "time": "2026-11-22T02:00:00Z"}"#,
            "EC2 takes this spot instance back (terminate) at 2026-11-22T02:00:00.000Z",
        );
        check(r#"{"action": "stop"}"#, "EC2 takes this spot instance back (stop)");
        check("soon", "EC2 takes this spot instance back (terminate)");
    }
}

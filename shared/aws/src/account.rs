//! The way into an account: region, credentials and endpoint as every AWS tool finds them (`AWS_*`, profiles, instance and
//! container roles), and how the clients of all services behave. Owns time limits. Changes nothing of what the environment
//! says, `AWS_ENDPOINT_URL` included.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_secretsmanager::config::Credentials;
use aws_smithy_http_client::tls;

use crate::secrets::Hidden;
use crate::stack::Stack;

/// Longest time for a connection to an endpoint.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);
/// Longest time for one try of a call. A long poll waits 20 s, and one whose answer got lost must not hang for ever, as
/// `receive_message` is known to.
const TRY_LIMIT: Duration = Duration::from_secs(30);
/// The same of a call that waits for nothing and carries little: a worker renews its lease within seconds or loses it, and an
/// invocation of the dispatcher has to be over within seconds, also when a connection died while it was frozen.
pub(crate) const PROMPT_LIMIT: Duration = Duration::from_secs(8);

/// Where keys come from that the caller gives, as the SDK's logs name it.
const KEYS_GIVEN: &str = "settings";

/// Which account, and which fleet in it.
#[derive(Debug, Clone, Default)]
pub struct AccountSettings {
    /// The fleet.
    pub stack: Stack,
    /// Profile of the AWS configuration files; `AWS_PROFILE` or the default when absent.
    pub profile: Option<String>,
    /// Region; from the environment or the profile when absent.
    pub region: Option<String>,
    /// Where all services are reached, such as `http://127.0.0.1:5000`; as `AWS_ENDPOINT_URL` and the profile say when absent.
    pub endpoint: Option<String>,
    /// Keys of an IAM identity; as every AWS tool finds them when absent.
    pub keys: Option<AccessKeys>,
}

/// Keys of an IAM identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKeys {
    /// The key's id.
    pub id: String,
    /// The key.
    pub secret: Hidden,
    /// Token of temporary keys.
    pub session_token: Option<Hidden>,
}

/// An account, a region in it, and the stack there.
#[derive(Debug, Clone)]
pub struct Account {
    pub(crate) config: SdkConfig,
    pub(crate) stack: Stack,
}

/// Nothing says which region is meant.
#[derive(Debug, thiserror::Error)]
#[error("find the AWS region: set AWS_REGION, name one with --region, or give the profile one")]
pub struct NoRegion;

impl Account {
    /// Reads the configuration. Asks nobody for credentials yet: the first call does.
    ///
    /// # Errors
    /// [`NoRegion`]
    pub async fn open(settings: AccountSettings) -> Result<Self, NoRegion> {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
            .build_https();
        let limits =
            TimeoutConfig::builder().connect_timeout(CONNECT_LIMIT).operation_attempt_timeout(TRY_LIMIT);
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http)
            .timeout_config(limits.build())
            // It has broken long polls, and what it guards against, the limit above does too.
            .stalled_stream_protection(
                aws_config::stalled_stream_protection::StalledStreamProtectionConfig::disabled(),
            );
        if let Some(profile) = settings.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = settings.region {
            loader = loader.region(Region::new(region));
        }
        if let Some(endpoint) = settings.endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        if let Some(keys) = settings.keys {
            let token = keys.session_token.map(|token| token.expose().to_owned());
            let keys = Credentials::new(keys.id, keys.secret.expose(), token, None, KEYS_GIVEN);
            loader = loader.credentials_provider(keys);
        }
        let config = loader.load().await;
        if config.region().is_none() {
            return Err(NoRegion);
        }
        Ok(Self { config, stack: settings.stack })
    }

    /// The configuration for services that answer at once.
    pub(crate) fn prompt(&self) -> SdkConfig {
        let limits =
            TimeoutConfig::builder().connect_timeout(CONNECT_LIMIT).operation_attempt_timeout(PROMPT_LIMIT);
        self.config.clone().into_builder().timeout_config(limits.build()).build()
    }

    /// The stack.
    #[must_use]
    pub fn stack(&self) -> &Stack {
        &self.stack
    }

    /// The region's name.
    #[must_use]
    pub fn region(&self) -> &str {
        self.config.region().map_or("", Region::as_ref)
    }
}

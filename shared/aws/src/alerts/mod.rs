//! The announcer over SNS and EventBridge. Owns which topic an alert goes to and what happens when that one is no good. What
//! subscribers read is `message`'s and `notification`'s; who subscribes is the operators' affair.

mod cut;
mod message;
mod notification;

use async_trait::async_trait;
use aws_config::Region;
use aws_sdk_sns::Client;
use aws_sdk_sns::error::ProvideErrorMetadata as _;
use aws_sdk_sns::types::MessageAttributeValue;
use fleet_core::alert::{Alert, StatusChange};
use fleet_core::ports::PortError;

pub use notification::Notification;

use crate::account::Account;
use crate::arn::{self, Home};
use crate::bus::Bus;
use crate::fault::port_error;
use crate::queue::Queue;

/// Codes that say that this topic will take no alert as things are: it is not there, or not for us.
const UNUSABLE: &[&str] = &[
    "NotFound",
    "NotFoundException",
    "InvalidParameter",
    "InvalidParameterException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "KMSAccessDenied",
    "KMSDisabled",
    "KMSInvalidState",
    "KMSNotFound",
];

/// Publishes alerts to SNS and status changes to the bus.
///
/// An alert whose workflow names a topic that cannot be used goes to the stack's own, and says so: it must not be lost to a
/// slip of the pen, nor hold up the execution that it is about.
#[derive(Debug, Clone)]
pub struct Announcer {
    client: Client,
    bus: Bus,
    home: Home,
    default_topic: String,
}

/// Why a topic took no alert.
struct Unpublished {
    is_topics_fault: bool,
    error: PortError,
}

impl Announcer {
    /// The announcer of the account's stack; `queue` is any of its queues, which tells the account's number. Asks nothing yet.
    #[must_use]
    pub fn new(account: &Account, queue: &Queue) -> Self {
        let home = queue.home().clone();
        let default_topic = home.arn("sns", &account.stack().alerts_topic());
        Self { client: Client::new(&account.prompt()), bus: Bus::new(account), home, default_topic }
    }

    /// A topic is named by its ARN, or by its name when it is in the same account and region.
    fn topic_arn(&self, topic: &str) -> String {
        if topic.starts_with("arn:") { topic.to_owned() } else { self.home.arn("sns", topic) }
    }

    async fn publish(&self, topic: &str, alert: &Alert) -> Result<(), Unpublished> {
        let call = self.client.publish().topic_arn(topic).message_structure("json");
        let mut call = call.subject(message::subject(alert)).message(message::message(alert));
        for (name, value) in message::attributes(alert) {
            let value = MessageAttributeValue::builder().data_type("String").string_value(value);
            call = call.message_attributes(name, value.build().expect("the type is set"));
        }
        let config = aws_sdk_sns::Config::builder();
        // SNS takes messages for its own region's topics only.
        let config = match arn::region_of(topic) {
            Some(region) => config.region(Region::new(region.to_owned())),
            None => config,
        };
        let answer = call.customize().config_override(config).send().await;
        answer.map(|_| ()).map_err(|error| Unpublished {
            is_topics_fault: error.code().is_some_and(|code| UNUSABLE.contains(&code)),
            error: port_error(format!("publish an alert to topic `{topic}`"), error),
        })
    }
}

#[async_trait]
impl fleet_core::ports::Announcer for Announcer {
    async fn alert(&self, alert: &Alert) -> Result<(), PortError> {
        let wanted = alert.topic.as_deref().map(|topic| self.topic_arn(topic));
        let topic = wanted.as_deref().unwrap_or(&self.default_topic);
        let Err(unpublished) = self.publish(topic, alert).await else { return Ok(()) };
        if topic == self.default_topic || !unpublished.is_topics_fault {
            return Err(unpublished.error);
        }
        tracing::error!(error = %unpublished.error, workflow = %alert.workflow_id, "the alert goes to the stack's own topic");
        let message = format!("{} (this came here since we failed to {})", alert.message, unpublished.error);
        let rerouted = Alert { message, ..alert.clone() };
        self.publish(&self.default_topic, &rerouted).await.map_err(|unpublished| unpublished.error)
    }

    async fn announce(&self, changes: &[StatusChange]) -> Result<(), PortError> {
        let entries = changes.iter().map(|change| {
            let (detail_type, detail) = detail_of(change);
            self.bus.entry(&detail_type, detail)
        });
        self.bus.put(entries.collect()).await.map(|_| ())
    }
}

/// The change's own name for itself becomes the detail type; the rest is the detail.
fn detail_of(change: &StatusChange) -> (String, String) {
    let mut detail = serde_json::to_value(change).expect("a status change holds only texts");
    let detail_type = detail.as_object_mut().and_then(|fields| fields.remove("detail_type"));
    let detail_type = detail_type.and_then(|name| name.as_str().map(str::to_owned));
    (detail_type.unwrap_or_default(), detail.to_string())
}

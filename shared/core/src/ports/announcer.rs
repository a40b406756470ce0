//! Telling people and other systems.

use async_trait::async_trait;

use super::PortError;
use crate::alert::{Alert, StatusChange};

/// Publishes alerts and status changes. Both may be published twice; neither may be lost once the call returned.
#[async_trait]
pub trait Announcer: Send + Sync {
    /// Publishes one alert.
    ///
    /// # Errors
    /// [`PortError`]; the caller tries again before it forgets the alert.
    async fn alert(&self, alert: &Alert) -> Result<(), PortError>;

    /// Publishes status changes, for chaining and users' own rules.
    ///
    /// # Errors
    /// [`PortError`]; the caller tries again.
    async fn announce(&self, changes: &[StatusChange]) -> Result<(), PortError>;
}

//! Alerts on the operator's screen, beside what the local notifier does with them. Owns the printing alone.

use async_trait::async_trait;
use fleet_core::alert::{Alert, StatusChange};
use fleet_core::ports::{Announcer, PortError};
use fleet_embedded::LocalAnnouncer;

use crate::output::remark;

/// Prints alerts as remarks, and hands everything on.
pub(super) struct ScreenAnnouncer {
    /// Whether alerts are printed.
    pub(super) print: bool,
    /// Keeps alerts in a file and posts them.
    pub(super) kept: LocalAnnouncer,
}

#[async_trait]
impl Announcer for ScreenAnnouncer {
    async fn alert(&self, alert: &Alert) -> Result<(), PortError> {
        self.kept.alert(alert).await?;
        // Only now: until the alert is kept, its caller comes again.
        if self.print {
            remark(&alert.text());
        }
        Ok(())
    }

    async fn announce(&self, changes: &[StatusChange]) -> Result<(), PortError> {
        self.kept.announce(changes).await
    }
}

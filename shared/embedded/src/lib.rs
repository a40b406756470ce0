//! The embedded mode: everything that the fleet needs from the outside, on one machine and behind the ports of
//! `fleet-core`.
//!
//! Owns the SQLite store with its queues and roster, the file logs, the local notifier and the local scheduler. Knows no rule of
//! readiness or retry: it keeps conditions and counts exactly as the ports ask.

mod cron;
mod lines;
mod logs;
mod notify;
mod queue;
mod sqlite;

pub use cron::{Scheduler, Turned};
pub use logs::{FileLogs, Follower, LogPage};
pub use notify::{LocalAnnouncer, NotifySettings, WebhookError};
pub use queue::{DeadLetter, Queue, QueueDepth, QueueSettings};
pub use sqlite::{OpenError, Roster, Store};

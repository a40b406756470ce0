//! Messages that were delivered too often, of all queues of a fleet. Owns reading them and putting them back. Settling the
//! jobs of dead job messages is the dispatcher's.

use fleet_core::time::Timestamp;
use serde::Serialize;

#[cfg(feature = "aws")]
use super::graves;
use super::{Fleet, Home};

/// Most messages shown or put back at once.
pub(super) const LETTERS_MAX: usize = 1_000;

/// One such message, for people and programs.
#[derive(Debug, Serialize)]
pub(crate) struct Letter {
    /// The queue in which it died.
    pub(crate) queue: String,
    /// Its name.
    pub(crate) id: String,
    /// When it was sent.
    pub(crate) sent_at: Timestamp,
    /// Its text.
    pub(crate) body: String,
}

impl Fleet {
    /// The dead letters, oldest first in each queue.
    ///
    /// # Errors
    /// When a queue cannot be read.
    pub(crate) async fn dead_letters(&self) -> anyhow::Result<Vec<Letter>> {
        match &self.home {
            Home::Embedded(embedded) => {
                let mut letters = Vec::new();
                for queue in [&embedded.events, &embedded.jobs] {
                    let name = || queue.name().to_owned();
                    let dead = queue.dead(LETTERS_MAX).await?.into_iter();
                    letters.extend(dead.map(|letter| Letter {
                        queue: name(),
                        id: letter.id.0,
                        sent_at: letter.sent_at,
                        body: letter.body,
                    }));
                }
                Ok(letters)
            }
            #[cfg(feature = "aws")]
            Home::Aws(aws) => graves::letters(aws).await,
        }
    }

    /// Puts dead letters back into their queues and tells how many.
    ///
    /// # Errors
    /// When a queue cannot be read or written.
    pub(crate) async fn redrive(&self) -> anyhow::Result<usize> {
        match &self.home {
            Home::Embedded(embedded) => {
                let mut redriven = 0;
                for queue in [&embedded.events, &embedded.jobs] {
                    redriven += queue.redrive(LETTERS_MAX).await?;
                }
                Ok(redriven)
            }
            #[cfg(feature = "aws")]
            Home::Aws(aws) => graves::redrive(aws).await,
        }
    }
}

//! A queue with the manners of SQS: no order, at least once, visibility timeouts, delays, a dead-letter queue. Owns which
//! message a call touches. Does not wait: who polls does.

use fleet_core::ports::{BATCH_MAX, DELAY_MAX, Delivery, MessageId, Outgoing, PortError, Receipt};
use fleet_core::time::{Millis, Timestamp};

/// How a queue is set up.
#[derive(Debug, Clone, Copy)]
pub struct QueueSettings {
    /// How long a received message is hidden.
    pub visibility: Millis,
    /// Deliveries before a message goes to the dead letters; never without.
    pub receives_max: Option<u32>,
}

/// How badly it behaves, as chances of one. All are documented for standard queues.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manners {
    /// A received message is not hidden, and comes to somebody else as well.
    pub duplicates: f64,
    /// A deleted message comes again: one of its copies was out of reach.
    pub comes_again: f64,
    /// An old receipt works all the same.
    pub old_receipts_work: f64,
    /// A message is visible later than it should be.
    pub late: f64,
}

/// Longest time by which a late message is late.
const LATE_MAX_MS: u64 = 20_000;

/// A message that is not deleted.
#[derive(Debug, Clone)]
pub struct Message {
    id: u64,
    /// Its text.
    pub body: String,
    trace: Option<String>,
    sent_at: Timestamp,
    /// Until when nobody receives it.
    pub visible_at: Timestamp,
    /// How often it has been received.
    pub receives: u32,
    turn: u64,
}

/// The messages of one queue.
#[derive(Debug)]
pub struct Queue {
    settings: QueueSettings,
    messages: Vec<Message>,
    /// Those that were received too often, until somebody takes them.
    dead: Vec<Outgoing>,
    sent: u64,
}

impl Queue {
    /// An empty queue.
    #[must_use]
    pub fn new(settings: QueueSettings) -> Self {
        Self { settings, messages: Vec::new(), dead: Vec::new(), sent: 0 }
    }

    /// Whether a batch is one that SQS takes.
    ///
    /// # Errors
    /// [`PortError::Refused`] when it has too many messages, or one is delayed for too long.
    pub fn takes(batch: &[Outgoing]) -> Result<(), PortError> {
        if batch.len() <= BATCH_MAX && batch.iter().all(|message| message.delay <= DELAY_MAX) {
            return Ok(());
        }
        let cause = format!("a batch has {BATCH_MAX} messages at most, each delayed for {DELAY_MAX} at most");
        Err(PortError::Refused { what: "send".to_owned(), cause })
    }

    /// Adds a message; the name that it keeps.
    pub fn send(
        &mut self,
        message: &Outgoing,
        now: Timestamp,
        manners: Manners,
        dice: &mut fastrand::Rng,
    ) -> String {
        self.sent += 1;
        let late = if dice.f64() < manners.late { Millis(dice.u64(0..LATE_MAX_MS)) } else { Millis(0) };
        self.messages.push(Message {
            id: self.sent,
            body: message.body.clone(),
            trace: message.trace.clone(),
            sent_at: now,
            visible_at: now + message.delay + late,
            receives: 0,
            turn: 0,
        });
        format!("m{}", self.sent)
    }

    /// Takes some visible messages, `max` at most, in no order. Those received too often go to the dead letters instead.
    pub fn receive(
        &mut self,
        max: usize,
        now: Timestamp,
        manners: Manners,
        dice: &mut fastrand::Rng,
    ) -> Vec<Delivery> {
        self.bury(now);
        let visible = |(at, message): (usize, &Message)| (message.visible_at <= now).then_some(at);
        let mut picked: Vec<usize> = self.messages.iter().enumerate().filter_map(visible).collect();
        dice.shuffle(&mut picked);
        picked.truncate(max);
        let visibility = self.settings.visibility;
        let mut deliver = |at: usize| {
            let message = &mut self.messages[at];
            let twice = dice.f64() < manners.duplicates;
            message.receives += 1;
            message.turn += 1;
            message.visible_at = if twice { now } else { now + visibility };
            Delivery {
                id: MessageId(format!("m{}", message.id)),
                receipt: Receipt(format!("{}-{}", message.id, message.turn)),
                body: message.body.clone(),
                received: message.receives,
                sent_at: message.sent_at,
                trace: message.trace.clone(),
            }
        };
        picked.into_iter().map(&mut deliver).collect()
    }

    fn bury(&mut self, now: Timestamp) {
        let Some(max) = self.settings.receives_max else { return };
        let dead = |message: &Message| message.visible_at <= now && message.receives >= max;
        let letters = self.messages.iter().filter(|message| dead(message));
        let letters =
            letters.map(|message| Outgoing::now(message.body.clone()).in_trace(message.trace.clone()));
        self.dead.extend(letters);
        self.messages.retain(|message| !dead(message));
    }

    /// Takes the messages that have died since the last call.
    pub fn take_dead(&mut self) -> Vec<Outgoing> {
        std::mem::take(&mut self.dead)
    }

    /// Hides a received message until `until`.
    pub fn hide(&mut self, receipt: &Receipt, until: Timestamp, manners: Manners, dice: &mut fastrand::Rng) {
        if let Some(at) = self.position(receipt, manners, dice) {
            self.messages[at].visible_at = until;
        }
    }

    /// Deletes a received message.
    pub fn delete(&mut self, receipt: &Receipt, now: Timestamp, manners: Manners, dice: &mut fastrand::Rng) {
        let Some(at) = self.position(receipt, manners, dice) else { return };
        if dice.f64() < manners.comes_again {
            self.messages[at].visible_at = now + self.settings.visibility;
        } else {
            self.messages.swap_remove(at);
        }
    }

    fn position(&self, receipt: &Receipt, manners: Manners, dice: &mut fastrand::Rng) -> Option<usize> {
        let (id, turn) = receipt.0.split_once('-')?;
        let (id, turn): (u64, u64) = (id.parse().ok()?, turn.parse().ok()?);
        let at = self.messages.iter().position(|message| message.id == id)?;
        let latest = self.messages[at].turn == turn;
        (latest || dice.f64() < manners.old_receipts_work).then_some(at)
    }

    /// When the next message becomes visible.
    #[must_use]
    pub fn next_visible(&self) -> Option<Timestamp> {
        self.messages.iter().map(|message| message.visible_at).min()
    }

    /// All messages, hidden ones included.
    #[must_use]
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// The texts of all messages, hidden ones included.
    pub fn bodies(&self) -> impl Iterator<Item = &str> {
        self.messages.iter().map(|message| message.body.as_str())
    }
}

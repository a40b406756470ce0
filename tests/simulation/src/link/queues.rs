//! A queue of a process: batches that may be carried out in part, long polls, deliveries that the caller never sees.

use async_trait::async_trait;
use fleet_core::ports::{Delivery, Outgoing, PortError, Queue, Receipt};
use fleet_core::time::Millis;
use tokio::time::Instant;

use super::{Answer, Caller, Kind, Link, after};
use crate::watch::may_be_deleted;
use crate::world::{Lasting, QueueName};

/// One queue, as a process uses it.
#[derive(Clone)]
pub(crate) struct QueueLink {
    link: Link,
    name: QueueName,
}

impl Link {
    /// A queue for this process.
    pub(crate) fn queue(&self, name: QueueName) -> QueueLink {
        QueueLink { link: self.clone(), name }
    }
}

impl QueueLink {
    /// How many of a batch are carried out; fewer than all is an error.
    fn part(&self, all: usize) -> usize {
        let partial = self.link.world.with(|lasting| lasting.weather.partial);
        self.link.roll(|dice| if all > 1 && dice.f64() < partial { dice.usize(1..all) } else { all })
    }

    async fn poll(&self, max: usize) -> Answer<Vec<Delivery>> {
        let (name, seed) = (self.name, self.link.roll(|dice| dice.u64(..)));
        let deliveries = self
            .link
            .call("receive", Kind::Single, move |lasting, caller| {
                Ok(lasting.receive(caller, name, max, &mut fastrand::Rng::with_seed(seed)))
            })
            .await?;
        // Whoever waits at the grave is woken like by any other message.
        if let Some(grave) = self.name.grave() {
            self.link.world.arrivals(grave).notify_waiters();
        }
        Ok(deliveries)
    }
}

fn in_part(what: &str, all: usize, part: usize) -> Answer<()> {
    if part == all {
        return Ok(());
    }
    let cause = format!("{part} of {all} were carried out");
    Err(PortError::Unavailable { what: what.to_owned(), cause })
}

#[async_trait]
impl Queue for QueueLink {
    async fn send(&self, messages: &[Outgoing]) -> Answer<()> {
        let (name, seed) = (self.name, self.link.roll(|dice| dice.u64(..)));
        let (all, part) = (messages.len(), self.part(messages.len()));
        let batch = messages[..part].to_vec();
        let world = std::sync::Arc::clone(&self.link.world);
        let sent = move |lasting: &mut Lasting, caller: &Caller| {
            lasting.send(caller, name, &batch, &mut fastrand::Rng::with_seed(seed));
            world.arrivals(name).notify_waiters();
            Ok(())
        };
        self.link.call("send", Kind::Single, sent).await?;
        in_part("send", all, part)
    }

    async fn receive(&self, max: usize, wait: Millis) -> Answer<Vec<Delivery>> {
        let deadline = Instant::now() + wait.to_std();
        loop {
            let mut arrival = std::pin::pin!(self.link.world.arrivals(self.name).notified());
            arrival.as_mut().enable();
            let deliveries = self.poll(max).await?;
            if !deliveries.is_empty() || Instant::now() >= deadline {
                return Ok(deliveries);
            }
            let next = self.link.world.with(|lasting| lasting.queues[self.name as usize].next_visible());
            let next = next.map_or(deadline, |time| self.link.world.instant(time).min(deadline));
            tokio::select! {
                biased;
                () = arrival => {}
                () = tokio::time::sleep_until(next) => {}
            }
        }
    }

    async fn hide(&self, receipt: &Receipt, span: Millis) -> Answer<()> {
        let (name, receipt, seed) = (self.name, receipt.clone(), self.link.roll(|dice| dice.u64(..)));
        let world = std::sync::Arc::clone(&self.link.world);
        self.link
            .call("hide", Kind::Single, move |lasting, caller| {
                let (until, manners) = (after(caller, span), lasting.weather.manners);
                let line = || format!("hides {name:?} {} for {span}", receipt.0);
                lasting.trace.say(caller.now, &caller.name, line);
                let queue = &mut lasting.queues[name as usize];
                queue.hide(&receipt, until, manners, &mut fastrand::Rng::with_seed(seed));
                world.arrivals(name).notify_waiters();
                Ok(())
            })
            .await
    }

    async fn delete(&self, receipts: &[Receipt]) -> Answer<()> {
        let (name, seed) = (self.name, self.link.roll(|dice| dice.u64(..)));
        let (all, part) = (receipts.len(), self.part(receipts.len()));
        let batch = receipts[..part].to_vec();
        self.link
            .call("delete", Kind::Single, move |lasting, caller| {
                let (manners, mut dice) = (lasting.weather.manners, fastrand::Rng::with_seed(seed));
                for receipt in &batch {
                    let line = || format!("deletes {name:?} {}", receipt.0);
                    lasting.trace.say(caller.now, &caller.name, line);
                    if name == QueueName::Jobs {
                        let rule = may_be_deleted(lasting, caller, receipt);
                        lasting.hold(rule);
                    }
                    lasting.queues[name as usize].delete(receipt, caller.now, manners, &mut dice);
                }
                Ok(())
            })
            .await?;
        in_part("delete", all, part)
    }
}

impl Lasting {
    fn send(&mut self, caller: &Caller, name: QueueName, batch: &[Outgoing], dice: &mut fastrand::Rng) {
        for message in batch {
            let id = self.queues[name as usize].send(message, caller.now, self.weather.manners, dice);
            let line = || format!("sends {name:?} {id} {} in {}", message.body, message.delay);
            self.trace.say(caller.now, &caller.name, line);
        }
    }

    fn receive(
        &mut self,
        caller: &Caller,
        name: QueueName,
        max: usize,
        dice: &mut fastrand::Rng,
    ) -> Vec<Delivery> {
        let manners = self.weather.manners;
        let deliveries = self.queues[name as usize].receive(max, caller.now, manners, dice);
        for delivery in &deliveries {
            let line = || format!("receives {name:?} {} {}", delivery.receipt.0, delivery.body);
            self.trace.say(caller.now, &caller.name, line);
        }
        if let Some(grave) = name.grave() {
            for letter in self.queues[name as usize].take_dead() {
                let line = || format!("{name:?}: dead {}", letter.body);
                self.trace.say(caller.now, &caller.name, line);
                self.queues[grave as usize].send(&letter, caller.now, manners, dice);
            }
        }
        deliveries
    }
}

//! Queues that break one rule each.

use async_trait::async_trait;
use fleet_core::ports::{Delivery, Outgoing, PortError, Queue, Receipt};
use fleet_core::time::Millis;

use super::is_noticed;
use crate::contract::run_queue_suite;

/// The rule that is broken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    DelaysAreDropped,
    DeletesAreDropped,
    HidesAreDropped,
    AMessageOfABatchIsLost,
    EveryDeliveryIsTheFirst,
    NothingIsHidden,
    LongBatchesAreTaken,
}

struct Broken {
    inner: fleet_embedded::Queue,
    fault: Fault,
}

#[async_trait]
impl Queue for Broken {
    async fn send(&self, messages: &[Outgoing]) -> Result<(), PortError> {
        match self.fault {
            Fault::DelaysAreDropped => {
                let at_once = |message: &Outgoing| Outgoing { delay: Millis(0), ..message.clone() };
                self.inner.send(&messages.iter().map(at_once).collect::<Vec<_>>()).await
            }
            Fault::AMessageOfABatchIsLost if messages.len() > 5 => self.inner.send(&messages[1..]).await,
            Fault::LongBatchesAreTaken => fleet_core::ports::send_in_batches(&self.inner, messages).await,
            _ => self.inner.send(messages).await,
        }
    }

    async fn receive(&self, max: usize, wait: Millis) -> Result<Vec<Delivery>, PortError> {
        // The suite waits long for what must come; here it does not come.
        let mut found = self.inner.receive(max, wait.min(Millis(50))).await?;
        for delivery in &mut found {
            if self.fault == Fault::EveryDeliveryIsTheFirst {
                delivery.received = 1;
            }
            if self.fault == Fault::NothingIsHidden {
                self.inner.hide(&delivery.receipt, Millis(0)).await?;
            }
        }
        Ok(found)
    }

    async fn hide(&self, receipt: &Receipt, span: Millis) -> Result<(), PortError> {
        if self.fault == Fault::HidesAreDropped {
            return Ok(());
        }
        self.inner.hide(receipt, span).await
    }

    async fn delete(&self, receipts: &[Receipt]) -> Result<(), PortError> {
        if self.fault == Fault::DeletesAreDropped {
            return Ok(());
        }
        self.inner.delete(receipts).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn queues_that_break_a_rule_are_noticed() {
    let faults = [
        (Fault::DelaysAreDropped, "a_delayed_message_comes_later"),
        (Fault::DeletesAreDropped, "a_deleted_message_never_comes_again"),
        (Fault::HidesAreDropped, "a_message_can_be_shown_at_once"),
        (Fault::AMessageOfABatchIsLost, "a_batch_arrives_whole"),
        (Fault::EveryDeliveryIsTheFirst, "a_received_message_is_hidden_and_comes_again"),
        (Fault::NothingIsHidden, "a_stale_receipt_does_nothing"),
        (Fault::LongBatchesAreTaken, "a_batch_beyond_the_limit_is_refused"),
    ];
    for (fault, check) in faults {
        let report = run_queue_suite(|inner| Box::new(Broken { inner, fault })).await;
        is_noticed(&format!("{fault:?}"), &report, check);
    }
}

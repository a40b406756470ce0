//! What lasts, in memory: the store's rows with the conditions of the contract, and queues with the manners of SQS. Pure
//! state machines: the time and the dice are arguments, and nothing here fails by itself.

mod queue;
mod store;
mod telling;

pub use queue::{Manners, Queue, QueueSettings};
pub use store::{Entry, Store};

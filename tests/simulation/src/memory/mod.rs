//! What lasts, in memory: the store's rows with the conditions of the contract, and queues with the manners of SQS. Pure
//! state machines: the time and the dice are arguments, and nothing here fails by itself. `SharedStore` and `SharedQueue`
//! are the same behind the ports, for the tests of others.

mod faults;
mod queue;
mod shared_queue;
mod shared_store;
mod store;
mod telling;
mod trail;

pub use faults::{Faults, Reliable};
pub use queue::{Manners, Message, Queue, QueueSettings};
pub use shared_queue::SharedQueue;
pub use shared_store::SharedStore;
pub use store::{Entry, Jobs, Store};
pub use trail::Trail;

//! Tests of the embedded adapters from the outside, in one executable: the contract suites first, then what each adapter
//! does beyond them.

mod broken;
mod common;
mod contract;
mod cron;
mod logs;
mod notify;
mod queue;
mod roster;
mod sqlite;

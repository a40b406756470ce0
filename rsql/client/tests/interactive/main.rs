//! rsql with a person at a terminal: what psql shows in the same dialog, and what only line editing has.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, its helpers too")]

mod edited;
mod plain;
mod terminal;

//! The worker against ports in memory, with time turned by hand, and against a real PostgreSQL. Owns no rule: it checks
//! that what `fleet_core::state` decides is carried out, in order, whatever fails on the way.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that meets the unexpected ends there")]

mod attempts;
mod claims;
mod drain;
mod logs;
mod older;
mod places;
mod preconditions;
mod reuse;
mod scripts;
mod site;
mod support;

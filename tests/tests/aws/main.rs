//! The fleet on AWS from end to end: events on a bus, the real dispatcher under Lambda's protocol, real worker processes, all
//! of AWS on a local endpoint, and a real PostgreSQL as the warehouse.

#![expect(clippy::panic, reason = "a test may panic")]

mod agent;
mod bucket;
mod cost;
mod deliveries;
mod demo;
mod emulation;
mod faults;
mod iam;
mod older_faults;
mod older_scripts;
mod outages;
mod support;
mod telemetry;

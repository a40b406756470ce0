//! Helpers shared by the tests of the whole workspace: the executables, a private PostgreSQL, a local AWS endpoint with
//! what plays the rest of AWS around it, worker processes, what tables and subscribers have seen, a collector of telemetry, a small disk,
//! one way of waiting, and the source tree with the rules that hold its architecture.
//!
//! It depends on none of the product's crates, so that each of them may use it in its own tests. It holds no
//! tests of the product; those lie in `tests/tests/` and beside the code.

pub mod alerts;
pub mod aws_client;
pub mod aws_event_source;
pub mod aws_proxy;
pub mod binaries;
pub mod disk;
pub mod host;
pub mod http;
pub mod lambda;
pub mod moto;
pub mod otlp;
pub mod postgres;
pub mod rules;
pub mod seen;
pub mod tree;
pub mod wait;

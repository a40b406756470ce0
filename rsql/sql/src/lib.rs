//! Redshift's SQL as far as we must understand it: what a statement reads and writes, and how it is said to PostgreSQL.
//!
//! Text in, text and facts out. It deliberately performs nothing: no files, no sockets, no clock.

pub mod credentials;
pub mod emulate;
pub mod lineage;

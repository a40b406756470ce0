//! Functions and views that stand in for Redshift's on a PostgreSQL server, in a schema of their own.
//!
//! SQL that can be run again: it replaces what is there. Statements that are rewritten call these by their full names, so
//! that no search path matters.

/// Marks the schema that has all of this; the version changes with the text.
pub const STAMP: &str = concat!("redshift emulation of rsql ", env!("CARGO_PKG_VERSION"), "/1");

/// What makes the functions and views, in this order.
pub const SCRIPTS: [&str; 4] = [
    include_str!("shims/dates.sql"),
    include_str!("shims/text.sql"),
    include_str!("shims/json.sql"),
    include_str!("shims/catalog.sql"),
];

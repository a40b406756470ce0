//! Redshift's SQL said to PostgreSQL.
//!
//! Decides on text alone; who runs it, and where the files of COPY and UNLOAD are, is the caller's.

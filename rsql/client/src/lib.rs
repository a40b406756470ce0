//! The session and the rsql executable.

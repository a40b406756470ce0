//! The RSQL language as a pure machine.

//! Adapters of the embedded mode.

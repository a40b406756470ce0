//! With what code the program ends. A wrong option ends it with 2, as clap does.

/// Drained: every job at work has ended or was handed over in time.
pub(crate) const DRAINED: u8 = 0;
/// It could not start, or a part of it broke down; the log says which.
pub(crate) const FAILED: u8 = 1;
/// Stopped before all could end, by a second signal or since the host goes: what was at work has been handed over.
pub(crate) const STOPPED: u8 = 3;

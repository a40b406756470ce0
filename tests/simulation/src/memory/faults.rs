//! What tests put between a caller and the memory. Owns the place where a call may fail, and no fault of its own.

use std::sync::Arc;

use fleet_core::ports::PortError;

/// Decides what becomes of a call.
pub trait Faults: Send + Sync {
    /// Makes the call by running `effect`, or fails it before its effect, or after it. `verb` is the name of the port's
    /// method.
    ///
    /// # Errors
    /// Those of `effect`, and whatever else shall go wrong.
    fn call<T>(
        &self,
        verb: &'static str,
        effect: impl FnOnce() -> Result<T, PortError>,
    ) -> Result<T, PortError>;
}

/// Nothing goes wrong.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reliable;

impl Faults for Reliable {
    fn call<T>(
        &self,
        _: &'static str,
        effect: impl FnOnce() -> Result<T, PortError>,
    ) -> Result<T, PortError> {
        effect()
    }
}

impl<F: Faults> Faults for Arc<F> {
    fn call<T>(
        &self,
        verb: &'static str,
        effect: impl FnOnce() -> Result<T, PortError>,
    ) -> Result<T, PortError> {
        self.as_ref().call(verb, effect)
    }
}

//! The real dispatcher and workers in a simulated world.

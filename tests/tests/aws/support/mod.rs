//! What the tests on AWS share: a fleet on the local endpoint with a warehouse of its own, and the helpers of the library that
//! all of them use. It asserts nothing about the product but that its state hangs together: the tests do.

mod fleet;

pub(crate) use fleet::{Endpoints, Fleet, Setup};
pub(crate) use fleet_tests::host::Host;
pub(crate) use fleet_tests::seen::Seen;
pub(crate) use fleet_tests::wait::{SOON, eventually};

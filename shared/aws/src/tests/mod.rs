//! What the tests of several modules share. Holds no test itself.

pub(crate) mod scripted;

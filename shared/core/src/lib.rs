//! The vocabulary, pure rules and ports of the fleet.

//! The contract suites: what every adapter of a port must do, as tests that know only the port.

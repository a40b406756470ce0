//! The fleet's infrastructure from end to end: the templates that `infra/` makes, deployed into the local endpoint by the CDK
//! CLI, and the workflows run on exactly what they made.

#![expect(clippy::panic, reason = "a test may panic")]

mod rights;

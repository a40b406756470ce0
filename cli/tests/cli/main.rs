//! Tests of the real `rsqlctl`, as an operator calls it: arguments in; standard output, standard error, exit code out.

#[cfg(feature = "aws")]
mod aws;
mod changes;
mod executions;
mod faults;
mod lint;
mod plan;
mod project;
mod serving;
mod streams;
mod support;
mod warehouse;

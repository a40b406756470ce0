//! Adapters that each break one rule. A suite that does not notice them would prove nothing.

mod executions;
mod queue;

use fleet_core::contract::Report;

/// The suite must fail, and at the check that is about the rule.
#[track_caller]
fn is_noticed(rule: &str, report: &Report, check: &str) {
    assert!(report.failed_checks().contains(&check), "{rule}: {check} did not fail\n{report}");
}

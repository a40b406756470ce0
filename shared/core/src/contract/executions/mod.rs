//! What every `Executions` adapter must do. Owns the list of checks; they are grouped by what they look at.

mod admission;
mod audit;
mod index;
mod rows;
mod telling;
mod telling_races;

use super::report::Report;
use crate::ports::Executions;

/// Runs the suite on an empty store.
pub async fn executions(store: &dyn Executions) -> Report {
    let mut report = Report::default();
    rows::run(store, &mut report).await;
    audit::run(store, &mut report).await;
    telling::run(store, &mut report).await;
    telling_races::run(store, &mut report).await;
    admission::run(store, &mut report).await;
    index::run(store, &mut report).await;
    report
}

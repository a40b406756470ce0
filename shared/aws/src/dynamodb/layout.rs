//! How state lies in DynamoDB: the tables' keys, indexes and attributes, and the number of this layout. Owns the names and
//! the making of keys; which fields of a row become attributes is in `rows`.
//!
//! | table | key | attributes |
//! |---|---|---|
//! | workflows | `workflow_id` | `text` or, when it is long, `text_part`; `source`, `version`, `by`, `at`, `layout`. An item without `layout` was put there by hand: see `by_hand` |
//! | versions | `workflow_id`, `part` = `<hash>#<chunk>` | `body` (a piece of text, compressed), `chunks` (on the first) |
//! | executions | `workflow_execution_id`, `item` = `EXECUTION` | `rev`, `generation`, `slots_used`, `data`, `layout`, and the indexes' keys below |
//! | | `item` = `JOB#<job>`, or `END` for END's row | `rev`, `generation`, `settled`, `told`, `slot`, `needs_settled`, `needs_good`, `needs_bad`, `data`, `layout`; `held` while it is held |
//! | | `workflow_execution_id` = `#workers`, `item` = worker | `data`, `expires_at` |
//! | audit | `scope`, `key` | `data`, `expires_at` |
//!
//! `data` is the row as JSON. Where an attribute and a field of `data` speak of the same thing, the attribute is right: the
//! transactions that touch several rows change attributes alone. A row that was made by counting has no `data` and is
//! the default row with these attributes.
//!
//! | index of executions | keys | holds |
//! |---|---|---|
//! | `held`, local | `workflow_execution_id`, `held` | held jobs, the longest held first; read consistently |
//! | `workflow`, global | `workflow_id`, `started` | EXECUTION rows of a workflow by start |
//! | `started`, global | `listed`, `started` | all EXECUTION rows by start |
//! | `open`, global | `open`, `started` | open ones by start |
//! | `attention`, global | `due`, `attention_at` | those with a time at which a tick looks at them |
//!
//! `held`, `started` and `attention_at` are `<time>#<id>`: text order is the order of the times, and ids tell those of one
//! millisecond apart. Global indexes are copies that lag behind by some milliseconds, at bad times by seconds. Only lists
//! and ticks read them, and the rows themselves are read afterwards. With a local index, the rows of one execution may take
//! 10 GB together; 100,000 jobs take a tenth of one. Everything that is gathered in an index under one value goes into one
//! partition of it, which takes 1,000 writes a second: so many executions may start, and change their time of attention.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use fleet_core::ids::{ExecutionId, JobId, VersionHash};
use fleet_core::time::Timestamp;

/// Number of this layout, on every item that is written whole. A reader refuses a higher one.
pub(super) const LAYOUT: u32 = 1;

/// Partition of the workers' reports. No execution id begins with `#`.
pub(super) const WORKERS: &str = "#workers";
/// The one value of the keys that only gather items in an index.
pub(super) const GATHERED: &str = "1";

const EXECUTION_ITEM: &str = "EXECUTION";
const END_ITEM: &str = "END";
const JOB_PREFIX: &str = "JOB#";

/// What is stored under a key, or a key.
pub(super) type Item = HashMap<String, AttributeValue>;

/// Attribute names.
pub(super) mod attribute {
    pub(crate) const WORKFLOW: &str = "workflow_id";
    pub(crate) const EXECUTION: &str = "workflow_execution_id";
    pub(crate) const ITEM: &str = "item";
    pub(crate) const PART: &str = "part";
    pub(crate) const SCOPE: &str = "scope";
    pub(crate) const KEY: &str = "key";

    pub(crate) const LAYOUT: &str = "layout";
    pub(crate) const DATA: &str = "data";
    pub(crate) const REV: &str = "rev";
    pub(crate) const GENERATION: &str = "generation";
    pub(crate) const SLOTS_USED: &str = "slots_used";
    pub(crate) const SETTLED: &str = "settled";
    pub(crate) const TOLD: &str = "told";
    pub(crate) const SLOT: &str = "slot";
    pub(crate) const NEEDS_SETTLED: &str = "needs_settled";
    pub(crate) const NEEDS_GOOD: &str = "needs_good";
    pub(crate) const NEEDS_BAD: &str = "needs_bad";

    pub(crate) const EXPIRES_AT: &str = "expires_at";

    pub(crate) const HELD: &str = "held";
    pub(crate) const STARTED: &str = "started";
    pub(crate) const LISTED: &str = "listed";
    pub(crate) const OPEN: &str = "open";
    pub(crate) const DUE: &str = "due";
    pub(crate) const ATTENTION_AT: &str = "attention_at";

    pub(crate) const TEXT: &str = "text";
    pub(crate) const TEXT_PART: &str = "text_part";
    pub(crate) const SOURCE: &str = "source";
    pub(crate) const VERSION: &str = "version";
    pub(crate) const BY: &str = "by";
    pub(crate) const AT: &str = "at";
    pub(crate) const BODY: &str = "body";
    pub(crate) const CHUNKS: &str = "chunks";
}

/// Names of the executions table's indexes.
pub(super) mod index {
    pub(crate) const HELD: &str = "held";
    pub(crate) const WORKFLOW: &str = "workflow";
    pub(crate) const STARTED: &str = "started";
    pub(crate) const OPEN: &str = "open";
    pub(crate) const ATTENTION: &str = "attention";
}

/// A text attribute.
pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A numeric attribute.
pub(super) fn number(value: impl Into<u64>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

/// A key of two attributes.
pub(super) fn key(partition: (&str, &str), sort: (&str, &str)) -> Item {
    [partition, sort].into_iter().map(|(name, value)| (name.to_owned(), text(value))).collect()
}

pub(super) fn execution_key(execution: &ExecutionId) -> Item {
    key((attribute::EXECUTION, execution.as_str()), (attribute::ITEM, EXECUTION_ITEM))
}

pub(super) fn job_key(execution: &ExecutionId, job: &JobId) -> Item {
    key((attribute::EXECUTION, execution.as_str()), (attribute::ITEM, &job_item_name(job)))
}

/// The sort key of a job's row. END's has no prefix, so that no page of jobs comes upon it.
pub(super) fn job_item_name(job: &JobId) -> String {
    if *job == JobId::end() { END_ITEM.to_owned() } else { format!("{JOB_PREFIX}{job}") }
}

/// The job whose row has this sort key; nothing for END's.
pub(super) fn job_of(item_name: &str) -> Option<&str> {
    item_name.strip_prefix(JOB_PREFIX)
}

/// The sort keys of all jobs after this one: from and to, both included. `!` comes before and `$` after `#` and every
/// character of an id.
pub(super) fn jobs_after(after: Option<&JobId>) -> (String, String) {
    let from = after.map_or_else(|| JOB_PREFIX.to_owned(), |job| format!("{JOB_PREFIX}{job}!"));
    (from, "JOB$".to_owned())
}

/// A key by which an index sorts: by time, then by id.
pub(super) fn by_time(at: Timestamp, id: &str) -> String {
    format!("{at}#{id}")
}

/// A key after all those of this time and before, and before all later ones.
pub(super) fn just_after(at: Timestamp) -> String {
    format!("{at}$")
}

/// The part of the versions table that holds a chunk of what has this name.
pub(super) fn part(name: &str, chunk: usize) -> String {
    format!("{name}#{chunk:04}")
}

/// The name of a version among the parts.
pub(super) fn version_name(version: &VersionHash) -> String {
    version.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_lie_in_the_order_of_their_ids_and_end_is_not_among_them() {
        let ids = ["A", "Z", "_", "a", "a-b", "a.b", "ab", "z"].map(|id| JobId::parse(id).ok());
        let ids: Vec<JobId> = ids.into_iter().flatten().collect();
        for (at, after) in ids.iter().enumerate() {
            let (from, to) = jobs_after(Some(after));
            let behind: Vec<&JobId> =
                ids.iter().filter(|id| (&from..=&to).contains(&&job_item_name(id))).collect();
            assert_eq!(behind, ids[at + 1..].iter().collect::<Vec<_>>(), "after {after}");
        }
        let (from, to) = jobs_after(None);
        assert!(!(from..=to).contains(&job_item_name(&JobId::end())));
    }

    #[test]
    fn keys_of_an_index_sort_by_time_then_id() {
        let at = Timestamp::from_millis;
        let sorted = [by_time(at(1), "b"), by_time(at(1), "c"), just_after(at(1)), by_time(at(2), "a")];
        assert!(sorted.is_sorted());
    }
}

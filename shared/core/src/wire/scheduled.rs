//! The ids of executions that a schedule starts: `<workflow>-20261122T020000Z`. Owns their form, so that every delivery of one
//! firing, whoever makes the event, asks for the same execution.

use std::borrow::Cow;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::ids::{ExecutionId, WorkflowId};
use crate::time::Timestamp;

/// Characters of a time as EventBridge writes it, `2026-11-22T02:00:00Z`.
const TIME_CHARS: usize = 20;

impl ExecutionId {
    /// The id of the execution that a schedule of this workflow starts for this time, which has whole seconds.
    #[must_use]
    pub fn scheduled(workflow: &WorkflowId, time: Timestamp) -> Self {
        Self::parse(&format!("{workflow}-{}", compact(&time.to_string())))
            .expect("a workflow id, a dash and a time make a legal id")
    }
}

/// Reads the id in a start. A rule of EventBridge can put a time at the end of a text but not leave its colons out, which no
/// id has: such a time is written as ours are.
pub(super) fn execution_id<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<ExecutionId>, D::Error> {
    let text: Option<Cow<'de, str>> = Option::deserialize(deserializer)?;
    text.map(|text| ExecutionId::parse(&without_colons(&text))).transpose().map_err(D::Error::custom)
}

fn without_colons(text: &str) -> Cow<'_, str> {
    let split = text.len().checked_sub(TIME_CHARS).and_then(|at| text.split_at_checked(at));
    let time = split.filter(|(head, time)| head.ends_with('-') && time.ends_with('Z'));
    match time {
        Some((head, time)) if Timestamp::parse(time).is_ok() => {
            Cow::Owned(format!("{head}{}", compact(time)))
        }
        _ => Cow::Borrowed(text),
    }
}

/// `20261122T020000Z`, of either form of a time in UTC.
fn compact(time: &str) -> String {
    let seconds = time.split(['.', 'Z']).next().unwrap_or_default();
    seconds.chars().filter(char::is_ascii_alphanumeric).chain(['Z']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_in_an_id_is_written_as_ours_are() {
        fn check(text: &str, expect: &str) {
            assert_eq!(without_colons(text), expect);
        }
        check("night-2026-11-22T02:00:00Z", "night-20261122T020000Z");
        check("n-1-2026-11-22T02:00:00Z", "n-1-20261122T020000Z");
        for other in [
            "",
            "night",
            "night-20261122T020000Z",
            "2026-11-22T02:00:00Z",
            "night-2026-13-22T02:00:00Z",
            "nächt-2026-11-22T02:00:0Z",
        ] {
            check(other, other);
        }
        let workflow = WorkflowId::parse("night").unwrap();
        let time = Timestamp::parse("2026-11-22T02:00:00Z").unwrap();
        assert_eq!(ExecutionId::scheduled(&workflow, time).as_str(), "night-20261122T020000Z");
    }
}

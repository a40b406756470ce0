//! Names of things: workflow, execution, job, version. Owns the patterns that make them safe to put into keys, paths,
//! queue messages and session names. Does not make random ids: that needs entropy, which the edge has.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Longest workflow or job id, in bytes: fits a file name, a DynamoDB sort key and an SNS attribute with room to spare.
pub const NAME_BYTES_MAX: usize = 128;
/// Longest execution id, in bytes: a workflow id, a dash and a time or UUID must fit.
pub const EXECUTION_ID_BYTES_MAX: usize = 200;

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Nothing was given.
    #[error("{kind} is empty")]
    Empty {
        /// What was being read, such as `workflow id`.
        kind: &'static str,
    },
    /// More bytes than the limit.
    #[error("{kind} `{start}…` has {bytes} bytes, at most {max} are allowed")]
    TooLong {
        /// What was being read.
        kind: &'static str,
        /// The first characters of the text.
        start: String,
        /// Its length in bytes.
        bytes: usize,
        /// The limit in bytes.
        max: usize,
    },
    /// A character outside the pattern, or a first character that is not allowed to be first.
    #[error("{kind} `{text}` has `{character}` at position {position}: {allowed}")]
    Illegal {
        /// What was being read.
        kind: &'static str,
        /// The whole text.
        text: String,
        /// The first offending character.
        character: char,
        /// Its position, counted in characters from 1.
        position: usize,
        /// What would be legal there.
        allowed: &'static str,
    },
}

fn check(kind: &'static str, text: &str, max: usize, first_digit: FirstDigit) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty { kind });
    }
    if text.len() > max {
        let start = text.chars().take(32).collect();
        return Err(IdError::TooLong { kind, start, bytes: text.len(), max });
    }
    for (index, character) in text.chars().enumerate() {
        let digit_first = character.is_ascii_digit() && first_digit == FirstDigit::Allowed;
        let legal = if index == 0 {
            character.is_ascii_alphabetic() || digit_first
        } else {
            character.is_ascii_alphanumeric() || "_.-".contains(character)
        };
        if !legal {
            let allowed = match (index, first_digit) {
                (0, FirstDigit::Forbidden) => "it must begin with a letter",
                (0, FirstDigit::Allowed) => "it must begin with a letter or digit",
                _ => "use letters, digits, `_`, `.` and `-`",
            };
            let text = text.chars().take(64).collect();
            return Err(IdError::Illegal { kind, text, character, position: index + 1, allowed });
        }
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FirstDigit {
    Allowed,
    Forbidden,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $max:expr, $first:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks the pattern and takes the text over.
            ///
            /// # Errors
            /// [`IdError`] names the first fault.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                check($kind, text, $max, $first)?;
                Ok(Self(Arc::from(text)))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.as_ref().to_owned()
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

id! {
    /// Name of a workflow: a letter, then letters, digits, `_`, `.`, `-`; at most [`NAME_BYTES_MAX`] bytes.
    WorkflowId, "workflow id", NAME_BYTES_MAX, FirstDigit::Forbidden
}
id! {
    /// Name of a job within its workflow: the same pattern as [`WorkflowId`].
    JobId, "job id", NAME_BYTES_MAX, FirstDigit::Forbidden
}
id! {
    /// Name of one execution, unique for ever: letters, digits, `_`, `.`, `-`; at most [`EXECUTION_ID_BYTES_MAX`] bytes.
    ExecutionId, "workflow execution id", EXECUTION_ID_BYTES_MAX, FirstDigit::Allowed
}
id! {
    /// Content hash that names one version of a workflow (hexadecimal digits).
    VersionHash, "version", NAME_BYTES_MAX, FirstDigit::Allowed
}

impl JobId {
    /// The id of END, the hidden last node of every graph. No author can give it to a job: [`JobId::parse`] refuses it.
    #[must_use]
    pub fn end() -> Self {
        Self(Arc::from("_end"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let seen = match WorkflowId::parse(text) {
            Ok(id) => id.to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(seen, expect);
    }

    #[test]
    fn names() {
        check("nightly_sales", "nightly_sales");
        check("a.b-c_9", "a.b-c_9");
        check("", "workflow id is empty");
        check("9a", "workflow id `9a` has `9` at position 1: it must begin with a letter");
        check("_end", "workflow id `_end` has `_` at position 1: it must begin with a letter");
        check("a b", "workflow id `a b` has ` ` at position 2: use letters, digits, `_`, `.` and `-`");
        check(
            "a'; drop",
            "workflow id `a'; drop` has `'` at position 2: use letters, digits, `_`, `.` and `-`",
        );
        check("$(id)", "workflow id `$(id)` has `$` at position 1: it must begin with a letter");
        let long = "x".repeat(129);
        let start = "x".repeat(32);
        check(&long, &format!("workflow id `{start}…` has 129 bytes, at most 128 are allowed"));
    }

    #[test]
    fn execution_ids_may_begin_with_a_digit() {
        assert_eq!(ExecutionId::parse("2026-11-22").map(|id| id.to_string()), Ok("2026-11-22".to_owned()));
        let error = ExecutionId::parse("-1").unwrap_err().to_string();
        assert_eq!(
            error,
            "workflow execution id `-1` has `-` at position 1: it must begin with a letter or digit"
        );
    }

    #[test]
    fn no_author_can_name_a_job_as_end() {
        assert!(JobId::parse(JobId::end().as_str()).is_err());
    }

    #[test]
    fn serde_checks_too() {
        let faulty: Result<JobId, _> = serde_json::from_str("\"../x\"");
        assert!(faulty.is_err());
        let good: JobId = serde_json::from_str("\"load\"").unwrap();
        assert_eq!(serde_json::to_string(&good).unwrap(), "\"load\"");
    }
}

//! The name that an attempt's sessions carry in the warehouse. One function makes it, for the attempt itself and for
//! whoever looks for the sessions of a lost one.

use std::fmt::Write as _;

use fleet_core::ids::{ExecutionId, JobId};
use sha2::{Digest, Sha256};

/// PostgreSQL keeps this many bytes of an `application_name`.
const NAME_BYTES_MAX: usize = 63;
/// Bytes of the hash that stands for a long name: 64 bits.
const HASH_BYTES: usize = 8;

/// `rsql/<execution>/<job>/<attempt>`; where that is longer than PostgreSQL keeps, `rsql/<start of it>~<hash>/<attempt>`.
/// Ids contain neither `/` nor `~`, so that no two attempts share a name.
#[must_use]
pub fn session_name(execution: &ExecutionId, job: &JobId, attempt: u32) -> String {
    let whole = format!("{execution}/{job}");
    let name = format!("rsql/{whole}/{attempt}");
    if name.len() <= NAME_BYTES_MAX {
        return name;
    }
    let mut hash = String::with_capacity(2 * HASH_BYTES);
    for byte in Sha256::digest(&whole).iter().take(HASH_BYTES) {
        write!(hash, "{byte:02x}").expect("writing to a String cannot fail");
    }
    let tail = format!("~{hash}/{attempt}");
    let start = NAME_BYTES_MAX - "rsql/".len() - tail.len();
    format!("rsql/{}{tail}", &execution.as_str()[..start.min(execution.as_str().len())])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(execution: &str, job: &str, attempt: u32) -> String {
        session_name(&ExecutionId::parse(execution).unwrap(), &JobId::parse(job).unwrap(), attempt)
    }

    #[test]
    fn short_names_are_plain() {
        assert_eq!(name("nightly-2026-11-22", "load", 2), "rsql/nightly-2026-11-22/load/2");
        let just = name("e", &"j".repeat(54), 1);
        assert_eq!((just.len(), just.as_str()), (63, format!("rsql/e/{}/1", "j".repeat(54)).as_str()));
    }

    #[test]
    fn long_names_are_hashed() {
        let long = name(&"e".repeat(200), &"j".repeat(128), 7);
        assert_eq!(long.len(), 63);
        assert!(long.starts_with("rsql/eeee") && long.ends_with("/7"), "{long}");
        assert_ne!(long, name(&"e".repeat(200), &"j".repeat(127), 7));
        assert_ne!(long, name(&"e".repeat(200), &"j".repeat(128), 8));
        let short_execution = name("e", &"j".repeat(128), u32::MAX);
        assert!(short_execution.starts_with("rsql/e~") && short_execution.len() <= 63, "{short_execution}");
    }
}

//! Severities of SQL errors: `\rset errorlevel` and `\rset maxerror`. It says whether an error stops the run, and
//! with which exit code; stopping is the machine's.

use std::collections::HashMap;

use crate::exit_code;

/// Severity of codes that no one has set.
const DEFAULT: i32 = 8;

/// What has been set.
#[derive(Debug, Default)]
pub(crate) struct Severities {
    levels: HashMap<String, i32>,
    max: Option<i32>,
}

impl Severities {
    /// Assigns a severity to an SQLSTATE.
    pub(crate) fn set_level(&mut self, sqlstate: &str, severity: i32) {
        self.levels.insert(sqlstate.to_ascii_uppercase(), severity);
    }

    /// Sets the highest severity that does not stop the run; 0 means that none does.
    pub(crate) fn set_max(&mut self, severity: i32) {
        self.max = Some(severity).filter(|&severity| severity != 0);
    }

    /// The exit code with which an error of this SQLSTATE stops the run, if it does.
    pub(crate) fn stop(&self, sqlstate: &str) -> Option<i32> {
        let severity = self.levels.get(sqlstate).copied().unwrap_or(DEFAULT);
        (severity != 0 && severity > self.max?).then(|| exit_code::of_severity(severity))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_greater_severities_stop() {
        let mut severities = Severities::default();
        assert_eq!(severities.stop("42P01"), None, "without maxerror nothing stops");
        severities.set_max(8);
        assert_eq!(severities.stop("42P01"), None, "equal is not greater");
        severities.set_max(7);
        assert_eq!(severities.stop("42P01"), Some(8));
        severities.set_level("42p01", 0);
        assert_eq!(severities.stop("42P01"), None, "severity 0 never stops");
        severities.set_level("42P01", 12);
        severities.set_level("42P01", 16);
        assert_eq!(severities.stop("42P01"), Some(16), "a later setting replaces an earlier one");
        assert_eq!(severities.stop("22012"), Some(8), "other codes are unaffected");
        for severity in [255, 256, 512, i32::MAX] {
            severities.set_level("42P01", severity);
            assert_eq!(
                severities.stop("42P01"),
                Some(255),
                "{severity}: a process has no greater code, and 0 is success"
            );
        }
        severities.set_max(0);
        assert_eq!(severities.stop("42P01"), None, "0 means unset");
    }
}

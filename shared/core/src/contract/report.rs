//! The outcome of a suite: which checks passed, and how the others failed. Owns the comparing and wording of failures.

use std::fmt;

use crate::ports::PortError;

/// One check that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its name.
    pub check: &'static str,
    /// What was seen, and what was expected.
    pub why: String,
}

/// What came of a suite.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "a report that nobody looks at proves nothing"]
pub struct Report {
    /// Names of the checks that passed.
    pub passed: Vec<&'static str>,
    /// The checks that failed.
    pub failed: Vec<Failure>,
}

impl Report {
    /// Ends the test unless every check passed.
    ///
    /// # Panics
    /// With the name and the reason of each check that failed, or when there was none at all.
    pub fn assert_passed(&self) {
        assert!(self.failed.is_empty() && !self.passed.is_empty(), "{self}");
    }

    /// Names of the checks that failed.
    #[must_use]
    pub fn failed_checks(&self) -> Vec<&'static str> {
        self.failed.iter().map(|failure| failure.check).collect()
    }

    pub(super) fn note(&mut self, check: &'static str, outcome: Checked) {
        match outcome {
            Ok(()) => self.passed.push(check),
            Err(Mismatch(why)) => self.failed.push(Failure { check, why }),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} checks passed, {} failed", self.passed.len(), self.failed.len())?;
        for Failure { check, why } in &self.failed {
            writeln!(f, "{check}: {why}")?;
        }
        Ok(())
    }
}

/// The outcome of one check.
pub(super) type Checked = Result<(), Mismatch>;

/// Why a check failed.
#[derive(Debug)]
pub(super) struct Mismatch(String);

impl From<PortError> for Mismatch {
    fn from(error: PortError) -> Self {
        Self(format!("the port failed to {error}"))
    }
}

impl Mismatch {
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

/// `what` is what was looked at, for the message.
pub(super) fn same<T: fmt::Debug + PartialEq>(what: &str, seen: &T, expect: &T) -> Checked {
    if seen == expect {
        return Ok(());
    }
    Err(Mismatch(format!("{what}: saw {seen:?}, expected {expect:?}")))
}

pub(super) fn holds(what: &str, condition: bool) -> Checked {
    if condition { Ok(()) } else { Err(Mismatch(format!("{what}: it is not so"))) }
}

/// The call must be refused, not merely fail.
pub(super) fn refused<T: fmt::Debug>(what: &str, outcome: &Result<T, PortError>) -> Checked {
    match outcome {
        Err(PortError::Refused { .. }) => Ok(()),
        other => Err(Mismatch(format!("{what}: saw {other:?}, expected a refusal"))),
    }
}

/// Runs checks of the form `async fn name(subject) -> Checked` one after the other.
macro_rules! run_checks {
    ($report:expr, $subject:expr, $($check:ident),+ $(,)?) => {
        $($report.note(stringify!($check), $check($subject).await);)+
    };
}
pub(super) use run_checks;

//! The architecture rules, each a function from sources or packages to findings.
//!
//! They read nothing themselves, so that each can be shown a bad sample. Which limits hold is said here; that
//! they do hold is tested in `tests/tests/architecture.rs`.

mod imports;
mod lexer;
mod text;

pub use imports::{confined_names, leaf_purity, package_arrows};
pub use text::{banned_words, file_heads, file_lengths, length_spread, public_traits};

use std::fmt;

/// No file is longer, in lines.
pub const FILE_LINES_MAX: usize = 600;
/// Half of the files are no longer, in lines.
pub const FILE_LINES_MEDIAN_MAX: usize = 200;
/// Nine of ten files are no longer, in lines.
pub const FILE_LINES_P90_MAX: usize = 400;
/// Public traits in the whole workspace: a trait comes with its second real implementation.
pub const PUBLIC_TRAITS_MAX: usize = 8;

/// One place that breaks a rule.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// Relative path, with `:line` where there is one.
    pub place: String,
    /// What is wrong there.
    pub fault: String,
    /// What to do about it.
    pub remedy: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.place, self.fault, self.remedy)
    }
}

/// Files that are compiled for tests only.
fn is_test(path: &str) -> bool {
    let folder_of_tests =
        path.starts_with("tests/") || path.contains("/tests/") || path.contains("/benches/");
    folder_of_tests
        || path.ends_with("/tests.rs")
        || path.ends_with("_tests.rs")
        || path.ends_with("/build.rs")
}

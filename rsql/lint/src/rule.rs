//! The rules: their ids, which never change, how grave they are, and what they are about in one sentence.

use crate::finding::Severity;

macro_rules! rules {
    ($($(#[doc = $about:literal])+ $name:ident = $id:literal, $severity:ident;)+) => {
        /// A rule.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $($(#[doc = $about])+ $name,)+
        }

        impl Rule {
            /// All rules, in the order of the documentation.
            pub const ALL: &'static [Rule] = &[$(Rule::$name,)+];

            /// The id by which people and tools know it.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Rule::$name => $id,)+ }
            }

            /// How grave its findings are.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Rule::$name => Severity::$severity,)+ }
            }

            /// What it is about.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self { $(Rule::$name => concat!($($about,)+),)+ }
            }
        }
    };
}

rules! {
    /// A jump to a label that the script does not have.
    GotoNoLabel = "goto-no-label", Error;
    /// A jump to a label that lies behind it; jumps lead forward only.
    GotoBackward = "goto-backward", Error;
    /// A jump or a label without a name.
    LabelNoName = "label-no-name", Error;
    /// A label that is defined twice; a jump takes the next one.
    LabelTwice = "label-twice", Warning;
    /// A label within a conditional, to which a jump leads; the jump closes the conditional.
    LabelInConditional = "label-in-conditional", Warning;
    /// A conditional that is not closed.
    IfOpen = "if-open", Error;
    /// A branch or an end of a conditional without its beginning, or a branch after the last one.
    IfUnmatched = "if-unmatched", Error;
    /// A command that there is not.
    UnknownCommand = "unknown-command", Error;
    /// An argument that the command ignores.
    ExtraArgument = "extra-argument", Warning;
    /// A quoted argument that is not closed on its line.
    UnterminatedArgument = "unterminated-argument", Error;
    /// A string or a quoted name that is not closed.
    UnterminatedString = "unterminated-string", Error;
    /// A comment that is not closed.
    UnterminatedComment = "unterminated-comment", Error;
    /// A parenthesis that is not closed, so that the statement takes in all that follows.
    UnterminatedParenthesis = "unterminated-parenthesis", Error;
    /// COPY data in the script that do not end.
    UnterminatedData = "unterminated-data", Error;
    /// A copy command that cannot be read.
    CopySyntax = "copy-syntax", Error;
    /// An included script that is not there.
    IncludeMissing = "include-missing", Error;
    /// An included script outside of the script root, which workers refuse.
    IncludeOutsideRoot = "include-outside-root", Error;
    /// A script that includes itself.
    IncludeRecursive = "include-recursive", Warning;
    /// An include that was not followed, as its path is known in a run only.
    IncludeUnknown = "include-unknown", Note;
    /// A statement whose failure nobody looks at.
    UncheckedFailure = "unchecked-failure", Warning;
    /// A commit whose failure nobody looks at.
    UncheckedCommit = "unchecked-commit", Note;
    /// A transaction that is still open where the script ends well: its work is lost.
    TransactionOpen = "transaction-open", Error;
    /// An exit code that no process can have, or that is no number.
    ExitCodeInvalid = "exit-code-invalid", Error;
    /// An exit code by which the client tells its own failures.
    ExitCodeCollides = "exit-code-collides", Warning;
    /// A password or key that everybody can read who can read the script.
    SecretInClear = "secret-in-clear", Error;
    /// Lines that no run comes to.
    Unreachable = "unreachable", Warning;
    /// An allowance for a rule that there is not.
    AllowUnknown = "allow-unknown", Warning;
    /// An allowance that says no reason.
    AllowNoReason = "allow-no-reason", Note;
    /// An allowance for something that is not found there.
    AllowUnused = "allow-unused", Note;
    /// A job that reads what another writes, without any order between the two.
    MissingDependency = "missing-dependency", Warning;
    /// Two jobs that write one table, without any order between them.
    UnorderedWrites = "unordered-writes", Warning;
}

impl Rule {
    /// The rule of this id.
    #[must_use]
    pub fn of_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.id() == id)
    }

    /// The rule most like an id that there is not.
    #[must_use]
    pub fn nearest(id: &str) -> Option<Self> {
        let likeness = |rule: &Rule| strsim::damerau_levenshtein(rule.id(), id);
        let nearest = Self::ALL.iter().copied().min_by_key(likeness);
        nearest.filter(|rule| likeness(rule) <= id.len().div_ceil(3))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_found() {
        for rule in Rule::ALL {
            assert_eq!(Rule::of_id(rule.id()), Some(*rule));
            assert!(rule.about().trim().ends_with('.'), "{}", rule.id());
        }
        assert_eq!(Rule::of_id("goto"), None);
        assert_eq!(Rule::nearest("goto-nolabel"), Some(Rule::GotoNoLabel));
        assert_eq!(Rule::nearest("x"), None);
    }
}

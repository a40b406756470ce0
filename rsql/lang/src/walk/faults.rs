//! What is wrong with a script by the language alone. Owns the kinds, and no words for them.

use super::Place;

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What.
    pub kind: FaultKind,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// A `\goto` whose label does not follow.
    Goto {
        /// The label.
        label: String,
        /// Where a label of that name lies behind the jump.
        behind: Option<Place>,
        /// All labels of the file, for a hint.
        labels: Vec<String>,
    },
    /// A `\goto` or `\label` without a name.
    NoName,
    /// A label that is defined before, too.
    LabelTwice {
        /// Its name.
        label: String,
        /// Where it was defined first.
        first: Place,
    },
    /// A label within a conditional, to which a jump leads: the jump closes the conditional.
    LabelInBlock {
        /// Its name.
        label: String,
        /// The conditional around it.
        block: Place,
    },
    /// An `\if` without its `\endif`.
    OpenIf,
    /// An `\elif`, `\else` or `\endif` without its `\if`.
    NoIf,
    /// An `\elif` or `\else` after the `\else`, which stands here.
    AfterElse(Place),
    /// A command that there is not.
    Unknown {
        /// Its name.
        name: String,
    },
    /// A quoted argument that does not end on its line.
    UnterminatedArgument,
    /// An argument that the command does not take.
    Extra(String),
    /// A `\copy` that cannot be read.
    BadCopy,
    /// A string that is not closed.
    OpenString,
    /// A quoted name that is not closed.
    OpenName,
    /// A dollar-quoted text that is not closed.
    OpenDollar,
    /// A comment that is not closed.
    OpenComment,
    /// A parenthesis that is not closed, so that no semicolon ends the statement.
    OpenParenthesis,
    /// COPY data in the script without their `\.`.
    OpenData,
    /// An included script that cannot be had.
    Include {
        /// Its path.
        path: String,
        /// Why not.
        refusal: super::Refusal,
    },
    /// A script that includes itself.
    IncludesItself {
        /// Its path.
        path: String,
    },
    /// An include whose path is not known before the run.
    IncludeUnknown,
    /// Includes beyond what is walked.
    TooMuch,
}

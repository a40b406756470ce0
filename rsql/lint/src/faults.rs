//! What is wrong by the language alone, in words.

use rsql_lang::walk::{FaultKind, Refusal, Walk};

use crate::rule::Rule;
use crate::{Found, line_of};

/// Names of commands, for hints at misspelt ones.
const COMMANDS: [&str; 60] = [
    "a",
    "c",
    "cd",
    "connect",
    "conninfo",
    "copy",
    "crosstabview",
    "d",
    "echo",
    "elif",
    "else",
    "elseif",
    "encoding",
    "endif",
    "errverbose",
    "exit",
    "export",
    "f",
    "g",
    "gdesc",
    "getenv",
    "gexec",
    "goto",
    "gset",
    "gx",
    "i",
    "if",
    "include",
    "include_relative",
    "ir",
    "label",
    "list",
    "logon",
    "o",
    "os",
    "out",
    "password",
    "print",
    "prompt",
    "pset",
    "q",
    "qecho",
    "quit",
    "remark",
    "reset",
    "rset",
    "run",
    "set",
    "setenv",
    "t",
    "timing",
    "unset",
    "w",
    "warn",
    "watch",
    "write",
    "x",
    "lo_import",
    "lo_export",
    "help",
];

/// All faults of the walk.
pub(crate) fn all(walk: &Walk) -> Vec<Found> {
    walk.faults
        .iter()
        .map(|fault| {
            let (rule, message, hint) = said(walk, &fault.kind);
            Found { rule, place: fault.place, message, hint }
        })
        .collect()
}

fn said(walk: &Walk, kind: &FaultKind) -> (Rule, String, String) {
    match kind {
        FaultKind::Goto { label, behind: Some(behind), .. } => (
            Rule::GotoBackward,
            format!("label `{label}` lies behind the jump, at {}", line_of(walk, *behind)),
            "jumps lead forward only: without its label ahead, the rest of the script is skipped".to_owned(),
        ),
        FaultKind::Goto { label, labels, .. } => (
            Rule::GotoNoLabel,
            format!("there is no label `{label}`, so the rest of the script is skipped"),
            nearest_label(label, labels),
        ),
        FaultKind::NoName => {
            words(Rule::LabelNoName, "it has no name", "write the name of the label after it")
        }
        FaultKind::LabelTwice { label, first } => (
            Rule::LabelTwice,
            format!("label `{label}` is at {}, too", line_of(walk, *first)),
            "a jump takes the next one after it; give one of them another name".to_owned(),
        ),
        FaultKind::LabelInBlock { label, block } => (
            Rule::LabelInConditional,
            format!("a jump to `{label}` closes the conditional of {}", line_of(walk, *block)),
            "after the jump its \\endif has no \\if; move the label out of the conditional".to_owned(),
        ),
        FaultKind::OpenIf => words(Rule::IfOpen, "this \\if has no \\endif", "close it with \\endif"),
        FaultKind::NoIf => words(
            Rule::IfUnmatched,
            "it has no \\if before it",
            "remove it, or write the \\if that it belongs to",
        ),
        FaultKind::AfterElse(place) => (
            Rule::IfUnmatched,
            format!("it comes after the \\else of {}", line_of(walk, *place)),
            "\\else is the last branch; put this one before it".to_owned(),
        ),
        FaultKind::Unknown { name } => (
            Rule::UnknownCommand,
            format!("there is no command \\{name}"),
            nearest(name, COMMANDS).map_or_else(
                || "see docs/rsql.md for the commands that there are".to_owned(),
                |near| format!("did you mean \\{near}?"),
            ),
        ),
        FaultKind::UnterminatedArgument => words(
            Rule::UnterminatedArgument,
            "a quoted argument is not closed on this line",
            "close the quote; arguments of commands cannot go on on the next line",
        ),
        FaultKind::Extra(argument) => (
            Rule::ExtraArgument,
            format!("the argument `{argument}` is ignored"),
            "remove it; a comment cannot follow a command on its line".to_owned(),
        ),
        _ => open_text(kind),
    }
}

fn open_text(kind: &FaultKind) -> (Rule, String, String) {
    let (rule, message, hint) = match kind {
        FaultKind::OpenString => (
            Rule::UnterminatedString,
            "this string is not closed",
            "close it with '; all that follows is taken for its text",
        ),
        FaultKind::OpenName => (
            Rule::UnterminatedString,
            "this quoted name is not closed",
            "close it with \"; all that follows is taken for its text",
        ),
        FaultKind::OpenDollar => (
            Rule::UnterminatedString,
            "this dollar-quoted string is not closed",
            "close it with the same $…$; all that follows is taken for its text",
        ),
        FaultKind::OpenComment => {
            (Rule::UnterminatedComment, "this comment is not closed", "close it with */; comments nest")
        }
        FaultKind::OpenParenthesis => (
            Rule::UnterminatedParenthesis,
            "this parenthesis is not closed",
            "close it with ); until then no semicolon ends the statement",
        ),
        FaultKind::OpenData => (
            Rule::UnterminatedData,
            "the data of this COPY do not end",
            "end them with a line \\. of its own",
        ),
        FaultKind::BadCopy => (
            Rule::CopySyntax,
            "this \\copy cannot be read",
            "write \\copy TABLE from|to FILE, all on one line",
        ),
        _ => return included(kind),
    };
    words(rule, message, hint)
}

fn included(kind: &FaultKind) -> (Rule, String, String) {
    match kind {
        FaultKind::Include { path, refusal: Refusal::Outside } => (
            Rule::IncludeOutsideRoot,
            format!("{path} lies outside of the script root"),
            "move it below the root, and name it relative to the root (or with \\ir to this script)".to_owned(),
        ),
        FaultKind::Include { path, refusal: Refusal::Missing(reason) } => (
            Rule::IncludeMissing,
            format!("{path} cannot be included: {reason}"),
            "paths are relative to the directory that the script runs in; \\ir takes them relative to the script"
                .to_owned(),
        ),
        FaultKind::IncludesItself { path } => (
            Rule::IncludeRecursive,
            format!("{path} includes itself"),
            "scripts nest at most 100 deep; make sure that a condition ends it".to_owned(),
        ),
        FaultKind::TooMuch => words(
            Rule::IncludeUnknown,
            "this include was not followed, as there are too many",
            "check the included scripts by themselves",
        ),
        _ => words(
            Rule::IncludeUnknown,
            "this include was not followed: its path is known in a run only",
            "check the included scripts by themselves, or give the variables with -v",
        ),
    }
}

fn words(rule: Rule, message: &str, hint: &str) -> (Rule, String, String) {
    (rule, message.to_owned(), hint.to_owned())
}

fn nearest_label(label: &str, labels: &[String]) -> String {
    let known = labels.iter().map(String::as_str);
    match (nearest(label, known), labels) {
        (Some(near), _) => format!("did you mean `{near}`? Names of labels are case-sensitive"),
        (None, []) => "write \\label with this name further on; this script has no labels".to_owned(),
        (None, _) => "write \\label with this name further on in this file".to_owned(),
    }
}

fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let name = name.to_lowercase();
    let likeness = |known: &&str| strsim::damerau_levenshtein(&known.to_lowercase(), &name);
    let near = known.into_iter().filter(|known| known.len() > 1).min_by_key(likeness)?;
    (likeness(&near) <= name.len().div_ceil(3)).then_some(near)
}

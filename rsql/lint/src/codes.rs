//! Exit codes. Owns which numbers are taken.

use rsql_lang::exit_code::{BAD_CONNECTION, FAILURE, SCRIPT_ERROR};
use rsql_lang::walk::{Command, Walk, What};

use crate::Found;
use crate::rule::Rule;

/// Above it, shells tell of signals and of programs that could not be started.
const SIGNALS: std::ops::RangeInclusive<i64> = 126..=255;
/// Exit codes of processes.
const CODES: std::ops::RangeInclusive<i64> = 0..=255;

/// The code of an `\exit` or `\quit`, where it is known.
pub(crate) enum Code {
    /// This number.
    Number(i64),
    /// A text that is no number.
    NotANumber(String),
    /// It depends on variables.
    Unknown,
}

pub(crate) fn of(command: &Command) -> Code {
    let Some(argument) = command.args.first() else { return Code::Number(0) };
    if !command.is_exact {
        return Code::Unknown;
    }
    let text = String::from_utf8_lossy(argument);
    text.trim().parse().map_or_else(|_| Code::NotANumber(text.clone().into_owned()), Code::Number)
}

/// Codes that are taken, or none.
pub(crate) fn all(walk: &Walk, found: &mut Vec<Found>) {
    for item in &walk.items {
        let What::Command(command) = &item.what else { continue };
        if !matches!(command.name.as_str(), "exit" | "quit") {
            continue;
        }
        if let Some((rule, message, hint)) = judged(&of(command)) {
            found.push(Found { rule, place: item.place, message, hint });
        }
    }
}

fn judged(code: &Code) -> Option<(Rule, String, String)> {
    let free = "use another number: 4 to 125 are the script's own";
    let taken = |number: i64, meaning: &str| {
        (Rule::ExitCodeCollides, format!("exit code {number} also means {meaning}"), free.to_owned())
    };
    let own = |code: i32| i64::from(code);
    match code {
        Code::Unknown => None,
        Code::NotANumber(text) => Some((
            Rule::ExitCodeInvalid,
            format!("`{text}` is no number, so the script ends with {FAILURE}"),
            free.to_owned(),
        )),
        Code::Number(number) if !CODES.contains(number) => Some((
            Rule::ExitCodeInvalid,
            format!("exit code {number} becomes {}: processes have 0 to 255", number.rem_euclid(256)),
            free.to_owned(),
        )),
        Code::Number(number) if *number == own(FAILURE) => {
            Some(taken(*number, "that rsql itself has failed, as for a script that is not there"))
        }
        Code::Number(number) if *number == own(BAD_CONNECTION) => {
            Some(taken(*number, "that the connection failed or was lost"))
        }
        Code::Number(number) if *number == own(SCRIPT_ERROR) => {
            Some(taken(*number, "that a statement failed while ON_ERROR_STOP was set"))
        }
        Code::Number(number) if SIGNALS.contains(number) => {
            Some(taken(*number, "a signal or a program that could not be started"))
        }
        Code::Number(_) => None,
    }
}

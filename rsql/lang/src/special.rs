//! Variables that steer the machine: their legal values and what they are while unset. Ordinary variables pass by.

use crate::message::{Detail, ShowContext, Verbosity};
use crate::print::options::{not_among, not_boolean};
use crate::text::{boolean, lossy};
use crate::variables::Variables;

/// The parsed values of all special variables.
#[derive(Debug)]
pub(crate) struct Special {
    pub(crate) autocommit: bool,
    pub(crate) on_error_stop: bool,
    pub(crate) on_error_rollback: bool,
    /// Whether it is so for typed statements only.
    pub(crate) rollback_typed: bool,
    pub(crate) quiet: bool,
    pub(crate) rformat: bool,
    pub(crate) singleline: bool,
    pub(crate) singlestep: bool,
    pub(crate) show_all_results: bool,
    pub(crate) echo: Echo,
    pub(crate) echo_hidden: EchoHidden,
    pub(crate) messages: Detail,
}

/// `ECHO`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Echo {
    None,
    Errors,
    Queries,
    All,
}

/// `ECHO_HIDDEN`: whether questions of commands are shown, and whether they are then asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EchoHidden {
    Off,
    On,
    Noexec,
}

/// Special variables with what they are at the start and after `\unset`; those with `None` are then unset.
const DEFAULTS: [(&str, Rule, Option<&str>); 25] = [
    ("AUTOCOMMIT", Rule::Boolean, Some("on")),
    (
        "COMP_KEYWORD_CASE",
        Rule::Among("lower, upper, preserve-lower, preserve-upper"),
        Some("preserve-upper"),
    ),
    ("ECHO", Rule::Among("none, errors, queries, all"), Some("none")),
    ("ECHO_HIDDEN", Rule::BooleanOr("noexec", "on, off, noexec"), Some("off")),
    ("FETCH_COUNT", Rule::Integer, Some("0")),
    ("HIDE_TABLEAM", Rule::Boolean, Some("off")),
    ("HIDE_TOAST_COMPRESSION", Rule::Boolean, Some("off")),
    ("HISTCONTROL", Rule::Among("none, ignorespace, ignoredups, ignoreboth"), Some("none")),
    ("HISTFILE", Rule::Any, None),
    ("HISTSIZE", Rule::Integer, Some("500")),
    ("IGNOREEOF", Rule::IntegerElse("10"), Some("0")),
    ("LAST_ERROR_MESSAGE", Rule::Any, None),
    ("LAST_ERROR_SQLSTATE", Rule::Any, None),
    ("ON_ERROR_ROLLBACK", Rule::BooleanOr("interactive", "on, off, interactive"), Some("off")),
    ("ON_ERROR_STOP", Rule::Boolean, Some("off")),
    ("PROMPT1", Rule::Any, Some("%/%R%x%# ")),
    ("PROMPT2", Rule::Any, Some("%/%R%x%# ")),
    ("PROMPT3", Rule::Any, Some(">> ")),
    ("QUIET", Rule::Boolean, Some("off")),
    // RSQL's own: not listed until it is set.
    ("RFORMAT", Rule::Boolean, None),
    ("SHOW_ALL_RESULTS", Rule::Boolean, Some("on")),
    ("SHOW_CONTEXT", Rule::Among("never, errors, always"), Some("errors")),
    ("SINGLELINE", Rule::Boolean, Some("off")),
    ("SINGLESTEP", Rule::Boolean, Some("off")),
    ("VERBOSITY", Rule::Among("default, verbose, terse, sqlstate"), Some("default")),
];

/// The psql whose behaviour scripts may rely on.
const PSQL_VERSION: [(&str, &str); 3] = [
    ("VERSION", concat!("rsql ", env!("CARGO_PKG_VERSION"), ", behaves as psql 15")),
    ("VERSION_NAME", "15"),
    ("VERSION_NUM", "150000"),
];

/// What values a special variable takes.
#[derive(Debug, Clone, Copy)]
enum Rule {
    Any,
    Boolean,
    Integer,
    /// An integer; anything else counts as this one.
    IntegerElse(&'static str),
    Among(&'static str),
    BooleanOr(&'static str, &'static str),
}

impl Special {
    /// The state at the start, whose values are put into `variables`.
    pub(crate) fn new(variables: &mut Variables) -> Self {
        for (name, _, default) in DEFAULTS {
            if let Some(default) = default {
                variables.set(name, default);
            }
        }
        for (name, value) in PSQL_VERSION {
            variables.set(name, value);
        }
        Self {
            autocommit: true,
            on_error_stop: false,
            on_error_rollback: false,
            rollback_typed: false,
            quiet: false,
            rformat: false,
            singleline: false,
            singlestep: false,
            show_all_results: true,
            echo: Echo::None,
            echo_hidden: EchoHidden::Off,
            messages: Detail::default(),
        }
    }

    /// Sets a variable, or unsets it (special ones go back to their default). The error is psql's message.
    pub(crate) fn assign(
        &mut self,
        variables: &mut Variables,
        name: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(), String> {
        if !Variables::is_valid_name(name) {
            // Nothing can be set under such a name, so there is nothing to remove.
            if value.is_none() {
                return Ok(());
            }
            return Err(format!("invalid variable name: \"{}\"", lossy(name)));
        }
        let Some(&(known, rule, default)) = DEFAULTS.iter().find(|(known, ..)| known.as_bytes() == name)
        else {
            match value {
                Some(value) => variables.set(name, value),
                None => variables.unset(name),
            }
            return Ok(());
        };
        // psql's switches are off when unset, even those that are on at the start.
        let default = match rule {
            Rule::Boolean | Rule::BooleanOr(..) => Some("off"),
            Rule::Any => None,
            _ => default,
        };
        let Some(value) = value.or(default.map(str::as_bytes)) else {
            variables.unset(name);
            return Ok(());
        };
        // `\set ON_ERROR_STOP` without a value means on.
        let value = match rule {
            Rule::Boolean | Rule::BooleanOr(..) if value.is_empty() => b"on",
            Rule::IntegerElse(other) if int_of_c(value).is_none() => other.as_bytes(),
            _ => value,
        };
        check(known, rule, value)?;
        self.apply(known, value);
        variables.set(name, value);
        Ok(())
    }

    fn apply(&mut self, name: &str, value: &[u8]) {
        let on = boolean(value) == Some(true);
        let lower = value.to_ascii_lowercase();
        match name {
            "AUTOCOMMIT" => self.autocommit = on,
            "ON_ERROR_STOP" => self.on_error_stop = on,
            "ON_ERROR_ROLLBACK" => {
                self.on_error_rollback = on;
                self.rollback_typed = lower == b"interactive";
            }
            "QUIET" => self.quiet = on,
            "SINGLESTEP" => self.singlestep = on,
            "RFORMAT" => self.rformat = on,
            "SINGLELINE" => self.singleline = on,
            "SHOW_ALL_RESULTS" => self.show_all_results = on,
            "ECHO" => {
                self.echo = match lower.as_slice() {
                    b"all" => Echo::All,
                    b"queries" => Echo::Queries,
                    b"errors" => Echo::Errors,
                    _ => Echo::None,
                }
            }
            "ECHO_HIDDEN" => {
                self.echo_hidden = match lower.as_slice() {
                    b"noexec" => EchoHidden::Noexec,
                    _ if on => EchoHidden::On,
                    _ => EchoHidden::Off,
                }
            }
            "VERBOSITY" => {
                self.messages.verbosity = match lower.as_slice() {
                    b"terse" => Verbosity::Terse,
                    b"verbose" => Verbosity::Verbose,
                    b"sqlstate" => Verbosity::Sqlstate,
                    _ => Verbosity::Default,
                }
            }
            "SHOW_CONTEXT" => {
                self.messages.context = match lower.as_slice() {
                    b"never" => ShowContext::Never,
                    b"always" => ShowContext::Always,
                    _ => ShowContext::Errors,
                }
            }
            _ => {}
        }
    }
}

/// Whether a variable steers the machine, so that data must not set it.
pub(crate) fn is_special(name: &[u8]) -> bool {
    DEFAULTS.iter().any(|(known, ..)| known.as_bytes() == name)
}

/// A number as C's `strtol` reads it: decimal, octal after `0`, hexadecimal after `0x`; none beyond 32 bits.
fn int_of_c(value: &[u8]) -> Option<i32> {
    let text = std::str::from_utf8(value).ok()?.trim_start();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let hex = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
    let (digits, radix) = match hex {
        Some(digits) => (digits, 16),
        None if digits.len() > 1 && digits.starts_with('0') => (digits, 8),
        None => (digits, 10),
    };
    let plain = digits.starts_with(|first: char| first.is_digit(radix));
    let number = i64::from_str_radix(digits, radix).ok().filter(|_| plain)?;
    i32::try_from(sign * number).ok()
}

fn check(name: &str, rule: Rule, value: &[u8]) -> Result<(), String> {
    let among = |list: &str| list.split(", ").any(|one| value.eq_ignore_ascii_case(one.as_bytes()));
    match rule {
        Rule::Boolean if boolean(value).is_none() => Err(not_boolean(value, name)),
        Rule::Integer if int_of_c(value).is_none() => {
            Err(format!("invalid value \"{}\" for \"{name}\": integer expected", lossy(value)))
        }
        Rule::Among(list) if !among(list) => Err(not_among(value, name, list)),
        Rule::BooleanOr(word, list)
            if boolean(value).is_none() && !value.eq_ignore_ascii_case(word.as_bytes()) =>
        {
            Err(not_among(value, name, list))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_variables_take_only_their_values() {
        let check = |name: &str, value: Option<&str>, expect: Result<Option<&str>, &str>| {
            let mut variables = Variables::default();
            let mut special = Special::new(&mut variables);
            let result = special.assign(&mut variables, name.as_bytes(), value.map(str::as_bytes));
            let held = variables.get(name.as_bytes()).map(|value| lossy(value).into_owned());
            assert_eq!(result.map(|()| held.as_deref()), expect.map_err(str::to_owned), "{name}");
        };
        check("x", Some("1"), Ok(Some("1")));
        check("x", None, Ok(None));
        check("ON_ERROR_STOP", Some(""), Ok(Some("on")));
        check("ON_ERROR_STOP", None, Ok(Some("off")));
        check("AUTOCOMMIT", None, Ok(Some("off")));
        check("ON_ERROR_STOP", Some("1"), Ok(Some("1")));
        check("ECHO", Some("ALL"), Ok(Some("ALL")));
        check("FETCH_COUNT", Some("100"), Ok(Some("100")));
        check("a b", Some("1"), Err("invalid variable name: \"a b\""));
        check("", Some("1"), Err("invalid variable name: \"\""));
        check(
            "AUTOCOMMIT",
            Some("maybe"),
            Err("unrecognized value \"maybe\" for \"AUTOCOMMIT\": Boolean expected"),
        );
        check("FETCH_COUNT", Some("x"), Err("invalid value \"x\" for \"FETCH_COUNT\": integer expected"));
        check(
            "VERBOSITY",
            Some("loud"),
            Err(
                "unrecognized value \"loud\" for \"VERBOSITY\"\nAvailable values are: default, verbose, terse, sqlstate.",
            ),
        );
    }
}

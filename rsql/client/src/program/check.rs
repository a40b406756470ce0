//! `rsql --check FILE…`: checks scripts without a database. Owns its options and exit codes; the rules are `rsql-lint`'s.

use std::ffi::OsString;
use std::io::Read as _;

use rsql_lint::output::{Fails, Form, Report};
use rsql_lint::{Refusal, Script, Settings, check};

use super::getopt::{self, Argument, Definition, Parsed, Value};
use crate::error::io_text;
use crate::exit_codes;

/// What asks for a check.
const OPTION: &str = "--check";
/// Keys of options without a letter.
const CHECK: u8 = 1;
const STRICT: u8 = 2;

const DEFINITIONS: &[Definition] = &[
    Definition { key: CHECK, long: &["check"], value: Value::None },
    Definition { key: STRICT, long: &["strict"], value: Value::None },
    Definition { key: b'f', long: &["file"], value: Value::Required },
    Definition { key: b'o', long: &["output"], value: Value::Required },
    Definition { key: b'v', long: &["set", "variable"], value: Value::Required },
    Definition { key: b'X', long: &["no-psqlrc"], value: Value::None },
];

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    files: Vec<String>,
    form: Form,
    fails: Fails,
    variables: Vec<(String, String)>,
}

/// Whether these arguments ask for a check. The text of a `-c` does not.
pub(super) fn is_asked_for(arguments: &[OsString]) -> bool {
    let options = arguments.iter().take_while(|argument| *argument != "--");
    let is_text = |at: usize| at > 0 && (arguments[at - 1] == "-c" || arguments[at - 1] == "--command");
    options.enumerate().any(|(at, argument)| argument == OPTION && !is_text(at))
}

/// Checks as the arguments say: findings to standard output, what cannot be read to standard error. Gives the text and the
/// exit code: 0 without findings that count, else 1.
///
/// # Errors
/// A message when the arguments cannot be followed or a script cannot be read.
pub(super) fn run(arguments: impl IntoIterator<Item = OsString>) -> Result<(String, i32), String> {
    let asked = read(arguments)?;
    let settings = Settings { variables: asked.variables, ..Settings::default() };
    let mut report = Report::default();
    for file in &asked.files {
        let text = text_of(file).map_err(|reason| format!("error: {file}: {reason}"))?;
        let shown = if file == "-" { "<stdin>" } else { file };
        let script = Script { path: shown.to_owned(), shown: shown.to_owned(), text };
        report.add(check(script, &settings, &mut included), None);
    }
    report.finish();
    let code = if report.is_failed(asked.fails) { exit_codes::FAILURE } else { exit_codes::SUCCESS };
    let text = match asked.form {
        Form::Text => report.text(),
        Form::Json => format!("{:#}\n", report.json()),
        Form::Sarif => format!("{:#}\n", report.sarif(super::PROGRAM)),
    };
    Ok((text, code))
}

/// A script that another includes, as a run in this directory would open it.
fn included(path: &str) -> Result<Script, Refusal> {
    let text = std::fs::read(path).map_err(|error| Refusal::Missing(io_text(&error)))?;
    Ok(Script { path: path.to_owned(), shown: path.to_owned(), text })
}

fn text_of(file: &str) -> Result<Vec<u8>, String> {
    let mut text = Vec::new();
    let read = match file {
        "-" => std::io::stdin().lock().read_to_end(&mut text).map(drop),
        _ => std::fs::read(file).map(|bytes| text = bytes),
    };
    read.map(|()| text).map_err(|error| io_text(&error))
}

fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Asked, String> {
    let Parsed { arguments, fault } = getopt::parse(arguments, DEFINITIONS);
    if let Some(message) = fault {
        return Err(message);
    }
    let mut asked = Asked::default();
    for argument in arguments {
        match argument {
            Argument::Positional(file) | Argument::Option(b'f', Some(file)) => asked.files.push(lossy(&file)),
            Argument::Option(b'o', Some(name)) => {
                let name = lossy(&name);
                asked.form = Form::of_name(&name)
                    .ok_or_else(|| format!("error: {OPTION} writes text, json or sarif, not \"{name}\""))?;
            }
            Argument::Option(b'v', Some(pair)) => {
                let pair = lossy(&pair);
                asked
                    .variables
                    .extend(pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())));
            }
            Argument::Option(STRICT, _) => asked.fails = Fails::AtWarnings,
            Argument::Option(..) => {}
        }
    }
    if asked.files.is_empty() {
        return Err(format!("error: {OPTION} needs the scripts to check"));
    }
    Ok(asked)
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    #[test]
    fn checks_are_asked_for_by_their_option_alone() {
        let check = |words: &[&str], expect: bool| assert_eq!(is_asked_for(&of(words)), expect, "{words:?}");
        check(&["--check", "a.rsql"], true);
        check(&["-v", "a=b", "a.rsql", "--check"], true);
        check(&["-c", "--check"], false);
        check(&["--", "--check"], false);
        check(&["-f", "a.rsql"], false);
        check(&[], false);
    }

    #[test]
    fn options_of_checks() {
        let asked = read(of(&["--check", "a", "-f", "b", "-o", "json", "--strict", "-v", "x=1=2", "-vy"]));
        let expect = Asked {
            files: vec!["a".to_owned(), "b".to_owned()],
            form: Form::Json,
            fails: Fails::AtWarnings,
            variables: vec![("x".to_owned(), "1=2".to_owned())],
        };
        assert_eq!(asked, Ok(expect));
        assert_eq!(read(of(&["--check"])), Err("error: --check needs the scripts to check".to_owned()));
        let xml = read(of(&["--check", "-o", "xml", "a"]));
        assert_eq!(xml, Err("error: --check writes text, json or sarif, not \"xml\"".to_owned()));
    }
}

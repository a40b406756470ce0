//! The command line of `rsql`: psql's options, and `-D` for a data source.
//!
//! Says what was asked for; performs nothing.

use std::ffi::OsString;

use rsql_lang::{Action, OutputTarget};

use super::getopt::{self, Argument, Definition, Parsed, Value};
use crate::options::Settings;

/// Key of `--csv`, which has no letter.
const CSV: u8 = 1;
/// Keys of the emulation's options, which have no letters, either.
const EMULATE: u8 = 2;
const OBJECTS: u8 = 3;

const fn flag(key: u8, long: &'static [&'static str]) -> Definition {
    Definition { key, long, value: Value::None }
}

const fn valued(key: u8, long: &'static [&'static str]) -> Definition {
    Definition { key, long, value: Value::Required }
}

/// In psql's order, which messages about ambiguous abbreviations follow.
const DEFINITIONS: &[Definition] = &[
    flag(b'a', &["echo-all"]),
    flag(b'A', &["no-align"]),
    valued(b'c', &["command"]),
    valued(b'd', &["dbname"]),
    flag(b'e', &["echo-queries"]),
    flag(b'b', &["echo-errors"]),
    flag(b'E', &["echo-hidden"]),
    valued(b'f', &["file"]),
    valued(b'F', &["field-separator"]),
    flag(b'z', &["field-separator-zero"]),
    valued(b'h', &["host"]),
    flag(b'H', &["html"]),
    flag(b'l', &["list"]),
    valued(b'L', &["log-file"]),
    flag(b'n', &["no-readline"]),
    flag(b'1', &["single-transaction"]),
    valued(b'o', &["output"]),
    valued(b'p', &["port"]),
    valued(b'P', &["pset"]),
    flag(b'q', &["quiet"]),
    valued(b'R', &["record-separator"]),
    flag(b'0', &["record-separator-zero"]),
    flag(b's', &["single-step"]),
    flag(b'S', &["single-line"]),
    flag(b't', &["tuples-only"]),
    valued(b'T', &["table-attr"]),
    valued(b'U', &["username"]),
    valued(b'v', &["set", "variable"]),
    flag(b'V', &["version"]),
    flag(b'w', &["no-password"]),
    flag(b'W', &["password"]),
    flag(b'x', &["expanded"]),
    flag(b'X', &["no-psqlrc"]),
    Definition { key: b'?', long: &["help"], value: Value::Optional },
    flag(CSV, &["csv"]),
    valued(b'D', &["dsn"]),
    flag(EMULATE, &["emulate-redshift"]),
    valued(OBJECTS, &["emulate-s3"]),
];

/// Flags that are a setting of a variable or a printing parameter.
const VARIABLE_FLAGS: &[(u8, &str, &str)] = &[
    (b'a', "ECHO", "all"),
    (b'e', "ECHO", "queries"),
    (b'b', "ECHO", "errors"),
    (b'E', "ECHO_HIDDEN", "on"),
    (b'q', "QUIET", "on"),
    (b's', "SINGLESTEP", "on"),
    (b'S', "SINGLELINE", "on"),
];
const PRINT_FLAGS: &[(u8, &str, &str)] = &[
    (b'A', "format", "unaligned"),
    (b'H', "format", "html"),
    (CSV, "format", "csv"),
    (b't', "tuples_only", "on"),
    (b'x', "expanded", "on"),
    (b'z', "fieldsep_zero", "on"),
    (b'0', "recordsep_zero", "on"),
];
const PRINT_VALUES: &[(u8, &str)] = &[(b'F', "fieldsep"), (b'R', "recordsep"), (b'T', "tableattr")];

/// Whether to ask for a password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Prompt {
    /// When the server wants one and none is known.
    #[default]
    IfNeeded,
    Never,
    Always,
}

/// How lines are read from a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Typing {
    /// With line editing, history and completion.
    #[default]
    Edited,
    /// As the terminal gives them (`-n`).
    Plain,
}

/// What to tell instead of running anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    Options,
    Commands,
    Variables,
    Version,
}

/// What the command line asks for.
#[derive(Debug, Default)]
pub(super) struct CommandLine {
    pub(super) connection: Settings,
    pub(super) database: Option<String>,
    pub(super) data_source: Option<String>,
    pub(super) variables: Vec<(String, String)>,
    pub(super) print: Vec<(String, Option<String>)>,
    pub(super) actions: Vec<Action>,
    pub(super) output: Option<OutputTarget>,
    pub(super) single_transaction: bool,
    pub(super) startup_files: bool,
    pub(super) prompt: Prompt,
    pub(super) typing: Typing,
    /// `-L`: a file for queries and their results.
    pub(super) log_file: Option<Vec<u8>>,
    /// `-l`: databases are to be listed, and nothing else done.
    pub(super) list_databases: bool,
    /// Arguments too many, to be warned of.
    pub(super) ignored: Vec<String>,
}

impl CommandLine {
    /// The user that the command line names.
    pub(super) fn user(&self) -> Option<&str> {
        self.connection.get("user")
    }
}

/// What to do, as the command line has it.
pub(super) enum Request {
    Run(Box<CommandLine>),
    Tell(Topic),
}

/// Reads the arguments after the program's name.
///
/// # Errors
/// getopt's message, which may be empty; a hint at `--help` follows it.
pub(super) fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Request, String> {
    let mut line = CommandLine { startup_files: true, ..CommandLine::default() };
    let mut positional = Vec::new();
    let Parsed { arguments, fault } = getopt::parse(arguments, DEFINITIONS);
    for argument in arguments {
        match argument {
            Argument::Positional(bytes) => positional.push(text(&bytes)),
            Argument::Option(b'V', _) => return Ok(Request::Tell(Topic::Version)),
            Argument::Option(b'?', topic) => return help_topic(topic.as_deref()).map(Request::Tell),
            Argument::Option(key, None) => apply_flag(&mut line, key),
            Argument::Option(key, Some(value)) => apply_value(&mut line, key, value),
        }
    }
    if let Some(message) = fault {
        return Err(message);
    }
    take_positional(&mut line, positional);
    if line.list_databases {
        line.database.get_or_insert_with(|| "postgres".to_owned());
        line.actions = vec![Action::Command(b"\\l".to_vec())];
        line.startup_files = false;
    }
    Ok(Request::Run(Box::new(line)))
}

fn help_topic(topic: Option<&[u8]>) -> Result<Topic, String> {
    match topic {
        None | Some(b"options") => Ok(Topic::Options),
        Some(b"commands") => Ok(Topic::Commands),
        Some(b"variables") => Ok(Topic::Variables),
        Some(_) => Err(String::new()),
    }
}

/// Database and user, as far as no option has named them, wherever they stand.
fn take_positional(line: &mut CommandLine, arguments: Vec<String>) {
    for argument in arguments {
        if line.database.is_none() {
            line.database = Some(argument);
        } else if line.connection.get("user").is_none() {
            line.connection.set("user", &argument);
        } else {
            line.ignored.push(argument);
        }
    }
}

fn apply_flag(line: &mut CommandLine, key: u8) {
    if let Some((_, name, value)) = VARIABLE_FLAGS.iter().find(|(k, _, _)| *k == key) {
        line.variables.push(((*name).to_owned(), (*value).to_owned()));
        return;
    }
    if let Some((_, name, value)) = PRINT_FLAGS.iter().find(|(k, _, _)| *k == key) {
        line.print.push(((*name).to_owned(), Some((*value).to_owned())));
        return;
    }
    match key {
        b'1' => line.single_transaction = true,
        b'X' => line.startup_files = false,
        b'w' => line.prompt = Prompt::Never,
        b'W' => line.prompt = Prompt::Always,
        b'n' => line.typing = Typing::Plain,
        EMULATE => line.connection.set("emulate_redshift", "true"),
        // All other flags are variables or printing parameters.
        _ => line.list_databases = true,
    }
}

fn apply_value(line: &mut CommandLine, key: u8, value: Vec<u8>) {
    if let Some((_, name)) = PRINT_VALUES.iter().find(|(k, _)| *k == key) {
        line.print.push(((*name).to_owned(), Some(text(&value))));
        return;
    }
    match key {
        b'c' => line.actions.push(Action::Command(value)),
        b'f' => line.actions.push(Action::File(value)),
        b'd' => line.database = Some(text(&value)),
        b'D' => line.data_source = Some(text(&value)),
        b'h' => line.connection.set("host", &text(&value)),
        OBJECTS => line.connection.set("emulate_s3", &text(&value)),
        b'p' => line.connection.set("port", &text(&value)),
        b'U' => line.connection.set("user", &text(&value)),
        b'o' => {
            line.output = Some(match value.strip_prefix(b"|") {
                Some(command) => OutputTarget::Program(command.to_vec()),
                None => OutputTarget::File(value),
            });
        }
        b'v' => {
            // Without "=" psql unsets the variable, and at this point none is set.
            if let Some((name, value)) = text(&value).split_once('=') {
                line.variables.push((name.to_owned(), value.to_owned()));
            }
        }
        b'P' => {
            let setting = text(&value);
            let (name, value) = match setting.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (setting.as_str(), None),
            };
            line.print.push((name.to_owned(), value));
        }
        // All other values are connection settings or printing parameters.
        _ => line.log_file = Some(value),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(arguments: &[&str]) -> CommandLine {
        match read(arguments.iter().map(OsString::from)) {
            Ok(Request::Run(line)) => *line,
            _ => panic!("{arguments:?} is no run"),
        }
    }

    #[test]
    fn actions_keep_their_order() {
        let line = run(&["-c", "a", "-f", "b", "-cc", "--file=d"]);
        let expect = [
            Action::Command(b"a".to_vec()),
            Action::File(b"b".to_vec()),
            Action::Command(b"c".to_vec()),
            Action::File(b"d".to_vec()),
        ];
        assert_eq!(line.actions, expect);
    }

    #[test]
    fn positional_arguments_fill_what_options_left() {
        fn check(arguments: &[&str], database: Option<&str>, user: Option<&str>, ignored: usize) {
            let line = run(arguments);
            assert_eq!(line.database.as_deref(), database, "{arguments:?}");
            assert_eq!(line.connection.get("user"), user, "{arguments:?}");
            assert_eq!(line.ignored.len(), ignored, "{arguments:?}");
        }
        check(&[], None, None, 0);
        check(&["d"], Some("d"), None, 0);
        check(&["d", "u"], Some("d"), Some("u"), 0);
        check(&["-d", "d", "u"], Some("d"), Some("u"), 0);
        check(&["-U", "u", "d", "x", "y"], Some("d"), Some("u"), 2);
        check(&["x", "y", "-U", "u", "-d", "d"], Some("d"), Some("u"), 2);
        check(&["-l"], Some("postgres"), None, 0);
    }

    #[test]
    fn flags_become_settings() {
        let line = run(&[
            "-tAq", "-F,", "-v", "a=b=c", "-ve=", "-vgone", "-P", "null=-", "-Pfooter", "-1X", "--csv",
        ]);
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(line.variables, [pair("QUIET", "on"), pair("a", "b=c"), pair("e", "")]);
        let print: Vec<_> = line.print.iter().map(|(n, v)| (n.as_str(), v.as_deref())).collect();
        let expect = [
            ("tuples_only", Some("on")),
            ("format", Some("unaligned")),
            ("fieldsep", Some(",")),
            ("null", Some("-")),
            ("footer", None),
            ("format", Some("csv")),
        ];
        assert_eq!(print, expect);
        assert!(line.single_transaction && !line.startup_files);
    }
}

//! What a run is started with: settings and actions. Reading options, files and the environment is the driver's.

use std::collections::VecDeque;

use crate::effect::OutputTarget;
use crate::outcome::{ConnectionInfo, LocalTime};

/// Settings of one run, fixed at its start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The program's name at the head of messages (`rsql`).
    pub program: String,
    /// The session, already open.
    pub connection: ConnectionInfo,
    /// `-v NAME=VALUE` and the options that stand for variables (`-a` is `ECHO=all`, `-e` `ECHO=queries`, `-b`
    /// `ECHO=errors`, `-q` `QUIET=on`, `-S` `SINGLELINE=on`, `-s` `SINGLESTEP=on`), in order of the command line.
    pub variables: Vec<(String, String)>,
    /// `-P NAME=VALUE` and the options that stand for them (`-A` is `format=unaligned`, `-t` `tuples_only=on`, `-F`
    /// `fieldsep`, `-R` `recordsep`, `-z` `fieldsep_zero=on`, `-0` `recordsep_zero=on`, `-x` `expanded=on`, `--csv`
    /// `format=csv`), in order of the command line; without value as in `\pset NAME`. They hold whether or not RFORMAT is on.
    pub print: Vec<(String, Option<String>)>,
    /// `-o`: where results go from the start, as `\o` has it. If it cannot be opened, nothing is run.
    pub output: Option<OutputTarget>,
    /// `-L`: a file to which statements and results are logged. If it cannot be opened, nothing is run.
    pub log: Option<Vec<u8>>,
    /// `-1`: all actions in one transaction.
    pub single_transaction: bool,
    /// Whether scripts may start shell commands.
    pub shell: ShellPolicy,
    /// Who sees the output and gives the input.
    pub audience: Audience,
    /// The database that prompts need not name (`PGDATABASE`).
    pub usual_database: Option<String>,
    /// The home directory, for paths that begin with `~/`.
    pub home: Option<String>,
    /// When the run has begun, in its time zone: the date that headings of reports show.
    pub started: LocalTime,
    /// Columns of the terminal that standard output is, for wrapped output without a target width.
    pub columns: Option<usize>,
}

impl Settings {
    /// Settings with defaults for this session: program `rsql`, shell allowed.
    #[must_use]
    pub fn new(connection: ConnectionInfo) -> Self {
        Self {
            program: "rsql".to_owned(),
            connection,
            variables: Vec::new(),
            print: Vec::new(),
            output: None,
            log: None,
            single_transaction: false,
            shell: ShellPolicy::Allowed,
            audience: Audience::Nobody,
            usual_database: None,
            home: None,
            started: LocalTime::default(),
            columns: None,
        }
    }
}

/// Who is at the other side of the standard streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Programs and files.
    Nobody,
    /// A person, who reads what is written.
    Reader,
    /// A person, who also types what is read from standard input.
    Typist,
}

/// Whether `\!`, `\os`, backticks and pipes may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShellPolicy {
    /// They may.
    Allowed,
    /// Each is an error that says so; nothing is started.
    Denied,
}

/// One thing to run, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// `-c TEXT`: one meta-command if it begins with a backslash, else SQL that is sent as it is.
    Command(Vec<u8>),
    /// A start-up file (`~/.rsqlrc`): before everything else; missing or failing, it changes nothing.
    StartupFile(Vec<u8>),
    /// `-f FILE`; `-` is standard input with `<stdin>` in messages.
    File(Vec<u8>),
    /// Standard input, when there was neither `-c` nor `-f`.
    Stdin,
}

/// Actions still to run.
pub(crate) type Actions = VecDeque<Action>;

/// A setting of the command line that cannot be used; the program ends with `exit_code::FAILURE`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A `-v` the machine does not take.
    #[error("set variable \"{name}\": {reason}")]
    Variable {
        /// Its name.
        name: String,
        /// Why not.
        reason: String,
    },
    /// A `-P` the machine does not take.
    #[error("set printing parameter \"{name}\": {reason}")]
    Print {
        /// Its name.
        name: String,
        /// Why not.
        reason: String,
    },
}

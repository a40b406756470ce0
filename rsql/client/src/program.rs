//! The executable `rsql`: command line, connection, start-up file, signals, exit code.
//!
//! A library entry too, so that another program can be `rsql` by the name it is called with.

mod arguments;
mod check;
mod completion;
pub(crate) mod editor;
mod getopt;
mod history;
pub(crate) mod interactive;
pub(crate) mod pager;
mod signals;
mod startup;
pub(crate) mod terminal;

use std::ffi::OsString;
use std::io::{IsTerminal, Write as _};

use rsql_lang::{Action, Audience, Machine, SettingsError};
use tokio_util::sync::CancellationToken;

use self::arguments::{CommandLine, Prompt, Request, Topic, Typing};
use self::interactive::{Interrupts, Typist};
use self::signals::OnInterrupt;
use crate::clock;
use crate::driver::{Console, Driver, Person, Place, Stop, connection_info, not_written};
use crate::emulate::prepared;
use crate::error::SessionError;
use crate::exit_codes;
use crate::options::cloud::Cloud;
use crate::options::{ConnectOptions, Environment, Settings, conninfo};
use crate::session::Session;

/// Environment variable whose value RFORMAT has at the start (docs/rsql.md, point 39).
const RFORMAT_VARIABLE: &str = "RSQL_RFORMAT";
/// Name at the head of messages.
const PROGRAM: &str = "rsql";

/// Runs `rsql` with these arguments (without the program's name) in this process: its standard streams, environment,
/// directory and signals. Gives the exit code, to be handed to `std::process::exit` at once, since a read of standard
/// input may still be waiting in a thread.
pub async fn run(arguments: Vec<OsString>, cloud: Option<Cloud>) -> i32 {
    if check::is_asked_for(&arguments) {
        return match check::run(arguments) {
            Ok((text, code)) => match tell(&text) {
                exit_codes::SUCCESS => code,
                lost => lost,
            },
            Err(message) => refuse(&message),
        };
    }
    let line = match arguments::read(arguments) {
        Ok(Request::Run(line)) => *line,
        Ok(Request::Tell(topic)) => {
            return tell(match topic {
                Topic::Options => rsql_lang::help::OPTIONS,
                Topic::Commands => rsql_lang::help::COMMANDS,
                Topic::Variables => rsql_lang::help::VARIABLES,
                Topic::Version => concat!("rsql ", env!("CARGO_PKG_VERSION"), "\n"),
            });
        }
        Err(message) => return refuse(&message),
    };
    let (audience, _) = audience(&line);
    if line.single_transaction && line.actions.is_empty() && audience == Audience::Typist {
        eprintln!("{PROGRAM}: error: -1 can only be used in non-interactive mode");
        return exit_codes::FAILURE;
    }
    for argument in &line.ignored {
        eprintln!("{PROGRAM}: warning: extra command-line argument \"{argument}\" ignored");
    }
    let environment = Environment::of_process();
    let session = match prepared(connect(&line, &environment, cloud.as_ref()).await) {
        Ok(session) => session,
        Err(error) => {
            eprintln!("{PROGRAM}: error: {error}");
            return exit_codes::BAD_CONNECTION;
        }
    };
    run_on(session, line, environment, cloud).await
}

/// getopt's message, and a hint at `--help`.
fn refuse(message: &str) -> i32 {
    if !message.is_empty() {
        eprintln!("{PROGRAM}: {message}");
    }
    eprintln!("{PROGRAM}: hint: Try \"{PROGRAM} --help\" for more information.");
    exit_codes::FAILURE
}

/// Connects as the command line says, asking for a password where that may help.
async fn connect(
    line: &CommandLine,
    environment: &Environment,
    cloud: Option<&Cloud>,
) -> Result<Session, SessionError> {
    let mut options = connect_options(line, environment, cloud).await?;
    for warning in &options.warnings {
        eprintln!("WARNING: {warning}");
    }
    if line.prompt == Prompt::Always
        && let Some(typed) = terminal::ask_password(line.user())
    {
        options.log_in_by(typed);
    }
    let error = match Session::connect(&options).await {
        Err(error @ SessionError::Connect { password_needed: true, .. }) => error,
        other => return other,
    };
    if line.prompt != Prompt::IfNeeded {
        return Err(error);
    }
    match terminal::ask_password(Some(&options.user)) {
        None => Err(error),
        Some(typed) => {
            options.log_in_by(typed);
            Session::connect(&options).await
        }
    }
}

/// Strongest first: connection string, options, data source; the environment comes in by itself.
async fn connect_options(
    line: &CommandLine,
    environment: &Environment,
    cloud: Option<&Cloud>,
) -> Result<ConnectOptions, SessionError> {
    let mut settings = Settings::default();
    match &line.database {
        Some(text) if conninfo::is_connection_string(text) => settings = conninfo::parse(text)?,
        Some(name) => settings.set("dbname", name),
        None => {}
    }
    settings.merge_missing(&line.connection);
    if let Some(name) = &line.data_source {
        settings.merge_missing(&conninfo::data_source(name, environment)?);
    }
    settings.set_default("fallback_application_name", PROGRAM);
    ConnectOptions::resolve(&settings, environment, cloud).await
}

async fn run_on(session: Session, line: CommandLine, environment: Environment, cloud: Option<Cloud>) -> i32 {
    let (audience, typing) = audience(&line);
    let mut settings = rsql_lang::Settings::new(connection_info(&session));
    PROGRAM.clone_into(&mut settings.program);
    settings.variables = variables(line.variables, &environment);
    settings.print = line.print;
    settings.output = line.output;
    settings.log = line.log_file;
    settings.single_transaction = line.single_transaction;
    settings.started = clock::local_time(&environment);
    settings.home = environment.home();
    settings.columns = pager::columns(&environment);
    settings.usual_database = environment.text("PGDATABASE");
    settings.audience = audience;
    let mut machine = match Machine::new(settings) {
        Ok(machine) => machine,
        Err(error) => {
            refuse_setting(&error);
            session.close().await;
            return exit_codes::FAILURE;
        }
    };
    if line.startup_files {
        for path in startup::files(&environment) {
            machine.push(Action::StartupFile(path.into_os_string().into_encoded_bytes()));
        }
    }
    if line.actions.is_empty() {
        machine.push(Action::Stdin);
    }
    for action in line.actions {
        machine.push(action);
    }
    let console = match audience {
        Audience::Nobody => Console::of_process(),
        Audience::Reader | Audience::Typist => Console::of_terminal(environment.clone()),
    };
    let (interrupted, interrupts) = Interrupts::channel();
    let typist = (audience == Audience::Typist).then(|| Typist::new(typing, environment.clone()));
    let on_interrupt = if typist.is_some() { OnInterrupt::Tell(interrupted) } else { OnInterrupt::End };
    let person = (audience != Audience::Nobody).then(|| Person::new(typist, interrupts));
    let place = Place {
        // Without a working directory (it was deleted) relative paths fail one by one, as they should.
        directory: std::env::current_dir().unwrap_or_default(),
        environment,
        script_root: None,
        own_process_groups: false,
        cloud,
    };
    let stop = CancellationToken::new();
    let code = signals::watch_all(&stop, on_interrupt);
    let driver = Driver::new(machine, session, place, console, stop).seen_by(person);
    match driver.run().await.end {
        Ok(code) => code,
        Err(Stop::Cancelled) => *code.borrow(),
        Err(stop) => output_lost(&stop),
    }
}

/// Who sits at the terminal, if both streams lead to one; and how their lines are read.
fn audience(line: &CommandLine) -> (Audience, Typing) {
    let stdin_action = Action::File(b"-".to_vec());
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return (Audience::Nobody, line.typing);
    }
    if line.actions.is_empty() {
        return (Audience::Typist, line.typing);
    }
    // Input that is asked for among files is not edited.
    if line.actions.contains(&stdin_action) {
        return (Audience::Typist, Typing::Plain);
    }
    (Audience::Reader, line.typing)
}

/// The variables of the command line, after the one that a site may set for all its scripts.
fn variables(mut given: Vec<(String, String)>, environment: &Environment) -> Vec<(String, String)> {
    if let Some(value) = environment.text(RFORMAT_VARIABLE) {
        given.insert(0, ("RFORMAT".to_owned(), value));
    }
    given
}

/// Writes a text of our own to standard output; gives the exit code.
fn tell(text: &str) -> i32 {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => exit_codes::SUCCESS,
        Err(error) => output_lost(&not_written(&error)),
    }
}

/// The exit code when standard output can no longer be written, and a message unless it is only that nobody reads it.
fn output_lost(stop: &Stop) -> i32 {
    let Stop::OutputFailed(reason) = stop else { return exit_codes::OUTPUT_CLOSED };
    eprintln!("{PROGRAM}: error: could not write to standard output: {reason}");
    exit_codes::FAILURE
}

/// psql's words for a `-v` or `-P` that cannot be used.
fn refuse_setting(error: &SettingsError) {
    match error {
        SettingsError::Variable { reason, .. } => eprintln!("{PROGRAM}: error: {reason}"),
        SettingsError::Print { name, reason } => {
            eprintln!(
                "{PROGRAM}: error: {reason}\n{PROGRAM}: error: could not set printing parameter \"{name}\""
            );
        }
    }
}

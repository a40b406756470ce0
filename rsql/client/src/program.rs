//! The executable `rsql`: command line, connection, start-up file, signals, exit code.
//!
//! A library entry too, so that another program can be `rsql` by the name it is called with.

mod arguments;
mod getopt;
mod help;
mod terminal;

use std::ffi::OsString;
use std::io::{IsTerminal, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use rsql_lang::{Action, Machine, SettingsError};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use self::arguments::{CommandLine, Fault, Prompt, Request};
use crate::clock;
use crate::driver::{Console, Driver, Place, Stop, connection_info, not_written};
use crate::error::SessionError;
use crate::exit_codes;
use crate::options::cloud::Cloud;
use crate::options::{ConnectOptions, Environment, Settings, conninfo};
use crate::session::Session;

/// Longest time from SIGTERM to the end, whatever the server or a reader of our output does: below the 10 s that
/// supervisors commonly grant before they kill.
const END_TIMEOUT: Duration = Duration::from_secs(8);
/// Environment variable whose value RFORMAT has at the start (docs/rsql.md, point 39).
const RFORMAT_VARIABLE: &str = "RSQL_RFORMAT";
/// Name at the head of messages.
const PROGRAM: &str = "rsql";

/// Runs `rsql` with these arguments (without the program's name) in this process: its standard streams, environment,
/// directory and signals. Gives the exit code, to be handed to `std::process::exit` at once, since a read of standard
/// input may still be waiting in a thread.
pub async fn run(arguments: Vec<OsString>, cloud: Option<Cloud>) -> i32 {
    let line = match arguments::read(arguments) {
        Ok(Request::Run(line)) => *line,
        Ok(Request::Help) => {
            return tell(help::HELP);
        }
        Ok(Request::Version) => {
            return tell(concat!("rsql ", env!("CARGO_PKG_VERSION"), "\n"));
        }
        Err(fault) => return refuse(fault),
    };
    for argument in &line.ignored {
        eprintln!("{PROGRAM}: warning: extra command-line argument \"{argument}\" ignored");
    }
    let environment = Environment::of_process();
    let session = match connect(&line, &environment, cloud.as_ref()).await {
        Ok(session) => session,
        Err(error) => {
            eprintln!("{PROGRAM}: error: {error}");
            return exit_codes::BAD_CONNECTION;
        }
    };
    run_on(session, line, environment, cloud).await
}

fn refuse(fault: Fault) -> i32 {
    match fault {
        Fault::Refused(message) => eprintln!("{PROGRAM}: error: {message}"),
        Fault::Option(message) => {
            if !message.is_empty() {
                eprintln!("{PROGRAM}: {message}");
            }
            eprintln!("{PROGRAM}: hint: Try \"{PROGRAM} --help\" for more information.");
        }
    }
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
    if line.prompt == Prompt::Always {
        options.password = terminal::ask_password().or(options.password);
    }
    let error = match Session::connect(&options).await {
        Err(error @ SessionError::Connect { password_needed: true, .. }) => error,
        other => return other,
    };
    if line.prompt != Prompt::IfNeeded {
        return Err(error);
    }
    match terminal::ask_password() {
        None => Err(error),
        password => {
            options.password = password;
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

async fn run_on(
    session: Session,
    line: CommandLine,
    environment: Environment,
    cloud: Option<Cloud>,
) -> i32 {
    let mut settings = rsql_lang::Settings::new(connection_info(&session));
    PROGRAM.clone_into(&mut settings.program);
    settings.variables = variables(line.variables, &environment);
    settings.print = line.print;
    settings.output = line.output;
    settings.single_transaction = line.single_transaction;
    settings.started = clock::local_time(&environment);
    settings.home = environment.home();
    settings.columns = environment.text("COLUMNS").and_then(|text| text.parse().ok());
    let mut machine = match Machine::new(settings) {
        Ok(machine) => machine,
        Err(error) => {
            refuse_setting(&error);
            session.close().await;
            return exit_codes::FAILURE;
        }
    };
    if line.startup_files
        && let Some(path) = startup_file(&environment)
    {
        machine.push(Action::StartupFile(path.into_os_string().into_encoded_bytes()));
    }
    let mut console = Console::of_process();
    if line.actions.is_empty() {
        machine.push(Action::Stdin);
        if std::io::stdin().is_terminal() {
            println!(
                "{PROGRAM} {} on \"{}\"; \\q quits.",
                env!("CARGO_PKG_VERSION"),
                session.options().database
            );
            console = Console::of_process_with_prompt(format!("{}=> ", session.options().database));
        }
    }
    for action in line.actions {
        machine.push(action);
    }
    let place = Place {
        // Without a working directory (it was deleted) relative paths fail one by one, as they should.
        directory: std::env::current_dir().unwrap_or_default(),
        environment,
        script_root: None,
        own_process_groups: false,
        cloud,
    };
    let stop = CancellationToken::new();
    let interrupted = watch_signals(&stop);
    let driver = Driver::new(machine, session, place, console, stop);
    match driver.run().await.end {
        Ok(code) => code,
        Err(Stop::Cancelled) => *interrupted.borrow(),
        Err(stop) => output_lost(&stop),
    }
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

/// `~/.rsqlrc`, else psql's own start-up file.
fn startup_file(environment: &Environment) -> Option<PathBuf> {
    if let Some(path) = environment.text("PSQLRC") {
        return Some(PathBuf::from(path)).filter(|path| path.exists());
    }
    let home = PathBuf::from(environment.home()?);
    [".rsqlrc", ".psqlrc"].iter().map(|name| home.join(name)).find(|path| path.exists())
}

/// Fires the token at the first signal, and says with which code to end. A second signal ends the process at once.
fn watch_signals(stop: &CancellationToken) -> tokio::sync::watch::Receiver<i32> {
    let (sender, receiver) = tokio::sync::watch::channel(exit_codes::SCRIPT_ERROR);
    // psql ends an interrupted script like one that failed; the others as the shell reports a death by signal.
    for (kind, code) in [
        (SignalKind::interrupt(), exit_codes::SCRIPT_ERROR),
        (SignalKind::terminate(), 128 + 15),
        (SignalKind::hangup(), 128 + 1),
    ] {
        let (stop, sender) = (stop.clone(), sender.clone());
        let Ok(mut signals) = signal(kind) else { continue };
        tokio::spawn(async move {
            while signals.recv().await.is_some() {
                if stop.is_cancelled() {
                    std::process::exit(128 + kind.as_raw_value());
                }
                sender.send_replace(code);
                stop.cancel();
                if kind != SignalKind::interrupt() {
                    tokio::time::sleep(END_TIMEOUT).await;
                    std::process::exit(code);
                }
            }
        });
    }
    receiver
}

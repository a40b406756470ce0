//! `\connect`, `\logon` and `\conninfo`, and what the machine keeps of a session.

use super::{Args, Flow};
use crate::charset::Charset;
use crate::effect::{ConnectRequest, ConnectTarget, Effect};
use crate::io::Waiting;
use crate::machine::Machine;
use crate::outcome::{ConnectFailure, ConnectionInfo, Transaction};
use crate::text::{boolean, lossy};

/// Place of the password among the arguments of `\logon`.
const PASSWORD: usize = 4;

impl Machine {
    pub(super) fn connect(&mut self, args: &Args) -> Flow {
        let mut words: Vec<&[u8]> = args.words.iter().map(|arg| arg.text.as_slice()).collect();
        let mut reuse_previous = None;
        if let Some(value) = words.first().and_then(|word| word.strip_prefix(b"-reuse-previous=")) {
            let Some(reuse) = boolean(value) else {
                let value = lossy(value);
                let message =
                    format!("unrecognized value \"{value}\" for \"-reuse-previous\": Boolean expected");
                return self.fail(&message);
            };
            reuse_previous = Some(reuse);
            words.remove(0);
        }
        if words.len() > 4 {
            // `\connect` has no place for a password; without this it would be shown as an extra argument.
            return self.fail_with("too many arguments");
        }
        self.ask_connection("\\connect", &words, reuse_previous)
    }

    pub(super) fn logon(&mut self, args: &Args) -> Flow {
        let words: Vec<&[u8]> = args.words.iter().map(|arg| arg.text.as_slice()).collect();
        if words.len() > PASSWORD + 1 {
            // Shown as an extra argument, it might be a part of the password.
            return self.fail_with("too many arguments");
        }
        self.ask_connection("\\logon", &words, None)
    }

    fn ask_connection(&mut self, command: &'static str, words: &[&[u8]], reuse: Option<bool>) -> Flow {
        let part = |index: usize| {
            let word = words.get(index).filter(|word| !word.is_empty() && **word != b"-");
            word.map(|word| word.to_vec())
        };
        let target = match part(0) {
            Some(text) if is_conninfo(&text) => {
                if (1..PASSWORD).any(|index| part(index).is_some()) {
                    let message = "Do not give user, host, or port separately when using a connection string";
                    return self.fail(message);
                }
                if part(PASSWORD).is_some() {
                    return self.fail("Do not give a password separately when using a connection string");
                }
                ConnectTarget::Conninfo(text)
            }
            database => ConnectTarget::Parts {
                database,
                user: part(1),
                host: part(2),
                port: part(3),
                password: part(PASSWORD),
            },
        };
        let request = ConnectRequest { target, reuse_previous: reuse };
        self.io.ask(Effect::Connect(request), Waiting::Connect(command));
        Flow::Wait
    }

    /// A new session is open, or not; then there is none at all, as psql has it in a script.
    pub(crate) fn connect_done(
        &mut self,
        command: &'static str,
        result: Result<Box<ConnectionInfo>, ConnectFailure>,
    ) {
        match result {
            Ok(connection) => {
                let old = self.connection.take();
                self.connected_to(*connection);
                self.confirm_connection(command, old.as_ref());
                self.command_done();
            }
            Err(failure) => {
                let is_kept = self.is_typed() && self.connection.is_some();
                match failure {
                    ConnectFailure::Refused(reason) if !is_kept => {
                        self.error(&format!("{command}: {reason}"));
                    }
                    ConnectFailure::Refused(reason) | ConnectFailure::Unreadable(reason) => {
                        self.error(&reason);
                    }
                }
                if is_kept {
                    self.info("Previous connection kept");
                } else {
                    self.forget_connection();
                }
                self.command_failed();
            }
        }
    }

    /// There is no session any more.
    pub(crate) fn forget_connection(&mut self) {
        self.connection = None;
        for name in ["DBNAME", "USER", "HOST", "PORT", "ENCODING"] {
            self.variables.unset(name.as_bytes());
        }
    }

    fn confirm_connection(&mut self, command: &str, old: Option<&ConnectionInfo>) {
        let Some(new) = &self.connection else { return };
        let moved = old.is_none_or(|old| (&old.host, old.port) != (&new.host, new.port));
        let mut text =
            format!("You are now connected to database \"{}\" as user \"{}\"", new.database, new.user);
        if moved {
            text.push_str(&place(new));
        }
        text.push('.');
        // RSQL's own command always says so.
        if command == "\\logon" { self.print_line(&text) } else { self.confirm(&text) }
    }

    pub(super) fn conninfo(&mut self, _: &Args) -> Flow {
        let Some(connection) = &self.connection else {
            self.print_line("You are currently not connected to a database.");
            return Flow::Done;
        };
        let mut text = format!(
            "You are connected to database \"{}\" as user \"{}\"{}.",
            connection.database,
            connection.user,
            place(connection)
        );
        if let Some(tls) = &connection.tls {
            let (protocol, cipher) = (&tls.protocol, &tls.cipher);
            text.push_str(&format!(
                "\nSSL connection (protocol: {protocol}, cipher: {cipher}, compression: off)"
            ));
        }
        self.print_line(&text);
        Flow::Done
    }

    /// Takes up a session, and shows it in the variables.
    pub(crate) fn connected_to(&mut self, connection: ConnectionInfo) {
        self.transaction = Transaction::Idle;
        self.variables.set("DBNAME", connection.database.as_str());
        self.variables.set("USER", connection.user.as_str());
        self.variables.set("HOST", connection.host.as_str());
        self.variables.set("PORT", connection.port.to_string());
        self.variables.set("ENCODING", connection.client_encoding.as_str());
        self.print.set_charset(Charset::of_encoding(&connection.client_encoding));
        self.variables.set("SERVER_VERSION_NAME", connection.server_version.as_str());
        self.variables.set("SERVER_VERSION_NUM", connection.server_version_num.to_string());
        self.connection = Some(connection);
    }

    /// The server has changed a parameter.
    pub(crate) fn parameter(&mut self, name: &str, value: &str) {
        let Some(connection) = &mut self.connection else { return };
        match name {
            "session_authorization" => connection.session_user = Some(value.to_owned()),
            "is_superuser" => connection.superuser = value == "on",
            "standard_conforming_strings" => connection.standard_strings = value == "on",
            "client_encoding" => {
                value.clone_into(&mut connection.client_encoding);
                self.variables.set("ENCODING", value);
                self.print.set_charset(Charset::of_encoding(value));
            }
            _ => {}
        }
    }
}

/// Whether the first argument is a whole connection string, as libpq decides it.
fn is_conninfo(text: &[u8]) -> bool {
    text.starts_with(b"postgresql://") || text.starts_with(b"postgres://") || text.contains(&b'=')
}

fn place(connection: &ConnectionInfo) -> String {
    let ConnectionInfo { host, port, address, .. } = connection;
    if host.starts_with('/') {
        return format!(" via socket in \"{host}\" at port \"{port}\"");
    }
    match address {
        Some(address) if address != host => {
            format!(" on host \"{host}\" (address \"{address}\") at port \"{port}\"")
        }
        _ => format!(" on host \"{host}\" at port \"{port}\""),
    }
}

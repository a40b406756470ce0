//! Opening a session: addresses in turn, TLS and plain tries, the time limit, and libpq's text when all of it fails.
//!
//! How a stream is opened is `dial`'s, how one logs in is `login`'s.

use std::collections::BTreeMap;

use bytes::BytesMut;

use super::dial::{self, Address, Encryption};
use super::login::{self, LoginError, NameAtStart};
use super::{Reply, Session, Transaction, target};
use crate::error::SessionError;
use crate::options::{ConnectOptions, Target};

/// SQLSTATE of a setting that the server does not know; at start-up that may be the application's name.
const UNKNOWN_SETTING: &str = "42704";
/// SQLSTATE of a refused password.
const WRONG_PASSWORD: &str = "28P01";
/// SQLSTATE of a server that starts up, shuts down or recovers.
const CANNOT_CONNECT_NOW: &str = "57P03";

impl Session {
    /// Opens a session: tries the servers and their addresses in turn, logs in, and sets `query_group` where asked and known.
    ///
    /// # Errors
    /// [`SessionError::Connect`] with one line per address tried.
    pub async fn connect(options: &ConnectOptions) -> Result<Session, SessionError> {
        let mut failures = Failures::default();
        let servers = options.for_each_server();
        // A standby is looked for first; only then will any other do.
        let rounds: &[Target] = match options.target {
            Target::PreferStandby => &[Target::Standby, Target::Any],
            _ => std::slice::from_ref(&options.target),
        };
        for target in rounds {
            for server in &servers {
                if let Some(mut session) = Session::connect_to_server(server, *target, &mut failures).await {
                    session.set_query_group().await?;
                    return Ok(session);
                }
                if failures.is_final {
                    return Err(failures.into_error());
                }
            }
        }
        Err(failures.into_error())
    }

    /// All addresses of one server.
    async fn connect_to_server(
        options: &ConnectOptions,
        target: Target,
        failures: &mut Failures,
    ) -> Option<Session> {
        let addresses = match dial::addresses(options).await {
            Ok(addresses) => addresses,
            Err(message) => {
                failures.add(None, Failure::text(&message));
                return None;
            }
        };
        for address in addresses {
            let failure = match Session::connect_to(options, &address, failures).await {
                Ok(mut session) => match target::check(&mut session, target).await {
                    Ok(Ok(())) => return Some(session),
                    Ok(Err(other)) => {
                        session.close().await;
                        Failure::text(other)
                    }
                    Err(error) => Failure::text(&error.to_string()),
                },
                Err(failure) => failure,
            };
            failures.is_final = failure.is_verdict;
            failures.add(Some(&dial::describe(options, &address)), failure);
            if failures.is_final {
                return None;
            }
        }
        None
    }

    /// All tries at one address, TLS and plain, with and without the application's name, each within the connect timeout.
    async fn connect_to(
        options: &ConnectOptions,
        address: &Address,
        failures: &mut Failures,
    ) -> Result<Session, Failure> {
        let mut failure = Failure::text("no address");
        let mut name = NameAtStart::Told;
        let mut tries = dial::encryption_tries(options).iter().peekable();
        while let Some(encryption) = tries.peek() {
            let attempt = Session::attempt(options, address, **encryption, name);
            let outcome = match options.connect_timeout {
                None => attempt.await,
                Some(limit) => tokio::time::timeout(limit, attempt)
                    .await
                    .unwrap_or_else(|_| Err(Failure::text("timeout expired"))),
            };
            failure = match outcome {
                Ok(session) => return Ok(session),
                Err(failure) if failure.is_unknown_setting() && name == NameAtStart::Told => {
                    failures.add(Some(&dial::describe(options, address)), failure);
                    name = NameAtStart::LeftOut;
                    continue;
                }
                Err(failure) if !failure.try_other_encryption => return Err(failure),
                Err(failure) => failure,
            };
            tries.next();
        }
        Err(failure)
    }

    async fn attempt(
        options: &ConnectOptions,
        address: &Address,
        encryption: Encryption,
        name: NameAtStart,
    ) -> Result<Session, Failure> {
        let line = dial::dial(options, address, encryption)
            .await
            .map_err(|error| Failure { try_other_encryption: error.in_tls, ..Failure::text(&error.text) })?;
        let mut session = Session {
            line,
            inbound: BytesMut::new(),
            outbound: BytesMut::new(),
            key: None,
            parameters: BTreeMap::new(),
            transaction: Transaction::Idle,
            address: address.clone(),
            options: options.clone(),
            names: None,
            begins: false,
        };
        let logged_in = login::login(&mut session, options, name).await;
        logged_in.map_err(|error| Failure::of_login(error, options))?;
        Ok(session)
    }

    async fn set_query_group(&mut self) -> Result<(), SessionError> {
        let Some(group) = self.options.query_group.clone() else { return Ok(()) };
        // A PostgreSQL has no such setting: asking would cost it an error in its log, and us a round trip.
        if self.version_number() >= 90_000 && !self.is_redshift() {
            return Ok(());
        }
        self.send_query(format!("SET query_group TO '{}'", group.replace('\'', "''")).as_bytes()).await?;
        loop {
            // A server that has no such setting answers with an error, which is no fault of this session.
            if let Reply::Ready(_) = self.next_reply().await? {
                return Ok(());
            }
        }
    }
}

/// What was tried so far, in libpq's words.
#[derive(Default)]
struct Failures {
    lines: Vec<String>,
    last: Option<Failure>,
    /// The last one holds for all servers.
    is_final: bool,
}

impl Failures {
    fn add(&mut self, at: Option<&str>, failure: Failure) {
        self.lines.push(match at {
            Some(at) => format!("{at} failed: {}", failure.text),
            None => failure.text.clone(),
        });
        self.last = Some(failure);
    }

    fn into_error(self) -> SessionError {
        let (sqlstate, password_needed) =
            self.last.map_or((None, false), |failure| (failure.sqlstate, failure.password_needed));
        SessionError::Connect { message: self.lines.join("\n"), sqlstate, password_needed }
    }
}

/// Why one address gave no session.
struct Failure {
    text: String,
    sqlstate: Option<String>,
    password_needed: bool,
    try_other_encryption: bool,
    /// Another server is not tried: as in libpq only where this one could not be had.
    is_verdict: bool,
}

impl Failure {
    fn text(text: &str) -> Failure {
        Failure {
            text: text.to_owned(),
            sqlstate: None,
            password_needed: false,
            try_other_encryption: false,
            is_verdict: false,
        }
    }

    fn is_unknown_setting(&self) -> bool {
        self.sqlstate.as_deref() == Some(UNKNOWN_SETTING)
    }

    fn of_login(error: LoginError, options: &ConnectOptions) -> Failure {
        match error {
            LoginError::Refused(message) => {
                let sqlstate = message.sqlstate();
                let mut text = message.to_string();
                for (kind, name) in [(b'D', "DETAIL"), (b'H', "HINT")] {
                    text.extend(message.text(kind).map(|line| format!("\n{name}:  {line}")));
                }
                if let (WRONG_PASSWORD, Some(file)) = (sqlstate.as_str(), &options.password_file) {
                    text.push_str(&format!("\npassword retrieved from file \"{}\"", file.display()));
                }
                Failure {
                    text,
                    // No pg_hba entry for (un)encrypted connections: the other kind may be welcome.
                    try_other_encryption: sqlstate == "28000",
                    password_needed: false,
                    is_verdict: sqlstate != CANNOT_CONNECT_NOW,
                    sqlstate: Some(sqlstate),
                }
            }
            LoginError::PasswordNeeded => Failure {
                password_needed: true,
                is_verdict: true,
                ..Failure::text("fe_sendauth: no password supplied")
            },
            LoginError::Other(text) => Failure { is_verdict: true, ..Failure::text(&text) },
            LoginError::Lost(error) => Failure::text(&error.to_string()),
        }
    }
}

//! Opening a session: addresses in turn, TLS and plain tries, the time limit, and libpq's text when all of it fails.
//!
//! How a stream is opened is `dial`'s, how one logs in is `login`'s.

use std::collections::BTreeMap;

use bytes::BytesMut;

use super::dial::{self, Address, Encryption};
use super::login::{self, LoginError};
use super::{Reply, Session, Transaction};
use crate::error::SessionError;
use crate::options::ConnectOptions;

impl Session {
    /// Opens a session: tries the host's addresses in turn, logs in, and sets `query_group` where asked and known.
    ///
    /// # Errors
    /// [`SessionError::Connect`] with one line per address tried.
    pub async fn connect(options: &ConnectOptions) -> Result<Session, SessionError> {
        let mut failures = Vec::new();
        let addresses = dial::addresses(options).await.map_err(|message| connect_error(message, None))?;
        for address in addresses {
            match Session::connect_to(options, &address).await {
                Ok(mut session) => {
                    session.set_query_group().await?;
                    return Ok(session);
                }
                Err(failure) => failures.push((dial::describe(options, &address), failure)),
            }
        }
        let message =
            failures.iter().map(|(at, f)| format!("{at} failed: {}", f.text)).collect::<Vec<_>>().join("\n");
        let last = failures.into_iter().next_back().map(|(_, failure)| failure);
        Err(connect_error(message, last))
    }

    /// All tries at one address, TLS and plain, each within the connect timeout.
    async fn connect_to(options: &ConnectOptions, address: &Address) -> Result<Session, Failure> {
        let mut failure = Failure::text("no address");
        for encryption in dial::encryption_tries(options) {
            let attempt = Session::attempt(options, address, *encryption);
            let outcome = match options.connect_timeout {
                None => attempt.await,
                Some(limit) => tokio::time::timeout(limit, attempt)
                    .await
                    .unwrap_or_else(|_| Err(Failure::text("timeout expired"))),
            };
            failure = match outcome {
                Ok(session) => return Ok(session),
                Err(failure) if !failure.try_other_encryption => return Err(failure),
                Err(failure) => failure,
            };
        }
        Err(failure)
    }

    async fn attempt(
        options: &ConnectOptions,
        address: &Address,
        encryption: Encryption,
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
        };
        login::login(&mut session, options).await.map_err(Failure::from)?;
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

/// Why one address gave no session.
struct Failure {
    text: String,
    sqlstate: Option<String>,
    password_needed: bool,
    try_other_encryption: bool,
}

impl Failure {
    fn text(text: &str) -> Failure {
        Failure { text: text.to_owned(), sqlstate: None, password_needed: false, try_other_encryption: false }
    }
}

impl From<LoginError> for Failure {
    fn from(error: LoginError) -> Failure {
        match error {
            LoginError::Refused(message) => {
                let sqlstate = message.sqlstate();
                Failure {
                    text: message.to_string(),
                    // No pg_hba entry for (un)encrypted connections: the other kind may be welcome.
                    try_other_encryption: sqlstate == "28000",
                    password_needed: false,
                    sqlstate: Some(sqlstate),
                }
            }
            LoginError::PasswordNeeded => {
                Failure { password_needed: true, ..Failure::text("fe_sendauth: no password supplied") }
            }
            LoginError::Other(text) => Failure::text(&text),
            LoginError::Lost(error) => Failure::text(&error.to_string()),
        }
    }
}

fn connect_error(message: String, failure: Option<Failure>) -> SessionError {
    let (sqlstate, password_needed) =
        failure.map_or((None, false), |failure| (failure.sqlstate, failure.password_needed));
    SessionError::Connect { message, sqlstate, password_needed }
}

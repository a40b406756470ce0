//! Redshift's SQL on a PostgreSQL server: statements go out rewritten, and answers come back as Redshift would give them.
//!
//! What is rewritten is `rsql-sql`'s to say. Owns the files of COPY and UNLOAD; does not know the RSQL language.

mod answers;
#[cfg(feature = "aws")]
pub mod aws;
mod load;
mod objects;
mod setup;
pub mod storage;
mod transfers;
mod unload;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use rsql_sql::emulate::transfer::Transfer;
use rsql_sql::emulate::{Rewritten, SCHEMA, Strings, rewrite};

use self::load::{Loading, Rejected};
use self::objects::Objects;
pub(crate) use self::setup::{prepare, prepared};
use self::storage::Storage;
use self::transfers::{Closing, Reading};
use self::unload::Unloading;
use crate::error::SessionError;
use crate::options::Settings;
use crate::session::{Reply, Session};

/// Environment variable that turns the emulation on: `1`, `true`, `on` or `yes`.
pub const VARIABLE: &str = "RSQL_EMULATE_REDSHIFT";
/// Environment variable of the directory that stands for S3.
pub const OBJECTS_VARIABLE: &str = "RSQL_EMULATE_S3";

/// That a session is to understand Redshift's SQL, should its server be another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EmulationOptions {
    /// The directory that stands for S3: `s3://bucket/key` is `bucket/key` in it.
    pub objects: Option<PathBuf>,
    /// What `s3://` is where no directory stands for it.
    pub storage: Option<Storage>,
}

impl EmulationOptions {
    /// What settings say; `None` when nothing is emulated.
    pub(crate) fn read(settings: &Settings) -> Result<Option<EmulationOptions>, SessionError> {
        let objects = settings.get("emulate_s3").map(PathBuf::from);
        match settings.get("emulate_redshift").unwrap_or("false").to_ascii_lowercase().as_str() {
            "1" | "true" | "on" | "yes" => Ok(Some(EmulationOptions { objects, storage: None })),
            "0" | "false" | "off" | "no" => Ok(None),
            other => Err(SessionError::Options(format!(
                "invalid value \"{other}\" for connection option \"emulate_redshift\": true or false is expected"
            ))),
        }
    }

    /// These options as settings.
    pub(crate) fn write(&self, settings: &mut Settings) {
        settings.set("emulate_redshift", "true");
        if let Some(objects) = &self.objects {
            settings.set("emulate_s3", &objects.to_string_lossy());
        }
    }
}

/// The emulation of one session.
pub(crate) struct Emulation {
    objects: Objects,
    /// The text under way and what was sent in its place, if it was rewritten.
    written: String,
    rewritten: Option<Rewritten>,
    /// Its statements that the server answers, and the one of these that it is at.
    answered: Vec<usize>,
    current: usize,
    /// Replies that come before the server's next one.
    pending: VecDeque<Reply>,
    /// Whether a query was asked for that has not been sent; still set when the wait for that was given up.
    preparing: bool,
    /// Whether a query of our own is on the server.
    internal: bool,
    /// The COPYs and UNLOADs of the text that are still to come, and those under way.
    loads: VecDeque<Loading>,
    unloads: VecDeque<Unloading>,
    load: Option<Loading>,
    unload: Option<Unloading>,
    /// The next block of rows, while it is made.
    reading: Option<Reading>,
    /// An UNLOAD whose files are being closed.
    closing: Option<Closing>,
    /// Whether data are being sent; still set when a wait for it was given up.
    feeding: bool,
    /// Whether a block of them is on its way.
    sending: bool,
    /// What went wrong at our side with the statement under way.
    failure: Option<String>,
    /// What the session is to be told when the query is over: the name of a count, and the count.
    told: Vec<(&'static str, u64)>,
    /// Rows that could not be loaded, until they are in the table of load errors.
    rejected: Vec<Rejected>,
    /// Whether the transaction must be failed, since a file could not be written.
    spoiled: bool,
    /// Whether the functions and views are there, or cannot be.
    equipped: bool,
    /// COPYs so far.
    copies: u64,
    /// The rewritten text, until it was asked for.
    shown: Option<Vec<u8>>,
}

impl Emulation {
    /// The emulation for a session, if that asks for it and its server is not Redshift.
    pub(crate) fn of(session: &Session) -> Option<Box<Emulation>> {
        let options = session.options().emulation.as_ref().filter(|_| !session.is_redshift())?;
        Some(Box::new(Emulation {
            objects: Objects::new(options.clone()),
            written: String::new(),
            rewritten: None,
            answered: Vec::new(),
            current: 0,
            pending: VecDeque::new(),
            preparing: false,
            internal: false,
            loads: VecDeque::new(),
            unloads: VecDeque::new(),
            load: None,
            unload: None,
            reading: None,
            closing: None,
            feeding: false,
            sending: false,
            failure: None,
            told: Vec::new(),
            rejected: Vec::new(),
            spoiled: false,
            equipped: false,
            copies: 0,
            shown: None,
        }))
    }

    /// Sends a query string in PostgreSQL's words. `directory` is where relative paths begin.
    pub(crate) async fn send_query(
        &mut self,
        session: &mut Session,
        sql: &[u8],
        directory: &Path,
    ) -> Result<(), SessionError> {
        let Some(mut rewritten) = self.translate(session, sql) else {
            return session.send_query(sql).await;
        };
        self.preparing = true;
        let statements = rewritten.statements.iter().enumerate();
        self.answered = statements.filter(|(_, statement)| statement.is_answered).map(|(n, _)| n).collect();
        let has_transfer = rewritten.statements.iter().any(|statement| statement.transfer.is_some());
        if has_transfer {
            self.prepare_transfers(session, &mut rewritten, directory).await?;
        }
        let sent = rewritten.sql();
        if sent.contains(SCHEMA) {
            self.equip(session).await?;
        }
        self.shown = Some(sent.trim().as_bytes().to_vec());
        self.rewritten = Some(rewritten);
        self.preparing = false;
        session.send_query(sent.as_bytes()).await
    }

    /// Has a statement described in PostgreSQL's words. Files of COPY and UNLOAD are not looked at.
    pub(crate) async fn send_describe(
        &mut self,
        session: &mut Session,
        sql: &[u8],
    ) -> Result<(), SessionError> {
        let Some(rewritten) = self.translate(session, sql) else {
            return session.send_describe(sql).await;
        };
        let sent = rewritten.sql();
        self.preparing = true;
        if sent.contains(SCHEMA) {
            self.equip(session).await?;
        }
        self.rewritten = Some(rewritten);
        self.preparing = false;
        session.send_describe(sent.as_bytes()).await
    }

    /// What stands for a query in PostgreSQL's words, where it says something in Redshift's.
    fn translate(&mut self, session: &Session, sql: &[u8]) -> Option<Rewritten> {
        self.begin();
        let text = std::str::from_utf8(sql).ok()?;
        let rewritten = rewrite(text, strings(session))?;
        text.clone_into(&mut self.written);
        Some(rewritten)
    }

    /// Forgets the query before.
    fn begin(&mut self) {
        self.current = 0;
        self.rewritten = None;
        self.shown = None;
        self.loads.clear();
        self.unloads.clear();
        self.load = None;
        self.unload = None;
        self.reading = None;
        self.closing = None;
        self.failure = None;
    }

    /// What was sent in place of the query, once.
    pub(crate) fn take_shown(&mut self) -> Option<Vec<u8>> {
        self.shown.take()
    }

    /// The next reply; waits for it. May be dropped while waiting and called again: nothing is lost.
    pub(crate) async fn next_reply(&mut self, session: &mut Session) -> Result<Reply, SessionError> {
        loop {
            if let Some(reply) = self.pending.pop_front() {
                return Ok(reply);
            }
            if self.preparing && !self.internal {
                self.preparing = false;
                self.pending.push_back(Reply::Ready(session.transaction()));
                return Ok(Reply::Error(answers::canceled()));
            }
            if let Some(reply) = self.go_on(session).await? {
                return Ok(reply);
            }
            let reply = session.next_reply().await?;
            if self.internal {
                // A wait for it was given up; its end is the end of the query.
                match reply {
                    Reply::Ready(_) => self.internal = false,
                    _ => continue,
                }
                if self.preparing {
                    continue;
                }
            }
            if let Some(reply) = self.answer(session, reply).await? {
                return Ok(reply);
            }
        }
    }

    /// What a reply of the server becomes, if anything.
    async fn answer(&mut self, session: &mut Session, reply: Reply) -> Result<Option<Reply>, SessionError> {
        Ok(match reply {
            Reply::Ready(transaction) => Some(self.ready(session, transaction).await?),
            Reply::Error(message) => Some(Reply::Error(self.failed(message))),
            Reply::Notice(message) => Some(Reply::Notice(self.as_written(message))),
            Reply::CopyIn { .. } if matches!(self.transfer(), Some(Transfer::Load(_))) => {
                self.feeding = true;
                self.load = self.loads.pop_front();
                None
            }
            Reply::CopyOut { .. } if matches!(self.transfer(), Some(Transfer::Unload(_))) => {
                self.unload = self.unloads.pop_front();
                None
            }
            Reply::CopyData(data) if self.unload.is_some() => {
                self.unload_line(&data);
                None
            }
            Reply::CopyDone if self.unload.is_some() => None,
            Reply::Complete(tag) => {
                let reply = self.complete(tag);
                self.current += 1;
                reply
            }
            Reply::Empty => {
                self.current += 1;
                Some(Reply::Empty)
            }
            other => Some(other),
        })
    }

    /// The files of the statement that the server is at.
    fn transfer(&self) -> Option<&Transfer> {
        self.statement()?.transfer.as_ref()
    }

    fn statement(&self) -> Option<&rsql_sql::emulate::Statement> {
        self.rewritten.as_ref()?.statements.get(self.answered.get(self.current).copied()?)
    }
}

/// A query in PostgreSQL's words, where the session is to understand Redshift's and it says something in those.
pub(crate) async fn rewritten(session: &mut Session, sql: &str) -> Result<Option<String>, SessionError> {
    let emulates = session.options().emulation.is_some() && !session.is_redshift();
    let Some(rewritten) = rewrite(sql, strings(session)).filter(|_| emulates) else { return Ok(None) };
    let sent = rewritten.sql();
    if sent.contains(SCHEMA) {
        setup::equip(session).await?;
    }
    Ok(Some(sent))
}

/// How the server reads literals now.
fn strings(session: &Session) -> Strings {
    match session.parameter("standard_conforming_strings") {
        Some("off") => Strings::Escaped,
        _ => Strings::Standard,
    }
}

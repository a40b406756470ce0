//! COPY and UNLOAD while they run: files looked at before anything is sent, rows fed to the server, rows taken from it, and
//! what is told at their end.
//!
//! Formats and files are `load`'s and `unload`'s.

use std::path::Path;

use bytes::Bytes;
use rsql_sql::emulate::Rewritten;
use rsql_sql::emulate::transfer::{Load, Transfer, Unload};
use tokio::task::JoinHandle;

use super::answers::{error, info};
use super::load::Loading;
use super::unload::Unloading;
use super::{Emulation, strings};
use crate::error::SessionError;
use crate::session::{Reply, Session, Transaction};

/// A block of rows that is being made, by a thread that files may hold up.
pub(super) type Reading = JoinHandle<(Loading, Result<Option<Vec<u8>>, String>)>;

/// An UNLOAD whose rows have come, while its files are closed.
pub(super) struct Closing {
    task: JoinHandle<Result<(), String>>,
    prefix: String,
    rows: u64,
    tag: Bytes,
}

/// What became of a block.
enum Fed {
    More,
    AtTheEnd,
    Failed,
    /// The server has refused a row already.
    Refused,
}

impl Emulation {
    /// Looks at files and columns before anything is sent. What cannot be done becomes a statement that fails, so that the
    /// server's transaction fails with it.
    pub(super) async fn prepare_transfers(
        &mut self,
        session: &mut Session,
        rewritten: &mut Rewritten,
        directory: &Path,
    ) -> Result<(), SessionError> {
        let strings = strings(session);
        if session.transaction() == Transaction::Failed {
            return Ok(());
        }
        for statement in &mut rewritten.statements {
            match statement.transfer.clone() {
                Some(Transfer::Load(load)) => {
                    let columns = self.columns(session, &load, strings).await?;
                    let objects = self.objects.of_statement(directory, load.region.as_deref());
                    match Loading::open(&load, columns, &objects).await {
                        Ok(loading) => {
                            statement.set_text(&load.statement(&loading.column_names()));
                            self.loads.push_back(loading);
                        }
                        Err(reason) => statement.fail(&reason, strings),
                    }
                }
                Some(Transfer::Unload(unload)) => {
                    let objects = self.objects.of_statement(directory, unload.region.as_deref());
                    match Unloading::open(&unload, &objects).await {
                        Ok(unloading) => self.unloads.push_back(unloading),
                        Err(reason) => statement.fail(&reason, strings),
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What is to be done at our side before the server's next reply; its own reply at the end of an UNLOAD. May be dropped
    /// while waiting and called again: nothing is lost but a block that was on its way, which fails the COPY.
    pub(super) async fn go_on(&mut self, session: &mut Session) -> Result<Option<Reply>, SessionError> {
        if self.feeding {
            self.feed(session).await?;
        }
        if let Some(unloading) = self.unload.as_mut().filter(|_| self.failure.is_none())
            && let Err(reason) = unloading.settle().await
        {
            self.failure = Some(reason);
        }
        let Some(closing) = &mut self.closing else { return Ok(None) };
        let outcome = (&mut closing.task).await;
        let outcome = outcome.unwrap_or_else(|error| Err(format!("files could not be closed: {error}")));
        Ok(self.closing.take().map(|closing| self.unloaded(closing, outcome)))
    }

    /// Sends the files' rows to the server.
    async fn feed(&mut self, session: &mut Session) -> Result<(), SessionError> {
        // A block of which nobody knows how much went out: the wait for it was given up.
        if self.sending {
            self.failure = Some("canceled by user".to_owned());
        }
        let fed = loop {
            match self.feed_block(session).await? {
                Fed::More => {}
                other => break other,
            }
        };
        self.feeding = false;
        self.sending = false;
        match fed {
            Fed::AtTheEnd => session.finish_copy().await,
            // It reads over what has gone out since.
            Fed::Refused => Ok(()),
            Fed::More | Fed::Failed => session.fail_copy("the files cannot be loaded").await,
        }
    }

    async fn feed_block(&mut self, session: &mut Session) -> Result<Fed, SessionError> {
        if self.failure.is_some() {
            return Ok(Fed::Failed);
        }
        if let Some(mut loading) = self.load.take() {
            self.reading = Some(tokio::task::spawn_blocking(move || {
                let block = loading.next_block();
                (loading, block)
            }));
        }
        let Some(reading) = &mut self.reading else { return Ok(Fed::Failed) };
        let read = reading.await;
        self.reading = None;
        let block = match read {
            Ok((loading, block)) => {
                self.load = Some(loading);
                block
            }
            Err(error) => Err(format!("the files cannot be read: {error}")),
        };
        match block {
            Ok(Some(block)) => {
                self.sending = true;
                session.send_copy_data(&block).await?;
                self.sending = false;
                let is_refused = session.has_heard_error().await?;
                Ok(if is_refused { Fed::Refused } else { Fed::More })
            }
            Ok(None) => Ok(Fed::AtTheEnd),
            Err(reason) => {
                self.failure = Some(reason);
                Ok(Fed::Failed)
            }
        }
    }

    pub(super) fn unload_line(&mut self, line: &Bytes) {
        let Some(unloading) = &mut self.unload else { return };
        if self.failure.is_none() {
            self.failure = unloading.line(line).err();
        }
    }

    /// The end of a statement; no reply yet where files have to be closed.
    pub(super) fn complete(&mut self, tag: Bytes) -> Option<Reply> {
        let Some(statement) = self.statement() else { return Some(Reply::Complete(tag)) };
        let named = statement.tag.map_or_else(|| tag.clone(), |tag| Bytes::from_static(tag.as_bytes()));
        let rows = count(&tag);
        Some(match statement.transfer.clone() {
            Some(Transfer::Load(load)) => self.loaded(&load, rows, named),
            Some(Transfer::Unload(unload)) => {
                self.close(&unload, rows, named);
                return None;
            }
            // A tag with a number keeps it: `MERGE 3`.
            _ if named == "MERGE" => Reply::Complete(Bytes::from(format!("MERGE {}", rows.unwrap_or(0)))),
            _ => Reply::Complete(named),
        })
    }

    fn loaded(&mut self, load: &Load, rows: Option<u64>, tag: Bytes) -> Reply {
        let rows = rows.unwrap_or(0);
        let rejected = self.load.take().map(Loading::into_rejected).unwrap_or_default();
        self.copies += 1;
        self.told = vec![("last_copy_count", rows), ("last_copy_id", self.copies)];
        let table = load.table.rsplit('.').next().unwrap_or(&load.table).trim_matches('"').to_owned();
        let mut told =
            vec![format!("Load into table '{table}' completed, {rows} record(s) loaded successfully.")];
        if !rejected.is_empty() {
            told.push(format!(
                "Load into table '{table}' completed, {} record(s) could not be loaded.  Check 'stl_load_errors' \
                 system table for details.",
                rejected.len()
            ));
        }
        self.rejected.extend(rejected);
        self.pending.extend(told.iter().skip(1).map(|text| info(text)));
        self.pending.push_back(Reply::Complete(tag));
        info(&told[0])
    }

    /// Has the files of an UNLOAD closed, or given up when it has failed.
    fn close(&mut self, unload: &Unload, rows: Option<u64>, tag: Bytes) {
        let (unloading, failure) = (self.unload.take(), self.failure.take());
        let task = tokio::spawn(async move {
            match (unloading, failure) {
                (Some(unloading), None) => unloading.finish().await,
                (Some(unloading), Some(reason)) => {
                    unloading.give_up().await;
                    Err(reason)
                }
                (None, reason) => reason.map_or(Ok(()), Err),
            }
        });
        self.closing = Some(Closing { task, prefix: unload.prefix.clone(), rows: rows.unwrap_or(0), tag });
    }

    fn unloaded(&mut self, closing: Closing, outcome: Result<(), String>) -> Reply {
        let Closing { prefix, rows, tag, .. } = closing;
        if let Err(reason) = outcome {
            self.spoiled = true;
            return Reply::Error(error(&format!("UNLOAD to {prefix} failed: {reason}")));
        }
        self.told = vec![("last_unload_count", rows)];
        self.pending.push_back(Reply::Complete(tag));
        info(&format!("UNLOAD completed, {rows} record(s) unloaded successfully."))
    }
}

/// The number at the end of a command tag.
fn count(tag: &[u8]) -> Option<u64> {
    std::str::from_utf8(tag).ok()?.rsplit(' ').next()?.parse().ok()
}

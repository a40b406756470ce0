//! COPY from files and UNLOAD to files, as facts: what to load or unload, from where, in which form.
//!
//! Reads and writes no files; the statement that remains for PostgreSQL is `COPY … FROM STDIN` or `COPY (…) TO STDOUT`.

mod load;
mod options;
mod unload;

pub use self::load::{DateOrder, Json, Layout, Load};
pub use self::unload::{Form, Unload};

use super::output::Output;
use super::rewriter::{Rewriter, quoted};
use super::tokens::Strings;
use super::{Statement, rewrite};

/// SQLSTATE of Redshift's errors of COPY and UNLOAD.
pub const INTERNAL_ERROR: &str = "XX000";
/// SQLSTATE of what is left out.
const NOT_SUPPORTED: &str = "0A000";

/// The files of a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Transfer {
    /// `COPY table FROM 's3://…'`.
    Load(Box<Load>),
    /// `UNLOAD ('…') TO 's3://…'`.
    Unload(Box<Unload>),
    /// It cannot be done; the statement says why.
    Refused,
}

/// How files are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// They are not.
    #[default]
    None,
    /// gzip.
    Gzip,
}

impl Statement {
    /// The statement fails instead, with this message and SQLSTATE.
    pub fn fail(&mut self, message: &str, strings: Strings) {
        self.transfer = Some(Transfer::Refused);
        self.set_text(&raising(message, INTERNAL_ERROR, strings));
    }

    /// Says the statement otherwise; errors of the server then point at its beginning.
    pub fn set_text(&mut self, text: &str) {
        let written = self.output.written(0);
        let semicolon = if self.output.text().trim_end().ends_with(';') { ";" } else { "" };
        self.output = Output::default();
        self.output.add(&format!("{text}{semicolon}"), written);
    }
}

impl Rewriter<'_> {
    /// The rules for COPY and UNLOAD.
    pub(super) fn transfer(&mut self, from: usize, to: usize) -> bool {
        let parsed = if self.source.is(from, "copy") {
            load::parse(self, from, to).map(|load| load.map(|load| Transfer::Load(Box::new(load))))
        } else if self.source.is(from, "unload") {
            unload::parse(self, from, to)
                .map(|unload| unload.map(|unload| Transfer::Unload(Box::new(unload))))
        } else {
            return false;
        };
        let Some(parsed) = parsed else { return false };
        let strings = self.source.strings;
        let text = match &parsed {
            Ok(Transfer::Load(load)) => load.statement(&load.columns),
            Ok(Transfer::Unload(unload)) => {
                let query = rewrite(&unload.query, strings).map(|rewritten| rewritten.sql());
                format!("COPY ({}) TO STDOUT WITH (HEADER)", query.as_ref().unwrap_or(&unload.query))
            }
            Ok(Transfer::Refused) => return false,
            Err(message) => raising(message, NOT_SUPPORTED, strings),
        };
        self.tag = match &parsed {
            Ok(Transfer::Unload(_)) => Some("UNLOAD"),
            _ => Some("COPY"),
        };
        self.replace(from, &text);
        self.transfer = Some(parsed.unwrap_or(Transfer::Refused));
        true
    }
}

/// A statement that fails.
fn raising(message: &str, sqlstate: &str, strings: Strings) -> String {
    let message = quoted(&message.replace('$', " "), strings);
    format!(
        "DO $redshift$ BEGIN RAISE EXCEPTION USING MESSAGE = {message}, ERRCODE = '{sqlstate}'; END $redshift$"
    )
}

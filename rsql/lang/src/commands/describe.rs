//! The commands that describe what a server has: `\d…`, `\l`, `\z`, `\sf` and their like.
//!
//! This file finds out which of them is meant, asks for it, and prints what it gives. What each shows stands in the modules
//! below, as pure functions of a target and the server's answers (`run::inquiry`). The questions are ours; what is printed is
//! psql's on PostgreSQL.

mod access_methods;
mod cluster;
mod comments;
mod databases;
mod extensions;
mod foreign;
mod functions;
mod lines;
mod lists;
mod objects;
mod pattern;
mod privileges;
mod query;
mod redshift;
mod relation;
mod replication;
mod roles;
mod schemas;
mod search;
pub(super) mod source;
mod types;

use super::{Args, Flow};
use crate::effect::Stream;
use crate::machine::Machine;
use crate::outcome::{Column, Row, ServerKind};
use crate::print::{Expanded, Printer, Table};
use crate::run::{Inquiry, Interruption};
use crate::text::boolean;

/// What is asked of one command.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    /// The command's letters after its backslash, without `S` and `+` at the end.
    pub(super) name: &'a str,
    /// Its arguments; the first is the pattern.
    pub(super) args: &'a [Option<&'a [u8]>],
    /// Whether there was a `+`.
    pub(super) verbose: bool,
    /// Whether there was an `S`: objects of the system, too.
    pub(super) system: bool,
    /// `QUIET`: that nothing was found is not told.
    pub(super) quiet: bool,
    pub(super) hidden: Hidden,
    pub(super) server: Server<'a>,
}

/// What the user does not want to see of relations.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Hidden {
    /// `HIDE_TABLEAM`
    pub(super) access_methods: bool,
    /// `HIDE_TOAST_COMPRESSION`
    pub(super) compression: bool,
}

/// The server that is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Server<'a> {
    /// libpq's number: 150018, and 80002 for Redshift.
    pub(super) version: u32,
    pub(super) kind: ServerKind,
    /// The database of the session.
    pub(super) database: &'a str,
}

impl<'a> Target<'a> {
    /// The pattern, if there is one.
    pub(super) fn pattern(&self) -> Option<&'a [u8]> {
        self.args.first().copied().flatten()
    }
}

/// One thing to print, in order.
#[derive(Debug)]
pub(crate) enum Shown {
    /// A table.
    Table(Listing),
    /// A table that never stands on its side.
    Upright(Listing),
    /// Text for where results go.
    Text(Vec<u8>),
    /// Text for standard error, with the head of an error; the command still works.
    Error(String),
}

/// A table with its title and the lines below it.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(super) title: Option<Vec<u8>>,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
    /// None for the usual number of rows.
    pub(super) footers: Option<Vec<Vec<u8>>>,
}

impl Listing {
    /// A table just as the server gave it.
    pub(super) fn of(title: &str, table: &Table) -> Self {
        Self {
            title: Some(title.into()),
            columns: table.columns.clone(),
            rows: table.rows.clone(),
            footers: None,
        }
    }
}

/// What a command of this kind gives.
pub(super) type Description = Result<Vec<Shown>, Interruption>;

type Describe = fn(&Target<'_>, &mut Inquiry<'_>) -> Description;

/// The command of this name. Of `\d…` the first letters decide, as in psql, whatever follows them.
fn command(name: &str, kind: ServerKind) -> Option<Describe> {
    Some(match name.as_bytes() {
        [b'd'] | [b'd', b'+' | b'S', ..] => relation::relations,
        [b'd', b't' | b'i' | b'v' | b'm' | b's' | b'E', ..] => lists::relations,
        [b'd', b'P'] | [b'd', b'P', b't' | b'i' | b'n' | b'+', ..] => lists::partitioned,
        _ => return objects::command(name, kind),
    })
}

/// The name in small letters, where their size does not matter: it does in `\d…`, and in names of one letter.
fn folded(name: String) -> String {
    let kept = name.starts_with('d') || name.trim_end_matches('+').len() == 1;
    if kept { name } else { name.to_ascii_lowercase() }
}

/// The name without marks at its end, and whether `+` and `S` stand anywhere in it.
fn split(name: &str) -> (&str, bool, bool) {
    (name.trim_end_matches(['+', 'S']), name.contains('+'), name.contains('S'))
}

impl Machine {
    pub(super) fn describe(&mut self, args: &Args) -> Flow {
        let full = folded(self.command_name());
        let (name, verbose, system) = split(&full);
        let kind = self.server_kind();
        let Some(describe) = command(&full, kind) else {
            return self.fail(&format!("invalid command \\{full}"));
        };
        // What a server does not have depends on its version, so there must be one.
        if self.connection.is_none() {
            return self.fail("You are currently not connected to a database.");
        }
        let words: Vec<Option<&[u8]>> = (0..args.words.len()).map(|index| args.get(index)).collect();
        let shown = self.inquire(|machine, inquiry| {
            let connection = machine.connection.as_ref();
            let server = Server {
                version: connection.map_or(0, |connection| connection.server_version_num),
                kind,
                database: connection.map_or("", |connection| connection.database.as_str()),
            };
            let quiet = machine.special.quiet;
            let on = |name: &[u8]| machine.variables.get(name).and_then(boolean).unwrap_or(false);
            let hidden =
                Hidden { access_methods: on(b"HIDE_TABLEAM"), compression: on(b"HIDE_TOAST_COMPRESSION") };
            describe(&Target { name, args: &words, verbose, system, quiet, hidden, server }, inquiry)
        });
        match shown {
            Ok(shown) => {
                shown.into_iter().for_each(|one| self.show_described(one));
                Flow::Done
            }
            Err(flow) => flow,
        }
    }

    /// The product that is asked.
    pub(crate) fn server_kind(&self) -> ServerKind {
        self.connection.as_ref().map_or(ServerKind::PostgreSql, |connection| connection.server_kind)
    }

    fn show_described(&mut self, shown: Shown) {
        let out = self.out();
        match shown {
            Shown::Text(text) => {
                self.begin_page(out);
                self.io.write(out, &text);
                self.end_page();
            }
            Shown::Error(message) => self.error(&message),
            Shown::Table(listing) => self.show_listing(listing, self.print.expanded),
            Shown::Upright(listing) => self.show_listing(listing, Expanded::Off),
        }
    }

    fn show_listing(&mut self, listing: Listing, expanded: Expanded) {
        let mut options = self.print.clone();
        options.null.clear();
        options.expanded = expanded;
        options.title = listing.title;
        options.footers = listing.footers;
        let log = self.log_printer(&options, &listing.columns);
        if let (Some(printer), Some(log)) = (log, self.log_stream()) {
            let text = printed(printer, listing.rows.clone());
            self.io.write(log, &text);
        }
        let out = self.out();
        if out != Stream::Stdout {
            options.terminal = None;
        }
        let text = printed(Printer::new(options, listing.columns), listing.rows);
        self.begin_page(out);
        self.io.write(out, &text);
        self.end_page();
    }
}

fn printed(mut printer: Printer, rows: Vec<Row>) -> Vec<u8> {
    let mut text = Vec::new();
    rows.into_iter().for_each(|row| printer.row(row, &mut text));
    printer.finish(&mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_told_from_marks() {
        assert_eq!(split("dt"), ("dt", false, false));
        assert_eq!(split("dtS+"), ("dt", true, true));
        assert_eq!(split("d+"), ("d", true, false));
        assert_eq!(split("l"), ("l", false, false));
    }
}

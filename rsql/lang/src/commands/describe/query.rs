//! Queries on the catalogs, put together column by column, and the expressions that many of them share.
//!
//! Line breaks within SQL literals are written as they are, not as escapes: servers disagree about `E''`.

use super::pattern::{Pattern, all_of};
use super::{Description, Listing, Server, Shown, Target};
use crate::outcome::Column;
use crate::run::{Inquiry, Interruption};
use crate::text::lossy;

/// A query whose result is shown as it is.
#[derive(Debug, Clone)]
pub(super) struct Query {
    columns: Vec<String>,
    from: String,
    conditions: Vec<String>,
    order: &'static str,
}

impl Query {
    /// A query on these tables and joins, ordered so.
    pub(super) fn of(from: impl Into<String>, order: &'static str) -> Self {
        Self { columns: Vec::new(), from: from.into(), conditions: Vec::new(), order }
    }

    /// One more column: its heading and its expression.
    pub(super) fn column(&mut self, heading: &str, expression: impl AsRef<str>) {
        self.columns.push(format!("{} AS \"{heading}\"", expression.as_ref()));
    }

    /// Several columns.
    pub(super) fn columns(&mut self, columns: &[(&str, &str)]) {
        columns.iter().for_each(|(heading, expression)| self.column(heading, expression));
    }

    /// A join of one more table.
    pub(super) fn join(&mut self, join: &str) {
        self.from.push(' ');
        self.from.push_str(join);
    }

    /// A condition on its rows.
    pub(super) fn filter(&mut self, condition: impl Into<String>) {
        self.conditions.push(condition.into());
    }

    /// The conditions of a pattern.
    pub(super) fn matching(&mut self, pattern: &Pattern, server: Server<'_>) {
        self.conditions.extend(pattern.conditions(server));
    }

    /// Leaves out the system's objects unless they are asked for, by `S` or by a pattern. The schema's name is in `n.nspname`.
    pub(super) fn without_system(&mut self, target: &Target<'_>) {
        if !target.system && target.pattern().is_none() {
            self.filter("n.nspname NOT IN ('pg_catalog', 'information_schema')");
        }
    }

    /// Its text.
    pub(super) fn sql(&self) -> String {
        let columns = self.columns.join(", ");
        format!("SELECT {columns} FROM {}{} ORDER BY {}", self.from, all_of(&self.conditions), self.order)
    }

    /// Its result as a listing with this title.
    pub(super) fn listing(&self, title: &str, inquiry: &mut Inquiry<'_>) -> Result<Listing, Interruption> {
        Ok(Listing::of(title, &*inquiry.ask(self.sql())?))
    }

    /// Its result as all that a command gives.
    pub(super) fn shown(&self, title: &str, inquiry: &mut Inquiry<'_>) -> Description {
        Ok(vec![Shown::Table(self.listing(title, inquiry)?)])
    }
}

/// The entries of an access control list, one a line.
pub(super) fn privileges(list: &str) -> String {
    format!("pg_catalog.array_to_string({list}, '\n')")
}

/// The name of the role with this number.
pub(super) fn role(number: &str) -> String {
    format!("pg_catalog.pg_get_userbyid({number})")
}

/// The comment on the object with this number, of this catalog.
pub(super) fn comment(number: &str, catalog: &str) -> String {
    format!("pg_catalog.obj_description({number}, '{catalog}')")
}

/// The name of the type with this number.
pub(super) fn type_name(number: &str) -> String {
    format!("pg_catalog.format_type({number}, NULL)")
}

/// `yes` or `no`.
pub(super) fn yes_or_no(condition: &str) -> String {
    format!("CASE WHEN {condition} THEN 'yes' ELSE 'no' END")
}

/// Words for the values of a column with codes.
pub(super) fn decoded(column: &str, words: &[(&str, &str)]) -> String {
    let cases: Vec<_> = words.iter().map(|(code, word)| format!("WHEN '{code}' THEN '{word}'")).collect();
    format!("CASE {column} {} END", cases.join(" "))
}

/// A name as SQL writes it, with its schema when it cannot be seen without.
pub(super) fn visible_name(visible: &str, schema: &str, name: &str) -> String {
    format!(
        "CASE WHEN {visible} THEN pg_catalog.quote_ident({name}) \
         ELSE pg_catalog.quote_ident({schema}) || '.' || pg_catalog.quote_ident({name}) END"
    )
}

/// A message that this server has no such thing, in place of a result.
pub(super) fn lacking(server: Server<'_>, what: &str) -> Description {
    let (major, minor) = (server.version / 10_000, server.version / 100 % 100);
    let version = if major >= 10 { major.to_string() } else { format!("{major}.{minor}") };
    Ok(vec![Shown::Error(format!("The server (version {version}) does not support {what}."))])
}

/// The end of a command that has found none of what the pattern names; nothing is said about it when that is not wanted.
pub(super) fn none_found(target: &Target<'_>, what: &str) -> Interruption {
    if target.quiet {
        return Interruption::Quiet;
    }
    Interruption::Failed(match target.pattern() {
        Some(pattern) => format!("Did not find any {what} named \"{}\".", lossy(pattern)),
        None => format!("Did not find any {what}s."),
    })
}

/// Columns of text with these headings.
pub(super) fn text_columns(headings: &[&str]) -> Vec<Column> {
    /// PostgreSQL's id of the type, which is aligned to the left.
    const TEXT: u32 = 25;
    headings.iter().map(|heading| Column { name: heading.as_bytes().to_vec(), type_oid: TEXT }).collect()
}

//! `\dt`, `\di`, `\ds`, `\dv`, `\dm`, `\dE` in any mixture, `\d` alone, and `\dP`: lists of relations. One relation in full
//! is `relation`'s.

use super::pattern::{Names, Pattern, all_of};
use super::{Description, Listing, Shown, Target};
use crate::outcome::ServerKind;
use crate::run::{Inquiry, Interruption};
use crate::text::lossy;

/// What patterns for relations are compared with.
pub(super) const RELATION_NAMES: Names = Names {
    schema: "n.nspname",
    name: "c.relname",
    other: "",
    visible: "pg_catalog.pg_table_is_visible(c.oid)",
};

/// What is not listed unless it is asked for by `S` or by a pattern.
const USERS_ONLY: &str =
    "n.nspname <> 'pg_catalog' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_toast'";

/// The kinds of relations that a list shows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kinds<'a> {
    letters: &'a str,
}

impl Kinds<'_> {
    /// Those of `\d` alone. To list external tables of Redshift may mean to ask another service, which takes its time and may
    /// refuse: they are left to `\dE`.
    pub(super) fn usual(server: ServerKind) -> Self {
        match server {
            ServerKind::PostgreSql => Self { letters: "tvmsE" },
            ServerKind::Redshift => Self { letters: "tvms" },
        }
    }

    /// Whether it shows those of this letter.
    pub(super) fn has(self, letter: char) -> bool {
        self.letters.contains(letter)
    }
}

/// `\d[tivmsE…][S+] [pattern]`
pub(super) fn relations(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    list(target, Kinds { letters: &target.name[1..] }, inquiry)
}

/// A list of relations of these kinds.
pub(super) fn list(target: &Target<'_>, kinds: Kinds<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    if target.server.kind == ServerKind::Redshift {
        return super::redshift::list(target, kinds, inquiry);
    }
    let pattern = Pattern::read(target, RELATION_NAMES, 3)?;
    let named = target.system || target.pattern().is_some();
    let mut conditions = vec![format!("c.relkind IN ({})", relkinds(kinds, named))];
    if !named {
        conditions.push(USERS_ONLY.to_owned());
    }
    conditions.extend(pattern.conditions(target.server));
    let sql = format!("{}{} ORDER BY 1, 2", question(target, kinds), all_of(&conditions));
    let table = inquiry.ask(sql)?;
    listed(target, Listing::of("List of relations", &table))
}

/// The list, or a message in place of an empty one.
pub(super) fn listed(target: &Target<'_>, listing: Listing) -> Description {
    Ok(vec![match listing.rows.is_empty() && !target.quiet {
        true => Shown::Error(missing(target)),
        false => Shown::Table(listing),
    }])
}

/// That nothing was found, as the failure of a command that was to describe something.
pub(super) fn not_found(target: &Target<'_>) -> Interruption {
    if target.quiet { Interruption::Quiet } else { Interruption::Failed(missing(target)) }
}

fn missing(target: &Target<'_>) -> String {
    match target.pattern() {
        Some(pattern) => format!("Did not find any relation named \"{}\".", lossy(pattern)),
        None => "Did not find any relations.".to_owned(),
    }
}

/// The values of `relkind`. Parts of other relations are listed only where names or the system's relations are asked for.
fn relkinds(kinds: Kinds<'_>, named: bool) -> String {
    let by_letter: [(char, &[&str], &[&str]); 6] = [
        ('t', &["r", "p"], &["t"]),
        ('v', &["v"], &[]),
        ('m', &["m"], &[]),
        ('i', &["i", "I"], &[]),
        ('s', &["S"], &["s"]),
        ('E', &["f"], &[]),
    ];
    let mut found: Vec<&str> = Vec::new();
    for (letter, usual, more) in by_letter {
        if kinds.has(letter) {
            found.extend(usual);
            found.extend(more.iter().filter(|_| named));
        }
    }
    let quoted: Vec<_> = found.iter().map(|kind| format!("'{kind}'")).collect();
    quoted.join(", ")
}

fn question(target: &Target<'_>, kinds: Kinds<'_>) -> String {
    let mut columns = vec![
        "n.nspname AS \"Schema\"",
        "c.relname AS \"Name\"",
        "CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 't' THEN 'TOAST table' \
         WHEN 'f' THEN 'foreign table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'i' THEN 'index' \
         WHEN 'I' THEN 'partitioned index' WHEN 'S' THEN 'sequence' END AS \"Type\"",
        "pg_catalog.pg_get_userbyid(c.relowner) AS \"Owner\"",
    ];
    let mut tables = String::from(
        " FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON c.relnamespace = n.oid",
    );
    if kinds.has('i') {
        columns.push("of_table.relname AS \"Table\"");
        tables.push_str(
            " LEFT JOIN pg_catalog.pg_index x ON x.indexrelid = c.oid \
             LEFT JOIN pg_catalog.pg_class of_table ON of_table.oid = x.indrelid",
        );
    }
    if target.verbose {
        columns.push(
            "CASE c.relpersistence WHEN 'p' THEN 'permanent' WHEN 'u' THEN 'unlogged' WHEN 't' THEN 'temporary' \
             END AS \"Persistence\"",
        );
        if !target.hidden.access_methods && ['t', 'm', 'i'].iter().any(|&letter| kinds.has(letter)) {
            columns.push("am.amname AS \"Access method\"");
            tables.push_str(" LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam");
        }
        columns.push("pg_catalog.pg_size_pretty(pg_catalog.pg_table_size(c.oid)) AS \"Size\"");
        columns.push("pg_catalog.obj_description(c.oid, 'pg_class') AS \"Description\"");
    }
    format!("SELECT {}{tables}", columns.join(", "))
}

/// `\dP[tin][+] [pattern]`
pub(super) fn partitioned(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    if target.server.kind == ServerKind::Redshift {
        return Err(Interruption::Failed("Amazon Redshift has no partitioned relations".to_owned()));
    }
    let asked = Partitioned::read(target);
    let pattern = Pattern::read(target, RELATION_NAMES, 3)?;
    let mut conditions = vec![asked.relkinds().to_owned()];
    if !asked.nested && target.pattern().is_none() {
        conditions.push("NOT c.relispartition".to_owned());
    }
    if target.pattern().is_none() {
        conditions.push(USERS_ONLY.to_owned());
    }
    conditions.extend(pattern.conditions(target.server));
    let sql = format!("{}{} ORDER BY {}", asked.question(target), all_of(&conditions), asked.order());
    let table = inquiry.ask(sql)?;
    Ok(vec![Shown::Table(Listing::of(asked.title(), &table))])
}

/// What `\dP` is asked for.
struct Partitioned {
    tables: bool,
    indexes: bool,
    /// Those that are partitions themselves, too.
    nested: bool,
    /// Whether the partitioned relation above is told.
    parents: bool,
}

impl Partitioned {
    fn read(target: &Target<'_>) -> Self {
        let has = |letter| target.name[2..].contains(letter);
        let both = !has('t') && !has('i');
        let nested = has('n');
        Self {
            tables: both || has('t'),
            indexes: both || has('i'),
            nested,
            parents: nested || target.pattern().is_some(),
        }
    }

    fn mixed(&self) -> bool {
        self.tables && self.indexes
    }

    fn title(&self) -> &'static str {
        match (self.tables, self.indexes) {
            (true, true) => "List of partitioned relations",
            (_, false) => "List of partitioned tables",
            (false, true) => "List of partitioned indexes",
        }
    }

    fn relkinds(&self) -> &'static str {
        match (self.tables, self.indexes) {
            (true, true) => "c.relkind IN ('p', 'I')",
            (_, false) => "c.relkind = 'p'",
            (false, true) => "c.relkind = 'I'",
        }
    }

    fn order(&self) -> String {
        let mut order = vec!["\"Schema\""];
        if self.mixed() {
            order.push("\"Type\" DESC");
        }
        if self.parents {
            order.push("\"Parent name\" NULLS FIRST");
        }
        order.push("\"Name\"");
        order.join(", ")
    }

    fn question(&self, target: &Target<'_>) -> String {
        let mut columns = vec![
            "n.nspname AS \"Schema\"",
            "c.relname AS \"Name\"",
            "pg_catalog.pg_get_userbyid(c.relowner) AS \"Owner\"",
        ];
        let mut tables = String::from(
            " FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON c.relnamespace = n.oid",
        );
        if self.mixed() {
            columns.push(
                "CASE c.relkind WHEN 'I' THEN 'partitioned index' ELSE 'partitioned table' END AS \"Type\"",
            );
        }
        if self.parents {
            columns.push("up.inhparent::pg_catalog.regclass AS \"Parent name\"");
            tables.push_str(" LEFT JOIN pg_catalog.pg_inherits up ON up.inhrelid = c.oid");
        }
        if self.indexes {
            columns.push("x.indrelid::pg_catalog.regclass AS \"Table\"");
            tables.push_str(" LEFT JOIN pg_catalog.pg_index x ON x.indexrelid = c.oid");
        }
        if target.verbose {
            if self.nested {
                columns.push("pg_catalog.pg_size_pretty(parts.direct) AS \"Leaf partition size\"");
            }
            columns.push("pg_catalog.pg_size_pretty(parts.all_levels) AS \"Total size\"");
            columns.push("pg_catalog.obj_description(c.oid, 'pg_class') AS \"Description\"");
            tables.push_str(
                " CROSS JOIN LATERAL (SELECT sum(pg_catalog.pg_table_size(part.relid)) AS all_levels, \
                 sum(CASE WHEN part.level = 1 AND part.isleaf THEN pg_catalog.pg_table_size(part.relid) \
                 ELSE 0 END) AS direct FROM pg_catalog.pg_partition_tree(c.oid) part) parts",
            );
        }
        format!("SELECT {}{tables}", columns.join(", "))
    }
}

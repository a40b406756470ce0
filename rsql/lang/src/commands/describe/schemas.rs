//! `\dn`: schemas, with the publications of a schema that is named.

use super::pattern::{Names, Pattern};
use super::{Description, Listing, Shown, Target};
use crate::run::Inquiry;
use crate::text::lossy;

/// `\dn[S+] [pattern]`
pub(super) fn schemas(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let names = Names { name: "n.nspname", ..Names::default() };
    let pattern = Pattern::read(target, names, 2)?;
    let mut sql =
        String::from("SELECT n.nspname AS \"Name\", pg_catalog.pg_get_userbyid(n.nspowner) AS \"Owner\"");
    if target.verbose {
        sql.push_str(
            ", pg_catalog.array_to_string(n.nspacl, E'\\n') AS \"Access privileges\", \
             pg_catalog.obj_description(n.oid, 'pg_namespace') AS \"Description\"",
        );
    }
    sql.push_str(" FROM pg_catalog.pg_namespace n");
    let mut conditions = pattern.conditions(target.server);
    if !target.system && target.pattern().is_none() {
        conditions.push("n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'".to_owned());
    }
    sql.push_str(&super::pattern::all_of(&conditions));
    sql.push_str(" ORDER BY 1");
    let mut listing = Listing::of("List of schemas", &*inquiry.ask(sql)?);
    if target.pattern().is_some() && target.server.version >= 150_000 {
        listing.footers = publications(&pattern, inquiry)?;
    }
    Ok(vec![Shown::Table(listing)])
}

/// The publications that a schema is in as a whole; told only where there are some.
fn publications(
    pattern: &Pattern,
    inquiry: &mut Inquiry<'_>,
) -> Result<Option<Vec<Vec<u8>>>, crate::run::Interruption> {
    let sql = format!(
        "SELECT p.pubname FROM pg_catalog.pg_publication p \
         JOIN pg_catalog.pg_publication_namespace s ON s.pnpubid = p.oid \
         JOIN pg_catalog.pg_namespace n ON n.oid = s.pnnspid WHERE n.nspname = '{}' ORDER BY 1",
        pattern.text.replace('\'', "''")
    );
    let table = inquiry.ask(sql)?;
    let names: Vec<_> = table.rows.iter().filter_map(|row| row.cell(0)).collect();
    if names.is_empty() {
        return Ok(None);
    }
    let lines = names.iter().map(|name| format!("    \"{}\"", lossy(name)).into_bytes());
    Ok(Some([b"Publications:".to_vec()].into_iter().chain(lines).collect()))
}

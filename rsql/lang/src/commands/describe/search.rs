//! `\dF`, `\dFd`, `\dFp`, `\dFt`: what full text search is set up with.

use super::pattern::{Names, Pattern};
use super::query::{Query, comment, none_found};
use super::{Description, Listing, Shown, Target};
use crate::print::Table;
use crate::run::{Inquiry, Interruption};
use crate::text::lossy;

/// One kind of objects, all of which have a schema.
#[derive(Debug, Clone, Copy)]
struct Kind {
    from: &'static str,
    names: Names,
    number: &'static str,
    catalog: &'static str,
}

const CONFIGURATIONS: Kind = Kind {
    from: "pg_catalog.pg_ts_config c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.cfgnamespace",
    names: Names {
        schema: "n.nspname",
        name: "c.cfgname",
        other: "",
        visible: "pg_catalog.pg_ts_config_is_visible(c.oid)",
    },
    number: "c.oid",
    catalog: "pg_ts_config",
};
const DICTIONARIES: Kind = Kind {
    from: "pg_catalog.pg_ts_dict d LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.dictnamespace",
    names: Names {
        schema: "n.nspname",
        name: "d.dictname",
        other: "",
        visible: "pg_catalog.pg_ts_dict_is_visible(d.oid)",
    },
    number: "d.oid",
    catalog: "pg_ts_dict",
};
const PARSERS: Kind = Kind {
    from: "pg_catalog.pg_ts_parser p LEFT JOIN pg_catalog.pg_namespace n ON n.oid = p.prsnamespace",
    names: Names {
        schema: "n.nspname",
        name: "p.prsname",
        other: "",
        visible: "pg_catalog.pg_ts_parser_is_visible(p.oid)",
    },
    number: "p.oid",
    catalog: "pg_ts_parser",
};
const TEMPLATES: Kind = Kind {
    from: "pg_catalog.pg_ts_template t LEFT JOIN pg_catalog.pg_namespace n ON n.oid = t.tmplnamespace",
    names: Names {
        schema: "n.nspname",
        name: "t.tmplname",
        other: "",
        visible: "pg_catalog.pg_ts_template_is_visible(t.oid)",
    },
    number: "t.oid",
    catalog: "pg_ts_template",
};

/// The objects of a kind, with columns of their own between name and description.
fn listed(
    kind: Kind,
    columns: &[(&str, &str)],
    title: &str,
    target: &Target<'_>,
    inquiry: &mut Inquiry<'_>,
) -> Description {
    let mut query = Query::of(kind.from, "1, 2");
    query.columns(&[("Schema", "n.nspname"), ("Name", kind.names.name)]);
    query.columns(columns);
    query.column("Description", comment(kind.number, kind.catalog));
    query.matching(&Pattern::read(target, kind.names, 3)?, target.server);
    query.shown(title, inquiry)
}

/// `\dFd[+] [pattern]`
pub(super) fn dictionaries(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let more: &[(&str, &str)] = &[
        (
            "Template",
            "(SELECT coalesce(tn.nspname, '(null)')::pg_catalog.text || '.' || t.tmplname \
             FROM pg_catalog.pg_ts_template t LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = t.tmplnamespace \
             WHERE t.oid = d.dicttemplate)",
        ),
        ("Init options", "d.dictinitoption"),
    ];
    let columns = if target.verbose { more } else { &[] };
    listed(DICTIONARIES, columns, "List of text search dictionaries", target, inquiry)
}

/// `\dFt[+] [pattern]`
pub(super) fn templates(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let more: &[(&str, &str)] =
        &[("Init", "t.tmplinit::pg_catalog.regproc"), ("Lexize", "t.tmpllexize::pg_catalog.regproc")];
    let columns = if target.verbose { more } else { &[] };
    listed(TEMPLATES, columns, "List of text search templates", target, inquiry)
}

/// `\dF[+] [pattern]`
pub(super) fn configurations(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    if !target.verbose {
        return listed(CONFIGURATIONS, &[], "List of text search configurations", target, inquiry);
    }
    let mut query = Query::of(CONFIGURATIONS.from, "3, 2");
    query.join(
        "JOIN pg_catalog.pg_ts_parser p ON p.oid = c.cfgparser \
         LEFT JOIN pg_catalog.pg_namespace pn ON pn.oid = p.prsnamespace",
    );
    query.columns(&[
        ("number", "c.oid"),
        ("name", "c.cfgname"),
        ("schema", "n.nspname"),
        ("parser", "p.prsname"),
        ("parser_schema", "pn.nspname"),
    ]);
    let found = find(&mut query, CONFIGURATIONS, "text search configuration", target, inquiry)?;
    let mut shown = Vec::new();
    for row in &found.rows {
        let cell = |index| row.cell(index).map(|text| lossy(text).into_owned());
        let title = format!(
            "Text search configuration \"{}\"\nParser: \"{}\"",
            qualified(cell(2), cell(1)),
            qualified(cell(4), cell(3))
        );
        let number = cell(0).unwrap_or_default();
        let sql = format!(
            "SELECT (SELECT t.alias FROM pg_catalog.ts_token_type(c.cfgparser) t WHERE t.tokid = m.maptokentype) \
             AS \"Token\", pg_catalog.btrim(ARRAY(SELECT d.mapdict::pg_catalog.regdictionary \
             FROM pg_catalog.pg_ts_config_map d WHERE d.mapcfg = c.oid AND d.maptokentype = m.maptokentype \
             ORDER BY d.mapseqno)::pg_catalog.text, '{{}}') AS \"Dictionaries\" \
             FROM pg_catalog.pg_ts_config c JOIN (SELECT DISTINCT mapcfg, maptokentype \
             FROM pg_catalog.pg_ts_config_map) m ON m.mapcfg = c.oid WHERE c.oid = {number} ORDER BY 1"
        );
        shown.push(without_count(Listing::of(&title, &*inquiry.ask(sql)?)));
    }
    Ok(shown)
}

/// `\dFp[+] [pattern]`
pub(super) fn parsers(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    const METHODS: [(&str, &str); 5] = [
        ("Start parse", "prsstart"),
        ("Get next token", "prstoken"),
        ("End parse", "prsend"),
        ("Get headline", "prsheadline"),
        ("Get token types", "prslextype"),
    ];
    if !target.verbose {
        return listed(PARSERS, &[], "List of text search parsers", target, inquiry);
    }
    let mut query = Query::of(PARSERS.from, "3, 2");
    query.columns(&[("number", "p.oid"), ("name", "p.prsname"), ("schema", "n.nspname")]);
    let found = find(&mut query, PARSERS, "text search parser", target, inquiry)?;
    let mut shown = Vec::new();
    for row in &found.rows {
        let cell = |index| row.cell(index).map(|text| lossy(text).into_owned());
        let (number, name) = (cell(0).unwrap_or_default(), qualified(cell(2), cell(1)));
        let methods = METHODS.map(|(method, column)| {
            let about = comment(&format!("p.{column}"), "pg_proc");
            format!(
                "SELECT '{method}' AS \"Method\", p.{column}::pg_catalog.regproc AS \"Function\", \
                 {about} AS \"Description\" FROM pg_catalog.pg_ts_parser p WHERE p.oid = {number}"
            )
        });
        let methods = inquiry.ask(methods.join(" UNION ALL "))?;
        shown.push(without_count(Listing::of(&format!("Text search parser \"{name}\""), &methods)));
        let sql = format!(
            "SELECT t.alias AS \"Token name\", t.description AS \"Description\" \
             FROM pg_catalog.ts_token_type({number}::pg_catalog.oid) t ORDER BY 1"
        );
        let title = format!("Token types for parser \"{name}\"");
        shown.push(Shown::Table(Listing::of(&title, &*inquiry.ask(sql)?)));
    }
    Ok(shown)
}

/// The objects that the pattern names, of which there must be some.
fn find(
    query: &mut Query,
    kind: Kind,
    what: &str,
    target: &Target<'_>,
    inquiry: &mut Inquiry<'_>,
) -> Result<std::sync::Arc<Table>, Interruption> {
    query.matching(&Pattern::read(target, kind.names, 3)?, target.server);
    let found = inquiry.ask(query.sql())?;
    if found.rows.is_empty() { Err(none_found(target, what)) } else { Ok(found) }
}

fn qualified(schema: Option<String>, name: Option<String>) -> String {
    let name = name.unwrap_or_default();
    schema.map_or(name.clone(), |schema| format!("{schema}.{name}"))
}

/// A listing that does not end with the number of its rows.
fn without_count(listing: Listing) -> Shown {
    Shown::Table(Listing { footers: Some(Vec::new()), ..listing })
}

//! `\dx`, `\dL`, `\dy`, `\dX`, `\dl`: extensions, languages, event triggers, extended statistics, large objects.

use super::pattern::{Names, Pattern};
use super::query::{Query, comment, decoded, lacking, none_found, privileges, role};
use super::{Description, Listing, Shown, Target};
use crate::run::Inquiry;
use crate::text::lossy;

/// First server version with event triggers.
const EVENT_TRIGGERS: u32 = 90_300;
/// First server version with extended statistics.
const STATISTICS: u32 = 100_000;
/// First server version that spells the columns of such statistics, which may be expressions.
const EXPRESSIONS: u32 = 140_000;

const fn named(name: &'static str) -> Names {
    Names { schema: "", name, other: "", visible: "" }
}

/// `\dx[+] [pattern]`
pub(super) fn extensions(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let mut query = Query::of("pg_catalog.pg_extension e", "1");
    query.column("Name", "e.extname");
    let pattern = Pattern::read(target, named("e.extname"), 1)?;
    query.matching(&pattern, target.server);
    if !target.verbose {
        query.join("LEFT JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace");
        query.columns(&[("Version", "e.extversion"), ("Schema", "n.nspname")]);
        query.column("Description", comment("e.oid", "pg_extension"));
        return query.shown("List of installed extensions", inquiry);
    }
    query.column("number", "e.oid");
    let found = inquiry.ask(query.sql())?;
    if found.rows.is_empty() {
        return Err(none_found(target, "extension"));
    }
    let mut shown = Vec::new();
    for extension in &found.rows {
        let cell = |index| lossy(extension.cell(index).unwrap_or_default());
        let mut contents = Query::of("pg_catalog.pg_depend d", "1");
        contents.column("Object description", "pg_catalog.pg_describe_object(d.classid, d.objid, 0)");
        contents.filter("d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass");
        contents.filter(format!("d.refobjid = {}", cell(1)));
        contents.filter("d.deptype = 'e'");
        let title = format!("Objects in extension \"{}\"", cell(0));
        shown.push(Shown::Table(Listing::of(&title, &*inquiry.ask(contents.sql())?)));
    }
    Ok(shown)
}

/// `\dL[S+] [pattern]`
pub(super) fn languages(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let mut query = Query::of("pg_catalog.pg_language l", "1");
    query.column("Name", "l.lanname");
    query.column("Owner", role("l.lanowner"));
    query.column("Trusted", "l.lanpltrusted");
    if target.verbose {
        query.columns(&[
            ("Internal language", "NOT l.lanispl"),
            ("Call handler", "l.lanplcallfoid::pg_catalog.regprocedure"),
            ("Validator", "l.lanvalidator::pg_catalog.regprocedure"),
            ("Inline handler", "l.laninline::pg_catalog.regprocedure"),
        ]);
        query.column("Access privileges", privileges("l.lanacl"));
    }
    query.column("Description", comment("l.oid", "pg_language"));
    // Those without handler are built in.
    if !target.system && target.pattern().is_none() {
        query.filter("l.lanplcallfoid <> 0");
    }
    query.matching(&Pattern::read(target, named("l.lanname"), 2)?, target.server);
    query.shown("List of languages", inquiry)
}

/// `\dy[+] [pattern]`
pub(super) fn event_triggers(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    const STATES: [(&str, &str); 4] =
        [("O", "enabled"), ("R", "replica"), ("A", "always"), ("D", "disabled")];
    if target.server.version < EVENT_TRIGGERS {
        return lacking(target.server, "event triggers");
    }
    let mut query = Query::of("pg_catalog.pg_event_trigger e", "1");
    query.columns(&[("Name", "e.evtname"), ("Event", "e.evtevent")]);
    query.column("Owner", role("e.evtowner"));
    query.column("Enabled", decoded("e.evtenabled", &STATES));
    query.columns(&[
        ("Function", "e.evtfoid::pg_catalog.regproc"),
        (
            "Tags",
            "pg_catalog.array_to_string(ARRAY(SELECT tag FROM pg_catalog.unnest(e.evttags) t (tag)), ', ')",
        ),
    ]);
    if target.verbose {
        query.column("Description", comment("e.oid", "pg_event_trigger"));
    }
    query.matching(&Pattern::read(target, named("e.evtname"), 1)?, target.server);
    query.shown("List of event triggers", inquiry)
}

/// `\dX [pattern]`
pub(super) fn statistics(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    const NAMES: Names = Names {
        schema: "s.stxnamespace::pg_catalog.regnamespace::pg_catalog.text",
        name: "s.stxname",
        other: "",
        visible: "pg_catalog.pg_statistics_obj_is_visible(s.oid)",
    };
    const KINDS: [(&str, &str); 3] = [("Ndistinct", "d"), ("Dependencies", "f"), ("MCV", "m")];
    if target.server.version < STATISTICS {
        return lacking(target.server, "extended statistics");
    }
    let mut query = Query::of("pg_catalog.pg_statistic_ext s", "1, 2");
    query.columns(&[("Schema", NAMES.schema), ("Name", NAMES.name)]);
    let columns = if target.server.version >= EXPRESSIONS {
        "pg_catalog.pg_get_statisticsobjdef_columns(s.oid)"
    } else {
        "(SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ') \
         FROM pg_catalog.unnest(s.stxkeys) k (number) JOIN pg_catalog.pg_attribute a \
         ON a.attrelid = s.stxrelid AND a.attnum = k.number AND NOT a.attisdropped)"
    };
    query.column(
        "Definition",
        format!("{columns} || ' FROM ' || s.stxrelid::pg_catalog.regclass::pg_catalog.text"),
    );
    for (heading, kind) in KINDS {
        query.column(heading, format!("CASE WHEN '{kind}' = ANY (s.stxkind) THEN 'defined' END"));
    }
    query.matching(&Pattern::read(target, NAMES, 3)?, target.server);
    query.shown("List of extended statistics", inquiry)
}

/// `\dl[+]`, `\lo_list[+]`
pub(super) fn large_objects(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let mut query = Query::of("pg_catalog.pg_largeobject_metadata m", "m.oid");
    query.column("ID", "m.oid");
    query.column("Owner", role("m.lomowner"));
    if target.verbose {
        query.column("Access privileges", privileges("m.lomacl"));
    }
    query.column("Description", comment("m.oid", "pg_largeobject"));
    query.shown("Large objects", inquiry)
}

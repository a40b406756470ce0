//! Questions for names, in SQL that PostgreSQL and Redshift both take. Each begins with a comment that says what it is for.
//!
//! Answers are bounded, since nobody reads more than a screen of them.

/// Most names of one answer.
const NAMES_MAX: usize = 1000;

/// Tables, views and the like that are visible, and schemas; within a schema that is typed, its own.
pub(super) fn relations(typed: &str) -> String {
    const KINDS: &str = "c.relkind IN ('r', 'v', 'm', 'f', 'p', 'S')";
    if let Some((schema, name)) = typed.rsplit_once('.') {
        return bounded(&format!(
            "-- relations\nSELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) \
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE {KINDS} AND n.nspname = {} AND {}",
            literal(&bare(schema)),
            begins("c.relname", name)
        ));
    }
    // The system's own are offered to those who begin to type them.
    let own = if bare(typed).starts_with("pg_") { "" } else { " AND c.relname NOT LIKE 'pg!_%' ESCAPE '!'" };
    bounded(&format!(
        "-- relations\nSELECT pg_catalog.quote_ident(c.relname) FROM pg_catalog.pg_class c \
         WHERE {KINDS} AND pg_catalog.pg_table_is_visible(c.oid) AND {}{own} \
         UNION SELECT pg_catalog.quote_ident(n.nspname) || '.' FROM pg_catalog.pg_namespace n WHERE {}",
        begins("c.relname", typed),
        begins("n.nspname", typed)
    ))
}

/// Columns of these relations.
pub(super) fn columns(relations: &[String], typed: &str) -> String {
    let (qualifier, name) = typed.rsplit_once('.').unwrap_or(("", typed));
    let names: Vec<String> = relations.iter().map(|name| literal(&bare(name))).collect();
    let among = if names.is_empty() { "''".to_owned() } else { names.join(", ") };
    let head = if qualifier.is_empty() {
        String::new()
    } else {
        format!("{} || ", literal(&format!("{qualifier}.")))
    };
    bounded(&format!(
        "-- columns\nSELECT DISTINCT {head}pg_catalog.quote_ident(a.attname) FROM pg_catalog.pg_attribute a \
         JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
         WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relname IN ({among}) AND {}",
        begins("a.attname", name)
    ))
}

pub(super) fn schemas(typed: &str) -> String {
    simple("schemas", "nspname", "pg_catalog.pg_namespace", typed)
}

pub(super) fn databases(typed: &str) -> String {
    simple("databases", "datname", "pg_catalog.pg_database", typed)
}

pub(super) fn roles(typed: &str) -> String {
    simple("roles", "usename", "pg_catalog.pg_user", typed)
}

pub(super) fn functions(typed: &str) -> String {
    simple("functions", "proname", "pg_catalog.pg_proc", typed)
}

pub(super) fn settings(typed: &str) -> String {
    simple("settings", "name", "pg_catalog.pg_settings", typed)
}

fn simple(kind: &str, column: &str, table: &str, typed: &str) -> String {
    bounded(&format!(
        "-- {kind}\nSELECT DISTINCT pg_catalog.quote_ident({column}) FROM {table} WHERE {}",
        begins(column, typed)
    ))
}

fn bounded(query: &str) -> String {
    format!("{query} ORDER BY 1 LIMIT {NAMES_MAX}")
}

/// A comparison that takes no character of the name for a pattern.
fn begins(column: &str, typed: &str) -> String {
    let name = bare(typed);
    format!("substring({column}, 1, {}) = {}", name.chars().count(), literal(&name))
}

/// A name as the catalogs have it: in lower case unless it is quoted.
fn bare(typed: &str) -> String {
    match typed.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"').unwrap_or(quoted).replace("\"\"", "\""),
        None => typed.to_lowercase(),
    }
}

/// A string constant that means the same whether or not backslashes are ordinary.
fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_stays_a_string() {
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\'"), "E'a\\\\'''");
        assert_eq!(bare("Abc"), "abc");
        assert_eq!(bare("\"A\"\"b"), "A\"b");
        assert!(relations("S.Ta").contains("n.nspname = 's' AND substring(c.relname, 1, 2) = 'ta'"));
        assert!(columns(&["Orders".to_owned()], "o.Cu").contains("'o.' || "));
    }
}

//! What a script leaves behind that no reset undoes, as far as its statements and their command tags tell.
//!
//! Errs on the side of a new session: what only looks like such a trace counts as one. What stored functions do is not seen
//! here; docs/operations.md says so.

/// What a script has left behind, the worst of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trace {
    /// Nothing that a reset does not undo.
    #[default]
    None,
    /// Something in its session, which is of no use to another script.
    Session,
    /// Something that only new sessions know of: those opened before are out of date.
    Every,
}

/// Commands after which sessions opened before differ from new ones: defaults of roles and databases are read at the login;
/// what a new language or extension keeps in a session is judged once a session.
const EVERY: [&[u8]; 5] =
    [b"ALTER ROLE", b"ALTER DATABASE", b"DROP ROLE", b"CREATE EXTENSION", b"CREATE LANGUAGE"];
/// Functions whose work lasts as long as the session. `set_config` makes a setting that stays known, though emptied, when
/// its name is nobody's.
const LASTING: [&[u8]; 3] = [b"set_config", b"pg_backup_start", b"pg_start_backup"];
/// How functions end that make a replication slot, which may last as long as the session.
const SLOT: &[u8] = b"replication_slot";
/// Longest stretch after a `SET` in which the name of its setting is looked for: a name has 63 bytes, with room for another
/// before it, quotes and blanks.
const SETTING_BYTES_MAX: usize = 200;

impl Trace {
    /// By a query string that is sent.
    pub(crate) fn of_statement(sql: &[u8]) -> Trace {
        let mut rest = sql;
        while let Some(start) = rest.iter().position(|b| is_name(*b)) {
            let end = rest[start..].iter().position(|b| !is_name(*b)).map_or(rest.len(), |n| start + n);
            let word = &rest[start..end];
            rest = &rest[end..];
            if lasts(word, rest) {
                return Trace::Session;
            }
        }
        Trace::None
    }

    /// By the tag of a command that is done.
    pub(crate) fn of_tag(tag: &[u8]) -> Trace {
        if EVERY.contains(&tag) {
            return Trace::Every;
        }
        // A library cannot be unloaded.
        if tag == b"LOAD" { Trace::Session } else { Trace::None }
    }
}

fn lasts(word: &[u8], rest: &[u8]) -> bool {
    match word.first().map(u8::to_ascii_lowercase) {
        Some(b's') if word.eq_ignore_ascii_case(b"set") => sets_foreign(rest),
        Some(b'l') if word.eq_ignore_ascii_case(b"load") => begins_with_quote(rest),
        Some(b's' | b'p') => {
            let end = &word[word.len().saturating_sub(SLOT.len())..];
            LASTING.iter().any(|known| word.eq_ignore_ascii_case(known)) || end.eq_ignore_ascii_case(SLOT)
        }
        _ => false,
    }
}

/// Whether a setting with a dot in its name follows, `SET my.batch = 7`: a reset empties it, but it stays known.
fn sets_foreign(rest: &[u8]) -> bool {
    let rest = &rest[..rest.len().min(SETTING_BYTES_MAX)];
    let name = rest.split(|b| matches!(b, b'=' | b';')).next().unwrap_or_default();
    let mut words = name.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    words.by_ref().take_while(|word| !word.eq_ignore_ascii_case(b"to")).any(|word| word.contains(&b'.'))
}

/// Whether a library's name follows after a blank, in any of the quotes of a string; `'load'` itself is but a text.
fn begins_with_quote(rest: &[u8]) -> bool {
    let name = rest.trim_ascii_start();
    if name.len() == rest.len() {
        return false;
    }
    let bare = match name {
        [b'e' | b'E', tail @ ..] | [b'u' | b'U', b'&', tail @ ..] => tail,
        _ => name,
    };
    matches!(bare.first(), Some(b'\'' | b'$'))
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sql: &str, expect: Trace) {
        assert_eq!(Trace::of_statement(sql.as_bytes()), expect, "{sql}");
    }

    #[test]
    fn ordinary_statements_leave_no_trace() {
        for sql in [
            "",
            "select 1",
            "set work_mem = '4MB'",
            "SET SESSION search_path TO a, b",
            "set local statement_timeout to 1.5",
            "update t set a = x.a, b = 1.5 from x",
            "-- load of the day\ninsert into load_fact select 'load'",
            "copy load from stdin",
            "reset all; discard all",
            "select reset_config, set_configuration from t",
            "deallocate all",
        ] {
            check(sql, Trace::None);
        }
    }

    #[test]
    fn what_lasts_is_noticed() {
        for sql in [
            "set my.batch = 7",
            "SET\tSESSION\n my.batch TO 7",
            "set local \"My\".batch = 7",
            "set my . batch = 7",
            "begin; set my.batch = '1'; commit",
            "select pg_catalog.Set_Config('my.batch', '7', false)",
            "LOAD 'auto_explain'",
            "do $$ begin execute $x$load  e'plpgsql'$x$; end $$",
            "select pg_create_logical_replication_slot('s', 'test_decoding', true)",
            "select * from pg_backup_start('x')",
        ] {
            check(sql, Trace::Session);
        }
    }

    #[test]
    fn tags_tell() {
        for (tag, expect) in [
            ("SELECT 1", Trace::None),
            ("LOAD", Trace::Session),
            ("ALTER ROLE", Trace::Every),
            ("ALTER TABLE", Trace::None),
        ] {
            assert_eq!(Trace::of_tag(tag.as_bytes()), expect, "{tag}");
        }
        assert!(Trace::None < Trace::Session && Trace::Session < Trace::Every);
    }
}

//! Which command describes what, of all but relations: on PostgreSQL by the first letters, as in psql. What Redshift does
//! otherwise stands in `cluster`.

use super::{
    Describe, access_methods, cluster, comments, databases, extensions, foreign, functions, privileges,
    replication, roles, schemas, search, source, types,
};
use crate::outcome::ServerKind;

/// The command of this name, with all its marks.
pub(super) fn command(name: &str, kind: ServerKind) -> Option<Describe> {
    if kind == ServerKind::Redshift {
        return cluster::command(name);
    }
    match name.as_bytes() {
        [b'd', rest @ ..] => by_letters(rest),
        [b'l', b'o', b'_', ..] => Some(extensions::large_objects),
        [b'l', ..] => Some(databases::databases),
        [b'z'] => Some(privileges::relations),
        [b's', b'f', ..] => Some(source::function),
        [b's', b'v', ..] => Some(source::view),
        _ => None,
    }
}

/// The same for the letters after `\d`.
pub(super) fn by_letters(letters: &[u8]) -> Option<Describe> {
    Some(match letters {
        [b'A', rest @ ..] => match rest {
            [] | [b'+', ..] => access_methods::access_methods,
            [b'c', ..] => access_methods::classes,
            [b'f', ..] => access_methods::families,
            [b'o', ..] => access_methods::operators,
            [b'p', ..] => access_methods::functions,
            _ => return None,
        },
        [b'a', ..] => functions::aggregates,
        [b'b', ..] => databases::tablespaces,
        [b'c', b'o', b'n', b'f', b'i', b'g', ..] => databases::parameters,
        [b'c', ..] => types::conversions,
        [b'C', ..] => types::casts,
        [b'd', b'p', ..] => privileges::defaults,
        [b'd', ..] => comments::comments,
        [b'D', ..] => types::domains,
        [b'e', b's', ..] => foreign::servers,
        [b'e', b't', ..] => foreign::tables,
        [b'e', b'u', ..] => foreign::user_mappings,
        [b'e', b'w', ..] => foreign::wrappers,
        [b'f'] | [b'f', b'+' | b'S' | b'a' | b'n' | b'p' | b't' | b'w', ..] => functions::functions,
        [b'F'] | [b'F', b'+', ..] => search::configurations,
        [b'F', b'd', ..] => search::dictionaries,
        [b'F', b'p', ..] => search::parsers,
        [b'F', b't', ..] => search::templates,
        [b'g' | b'u', ..] => roles::roles,
        [b'l', ..] => extensions::large_objects,
        [b'L', ..] => extensions::languages,
        [b'n', ..] => schemas::schemas,
        [b'o', ..] => functions::operators,
        [b'O', ..] => types::collations,
        [b'p', ..] => privileges::relations,
        [b'r', b'd', b's', ..] => roles::settings,
        [b'R', b'p', ..] => replication::publications,
        [b'R', b's', ..] => replication::subscriptions,
        [b'T', ..] => types::types,
        [b'x', ..] => extensions::extensions,
        [b'X', ..] => extensions::statistics,
        [b'y', ..] => extensions::event_triggers,
        _ => return None,
    })
}

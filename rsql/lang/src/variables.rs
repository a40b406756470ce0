//! Variables of a run: names and values, nothing about what a special variable means (see `special`).

use std::collections::BTreeMap;

use crate::text::is_variable_byte;

/// What conditions take status variables for before the first statement, when nothing has failed: a converted job may look at
/// them after a `\logon`. psql leaves them unset then, and so does everything else here.
const BEFORE_ALL_STATEMENTS: [(&[u8], &[u8]); 5] = [
    (b"ACTIVITYCOUNT", b"0"),
    (b"ERROR", b"false"),
    (b"ERRORCODE", b"00000"),
    (b"ROW_COUNT", b"0"),
    (b"SQLSTATE", b"00000"),
];

/// All variables, in the order in which `\set` lists them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Variables {
    values: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Variables {
    /// Whether a variable may be named so.
    pub(crate) fn is_valid_name(name: &[u8]) -> bool {
        !name.is_empty() && name.iter().all(|&byte| is_variable_byte(byte))
    }

    /// The value of a variable that is set.
    pub(crate) fn get(&self, name: &[u8]) -> Option<&[u8]> {
        self.values.get(name).map(Vec::as_slice)
    }

    /// The same for a condition, where status variables always have a value.
    pub(crate) fn get_in_condition(&self, name: &[u8]) -> Option<&[u8]> {
        let initial =
            || BEFORE_ALL_STATEMENTS.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        self.get(name).or_else(initial)
    }

    /// Sets a variable whose name is valid.
    pub(crate) fn set(&mut self, name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.values.insert(name.into(), value.into());
    }

    /// Removes a variable.
    pub(crate) fn unset(&mut self, name: &[u8]) {
        self.values.remove(name);
    }

    /// All names and values, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.values.iter().map(|(name, value)| (name.as_slice(), value.as_slice()))
    }
}

//! Variables whose values are known before a run. Owns what is known where branches meet.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::scan::expand;
use crate::text::is_variable_byte;
use crate::variables::Variables;

/// The variables known at a place of the script.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    pub(super) values: Variables,
    /// Those of them whose values hold something unknown.
    partly: BTreeSet<Vec<u8>>,
}

impl Known {
    pub(super) fn of(variables: &[(String, String)]) -> Self {
        let mut known = Self::default();
        for (name, value) in variables.iter().filter(|(name, _)| Variables::is_valid_name(name.as_bytes())) {
            known.values.set(name.as_str(), value.as_str());
        }
        known
    }

    pub(super) fn set(&mut self, name: &[u8], value: Vec<u8>, is_exact: bool) {
        if !Variables::is_valid_name(name) {
            return;
        }
        self.forget(name);
        self.values.set(name, value);
        if !is_exact {
            self.partly.insert(name.to_vec());
        }
    }

    pub(super) fn forget(&mut self, name: &[u8]) {
        self.values.unset(name);
        self.partly.remove(name);
    }

    /// Forgets what `\gset` may set: names after the prefix that are words of the statement.
    pub(super) fn forget_results(&mut self, prefix: &[u8], text: &[u8]) {
        let words: BTreeSet<Vec<u8>> =
            text.split(|&byte| !is_variable_byte(byte)).map(<[u8]>::to_ascii_lowercase).collect();
        let is_result = |name: &&[u8]| {
            name.strip_prefix(prefix).is_some_and(|column| words.contains(&column.to_ascii_lowercase()))
        };
        let names: Vec<Vec<u8>> =
            self.values.iter().map(|(name, _)| name).filter(is_result).map(<[u8]>::to_vec).collect();
        for name in names {
            self.forget(&name);
        }
    }

    /// Whether arguments that are written so are known to the last byte.
    pub(super) fn is_exact(&self, written: &[u8]) -> bool {
        let is_known = |at: usize| {
            expand::reference(&written[at..], &written[at..]).is_none_or(|reference| {
                self.values.get(reference.name).is_some() && !self.partly.contains(reference.name)
            })
        };
        memchr::memchr(b'`', written).is_none() && memchr::memchr_iter(b':', written).all(is_known)
    }

    /// What is known where several ways meet.
    pub(super) fn met(ways: Vec<Rc<Self>>) -> Option<Rc<Self>> {
        ways.into_iter().reduce(|one, other| match Rc::ptr_eq(&one, &other) {
            true => one,
            false => Rc::new(one.common(&other)),
        })
    }

    fn common(&self, other: &Self) -> Self {
        let mut common = Self::default();
        let partly = |name: &[u8]| self.partly.contains(name) || other.partly.contains(name);
        for (name, value) in self.values.iter().filter(|(name, value)| other.values.get(name) == Some(value))
        {
            common.set(name, value.to_vec(), !partly(name));
        }
        common
    }
}

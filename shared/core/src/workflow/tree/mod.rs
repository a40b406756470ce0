//! A YAML or JSON document as a tree in which every key and value knows its place. Owns reading it (JSON is YAML), scalars by
//! YAML 1.2's core schema, aliases within a limit, and duplicate keys. Knows nothing about workflows.

mod build;
mod scalar;

pub(super) use build::read;
pub(super) use scalar::Kind;

use super::fault::Place;

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) place: Place,
    /// Its index in its list as written. Faulty items are taken out of lists, and paths still count them.
    pub(super) index: u32,
    /// Whether keys with faults have been taken out of it: then what seems to be missing may have been there.
    pub(super) damaged: bool,
    pub(super) value: Value,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Scalar { text: Box<str>, kind: Kind },
    List(Vec<Node>),
    Map(Vec<Entry>),
}

impl Value {
    /// Whether nothing at all stands there.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self, Self::Scalar { text, kind: Kind::Null } if text.is_empty())
    }

    /// What this is, for messages: `a list`, `the number 3`.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::List(_) => "a list".to_owned(),
            Self::Map(_) => "a group of keys".to_owned(),
            Self::Scalar { text, kind } => kind.describe(text),
        }
    }
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: Box<str>,
    pub(super) place: Place,
    pub(super) node: Node,
}

impl Node {
    /// The entry of this key, if this is a map that has it.
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|entry| *entry.key == *key),
            _ => None,
        }
    }

    /// The items, if this is a list.
    pub(super) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The text of a scalar that is text.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, kind: Kind::Text } => Some(text),
            _ => None,
        }
    }

    /// The tree as JSON, for serde.
    pub(super) fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Scalar { text, kind } => kind.json(text),
            Value::List(items) => items.iter().map(Self::to_json).collect(),
            Value::Map(entries) => {
                entries.iter().map(|entry| (entry.key.to_string(), entry.node.to_json())).collect()
            }
        }
    }

    /// Nodes of this tree, itself included.
    fn size(&self) -> usize {
        let inner: usize = match &self.value {
            Value::Scalar { .. } => 0,
            Value::List(items) => items.iter().map(Self::size).sum(),
            Value::Map(entries) => entries.iter().map(|entry| entry.node.size()).sum(),
        };
        inner + 1
    }
}

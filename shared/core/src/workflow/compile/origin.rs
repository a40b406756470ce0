//! Where things of the compiled workflow stand in the file, for both forms. Owns the way from a job and a key to a place.

use super::super::fault::{Place, Problem};
use super::super::tree::Node;

/// The tree of a file, with the way to each of its jobs.
pub(in super::super) struct Origin<'n> {
    root: &'n Node,
    /// In the stage form: the stage and the script of each job, as positions in their lists.
    staged: Option<Vec<(usize, usize)>>,
}

/// A place in the file, with its path.
#[derive(Clone)]
pub(in super::super) struct Spot<'n> {
    node: Option<&'n Node>,
    place: Place,
    path: String,
    /// In the stage form a job is one text: all its keys stand there.
    atomic: bool,
}

impl<'n> Origin<'n> {
    pub(in super::super) fn newer(root: &'n Node) -> Self {
        Self { root, staged: None }
    }

    pub(in super::super) fn staged(root: &'n Node, jobs: Vec<(usize, usize)>) -> Self {
        Self { root, staged: Some(jobs) }
    }

    pub(super) fn root(&self) -> Spot<'n> {
        Spot { node: Some(self.root), place: self.root.place, path: String::new(), atomic: false }
    }

    pub(super) fn job(&self, position: usize) -> Spot<'n> {
        let Some(staged) = &self.staged else { return self.root().key("jobs").item(position) };
        let (stage, script) = staged.get(position).copied().unwrap_or_default();
        let spot = self.root().key("workflow_stages").item(stage).key("scripts").item(script);
        Spot { atomic: true, ..spot }
    }
}

impl Spot<'_> {
    /// The value of a key; stays here when there is none.
    pub(super) fn key(mut self, key: &str) -> Self {
        if self.atomic {
            return self;
        }
        if let Some(entry) = self.node.and_then(|node| node.entry(key)) {
            self.node = Some(&entry.node);
            self.place = entry.node.place;
            if !self.path.is_empty() {
                self.path.push('.');
            }
            self.path.push_str(key);
        }
        self
    }

    pub(super) fn keys(self, keys: &[&str]) -> Self {
        keys.iter().fold(self, |spot, key| spot.key(key))
    }

    /// The key itself rather than its value.
    pub(super) fn name(mut self, key: &str) -> Self {
        let place = self.node.and_then(|node| node.entry(key)).map(|entry| entry.place);
        self = self.key(key);
        self.place = place.unwrap_or(self.place);
        self
    }

    /// An item of a list; stays here when there is none.
    pub(super) fn item(mut self, position: usize) -> Self {
        if let Some(item) = self.node.and_then(|node| node.items().get(position)) {
            self.node = Some(item);
            self.place = item.place;
            self.path.push_str(&format!("[{}]", item.index));
        }
        self
    }

    /// Whether something was taken out here because of a fault.
    pub(super) fn is_damaged(&self) -> bool {
        self.node.is_some_and(|node| node.damaged)
    }

    pub(super) fn line(&self) -> u32 {
        self.place.line
    }

    pub(super) fn fault(self, problem: Problem) -> (Place, String, Problem) {
        (self.place, self.path, problem)
    }
}

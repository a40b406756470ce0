//! The statement being collected, in as many versions as conditionals within it make. Owns their number.

/// Versions of one statement that are kept: each conditional within it may double them.
const VERSIONS_MAX: usize = 16;
/// Longest text of which versions are kept: a script of megabytes in one statement has its first version only.
const VERSION_BYTES_MAX: usize = 64 * 1024;

/// The text, and other versions of it.
#[derive(Debug, Default)]
pub(super) struct Texts {
    /// What the scanner adds to.
    pub(super) main: Vec<u8>,
    others: Vec<Vec<u8>>,
    /// Up to where `main` has been added to the others.
    shared: usize,
}

impl Texts {
    /// All versions, of which there is at least one.
    pub(super) fn take(&mut self) -> Vec<Vec<u8>> {
        self.share();
        let mut all = vec![std::mem::take(&mut self.main)];
        all.append(&mut self.others);
        self.shared = 0;
        all
    }

    /// A copy of all versions, for another branch.
    pub(super) fn copied(&mut self) -> Vec<Vec<u8>> {
        self.share();
        let mut all = vec![self.main.clone()];
        if self.main.len() <= VERSION_BYTES_MAX {
            all.extend(self.others.iter().cloned());
        }
        all
    }

    /// Goes on with these versions.
    pub(super) fn put(&mut self, mut versions: Vec<Vec<u8>>) {
        let mut seen: Vec<Vec<u8>> = Vec::new();
        // The scanner goes on in a version that has something, as the statement is not over there.
        versions.sort_by_key(Vec::is_empty);
        for version in versions {
            let is_kept = seen.is_empty() || version.len() <= VERSION_BYTES_MAX;
            if is_kept && seen.len() < VERSIONS_MAX && !seen.contains(&version) {
                seen.push(version);
            }
        }
        let mut seen = seen.into_iter();
        self.main = seen.next().unwrap_or_default();
        self.others = seen.collect();
        self.shared = self.main.len();
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    fn share(&mut self) {
        // A line break that a command took back was never shared.
        let from = self.shared.min(self.main.len());
        for other in &mut self.others {
            other.extend_from_slice(&self.main[from..]);
        }
        self.shared = self.main.len();
    }
}

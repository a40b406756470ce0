//! The text that is sent, and which of its bytes stand where in the text as it was written.

/// A text being written, with the origin of each stretch.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Output {
    text: String,
    /// Where a stretch begins here and in the original; copied stretches run on, added ones stand for one place.
    stretches: Vec<Stretch>,
    changed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Stretch {
    at: usize,
    written: usize,
    copied: bool,
}

impl Output {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether anything was added or left out.
    pub(super) fn is_changed(&self) -> bool {
        self.changed
    }

    /// Notes that something was left out.
    pub(super) fn change(&mut self) {
        self.changed = true;
    }

    /// Copies what is written at byte `written` of the original.
    pub(super) fn copy(&mut self, text: &str, written: usize) {
        if !text.is_empty() {
            self.stretches.push(Stretch { at: self.text.len(), written, copied: true });
            self.text.push_str(text);
        }
    }

    /// Adds text that stands for what is written at byte `written`.
    pub(super) fn add(&mut self, text: &str, written: usize) {
        self.changed = true;
        self.stretches.push(Stretch { at: self.text.len(), written, copied: false });
        self.text.push_str(text);
    }

    /// The byte of the original that byte `at` comes from.
    pub(super) fn written(&self, at: usize) -> usize {
        let next = self.stretches.partition_point(|stretch| stretch.at <= at);
        let Some(stretch) = next.checked_sub(1).and_then(|n| self.stretches.get(n)) else { return 0 };
        if stretch.copied { stretch.written + (at - stretch.at) } else { stretch.written }
    }
}

//! The stack of `\if` blocks of one script: which branch runs, and what to put back after one that did not.
//! Conditions are judged elsewhere.

/// The open blocks, outermost first.
#[derive(Debug, Default)]
pub(crate) struct Branches {
    blocks: Vec<Block>,
}

#[derive(Debug)]
struct Block {
    state: State,
    saved: Saved,
}

/// The statement being collected when a branch began; text from branches that do not run is cut off again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Saved {
    pub(crate) query_bytes: usize,
    pub(crate) paren_depth: usize,
}

/// Where a block stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// In the branch that runs.
    Taken,
    /// No condition has held yet.
    Untaken,
    /// A branch has run already, or the whole block stands in one that does not.
    Done,
    /// In an `\else` that runs.
    ElseTaken,
    /// In an `\else` that does not.
    ElseDone,
}

impl Branches {
    /// Whether what stands here runs.
    pub(crate) fn active(&self) -> bool {
        self.state().is_none_or(|state| matches!(state, State::Taken | State::ElseTaken))
    }

    /// The state of the innermost block.
    pub(crate) fn state(&self) -> Option<State> {
        self.blocks.last().map(|block| block.state)
    }

    /// Whether no block is open.
    pub(crate) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Opens a block.
    pub(crate) fn open(&mut self, state: State, saved: Saved) {
        self.blocks.push(Block { state, saved });
    }

    /// Moves the innermost block on.
    pub(crate) fn enter(&mut self, state: State) {
        if let Some(block) = self.blocks.last_mut() {
            block.state = state;
        }
    }

    /// Closes the innermost block.
    pub(crate) fn close(&mut self) {
        self.blocks.pop();
    }

    /// Closes all blocks, as a jump out of them does.
    pub(crate) fn clear(&mut self) {
        self.blocks.clear();
    }

    /// What to put back after a branch that did not run.
    pub(crate) fn saved(&self) -> Option<Saved> {
        self.blocks.last().map(|block| block.saved)
    }

    /// Keeps what a branch that ran has collected.
    pub(crate) fn save(&mut self, saved: Saved) {
        if let Some(block) = self.blocks.last_mut() {
            block.saved = saved;
        }
    }
}

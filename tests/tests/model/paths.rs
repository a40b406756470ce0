//! Whether every path through the model ends. The search for properties does not tell a circle from two paths that meet, so
//! "eventually" would hold on a path that goes round for ever. Owns that question alone.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

use stateright::Model;

use crate::rules::Fleet;
use crate::state::State;

/// What a walk over all states has come to.
pub(crate) struct Walk {
    /// Different states.
    pub(crate) states: usize,
    /// Of these, states after which nothing happens.
    pub(crate) ends: usize,
    /// A state that comes again after itself.
    pub(crate) circle: Option<State>,
}

/// Walks depth first. A state met again while its own successors are still being walked closes a circle.
pub(crate) fn walk(fleet: &Fleet) -> Walk {
    let hasher = BuildHasherDefault::<DefaultHasher>::default();
    let mut open: HashMap<u64, bool> = HashMap::new();
    let mut walk = Walk { states: 0, ends: 0, circle: None };
    let mut stack: Vec<(u64, Vec<State>)> = vec![(0, fleet.init_states())];
    while let Some((own, rest)) = stack.last_mut() {
        let Some(state) = rest.pop() else {
            open.insert(*own, false);
            stack.pop();
            continue;
        };
        let name = hasher.hash_one(&state);
        match open.get(&name) {
            Some(true) => {
                walk.circle = Some(state);
                return walk;
            }
            Some(false) => {}
            None => {
                let next = fleet.next_states(&state);
                walk.states += 1;
                walk.ends += usize::from(next.is_empty());
                open.insert(name, true);
                stack.push((name, next));
            }
        }
    }
    walk
}

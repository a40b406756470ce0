//! What can be reached. Owns the rule of unreachable lines.

use rsql_lang::walk::{Item, Walk, What};

use crate::rule::Rule;
use crate::{Found, Reachable};

/// Whether a run can come to each item.
pub(crate) fn reachable(walk: &Walk) -> Reachable {
    let mut reachable: Reachable = Vec::with_capacity(walk.items.len());
    for (index, item) in walk.items.iter().enumerate() {
        let is_reached = index == 0 || item.from.iter().any(|from| reachable[*from]);
        reachable.push(is_reached);
    }
    reachable
}

/// One finding for each stretch that nothing leads to.
pub(crate) fn unreachable(walk: &Walk, reachable: &Reachable, found: &mut Vec<Found>) {
    let mut told = false;
    for (item, is_reached) in walk.items.iter().zip(reachable) {
        if *is_reached {
            told = false;
        } else if !told && does_something(item) {
            told = true;
            found.push(Found {
                rule: Rule::Unreachable,
                place: item.place,
                message: "no run comes here".to_owned(),
                hint: "the script has ended or jumped away before; remove the lines, or give them a \\label that a \\goto leads to"
                    .to_owned(),
            });
        }
    }
}

/// Branches and ends do nothing by themselves, and an end after an end does no harm.
fn does_something(item: &Item) -> bool {
    match &item.what {
        What::Start => false,
        What::Statement(_) => true,
        What::Command(command) => {
            let frame = ["if", "elif", "else", "endif", "label", "goto", "exit", "quit", "q"];
            !frame.contains(&command.name.as_str())
        }
    }
}

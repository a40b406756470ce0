//! Who looks at failures, and what becomes of transactions. Owns both rules: they follow every way through the script, from
//! item to item, with what is pending on it.

mod statement;

use std::collections::BTreeSet;

use rsql_lang::walk::{Command, Place, Walk, What};

use self::statement::Kind;
use crate::codes::{self, Code};
use crate::rule::Rule;
use crate::{Found, Reachable};

/// Statements that wait for somebody to look, on one way; further ones are told at once.
const PENDING_MAX: usize = 16;
/// From so many on, a script that looks at nothing has one finding, not one for each statement.
const TOGETHER_MIN: usize = 4;

/// Variables that tell whether the statement before has failed. No rows are how a failure looks, too.
const STATUS: [&str; 5] = ["ERROR", "ERRORCODE", "SQLSTATE", "ACTIVITYCOUNT", "ROW_COUNT"];
/// Variables that tell whether any statement so far has failed.
const LAST_ERROR: [&str; 2] = ["LAST_ERROR_MESSAGE", "LAST_ERROR_SQLSTATE"];
/// Commands that only show what they are given.
const SHOWING: [&str; 6] = ["echo", "qecho", "remark", "warn", "p", "errverbose"];

/// What is true behind an item, on all ways that lead to it.
#[derive(Debug, Clone, Default)]
struct State {
    stops: Stops,
    autocommit_off: bool,
    transaction: Transaction,
    /// Statements whose failure the next look at the status tells.
    pending: Vec<usize>,
    /// Earlier ones, which only a look at the last error tells.
    missed: Vec<usize>,
}

/// What stops the script at an error.
#[derive(Debug, Clone, Copy, Default)]
struct Stops {
    on_error: bool,
    max_error: bool,
}

/// Whether a transaction is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Transaction {
    #[default]
    None,
    /// Since this item.
    Open(usize),
    /// On some ways, since this item.
    Perhaps(usize),
}

/// All findings of both rules.
pub(crate) fn all(
    walk: &Walk,
    reachable: &Reachable,
    variables: &[(String, String)],
    found: &mut Vec<Found>,
) {
    let mut watch = Watch { walk, unchecked: Vec::new(), lost: Vec::new(), looked: false };
    let mut states: Vec<State> = Vec::with_capacity(walk.items.len());
    for (index, item) in walk.items.iter().enumerate() {
        let mut state = match index {
            0 => State::begin(variables),
            _ => State::met(item.from.iter().filter(|from| reachable[**from]).map(|from| &states[*from])),
        };
        if reachable[index] {
            watch.item(index, &item.what, &mut state);
        }
        states.push(state);
    }
    for end in walk.ends.iter().filter(|end| reachable[**end]) {
        watch.end(&mut states[*end]);
    }
    watch.tell(found);
}

impl State {
    fn begin(variables: &[(String, String)]) -> Self {
        let mut state = Self::default();
        for (name, value) in variables {
            state.set(name, value, true);
        }
        state
    }

    fn met<'s>(mut ways: impl Iterator<Item = &'s Self>) -> Self {
        let mut state = ways.next().cloned().unwrap_or_default();
        for way in ways {
            state.stops.on_error &= way.stops.on_error;
            state.stops.max_error &= way.stops.max_error;
            state.autocommit_off &= way.autocommit_off;
            state.transaction = state.transaction.or(way.transaction);
            for (list, more) in [(&mut state.pending, &way.pending), (&mut state.missed, &way.missed)] {
                let free = PENDING_MAX.saturating_sub(list.len());
                let new: Vec<usize> =
                    more.iter().copied().filter(|one| !list.contains(one)).take(free).collect();
                list.extend(new);
            }
        }
        state
    }

    fn forget(&mut self) {
        self.pending.clear();
        self.missed.clear();
    }

    fn stops(&self) -> bool {
        self.stops.on_error || self.stops.max_error
    }

    fn set(&mut self, name: &str, value: &str, is_exact: bool) {
        let is_off = ["0", "false", "off", "no", "f", "n"].contains(&value.to_lowercase().as_str());
        match name {
            // What is not known counts as on: it was thought of.
            "ON_ERROR_STOP" => self.stops.on_error = !(is_exact && is_off),
            "AUTOCOMMIT" => self.autocommit_off = is_exact && is_off,
            _ => {}
        }
    }
}

impl Transaction {
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, Self::None) => Self::None,
            (Self::Open(one), Self::Open(_)) => Self::Open(one),
            (Self::Open(one) | Self::Perhaps(one), _)
            | (Self::None, Self::Open(one) | Self::Perhaps(one)) => Self::Perhaps(one),
        }
    }
}

/// What is collected on the way.
struct Watch<'w> {
    walk: &'w Walk,
    /// Statements at which nobody looks.
    unchecked: Vec<usize>,
    /// Where transactions begin that are open at a good end.
    lost: Vec<usize>,
    /// Whether anything is ever looked at.
    looked: bool,
}

impl Watch<'_> {
    fn item(&mut self, index: usize, what: &What, state: &mut State) {
        match what {
            What::Start => {}
            What::Statement(statement) => {
                let text =
                    statement.texts.first().map(|text| String::from_utf8_lossy(text)).unwrap_or_default();
                self.look(&text, state);
                self.statement(index, Kind::of(&text), state);
            }
            What::Command(command) => self.command(index, command, state),
        }
    }

    fn statement(&mut self, index: usize, kind: Kind, state: &mut State) {
        if state.autocommit_off && state.transaction == Transaction::None && kind.begins_by_itself() {
            state.transaction = Transaction::Open(index);
        }
        match kind {
            Kind::Begin => {
                self.give_up(state);
                state.transaction = Transaction::Open(index);
            }
            Kind::Commit => {
                self.give_up(state);
                state.transaction = Transaction::None;
                state.pending = vec![index];
            }
            Kind::Rollback => {
                // What is undone on purpose has been looked at, somewhere.
                state.pending.clear();
                state.missed.clear();
                state.transaction = Transaction::None;
            }
            Kind::Harmless => {}
            Kind::Other => {
                // In a transaction the first failure makes all that follows fail, so the last statement speaks for all.
                if state.transaction == Transaction::None {
                    self.give_up(state);
                }
                state.pending = vec![index];
            }
        }
        if state.stops() {
            state.pending.clear();
        }
    }

    fn command(&mut self, index: usize, command: &Command, state: &mut State) {
        let name = command.name.as_str();
        let written = String::from_utf8_lossy(&command.written);
        if !SHOWING.contains(&name) {
            self.look(&written, state);
        }
        match name {
            "set" => {
                let value: Vec<u8> = command.args.iter().skip(1).flatten().copied().collect();
                let name = command.args.first().map(|name| String::from_utf8_lossy(name)).unwrap_or_default();
                state.set(&name, &String::from_utf8_lossy(&value), command.is_exact);
            }
            "unset" if command.args.first().is_some_and(|name| name == b"ON_ERROR_STOP") => {
                state.stops.on_error = false;
            }
            "rset" => {
                let is_max = command.args.first().is_some_and(|word| word.eq_ignore_ascii_case(b"maxerror"));
                if is_max {
                    state.stops.max_error = command.args.get(1).is_some_and(|number| number != b"0");
                }
            }
            "copy" if command.copy.is_some() => self.statement(index, Kind::Other, state),
            "c" | "logon" => {
                // A new session: the transaction of the old one is gone.
                if let Transaction::Open(begin) = state.transaction {
                    self.lost.push(begin);
                }
                state.transaction = Transaction::None;
            }
            "exit" | "quit" => match codes::of(command) {
                Code::Number(0) => self.end(state),
                // Another number says that something is wrong.
                _ => state.forget(),
            },
            _ => {}
        }
    }

    /// The run ends well here.
    fn end(&mut self, state: &mut State) {
        self.give_up(state);
        self.unchecked.append(&mut state.missed);
        if let Transaction::Open(begin) | Transaction::Perhaps(begin) = state.transaction {
            self.lost.push(begin);
        }
    }

    /// A text that the script judges: what it refers to is looked at.
    fn look(&mut self, text: &str, state: &mut State) {
        let (status, last_error) = (mentions(text, &STATUS), mentions(text, &LAST_ERROR));
        self.looked |= status || last_error;
        if status || last_error {
            state.pending.clear();
        }
        if last_error {
            state.missed.clear();
        }
    }

    /// The status of what is pending is gone.
    fn give_up(&mut self, state: &mut State) {
        state.missed.append(&mut state.pending);
        let too_many = state.missed.len().saturating_sub(PENDING_MAX);
        self.unchecked.extend(state.missed.drain(..too_many));
    }

    fn tell(mut self, found: &mut Vec<Found>) {
        for list in [&mut self.unchecked, &mut self.lost] {
            list.sort_unstable();
            list.dedup();
        }
        self.tell_unchecked(found);
        for begin in self.lost {
            found.push(Found {
                rule: Rule::TransactionOpen,
                place: self.walk.items[begin].place,
                message:
                    "this transaction can still be open where the script ends well: its work is lost then"
                        .to_owned(),
                hint: "write commit; before the end, or end with a code that says that it failed".to_owned(),
            });
        }
    }

    fn tell_unchecked(&self, found: &mut Vec<Found>) {
        let hint = "write \\if :ERROR <> 0 … \\endif behind it, or \\set ON_ERROR_STOP on at the top";
        let place = |index: &usize| self.walk.items[*index].place;
        let (commits, mut others): (Vec<usize>, Vec<usize>) =
            self.unchecked.iter().partition(|index| self.is_commit(**index));
        // A script that is included twice is at fault once.
        let mut seen = BTreeSet::new();
        others.retain(|index| seen.insert(place(index)));
        let mut tell = |rule: Rule, place: Place, message: String| {
            found.push(Found { rule, place, message, hint: hint.to_owned() });
        };
        if !self.looked && others.len() >= TOGETHER_MIN {
            let more = others.len() - 1;
            let message =
                format!("nobody looks at whether this statement fails, nor at {more} more of this script");
            return tell(Rule::UncheckedFailure, place(&others[0]), message);
        }
        for other in &others {
            let message = "nobody looks at whether this statement fails".to_owned();
            tell(Rule::UncheckedFailure, place(other), message);
        }
        for commit in &commits {
            tell(
                Rule::UncheckedCommit,
                place(commit),
                "nobody looks at whether this commit fails".to_owned(),
            );
        }
    }

    fn is_commit(&self, index: usize) -> bool {
        match &self.walk.items[index].what {
            What::Statement(statement) => statement
                .texts
                .first()
                .is_some_and(|text| Kind::of(&String::from_utf8_lossy(text)) == Kind::Commit),
            _ => false,
        }
    }
}

/// Whether a text refers to one of these variables: `:ERROR`, `:'ERROR'`.
fn mentions(text: &str, names: &[&str]) -> bool {
    memchr::memchr_iter(b':', text.as_bytes()).any(|at| {
        let name = text[at + 1..].trim_start_matches(['\'', '"', '{', '?']);
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
        names.contains(&&name[..end])
    })
}

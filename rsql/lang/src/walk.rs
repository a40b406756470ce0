//! A look at a whole script without running it, for checks: its statements and commands in the order of the text, each
//! with its place and with those that can come before it.
//!
//! Reads with the scanner that runs use, so that a check sees what a run sees: conditionals within statements, values of
//! variables pushed back into the text, data of COPY in the script, includes. Decides nothing about what is good. No
//! condition is judged: all branches are walked. Since jumps lead forward only, whatever can come before an item stands
//! before it in the list, too.

mod branches;
mod commands;
mod faults;
mod frame;
mod known;
mod statements;
mod texts;

use std::rc::Rc;

use self::frame::Frame;
use self::known::Known;

pub use self::faults::{Fault, FaultKind};

/// Bytes that are walked in all, includes counted each time: bounds scripts that include each other over and over.
const BYTES_MAX: usize = 64 * 1024 * 1024;
/// What an include costs beside its text.
const INCLUDE_BYTES: usize = 1024;

/// A script and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// As a run would be given it; `\ir` is relative to it.
    pub path: String,
    /// As findings name it.
    pub shown: String,
    /// Its bytes.
    pub text: Vec<u8>,
}

/// Why an included script cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It lies outside of the folder that scripts may not leave.
    Outside,
    /// It is not there, or cannot be read, for this reason.
    Missing(String),
}

/// Gives the script that a run would open for this path, which is relative to the directory the run begins in.
pub type Read<'a> = dyn FnMut(&str) -> Result<Script, Refusal> + 'a;

/// All that was seen.
#[derive(Debug)]
pub struct Walk {
    /// The scripts, the first one first, each once.
    pub files: Vec<Script>,
    /// Statements and commands; the first is the start.
    pub items: Vec<Item>,
    /// Items after which the run ends by itself, at the end of its text or by `\q`.
    pub ends: Vec<usize>,
    /// What can be told to be wrong from the text alone.
    pub faults: Vec<Fault>,
}

/// A place in a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Index in [`Walk::files`].
    pub file: usize,
    /// From 1.
    pub line: usize,
    /// In bytes, from 0.
    pub column: usize,
}

/// A statement or command.
#[derive(Debug)]
pub struct Item {
    /// Where it begins.
    pub place: Place,
    /// The items after which it can come; empty where nothing leads to it. All of them stand before it.
    pub from: Vec<usize>,
    /// What it is.
    pub what: What,
}

/// What stands at a place.
#[derive(Debug)]
pub enum What {
    /// The start of everything.
    Start,
    /// SQL for the server.
    Statement(Statement),
    /// A meta-command.
    Command(Command),
}

/// SQL for the server.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Its text; several where conditionals stand within it, unknown variables as they are written.
    pub texts: Vec<Vec<u8>>,
}

/// A meta-command.
#[derive(Debug)]
pub struct Command {
    /// Its name; longer names in lower case, synonyms by one of their names.
    pub name: String,
    /// Its arguments as they are written.
    pub written: Vec<u8>,
    /// Its arguments as it gets them, unknown variables as they are written.
    pub args: Vec<Vec<u8>>,
    /// Whether the arguments are known to the last byte: no unknown variables, no output of programs.
    pub is_exact: bool,
    /// The statement of a `\copy` that is well formed.
    pub copy: Option<Vec<u8>>,
}

/// Walks through a script and all that it includes.
pub fn walk(script: Script, variables: &[(String, String)], read: &mut Read<'_>) -> Walk {
    let start = Item { place: Place { file: 0, line: 1, column: 0 }, from: Vec::new(), what: What::Start };
    let mut walker = Walker {
        read,
        files: Vec::new(),
        items: vec![start],
        reached: vec![true],
        faults: Vec::new(),
        known: Rc::new(Known::of(variables)),
        live: vec![0],
        directory: Some(String::new()),
        open: Vec::new(),
        bytes_left: BYTES_MAX,
        outputs: vec![Some(commands::OUTPUT.to_vec()); commands::OUTPUTS],
    };
    walker.script(script, 0);
    Walk { files: walker.files, items: walker.items, ends: walker.live, faults: walker.faults }
}

/// What is carried from item to item.
pub(crate) struct Walker<'r> {
    read: &'r mut Read<'r>,
    files: Vec<Script>,
    items: Vec<Item>,
    /// Whether a run can come to each item.
    reached: Vec<bool>,
    faults: Vec<Fault>,
    /// Variables whose values are known here.
    known: Rc<Known>,
    /// The items after which the next one can come.
    live: Vec<usize>,
    /// Where `\cd` has led, relative to the start; none once it is not known.
    directory: Option<String>,
    /// The paths of the scripts that include this one.
    open: Vec<String>,
    bytes_left: usize,
    /// Stand-ins for the outputs of backticks.
    outputs: Vec<Option<Vec<u8>>>,
}

impl Walker<'_> {
    /// Walks through a script; what comes after it in the one that includes it goes on from its ends.
    fn script(&mut self, script: Script, skip: usize) {
        self.bytes_left = self.bytes_left.saturating_sub(script.text.len() + INCLUDE_BYTES);
        let text = script.text.clone();
        let path = script.path.clone();
        let file = self.file(script);
        self.open.push(path);
        let mut frame = Frame::new(file);
        frame.skip = skip;
        for line in lines(&text) {
            self.line(&mut frame, line);
        }
        self.end_of_script(frame);
        self.open.pop();
    }

    fn file(&mut self, script: Script) -> usize {
        if let Some(known) = self.files.iter().position(|file| file.shown == script.shown) {
            return known;
        }
        self.files.push(script);
        self.files.len() - 1
    }

    /// Adds an item; the next one comes after it.
    fn add(&mut self, place: Place, what: What) -> usize {
        let from = std::mem::take(&mut self.live);
        self.reached.push(from.iter().any(|from| self.reached[*from]));
        self.items.push(Item { place, from, what });
        let index = self.items.len() - 1;
        self.live = vec![index];
        index
    }

    fn fault(&mut self, place: Place, kind: FaultKind) {
        self.faults.push(Fault { place, kind });
    }
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let end = text.strip_suffix(b"\n").unwrap_or(text);
    let none = text.is_empty();
    end.split(|&byte| byte == b'\n').filter(move |_| !none)
}

#[cfg(test)]
mod tests;

//! Meta-commands of a walk: their arguments, and what they change for what comes after them.

use std::rc::Rc;

use super::frame::Frame;
use super::known::Known;
use super::{Command, FaultKind, INCLUDE_BYTES, Place, Refusal, Walker, What};
use crate::commands::files::run_options;
use crate::commands::taken::{Taken, TooFewOutputs, take};
use crate::commands::{copy, find};
use crate::scan::cursor::Cursor;
use crate::scan::slash::{Arg, command_end, command_name, shown_name};
use crate::text::lossy;

/// What stands for the output of a program.
pub(super) const OUTPUT: &[u8] = b"`output`";
/// Backticks of a command that have a stand-in at first; more are made when a command has more.
pub(super) const OUTPUTS: usize = 16;

/// A command that was met.
#[derive(Clone, Copy)]
struct Met<'a> {
    place: Place,
    item: usize,
    name: &'a str,
    is_exact: bool,
}

/// Commands that send the statement.
const SENDERS: [&str; 7] = ["g", "gx", "gset", "gexec", "crosstabview", "watch", "bind"];

impl Walker<'_> {
    /// A backslash was met.
    pub(super) fn command(&mut self, frame: &mut Frame, cursor: &mut Cursor) {
        if frame.newline_at == Some(frame.texts.main.len()) {
            frame.texts.main.pop();
        }
        frame.newline_at = None;
        let mut place = frame.at(cursor.line_position().saturating_sub(1));
        // The command is the value of a variable: nothing of a statement has come.
        if frame.texts.main.is_empty() {
            place = frame.statement.take().unwrap_or(place);
            frame.scanner.begin_statement();
        }
        let name = command_name(cursor);
        let Some(spec) = find(&name) else {
            self.fault(place, FaultKind::Unknown { name: shown_name(&name) });
            // As in a run, the rest of the line is dropped.
            *cursor = Cursor::default();
            return;
        };
        let start = cursor.position();
        let known = Rc::clone(&self.known);
        let taken = loop {
            match take(cursor, spec.syntax, &known.values, &self.outputs) {
                Ok(taken) => break taken,
                Err(TooFewOutputs) => {
                    let more = self.outputs.len() * 2;
                    self.outputs.resize(more, Some(OUTPUT.to_vec()));
                    cursor.rewind(start);
                }
            }
        };
        let end = cursor.position();
        cursor.rewind(start);
        let written = cursor.written()[..end - start].to_vec();
        cursor.rewind(end);
        command_end(cursor);
        self.taken(frame, place, &canonical(&name), taken, written);
    }

    fn taken(&mut self, frame: &mut Frame, place: Place, name: &str, taken: Taken, written: Vec<u8>) {
        if taken.unterminated {
            self.fault(place, FaultKind::UnterminatedArgument);
        }
        if let Some(extra) = &taken.extra {
            self.fault(place, FaultKind::Extra(lossy(extra).into_owned()));
        }
        let is_exact = self.known.is_exact(&written);
        let words = taken.words;
        let args: Vec<Vec<u8>> = words.iter().map(|word| word.text.clone()).collect();
        let copied = (name == "copy").then(|| args.first().and_then(|text| copy::statement(text)));
        if copied == Some(None) {
            self.fault(place, FaultKind::BadCopy);
        }
        let reads_script = copied.as_ref().and_then(Option::as_ref).is_some_and(|(_, reads)| *reads);
        let command = Command {
            name: name.to_owned(),
            written,
            args,
            is_exact,
            copy: copied.flatten().map(|(sql, _)| sql),
        };
        if self.branches(frame, place, &command) {
            let item = self.add(place, What::Command(command));
            return self.branch_added(frame, place, name, item);
        }
        let item = self.add(place, What::Command(command));
        if reads_script {
            frame.data = Some(place);
        }
        self.effect(frame, Met { place, item, name, is_exact }, &words);
    }

    /// What conditionals and labels do before they are items. Says whether it is a conditional.
    fn branches(&mut self, frame: &mut Frame, place: Place, command: &Command) -> bool {
        match command.name.as_str() {
            "if" => true,
            "elif" | "else" => self.next_branch(frame, place),
            "endif" => self.close_block(frame, place),
            "label" => {
                self.label(frame, place, command.args.first().map_or(&[][..], Vec::as_slice));
                false
            }
            _ => false,
        }
    }

    fn branch_added(&mut self, frame: &mut Frame, place: Place, name: &str, item: usize) {
        match name {
            "if" => self.open_block(frame, place, item),
            "elif" => self.begin_branch(frame, item, None),
            "else" => self.begin_branch(frame, item, Some(place)),
            _ => {}
        }
    }

    /// What other commands do to what comes after them.
    fn effect(&mut self, frame: &mut Frame, met: Met<'_>, args: &[Arg]) {
        let Met { place, item, name, is_exact } = met;
        let first = args.first().map(|arg| arg.text.as_slice());
        match name {
            "goto" => match first {
                Some(label) if !label.is_empty() => self.jump(frame, item, label.to_vec()),
                _ => self.fault(place, FaultKind::NoName),
            },
            "exit" | "quit" => self.live.clear(),
            "q" => {
                frame.quits.push((item, Rc::clone(&self.known)));
                self.live.clear();
            }
            "r" | "reset" => frame.reset_statement(),
            "i" | "ir" | "run" => self.include(met, args),
            "cd" => self.change_directory(first, is_exact),
            "set" => self.set(args, is_exact),
            "unset" | "getenv" | "read" => self.forget(first),
            "prompt" => self.forget(args.last().map(|arg| arg.text.as_slice())),
            "gset" => {
                let prefix = first.unwrap_or_default().to_vec();
                self.send(frame, place.column);
                let text = frame.previous.concat();
                self.change(|known| known.forget_results(&prefix, &text));
            }
            _ if SENDERS.contains(&name) => self.send(frame, place.column),
            "gdesc" => frame.reset_statement(),
            _ => {}
        }
    }

    fn change(&mut self, change: impl FnOnce(&mut Known)) {
        change(Rc::make_mut(&mut self.known));
    }

    fn set(&mut self, args: &[Arg], is_exact: bool) {
        if let Some((name, values)) = args.split_first() {
            let value = values.iter().flat_map(|value| value.text.iter().copied()).collect();
            self.change(|known| known.set(&name.text, value, is_exact));
        }
    }

    fn forget(&mut self, name: Option<&[u8]>) {
        if let Some(name) = name {
            self.change(|known| known.forget(name));
        }
    }

    fn change_directory(&mut self, path: Option<&[u8]>, is_exact: bool) {
        let path = path.filter(|path| is_exact && !path.starts_with(b"~")).map(lossy);
        self.directory = match (self.directory.take(), path) {
            (Some(old), Some(path)) => Some(joined(&old, &path)),
            _ => None,
        };
    }

    fn include(&mut self, met: Met<'_>, args: &[Arg]) {
        let Met { place, name, is_exact, .. } = met;
        let asked = match name {
            "run" => run_options(args).ok(),
            _ => args.first().map(|path| (path.text.clone(), None)),
        };
        // Without a file the command says so itself, when it is run.
        let Some((path, skip)) = asked else { return };
        let Some(directory) = self.directory.clone().filter(|_| is_exact && !path.starts_with(b"~")) else {
            return self.fault(place, FaultKind::IncludeUnknown);
        };
        let written = lossy(&path).into_owned();
        let including = self.open.last().map_or("", String::as_str);
        let asked = match including.rfind('/') {
            Some(end) if name == "ir" && !written.starts_with('/') => {
                format!("{}{written}", &including[..=end])
            }
            _ => written.clone(),
        };
        if self.bytes_left < INCLUDE_BYTES {
            return self.fault(place, FaultKind::TooMuch);
        }
        let script = match (self.read)(&joined(&directory, &asked)) {
            Ok(script) => script,
            Err(refusal @ (Refusal::Outside | Refusal::Missing(_))) => {
                return self.fault(place, FaultKind::Include { path: written, refusal });
            }
        };
        // Recursion that ends is possible, but it is not walked.
        if self.open.contains(&asked) {
            return self.fault(place, FaultKind::IncludesItself { path: written });
        }
        let script = super::Script { path: asked, ..script };
        self.script(script, skip.and_then(|lines| usize::try_from(lines).ok()).unwrap_or(0));
    }
}

/// A command's name as checks know it.
fn canonical(name: &[u8]) -> String {
    let name = match name.len() {
        1 => lossy(name).into_owned(),
        _ => lossy(name).to_ascii_lowercase(),
    };
    let synonyms = [
        ("include", "i"),
        ("include_relative", "ir"),
        ("elseif", "elif"),
        ("connect", "c"),
        ("os", "!"),
        ("out", "o"),
    ];
    synonyms.iter().find(|(known, _)| *known == name).map_or(name.clone(), |(_, short)| (*short).to_owned())
}

fn joined(directory: &str, path: &str) -> String {
    match directory.is_empty() || path.starts_with('/') {
        true => path.to_owned(),
        false => format!("{}/{path}", directory.trim_end_matches('/')),
    }
}

//! `\export`: results go to a file instead of standard output, until it is reset (docs/rsql.md, points 47 and 48).
//!
//! What the rows look like is decided as for any other result.

use std::time::Duration;

use super::{Args, Flow};
use crate::effect::{Effect, OutputId, OutputTarget};
use crate::io::{Closing, Waiting};
use crate::machine::Machine;
use crate::scan::slash::Arg;
use crate::text::lossy;

/// What is expected after `\export`.
const USAGE: &str = "expected report file='NAME', or reset";

/// The file that results go to.
#[derive(Debug)]
pub(crate) struct Export {
    pub(crate) output: OutputId,
    name: Vec<u8>,
    /// Whether it was told that something of it could not be written.
    told: bool,
}

/// What `\export` asks for.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Report(Vec<u8>),
    Reset,
}

impl Machine {
    pub(super) fn export(&mut self, args: &Args) -> Flow {
        match wanted(&args.words) {
            Some(Wanted::Reset) => self.replace_export(None),
            Some(Wanted::Report(name)) => {
                let name = self.tilde(&name);
                let output = self.io.new_output();
                let target = OutputTarget::File(name.clone());
                self.io.ask(Effect::OpenOutput { output, target }, Waiting::ExportOutput { output, name });
                Flow::Wait
            }
            None => self.fail_with(USAGE),
        }
    }

    /// The file of `\export` is open, or not; then results go where they went before.
    pub(crate) fn export_opened(&mut self, output: OutputId, name: Vec<u8>, result: Result<(), String>) {
        if let Err(reason) = result {
            self.error(&format!("{}: {reason}", lossy(&name)));
            return self.command_failed();
        }
        if let Flow::Done = self.replace_export(Some(Export { output, name, told: false })) {
            self.command_done();
        }
    }

    fn replace_export(&mut self, export: Option<Export>) -> Flow {
        let Some(old) = std::mem::replace(&mut self.export, export) else { return Flow::Done };
        let closing = Closing::Command { name: old.name };
        self.io.ask(Effect::CloseOutput(old.output), Waiting::Close(closing));
        Flow::Wait
    }

    /// Sees to it that exported results of these numbers of rows are written, before it is said that they are.
    pub(crate) fn flush_export(&mut self, rows: Vec<u64>, elapsed: Duration) {
        let Some(export) = &self.export else { return self.results_shown(elapsed, None) };
        self.io.ask(Effect::FlushOutput(export.output), Waiting::Exported { rows, elapsed });
    }

    /// The results are written, or not; then the statement has failed.
    pub(crate) fn exported(&mut self, rows: &[u64], elapsed: Duration, result: Result<(), String>) {
        let lost = match (result, &mut self.export) {
            (Err(reason), Some(export)) => {
                export.told = true;
                Some(format!("{}: {reason}", lossy(&export.name)))
            }
            _ => None,
        };
        if lost.is_none() {
            for rows in rows {
                self.print_line(&format!("(exported {rows} rows)"));
            }
        }
        self.results_shown(elapsed, lost);
    }

    /// An export that is left open at the end of the program: what to close, and a name for what may be lost then.
    pub(crate) fn take_export(&mut self) -> Option<(OutputId, Option<Vec<u8>>)> {
        self.export.take().map(|export| (export.output, Some(export.name).filter(|_| !export.told)))
    }
}

/// `report file='NAME'` or `reset`, keywords in any case, blanks around the sign as one likes.
fn wanted(words: &[Arg]) -> Option<Wanted> {
    let keyword = words.first()?.text.to_ascii_lowercase();
    let rest = &words[1..];
    match keyword.strip_suffix(b";").unwrap_or(&keyword) {
        b"reset" if rest.is_empty() => Some(Wanted::Reset),
        b"report" => file(rest).map(Wanted::Report),
        _ => None,
    }
}

fn file(words: &[Arg]) -> Option<Vec<u8>> {
    let first = &words.first()?.text;
    let (head, tail) = first.split_at_checked("file".len())?;
    if !head.eq_ignore_ascii_case(b"file") {
        return None;
    }
    // Only what is not quoted is cut at its end.
    let quoted = words.last().is_some_and(|word| word.quoted);
    let mut name = [tail.to_vec()].into_iter().chain(words[1..].iter().map(|word| word.text.clone()));
    let sign = name.find(|part| !part.is_empty())?;
    let mut found = sign.strip_prefix(b"=")?.to_vec();
    let more: Vec<Vec<u8>> = name.collect();
    match more.as_slice() {
        [] => {}
        [one] if found.is_empty() => found.clone_from(one),
        _ => return None,
    }
    if !quoted && found.ends_with(b";") {
        found.pop();
    }
    (!found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_go_in_any_case_and_spacing() {
        let check = |text: &str, expect: Option<Wanted>| {
            let words: Vec<Arg> = text
                .split(' ')
                .filter(|word| !word.is_empty())
                .map(|word| Arg { text: word.replace('\'', "").into_bytes(), quoted: word.contains('\'') })
                .collect();
            assert_eq!(wanted(&words), expect, "{text}");
        };
        let report = |name: &str| Some(Wanted::Report(name.as_bytes().to_vec()));
        check("report file='a.out'", report("a.out"));
        check("REPORT FILE=a.out", report("a.out"));
        check("report file = a.out", report("a.out"));
        check("report file= a.out", report("a.out"));
        check("report file =a.out;", report("a.out"));
        check("report file='a.out;'", report("a.out;"));
        check("report file='x=y'", report("x=y"));
        check("Reset", Some(Wanted::Reset));
        check("reset;", Some(Wanted::Reset));
        for wrong in
            ["", "reset now", "report", "report file", "report file=", "report file=a b", "report a.out"]
        {
            check(wrong, None);
        }
        check("data file=a", None);
    }
}

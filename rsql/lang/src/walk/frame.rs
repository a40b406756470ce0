//! One script being walked: its place, what is open in it, and the ends of its lines and of itself.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::known::Known;
use super::texts::Texts;
use super::{FaultKind, Place, Walker};
use crate::charset::Charset;
use crate::scan::cursor::Cursor;
use crate::scan::sql::{Context, Inside, Scanner, Stop};
use crate::text::boolean;

const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// A script being walked.
pub(super) struct Frame {
    pub(super) file: usize,
    /// From 1.
    pub(super) line: usize,
    pub(super) scanner: Scanner,
    pub(super) texts: Texts,
    /// Length of the text right after a line break was added to it.
    pub(super) newline_at: Option<usize>,
    /// Where the statement being collected begins.
    pub(super) statement: Option<Place>,
    /// The statement before it.
    pub(super) previous: Vec<Vec<u8>>,
    pub(super) blocks: Vec<Block>,
    pub(super) jumps: Vec<Jump>,
    pub(super) labels: BTreeMap<Vec<u8>, Place>,
    /// Items that end the script.
    pub(super) quits: Vec<(usize, Rc<Known>)>,
    /// The COPY whose data are being skipped.
    pub(super) data: Option<Place>,
    /// Lines that `\run` drops.
    pub(super) skip: usize,
    /// Bytes of the mark at its head.
    mark: usize,
    quote: Option<Place>,
    paren: Option<Place>,
}

/// An open conditional.
pub(super) struct Block {
    pub(super) place: Place,
    /// Whether a run can come to it.
    pub(super) is_reached: bool,
    /// The condition after which its next branch comes, unless there is an `\else`.
    pub(super) head: Vec<usize>,
    /// Where its `\else` stands.
    pub(super) otherwise: Option<Place>,
    /// Ends of its branches.
    pub(super) ends: Vec<usize>,
    pub(super) base: Versions,
    /// What its branches have come to.
    pub(super) results: Vec<Versions>,
    pub(super) paren_depth: usize,
}

/// The statement and the variables at an end of a branch.
#[derive(Clone)]
pub(super) struct Versions {
    pub(super) texts: Vec<Vec<u8>>,
    pub(super) known: Rc<Known>,
}

/// A jump whose label has not come.
pub(super) struct Jump {
    pub(super) item: usize,
    pub(super) label: Vec<u8>,
    pub(super) known: Rc<Known>,
}

impl Frame {
    pub(super) fn new(file: usize) -> Self {
        Self {
            file,
            line: 0,
            scanner: Scanner::default(),
            texts: Texts::default(),
            newline_at: None,
            statement: None,
            previous: Vec::new(),
            blocks: Vec::new(),
            jumps: Vec::new(),
            labels: BTreeMap::new(),
            quits: Vec::new(),
            data: None,
            skip: 0,
            mark: 0,
            quote: None,
            paren: None,
        }
    }

    pub(super) fn at(&self, column: usize) -> Place {
        let mark = if self.line == 1 { self.mark } else { 0 };
        Place { file: self.file, line: self.line, column: column + mark }
    }

    /// Throws the statement away with all that is open in it.
    pub(super) fn reset_statement(&mut self) {
        self.texts.clear();
        self.newline_at = None;
        self.statement = None;
        self.scanner.reset();
    }

    /// Remembers where things have begun on this line.
    fn note_places(&mut self) {
        let marks = self.scanner.marks();
        let (quote, paren) = (self.at(marks.open.unwrap_or(0)), self.at(marks.paren.unwrap_or(0)));
        if self.scanner.has_token() && self.statement.is_none() {
            self.statement = Some(self.at(marks.token));
        }
        match self.scanner.inside() {
            None => self.quote = None,
            Some(_) if marks.open.is_some() => self.quote = Some(quote),
            Some(_) => {}
        }
        match self.scanner.paren_depth() {
            0 => self.paren = None,
            _ if marks.paren.is_some() => self.paren = Some(paren),
            _ => {}
        }
    }
}

impl Walker<'_> {
    /// Walks through a line.
    pub(super) fn line(&mut self, frame: &mut Frame, mut text: &[u8]) {
        frame.line += 1;
        if frame.line <= frame.skip {
            return;
        }
        if frame.line == 1
            && let Some(rest) = text.strip_prefix(UTF8_MARK)
        {
            frame.mark = UTF8_MARK.len();
            text = rest;
        }
        if text.is_empty() && !frame.scanner.in_quote() {
            return;
        }
        if frame.data.is_some() {
            if text.strip_suffix(b"\r").unwrap_or(text) == b"\\." {
                frame.data = None;
            }
            return;
        }
        if !frame.texts.main.is_empty() {
            frame.texts.main.push(b'\n');
        }
        frame.newline_at = (!frame.texts.main.is_empty()).then_some(frame.texts.main.len());
        frame.scanner.forget_marks();
        self.scan(frame, &mut Cursor::new(text.to_vec(), Charset::default()));
    }

    fn scan(&mut self, frame: &mut Frame, cursor: &mut Cursor) {
        loop {
            let known = Rc::clone(&self.known);
            let context = Context { variables: Some(&known.values), standard_strings: true };
            let stop = frame.scanner.scan(cursor, &mut frame.texts.main, &context);
            drop(frame.scanner.take_warnings());
            frame.note_places();
            match stop {
                Stop::Semicolon => self.end_statement(frame),
                Stop::Backslash => self.command(frame, cursor),
                Stop::End if self.is_singleline() => return self.end_statement(frame),
                Stop::End | Stop::Incomplete => return,
            }
        }
    }

    fn is_singleline(&self) -> bool {
        self.known.values.get(b"SINGLELINE").and_then(boolean) == Some(true)
    }

    /// A script's text is used up.
    pub(super) fn end_of_script(&mut self, mut frame: Frame) {
        self.tell_of_open(&frame);
        for block in frame.blocks.drain(..).rev().collect::<Vec<_>>() {
            self.fault(block.place, FaultKind::OpenIf);
            if block.otherwise.is_none() {
                self.live.extend(block.head);
            }
            self.live.extend(block.ends);
        }
        if frame.scanner.has_token() {
            self.end_statement(&mut frame);
        }
        for jump in std::mem::take(&mut frame.jumps) {
            self.lost_jump(&frame, &jump);
            frame.quits.push((jump.item, jump.known));
        }
        let mut ways: Vec<Rc<Known>> = Vec::new();
        if !self.live.is_empty() {
            ways.push(Rc::clone(&self.known));
        }
        for (item, known) in frame.quits {
            self.live.push(item);
            ways.push(known);
        }
        if let Some(known) = Known::met(ways) {
            self.known = known;
        }
    }

    fn tell_of_open(&mut self, frame: &Frame) {
        let kind = frame.scanner.inside().map(|inside| match inside {
            Inside::Comment => FaultKind::OpenComment,
            Inside::String => FaultKind::OpenString,
            Inside::Identifier => FaultKind::OpenName,
            Inside::Dollar => FaultKind::OpenDollar,
        });
        match (kind, frame.quote, frame.paren) {
            (Some(kind), Some(place), _) => self.fault(place, kind),
            (None, _, Some(place)) => self.fault(place, FaultKind::OpenParenthesis),
            _ => {}
        }
        if let Some(place) = frame.data {
            self.fault(place, FaultKind::OpenData);
        }
    }

    fn lost_jump(&mut self, frame: &Frame, jump: &Jump) {
        let name = |label: &Vec<u8>| crate::text::lossy(label).into_owned();
        let kind = FaultKind::Goto {
            label: name(&jump.label),
            behind: frame.labels.get(&jump.label).copied(),
            labels: frame.labels.keys().map(name).collect(),
        };
        let place = self.items[jump.item].place;
        self.fault(place, kind);
    }
}

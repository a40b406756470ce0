//! Conditionals, jumps and labels of a walk: what can come after what.

use std::rc::Rc;

use super::frame::{Block, Frame, Jump, Versions};
use super::known::Known;
use super::{FaultKind, Place, Walker};
use crate::text::lossy;

impl Walker<'_> {
    /// `\if` at this item.
    pub(super) fn open_block(&mut self, frame: &mut Frame, place: Place, item: usize) {
        frame.blocks.push(Block {
            place,
            is_reached: self.reached[item],
            head: vec![item],
            otherwise: None,
            ends: Vec::new(),
            base: Versions { texts: frame.texts.copied(), known: Rc::clone(&self.known) },
            results: Vec::new(),
            paren_depth: frame.scanner.paren_depth(),
        });
    }

    /// `\elif` and `\else`, before they are items: what comes before them is the condition before.
    pub(super) fn next_branch(&mut self, frame: &mut Frame, place: Place) -> bool {
        if !self.has_open_block(frame, place) {
            return false;
        }
        self.end_branch(frame);
        let Some(block) = frame.blocks.last_mut() else { return false };
        if let Some(otherwise) = block.otherwise {
            self.faults.push(super::Fault { place, kind: FaultKind::AfterElse(otherwise) });
        }
        self.live = std::mem::take(&mut block.head);
        true
    }

    /// What comes after an `\elif` comes after its condition; after an `\else` there is no other branch.
    pub(super) fn begin_branch(&mut self, frame: &mut Frame, item: usize, otherwise: Option<Place>) {
        let Some(block) = frame.blocks.last_mut() else { return };
        match otherwise {
            Some(_) => block.otherwise = otherwise,
            None => block.head = vec![item],
        }
        frame.texts.put(block.base.texts.clone());
        frame.scanner.set_paren_depth(block.paren_depth);
        self.known = Rc::clone(&block.base.known);
        self.settle_statement(frame);
    }

    /// `\endif`, before it is an item.
    pub(super) fn close_block(&mut self, frame: &mut Frame, place: Place) -> bool {
        if !self.has_open_block(frame, place) {
            return false;
        }
        self.end_branch(frame);
        let Some(mut block) = frame.blocks.pop() else { return false };
        if block.otherwise.is_none() {
            block.results.push(block.base.clone());
            block.ends.append(&mut block.head);
        }
        self.live = block.ends;
        if block.results.is_empty() {
            block.results.push(block.base);
        }
        let (texts, known): (Vec<_>, Vec<Rc<Known>>) =
            block.results.into_iter().map(|result| (result.texts, result.known)).unzip();
        frame.texts.put(texts.concat());
        if let Some(known) = Known::met(known) {
            self.known = known;
        }
        self.settle_statement(frame);
        true
    }

    fn has_open_block(&mut self, frame: &Frame, place: Place) -> bool {
        let is_open = !frame.blocks.is_empty();
        if !is_open {
            self.fault(place, FaultKind::NoIf);
        }
        is_open
    }

    /// A branch whose end is never reached leaves nothing.
    fn end_branch(&mut self, frame: &mut Frame) {
        let versions = Versions { texts: frame.texts.copied(), known: Rc::clone(&self.known) };
        let Some(block) = frame.blocks.last_mut() else { return };
        if !self.live.is_empty() {
            block.ends.append(&mut self.live);
            block.results.push(versions);
        }
    }

    /// The scanner must know whether it is within a statement.
    fn settle_statement(&mut self, frame: &mut Frame) {
        if frame.texts.main.is_empty() {
            frame.statement = None;
            frame.scanner.begin_statement();
        }
    }

    /// `\goto` at this item: nothing after it comes after it, but its label.
    pub(super) fn jump(&mut self, frame: &mut Frame, item: usize, label: Vec<u8>) {
        frame.jumps.push(Jump { item, label, known: Rc::clone(&self.known) });
        self.live.clear();
        frame.reset_statement();
    }

    /// `\label`, before it is an item.
    pub(super) fn label(&mut self, frame: &mut Frame, place: Place, label: &[u8]) {
        if label.is_empty() {
            return self.fault(place, FaultKind::NoName);
        }
        let shown = lossy(label).into_owned();
        match frame.labels.get(label) {
            Some(&first) => self.fault(place, FaultKind::LabelTwice { label: shown.clone(), first }),
            None => drop(frame.labels.insert(label.to_vec(), place)),
        }
        let (arriving, others) =
            std::mem::take(&mut frame.jumps).into_iter().partition(|jump| jump.label == label);
        frame.jumps = others;
        let arriving: Vec<Jump> = arriving;
        if arriving.is_empty() {
            return;
        }
        // Where no run opens them, a jump finds no conditionals to close.
        while frame.blocks.last().is_some_and(|block| !block.is_reached) {
            frame.blocks.pop();
        }
        if let Some(block) = frame.blocks.last() {
            self.fault(place, FaultKind::LabelInBlock { label: shown, block: block.place });
        }
        let mut ways: Vec<Rc<Known>> = Vec::new();
        if !self.live.is_empty() {
            ways.push(Rc::clone(&self.known));
        }
        for jump in arriving {
            self.live.push(jump.item);
            ways.push(jump.known);
        }
        if let Some(known) = Known::met(ways) {
            self.known = known;
        }
    }
}

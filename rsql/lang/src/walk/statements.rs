//! Statements as items, and the data of COPY that follow them in the script.

use super::frame::Frame;
use super::{Statement, Walker, What};
use crate::skip::copies_from_script;

impl Walker<'_> {
    /// The statement is sent, unless it is empty.
    pub(super) fn end_statement(&mut self, frame: &mut Frame) {
        let place = frame.statement.take();
        let has_token = frame.scanner.has_token();
        let texts = frame.texts.take();
        frame.newline_at = None;
        frame.scanner.begin_statement();
        if let Some(place) = place.filter(|_| has_token && texts.iter().any(|text| !text.is_empty())) {
            if texts.iter().any(|text| copies_from_script(text)) {
                frame.data = Some(place);
            }
            frame.previous.clone_from(&texts);
            self.add(place, What::Statement(Statement { texts }));
        }
    }

    /// A command sends the statement, or the one before it again.
    pub(super) fn send(&mut self, frame: &mut Frame, column: usize) {
        if frame.scanner.has_token() {
            self.end_statement(frame);
            frame.reset_statement();
        } else if !frame.previous.is_empty() {
            let texts = frame.previous.clone();
            self.add(frame.at(column), What::Statement(Statement { texts }));
        }
    }
}

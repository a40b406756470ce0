//! `\gexec`: the rows of a statement are statements, run one after the other.

use std::collections::VecDeque;
use std::sync::Arc;

use super::How;
use crate::effect::Origin;
use crate::machine::Machine;
use crate::special::Echo;

/// Statements that `\gexec` has made and that still have to run.
#[derive(Debug)]
pub(crate) struct Gexec {
    pub(super) statements: VecDeque<Vec<u8>>,
    /// The statement whose rows they are, and where it stands.
    pub(super) sql: Arc<Vec<u8>>,
    pub(super) origin: Origin,
    pub(super) success: bool,
    pub(super) trailing: bool,
    /// What is told of the statement itself once they have run, if it changed rows.
    pub(super) tag: Option<String>,
}

impl Machine {
    /// A statement has ended: the next one of `\gexec` follows, or the script goes on.
    pub(super) fn next_of_gexec(&mut self, success: bool, trailing: bool) {
        let Some(gexec) = &mut self.gexec else { return self.statement_done(success, trailing) };
        gexec.success &= success;
        let stop = !success && self.special.on_error_stop;
        let Some(statement) = gexec.statements.pop_front().filter(|_| !stop) else {
            let (success, trailing, sql) = (gexec.success, gexec.trailing, Arc::clone(&gexec.sql));
            let tag = gexec.tag.take();
            self.gexec = None;
            if let Some(tag) = tag {
                self.show_tag(&tag);
            }
            if !success {
                self.echo_failed(&sql);
            }
            return self.statement_done(success, trailing);
        };
        let origin = gexec.origin.clone();
        if self.special.echo == Echo::All {
            self.print_line_bytes(&statement);
        }
        self.start_run(Arc::new(statement), origin, How::default());
    }
}

//! `SINGLESTEP`: each statement is shown first, and runs only if the answer allows it. Answers are lines of standard input.

use std::sync::Arc;

use super::How;
use crate::effect::{Effect, InputId, Origin, Stream};
use crate::input::Next;
use crate::io::Waiting;
use crate::machine::Machine;

/// A statement that waits for an answer.
#[derive(Debug)]
pub(crate) struct Verified {
    sql: Arc<Vec<u8>>,
    origin: Origin,
    how: How,
}

impl Machine {
    /// Shows a statement and asks whether to run it.
    pub(super) fn verify(&mut self, sql: Arc<Vec<u8>>, origin: Origin, how: How) {
        const ABOVE: &[u8] =
            b"***(Single step mode: verify command)*******************************************\n";
        const BELOW: &[u8] =
            b"***(press return to proceed or enter x and return to cancel)********************\n";
        for text in [ABOVE, &sql, b"\n", BELOW] {
            self.io.write(Stream::Stdout, text);
        }
        self.verified = Some(Verified { sql, origin, how });
    }

    /// Reads the answer, if one is waited for: what begins with an `x` means no. At the end of input nobody objects.
    pub(crate) fn reads_verdict(&mut self) -> bool {
        if self.verified.is_none() {
            return false;
        }
        let refused = match self.inputs.line(InputId::STDIN) {
            Next::More => {
                self.io.ask(Effect::Read(InputId::STDIN), Waiting::Chunk(InputId::STDIN));
                return true;
            }
            Next::Item(line) => line.text.first() == Some(&b'x'),
            Next::End => false,
        };
        let Some(Verified { sql, origin, how }) = self.verified.take() else { return true };
        match refused {
            true => self.next_of_gexec(false, how.trailing),
            false => self.run_verified(sql, origin, how),
        }
        true
    }
}

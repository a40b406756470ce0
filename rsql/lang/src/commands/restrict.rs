//! `\restrict` and `\unrestrict`, which pg_dump puts around a dump: between them no other command runs, whatever the
//! server whose objects were dumped has put into their names. The refusal itself stands where commands are found.

use super::{Args, Flow};
use crate::machine::Machine;

/// What a refused command is told.
const RESTRICTED: &str = "backslash commands are restricted; only \\unrestrict is allowed";
/// The one command that goes while commands are restricted.
const END: &[u8] = b"unrestrict";

impl Machine {
    pub(super) fn restrict(&mut self, args: &Args) -> Flow {
        match key(args) {
            Some(key) => {
                self.restricted = Some(key.to_vec());
                Flow::Done
            }
            None => self.fail_with("missing required argument"),
        }
    }

    pub(super) fn unrestrict(&mut self, args: &Args) -> Flow {
        let Some(key) = key(args) else { return self.fail_with("missing required argument") };
        match &self.restricted {
            None => self.fail_with("not currently in restricted mode"),
            Some(expected) if expected == key => {
                self.restricted = None;
                Flow::Done
            }
            Some(_) => self.fail_with("wrong key"),
        }
    }

    /// Whether commands are restricted and this is not the end of that; then it says so. It holds in inactive branches
    /// and for commands that do not exist, as in psql.
    pub(super) fn refuses_restricted(&mut self, name: &[u8]) -> bool {
        let refused = self.restricted.is_some() && name != END;
        if refused {
            self.error(RESTRICTED);
        }
        refused
    }
}

fn key(args: &Args) -> Option<&[u8]> {
    args.get(0).filter(|key| !key.is_empty())
}

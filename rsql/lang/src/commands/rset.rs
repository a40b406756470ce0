//! `\rset`: severities of errors now; report formatting is refused by name until it is done.

use super::{Args, Flow};
use crate::machine::Machine;
use crate::text::{integer, lossy};

/// Length of an SQLSTATE.
const SQLSTATE_BYTES: usize = 5;

impl Machine {
    pub(super) fn rset(&mut self, args: &Args) -> Flow {
        let keyword = args.get(0).map(<[u8]>::to_ascii_lowercase).unwrap_or_default();
        match keyword.as_slice() {
            b"errorlevel" => self.error_level(args),
            b"maxerror" => self.max_error(args),
            b"rformat" | b"width" | b"heading" | b"rtitle" | b"titledashes" => {
                self.fail(&format!("\\rset {} is not supported yet", lossy(&keyword)))
            }
            b"" => self.fail("\\rset: missing required argument"),
            other => self.fail(&format!("\\rset: unknown option: {}", lossy(other))),
        }
    }

    /// `\rset errorlevel SQLSTATE severity N`
    fn error_level(&mut self, args: &Args) -> Flow {
        let sqlstate = args.get(1).unwrap_or_default();
        let word = args.get(2).is_some_and(|word| word.eq_ignore_ascii_case(b"severity"));
        let level = args.get(3).and_then(severity);
        let known = sqlstate.len() == SQLSTATE_BYTES && sqlstate.iter().all(u8::is_ascii_alphanumeric);
        let Some(level) = level.filter(|_| word && known && args.words.len() == 4) else {
            return self.fail("\\rset errorlevel: expected SQLSTATE severity NUMBER");
        };
        self.severities.set_level(&lossy(sqlstate), level);
        self.print_line("Errorlevel is on.");
        Flow::Done
    }

    fn max_error(&mut self, args: &Args) -> Flow {
        let Some(level) = args.get(1).and_then(severity).filter(|_| args.words.len() == 2) else {
            return self.fail("\\rset maxerror: expected NUMBER");
        };
        self.severities.set_max(level);
        if level == 0 {
            self.print_line("Maxerror is default.");
        }
        Flow::Done
    }
}

fn severity(text: &[u8]) -> Option<i32> {
    integer(text).and_then(|level| i32::try_from(level).ok()).filter(|level| *level >= 0)
}

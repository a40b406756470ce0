//! `\rset`: how reports are formatted, and how severe errors are. Keywords go in any case.

use super::{Args, Flow};
use crate::machine::Machine;
use crate::print::options::on_off;
use crate::text::{boolean, integer, lossy};

/// Length of an SQLSTATE.
const SQLSTATE_BYTES: usize = 5;
/// Widest report: BTEQ's own limit, far beyond what anybody reads.
const WIDTH_MAX: i64 = 1_048_575;

/// What an option says of a heading.
enum Text {
    /// Nothing: the current one is asked for.
    Unsaid,
    /// A new one, without its double quotes.
    New(Vec<u8>),
    /// Something else, of which it is told already.
    Wrong,
}

impl Machine {
    pub(super) fn rset(&mut self, args: &Args) -> Flow {
        let keyword = args.get(0).map(<[u8]>::to_ascii_lowercase).unwrap_or_default();
        match keyword.as_slice() {
            b"errorlevel" => self.error_level(args),
            b"maxerror" => self.max_error(args),
            b"rformat" => self.set_rformat(args),
            b"width" => self.set_width(args),
            b"heading" => self.set_heading(args),
            b"rtitle" => self.set_rtitle(args),
            b"titledashes" => self.set_title_dashes(args),
            b"" => self.fail("\\rset: missing required argument"),
            other => self.fail(&format!(
                "\\rset: unknown option: {}\nAvailable options are: errorlevel, heading, maxerror, rformat, rtitle, \
                 titledashes, width.",
                lossy(other)
            )),
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

    fn set_rformat(&mut self, args: &Args) -> Flow {
        let Some(on) = self.switch(args) else { return Flow::Failed };
        let set = self.assign_variable(b"RFORMAT", Some(on_off(on).as_bytes()));
        if let Err(message) = set {
            return self.fail(&message);
        }
        self.confirm(&format!("Rformat is {}.", on_off(on)));
        Flow::Done
    }

    fn set_title_dashes(&mut self, args: &Args) -> Flow {
        let Some(on) = self.switch(args) else { return Flow::Failed };
        self.print.recorded_mut().title_dashes = on;
        self.confirm(&format!("Titledashes is {}.", on_off(on)));
        Flow::Done
    }

    /// What a switch is set to, on where nothing is said; none after it has told what is wrong.
    fn switch(&mut self, args: &Args) -> Option<bool> {
        let wanted = args.get(1).map_or(Some(true), boolean).filter(|_| args.words.len() <= 2);
        if wanted.is_none() {
            self.fail_rset(args, "expected on or off");
        }
        wanted
    }

    /// `\rset width [N]`: tables are wrapped from then on.
    fn set_width(&mut self, args: &Args) -> Flow {
        if args.words.len() > 1 {
            let width = args.get(1).and_then(integer).filter(|width| (1..=WIDTH_MAX).contains(width));
            let width = width.and_then(|width| usize::try_from(width).ok()).filter(|_| args.words.len() == 2);
            let Some(width) = width else {
                return self.fail_rset(args, &format!("expected a number from 1 to {WIDTH_MAX}"));
            };
            self.print.recorded_mut().wrap_at(width);
        }
        self.confirm(&format!("Target width is {}.", self.print.width()));
        Flow::Done
    }

    fn set_heading(&mut self, args: &Args) -> Flow {
        match self.text(args) {
            Text::Wrong => return Flow::Failed,
            Text::Unsaid => {}
            Text::New(text) => self.print.set_heading(&text),
        }
        self.confirm(&format!("Heading is set to: {}", self.print.heading()));
        Flow::Done
    }

    fn set_rtitle(&mut self, args: &Args) -> Flow {
        match self.text(args) {
            Text::Wrong => return Flow::Failed,
            Text::Unsaid => {}
            Text::New(text) => self.print.set_rtitle(&text),
        }
        let text = format!("Rtitle is set to: {}", self.print.rtitle());
        self.confirm(&self.print.confirmation(&text));
        Flow::Done
    }

    /// The one text of a heading.
    fn text(&mut self, args: &Args) -> Text {
        match args.words.as_slice() {
            [_] => Text::Unsaid,
            [_, text] => Text::New(unquoted(&text.text)),
            _ => {
                self.fail_rset(args, "expected one text; put it in quotes");
                Text::Wrong
            }
        }
    }

    /// Tells what an option expects, and what it was given.
    fn fail_rset(&mut self, args: &Args, expected: &str) -> Flow {
        let option = args.get(0).map(<[u8]>::to_ascii_lowercase).unwrap_or_default();
        let given: Vec<_> = args.words.iter().skip(1).map(|word| lossy(&word.text)).collect();
        self.fail(&format!("\\rset {}: {expected}, not \"{}\"", lossy(&option), given.join(" ")))
    }
}

fn severity(text: &[u8]) -> Option<i32> {
    integer(text).and_then(|level| i32::try_from(level).ok()).filter(|level| *level >= 0)
}

/// A text without the double quotes around it, which arguments keep; two inside stand for one.
fn unquoted(text: &[u8]) -> Vec<u8> {
    let inner = text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\""));
    inner.map_or_else(|| text.to_vec(), |inner| lossy(inner).replace("\"\"", "\"").into_bytes())
}

//! `\echo`, `\qecho`, `\warn` and `\remark`.

use super::{Args, Flow};
use crate::effect::Stream;
use crate::machine::Machine;

impl Machine {
    pub(super) fn echo(&mut self, args: &Args) -> Flow {
        self.say(Stream::Stdout, args)
    }

    pub(super) fn qecho(&mut self, args: &Args) -> Flow {
        self.say(self.out(), args)
    }

    pub(super) fn warn(&mut self, args: &Args) -> Flow {
        self.say(Stream::Stderr, args)
    }

    /// As `\echo`, with every `//` as a line break.
    pub(super) fn remark(&mut self, args: &Args) -> Flow {
        let words: Vec<&[u8]> = args.words.iter().map(|arg| arg.text.as_slice()).collect();
        let joined = words.join(&b' ');
        let mut text = Vec::with_capacity(joined.len() + 1);
        let mut rest = joined.as_slice();
        while let Some(at) = memchr::memmem::find(rest, b"//") {
            text.extend_from_slice(&rest[..at]);
            text.push(b'\n');
            rest = &rest[at + 2..];
        }
        text.extend_from_slice(rest);
        text.push(b'\n');
        self.io.write(Stream::Stdout, &text);
        Flow::Done
    }

    /// Arguments joined by blanks; an unquoted `-n` first leaves the line open.
    fn say(&mut self, stream: Stream, args: &Args) -> Flow {
        let open = args.words.first().is_some_and(|arg| !arg.quoted && arg.text == b"-n");
        let words: Vec<&[u8]> =
            args.words[usize::from(open)..].iter().map(|arg| arg.text.as_slice()).collect();
        let mut text = words.join(&b' ');
        if !open {
            text.push(b'\n');
        }
        self.io.write(stream, &text);
        Flow::Done
    }
}

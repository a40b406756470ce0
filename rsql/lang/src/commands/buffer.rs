//! The statement being collected: `\g`, `\gx`, `\gset`, `\gexec`, `\p`, `\r`, `\w`.

use std::sync::Arc;

use super::{Args, Flow};
use crate::effect::{Effect, OutputId, OutputTarget, Stream};
use crate::io::{Closing, Waiting};
use crate::machine::Machine;
use crate::run::{Collect, Description, How, Watch, seconds};
use crate::scan::slash::Arg;
use crate::text::lossy;

/// What is said of print options without an end.
const UNCLOSED: &str = "missing right parenthesis";
/// Seconds between two runs of `\watch`.
const WATCH_SECONDS: f64 = 2.0;

impl Machine {
    pub(super) fn go(&mut self, args: &Args) -> Flow {
        self.go_with(args, Vec::new())
    }

    pub(super) fn go_expanded(&mut self, args: &Args) -> Flow {
        // After the options it is given, so that none of them can undo it.
        self.go_with(args, vec![("expanded".to_owned(), Some(b"on".to_vec()))])
    }

    /// `\g [(option=value …)] [file | |command]`
    fn go_with(&mut self, args: &Args, last: PrintOptions) -> Flow {
        let mut words = args.words.as_slice();
        let (mut print, mut closed) = (PrintOptions::new(), true);
        if words.first().is_some_and(|arg| arg.text.starts_with(b"(")) {
            let used;
            (print, used) = print_options(words);
            closed = used.is_some();
            words = &words[used.unwrap_or(words.len())..];
        }
        print.extend(last);
        let good = self.accepts(&print);
        if !closed {
            return self.fail_with(UNCLOSED);
        }
        if !good {
            return Flow::Failed;
        }
        self.set_extra(words.get(1..).unwrap_or_default());
        let target = words.first().map(|arg| self.tilde(&arg.text));
        if let Some(command) = target.as_deref().and_then(|target| target.strip_prefix(b"|"))
            && self.refuses_shell(command)
        {
            return Flow::Failed;
        }
        Flow::Send(Box::new(How { target, print, ..How::default() }))
    }

    /// Whether all options hold; each that does not is told.
    fn accepts(&mut self, print: &PrintOptions) -> bool {
        let mut options = self.print.clone();
        let mut good = true;
        for (name, value) in print {
            if let Err(message) = options.set(name, value.as_deref()) {
                self.error(&message);
                good = false;
            }
        }
        good
    }

    pub(super) fn go_set(&mut self, args: &Args) -> Flow {
        let prefix = args.get(0).unwrap_or_default().to_vec();
        Flow::Send(Box::new(How { collect: Some(Collect::Variables { prefix }), ..How::default() }))
    }

    pub(super) fn go_execute(&mut self, _: &Args) -> Flow {
        Flow::Send(Box::new(How { collect: Some(Collect::Statements), ..How::default() }))
    }

    pub(super) fn go_describe(&mut self, _: &Args) -> Flow {
        Flow::Send(Box::new(How { description: Description::Wanted, ..How::default() }))
    }

    /// `\watch [SECONDS]`
    pub(super) fn go_watch(&mut self, args: &Args) -> Flow {
        let seconds = args.get(0).map_or(WATCH_SECONDS, seconds);
        let sql = self.current_query();
        let Some(frame) = self.frames.last_mut().filter(|_| !sql.is_empty()) else {
            return self.fail("\\watch cannot be used with an empty query");
        };
        let origin = frame.origin();
        frame.reset_query();
        self.start_watch(Watch { sql, origin, seconds });
        Flow::Wait
    }

    pub(super) fn print_query(&mut self, _: &Args) -> Flow {
        let sql = self.current_query();
        if sql.is_empty() {
            self.confirm("Query buffer is empty.");
            return Flow::Done;
        }
        self.io.write(Stream::Stdout, &sql);
        self.io.write(Stream::Stdout, b"\n");
        Flow::Done
    }

    pub(super) fn reset_query(&mut self, _: &Args) -> Flow {
        if let Some(frame) = self.frames.last_mut() {
            frame.reset_query();
        }
        self.confirm("Query buffer reset (cleared).");
        Flow::Done
    }

    pub(super) fn write_query(&mut self, args: &Args) -> Flow {
        if self.frames.last().is_some_and(|frame| frame.input.is_none()) {
            return self.fail("no query buffer");
        }
        let Some(name) = args.get(0) else { return self.fail_with("missing required argument") };
        let name = self.tilde(name);
        let target = match name.strip_prefix(b"|") {
            Some(command) if self.refuses_shell(command) => return Flow::Failed,
            Some(command) => OutputTarget::Program(command.to_vec()),
            None => OutputTarget::File(name.clone()),
        };
        let output = self.io.new_output();
        self.io.ask(Effect::OpenOutput { output, target }, Waiting::WriteOutput { output, name });
        Flow::Wait
    }

    /// The file of `\w` is open, or not.
    pub(crate) fn write_output_opened(
        &mut self,
        output: OutputId,
        name: Vec<u8>,
        result: Result<(), String>,
    ) {
        if let Err(reason) = result {
            self.error(&format!("{}: {reason}", lossy(&name)));
            return self.command_failed();
        }
        let mut sql = self.current_query().to_vec();
        if !sql.is_empty() {
            sql.push(b'\n');
            self.io.write(Stream::Output(output), &sql);
        }
        self.io.ask(Effect::CloseOutput(output), Waiting::Close(Closing::Command { name }));
    }

    fn current_query(&self) -> Arc<Vec<u8>> {
        let Some(frame) = self.frames.last() else { return Arc::default() };
        if frame.query.is_empty() { Arc::clone(&frame.previous) } else { Arc::new(frame.query.clone()) }
    }
}

/// Printing options for one result; without a value as in `\pset NAME`.
type PrintOptions = Vec<(String, Option<Vec<u8>>)>;

/// The options between parentheses, and how many arguments they take up; without the right one all, and no number.
fn print_options(words: &[Arg]) -> (PrintOptions, Option<usize>) {
    let mut options = Vec::new();
    for (index, arg) in words.iter().enumerate() {
        let mut text = arg.text.as_slice();
        if index == 0 {
            text = &text[1..];
        }
        let closed = text.strip_suffix(b")");
        let text = closed.unwrap_or(text);
        if !text.is_empty() {
            let at = text.iter().position(|&byte| byte == b'=').unwrap_or(text.len());
            let value = text.get(at + 1..).map(<[u8]>::to_vec);
            options.push((lossy(&text[..at]).into_owned(), value));
        }
        if closed.is_some() {
            return (options, Some(index + 1));
        }
    }
    (options, None)
}

//! COPY data to the server: from the script, a file, a program or standard input, up to the line that psql takes for their end.

use super::Run;
use crate::effect::{Effect, InputId, OutputId, Stream};
use crate::input::{CopyText, Next};
use crate::io::Waiting;
use crate::machine::Machine;
use crate::settings::Audience;

/// The end of `\copy` at our side; with neither input nor output it is the script, or where results go.
#[derive(Debug, Default)]
pub(crate) struct LocalCopy {
    pub(crate) input: Option<InputId>,
    pub(crate) output: Option<Stream>,
    /// Name of the file or program.
    pub(crate) name: Vec<u8>,
    /// Whether it is a program, whose end matters.
    pub(crate) program: bool,
}

impl LocalCopy {
    /// The output to close at the end.
    pub(super) fn take_output(&mut self) -> Option<OutputId> {
        match self.output.take() {
            Some(Stream::Output(output)) => Some(output),
            _ => None,
        }
    }

    /// The input to close at the end.
    pub(super) fn take_input(&mut self) -> Option<InputId> {
        self.input.take().filter(|&input| input != InputId::STDIN)
    }
}

/// COPY data on their way to the server.
#[derive(Debug)]
pub(super) struct Feed {
    input: InputId,
    binary: bool,
    /// Whether the data stand in the script, whose lines they are.
    inline: bool,
}

impl Machine {
    /// The server wants COPY data.
    pub(super) fn begin_feed(&mut self, binary: bool) {
        self.show_finished(super::result::Place::Before);
        let script = self.frames.last().and_then(|frame| frame.input);
        let Some(Run { how, feed, .. }) = &mut self.run else { return };
        let local = how.copy.as_ref().and_then(|copy| copy.input);
        let input = local.or(script).unwrap_or(InputId::STDIN);
        let inline = script == Some(input) && local.is_none();
        *feed = Some(Feed { input, binary, inline });
        if self.audience == Audience::Typist && input == InputId::STDIN {
            self.confirm("Enter data to be copied followed by a newline.");
            self.confirm("End with a backslash and a period on a line by itself, or an EOF signal.");
        }
        self.feed_copy(None);
    }

    /// Sends what is at hand, up to the end of the data; `failure` is why reading went wrong.
    pub(crate) fn feed_copy(&mut self, failure: Option<String>) {
        let Some(feed) = self.run.as_ref().and_then(|run| run.feed.as_ref()) else { return };
        if self.is_interrupted() {
            self.io.tell(Effect::CopyFail("canceled by user".to_owned()));
            return self.io.await_server();
        }
        if let Some(reason) = failure {
            self.io.tell(Effect::CopyFail(format!("could not read the data: {reason}")));
            return self.io.await_server();
        }
        let (input, binary, inline) = (feed.input, feed.binary, feed.inline);
        let ended = if binary { self.send_bytes(input) } else { self.send_text(input, inline) };
        if ended {
            self.io.tell(Effect::CopyEnd);
            self.io.await_server();
        } else if self.audience == Audience::Typist && input == InputId::STDIN {
            self.ask_data();
        } else {
            self.io.ask(Effect::Read(input), Waiting::Chunk(input));
        }
    }

    /// The end of input was typed in place of data.
    pub(crate) fn end_feed(&mut self) {
        self.io.tell(Effect::CopyEnd);
        self.io.await_server();
    }

    /// The data are not to come: a person has interrupted.
    pub(crate) fn cancel_feed(&mut self) {
        self.io.tell(Effect::CopyFail("canceled by user".to_owned()));
        self.io.await_server();
    }

    /// Sends the binary data at hand; whether they have ended.
    fn send_bytes(&mut self, input: InputId) -> bool {
        loop {
            match self.inputs.bytes(input) {
                Next::Item(bytes) => self.send_copy_data(bytes),
                Next::More => return false,
                Next::End => return true,
            }
        }
    }

    /// Sends the text at hand; whether it has ended. A script's own lines are counted.
    fn send_text(&mut self, input: InputId, inline: bool) -> bool {
        let CopyText { data, breaks, ended } = self.inputs.copy_text(input);
        if let Some(frame) = self.frames.last_mut().filter(|_| inline) {
            frame.line += breaks;
        }
        self.send_copy_data(data);
        ended
    }

    fn send_copy_data(&mut self, data: Vec<u8>) {
        if !data.is_empty() {
            self.io.tell(Effect::CopyData(data));
        }
    }
}

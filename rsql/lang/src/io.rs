//! Effects on their way out, and what the machine waits for. Writes are gathered into large ones; order is kept.

use std::collections::VecDeque;
use std::time::Duration;

use crate::commands::Question;
use crate::commands::edit::Unchanged;
use crate::effect::{Effect, InputId, OutputId, Stream};
use crate::print::Drawing;
use crate::prompt::Wanted;
use crate::run::LocalCopy;

/// Bytes gathered before a write is handed out, so that a row does not cost an effect.
const WRITE_BYTES: usize = 64 * 1024;

/// The outbox of the machine.
#[derive(Debug)]
pub(crate) struct Io {
    effects: VecDeque<Queued>,
    buffer: Vec<u8>,
    stream: Stream,
    waiting: Waiting,
    last_input: u32,
    last_output: u32,
}

/// Something on its way out.
#[derive(Debug)]
enum Queued {
    Effect(Effect),
    /// A table to be written, drawn only when its turn comes.
    Table {
        to: Stream,
        table: Box<Drawing>,
    },
}

/// What the last asking effect was for. Each is ended by one kind of outcome, see `Machine::resume`.
#[derive(Debug)]
pub(crate) enum Waiting {
    /// Nothing: the machine can go on.
    Nothing,
    /// An event of the running query.
    Server,
    /// Bytes of a script or of COPY data.
    Chunk(InputId),
    /// Whether a script could be opened.
    Script(Opening),
    /// The output of backticks.
    Backtick(Vec<u8>),
    /// The end of `\!`.
    Shell(Vec<u8>),
    /// A new session for this command.
    Connect(&'static str),
    /// Whether the file or program of `\o` could be opened.
    QueryOutput { output: OutputId, name: Vec<u8> },
    /// Whether the target of a result (`\g`) could be opened.
    ResultOutput { output: OutputId, name: Vec<u8> },
    /// Whether the file or program of `\copy` could be opened.
    Copy(LocalCopy),
    /// Whether the file or program of `-o` could be opened.
    StartOutput { output: OutputId, name: Vec<u8> },
    /// Whether the file of `\export` could be opened.
    ExportOutput { output: OutputId, name: Vec<u8> },
    /// Whether exported results of these numbers of rows are written; the statement took so long.
    Exported { rows: Vec<u64>, elapsed: Duration },
    /// Whether the file of `\lo_import` could be opened.
    LargeObjectInput,
    /// Whether the file of `\lo_export` could be opened.
    LargeObjectOutput(OutputId),
    /// Whether the log could be opened.
    LogOutput { output: OutputId, path: Vec<u8> },
    /// The time of a run of `\watch`.
    WatchClock,
    /// The end of the pause before its next run.
    WatchPause,
    /// An answer at the terminal.
    Prompted(Question),
    /// A password, hashed for this user.
    Hashed { user: Vec<u8> },
    /// Whether the file of `\w` could be opened.
    WriteOutput { output: OutputId, name: Vec<u8> },
    /// The end of an output, after which the command goes on as it was.
    Close(Closing),
    /// The value for `\getenv`.
    Env { variable: Vec<u8> },
    /// Whether `\cd` worked.
    ChangeDir(Option<Vec<u8>>),
    /// A line that is typed.
    Answer(Wanted),
    /// The output of a shell command in a prompt.
    PromptOutput(Wanted),
    /// A text from an editor.
    Edited(Unchanged),
    /// What was typed before, for this file or to be shown.
    History { file: Option<Vec<u8>> },
    /// Whether the file for it could be opened.
    HistoryOutput { output: OutputId, name: Vec<u8>, text: Vec<u8> },
    /// A new session in place of one that was lost.
    Reset,
}

/// What happens once an output is closed.
#[derive(Debug)]
pub(crate) enum Closing {
    /// The command is done.
    Command { name: Vec<u8> },
    /// The statement is done.
    Statement { name: Vec<u8> },
    /// The statement of a `\copy` is done; how its program ended matters.
    CopyProgram { name: Vec<u8> },
    /// The file of `\lo_export` is complete.
    LargeObject { name: Vec<u8> },
    /// The program ends. Without a name, what could not be written is told already.
    Exit { name: Option<Vec<u8>> },
}

/// A script that is being opened.
#[derive(Debug)]
pub(crate) struct Opening {
    pub(crate) input: InputId,
    pub(crate) path: Vec<u8>,
    /// Lines to drop, of `\run … skip=N`.
    pub(crate) skip: Option<u64>,
    /// Whether it is a start-up file, which may be missing.
    pub(crate) startup: bool,
}

impl Default for Io {
    fn default() -> Self {
        Self {
            effects: VecDeque::new(),
            buffer: Vec::new(),
            stream: Stream::Stdout,
            waiting: Waiting::Nothing,
            last_input: InputId::STDIN.0,
            last_output: 0,
        }
    }
}

impl Io {
    /// The next effect, if the machine has decided on one.
    pub(crate) fn pop(&mut self) -> Option<Effect> {
        while let Some(Queued::Table { to, table }) = self.effects.front_mut() {
            let to = *to;
            let mut bytes = Vec::with_capacity(WRITE_BYTES + WRITE_BYTES / 4);
            if !table.draw(&mut bytes, WRITE_BYTES) {
                self.effects.pop_front();
            }
            if !bytes.is_empty() {
                return Some(Effect::Write { to, bytes });
            }
        }
        match self.effects.pop_front()? {
            Queued::Effect(effect) => Some(effect),
            // Not reached: tables are drawn above.
            Queued::Table { .. } => None,
        }
    }

    /// Writes a table: a small one as other bytes, a large one piece by piece when the driver gets to it.
    pub(crate) fn write_table(&mut self, stream: Stream, mut table: Drawing) {
        if table.bytes() <= WRITE_BYTES {
            let mut bytes = Vec::new();
            table.draw(&mut bytes, usize::MAX);
            return self.write(stream, &bytes);
        }
        self.flush();
        self.effects.push_back(Queued::Table { to: stream, table: Box::new(table) });
    }

    /// Writes bytes, sooner or later.
    pub(crate) fn write(&mut self, stream: Stream, bytes: &[u8]) {
        if stream != self.stream {
            self.flush();
            self.stream = stream;
        }
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= WRITE_BYTES {
            self.flush();
        }
    }

    /// Hands out what is gathered.
    pub(crate) fn flush(&mut self) {
        if !self.buffer.is_empty() {
            let bytes = std::mem::take(&mut self.buffer);
            self.push(Effect::Write { to: self.stream, bytes });
        }
    }

    /// Hands out a plain effect.
    pub(crate) fn tell(&mut self, effect: Effect) {
        self.flush();
        self.push(effect);
    }

    /// Hands out an asking effect.
    pub(crate) fn ask(&mut self, effect: Effect, waiting: Waiting) {
        self.flush();
        self.push(effect);
        self.waiting = waiting;
    }

    /// Asks for the next event of the running query; output may wait meanwhile.
    pub(crate) fn await_server(&mut self) {
        self.push(Effect::AwaitServer);
        self.waiting = Waiting::Server;
    }

    fn push(&mut self, effect: Effect) {
        self.effects.push_back(Queued::Effect(effect));
    }

    /// What is waited for; then nothing is.
    pub(crate) fn take_waiting(&mut self) -> Waiting {
        std::mem::replace(&mut self.waiting, Waiting::Nothing)
    }

    /// Waits again for what an outcome did not fit.
    pub(crate) fn put_back(&mut self, waiting: Waiting) {
        self.waiting = waiting;
    }

    /// Whether an outcome is awaited.
    pub(crate) fn is_waiting(&self) -> bool {
        !matches!(self.waiting, Waiting::Nothing)
    }

    /// A new name for an input.
    pub(crate) fn new_input(&mut self) -> InputId {
        self.last_input += 1;
        InputId(self.last_input)
    }

    /// A new name for an output.
    pub(crate) fn new_output(&mut self) -> OutputId {
        self.last_output += 1;
        OutputId(self.last_output)
    }
}

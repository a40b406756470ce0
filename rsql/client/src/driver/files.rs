//! Inputs and outputs a script has opened, by the machine's ids: script and data files, and programs.
//!
//! Everything is read and written off the runtime's threads, since a file may be a pipe that blocks.

use std::collections::HashMap;

use rsql_lang::{InputId, InputTarget, OutputId, OutputTarget, ShellEnd};
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::Stop;
use super::children::{Running, Taken};
use super::console::Console;
use super::place::Place;
use crate::error::io_text;

/// Size of one read.
const READ_BYTES: usize = 64 * 1024;
/// Output gathered before it is written to a file or program.
const WRITE_BUFFER_BYTES: usize = 64 * 1024;

/// All open inputs and outputs.
#[derive(Default)]
pub(super) struct Files {
    inputs: HashMap<InputId, Input>,
    outputs: HashMap<OutputId, Output>,
}

enum Input {
    File(tokio::fs::File),
    Stdin(tokio::io::Stdin),
    Program(Box<Running>),
    /// Standard input of a run that has none.
    Empty,
}

struct Output {
    pending: Vec<u8>,
    sink: Sink,
    failure: Option<String>,
}

enum Sink {
    File(tokio::fs::File),
    Program(Box<Running>),
}

impl Files {
    /// No inputs but the process's standard input.
    pub(super) fn with_stdin() -> Files {
        Files::with(Input::Stdin(tokio::io::stdin()))
    }

    /// No inputs; standard input is empty.
    pub(super) fn without_stdin() -> Files {
        Files::with(Input::Empty)
    }

    fn with(stdin: Input) -> Files {
        Files { inputs: HashMap::from([(InputId::STDIN, stdin)]), outputs: HashMap::new() }
    }

    pub(super) async fn open_input(
        &mut self,
        id: InputId,
        target: InputTarget,
        place: &Place,
        console: &mut Console,
    ) -> Result<(), String> {
        let input = match target {
            InputTarget::Script(path) => Input::File(open_file(place.resolve_script(&path)?).await?),
            InputTarget::File(path) => {
                let file = open_file(place.resolve(&path)).await?;
                // A directory can be opened but not read. For scripts psql notices at the first read, for data at once.
                if file.metadata().await.is_ok_and(|metadata| metadata.is_dir()) {
                    return Err("cannot copy from/to a directory".to_owned());
                }
                Input::File(file)
            }
            InputTarget::Program(command) => {
                Input::Program(Box::new(Running::start(place, console, &command, Taken::Stdout)?))
            }
        };
        self.inputs.insert(id, input);
        Ok(())
    }

    /// The next bytes of an input; empty at its end.
    pub(super) async fn read(&mut self, id: InputId) -> Result<Vec<u8>, String> {
        let mut buffer = vec![0; READ_BYTES];
        let count = match self.inputs.get_mut(&id) {
            None | Some(Input::Empty) => Ok(0),
            Some(Input::File(file)) => file.read(&mut buffer).await,
            Some(Input::Stdin(stdin)) => stdin.read(&mut buffer).await,
            Some(Input::Program(running)) => match running.child.stdout.as_mut() {
                Some(stdout) => stdout.read(&mut buffer).await,
                None => Ok(0),
            },
        };
        buffer.truncate(count.map_err(|error| io_text(&error))?);
        Ok(buffer)
    }

    /// Closes a program that was read from, and waits for its end.
    pub(super) async fn finish_input(&mut self, id: InputId) -> Result<Result<ShellEnd, String>, Stop> {
        let Some(Input::Program(mut running)) = self.inputs.remove(&id) else {
            return Ok(Ok(ShellEnd::Exit(0)));
        };
        // Nobody reads any more: a program that goes on writing is told so.
        drop(running.child.stdout.take());
        running.wait().await
    }

    pub(super) fn close_input(&mut self, id: InputId) {
        if id != InputId::STDIN {
            self.inputs.remove(&id);
        }
    }

    pub(super) async fn open_output(
        &mut self,
        id: OutputId,
        target: OutputTarget,
        place: &Place,
        console: &mut Console,
    ) -> Result<(), String> {
        let sink = match target {
            OutputTarget::File(path) => {
                let file = tokio::fs::File::create(place.resolve(&path)).await;
                Sink::File(file.map_err(|error| io_text(&error))?)
            }
            OutputTarget::Program(command) => {
                Sink::Program(Box::new(Running::start(place, console, &command, Taken::Stdin)?))
            }
        };
        self.outputs.insert(id, Output { pending: Vec::new(), sink, failure: None });
        Ok(())
    }

    /// Writes to an output. A failure is kept and told at its closing.
    pub(super) async fn write(&mut self, id: OutputId, bytes: &[u8]) {
        if let Some(output) = self.outputs.get_mut(&id) {
            output.pending.extend_from_slice(bytes);
            if output.pending.len() >= WRITE_BUFFER_BYTES {
                output.flush().await;
            }
        }
    }

    /// Lets all buffered output out, so that children and readers see it.
    pub(super) async fn flush(&mut self) {
        for output in self.outputs.values_mut() {
            output.flush().await;
        }
    }

    pub(super) async fn close_output(&mut self, id: OutputId) -> Result<Result<ShellEnd, String>, Stop> {
        let Some(mut output) = self.outputs.remove(&id) else { return Ok(Ok(ShellEnd::Exit(0))) };
        output.flush().await;
        let end = match output.sink {
            Sink::File(_) => Ok(ShellEnd::Exit(0)),
            Sink::Program(mut running) => {
                // Its input ends here; only then can it.
                drop(running.child.stdin.take());
                running.wait().await?
            }
        };
        Ok(output.failure.map_or(end, Err))
    }
}

impl Output {
    async fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let written = match &mut self.sink {
            Sink::File(file) => write_all(file, &self.pending).await,
            Sink::Program(running) => match running.child.stdin.as_mut() {
                Some(stdin) => write_all(stdin, &self.pending).await,
                None => Ok(()),
            },
        };
        self.pending.clear();
        if let Err(error) = written {
            self.failure.get_or_insert(io_text(&error));
        }
    }
}

async fn write_all(to: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> std::io::Result<()> {
    to.write_all(bytes).await?;
    to.flush().await
}

async fn open_file(path: std::path::PathBuf) -> Result<tokio::fs::File, String> {
    tokio::fs::File::open(path).await.map_err(|error| io_text(&error))
}

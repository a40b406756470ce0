//! Inputs and outputs a script has opened, by the machine's ids: script and data files, and programs.
//!
//! Everything is read and written off the runtime's threads, since a file may be a pipe that blocks.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use rsql_lang::{InputId, InputTarget, OutputId, OutputTarget, ShellEnd};
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::Stop;
use super::children::{Running, Taken};
use super::console::Console;
use super::place::Place;
use crate::error::io_text;

/// Size of one read of scripts and data files: large, since each is an errand to another thread.
const READ_BYTES: usize = 256 * 1024;
/// Output gathered before it is written to a file or program, for the same reason.
const WRITE_BUFFER_BYTES: usize = 256 * 1024;

/// All open inputs and outputs.
#[derive(Default)]
pub(super) struct Files {
    inputs: HashMap<InputId, Input>,
    outputs: HashMap<OutputId, Output>,
}

enum Input {
    File(tokio::fs::File),
    /// What is left of a file that was read when it was opened.
    Whole(Vec<u8>),
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
            // A directory can be opened but not read. For scripts psql notices at the first read, for data at once.
            InputTarget::Script(path) => match open_file(place.resolve_script(&path)?).await? {
                Opened::Whole(bytes) => Input::Whole(bytes),
                Opened::File(file) | Opened::Directory(file) => Input::File(file),
            },
            InputTarget::File(path) => match open_file(place.resolve(&path)).await? {
                Opened::Whole(bytes) => Input::Whole(bytes),
                Opened::File(file) => Input::File(file),
                Opened::Directory(_) => return Err("cannot copy from/to a directory".to_owned()),
            },
            InputTarget::Program(command) => {
                Input::Program(Box::new(Running::start(place, console, &command, Taken::Stdout)?))
            }
        };
        self.inputs.insert(id, input);
        Ok(())
    }

    /// The next bytes of an input; empty at its end.
    pub(super) async fn read(&mut self, id: InputId) -> Result<Vec<u8>, String> {
        if let Some(Input::Whole(bytes)) = self.inputs.get_mut(&id) {
            return Ok(std::mem::take(bytes));
        }
        let mut buffer = vec![0; READ_BYTES];
        let count = match self.inputs.get_mut(&id) {
            None | Some(Input::Empty | Input::Whole(_)) => Ok(0),
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
            OutputTarget::Append(path) => {
                let mut options = tokio::fs::OpenOptions::new();
                let file = options.append(true).create(true).open(place.resolve(&path)).await;
                Sink::File(file.map_err(|error| io_text(&error))?)
            }
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

    /// Writes what is gathered for an output; the error is the first one of all its writes.
    pub(super) async fn flush_output(&mut self, id: OutputId) -> Result<(), String> {
        let Some(output) = self.outputs.get_mut(&id) else { return Ok(()) };
        output.flush().await;
        output.failure.clone().map_or(Ok(()), Err)
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

/// A file that was opened for reading.
enum Opened {
    /// All of it: a regular file that one read takes.
    Whole(Vec<u8>),
    File(tokio::fs::File),
    Directory(tokio::fs::File),
}

/// Opens, and reads what is small, in one errand off the runtime's threads: an errand costs more than the reading.
async fn open_file(path: PathBuf) -> Result<Opened, String> {
    let opened = tokio::task::spawn_blocking(move || open_and_read(&path)).await;
    opened.map_err(|error| error.to_string())?.map_err(|error| io_text(&error))
}

fn open_and_read(path: &Path) -> std::io::Result<Opened> {
    let file = std::fs::File::open(path)?;
    let metadata = file.metadata()?;
    let length = metadata.len();
    // What claims to be empty may be of the kernel's making, and say more when it is read.
    if metadata.is_file() && (1..=READ_BYTES as u64).contains(&length) {
        let mut bytes = Vec::new();
        file.take(length).read_to_end(&mut bytes)?;
        return Ok(Opened::Whole(bytes));
    }
    let file = tokio::fs::File::from_std(file);
    Ok(if metadata.is_dir() { Opened::Directory(file) } else { Opened::File(file) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn files_of_any_size_are_read_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("input");
        for length in [0, 1, READ_BYTES - 1, READ_BYTES, READ_BYTES + 1, 3 * READ_BYTES] {
            let text: Vec<u8> = (0..length).map(|n| b'a' + u8::try_from(n % 23).unwrap()).collect();
            std::fs::write(&path, &text).unwrap();
            let mut files = Files::without_stdin();
            files.inputs.insert(
                InputId::STDIN,
                match open_file(path.clone()).await.unwrap() {
                    Opened::Whole(bytes) => Input::Whole(bytes),
                    Opened::File(file) | Opened::Directory(file) => Input::File(file),
                },
            );
            let mut seen = Vec::new();
            loop {
                let piece = files.read(InputId::STDIN).await.unwrap();
                if piece.is_empty() {
                    break;
                }
                seen.extend(piece);
            }
            assert!(seen == text, "{length}");
        }
        assert!(matches!(open_file(folder.path().to_owned()).await, Ok(Opened::Directory(_))));
        assert!(open_file(folder.path().join("none")).await.is_err());
    }
}

//! The two streams a script writes to: the process's own, or lines for a worker.
//!
//! Knows order and flushing; what is written is the machine's.

use std::io::Write;
use std::sync::Arc;

use rsql_lang::Prompt;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::{Mutex, mpsc};

use super::Stop;
use crate::error::io_text;
use crate::options::Environment;
use crate::program::pager::Page;
use crate::program::terminal;
use crate::run::{OUTPUT_LINE_BYTES_MAX, OutputLine, Stream};

/// Standard output gathered before it is written to the process's stream.
const STDOUT_BUFFER_BYTES: usize = 64 * 1024;
/// Read size for the output of children.
const CHILD_READ_BYTES: usize = 16 * 1024;

/// Where standard output and standard error of a script go.
pub(crate) enum Console {
    /// The streams of this process; children inherit them.
    Process(ProcessStreams),
    /// Lines for a receiver; children's output is read and becomes lines too.
    Lines(LineSink),
}

impl Console {
    /// The process's own streams.
    pub(crate) fn of_process() -> Console {
        Console::Process(ProcessStreams {
            pending: Vec::new(),
            page: None,
            environment: Environment::default(),
        })
    }

    /// The process's own streams, of which a person reads; this environment is for pagers.
    pub(crate) fn of_terminal(environment: Environment) -> Console {
        Console::Process(ProcessStreams { pending: Vec::new(), page: None, environment })
    }

    /// Lines, sent to `out`.
    pub(crate) fn lines(out: mpsc::Sender<OutputLine>) -> Console {
        let splitter = Splitter { stdout: Vec::new(), stderr: Vec::new(), out };
        Console::Lines(LineSink(Arc::new(Mutex::new(splitter))))
    }

    pub(super) async fn write(&mut self, stream: Stream, bytes: &[u8]) -> Result<(), Stop> {
        match self {
            Console::Process(streams) => streams.write(stream, bytes),
            Console::Lines(sink) => sink.write(stream, bytes).await,
        }
    }

    /// The answer of a person at the controlling terminal; nothing where there is none, as in a worker.
    pub(super) async fn ask(&mut self, prompt: Prompt) -> Option<Vec<u8>> {
        let Console::Process(_) = self else { return None };
        tokio::task::spawn_blocking(move || terminal::answer(&prompt)).await.ok().flatten()
    }

    /// One last message of our own. Its fate cannot be reported anywhere any more.
    pub(crate) async fn line(&mut self, stream: Stream, text: &str) {
        if self.write(stream, format!("{text}\n").as_bytes()).await.is_err() {
            tracing::warn!(text, "output is closed");
        }
    }

    /// What is written to standard output from now on is a page, if there is one.
    pub(super) fn begin_page(&mut self, page: Option<Page>) -> Result<(), Stop> {
        let Console::Process(streams) = self else { return Ok(()) };
        streams.flush()?;
        streams.page = page;
        Ok(())
    }

    /// The page is complete; its reader is waited for.
    pub(super) fn end_page(&mut self) -> Result<(), Stop> {
        let Console::Process(streams) = self else { return Ok(()) };
        let Some(page) = streams.page.take() else { return Ok(()) };
        let shown = page.end();
        streams.write(Stream::Stdout, &shown)
    }

    /// Lets out what is kept back, so that a child's output comes after it.
    pub(super) fn flush(&mut self) -> Result<(), Stop> {
        match self {
            Console::Process(streams) => streams.flush(),
            // Half a line stays: a child's output goes through the same splitter and completes it.
            Console::Lines(_) => Ok(()),
        }
    }

    /// The end of all output: a last line without newline is let out too.
    pub(super) async fn finish(&mut self) -> Result<(), Stop> {
        match self {
            Console::Process(streams) => streams.flush(),
            Console::Lines(sink) => sink.finish().await,
        }
    }
}

/// Buffered standard output and unbuffered standard error of this process.
pub(crate) struct ProcessStreams {
    pending: Vec<u8>,
    /// What belongs together, and may be for a pager.
    page: Option<Page>,
    environment: Environment,
}

impl ProcessStreams {
    fn write(&mut self, stream: Stream, bytes: &[u8]) -> Result<(), Stop> {
        match stream {
            Stream::Stdout => {
                if let Some(page) = &mut self.page {
                    let shown = page.write(bytes, &self.environment);
                    self.pending.extend_from_slice(&shown);
                    return Ok(());
                }
                self.pending.extend_from_slice(bytes);
                if self.pending.len() >= STDOUT_BUFFER_BYTES { self.flush() } else { Ok(()) }
            }
            Stream::Stderr => {
                self.flush()?;
                // Nobody is left to be told when standard error itself is gone.
                std::io::stderr().write_all(bytes).or(Ok(()))
            }
        }
    }

    fn flush(&mut self) -> Result<(), Stop> {
        let mut stdout = std::io::stdout().lock();
        let written = stdout.write_all(&self.pending).and_then(|()| stdout.flush());
        self.pending.clear();
        written.map_err(|error| not_written(&error))
    }
}

/// A reader that has gone is no fault of anybody; all else is told.
pub(crate) fn not_written(error: &std::io::Error) -> Stop {
    match error.kind() {
        std::io::ErrorKind::BrokenPipe => Stop::OutputClosed,
        _ => Stop::OutputFailed(io_text(error)),
    }
}

/// Splits bytes into lines and sends them; shared with the tasks that read children's output.
#[derive(Clone)]
pub(crate) struct LineSink(Arc<Mutex<Splitter>>);

struct Splitter {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    out: mpsc::Sender<OutputLine>,
}

impl LineSink {
    pub(super) async fn write(&self, stream: Stream, bytes: &[u8]) -> Result<(), Stop> {
        // The lock is held while the receiver is waited for: lines of two writers must not overtake each other.
        let mut splitter = self.0.lock().await;
        splitter.write(stream, bytes).await
    }

    /// Copies a child's stream to its end.
    pub(super) async fn copy_from(
        &self,
        stream: Stream,
        mut from: impl AsyncRead + Unpin,
    ) -> Result<(), Stop> {
        let mut buffer = vec![0; CHILD_READ_BYTES];
        loop {
            match from.read(&mut buffer).await {
                Ok(0) | Err(_) => return Ok(()),
                Ok(count) => self.write(stream, &buffer[..count]).await?,
            }
        }
    }

    async fn finish(&self) -> Result<(), Stop> {
        let mut splitter = self.0.lock().await;
        for stream in [Stream::Stdout, Stream::Stderr] {
            if !splitter.partial(stream).is_empty() {
                splitter.send(stream).await?;
            }
        }
        Ok(())
    }
}

impl Splitter {
    fn partial(&mut self, stream: Stream) -> &mut Vec<u8> {
        match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        }
    }

    async fn write(&mut self, stream: Stream, mut bytes: &[u8]) -> Result<(), Stop> {
        while !bytes.is_empty() {
            let partial = self.partial(stream);
            let window = &bytes[..bytes.len().min(OUTPUT_LINE_BYTES_MAX - partial.len())];
            let newline = window.iter().position(|b| *b == b'\n');
            let taken = newline.unwrap_or(window.len());
            partial.extend_from_slice(&window[..taken]);
            let full = partial.len() == OUTPUT_LINE_BYTES_MAX;
            bytes = &bytes[taken + usize::from(newline.is_some())..];
            if newline.is_some() || full {
                self.send(stream).await?;
            }
        }
        Ok(())
    }

    async fn send(&mut self, stream: Stream) -> Result<(), Stop> {
        let bytes = std::mem::take(self.partial(stream));
        self.out.send(OutputLine { stream, bytes }).await.map_err(|_| Stop::OutputClosed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(pieces: &[(Stream, &[u8])]) -> Vec<(Stream, usize, Vec<u8>)> {
        let (out, mut received) = mpsc::channel(64);
        let mut console = Console::lines(out);
        for (stream, bytes) in pieces {
            assert!(console.write(*stream, bytes).await.is_ok());
        }
        assert!(console.finish().await.is_ok());
        drop(console);
        let mut lines = Vec::new();
        while let Some(line) = received.recv().await {
            lines.push((line.stream, line.bytes.len(), line.bytes));
        }
        lines
    }

    #[tokio::test]
    async fn lines_are_cut_at_newlines_only() {
        use Stream::{Stderr, Stdout};
        let got = lines(&[(Stdout, b"a\nb"), (Stderr, b"e\n"), (Stdout, b"c\n\nlast")]).await;
        let texts: Vec<_> =
            got.iter().map(|(s, _, b)| (*s, String::from_utf8_lossy(b).into_owned())).collect();
        let expect = [(Stdout, "a"), (Stderr, "e"), (Stdout, "bc"), (Stdout, ""), (Stdout, "last")];
        assert_eq!(texts, expect.map(|(s, t)| (s, t.to_owned())));
    }

    #[tokio::test]
    async fn long_lines_come_in_pieces() {
        let long = vec![b'x'; OUTPUT_LINE_BYTES_MAX * 2 + 5];
        let sizes: Vec<_> = lines(&[(Stream::Stdout, &long)]).await.iter().map(|l| l.1).collect();
        assert_eq!(sizes, [OUTPUT_LINE_BYTES_MAX, OUTPUT_LINE_BYTES_MAX, 5]);
    }

    #[tokio::test]
    async fn a_receiver_that_went_away_stops_the_script() {
        let (out, received) = mpsc::channel(1);
        drop(received);
        let mut console = Console::lines(out);
        assert!(matches!(console.write(Stream::Stdout, b"x\n").await, Err(Stop::OutputClosed)));
    }
}

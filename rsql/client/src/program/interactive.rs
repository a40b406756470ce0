//! The person at the terminal: lines with editing, history and completion, or plain lines.
//!
//! Lines are read in a thread of their own, so that signals and the server are heard meanwhile. What a line means is the
//! machine's; what completes it is `completion`'s; what was typed before is `history`'s.

use std::io::{Read as _, Write as _};
use std::sync::mpsc as threads;
use std::time::Duration;

use rsql_lang::{Answer, Ask, HistoryKeeping};
use rustyline::config::{BellStyle, CompletionType, Config};
use rustyline::error::ReadlineError;
use rustyline::history::{History as _, MemHistory};
use tokio::sync::{mpsc, watch};

use super::arguments::Typing;
use super::completion::{Helper, Situation};
use super::history::History;
use super::pager;
use super::terminal::Restore;
use crate::options::Environment;

/// Longest wait for names of the server while a person waits for a completion.
const NAMES_TIMEOUT: Duration = Duration::from_secs(3);
/// Most answers kept for one statement: each is one word that was completed.
const QUESTIONS_KEPT_MAX: usize = 64;

/// Where lines come from.
pub(crate) struct Typist {
    typing: Typing,
    requests: threads::Sender<Request>,
    events: mpsc::Receiver<Event>,
    /// Whether a line is being read that no answer has come for.
    reading: bool,
    environment: Environment,
    history: Option<History>,
    _restore: Restore,
}

/// What happens while a line is awaited.
pub(crate) enum Event {
    /// The person has answered.
    Answer(Answer),
    /// A completion wants names from the server.
    Question(Question),
}

/// A question of the completion, in SQL, for one column of names.
pub(crate) struct Question {
    pub(crate) sql: String,
    answer: threads::Sender<Vec<String>>,
}

impl Question {
    /// Gives the names; none also where they could not be had.
    pub(crate) fn answer(self, names: Vec<String>) {
        // Nobody listens any more when the person has waited too long.
        let _late = self.answer.send(names);
    }
}

/// What the reading thread is told, in order.
enum Request {
    Line { prompt: String, situation: Box<Situation> },
    Remember(String),
}

/// Ctrl-C while something else than typing is under way.
#[derive(Clone)]
pub(crate) struct Interrupts(watch::Receiver<u64>);

impl Interrupts {
    /// Interrupts, and what tells them.
    pub(crate) fn channel() -> (watch::Sender<u64>, Interrupts) {
        let (sender, receiver) = watch::channel(0);
        (sender, Interrupts(receiver))
    }

    /// Whether there was one since the last look.
    pub(crate) fn take(&mut self) -> bool {
        let new = self.0.has_changed().unwrap_or(false);
        // Only then: one that comes right now is for the next look.
        if new {
            self.0.mark_unchanged();
        }
        new
    }

    /// Waits for the next; for ever, once nobody can tell any.
    pub(crate) async fn next(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Typist {
    /// A person at this process's terminal.
    pub(crate) fn new(typing: Typing, environment: Environment) -> Typist {
        let (requests, requested) = threads::channel();
        let (event, events) = mpsc::channel(1);
        let restore = Restore::of_stdin();
        // A terminal without a name or with simple manners cannot be edited on.
        let dumb =
            environment.text("TERM").is_none_or(|name| matches!(name.as_str(), "dumb" | "cons25" | "emacs"));
        let typing = if dumb { Typing::Plain } else { typing };
        std::thread::spawn(move || match typing {
            Typing::Edited => edit_lines(&requested, &event),
            Typing::Plain => read_lines(&requested, &event),
        });
        Typist { typing, requests, events, reading: false, environment, history: None, _restore: restore }
    }

    /// Asks for a line; [`Typist::next`] brings the answer.
    pub(crate) fn ask(&mut self, ask: Ask) -> std::io::Result<()> {
        self.open_history(&ask.history);
        let prompt = String::from_utf8_lossy(&ask.prompt).into_owned();
        if self.typing == Typing::Plain {
            let mut stdout = std::io::stdout().lock();
            stdout.write_all(&ask.prompt)?;
            stdout.flush()?;
        }
        if !self.reading {
            self.reading = true;
            let situation = Box::new(Situation::new(ask));
            // Without its thread no line will ever come, which is an end of input.
            let _ended = self.requests.send(Request::Line { prompt, situation });
        }
        Ok(())
    }

    /// What happens next.
    pub(crate) async fn next(&mut self) -> Event {
        let event = self.events.recv().await.unwrap_or(Event::Answer(Answer::End));
        if matches!(event, Event::Answer(_)) {
            self.reading = false;
        }
        event
    }

    /// Width of the screen, which people change.
    pub(crate) fn columns(&self) -> Option<usize> {
        pager::columns(&self.environment)
    }

    /// Whether Ctrl-C reaches the program as a signal while a line is typed, and not as a key.
    pub(crate) fn hears_signals(&self) -> bool {
        self.typing == Typing::Plain
    }

    /// Keeps an entry for the history.
    pub(crate) fn remember(&mut self, entry: &[u8]) {
        let (Some(history), Typing::Edited) = (&mut self.history, self.typing) else { return };
        let entry = String::from_utf8_lossy(entry).into_owned();
        history.add(&entry);
        let _ended = self.requests.send(Request::Remember(entry));
    }

    /// What was typed before, as lines.
    pub(crate) fn history(&mut self, keeping: &HistoryKeeping) -> Option<Vec<u8>> {
        self.open_history(keeping);
        self.history.as_ref().filter(|_| self.typing == Typing::Edited).map(History::text)
    }

    /// The history is read once, as its variables are before the first line.
    fn open_history(&mut self, keeping: &HistoryKeeping) {
        if let Some(history) = &mut self.history {
            return history.keep(keeping.entries_max);
        }
        let history = match self.typing {
            Typing::Edited => History::open(keeping, &self.environment),
            Typing::Plain => History::none(),
        };
        for entry in history.entries() {
            let _ended = self.requests.send(Request::Remember(entry.clone()));
        }
        self.history = Some(history);
    }
}

/// Asks the server for names, from the reading thread.
pub(super) struct Names {
    event: mpsc::Sender<Event>,
    known: Vec<(String, Vec<String>)>,
}

impl Names {
    /// The names that this query gives; none where they cannot be had in time.
    pub(super) fn ask(&mut self, sql: &str) -> Vec<String> {
        if let Some((_, names)) = self.known.iter().find(|(known, _)| known == sql) {
            return names.clone();
        }
        let (answer, answered) = threads::channel();
        let question = Question { sql: sql.to_owned(), answer };
        if self.event.blocking_send(Event::Question(question)).is_err() {
            return Vec::new();
        }
        let Ok(names) = answered.recv_timeout(NAMES_TIMEOUT) else { return Vec::new() };
        if self.known.len() < QUESTIONS_KEPT_MAX {
            self.known.push((sql.to_owned(), names.clone()));
        }
        names
    }

    /// Forgets what statements may have changed.
    pub(super) fn forget(&mut self) {
        self.known.clear();
    }
}

fn edit_lines(requested: &threads::Receiver<Request>, event: &mpsc::Sender<Event>) {
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .bell_style(BellStyle::None)
        .auto_add_history(false)
        .build();
    // How long it gets is `history`'s to say.
    let mut history = MemHistory::with_config(&config);
    if history.set_max_len(usize::MAX).is_err() {
        return;
    }
    let Ok(mut editor) = rustyline::Editor::<Helper, MemHistory>::with_history(config, history) else {
        return;
    };
    editor.set_helper(Some(Helper::new(Names { event: event.clone(), known: Vec::new() })));
    while let Ok(request) = requested.recv() {
        let (prompt, situation) = match request {
            Request::Remember(entry) => {
                let _in_memory = editor.add_history_entry(entry);
                continue;
            }
            Request::Line { prompt, situation } => (prompt, situation),
        };
        if let Some(helper) = editor.helper_mut() {
            helper.turn_to(*situation);
        }
        let bare = without_escapes(&prompt);
        let answer = match editor.readline(&(bare, prompt)) {
            Ok(line) => Answer::Line(line.into_bytes()),
            Err(ReadlineError::Interrupted) => Answer::Interrupted,
            Err(_) => Answer::End,
        };
        if event.blocking_send(Event::Answer(answer)).is_err() {
            return;
        }
    }
}

fn read_lines(requested: &threads::Receiver<Request>, event: &mpsc::Sender<Event>) {
    while let Ok(request) = requested.recv() {
        let Request::Line { .. } = request else { continue };
        let answer = plain_line().map_or(Answer::End, Answer::Line);
        if event.blocking_send(Event::Answer(answer)).is_err() {
            return;
        }
    }
}

/// A line of standard input, which the terminal edits; none at its end.
fn plain_line() -> Option<Vec<u8>> {
    let mut line = Vec::new();
    let mut stdin = std::io::stdin().lock();
    let mut byte = [0];
    loop {
        match stdin.read(&mut byte) {
            Ok(1) if byte[0] == b'\n' => return Some(line),
            Ok(1) => line.push(byte[0]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Ok(_) | Err(_) => return Some(line).filter(|line| !line.is_empty()),
        }
    }
}

/// A prompt without what sets colours and the like, as its width is measured.
fn without_escapes(prompt: &str) -> String {
    let mut bare = String::new();
    let mut rest = prompt;
    while let Some(at) = rest.find("\x1b[") {
        bare.push_str(&rest[..at]);
        let parameters = &rest[at + 2..];
        let end = parameters
            .find(|letter: char| letter.is_ascii_alphabetic())
            .map_or(parameters.len(), |end| end + 1);
        rest = &parameters[end..];
    }
    bare.push_str(rest);
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_have_no_width() {
        for (prompt, expect) in [("a=> ", "a=> "), ("\x1b[1;31mred\x1b[0m> ", "red> "), ("x\x1b[", "x")] {
            assert_eq!(without_escapes(prompt), expect);
        }
    }
}

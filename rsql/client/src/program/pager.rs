//! Long results in a pager: what does not fit on the screen goes to the program of `PSQL_PAGER` or `PAGER`.
//!
//! A page is held back until it is known to be too long, or complete.

use std::io::{IsTerminal as _, Write as _};
use std::process::{Child, Command, Stdio};

use rsql_lang::Paging;

use crate::options::Environment;

/// Pager where no variable names one.
const PAGER: &str = "less";

/// Size of the screen, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Screen {
    pub(crate) rows: u64,
    pub(crate) columns: usize,
}

impl Screen {
    /// The screen of standard output; none if that is no terminal, or one that tells no size.
    pub(crate) fn of_stdout() -> Option<Screen> {
        let (rows, columns) = console::Term::stdout().size_checked()?;
        Some(Screen { rows: u64::from(rows), columns: usize::from(columns) })
    }
}

/// Width of the terminal that standard output is: what `COLUMNS` says, else what it says itself. Elsewhere `COLUMNS` means
/// nothing, as in psql.
pub(crate) fn columns(environment: &Environment) -> Option<usize> {
    if !std::io::stdout().is_terminal() {
        return None;
    }
    let said = environment.text("COLUMNS").and_then(|text| text.trim().parse().ok());
    said.filter(|&columns| columns > 0).or_else(|| Screen::of_stdout().map(|screen| screen.columns))
}

/// A page being written.
#[derive(Debug)]
pub(crate) struct Page {
    held: Held,
    state: State,
    paging: Paging,
    screen: Screen,
    pager: String,
}

/// What has been written so far, and how much room it takes.
#[derive(Debug, Default)]
struct Held {
    bytes: Vec<u8>,
    lines: u64,
    /// Characters of the line that is not complete.
    columns: usize,
    widest: usize,
}

#[derive(Debug)]
enum State {
    Waiting,
    /// The pager reads it.
    Paged(Child),
    /// The pager has ended; nobody reads the rest.
    Left,
    /// It goes to the terminal, as there is no pager.
    Plain,
}

impl Page {
    /// A page for this screen; none where the person wants no pager.
    pub(crate) fn begin(paging: Paging, screen: Screen, environment: &Environment) -> Option<Page> {
        let named = ["PSQL_PAGER", "PAGER"].iter().find_map(|name| environment.get(name));
        let pager = named.map_or_else(|| PAGER.to_owned(), |name| name.to_string_lossy().into_owned());
        // Blanks alone are the way to have none.
        let wanted = !pager.trim().is_empty();
        let page = || Page { held: Held::default(), state: State::Waiting, paging, screen, pager };
        wanted.then(page)
    }

    /// Takes bytes of the page; gives those that are for the terminal itself.
    pub(crate) fn write(&mut self, bytes: &[u8], environment: &Environment) -> Vec<u8> {
        match &mut self.state {
            State::Plain => return bytes.to_vec(),
            State::Left => {}
            State::Paged(_) => self.send(bytes),
            State::Waiting => {
                self.held.push(bytes);
                if self.is_long() {
                    return self.start(environment);
                }
            }
        }
        Vec::new()
    }

    /// The page is complete: gives what is for the terminal, and waits for the pager.
    pub(crate) fn end(mut self) -> Vec<u8> {
        if let State::Paged(child) = &mut self.state {
            drop(child.stdin.take());
            // How a pager ends says nothing about the result.
            let _ended = child.wait();
        }
        std::mem::take(&mut self.held.bytes)
    }

    fn is_long(&self) -> bool {
        let Paging::Long { lines_min } = self.paging else { return true };
        let long = self.held.lines >= self.screen.rows && self.held.lines >= lines_min;
        long || self.held.widest > self.screen.columns
    }

    fn start(&mut self, environment: &Environment) -> Vec<u8> {
        let held = std::mem::take(&mut self.held.bytes);
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(&self.pager).env_clear().envs(environment.iter()).stdin(Stdio::piped());
        match command.spawn() {
            Ok(child) => {
                self.state = State::Paged(child);
                self.send(&held);
                Vec::new()
            }
            Err(error) => {
                tracing::debug!(%error, "no pager");
                self.state = State::Plain;
                held
            }
        }
    }

    fn send(&mut self, bytes: &[u8]) {
        let State::Paged(child) = &mut self.state else { return };
        let written = child.stdin.as_mut().map(|stdin| stdin.write_all(bytes));
        if !matches!(written, Some(Ok(()))) {
            // The person has seen enough.
            drop(child.stdin.take());
            let _ended = child.wait();
            self.state = State::Left;
        }
    }
}

impl Held {
    fn push(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'\n' => {
                    self.lines += 1;
                    self.columns = 0;
                }
                // Bytes that go on with a character take no room of their own.
                0x80..=0xbf => {}
                _ => self.columns += 1,
            }
            self.widest = self.widest.max(self.columns);
        }
        self.bytes.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paged(pager: &str, paging: Paging, text: &str) -> (bool, Vec<u8>) {
        let environment = Environment::from_pairs([
            ("PSQL_PAGER".to_owned(), pager.to_owned()),
            ("PATH".to_owned(), std::env::var("PATH").unwrap()),
        ]);
        let Some(mut page) = Page::begin(paging, Screen { rows: 3, columns: 5 }, &environment) else {
            return (false, text.as_bytes().to_vec());
        };
        let mut shown = page.write(text.as_bytes(), &environment);
        let used = matches!(page.state, State::Paged(_) | State::Left);
        shown.extend(page.end());
        (used, shown)
    }

    #[test]
    fn a_pager_is_for_what_does_not_fit() {
        let long = Paging::Long { lines_min: 0 };
        let check = |pager: &str, paging, text: &str, used: bool| {
            let shown = if used { Vec::new() } else { text.as_bytes().to_vec() };
            assert_eq!(paged(pager, paging, text), (used, shown), "{pager} {text:?}");
        };
        check("cat > /dev/null", long, "a\nb\n", false);
        check("cat > /dev/null", long, "a\nb\nc\n", true);
        check("cat > /dev/null", Paging::Long { lines_min: 9 }, "a\nb\nc\n", false);
        check("cat > /dev/null", long, "12345\n", false);
        check("cat > /dev/null", long, "123456\n", true);
        check("cat > /dev/null", long, "äöüßé\n", false);
        check("cat > /dev/null", Paging::Always, "a\n", true);
        check("  ", Paging::Always, "a\nb\nc\n", false);
        // One that ends without reading loses nothing but what it did not read.
        check("true", long, &"x\n".repeat(100_000), true);
    }
}

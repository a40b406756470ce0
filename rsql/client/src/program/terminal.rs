//! Asking at the controlling terminal, where standard input may be something else.
//!
//! Blocks: it is used before a session is open, or off the runtime's threads.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;

use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};

use crate::options::Secret;
use rsql_lang::Prompt;

/// Longest answer that is read where there is no terminal: a password is shorter, and a script must not be eaten.
const ANSWER_BYTES_MAX: usize = 4096;

/// Asks for a password, without echo: at the controlling terminal, or where there is none by standard error and standard
/// input, as psql does. `None` when nobody answers.
pub(super) fn ask_password(user: Option<&str>) -> Option<Secret> {
    let prompt = match user {
        Some(user) => format!("Password for user {user}: "),
        None => "Password: ".to_owned(),
    };
    let Ok(terminal) = OpenOptions::new().read(true).write(true).open("/dev/tty") else {
        eprint!("{prompt}");
        return first_line_of_stdin().map(Secret::new);
    };
    let before = silence(&terminal)?;
    let answer = ask(&terminal, &prompt);
    // If the terminal is gone meanwhile there is nothing left to restore.
    let _gone = tcsetattr(&terminal, SetArg::TCSAFLUSH, &before);
    answer.map(Secret::new)
}

/// The answer to a question at the controlling terminal; `None` where there is no terminal.
pub(crate) fn answer(prompt: &Prompt) -> Option<Vec<u8>> {
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty").ok()?;
    let text = String::from_utf8_lossy(&prompt.text);
    if !prompt.hidden {
        (&terminal).write_all(&prompt.text).ok()?;
        let mut line = String::new();
        BufReader::new(&terminal).read_line(&mut line).ok()?;
        return Some(line.trim_end_matches(['\r', '\n']).as_bytes().to_vec());
    }
    let before = silence(&terminal)?;
    let answer = ask(&terminal, &text);
    // If the terminal is gone meanwhile there is nothing left to restore.
    let _gone = tcsetattr(&terminal, SetArg::TCSAFLUSH, &before);
    answer.map(String::into_bytes)
}

/// A terminal's settings, put back when this is dropped or [`Restore::now`] is called: line editing changes them.
#[derive(Debug)]
pub(super) struct Restore(Option<Termios>);

impl Restore {
    /// Remembers the settings of standard input.
    pub(super) fn of_stdin() -> Restore {
        Restore(tcgetattr(std::io::stdin().as_fd()).ok())
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            // If the terminal is gone meanwhile there is nothing left to restore.
            let _gone = tcsetattr(std::io::stdin().as_fd(), SetArg::TCSADRAIN, before);
        }
    }
}

fn silence(terminal: &File) -> Option<Termios> {
    let before = tcgetattr(terminal).ok()?;
    let mut silent = before.clone();
    silent.local_flags.remove(LocalFlags::ECHO);
    tcsetattr(terminal, SetArg::TCSAFLUSH, &silent).ok()?;
    Some(before)
}

fn ask(mut terminal: &File, prompt: &str) -> Option<String> {
    terminal.write_all(prompt.as_bytes()).ok()?;
    let mut line = String::new();
    BufReader::new(terminal).read_line(&mut line).ok()?;
    terminal.write_all(b"\n").ok()?;
    Some(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// The first line, and not a byte more: what follows is the script.
fn first_line_of_stdin() -> Option<String> {
    let mut line = Vec::new();
    let mut file = File::from(std::io::stdin().as_fd().try_clone_to_owned().ok()?);
    let mut byte = [0];
    while line.len() < ANSWER_BYTES_MAX && file.read(&mut byte).ok()? == 1 && byte[0] != b'\n' {
        line.push(byte[0]);
    }
    let line = String::from_utf8_lossy(&line).into_owned();
    Some(line.trim_end_matches('\r').to_owned())
}

//! Asking for a password at the terminal.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};

use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};

use crate::options::Secret;

/// Asks at the controlling terminal, without echo; `None` when there is no terminal.
pub(super) fn ask_password() -> Option<Secret> {
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty").ok()?;
    let before = silence(&terminal)?;
    let answer = prompt(&terminal);
    // If the terminal is gone meanwhile there is nothing left to restore.
    let _gone = tcsetattr(&terminal, SetArg::TCSAFLUSH, &before);
    answer.map(Secret::new)
}

fn silence(terminal: &File) -> Option<Termios> {
    let before = tcgetattr(terminal).ok()?;
    let mut silent = before.clone();
    silent.local_flags.remove(LocalFlags::ECHO);
    tcsetattr(terminal, SetArg::TCSAFLUSH, &silent).ok()?;
    Some(before)
}

fn prompt(mut terminal: &File) -> Option<String> {
    terminal.write_all(b"Password: ").ok()?;
    let mut line = String::new();
    BufReader::new(terminal).read_line(&mut line).ok()?;
    terminal.write_all(b"\n").ok()?;
    Some(line.trim_end_matches(['\r', '\n']).to_owned())
}

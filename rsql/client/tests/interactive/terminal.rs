//! A pseudo-terminal with a program in it: types, and waits for what appears. Nothing here sleeps for a fixed time.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use fleet_tests::postgres::Postgres;
use nix::pty::{Winsize, openpty};

/// Long enough for a slow machine, short enough to fail a test that hangs.
const PATIENCE: Duration = Duration::from_secs(20);
/// The screen: as wide as people have it, and low, so that pagers come soon.
const SCREEN: Winsize = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };

/// A program in a terminal of its own.
pub(crate) struct Terminal {
    keyboard: File,
    screen: Arc<Screen>,
    child: Child,
    /// Up to where what appeared has been looked at.
    looked: usize,
}

#[derive(Default)]
struct Screen {
    /// What has appeared, and whether that is all.
    seen: Mutex<(Vec<u8>, bool)>,
    changed: Condvar,
}

impl Terminal {
    /// Starts a program with these arguments and variables, in this home.
    pub(crate) fn start(
        program: &Path,
        arguments: &[&str],
        variables: &[(&str, &str)],
        home: &Path,
    ) -> Terminal {
        let pty = openpty(&SCREEN, None).unwrap();
        let stream = |fd: &OwnedFd| Stdio::from(fd.try_clone().unwrap());
        // `setsid` gives the program the terminal as its own, so that Ctrl-C reaches it as a signal.
        let mut command = Command::new("setsid");
        command.arg("-c").arg(program).args(arguments).current_dir(home);
        command.env_clear().envs(Postgres::shared().env()).env("HOME", home).env("LC_ALL", "C.UTF-8");
        command
            .env("PATH", std::env::var("PATH").unwrap())
            .env("TERM", "xterm")
            .envs(variables.iter().copied());
        command.stdin(stream(&pty.slave)).stdout(stream(&pty.slave)).stderr(stream(&pty.slave));
        let child = command.spawn().unwrap();
        // Without it the end of the program would not be an end of what appears.
        drop(command);
        drop(pty.slave);
        let screen = Arc::new(Screen::default());
        let (mut eyes, seen) = (File::from(pty.master.try_clone().unwrap()), Arc::clone(&screen));
        std::thread::spawn(move || seen.watch(&mut eyes));
        Terminal { keyboard: File::from(pty.master), screen, child, looked: 0 }
    }

    /// Types these keys.
    pub(crate) fn keys(&mut self, keys: &str) -> &mut Terminal {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self
    }

    /// Types a line.
    pub(crate) fn line(&mut self, line: &str) -> &mut Terminal {
        self.keys(line).keys("\r")
    }

    /// Waits until this text appears, after what was waited for before; gives what came before it.
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        match self.wait_within(text, PATIENCE) {
            Ok(before) => before,
            Err(shown) => panic!("{text:?} does not appear in:\n{shown}"),
        }
    }

    /// As [`Terminal::wait_for`], but not longer than this; else gives all that has appeared.
    pub(crate) fn wait_within(&mut self, text: &str, patience: Duration) -> Result<String, String> {
        let deadline = Instant::now() + patience;
        let mut seen = self.screen.seen.lock().unwrap();
        loop {
            let shown = plain(&seen.0);
            if let Some(at) = shown[self.looked..].find(text) {
                let before = shown[self.looked..self.looked + at].to_owned();
                self.looked += at + text.len();
                return Ok(before);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || seen.1 {
                return Err(shown);
            }
            seen = self.screen.changed.wait_timeout(seen, left).unwrap().0;
        }
    }

    /// Waits for the end of the program; gives all that has appeared, and the exit code.
    pub(crate) fn finish(mut self) -> (String, Option<i32>) {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = self.screen.seen.lock().unwrap();
        while !seen.1 {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "the program does not end:\n{}", plain(&seen.0));
            seen = self.screen.changed.wait_timeout(seen, left).unwrap().0;
        }
        let text = plain(&seen.0);
        drop(seen);
        (text, self.child.wait().unwrap().code())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A test that failed leaves it running.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

impl Screen {
    fn watch(&self, terminal: &mut File) {
        let mut buffer = [0; 4096];
        loop {
            // The terminal ends with an error once nobody has it open.
            let count = terminal.read(&mut buffer).unwrap_or(0);
            let mut seen = self.seen.lock().unwrap();
            seen.0.extend_from_slice(&buffer[..count]);
            seen.1 = count == 0;
            self.changed.notify_all();
            if count == 0 {
                return;
            }
        }
    }
}

/// What appeared, without what moves the cursor, sets modes, or marks parts of prompts. An escape sequence that is not complete ends it.
fn plain(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut plain = String::new();
    let mut rest = text.as_ref();
    while let Some(at) = rest.find('\x1b') {
        plain.push_str(&rest[..at]);
        let sequence = rest[at + 1..].strip_prefix('[').unwrap_or(&rest[at + 1..]);
        let Some(end) = sequence.find(|letter: char| letter.is_ascii_alphabetic()) else {
            rest = "";
            break;
        };
        rest = &sequence[end + 1..];
    }
    plain.push_str(rest);
    plain.replace(['\r', '\u{1}', '\u{2}'], "")
}

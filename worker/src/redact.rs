//! Takes secrets out of output. Owns the rule of what is replaced: known values, also where a long line comes in pieces,
//! and what the words before it make a secret. Does not know where known values come from.

mod credentials;

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

/// What stands in a secret's place.
const MASK: &[u8] = b"[redacted]";
/// Shorter secrets are left: replacing every `x` of a log hides nothing and makes it unreadable.
const SECRET_BYTES_MIN: usize = 4;
/// Variables with one of these in their name hold secrets.
const SECRET_NAMES: [&str; 4] = ["password", "secret", "token", "key"];

/// Known secret values. The default knows none.
#[derive(Clone, Default)]
pub struct Redactor {
    secrets: Vec<Vec<u8>>,
    /// What was learned while jobs run, by this redactor and all that were made from it. The lock is held for a line.
    learned: Arc<RwLock<Vec<Vec<u8>>>>,
}

/// What an unfinished line has left over: its last bytes may be the start of a secret.
#[derive(Debug, Default)]
pub(crate) struct Carry(Vec<u8>);

/// Whether the line goes on in the next piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    Ends,
    GoesOn,
}

impl Redactor {
    /// Knows these values; those under four bytes are left out.
    #[must_use]
    pub fn new<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) -> Self {
        Self::default().with(secrets.into_iter().map(|secret| secret.as_ref().as_bytes().to_vec()))
    }

    /// Knows these values too.
    #[must_use]
    pub(crate) fn with(&self, secrets: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let mut all = self.secrets.clone();
        all.extend(secrets.into_iter().filter(|secret| secret.len() >= SECRET_BYTES_MIN));
        all.sort_unstable();
        all.dedup();
        Self { secrets: all, learned: Arc::clone(&self.learned) }
    }

    /// Knows this value from now on, and so do all redactors that were made from the same one, earlier or later.
    pub(crate) fn learn(&self, secret: &str) {
        let secret = secret.as_bytes();
        if secret.len() < SECRET_BYTES_MIN || self.secrets.iter().any(|known| known == secret) {
            return;
        }
        let mut learned = self.learned.write().unwrap_or_else(PoisonError::into_inner);
        if !learned.iter().any(|known| known == secret) {
            learned.push(secret.to_vec());
        }
    }

    fn learned(&self) -> RwLockReadGuard<'_, Vec<Vec<u8>>> {
        self.learned.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Knows the credentials in this text too: what is said about it may quote them.
    #[must_use]
    pub(crate) fn with_credentials_of(&self, text: &str) -> Self {
        let text = text.as_bytes();
        self.with(credentials::find(text).into_iter().map(|range| text[range].to_vec()))
    }

    /// The text without its secrets.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let (clean, _) = self.scan(text.as_bytes(), Line::Ends);
        String::from_utf8_lossy(&without_credentials(clean)).into_owned()
    }

    /// One piece of a line without its secrets. While the line goes on, bytes that may be the start of a secret stay in
    /// `carry` and come with the next piece. What words announce is found within a piece only.
    pub(crate) fn piece(&self, carry: &mut Carry, piece: Vec<u8>, line: Line) -> Vec<u8> {
        if self.secrets.is_empty() && self.learned().is_empty() && carry.0.is_empty() {
            return without_credentials(piece);
        }
        let mut whole = std::mem::take(&mut carry.0);
        whole.extend_from_slice(&piece);
        let (clean, open) = self.scan(&whole, line);
        carry.0 = whole[whole.len() - open..].to_vec();
        without_credentials(clean)
    }

    /// The text without its known secrets, and how many bytes at its end are held back since they may begin one.
    fn scan(&self, text: &[u8], line: Line) -> (Vec<u8>, usize) {
        let learned = self.learned();
        let secrets = || self.secrets.iter().chain(learned.iter());
        let mut clean = Vec::with_capacity(text.len());
        let mut at = 0;
        while at < text.len() {
            let rest = &text[at..];
            // Before the match of a whole secret: a longer one may begin with it.
            if line == Line::GoesOn && secrets().any(|secret| is_start(rest, secret)) {
                return (clean, rest.len());
            }
            // The longest, so that a secret that contains another is replaced whole.
            let found = secrets().filter(|secret| rest.starts_with(secret)).max_by_key(|secret| secret.len());
            match found {
                Some(secret) => {
                    clean.extend_from_slice(MASK);
                    at += secret.len();
                }
                None => {
                    clean.push(text[at]);
                    at += 1;
                }
            }
        }
        (clean, 0)
    }
}

/// Whether the value of a variable with this name is a secret.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_NAMES.iter().any(|part| name.contains(part))
}

fn without_credentials(text: Vec<u8>) -> Vec<u8> {
    let found = credentials::find(&text);
    if found.is_empty() {
        return text;
    }
    let mut clean = Vec::with_capacity(text.len());
    let mut at = 0;
    for range in found {
        clean.extend_from_slice(&text[at..range.start]);
        clean.extend_from_slice(MASK);
        at = range.end;
    }
    clean.extend_from_slice(&text[at..]);
    clean
}

fn is_start(rest: &[u8], secret: &[u8]) -> bool {
    rest.len() < secret.len() && secret.starts_with(rest)
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redactor({} secrets)", self.secrets.len() + self.learned().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor() -> Redactor {
        Redactor::new(["hunter2", "hunter2-longer", "é€pass", "abc", ""])
    }

    #[test]
    fn secrets_are_replaced() {
        fn check(text: &str, expect: &str) {
            assert_eq!(redactor().text(text), expect, "{text}");
        }
        check("", "");
        check("nothing here", "nothing here");
        check("password=hunter2;", "password=[redacted];");
        check("hunter2hunter2", "[redacted][redacted]");
        check("hunter2-longer hunter2-long", "[redacted] [redacted]-long");
        check("xé€passx", "x[redacted]x");
        check("abc is too short to hide", "abc is too short to hide");
        check("hunter", "hunter");
        check(
            "copy t from 'x' access_key_id 'AKIA1' region 'y'",
            "copy t from 'x' access_key_id '[redacted]' region 'y'",
        );
        check("create user u password 'hunter2'", "create user u password '[redacted]'");
        check("create user u password 'no", "create user u password '[redacted]");
    }

    #[test]
    fn what_a_statement_holds_is_kept_out_of_its_message() {
        let learned = redactor().with_credentials_of("create user u password 'open-sesame'");
        assert_eq!(learned.text("near \"open-sesame\", hunter2"), "near \"[redacted]\", [redacted]");
    }

    #[test]
    fn what_is_learned_is_known_to_all_of_a_kin() {
        let first = redactor();
        let (before, mut carry) = (first.with([b"other".to_vec()]), Carry::default());
        first.learn("hunter2!");
        first.learn("ab");
        assert_eq!(before.text("hunter2! hunter2 other ab"), "[redacted] [redacted] [redacted] ab");
        assert_eq!(first.with([]).text("hunter2!"), "[redacted]");
        assert_eq!(before.piece(&mut carry, b"is hunter2".to_vec(), Line::GoesOn), b"is ");
        assert_eq!(before.piece(&mut carry, b"!".to_vec(), Line::Ends), b"[redacted]");
    }

    #[test]
    fn names_tell_secrets() {
        for name in ["PGPASSWORD", "api_Token", "CLIENT_SECRET_1", "aws_access_key_id"] {
            assert!(is_secret_name(name), "{name}");
        }
        assert!(!is_secret_name("DAY"));
    }

    #[test]
    fn also_across_pieces() {
        fn check(pieces: &[&str], expect: &str) {
            let (redactor, mut carry, mut seen) = (redactor(), Carry::default(), Vec::new());
            for (index, piece) in pieces.iter().enumerate() {
                let line = if index + 1 == pieces.len() { Line::Ends } else { Line::GoesOn };
                seen.extend(redactor.piece(&mut carry, piece.as_bytes().to_vec(), line));
            }
            assert_eq!(String::from_utf8(seen).unwrap(), expect, "{pieces:?}");
        }
        check(&["is hun", "ter2."], "is [redacted].");
        check(&["h", "u", "n", "t", "e", "r", "2"], "[redacted]");
        check(&["hun", "gry"], "hungry");
        check(&["hunhun", "ter2"], "hun[redacted]");
        check(&["hunter2", "-longer"], "[redacted]");
        check(&["hunter2", "-long"], "[redacted]-long");
        check(&["end hun", ""], "end hun");
        check(&["plain ", "text"], "plain text");
        check(&["password 'x' hun", "ter2"], "password '[redacted]' [redacted]");
    }

    #[test]
    fn debug_shows_no_secret() {
        assert_eq!(format!("{:?}", redactor()), "Redactor(3 secrets)");
    }
}

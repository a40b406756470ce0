//! The texts of the scripts: their lines, the secrets in them, and the part of a line that a finding shows.

use std::ops::Range;

use rsql_lang::walk::{Place, Script, Walk};

use crate::Found;
use crate::finding::Finding;

/// Characters of a line that are shown.
const EXCERPT_CHARS: usize = 120;
/// Characters shown before the place when the line is cut.
const EXCERPT_BEFORE: usize = 40;
/// Characters that are marked at most: the rest of a long command tells nothing more.
const MARKED_CHARS_MAX: usize = 60;
/// Longest line that is looked at as a whole.
const LINE_BYTES_MAX: usize = 4096;
/// Bytes looked at on both sides of a place in a longer one.
const WINDOW_BYTES: usize = 1024;
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";
/// What stands for each character of a secret.
const MASK: u8 = b'*';

/// The scripts of a walk.
pub(crate) struct Sources<'w> {
    files: Vec<File<'w>>,
}

struct File<'w> {
    script: &'w Script,
    /// Where its lines begin.
    starts: Vec<usize>,
    /// Where secrets stand, in order.
    secrets: Vec<Range<usize>>,
}

impl<'w> Sources<'w> {
    pub(crate) fn of(walk: &'w Walk, secrets: Vec<Vec<Range<usize>>>) -> Self {
        let file = |(script, mut secrets): (&'w Script, Vec<Range<usize>>)| {
            secrets.sort_by_key(|range| (range.start, range.end));
            secrets.dedup_by(|later, first| {
                let overlaps = later.start < first.end;
                first.end = if overlaps { first.end.max(later.end) } else { first.end };
                overlaps
            });
            File { script, starts: line_starts(&script.text), secrets }
        };
        Self { files: walk.files.iter().zip(secrets).map(file).collect() }
    }

    /// Where the secrets of all files stand.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = Place> + '_ {
        self.files.iter().enumerate().flat_map(|(file, source)| {
            source.secrets.iter().map(move |range| source.place(file, range.start))
        })
    }

    /// The lines of a file, from 1.
    pub(crate) fn lines(&self, file: usize) -> impl Iterator<Item = (usize, &'w [u8])> + '_ {
        let source = self.files.get(file);
        let count = source.map_or(0, |source| source.starts.len());
        (1..=count).map(move |line| (line, self.line(file, line)))
    }

    pub(crate) fn files(&self) -> usize {
        self.files.len()
    }

    /// A line without its line break.
    pub(crate) fn line(&self, file: usize, line: usize) -> &'w [u8] {
        let Some(source) = self.files.get(file) else { return &[] };
        source.line(line)
    }

    /// What is said of a place, with the text around it.
    pub(crate) fn finding(&self, found: Found) -> Finding {
        let Place { file, line, column } = found.place;
        let Some(source) = self.files.get(file) else { return bare(found) };
        let whole = source.line(line);
        let column = column.min(whole.len());
        let window = window(whole, column);
        let text = source.masked(line, window.clone());
        let cut_before =
            characters(whole[..window.start].strip_prefix(UTF8_MARK).unwrap_or(&whole[..window.start]));
        let before = characters(&text[..column - window.start]);
        let length = marked(&text[column - window.start..]);
        let (excerpt, marked) = excerpt(&shown(&text), before, length);
        Finding {
            file: source.script.shown.clone(),
            line,
            column: cut_before + before + 1,
            excerpt,
            marked,
            ..bare(found)
        }
    }
}

/// Where the lines of a text begin.
pub(crate) fn line_starts(text: &[u8]) -> Vec<usize> {
    std::iter::once(0).chain(memchr::memchr_iter(b'\n', text).map(|at| at + 1)).collect()
}

impl<'w> File<'w> {
    fn line(&self, line: usize) -> &'w [u8] {
        let Some(&start) = self.starts.get(line.saturating_sub(1)) else { return &[] };
        let end = self.starts.get(line).map_or(self.script.text.len(), |next| next - 1);
        let text = &self.script.text[start..end];
        text.strip_suffix(b"\r").unwrap_or(text)
    }

    /// A part of a line without its secrets.
    fn masked(&self, line: usize, window: Range<usize>) -> Vec<u8> {
        let mut text = self.line(line)[window.clone()].to_vec();
        let start = self.starts[line.saturating_sub(1)] + window.start;
        let end = start + text.len();
        let from = self.secrets.partition_point(|range| range.end <= start);
        for range in self.secrets[from..].iter().take_while(|range| range.start < end) {
            text[range.start.max(start) - start..range.end.min(end) - start].fill(MASK);
        }
        text
    }

    fn place(&self, file: usize, at: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= at);
        Place { file, line, column: at - self.starts[line.saturating_sub(1)] }
    }
}

fn bare(found: Found) -> Finding {
    Finding {
        rule: found.rule,
        message: found.message,
        hint: found.hint,
        file: String::new(),
        line: found.place.line,
        column: 1,
        excerpt: String::new(),
        marked: (0, 1),
        jobs: Vec::new(),
    }
}

/// The part of a line around a place that is looked at: a line of megabytes is not copied for each finding. A mark at the
/// head of a file is no part of its first line.
fn window(line: &[u8], column: usize) -> Range<usize> {
    let mark = if line.starts_with(UTF8_MARK) { UTF8_MARK.len().min(column) } else { 0 };
    if line.len() <= LINE_BYTES_MAX {
        return mark..line.len();
    }
    // Between characters, where the line is UTF-8.
    let is_start = |at: &usize| line.get(*at).is_none_or(|byte| byte & 0xc0 != 0x80);
    let from = (mark..=column.saturating_sub(WINDOW_BYTES).max(mark)).rev().find(is_start).unwrap_or(mark);
    from..line.len().min(column + WINDOW_BYTES)
}

/// How many characters a text has, whatever is no UTF-8 in it.
fn characters(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

/// A line as people can see it: control characters have no place in a terminal.
fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    text.chars()
        .map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c })
        .collect::<String>()
        .trim_end()
        .to_owned()
}

/// Characters of what begins here: a command with its arguments, a word, a sign.
fn marked(rest: &[u8]) -> usize {
    let end = match rest.first() {
        Some(b'\\') => memchr::memchr(b'\\', &rest[1..]).map_or(rest.len(), |at| at + 1),
        Some(byte) if byte.is_ascii_alphanumeric() || *byte == b'_' => {
            rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_').unwrap_or(rest.len())
        }
        Some(&MASK) => rest.iter().position(|byte| *byte != MASK).unwrap_or(rest.len()),
        Some(b'/' | b'-') => 2,
        _ => 1,
    };
    String::from_utf8_lossy(&rest[..end.min(rest.len())])
        .trim_end()
        .chars()
        .count()
        .clamp(1, MARKED_CHARS_MAX)
}

fn excerpt(line: &str, at: usize, length: usize) -> (String, (usize, usize)) {
    let count = line.chars().count();
    if count <= EXCERPT_CHARS {
        return (line.to_owned(), (at, length.min(count.saturating_sub(at).max(1))));
    }
    let from = at.saturating_sub(EXCERPT_BEFORE);
    let mut text: String = line.chars().skip(from).take(EXCERPT_CHARS).collect();
    if count > from + EXCERPT_CHARS {
        text.push('…');
    }
    let mut at = at - from;
    if from > 0 {
        text.insert(0, '…');
        at += 1;
    }
    let shown = text.chars().count().saturating_sub(at).max(1);
    (text, (at, length.min(shown)))
}

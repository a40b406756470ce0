//! Rules about the text of a file: its head, its length, words that do not belong in it.

use super::lexer::{code_only, line_of, without_tests, word_offsets};
use super::{FILE_LINES_MAX, FILE_LINES_MEDIAN_MAX, FILE_LINES_P90_MAX, Finding, PUBLIC_TRAITS_MAX, is_test};
use crate::tree::Source;

/// Words that shipped code does without, and what to write instead.
const BANNED_IN_SHIPPED: &[(&str, &str)] = &[
    (".unwrap()", "return an error, or write .expect(\"why it cannot fail\")"),
    ("dbg!", "take it out, or use tracing"),
    ("panic!", "return an error"),
];

/// Words that no code has, tests included.
const BANNED_EVERYWHERE: &[(&str, &str)] = &[
    ("todo!", "write it"),
    ("unimplemented!", "write it"),
    ("#[allow", "write #[expect(lint, reason = \"…\")]"),
    ("#![allow", "write #![expect(lint, reason = \"…\")]"),
];

/// Every file opens with `//!`: what it owns, and what it deliberately does not do.
pub fn file_heads(sources: &[Source]) -> Vec<Finding> {
    sources
        .iter()
        .filter(|source| !source.text.starts_with("//!"))
        .map(|source| Finding {
            place: format!("{}:1", source.path),
            fault: "does not open with `//!`".to_owned(),
            remedy: "say what the file owns and what it does not do",
        })
        .collect()
}

/// No file is longer than [`FILE_LINES_MAX`].
pub fn file_lengths(sources: &[Source]) -> Vec<Finding> {
    sources
        .iter()
        .map(|source| (source, source.text.lines().count()))
        .filter(|(_, lines)| *lines > FILE_LINES_MAX)
        .map(|(source, lines)| Finding {
            place: format!("{}:{lines}", source.path),
            fault: format!("has {lines} lines, more than {FILE_LINES_MAX}"),
            remedy: "split it where its head names two things",
        })
        .collect()
}

/// The median and the 90th percentile of the files' lengths.
pub fn length_spread(sources: &[Source]) -> Vec<Finding> {
    let mut lengths: Vec<(usize, &str)> =
        sources.iter().map(|source| (source.text.lines().count(), source.path.as_str())).collect();
    lengths.sort_unstable();
    let limits = [("median", 50, FILE_LINES_MEDIAN_MAX), ("90th percentile", 90, FILE_LINES_P90_MAX)];
    let longest =
        lengths.iter().rev().take(5).map(|(lines, path)| format!("{path} {lines}")).collect::<Vec<_>>();
    let mut findings = Vec::new();
    for (name, percent, max) in limits {
        let Some((lines, path)) = lengths.get(lengths.len() * percent / 100) else { continue };
        if *lines > max {
            findings.push(Finding {
                place: (*path).to_owned(),
                fault: format!(
                    "the {name} of {} files is {lines} lines, more than {max} (longest: {})",
                    lengths.len(),
                    longest.join(", ")
                ),
                remedy: "split the longest files",
            });
        }
    }
    findings
}

/// Words that have no place in code, see the tables above; comments that promise work are findings, too.
pub fn banned_words(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        let code = code_only(&source.text);
        find_words(source, &code, BANNED_EVERYWHERE, &mut findings);
        if !is_test(&source.path) {
            find_words(source, &without_tests(&code), BANNED_IN_SHIPPED, &mut findings);
        }
        for (index, line) in source.text.lines().enumerate() {
            let comment = line.trim_start();
            if comment.starts_with("//") && ["TODO", "FIXME"].iter().any(|word| comment.contains(word)) {
                findings.push(Finding {
                    place: format!("{}:{}", source.path, index + 1),
                    fault: "a comment promises work".to_owned(),
                    remedy: "do it, or take the comment out",
                });
            }
        }
    }
    findings
}

/// At most [`PUBLIC_TRAITS_MAX`] public traits in shipped code.
pub fn public_traits(sources: &[Source]) -> Vec<Finding> {
    let mut places = Vec::new();
    for source in sources.iter().filter(|source| !is_test(&source.path)) {
        let code = without_tests(&code_only(&source.text));
        places.extend(
            word_offsets(&code, "pub trait").map(|at| format!("{}:{}", source.path, line_of(&code, at))),
        );
    }
    if places.len() <= PUBLIC_TRAITS_MAX {
        return Vec::new();
    }
    vec![Finding {
        place: places.join(", "),
        fault: format!("{} public traits, more than {PUBLIC_TRAITS_MAX}", places.len()),
        remedy: "a trait comes with its second real implementation; use a type, or make it private",
    }]
}

fn find_words(
    source: &Source,
    code: &str,
    words: &[(&'static str, &'static str)],
    findings: &mut Vec<Finding>,
) {
    for (word, remedy) in words {
        findings.extend(word_offsets(code, word).map(|at| Finding {
            place: format!("{}:{}", source.path, line_of(code, at)),
            fault: format!("`{word}`"),
            remedy,
        }));
    }
}

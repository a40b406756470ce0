//! Files that somebody broke: whatever is in a file, reading it ends with a definition or with faults, never in a panic.

use proptest::prelude::*;

use super::compiled::FULL;
use super::scripts;
use crate::workflow::{Definition, parse};

const STAGES: &str = r#"{ "workflow_id": "old", "workflow_stages": [
  { "execution_flag": "y", "execution_type": "sequential", "scripts": ["a.sh", "b.rsql"] },
  { "execution_flag": "n", "execution_type": "parallel", "scripts": ["c.sql"] } ], "timeout": "4h" }"#;

/// Pieces that mean something to YAML, JSON, templates or the reader.
const PIECES: [&str; 36] = [
    "",
    " ",
    "\n",
    "\n  ",
    "\t",
    "\r\n",
    ":",
    ": ",
    "- ",
    ",",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    "#",
    "&a ",
    "*a",
    "!x ",
    "| ",
    "> ",
    "---\n",
    "...\n",
    "{{",
    "}}",
    "~",
    "null",
    "0",
    "-1",
    "1e400",
    "99999999999999999999",
    "true",
    "\u{feff}",
    "é",
    "\u{0}",
];

fn broken(text: &'static str) -> impl Strategy<Value = String> {
    let edit = (any::<prop::sample::Index>(), 0..12_usize, prop::sample::select(&PIECES[..]));
    prop::collection::vec(edit, 1..6).prop_map(move |edits| {
        let mut characters: Vec<char> = text.chars().collect();
        for (at, removed, piece) in edits {
            let at = at.index(characters.len() + 1);
            let end = (at + removed).min(characters.len());
            characters.splice(at..end, piece.chars());
        }
        characters.into_iter().collect()
    })
}

/// Values of the file replaced by values of other keys: well-formed, and often of the wrong shape.
fn shuffled() -> impl Strategy<Value = String> {
    let pick = || any::<prop::sample::Index>();
    prop::collection::vec((pick(), pick()), 1..8).prop_map(|swaps| {
        let mut lines: Vec<String> = FULL.lines().map(str::to_owned).collect();
        for (to, from) in swaps {
            let value = lines[from.index(lines.len())].split_once(": ").map(|(_, value)| value.to_owned());
            let to = to.index(lines.len());
            if let (Some(value), Some((key, _))) = (value, lines[to].clone().split_once(": ")) {
                lines[to] = format!("{key}: {value}");
            }
        }
        lines.join("\n")
    })
}

fn check(text: &str) -> Result<(), TestCaseError> {
    match parse("w.yaml", text, &scripts) {
        Ok(definition) => {
            let back: Result<Definition, _> = serde_json::from_slice(&definition.canonical_json());
            prop_assert_eq!(back.map(|d| d.version()).ok(), Some(definition.version()));
        }
        Err(faults) => {
            prop_assert!(!faults.list.is_empty());
            prop_assert!(faults.to_string().contains(": error: "));
            prop_assert!(faults.list.iter().all(|fault| fault.hint.is_some()), "{faults}");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn broken_files(text in prop_oneof![3 => broken(FULL), 1 => broken(STAGES), 2 => shuffled()]) {
        check(&text)?;
    }
}

//! Puts the tables into `docs/performance.md`, between its two markers: each in the place of the one with its title. Leaves the rest
//! of the page alone, and the tables of topics that were not measured.

use std::path::PathBuf;

use fleet_tests::tree;

const PAGE: &str = "docs/performance.md";
const BEGIN: &str = "<!-- bench: begin -->\n";
const END: &str = "<!-- bench: end -->";
/// What the title of each table begins with.
const HEADING: &str = "### ";

/// Replaces tables between the markers; the page.
///
/// # Panics
/// When the page has lost a marker.
pub(crate) fn fill_in(tables: &str) -> PathBuf {
    let path = tree::root().join(PAGE);
    let page = std::fs::read_to_string(&path).expect("the page is part of the sources");
    let (before, rest) = page.split_once(BEGIN).expect("the page has the marker where the tables begin");
    let (old, after) = rest.split_once(END).expect("the page has the marker where the tables end");
    let mut shown = sections(old);
    for new in sections(tables) {
        match shown.iter_mut().find(|old| title(old) == title(&new)) {
            Some(old) => *old = new,
            None => shown.push(new),
        }
    }
    let shown = shown.join("\n\n");
    std::fs::write(&path, format!("{before}{BEGIN}\n{shown}\n\n{END}{after}")).expect("the page is writable");
    path
}

/// Tables with what is said below them, without the blank lines around.
fn sections(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in text.lines() {
        match found.last_mut() {
            Some(last) if !line.starts_with(HEADING) => {
                last.push('\n');
                last.push_str(line);
            }
            None if line.trim().is_empty() => {}
            _ => found.push(line.to_owned()),
        }
    }
    found.iter().map(|section| section.trim_end().to_owned()).collect()
}

fn title(section: &str) -> &str {
    section.lines().next().unwrap_or_default()
}

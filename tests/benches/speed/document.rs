//! Puts the tables into `docs/performance.md`, between its two markers. Leaves the rest of the page alone.

use std::path::PathBuf;

use fleet_tests::tree;

const PAGE: &str = "docs/performance.md";
const BEGIN: &str = "<!-- bench: begin -->\n";
const END: &str = "<!-- bench: end -->";

/// Replaces what stands between the markers; the page.
///
/// # Panics
/// When the page has lost a marker.
pub(crate) fn fill_in(tables: &str) -> PathBuf {
    let path = tree::root().join(PAGE);
    let page = std::fs::read_to_string(&path).expect("the page is part of the sources");
    let (before, rest) = page.split_once(BEGIN).expect("the page has the marker where the tables begin");
    let (_, after) = rest.split_once(END).expect("the page has the marker where the tables end");
    std::fs::write(&path, format!("{before}{BEGIN}\n{tables}\n\n{END}{after}"))
        .expect("the page is writable");
    path
}

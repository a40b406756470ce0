//! A workflow as a Mermaid flowchart, for wikis and merge requests. Does not lay anything out: Mermaid does.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Kind, Picture, fill};

/// The flowchart. Nodes are named by number, since a job may be called `end`, which Mermaid keeps for itself.
pub(crate) fn mermaid(picture: &Picture) -> String {
    let mut text = String::from("flowchart TD\n");
    let mut classes = BTreeMap::new();
    for (index, node) in picture.nodes.iter().enumerate() {
        let (open, close) = if node.kind == Kind::Precondition { ("{{", "}}") } else { ("[", "]") };
        let _ = write!(text, "  j{index}{open}\"{}\"{close}", node.label);
        if let Some(status) = node.status {
            let _ = write!(text, ":::{status}");
            classes.insert(status, fill(status));
        }
        text.push('\n');
    }
    for (from, to) in &picture.edges {
        let _ = writeln!(text, "  j{from} --> j{to}");
    }
    for (status, fill) in classes {
        let _ = writeln!(text, "  classDef {status} fill:{fill},stroke:#555");
    }
    text
}

//! A workflow in Graphviz's language. Does not lay anything out: `dot` does.

use std::fmt::Write as _;

use super::{Kind, Picture, fill};

/// The digraph. Ids hold no quotes, by their pattern, so that quoting them is enough.
pub(crate) fn dot(picture: &Picture) -> String {
    let mut text = format!("digraph \"{}\" {{\n", picture.title);
    text.push_str("  node [shape=box, style=\"rounded,filled\", fillcolor=\"#f5f5f5\"];\n");
    for node in &picture.nodes {
        let mut attributes = Vec::new();
        if node.kind == Kind::Precondition {
            attributes.push("shape=hexagon".to_owned());
        }
        if let Some(status) = node.status {
            attributes.push(format!("fillcolor=\"{}\"", fill(status)));
            attributes.push(format!("tooltip=\"{status}\""));
        }
        let _ = writeln!(text, "  \"{}\" [{}];", node.label, attributes.join(", "));
    }
    for (from, to) in &picture.edges {
        let _ = writeln!(text, "  \"{}\" -> \"{}\";", picture.nodes[*from].label, picture.nodes[*to].label);
    }
    text.push_str("}\n");
    text
}

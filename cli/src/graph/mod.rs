//! Pictures of a workflow: Mermaid, DOT, and a drawing in the terminal. Owns what is drawn. Does not read workflows or
//! executions.

mod canvas;
mod dot;
mod layout;
mod mermaid;
mod text;

use fleet_core::ids::JobId;
use fleet_core::state::JobStatus;
use fleet_core::workflow::{Definition, Work};
use serde::Serialize;

pub(crate) use dot::dot;
pub(crate) use mermaid::mermaid;
pub(crate) use text::text;

/// What is drawn: jobs and their needs, with statuses where an execution is shown.
pub(crate) struct Picture {
    /// Name of the workflow or execution.
    pub(crate) title: String,
    nodes: Vec<Node>,
    /// From a need to its dependent, by position in `nodes`.
    edges: Vec<(usize, usize)>,
}

struct Node {
    label: String,
    kind: Kind,
    status: Option<JobStatus>,
    /// 0 for jobs without needs, else one more than the deepest need.
    layer: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Script,
    Precondition,
}

impl Picture {
    /// A workflow; `status` gives the status of its jobs where an execution is drawn.
    pub(crate) fn of(
        title: String,
        definition: &Definition,
        status: impl Fn(&JobId) -> Option<JobStatus>,
    ) -> Self {
        let mut layers = vec![0; definition.jobs.len()];
        for ix in definition.topological() {
            let deepest = definition.needs(*ix).iter().map(|need| layers[need.at()] + 1).max();
            layers[ix.at()] = deepest.unwrap_or(0);
        }
        let nodes = definition.jobs.iter().zip(layers).map(|(job, layer)| Node {
            label: job.id.to_string(),
            kind: if matches!(job.work, Work::Precondition { .. }) {
                Kind::Precondition
            } else {
                Kind::Script
            },
            status: status(&job.id),
            layer,
        });
        let edges = definition.jobs.iter().enumerate();
        let edges = edges.flat_map(|(to, job)| job.needs.iter().map(move |need| (need.at(), to)));
        Self { title, nodes: nodes.collect(), edges: edges.collect() }
    }
}

/// A picture for programs.
#[derive(Debug, Serialize)]
pub(crate) struct Document<'p> {
    title: &'p str,
    jobs: Vec<JobNode<'p>>,
    edges: Vec<[&'p str; 2]>,
}

#[derive(Debug, Serialize)]
struct JobNode<'p> {
    id: &'p str,
    kind: Kind,
    layer: usize,
    status: Option<JobStatus>,
}

impl Picture {
    /// As a JSON document.
    pub(crate) fn document(&self) -> Document<'_> {
        let label = |index: usize| self.nodes[index].label.as_str();
        Document {
            title: &self.title,
            jobs: self.nodes.iter().map(JobNode::of).collect(),
            edges: self.edges.iter().map(|(need, dependent)| [label(*need), label(*dependent)]).collect(),
        }
    }
}

impl<'p> JobNode<'p> {
    fn of(node: &'p Node) -> Self {
        Self { id: &node.label, kind: node.kind, layer: node.layer + 1, status: node.status }
    }
}

/// The colour of a status in Mermaid and DOT, as people know them from other schedulers.
fn fill(status: JobStatus) -> &'static str {
    match status {
        JobStatus::Pending => "#f5f5f5",
        JobStatus::Held | JobStatus::Waiting => "#fff3c4",
        JobStatus::Running => "#cfe8ff",
        JobStatus::Succeeded => "#d3f2d3",
        JobStatus::Failed => "#ffd0cc",
        JobStatus::Skipped | JobStatus::Cancelled => "#e2e2e2",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Palette;

    /// A picture from lines such as `c: a b`, which says that `c` needs `a` and `b`.
    pub(super) fn picture(jobs: &[&str]) -> Picture {
        let mut nodes: Vec<Node> = Vec::new();
        let mut edges = Vec::new();
        for (to, line) in jobs.iter().enumerate() {
            let (name, needs) = line.split_once(':').unwrap_or((line, ""));
            let find =
                |need: &str| nodes.iter().position(|node| node.label == need).expect("needs come first");
            let needs: Vec<usize> = needs.split_whitespace().map(find).collect();
            let layer = needs.iter().map(|need| nodes[*need].layer + 1).max().unwrap_or(0);
            edges.extend(needs.iter().map(|need| (*need, to)));
            nodes.push(Node { label: name.to_owned(), kind: Kind::Script, status: None, layer });
        }
        Picture { title: "w".to_owned(), nodes, edges }
    }

    #[test]
    fn mermaid_and_dot_quote_what_could_be_a_keyword() {
        let mut picture = picture(&["a", "end: a"]);
        picture.nodes[1].status = Some(JobStatus::Failed);
        picture.nodes[0].kind = Kind::Precondition;
        assert_eq!(
            mermaid(&picture),
            "flowchart TD\n  j0{{\"a\"}}\n  j1[\"end\"]:::failed\n  j0 --> j1\n  classDef failed fill:#ffd0cc,stroke:#555\n"
        );
        assert_eq!(
            dot(&picture),
            "digraph \"w\" {\n  node [shape=box, style=\"rounded,filled\", fillcolor=\"#f5f5f5\"];\n  \
             \"a\" [shape=hexagon];\n  \"end\" [fillcolor=\"#ffd0cc\", tooltip=\"failed\"];\n  \"a\" -> \"end\";\n}\n"
        );
    }

    #[test]
    fn drawings() {
        fn check(jobs: &[&str], expect: &str) {
            let seen = text(&picture(jobs), 80, Palette::plain());
            assert_eq!(seen.trim_end(), expect.trim_start_matches('\n'), "\n{seen}");
        }
        check(&["a"], "┌───┐\n│ a │\n└───┘");
        check(
            &["a", "b: a"],
            "
┌───┐
│ a │
└─┬─┘
  │
┌─▼─┐
│ b │
└───┘",
        );
        check(
            &["a", "b: a", "c: a", "d: b c"],
            "
    ┌───┐
    │ a │
    └─┬─┘
  ┌───┴──┐
┌─▼─┐  ┌─▼─┐
│ b │  │ c │
└─┬─┘  └─┬─┘
  └──┬───┘
   ┌─▼─┐
   │ d │
   └───┘",
        );
        check(
            &["a", "b: a", "c: b a"],
            "
   ┌───┐
   │ a │
   └─┬─┘
  ┌──┴─┐
┌─▼─┐  │
│ b │  │
└─┬─┘  │
  └─┬──┘
  ┌─▼─┐
  │ c │
  └───┘",
        );
    }

    #[test]
    fn lines_that_only_cross_do_not_join() {
        let seen = text(&picture(&["a", "b", "c: a", "d: a b", "e: c b"]), 80, Palette::plain());
        assert!(seen.contains('│'), "{seen}");
        assert!(!seen.contains('┼'), "{seen}");
    }

    #[test]
    fn what_is_too_wide_becomes_a_list() {
        let jobs = ["a", "b_long_name: a", "c_long_name: a", "d: b_long_name c_long_name"];
        let seen = text(&picture(&jobs), 20, Palette::plain());
        assert_eq!(
            seen,
            "LAYER  JOB          NEEDS\n    1  a\n    2  b_long_name  a\n    2  c_long_name  a\n    3  d            b_long_name, c_long_name\n"
        );
    }
}

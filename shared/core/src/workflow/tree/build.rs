//! From parser events to a tree. Owns the limits on nesting and aliases, and the faults that any YAML file can have.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, Tag};

use super::super::fault::{Collector, Place, Problem};
use super::super::limits::{ALIAS_NODES_MAX, DEPTH_MAX};
use super::{Entry, Kind, Node, Value};

/// Reads the one document of a text. Nothing comes back when there is none, or when its syntax is at fault.
pub(in super::super) fn read(text: &str, faults: &mut Collector<'_>) -> Option<Node> {
    let mut builder =
        Builder { faults, open: Vec::new(), anchors: HashMap::new(), alias_nodes: 0, root: None };
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let step =
            event.map_err(|error| syntax(&error, text)).and_then(|(event, span)| builder.take(event, span));
        if let Err((place, problem)) = step {
            builder.faults.add(place, "", problem);
            return None;
        }
    }
    if builder.root.is_none() && builder.faults.is_empty() {
        let start = Place { line: 1, column: 1, length: 1 };
        builder.faults.add(
            start,
            "",
            Problem::new("the file is empty").hint("a workflow needs at least `workflow` and `jobs`"),
        );
    }
    builder.root
}

type Stop = (Place, Problem);

struct Builder<'b, 's> {
    faults: &'b mut Collector<'s>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    alias_nodes: usize,
    root: Option<Node>,
}

/// A list or map whose end has not come yet.
struct Open {
    place: Place,
    anchor: usize,
    value: Value,
    key: Option<(Box<str>, Place)>,
}

impl Builder<'_, '_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Stop> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) if self.root.is_some() => Err((
                start(span),
                Problem::new("a second document begins here").hint("one file holds one workflow"),
            )),
            Event::DocumentStart(_) => Ok(()),
            Event::SequenceStart(anchor, tag) => {
                self.begin(span, anchor, tag.as_deref(), Value::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                self.begin(span, anchor, tag.as_deref(), Value::Map(Vec::new()))
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Scalar(text, style, anchor, tag) => {
                let kind = kind(&text, style, tag.as_deref(), span)?;
                let value = Value::Scalar { text: text.into(), kind };
                self.insert(Node { place: covered(span), index: 0, damaged: false, value }, anchor)
            }
            Event::Alias(anchor) => self.alias(anchor, span),
        }
    }

    fn begin(&mut self, span: Span, anchor: usize, tag: Option<&Tag>, value: Value) -> Result<(), Stop> {
        reject_own_tags(tag, span)?;
        let place = start(span);
        if self.open.len() == DEPTH_MAX {
            let problem = Problem::new(format!("more than {DEPTH_MAX} levels are nested"));
            return Err((place, problem.hint("look for brackets that are never closed")));
        }
        if self.open.last().is_some_and(|open| matches!(open.value, Value::Map(_)) && open.key.is_none()) {
            return Err((place, odd_key()));
        }
        self.open.push(Open { place, anchor, value, key: None });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Stop> {
        let Some(mut closed) = self.open.pop() else { return Ok(()) };
        if let Value::Map(entries) = &mut closed.value {
            self.drop_duplicates(entries);
        }
        self.insert(
            Node { place: closed.place, index: 0, damaged: false, value: closed.value },
            closed.anchor,
        )
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Stop> {
        let place = covered(span);
        let Some(node) = self.anchors.get(&anchor) else {
            let problem = Problem::new("this alias is inside of what it stands for");
            return Err((place, problem.hint("write the value out here")));
        };
        self.alias_nodes += node.size();
        if self.alias_nodes > ALIAS_NODES_MAX {
            let problem = Problem::new(format!("aliases add more than {ALIAS_NODES_MAX} values"));
            return Err((place, problem.hint("let aliases stand for plain values, not for each other")));
        }
        let node = node.clone();
        self.insert(node, 0)
    }

    /// Puts a finished value where it belongs: a key of the open map, its value, an item of the open list, or the root.
    fn insert(&mut self, mut node: Node, anchor: usize) -> Result<(), Stop> {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match (&mut open.value, open.key.take()) {
            (Value::List(items), _) => {
                node.index = u32::try_from(items.len()).unwrap_or(u32::MAX);
                items.push(node);
            }
            (Value::Map(entries), Some((key, place))) => entries.push(Entry { key, place, node }),
            (_, _) => match node.value {
                Value::Scalar { text, .. } => open.key = Some((text, node.place)),
                _ => return Err((node.place, odd_key())),
            },
        }
        Ok(())
    }

    /// The way to what is being read, ready for a key to be added.
    fn path(&self) -> String {
        let mut path = String::new();
        for open in &self.open {
            match (&open.value, &open.key) {
                (Value::List(items), _) => path.push_str(&format!("[{}]", items.len())),
                (_, Some((key, _))) if path.is_empty() => path.push_str(key),
                (_, Some((key, _))) => path.push_str(&format!(".{key}")),
                (_, None) => {}
            }
        }
        if !path.is_empty() {
            path.push('.');
        }
        path
    }

    /// Reports the later ones of equal keys and keeps the first.
    fn drop_duplicates(&mut self, entries: &mut Vec<Entry>) {
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_by(|a, b| entries[*a].key.cmp(&entries[*b].key).then(a.cmp(b)));
        let mut extra = vec![false; entries.len()];
        let mut first = 0;
        for pair in order.windows(2) {
            if entries[pair[0]].key != entries[pair[1]].key {
                first = 0;
                continue;
            }
            if first == 0 {
                first = entries[pair[0]].place.line;
            }
            let again = &entries[pair[1]];
            extra[pair[1]] = true;
            let problem = Problem::new(format!("key `{}` is given twice", again.key));
            self.faults.add(
                again.place,
                self.path() + &again.key,
                problem.hint(format!("it was first given in line {first}")),
            );
        }
        let mut position = 0;
        entries.retain(|_| {
            position += 1;
            !extra[position - 1]
        });
    }
}

fn kind(text: &str, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Result<Kind, Stop> {
    reject_own_tags(tag, span)?;
    let forced_text = tag.is_some_and(|tag| tag.suffix == "str");
    if style == ScalarStyle::Plain && !forced_text { Ok(Kind::of_plain(text)) } else { Ok(Kind::Text) }
}

fn reject_own_tags(tag: Option<&Tag>, span: Span) -> Result<(), Stop> {
    match tag {
        Some(tag) if !tag.is_yaml_core_schema() => Err((
            start(span),
            Problem::new(format!("tag `{tag}` is unknown")).hint("a workflow file needs no tags"),
        )),
        _ => Ok(()),
    }
}

fn odd_key() -> Problem {
    Problem::new("a key is a text, not a list or a group of keys")
        .hint("a template needs quotes: \"{{ name }}\"")
}

fn syntax(error: &ScanError, text: &str) -> Stop {
    let place = at(*error.marker(), 1);
    if let Some(tab) = indenting_tab(text, place.line) {
        return (tab, Problem::new("tabs cannot indent YAML").hint("indent with blanks"));
    }
    let problem = Problem::new(format!("this is no YAML or JSON: {}", error.info()));
    (place, problem.hint("look at brackets, quotes and indentation here and in the line before"))
}

/// The first tab in the indentation of the line where reading stopped, or of the next: the reader often finds only at the end
/// of a line that the one after does not go on. Inside brackets tabs are legal, and a JSON file is all brackets.
fn indenting_tab(text: &str, stopped: u32) -> Option<Place> {
    if text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let from = stopped.saturating_sub(1) as usize;
    let lines = text.lines().enumerate().skip(from).filter(|(_, line)| !line.trim().is_empty());
    lines.take(2).find_map(|(index, line)| {
        let indentation = line.len() - line.trim_start().len();
        let column = line[..indentation].find('\t')?;
        let number = |n: usize| u32::try_from(n + 1).unwrap_or(u32::MAX);
        Some(Place { line: number(index), column: number(column), length: 1 })
    })
}

fn start(span: Span) -> Place {
    at(span.start, 1)
}

/// The whole scalar when it is on one line, else its first character.
fn covered(span: Span) -> Place {
    let one_line = span.start.line() == span.end.line();
    let length = if one_line { span.end.col().saturating_sub(span.start.col()).max(1) } else { 1 };
    at(span.start, length)
}

fn at(marker: Marker, length: usize) -> Place {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Place { line: number(marker.line()).max(1), column: number(marker.col() + 1), length: number(length) }
}

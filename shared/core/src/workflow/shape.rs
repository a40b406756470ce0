//! Applies the schema's rules to a tree: types, keys, choices, ranges, forms. Owns the faults of shape. What is at fault is
//! taken out of the tree, so that the checks of meaning can go on with the rest.

use std::collections::BTreeMap;
use std::fmt;

use super::fault::{Collector, Place, Problem};
use super::nearest::nearest;
use super::schema::{Rule, RuleKind};
use super::source;
use super::tree::{Entry, Kind, Node, Value};

/// A path in the document, as a chain on the stack: 100,000 jobs need no 100,000 texts.
#[derive(Clone, Copy)]
pub(super) struct Path<'p> {
    before: Option<&'p Path<'p>>,
    step: Step<'p>,
}

#[derive(Clone, Copy)]
enum Step<'p> {
    Root,
    Key(&'p str),
    Index(u32),
}

impl<'p> Path<'p> {
    pub(super) const ROOT: Path<'static> = Path { before: None, step: Step::Root };

    pub(super) fn key(&'p self, key: &'p str) -> Self {
        Self { before: Some(self), step: Step::Key(key) }
    }

    pub(super) fn index(&'p self, index: u32) -> Self {
        Self { before: Some(self), step: Step::Index(index) }
    }

    /// The nearest key on the way back; empty for the document itself.
    fn last_key(&self) -> &str {
        match self.step {
            Step::Key(key) => key,
            Step::Index(_) | Step::Root => self.before.map_or("", Path::last_key),
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(before) = self.before {
            fmt::Display::fmt(before, f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Key(key) if matches!(self.before, Some(Path { step: Step::Root, .. })) => f.write_str(key),
            Step::Key(key) => write!(f, ".{key}"),
            Step::Index(index) => write!(f, "[{index}]"),
        }
    }
}

/// What is left of a node after its faults were reported and taken out; nothing when it is of no use without them.
pub(super) fn fit(node: Node, rule: &Rule, path: &Path<'_>, faults: &mut Collector<'_>) -> Option<Node> {
    let Node { place, index, damaged, value } = node;
    let fitted = match (&rule.kind, value) {
        (RuleKind::Object { keys, required }, Value::Map(entries)) => {
            Ok(fit_object(entries, keys, required, place, path, faults))
        }
        (RuleKind::Entries { names, value, max }, Value::Map(entries)) if entries.len() <= *max => {
            Ok(fit_named(entries, names, value, path, faults))
        }
        (RuleKind::Entries { max, .. }, Value::Map(entries)) => {
            let problem =
                Problem::new(format!("{} entries are too many; at most {max} are allowed", entries.len()));
            Err(problem.hint("put long lists into a file that the scripts read"))
        }
        (RuleKind::List { item, min, max }, Value::List(items)) if (*min..=*max).contains(&items.len()) => {
            Ok((fit_list(items, item, path, faults), damaged))
        }
        (RuleKind::List { min, max, .. }, Value::List(items)) => Err(list_length(items.len(), *min, *max)),
        (kind, value) => scalar(value, kind).map(|value| (value, damaged)),
    };
    match fitted {
        Ok((value, damaged)) => Some(Node { place, index, damaged, value }),
        Err(problem) => {
            faults.add(place, path, remedied(problem, path, &rule.kind));
            None
        }
    }
}

/// The problem with a hint at what would be right there, where it has none yet.
fn remedied(problem: Problem, path: &Path<'_>, rule: &RuleKind) -> Problem {
    match path.last_key() {
        "max_parallel" => problem.or_hint("write 1 or more, or leave the key out to have no limit"),
        "success_codes" | "warning_codes" => problem.or_hint("exit codes are whole numbers from 0 to 255"),
        "attempts" => problem.or_hint("`attempts` counts the first try, too: 3 are two further ones"),
        _ => problem.or_hint(format!("write it as `{}`", example(rule))),
    }
}

/// What a value of this rule looks like.
fn example(rule: &RuleKind) -> String {
    match rule {
        RuleKind::Object { .. } | RuleKind::Entries { .. } => "{ key: value }".to_owned(),
        RuleKind::List { .. } => "[…]".to_owned(),
        RuleKind::Choice(choices) => choices.first().cloned().unwrap_or_default(),
        RuleKind::Integer { min, max } => 3.clamp(*min, *max).to_string(),
        RuleKind::Flag => "true".to_owned(),
        RuleKind::Text { format, .. } => match format.as_deref() {
            Some("cron") => "\"0 2 * * ? *\"",
            Some("workflow-id") => "nightly_sales",
            Some("job-id") => "load_orders",
            Some("duration-text") => "30s",
            _ => "\"text\"",
        }
        .to_owned(),
    }
}

/// A map with known keys. It is damaged when any of them was lost.
fn fit_object(
    entries: Vec<Entry>,
    keys: &BTreeMap<String, Rule>,
    required: &[String],
    place: Place,
    path: &Path<'_>,
    faults: &mut Collector<'_>,
) -> (Value, bool) {
    let known = |key: &str| keys.get(key).ok_or_else(|| unknown_key(key, keys.keys().map(String::as_str)));
    let (mut kept, lost) = fit_entries(entries, known, path, faults);
    let missing = stand_in(&mut kept, &lost, required, keys, place);
    for key in &missing {
        let shown = keys.get(*key).map(|rule| example(&rule.kind)).unwrap_or_default();
        let problem = Problem::new(format!("key `{key}` is missing"));
        faults.add(place, path, problem.hint(format!("add it, such as `{key}: {shown}`")));
    }
    (Value::Map(kept), !lost.is_empty() || !missing.is_empty())
}

/// A map whose keys the author names.
fn fit_named(
    entries: Vec<Entry>,
    names: &str,
    value: &Rule,
    path: &Path<'_>,
    faults: &mut Collector<'_>,
) -> (Value, bool) {
    let known = |key: &str| match source::check(names, key).unwrap_or(Ok(())) {
        Ok(()) => Ok(value),
        Err(problem) => Err(Unknown { problem, meant: key.into() }),
    };
    let (kept, lost) = fit_entries(entries, known, path, faults);
    (Value::Map(kept), !lost.is_empty())
}

fn fit_list(items: Vec<Node>, item: &Rule, path: &Path<'_>, faults: &mut Collector<'_>) -> Value {
    let kept = items.into_iter().filter_map(|node| {
        let path = path.index(node.index);
        fit(node, item, &path, faults)
    });
    Value::List(kept.collect())
}

/// A key that must not be there.
struct Unknown {
    problem: Problem,
    /// The known key that was probably meant, or the key as it is.
    meant: Box<str>,
}

/// Fits the values of a map. Gives what is left and the keys that were lost to a fault.
fn fit_entries<'r>(
    entries: Vec<Entry>,
    rule_of: impl Fn(&str) -> Result<&'r Rule, Unknown>,
    path: &Path<'_>,
    faults: &mut Collector<'_>,
) -> (Vec<Entry>, Vec<Box<str>>) {
    let mut kept = Vec::with_capacity(entries.len());
    let mut lost = Vec::new();
    for Entry { key, place, node } in entries {
        let rule = match rule_of(&key) {
            Ok(rule) => rule,
            Err(unknown) => {
                faults.add(place, path.key(&key), unknown.problem);
                lost.push(unknown.meant);
                continue;
            }
        };
        if rule.nullable && matches!(node.value, Value::Scalar { kind: Kind::Null, .. }) {
            continue;
        }
        // An empty value has no place of its own: its key has.
        let node = if node.value.is_blank() { Node { place, ..node } } else { node };
        match fit(node, rule, &path.key(&key), faults) {
            Some(node) => kept.push(Entry { key, place, node }),
            None => lost.push(key),
        }
    }
    (kept, lost)
}

/// Gives required keys that are not there a value that does no harm, so that the rest can still be checked. Names those that
/// nobody wrote; the others were lost to a fault that has been reported.
fn stand_in<'r>(
    kept: &mut Vec<Entry>,
    lost: &[Box<str>],
    required: &'r [String],
    keys: &BTreeMap<String, Rule>,
    place: Place,
) -> Vec<&'r str> {
    let mut missing = Vec::new();
    for key in required {
        if kept.iter().any(|entry| *entry.key == **key) {
            continue;
        }
        let value = keys.get(key).map_or(Value::List(Vec::new()), |rule| harmless(rule, place));
        let node = Node { place, index: 0, damaged: true, value };
        kept.push(Entry { key: key.as_str().into(), place, node });
        if !lost.iter().any(|lost| **lost == **key) {
            missing.push(key.as_str());
        }
    }
    missing
}

/// A legal value of a required key. Ids made of a place are unique, and nothing refers to them.
fn harmless(rule: &Rule, place: Place) -> Value {
    let text = |text: &str| Value::Scalar { text: text.into(), kind: Kind::Text };
    match &rule.kind {
        RuleKind::Object { .. } | RuleKind::Entries { .. } => Value::Map(Vec::new()),
        RuleKind::List { .. } => Value::List(Vec::new()),
        RuleKind::Choice(choices) => text(choices.first().map_or("", String::as_str)),
        RuleKind::Integer { min, .. } => {
            Value::Scalar { text: min.to_string().into(), kind: Kind::Integer(*min) }
        }
        RuleKind::Flag => Value::Scalar { text: "false".into(), kind: Kind::Bool(false) },
        RuleKind::Text { format: Some(format), .. } if format == "cron" => text("* * * * ? *"),
        RuleKind::Text { .. } => text(&format!("faulty-{}-{}", place.line, place.column)),
    }
}

fn unknown_key<'k>(key: &str, known: impl Iterator<Item = &'k str> + Clone) -> Unknown {
    let problem = Problem::new(format!("key `{key}` is unknown"));
    if let Some(near) = nearest(key, known.clone()) {
        return Unknown { problem: problem.hint(format!("did you mean `{near}`?")), meant: near.into() };
    }
    let all: Vec<&str> = known.collect();
    Unknown { problem: problem.hint(format!("known keys are {}", all.join(", "))), meant: key.into() }
}

fn list_length(length: usize, min: usize, max: usize) -> Problem {
    match length {
        0 => Problem::new("the list is empty").hint("give at least one item"),
        _ if length < min => {
            Problem::new(format!("the list has {length} items; at least {min} are needed")).hint("add some")
        }
        _ => Problem::new(format!("the list has {length} items; at most {max} are allowed"))
            .hint("take some away"),
    }
}

/// Checks a value where no collection fits. Gives it back, as text where the rule takes numbers for texts.
fn scalar(value: Value, rule: &RuleKind) -> Result<Value, Problem> {
    let Value::Scalar { text, kind } = value else { return Err(collection(&value, rule)) };
    let wrong = |expected: &str| Problem::new(format!("expected {expected}, found {}", kind.describe(&text)));
    match (rule, kind) {
        (RuleKind::Text { format, .. }, Kind::Text) => formatted(format.as_deref(), &text)?,
        (RuleKind::Text { format, scalars: true }, Kind::Bool(_) | Kind::Integer(_) | Kind::Number) => {
            formatted(format.as_deref(), &text)?;
            return Ok(Value::Scalar { text, kind: Kind::Text });
        }
        (RuleKind::Text { format, .. }, kind) => return Err(not_text(format.as_deref(), &text, kind, wrong)),
        (RuleKind::Choice(choices), Kind::Text) if choices.iter().any(|choice| **choice == *text) => {}
        (RuleKind::Choice(choices), _) => return Err(not_chosen(&text, choices)),
        (RuleKind::Integer { min, max }, Kind::Integer(n)) if (*min..=*max).contains(&n) => {}
        (RuleKind::Integer { min, max }, Kind::Integer(n)) => {
            return Err(Problem::new(format!("{n} is out of range; {min} to {max} are allowed")));
        }
        (RuleKind::Integer { .. }, _) => return Err(wrong("a whole number")),
        (RuleKind::Flag, Kind::Bool(_)) => {}
        (RuleKind::Flag, _) => {
            return Err(wrong("true or false").hint("write `true` or `false`, without quotes"));
        }
        (RuleKind::List { .. }, Kind::Null) => return Err(wrong("a list")),
        (RuleKind::List { .. }, _) => {
            return Err(wrong("a list").hint(format!("put it in brackets: [{text}]")));
        }
        (RuleKind::Object { .. } | RuleKind::Entries { .. }, _) => return Err(wrong("a group of keys")),
    }
    Ok(Value::Scalar { text, kind })
}

fn collection(value: &Value, rule: &RuleKind) -> Problem {
    let wrong = |expected: &str| Problem::new(format!("expected {expected}, found {}", value.describe()));
    match rule {
        RuleKind::List { .. } => wrong("a list").hint("begin each item with `- `"),
        RuleKind::Object { .. } | RuleKind::Entries { .. } => wrong("a group of keys"),
        RuleKind::Text { .. } if matches!(value, Value::Map(_)) => {
            wrong("a text").hint("a text that begins with `{` needs quotes")
        }
        RuleKind::Text { .. } => wrong("a text"),
        RuleKind::Choice(choices) => wrong(&one_of(choices)),
        RuleKind::Integer { .. } => wrong("a whole number"),
        RuleKind::Flag => wrong("true or false"),
    }
}

fn formatted(format: Option<&str>, text: &str) -> Result<(), Problem> {
    format.and_then(|format| source::check(format, text)).unwrap_or(Ok(()))
}

fn not_text(format: Option<&str>, text: &str, kind: Kind, wrong: impl Fn(&str) -> Problem) -> Problem {
    match (format, kind) {
        (Some("duration-text"), Kind::Integer(_)) => {
            wrong("a duration").hint(format!("add a unit: `{text}s` or `{text}m`"))
        }
        (_, Kind::Null) => wrong("a text").hint("write \"\" for an empty text"),
        _ => wrong("a text").hint(format!("put it in quotes: \"{text}\"")),
    }
}

fn not_chosen(text: &str, choices: &[String]) -> Problem {
    let problem = Problem::new(format!("`{text}` is not {}", one_of(choices)));
    let problem = problem.nearest(text, choices.iter().map(String::as_str));
    problem.or_hint(format!("write one of them, such as `{}`", choices.first().map_or("", String::as_str)))
}

fn one_of(choices: &[String]) -> String {
    match choices.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("one of {} and {last}", rest.join(", ")),
        _ => choices.concat(),
    }
}

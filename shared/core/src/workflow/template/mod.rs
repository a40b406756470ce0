//! Templates: `{{ name - 1d | format('%Y%m%d') }}` inside a text. Owns their grammar and their filling. They are filled once,
//! at the start of an execution; a value never becomes part of a script's text. Does not decide which names exist.

mod bindings;
mod date;
mod grammar;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use bindings::{
    BUILTIN_NAMES, Bindings, CODE_DIR, Occasion, SECRET_ID, TemplateFault, TemplateFaults, reference_cycle,
};
pub use date::ShiftError;
pub use grammar::TemplateError;

use grammar::{Expression, Segment, Source};

/// A text with placeholders, known to be well formed. Kept as its text: it is short, and read once an execution.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template(Box<str>);

/// Why a template cannot be filled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FillError {
    /// No such value.
    #[error("`{0}` has no value in this execution")]
    Unbound(String),
    /// Arithmetic or a format on something that is no date.
    #[error("`{name}` is `{value}`, and that is no date")]
    NotADate {
        /// The name.
        name: String,
        /// Its value.
        value: String,
    },
    /// The date left the calendar, or the format is wrong.
    #[error(transparent)]
    Shift(#[from] ShiftError),
}

impl Template {
    /// Checks the grammar and takes the text over.
    ///
    /// # Errors
    /// [`TemplateError`] with the position of the first fault.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        grammar::segments(text)?;
        Ok(Self(Box::from(text)))
    }

    /// The text as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names it uses, in order, without `params.` before them.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for segment in self.segments() {
            if let Segment::Value(Expression { source: Source::Name(name), .. }) = segment {
                names.push(name);
            }
        }
        names
    }

    /// The text with every placeholder replaced by its value.
    ///
    /// # Errors
    /// [`FillError`] names what has no value or is no date.
    pub fn fill(&self, bindings: &Bindings) -> Result<String, FillError> {
        let mut filled = String::with_capacity(self.0.len());
        for segment in self.segments() {
            match segment {
                Segment::Text(text) => filled.push_str(text),
                Segment::Value(expression) => filled.push_str(&value(&expression, bindings)?),
            }
        }
        Ok(filled)
    }

    fn segments(&self) -> Vec<Segment<'_>> {
        grammar::segments(&self.0).expect("a Template is only made from a text that parses")
    }
}

fn value(expression: &Expression<'_>, bindings: &Bindings) -> Result<String, FillError> {
    let name = match expression.source {
        Source::Literal(text) => return Ok(text.to_owned()),
        Source::Name(name) => name,
    };
    let plain = bindings.get(name).ok_or_else(|| FillError::Unbound(name.to_owned()))?;
    if expression.shifts.is_empty() && expression.format.is_none() {
        return Ok(plain.to_owned());
    }
    let moment = date::Moment::parse(plain)
        .ok_or_else(|| FillError::NotADate { name: name.to_owned(), value: plain.to_owned() })?;
    let moved = expression.shifts.iter().try_fold(moment, |moment, shift| moment.shifted(*shift))?;
    Ok(moved.shown(expression.format)?)
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl TryFrom<String> for Template {
    type Error = TemplateError;

    fn try_from(text: String) -> Result<Self, TemplateError> {
        Self::parse(&text)
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Result<&str, &str>) {
        let bindings: Bindings = serde_json::from_str(
            r#"{"scheduled_date": "2024-03-31", "scheduled_time": "2024-03-31T02:00:00+01:00", "region": "emea"}"#,
        )
        .unwrap();
        let seen = Template::parse(text).unwrap().fill(&bindings).map_err(|error| error.to_string());
        assert_eq!(seen, expect.map(str::to_owned).map_err(str::to_owned), "{text}");
    }

    #[test]
    fn filled() {
        check("plain { text }", Ok("plain { text }"));
        check("", Ok(""));
        check("{{region}}", Ok("emea"));
        check("a {{ params.region }}/{{ region }} z", Ok("a emea/emea z"));
        check("{{ scheduled_date - 1d }}", Ok("2024-03-30"));
        check("{{ scheduled_date-1m }}", Ok("2024-02-29"));
        check("{{ scheduled_date + 1w - 1y }}", Ok("2023-04-07"));
        check("{{ scheduled_date - 1d | format('%Y%m%d') }}", Ok("20240330"));
        check("{{ scheduled_time | format('%H') }}", Ok("02"));
        check("{{ scheduled_time - 1d }}", Ok("2024-03-30T02:00:00+01:00"));
        check("{{ '{{' }} region }}", Ok("{{ region }}"));
        check("é{{ region }}é", Ok("éemeaé"));
    }

    #[test]
    fn cannot_be_filled() {
        check("{{ nothing }}", Err("`nothing` has no value in this execution"));
        check("{{ region - 1d }}", Err("`region` is `emea`, and that is no date"));
        check("{{ scheduled_date - 9999y }}", Err("`2024-03-31 - 9999y` is outside the calendar"));
        check("{{ scheduled_date | format('%H') }}", Err("`%H` cannot show the date 2024-03-31"));
    }

    #[test]
    fn values_are_never_read_as_templates() {
        let bindings: Bindings = serde_json::from_str(r#"{"a": "{{ b }}", "b": "x"}"#).unwrap();
        assert_eq!(Template::parse("{{ a }}").unwrap().fill(&bindings), Ok("{{ b }}".to_owned()));
    }
}

//! The grammar of templates: text, and between `{{` and `}}` a name or a quoted text, then date arithmetic, then a format.
//! Owns reading it, with the position of a fault. Does not know any value.

use super::super::limits::TEMPLATE_BYTES_MAX;
use super::date::{Shift, Unit};

/// Why a text is no template. Positions count characters from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("bad template at character {position}: {reason}")]
pub struct TemplateError {
    /// Where in the text, in characters from 1.
    pub position: usize,
    /// What is wrong there.
    pub reason: String,
    /// What to write instead.
    pub hint: Option<&'static str>,
}

/// A piece of a template.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Segment<'t> {
    Text(&'t str),
    Value(Expression<'t>),
}

/// What stands between the braces.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Expression<'t> {
    pub(super) source: Source<'t>,
    pub(super) shifts: Vec<Shift>,
    pub(super) format: Option<&'t str>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Source<'t> {
    /// Without `params.` before it.
    Name(&'t str),
    Literal(&'t str),
}

const OPEN: &str = "{{";
const CLOSE: &str = "}}";
const SHIFT_HINT: &str = "days, weeks, months and years are added as in `scheduled_date - 1d + 2w`";
const FORMAT_HINT: &str = "the one filter is `| format('%Y%m%d')`";
const NAME_HINT: &str = "write a name such as `business_date`; literal braces are written {{ '{{' }}";
const QUOTE_HINT: &str = "a text in single quotes ends with another `'`";
const LENGTH_HINT: &str = "put it into a file that the script reads";
const CLOSE_HINT: &str = "every `{{` needs its `}}`; literal braces are written {{ '{{' }}";

pub(super) fn segments(text: &str) -> Result<Vec<Segment<'_>>, TemplateError> {
    if text.len() > TEMPLATE_BYTES_MAX {
        let reason = format!("the text has {} bytes, at most {TEMPLATE_BYTES_MAX} are allowed", text.len());
        return Err(TemplateError { position: 1, reason, hint: Some(LENGTH_HINT) });
    }
    let mut reader = Reader { text, at: 0 };
    let mut segments = Vec::new();
    while let Some(length) = reader.rest().find(OPEN) {
        if length > 0 {
            segments.push(Segment::Text(&reader.rest()[..length]));
        }
        reader.at += length + OPEN.len();
        segments.push(Segment::Value(reader.expression()?));
    }
    if !reader.rest().is_empty() {
        segments.push(Segment::Text(reader.rest()));
    }
    Ok(segments)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn expression(&mut self) -> Result<Expression<'t>, TemplateError> {
        self.skip_blanks();
        let source = self.source()?;
        let mut shifts = Vec::new();
        let mut format = None;
        loop {
            self.skip_blanks();
            match self.rest().chars().next() {
                Some('}') if self.take(CLOSE) => return Ok(Expression { source, shifts, format }),
                Some('+' | '-') if format.is_none() && !matches!(source, Source::Literal(_)) => {
                    shifts.push(self.shift()?);
                }
                Some('|') if format.is_none() && !matches!(source, Source::Literal(_)) => {
                    format = Some(self.format()?);
                }
                Some(other) => {
                    return Err(self.fault(format!("`{other}` is not expected here"), Some(CLOSE_HINT)));
                }
                None => {
                    return Err(self.fault("the text ends inside a placeholder".to_owned(), Some(CLOSE_HINT)));
                }
            }
        }
    }

    fn source(&mut self) -> Result<Source<'t>, TemplateError> {
        if self.rest().starts_with('\'') {
            return self.quoted().map(Source::Literal);
        }
        self.take("params.");
        let length =
            self.rest().find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest().len());
        let name = &self.rest()[..length];
        if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return Err(self.fault("a name is missing".to_owned(), Some(NAME_HINT)));
        }
        self.at += length;
        Ok(Source::Name(name))
    }

    fn shift(&mut self) -> Result<Shift, TemplateError> {
        let back = self.rest().starts_with('-');
        self.at += 1;
        self.skip_blanks();
        let digits = self.rest().find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest().len());
        let amount: i32 = match self.rest()[..digits].parse() {
            Ok(amount) => amount,
            Err(_) => {
                return Err(self.fault(
                    "a number of days, weeks, months or years is missing".to_owned(),
                    Some(SHIFT_HINT),
                ));
            }
        };
        let letters = &self.rest()[digits..];
        let length = letters.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(letters.len());
        let Some(unit) = Unit::of(&letters[..length]) else {
            self.at += digits;
            return Err(self.fault("a unit d, w, m or y is missing".to_owned(), Some(SHIFT_HINT)));
        };
        self.at += digits + length;
        Ok(Shift { amount: if back { -amount } else { amount }, unit })
    }

    fn format(&mut self) -> Result<&'t str, TemplateError> {
        self.at += 1;
        self.skip_blanks();
        if !self.take("format") {
            return Err(self.fault("this filter is unknown".to_owned(), Some(FORMAT_HINT)));
        }
        self.skip_blanks();
        if !self.take("(") {
            return Err(self.fault("`(` is missing".to_owned(), Some(FORMAT_HINT)));
        }
        self.skip_blanks();
        let format = self.quoted()?;
        self.skip_blanks();
        if !self.take(")") {
            return Err(self.fault("`)` is missing".to_owned(), Some(FORMAT_HINT)));
        }
        Ok(format)
    }

    fn quoted(&mut self) -> Result<&'t str, TemplateError> {
        if !self.take("'") {
            return Err(self.fault("a text in single quotes is missing".to_owned(), Some(FORMAT_HINT)));
        }
        let Some(length) = self.rest().find('\'') else {
            return Err(self.fault("the closing single quote is missing".to_owned(), Some(QUOTE_HINT)));
        };
        let inner = &self.rest()[..length];
        self.at += length + 1;
        Ok(inner)
    }

    fn take(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.at += expected.len();
        }
        found
    }

    fn skip_blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn fault(&self, reason: String, hint: Option<&'static str>) -> TemplateError {
        TemplateError { position: self.text[..self.at].chars().count() + 1, reason, hint }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, position: usize, reason: &str) {
        let fault = segments(text).expect_err(text);
        assert_eq!((fault.position, fault.reason.as_str()), (position, reason), "{text}");
    }

    #[test]
    fn faults() {
        check("{{", 3, "a name is missing");
        check("a {{ }}", 6, "a name is missing");
        check("{{ 1d }}", 4, "a name is missing");
        check("{{ params. }}", 11, "a name is missing");
        check("{{ name", 8, "the text ends inside a placeholder");
        check("{{ name }", 9, "`}` is not expected here");
        check("{{ a b }}", 6, "`b` is not expected here");
        check("{{ a - }}", 8, "a number of days, weeks, months or years is missing");
        check("{{ a - 1 }}", 9, "a unit d, w, m or y is missing");
        check("{{ a - 1h }}", 9, "a unit d, w, m or y is missing");
        check("{{ a - 99999999999d }}", 8, "a number of days, weeks, months or years is missing");
        check("{{ a | upper }}", 8, "this filter is unknown");
        check("{{ a | format }}", 15, "`(` is missing");
        check("{{ a | format(%Y) }}", 15, "a text in single quotes is missing");
        check("{{ a | format('%Y }}", 16, "the closing single quote is missing");
        check("{{ a | format('%Y' }}", 20, "`)` is missing");
        check("{{ 'x' + 1d }}", 8, "`+` is not expected here");
        check("é {{ a $ }}", 8, "`$` is not expected here");
        let long = "x".repeat(TEMPLATE_BYTES_MAX + 1);
        check(&long, 1, "the text has 32769 bytes, at most 32768 are allowed");
    }
}

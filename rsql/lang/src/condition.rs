//! Conditions of `\if`, `\elif` and `\elseif`: from tokens to true or false. What branch runs stands in `branches`.

use std::cmp::Ordering;

use crate::scan::expression::{Compare, Token};
use crate::text::{boolean, lossy};

/// Deepest nesting of parentheses and NOT in a condition; it bounds the stack.
const DEPTH_MAX: usize = 200;

/// A condition that cannot be understood; it counts as false.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    /// Words alone that are no boolean. Worded as psql does.
    #[error("unrecognized value \"{value}\" for \"{command} expression\": Boolean expected")]
    NotBoolean { value: String, command: &'static str },
    /// Anything longer.
    #[error("{command}: malformed condition: {reason}")]
    Syntax { reason: String, command: &'static str },
}

/// Whether the condition holds.
pub(crate) fn evaluate(tokens: &[Token], command: &'static str) -> Result<bool, Malformed> {
    let words: Option<Vec<&[u8]>> = tokens.iter().map(Token::operand).collect();
    if let Some(words) = words {
        let text = words.join(&b' ');
        return boolean(&text)
            .ok_or_else(|| Malformed::NotBoolean { value: lossy(&text).into_owned(), command });
    }
    let mut parser = Parser { tokens, at: 0, depth: 0 };
    let result = parser.any().and_then(|value| match parser.peek() {
        None => Ok(value),
        Some(token) => Err(format!("unexpected {}", shown(token))),
    });
    result.map_err(|reason| Malformed::Syntax { reason, command })
}

/// Recursive descent: OR of ANDs of NOTs of comparisons. All of it is read, whatever the value so far.
struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    fn take(&mut self, token: &Token) -> bool {
        let found = self.peek() == Some(token);
        self.at += usize::from(found);
        found
    }

    fn any(&mut self) -> Result<bool, String> {
        let mut value = self.all()?;
        while self.take(&Token::Or) {
            value |= self.all()?;
        }
        Ok(value)
    }

    fn all(&mut self) -> Result<bool, String> {
        let mut value = self.negation()?;
        while self.take(&Token::And) {
            value &= self.negation()?;
        }
        Ok(value)
    }

    fn negation(&mut self) -> Result<bool, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(format!("nested deeper than {DEPTH_MAX}"));
        }
        let value = if self.take(&Token::Not) { !self.negation()? } else { self.comparison()? };
        self.depth -= 1;
        Ok(value)
    }

    fn comparison(&mut self) -> Result<bool, String> {
        if self.take(&Token::Open) {
            let value = self.any()?;
            return if self.take(&Token::Close) { Ok(value) } else { Err("missing )".to_owned()) };
        }
        let left = self.operand()?;
        let Some(Token::Compare(compare)) = self.peek() else {
            let Token::Operand { text, .. } = left else { return Err(format!("unexpected {}", shown(left))) };
            return boolean(text).ok_or_else(|| format!("\"{}\" is no boolean", lossy(text)));
        };
        self.at += 1;
        let right = self.operand()?;
        Ok(holds(*compare, order(left, right)))
    }

    fn operand(&mut self) -> Result<&'a Token, String> {
        let token = self.peek().ok_or("it ends too early")?;
        if !matches!(token, Token::Operand { .. }) {
            return Err(format!("unexpected {}", shown(token)));
        }
        self.at += 1;
        Ok(token)
    }
}

fn shown(token: &Token) -> String {
    match token {
        Token::Operand { text, .. } => format!("\"{}\"", lossy(text)),
        Token::Compare(_) => "comparison".to_owned(),
        Token::Open => "(".to_owned(),
        Token::Close => ")".to_owned(),
        Token::Not => "NOT".to_owned(),
        Token::And => "AND".to_owned(),
        Token::Or => "OR".to_owned(),
    }
}

fn holds(compare: Compare, order: Ordering) -> bool {
    match compare {
        Compare::Equal => order.is_eq(),
        Compare::NotEqual => order.is_ne(),
        Compare::Less => order.is_lt(),
        Compare::Greater => order.is_gt(),
        Compare::LessOrEqual => order.is_le(),
        Compare::GreaterOrEqual => order.is_ge(),
    }
}

/// As numbers when neither is quoted and both are numeric, else byte by byte.
fn order(left: &Token, right: &Token) -> Ordering {
    let (
        Token::Operand { text: left, quoted: left_quoted },
        Token::Operand { text: right, quoted: right_quoted },
    ) = (left, right)
    else {
        return Ordering::Equal;
    };
    if !left_quoted
        && !right_quoted
        && let (Some(left), Some(right)) = (Number::parse(left), Number::parse(right))
    {
        return left.order(&right);
    }
    left.cmp(right)
}

/// A decimal number of any length, compared digit by digit so that nothing is rounded.
#[derive(Debug, PartialEq, Eq)]
struct Number<'a> {
    negative: bool,
    /// Without leading zeros.
    whole: &'a [u8],
    /// Without trailing zeros.
    fraction: &'a [u8],
}

impl<'a> Number<'a> {
    /// A numeric text; `true` is 1 and `false` is 0, so that `:ERROR <> 0` works.
    fn parse(text: &'a [u8]) -> Option<Self> {
        if text.eq_ignore_ascii_case(b"true") {
            return Some(Self { negative: false, whole: b"1", fraction: b"" });
        }
        if text.eq_ignore_ascii_case(b"false") {
            return Some(Self { negative: false, whole: b"", fraction: b"" });
        }
        let (negative, digits) = match text.first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let point = digits.iter().position(|&byte| byte == b'.').unwrap_or(digits.len());
        let (whole, fraction) = (&digits[..point], digits.get(point + 1..).unwrap_or_default());
        let numeric = whole.iter().chain(fraction).all(u8::is_ascii_digit);
        if !numeric || whole.len() + fraction.len() == 0 {
            return None;
        }
        let start = whole.iter().position(|&byte| byte != b'0').unwrap_or(whole.len());
        let end = fraction.iter().rposition(|&byte| byte != b'0').map_or(0, |last| last + 1);
        let (whole, fraction) = (&whole[start..], &fraction[..end]);
        let zero = whole.is_empty() && fraction.is_empty();
        Some(Self { negative: negative && !zero, whole, fraction })
    }

    fn order(&self, other: &Self) -> Ordering {
        let size = |number: &Self, than: &Self| {
            let whole = number.whole.len().cmp(&than.whole.len()).then_with(|| number.whole.cmp(than.whole));
            whole.then_with(|| number.fraction.cmp(than.fraction))
        };
        match (self.negative, other.negative) {
            (false, false) => size(self, other),
            (true, true) => size(other, self),
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
        }
    }
}

#[cfg(test)]
#[path = "condition_tests.rs"]
mod tests;

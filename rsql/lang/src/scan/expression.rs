//! Tokens of a condition: operands, operators, parentheses and keywords, read from the cursor up to the end of the
//! command. What they mean together stands in `condition`.

use super::expand;
use super::slash::{Arguments, Building, Interrupt};
use crate::text::is_space;

/// One token of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// A value. `quoted` operands never compare as numbers.
    Operand {
        text: Vec<u8>,
        quoted: bool,
    },
    Compare(Compare),
    Open,
    Close,
    Not,
    And,
    Or,
}

impl Token {
    /// The text of an operand.
    pub(crate) fn operand(&self) -> Option<&[u8]> {
        match self {
            Self::Operand { text, .. } => Some(text),
            _ => None,
        }
    }
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compare {
    Equal,
    NotEqual,
    Less,
    Greater,
    LessOrEqual,
    GreaterOrEqual,
}

const SYMBOLS: [(&[u8], Token); 10] = [
    (b"<>", Token::Compare(Compare::NotEqual)),
    (b"!=", Token::Compare(Compare::NotEqual)),
    (b"<=", Token::Compare(Compare::LessOrEqual)),
    (b">=", Token::Compare(Compare::GreaterOrEqual)),
    (b"==", Token::Compare(Compare::Equal)),
    (b"=", Token::Compare(Compare::Equal)),
    (b"<", Token::Compare(Compare::Less)),
    (b">", Token::Compare(Compare::Greater)),
    (b"(", Token::Open),
    (b")", Token::Close),
];

impl Arguments<'_> {
    /// All tokens of the condition.
    pub(crate) fn tokens(&mut self) -> Result<Vec<Token>, Interrupt> {
        let mut tokens = Vec::new();
        loop {
            let rest = self.cursor.rest();
            match rest.first() {
                None | Some(b'\\') => return Ok(tokens),
                Some(&byte) if is_space(byte) => self.cursor.advance(1),
                Some(_) => match SYMBOLS.iter().find(|(symbol, _)| rest.starts_with(symbol)) {
                    Some((symbol, token)) => {
                        tokens.push(token.clone());
                        self.cursor.advance(symbol.len());
                    }
                    None => tokens.push(self.operand()?),
                },
            }
        }
    }

    fn operand(&mut self) -> Result<Token, Interrupt> {
        let mut operand = Operand::default();
        loop {
            let rest = self.cursor.rest();
            let Some(&byte) = rest.first() else { break };
            let symbol = SYMBOLS.iter().any(|(symbol, _)| rest.starts_with(symbol));
            match byte {
                b'\\' => break,
                byte if symbol || is_space(byte) => break,
                b'\'' => {
                    self.single_quoted(&mut operand.found)?;
                    operand.quoted = true;
                }
                b'`' => {
                    self.backtick(&mut operand.found)?;
                    operand.bare = false;
                }
                b':' => self.reference(&mut operand),
                _ => {
                    operand.found.text.push(self.cursor.written()[0]);
                    self.cursor.advance(1);
                }
            }
        }
        Ok(operand.finish())
    }

    /// `:name` gives its value as it is, `:'name'` the same as a quoted text.
    fn reference(&mut self, operand: &mut Operand) {
        let Some(reference) = self.cursor.reference() else {
            operand.found.text.push(b':');
            return self.cursor.advance(1);
        };
        let set = self.variables.and_then(|variables| variables.get_in_condition(reference.name));
        let value = match reference.form {
            expand::Form::Plain => set.map(<[u8]>::to_vec),
            expand::Form::Literal => {
                operand.quoted |= set.is_some();
                set.map(<[u8]>::to_vec)
            }
            _ => {
                let charset = self.cursor.charset();
                self.variables.and_then(|variables| expand::value(&reference, variables, charset))
            }
        };
        let length = reference.length;
        operand.bare &= value.is_none();
        operand.found.text.extend_from_slice(value.as_deref().unwrap_or(&self.cursor.written()[..length]));
        self.cursor.advance(length);
    }
}

/// An operand being put together.
#[derive(Debug)]
struct Operand {
    found: Building,
    quoted: bool,
    /// Whether every byte of it stands in the script, so that it may be a keyword.
    bare: bool,
}

impl Default for Operand {
    fn default() -> Self {
        Self { found: Building::default(), quoted: false, bare: true }
    }
}

impl Operand {
    fn finish(self) -> Token {
        let text = self.found.text;
        if self.bare && !self.quoted {
            for (word, token) in [("not", Token::Not), ("and", Token::And), ("or", Token::Or)] {
                if text.eq_ignore_ascii_case(word.as_bytes()) {
                    return token;
                }
            }
        }
        Token::Operand { text, quoted: self.quoted }
    }
}

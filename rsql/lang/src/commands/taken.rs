//! Arguments of a command for those who look at a script without running it: the same reading as in a run, with stand-ins
//! for the outputs of backticks. Runs nothing.

use super::{Syntax, read_words};
use crate::scan::cursor::Cursor;
use crate::scan::slash::{Arg, Arguments, Interrupt, Outputs, raw_words};
use crate::variables::Variables;

/// The arguments of a command, unknown variables as they are written.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) words: Vec<Arg>,
    /// The first of those that are too many.
    pub(crate) extra: Option<Vec<u8>>,
    /// Whether a quote was not closed.
    pub(crate) unterminated: bool,
}

/// There are more backticks than outputs.
#[derive(Debug)]
pub(crate) struct TooFewOutputs;

/// Takes the arguments from the cursor.
pub(crate) fn take(
    cursor: &mut Cursor,
    syntax: Syntax,
    variables: &Variables,
    outputs: &Outputs,
) -> Result<Taken, TooFewOutputs> {
    let mut taken = Taken::default();
    if syntax == Syntax::Label {
        taken.words = vec![Arg { text: raw_words(cursor), quoted: false }];
        return Ok(taken);
    }
    let mut words: Vec<Arg> = Vec::new();
    let mut arguments = Arguments { cursor, variables: Some(variables), outputs, used: 0 };
    let read = match syntax {
        Syntax::Condition => arguments.tokens().map(|_| ()),
        _ => read_words(&mut arguments, syntax, &mut words),
    };
    match read {
        Ok(()) => {}
        Err(Interrupt::Shell(_)) => return Err(TooFewOutputs),
        Err(Interrupt::Unterminated) => taken.unterminated = true,
    }
    taken.words = words;
    if let Some(most) = syntax.most()
        && taken.words.len() > most
    {
        taken.extra = taken.words.drain(most..).next().map(|word| word.text);
    }
    Ok(taken)
}

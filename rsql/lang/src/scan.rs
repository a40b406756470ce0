//! Scanners: resumable, one line at a time, never a tree of the whole script.
//!
//! [`sql`] finds the ends of statements, [`slash`] takes the arguments of meta-commands, [`expression`] the tokens of
//! conditions; all three read from one [`cursor::Cursor`]. None of them runs anything.

pub(crate) mod cursor;
pub(crate) mod expand;
pub(crate) mod expression;
pub(crate) mod slash;
pub(crate) mod sql;

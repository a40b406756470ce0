//! `\?`, `\h` and `\copyright`: the texts of `help`, shown on standard output wherever results go.

use super::{Args, Flow};
use crate::effect::Stream;
use crate::help;
use crate::machine::Machine;
use crate::text::lossy;

/// What `\copyright` says.
const TERMS: &str = "\
rsql is free software under the MIT-0 license: use, copy, change and sell it without any condition, and without warranty.
Its language follows Amazon Redshift RSQL and psql of PostgreSQL; it holds no code of either.
";

impl Machine {
    /// `\? [options|variables|commands]`; other words mean the commands, as in psql.
    pub(super) fn help_on_commands(&mut self, args: &Args) -> Flow {
        let text = match args.get(0) {
            Some(b"options") => help::OPTIONS,
            Some(b"variables") => help::VARIABLES,
            _ => help::COMMANDS,
        };
        self.show_page(text.as_bytes());
        Flow::Done
    }

    /// `\h [STATEMENT]`
    pub(super) fn help_on_sql(&mut self, args: &Args) -> Flow {
        let topic = args.get(0).map(lossy).unwrap_or_default();
        let topic = topic.trim_end_matches([';', ' ', '\t', '\r']);
        let text = match topic {
            "" => help::sql_index(),
            topic => help::sql(topic).unwrap_or_else(|| unknown(topic)),
        };
        self.show_page(text.as_bytes());
        Flow::Done
    }

    pub(super) fn copyright(&mut self, _: &Args) -> Flow {
        self.show_page(TERMS.as_bytes());
        Flow::Done
    }

    /// Shows a text that may be longer than a screen.
    pub(super) fn show_page(&mut self, text: &[u8]) {
        self.begin_page(Stream::Stdout);
        self.io.write(Stream::Stdout, text);
        self.end_page();
    }
}

fn unknown(topic: &str) -> String {
    format!("No help available for \"{topic}\".\nTry \\h with no arguments to see available help.\n")
}

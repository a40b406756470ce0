//! `\pset` and its short forms `\a`, `\t`, `\x`, `\f`, `\H`, `\C`, `\T`. While RFORMAT is off they only record (`reports`).

use super::{Args, Flow};
use crate::effect::Stream;
use crate::machine::Machine;
use crate::print::Format;
use crate::text::lossy;

impl Machine {
    pub(super) fn pset(&mut self, args: &Args) -> Flow {
        match args.get(0) {
            Some(name) => {
                let name = lossy(name).into_owned();
                self.set_print(&name, args.get(1))
            }
            None => {
                let list = self.print.recorded().list();
                self.io.write(Stream::Stdout, list.as_bytes());
                Flow::Done
            }
        }
    }

    pub(super) fn toggle_aligned(&mut self, _: &Args) -> Flow {
        let format: &[u8] =
            if self.print.recorded().format == Format::Aligned { b"unaligned" } else { b"aligned" };
        self.set_print("format", Some(format))
    }

    pub(super) fn toggle_html(&mut self, _: &Args) -> Flow {
        let format: &[u8] = if self.print.recorded().format == Format::Html { b"aligned" } else { b"html" };
        self.set_print("format", Some(format))
    }

    pub(super) fn set_tuples_only(&mut self, args: &Args) -> Flow {
        self.set_print("tuples_only", args.get(0))
    }

    pub(super) fn set_expanded(&mut self, args: &Args) -> Flow {
        self.set_print("expanded", args.get(0))
    }

    pub(super) fn set_field_separator(&mut self, args: &Args) -> Flow {
        self.set_print("fieldsep", args.get(0))
    }

    pub(super) fn set_title(&mut self, args: &Args) -> Flow {
        self.set_print("title", args.get(0))
    }

    pub(super) fn set_table_attributes(&mut self, args: &Args) -> Flow {
        self.set_print("tableattr", args.get(0))
    }

    /// Sets an option and confirms it.
    fn set_print(&mut self, name: &str, value: Option<&[u8]>) -> Flow {
        if let Err(message) = self.print.set(name, value) {
            return self.fail(&message);
        }
        // psql confirms these switches only when they are toggled.
        let silent = value.is_some() && matches!(name, "t" | "tuples_only" | "footer" | "numericlocale");
        if let Some(text) = self.print.confirmation_of(name).filter(|_| !silent) {
            self.confirm(&text);
        }
        Flow::Done
    }
}

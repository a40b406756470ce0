//! Pages: what belongs together on a person's screen, and may be for a pager. Whether it is one is the driver's, which
//! knows the screen.

use crate::effect::{Effect, Stream};
use crate::machine::Machine;
use crate::settings::Audience;

impl Machine {
    /// What is written to this stream from now on is a page, if a person reads it and wants pagers.
    pub(crate) fn begin_page(&mut self, stream: Stream) {
        if self.in_page || stream != Stream::Stdout || self.audience == Audience::Nobody {
            return;
        }
        // Pagers are no layout: what is recorded for them holds whether or not RFORMAT is on.
        if let Some(paging) = self.print.recorded().paging() {
            self.in_page = true;
            self.io.tell(Effect::BeginPage(paging));
        }
    }

    /// The page is complete, if one has begun.
    pub(crate) fn end_page(&mut self) {
        if std::mem::take(&mut self.in_page) {
            self.io.tell(Effect::EndPage);
        }
    }
}

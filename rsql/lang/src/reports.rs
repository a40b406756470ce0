//! Formatting of reports, as `\rset` and the formatting commands of psql set it: what is in force, what is only recorded
//! while RFORMAT is off, and the headings above results (docs/rsql.md, points 39-46). The layout of tables is `print`'s.

use std::ops::Deref;

use crate::charset::Charset;
use crate::print::Options;
use crate::print::cell::Lines;
use crate::print::options::REPORT_WIDTH;
use crate::text::lossy;

/// Told after a confirmation while RFORMAT is off.
const RECORDED: &str = " (Changes will take effect after RFORMAT is switched ON)";
/// Options that are no matter of layout, and hold at once.
const PAGER_OPTIONS: [&str; 2] = ["pager", "pager_min_lines"];
/// Starts a new line of a heading.
const LINE_BREAK: &[u8] = b"//";
/// Parts a line of a heading into left, centre and right.
const PART_BREAK: &[u8] = b"||";
/// Stands for the date of the run.
const DATE: &str = "&DATE";

/// Printing options and headings. It reads as the options in force: those of the command line while RFORMAT is off, with
/// all that commands have set while it is on.
#[derive(Debug)]
pub(crate) struct Formats {
    rformat: bool,
    plain: Options,
    recorded: Options,
    heading: Option<String>,
    rtitle: Option<String>,
    /// `MM/DD/YY`
    today: String,
}

impl Deref for Formats {
    type Target = Options;

    fn deref(&self) -> &Options {
        if self.rformat { &self.recorded } else { &self.plain }
    }
}

impl Formats {
    /// Only these options, RFORMAT off. `today` is the date that headings show.
    pub(crate) fn new(options: Options, today: String) -> Self {
        Self { rformat: false, recorded: options.clone(), plain: options, heading: None, rtitle: None, today }
    }

    /// Sets an option of the command line, which holds whether or not RFORMAT is on.
    ///
    /// # Errors
    /// psql's message about a value that it does not take.
    pub(crate) fn set_at_start(&mut self, name: &str, value: Option<&[u8]>) -> Result<(), String> {
        self.plain.set(name, value)?;
        self.recorded = self.plain.clone();
        Ok(())
    }

    /// Switches RFORMAT: applies what is recorded, or goes back to what the command line says.
    pub(crate) fn switch(&mut self, on: bool) {
        self.rformat = on;
    }

    /// The options as commands have set them, whether or not they are in force.
    pub(crate) fn recorded(&self) -> &Options {
        &self.recorded
    }

    /// The same, to be changed by a command.
    pub(crate) fn recorded_mut(&mut self) -> &mut Options {
        &mut self.recorded
    }

    /// Sets an option as a command of a script wants it: recorded, and in force as far as it is no matter of layout.
    ///
    /// # Errors
    /// psql's message about a value that it does not take.
    pub(crate) fn set(&mut self, name: &str, value: Option<&[u8]>) -> Result<(), String> {
        self.recorded.set(name, value)?;
        if PAGER_OPTIONS.contains(&name) {
            self.plain.page_as(&self.recorded);
        }
        Ok(())
    }

    /// What confirms that an option was set, with a word on it when nothing of it is seen yet; none for some options.
    pub(crate) fn confirmation_of(&self, name: &str) -> Option<String> {
        let text = self.recorded.confirmation(name)?;
        Some(if PAGER_OPTIONS.contains(&name) { text } else { self.confirmation(&text) })
    }

    /// The confirmation of a formatting command, which says when nothing of it is seen yet.
    pub(crate) fn confirmation(&self, text: &str) -> String {
        if self.rformat { text.to_owned() } else { format!("{text}{RECORDED}") }
    }

    /// What the server's text comes in from now on.
    pub(crate) fn set_charset(&mut self, charset: Charset) {
        self.plain.charset = charset;
        self.recorded.charset = charset;
    }

    /// The width of the terminal from now on.
    pub(crate) fn set_terminal(&mut self, columns: Option<usize>) {
        self.plain.terminal = columns;
        self.recorded.terminal = columns;
    }

    /// The width of a report: what wrapped tables keep to, and headings are centred in.
    pub(crate) fn width(&self) -> usize {
        self.recorded.report_width.unwrap_or(REPORT_WIDTH)
    }

    /// Sets what stands above each report; an empty text is none.
    pub(crate) fn set_heading(&mut self, text: &[u8]) {
        self.heading = Some(lossy(text).into_owned()).filter(|text| !text.is_empty());
    }

    /// The text above each report.
    pub(crate) fn heading(&self) -> &str {
        self.heading.as_deref().unwrap_or_default()
    }

    /// Sets the title of each report, which has the date before it; an empty text is none.
    pub(crate) fn set_rtitle(&mut self, text: &[u8]) {
        let text = Some(lossy(text)).filter(|text| !text.is_empty());
        self.rtitle = text.map(|text| format!("{DATE}||{text}"));
    }

    /// The title of each report, with what stands for the date.
    pub(crate) fn rtitle(&self) -> &str {
        self.rtitle.as_deref().unwrap_or_default()
    }

    /// The lines above a result that is printed with these options; none where a program is to read it.
    pub(crate) fn lines_above(&self, options: &Options) -> Vec<u8> {
        let mut out = Vec::new();
        if !self.rformat || options.tuples_only || !options.format.has_titles() {
            return out;
        }
        let width = options.columns().unwrap_or_else(|| self.width());
        for text in self.heading.iter().chain(&self.rtitle) {
            let text = text.replace(DATE, &self.today);
            for line in split(text.as_bytes(), LINE_BREAK, usize::MAX) {
                arrange(line, width, options.charset, &mut out);
            }
        }
        out
    }
}

/// Writes one line of a heading: a text alone is centred; of several parts the first stands left, the second in the
/// centre, the third right. Parts that would touch are kept one blank apart.
fn arrange(line: &[u8], width: usize, charset: Charset, out: &mut Vec<u8>) {
    let parts: Vec<&[u8]> = split(line, PART_BREAK, 3);
    let (left, centre, right): (&[u8], &[u8], &[u8]) = match parts[..] {
        [left, centre, right] => (left, centre, right),
        [left, centre] => (left, centre, b""),
        _ => (b"", line, b""),
    };
    let mut column = 0;
    let mut put = |text: &[u8], start: &dyn Fn(usize) -> usize| {
        if text.is_empty() {
            return;
        }
        let columns = Lines::new(text, charset).width();
        let gap = usize::from(column > 0);
        let blanks = start(columns).saturating_sub(column).max(gap);
        out.resize(out.len() + blanks, b' ');
        out.extend_from_slice(text);
        column += blanks + columns;
    };
    put(left, &|_| 0);
    put(centre, &|columns| width.saturating_sub(columns) / 2);
    put(right, &|columns| width.saturating_sub(columns));
    out.push(b'\n');
}

/// The parts of a text between separators, at most so many; each without blanks at its ends.
fn split<'a>(text: &'a [u8], separator: &[u8], most: usize) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    let mut rest = text;
    while parts.len() + 1 < most {
        let Some(at) = memchr::memmem::find(rest, separator) else { break };
        parts.push(rest[..at].trim_ascii());
        rest = &rest[at + separator.len()..];
    }
    parts.push(rest.trim_ascii());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_arranged_in_the_width() {
        let check = |text: &str, expect: &str| {
            let mut formats = Formats::new(Options::default(), "02/29/24".to_owned());
            formats.recorded_mut().report_width = Some(20);
            formats.set_heading(text.as_bytes());
            assert_eq!(formats.lines_above(&formats), b"", "RFORMAT is off");
            formats.switch(true);
            assert_eq!(lossy(&formats.lines_above(&formats)), expect, "{text}");
        };
        check("abcd", "        abcd\n");
        check("abc", "        abc\n");
        check("a // bc", "         a\n         bc\n");
        check("a////b", "         a\n\n         b\n");
        check("l||c||r", "l        c         r\n");
        check("l||c", "l        c\n");
        check("||c", "         c\n");
        check("||||r", "                   r\n");
        check("l||c||r||s", "l        c      r||s\n");
        check("on &DATE//&date", "    on 02/29/24\n       &date\n");
        check("漢字漢字", "      漢字漢字\n");
        check("left is long||centre||and right", "left is long centre and right\n");
        check("much longer than the width", "much longer than the width\n");
        check("", "");
    }

    #[test]
    fn titles_begin_with_the_date() {
        let mut formats = Formats::new(Options::default(), "09/11/20".to_owned());
        formats.recorded_mut().report_width = Some(70);
        formats.set_rtitle(b"Marketing Department||Confidential//Third Quarter//Chicago");
        assert_eq!(formats.rtitle(), "&DATE||Marketing Department||Confidential//Third Quarter//Chicago");
        formats.switch(true);
        let expect = format!(
            "09/11/20{blank:17}Marketing Department{blank:13}Confidential\n{blank:28}Third Quarter\n{blank:31}Chicago\n",
            blank = ""
        );
        assert_eq!(lossy(&formats.lines_above(&formats)), expect);
    }

    #[test]
    fn what_is_recorded_comes_and_goes_with_rformat() {
        let mut formats = Formats::new(Options::default(), String::new());
        formats.set_at_start("border", Some(b"0")).expect("a good value");
        formats.recorded_mut().set("border", Some(b"2")).expect("a good value");
        for (on, border) in [(false, 0), (true, 2), (false, 0), (true, 2)] {
            formats.switch(on);
            assert_eq!(formats.border, border);
        }
    }
}

//! The characters that lines, crossings and marks are drawn with.

/// A line style of `\pset linestyle`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) top: Rule,
    pub(crate) middle: Rule,
    pub(crate) bottom: Rule,
    pub(crate) data: Rule,
    /// Between columns, before a line that follows a line break.
    pub(crate) after_newline: &'static str,
    /// Between columns, before a line that goes on with a wrapped one.
    pub(crate) after_wrap: &'static str,
    /// Between columns, before a cell that has no more lines.
    pub(crate) blank: &'static str,
    pub(crate) header_newline_left: &'static str,
    pub(crate) header_newline_right: &'static str,
    pub(crate) newline_left: &'static str,
    pub(crate) newline_right: &'static str,
    pub(crate) wrap_left: &'static str,
    pub(crate) wrap_right: &'static str,
    /// Whether marks stand to the right of a cell even without borders.
    pub(crate) marks_right: bool,
}

/// One kind of horizontal line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) line: &'static str,
    pub(crate) left: &'static str,
    pub(crate) cross: &'static str,
    pub(crate) right: &'static str,
}

const fn rule(line: &'static str, left: &'static str, cross: &'static str, right: &'static str) -> Rule {
    Rule { line, left, cross, right }
}

/// `ascii`, the default.
pub(crate) static ASCII: Style = Style {
    top: rule("-", "+", "+", "+"),
    middle: rule("-", "+", "+", "+"),
    bottom: rule("-", "+", "+", "+"),
    data: rule("", "|", "|", "|"),
    after_newline: "|",
    after_wrap: "|",
    blank: "|",
    header_newline_left: " ",
    header_newline_right: "+",
    newline_left: " ",
    newline_right: "+",
    wrap_left: ".",
    wrap_right: ".",
    marks_right: true,
};

/// `old-ascii`, from before PostgreSQL 8.4.
pub(crate) static OLD_ASCII: Style = Style {
    top: rule("-", "+", "+", "+"),
    middle: rule("-", "+", "+", "+"),
    bottom: rule("-", "+", "+", "+"),
    data: rule("", "|", "|", "|"),
    after_newline: ":",
    after_wrap: ";",
    blank: " ",
    header_newline_left: "+",
    header_newline_right: " ",
    newline_left: " ",
    newline_right: " ",
    wrap_left: " ",
    wrap_right: " ",
    marks_right: false,
};

/// `unicode`, with single lines.
pub(crate) static UNICODE: Style = Style {
    top: rule("─", "┌", "┬", "┐"),
    middle: rule("─", "├", "┼", "┤"),
    bottom: rule("─", "└", "┴", "┘"),
    data: rule("", "│", "│", "│"),
    after_newline: "│",
    after_wrap: "│",
    blank: "│",
    header_newline_left: " ",
    header_newline_right: "↵",
    newline_left: " ",
    newline_right: "↵",
    wrap_left: "…",
    wrap_right: "…",
    marks_right: true,
};

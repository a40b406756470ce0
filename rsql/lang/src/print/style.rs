//! The characters that lines, crossings and marks are drawn with.

/// What `\pset linestyle` chooses between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineStyle {
    Ascii,
    /// From before PostgreSQL 8.4.
    OldAscii,
    Unicode,
}

/// Strokes of the `unicode` style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stroke {
    Single,
    Double,
}

/// Strokes of the parts of a table in the `unicode` style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Strokes {
    /// Around the table.
    pub(crate) border: Stroke,
    /// Between columns.
    pub(crate) column: Stroke,
    /// Below the header.
    pub(crate) header: Stroke,
}

/// A line style, ready to be drawn with.
#[derive(Debug, Clone, Copy)]
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
    /// Whether marks stand to the right of a cell even without borders: in all styles but `old-ascii`.
    pub(crate) marks_right: bool,
}

/// One kind of horizontal line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    pub(crate) line: &'static str,
    pub(crate) left: &'static str,
    pub(crate) cross: &'static str,
    pub(crate) right: &'static str,
}

impl Style {
    /// The style of this name; `strokes` count for `unicode` alone.
    pub(crate) fn new(style: LineStyle, strokes: Strokes) -> Self {
        match style {
            LineStyle::Ascii => ASCII,
            LineStyle::OldAscii => OLD_ASCII,
            LineStyle::Unicode => unicode(strokes),
        }
    }
}

const fn rule(line: &'static str, left: &'static str, cross: &'static str, right: &'static str) -> Rule {
    Rule { line, left, cross, right }
}

const ASCII: Style = Style {
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

const OLD_ASCII: Style = Style {
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
    ..ASCII
};

fn unicode(Strokes { border, column, header }: Strokes) -> Style {
    use Stroke::Double;
    let corner = |single, double| if border == Double { double } else { single };
    let line = |stroke| if stroke == Double { "═" } else { "─" };
    let upright = |stroke| if stroke == Double { "║" } else { "│" };
    // Of four characters: both strokes single, only the upright one double, only the level one double, both double.
    let meet = |upright, level, characters: [&'static str; 4]| {
        characters[usize::from(upright == Double) + 2 * usize::from(level == Double)]
    };
    Style {
        top: Rule {
            line: line(border),
            left: corner("┌", "╔"),
            cross: meet(column, border, ["┬", "╥", "╤", "╦"]),
            right: corner("┐", "╗"),
        },
        middle: Rule {
            line: line(header),
            left: meet(border, header, ["├", "╟", "╞", "╠"]),
            cross: meet(column, header, ["┼", "╫", "╪", "╬"]),
            right: meet(border, header, ["┤", "╢", "╡", "╣"]),
        },
        bottom: Rule {
            line: line(border),
            left: corner("└", "╚"),
            cross: meet(column, border, ["┴", "╨", "╧", "╩"]),
            right: corner("┘", "╝"),
        },
        data: rule("", upright(border), upright(column), upright(border)),
        after_newline: upright(column),
        after_wrap: upright(column),
        blank: upright(column),
        header_newline_left: " ",
        header_newline_right: "↵",
        newline_left: " ",
        newline_right: "↵",
        wrap_left: "…",
        wrap_right: "…",
        marks_right: true,
    }
}

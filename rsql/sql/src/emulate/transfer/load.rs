//! COPY from files: its options.

use super::super::rewriter::Rewriter;
use super::super::tokens::Kind;
use super::Compression;
use super::options::{Options, character, names};

/// A COPY from files.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// The table as it is written, with schema and quotes.
    pub table: String,
    /// The columns that are named, without quotes; none means all.
    pub columns: Vec<String>,
    /// Where the files are: `s3://bucket/prefix`, or a path.
    pub origin: String,
    /// The form of their lines.
    pub layout: Layout,
    /// How they are compressed.
    pub compression: Compression,
    /// Whether `origin` is a list of the files.
    pub manifest: bool,
    /// Lines at the head of each file that are no rows.
    pub header_lines: u64,
    /// What stands for NULL.
    pub null: Option<String>,
    /// Rows that may fail.
    pub errors_max: u64,
    /// Empty fields of character columns are NULL.
    pub empty_as_null: bool,
    /// Blank fields of character columns are NULL.
    pub blanks_as_null: bool,
    /// Missing columns at the end of a line are NULL.
    pub fill_record: bool,
    /// Too long text is cut.
    pub truncate: bool,
    /// Blanks at the end of text are removed.
    pub trim_blanks: bool,
    /// Empty lines are no rows.
    pub ignore_blank_lines: bool,
    /// What replaces bytes that are no UTF-8, if anything may.
    pub replacement: Option<char>,
    /// Identity columns come from the files.
    pub explicit_ids: bool,
    /// How dates are written.
    pub dates: DateOrder,
    /// Region of the bucket, where it is named.
    pub region: Option<String>,
}

/// The form of lines.
#[derive(Clone, Debug, PartialEq)]
pub enum Layout {
    /// Fields between delimiters.
    Delimited {
        /// Between two fields.
        delimiter: char,
        /// A backslash takes the next character as it is.
        escape: bool,
        /// Quotes around fields are removed.
        remove_quotes: bool,
    },
    /// Fields of CSV.
    Csv {
        /// Between two fields.
        delimiter: char,
        /// Around fields, doubled within them.
        quote: char,
    },
    /// Fields of these widths, in characters.
    FixedWidth(Vec<usize>),
    /// JSON objects.
    Json(Json),
}

/// How columns find their values in JSON objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// By their names.
    Auto,
    /// By their names, in any case.
    AutoIgnoreCase,
    /// By the list of paths in this file.
    Paths(String),
}

/// The order of the parts of a date, when it is not ISO's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DateOrder {
    /// As the server reads it.
    #[default]
    Auto,
    /// Month, day, year.
    MonthFirst,
    /// Day, month, year.
    DayFirst,
}

impl Load {
    /// The statement that takes the rows from us.
    #[must_use]
    pub fn statement(&self, columns: &[String]) -> String {
        let quoted: Vec<_> =
            columns.iter().map(|name| format!("\"{}\"", name.replace('"', "\"\""))).collect();
        let list = if quoted.is_empty() { String::new() } else { format!(" ({})", quoted.join(", ")) };
        format!("COPY {}{list} FROM STDIN", self.table)
    }

    fn new(table: String, columns: Vec<String>, origin: String) -> Load {
        Load {
            table,
            columns,
            origin,
            layout: Layout::Delimited { delimiter: '|', escape: false, remove_quotes: false },
            compression: Compression::None,
            manifest: false,
            header_lines: 0,
            null: None,
            errors_max: 0,
            empty_as_null: false,
            blanks_as_null: false,
            fill_record: false,
            truncate: false,
            trim_blanks: false,
            ignore_blank_lines: false,
            replacement: None,
            explicit_ids: false,
            dates: DateOrder::Auto,
            region: None,
        }
    }
}

/// What options say of the form of lines, whose order does not matter.
#[derive(Default)]
struct Lines {
    delimiter: Option<char>,
    quote: Option<char>,
    csv: bool,
    escape: bool,
    remove_quotes: bool,
    widths: Option<Vec<usize>>,
    json: Option<Json>,
}

impl Lines {
    fn layout(self) -> Layout {
        if let Some(json) = self.json {
            return Layout::Json(json);
        }
        if let Some(widths) = self.widths {
            return Layout::FixedWidth(widths);
        }
        if self.csv {
            return Layout::Csv {
                delimiter: self.delimiter.unwrap_or(','),
                quote: self.quote.unwrap_or('"'),
            };
        }
        Layout::Delimited {
            delimiter: self.delimiter.unwrap_or('|'),
            escape: self.escape,
            remove_quotes: self.remove_quotes,
        }
    }
}

/// Reads a COPY; `None` when it is PostgreSQL's own, an error when it is Redshift's and cannot be done.
pub(super) fn parse(rewriter: &Rewriter<'_>, from: usize, to: usize) -> Option<Result<Load, String>> {
    let source = rewriter.source;
    let mut at = from + 1;
    while source.kind(at + 1) == Some(Kind::Period) {
        at += 2;
    }
    let table: String = (from + 1..=at).map(|i| table_token(source.token(i))).collect();
    at += 1;
    let mut columns = Vec::new();
    if let Some(close) = rewriter.closing(at, to) {
        columns = names(rewriter, at + 1, close);
        at = close + 1;
    }
    let origin = rewriter.literal(at + 1).filter(|_| source.is(at, "from"))?;
    let is_remote = origin.contains("://");
    if !is_remote && !(at + 2..to).any(|i| is_redshifts_own(source.token(i))) {
        return None;
    }
    if is_remote && !origin.starts_with("s3://") {
        return Some(Err(format!("COPY from \"{origin}\" is not emulated: only s3:// and files are")));
    }
    let mut load = Load::new(table, columns, origin);
    let mut options = Options::new(rewriter, at + 2, to);
    let read = read_options(&mut load, &mut options);
    load.region = options.region;
    Some(read.map(|()| load))
}

/// A temporary table's name needs quotes.
fn table_token(token: &str) -> String {
    if token.starts_with('#') { format!("\"{}\"", token.to_lowercase()) } else { token.to_owned() }
}

/// Whether a word tells that a COPY is meant for Redshift, though its file is local.
fn is_redshifts_own(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    [
        "iam_role",
        "credentials",
        "ignoreheader",
        "gzip",
        "manifest",
        "maxerror",
        "acceptinvchars",
        "truncatecolumns",
        "blanksasnull",
        "emptyasnull",
        "fillrecord",
        "fixedwidth",
        "removequotes",
        "json",
        "statupdate",
        "compupdate",
        "dateformat",
        "timeformat",
        "trimblanks",
        "ignoreblanklines",
        "explicit_ids",
        "region",
    ]
    .contains(&word.as_str())
}

fn read_options(load: &mut Load, options: &mut Options<'_, '_>) -> Result<(), String> {
    let mut lines = Lines::default();
    while let Some(word) = options.next() {
        if !read_line_option(&mut lines, options, &word)? && !read_row_option(load, options, &word)? {
            return Err(format!("option {} of COPY is not emulated", word.to_uppercase()));
        }
    }
    load.layout = lines.layout();
    Ok(())
}

/// Options of the form of lines; false when it is none.
fn read_line_option(lines: &mut Lines, options: &mut Options<'_, '_>, word: &str) -> Result<bool, String> {
    match word {
        "format" => {
            options.accept("as");
        }
        "csv" => lines.csv = true,
        "quote" => lines.quote = Some(character(word, &options.text(word)?)?),
        "delimiter" => lines.delimiter = Some(character(word, &options.text(word)?)?),
        "escape" => lines.escape = true,
        "removequotes" => lines.remove_quotes = true,
        "fixedwidth" => lines.widths = Some(widths(&options.text(word)?)?),
        "json" => {
            options.accept("as");
            lines.json = Some(match options.optional_text() {
                None => Json::Auto,
                Some(text) => match text.to_ascii_lowercase().as_str() {
                    "auto" => Json::Auto,
                    "auto ignorecase" => Json::AutoIgnoreCase,
                    "noshred" => return Err("COPY of JSON with 'noshred' is not emulated".to_owned()),
                    _ => Json::Paths(text),
                },
            });
        }
        "parquet" | "orc" | "avro" | "rcfile" | "sequencefile" | "textfile" | "shapefile" => {
            return Err(format!(
                "COPY of {} files is not emulated: use CSV or JSON locally",
                word.to_uppercase()
            ));
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Options of rows and files; false when it is none.
fn read_row_option(load: &mut Load, options: &mut Options<'_, '_>, word: &str) -> Result<bool, String> {
    match word {
        "gzip" => load.compression = Compression::Gzip,
        "bzip2" | "zstd" | "lzop" => {
            return Err(format!("COPY of {} files is not emulated: use GZIP locally", word.to_uppercase()));
        }
        "manifest" => load.manifest = true,
        "ignoreheader" => load.header_lines = count(options.number(word)?),
        "null" => load.null = Some(options.text(word)?),
        "maxerror" => load.errors_max = count(options.number(word)?),
        "emptyasnull" => load.empty_as_null = true,
        "blanksasnull" => load.blanks_as_null = true,
        "fillrecord" => load.fill_record = true,
        "truncatecolumns" => load.truncate = true,
        "trimblanks" => load.trim_blanks = true,
        "ignoreblanklines" => load.ignore_blank_lines = true,
        "explicit_ids" => load.explicit_ids = true,
        "acceptanydate" => {}
        "acceptinvchars" => {
            options.accept("as");
            let text = options.optional_text();
            load.replacement = Some(text.map_or(Ok('?'), |text| character(word, &text))?);
        }
        "dateformat" => load.dates = date_order(&options.text(word)?)?,
        "timeformat" => {
            let format = options.text(word)?;
            if load.dates == DateOrder::Auto {
                load.dates = date_order(&format)?;
            }
        }
        "encoding" => {
            let name = options.text(word)?;
            if !name.eq_ignore_ascii_case("utf8") {
                return Err(format!("COPY with ENCODING {name} is not emulated: only UTF8 is"));
            }
        }
        _ => return Ok(false),
    }
    Ok(true)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count; `as` saturates")]
fn count(number: f64) -> u64 {
    number as u64
}

/// `name:width,name:width`, or widths alone.
fn widths(text: &str) -> Result<Vec<usize>, String> {
    let width = |item: &str| item.rsplit(':').next().and_then(|width| width.trim().parse().ok());
    text.split(',')
        .map(|item| width(item).ok_or_else(|| format!("FIXEDWIDTH wants label:width, not \"{item}\"")))
        .collect()
}

/// The order of date parts in a format; formats that the server cannot read are refused.
fn date_order(format: &str) -> Result<DateOrder, String> {
    let lower = format.to_ascii_lowercase();
    if lower == "auto" {
        return Ok(DateOrder::Auto);
    }
    if lower.starts_with("epoch") {
        return Err(format!("the time format '{format}' is not emulated"));
    }
    let place = |part: &str| lower.find(part);
    match (place("yy"), place("mm").or(place("mon")), place("dd")) {
        (Some(year), Some(month), Some(day)) if year < month && month < day => Ok(DateOrder::Auto),
        (Some(_), Some(month), Some(day)) if month < day => Ok(DateOrder::MonthFirst),
        (Some(_), Some(_), Some(_)) => Ok(DateOrder::DayFirst),
        _ => Err(format!("the date format '{format}' is not emulated")),
    }
}

//! UNLOAD to files: its options.

use super::super::rewriter::Rewriter;
use super::Compression;
use super::options::{Options, character};

/// Size at which Redshift begins the next file, in bytes, unless MAXFILESIZE says otherwise.
const FILE_BYTES_MAX: u64 = 6_200_000_000;

/// An UNLOAD to files.
#[derive(Clone, Debug, PartialEq)]
pub struct Unload {
    /// The query as it is written.
    pub query: String,
    /// Where the files go: the beginning of their names.
    pub prefix: String,
    /// The form of lines.
    pub form: Form,
    /// How files are compressed.
    pub compression: Compression,
    /// Whether the names of the columns stand first in each file.
    pub header: bool,
    /// What stands for NULL.
    pub null: Option<String>,
    /// Whether files of other slices would be written beside.
    pub parallel: bool,
    /// Bytes after which the next file begins.
    pub file_bytes_max: u64,
    /// Whether a list of the files is written.
    pub manifest: bool,
    /// Whether files that are there are written over.
    pub allow_overwrite: bool,
    /// Whether files that are there are removed first.
    pub clean_path: bool,
    /// End of the files' names.
    pub extension: Option<String>,
    /// Columns whose values become folders; none mostly.
    pub partition_by: Vec<String>,
    /// Whether those columns stand in the files, too.
    pub partition_columns_included: bool,
    /// Region of the bucket, where it is named.
    pub region: Option<String>,
}

/// The form of lines.
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    /// Fields between delimiters.
    Delimited {
        /// Between two fields.
        delimiter: char,
        /// A backslash before what would be misread.
        escape: bool,
        /// Quotes around each field.
        quotes: bool,
    },
    /// Fields of CSV.
    Csv {
        /// Between two fields.
        delimiter: char,
    },
    /// Fields of these widths.
    FixedWidth(Vec<usize>),
    /// JSON objects.
    Json,
}

/// Reads an UNLOAD; `None` when it is none, an error when it cannot be done.
pub(super) fn parse(rewriter: &Rewriter<'_>, from: usize, to: usize) -> Option<Result<Unload, String>> {
    let close = rewriter.closing(from + 1, to).filter(|close| *close == from + 3)?;
    let query = rewriter.literal(from + 2)?;
    let prefix = rewriter.literal(close + 2).filter(|_| rewriter.source.is(close + 1, "to"))?;
    let mut options = Options::new(rewriter, close + 3, to);
    let mut unload = Unload {
        query: query.trim().trim_end_matches(';').to_owned(),
        prefix,
        form: Form::Delimited { delimiter: '|', escape: false, quotes: false },
        compression: Compression::None,
        header: false,
        null: None,
        parallel: true,
        file_bytes_max: FILE_BYTES_MAX,
        manifest: false,
        allow_overwrite: false,
        clean_path: false,
        extension: None,
        partition_by: Vec::new(),
        partition_columns_included: false,
        region: None,
    };
    let read = read_options(&mut unload, &mut options);
    unload.region = options.region;
    Some(read.map(|()| unload))
}

fn read_options(unload: &mut Unload, options: &mut Options<'_, '_>) -> Result<(), String> {
    let (mut delimiter, mut escape, mut quotes, mut csv) = (None, false, false, false);
    while let Some(word) = options.next() {
        match word.as_str() {
            "format" => {
                options.accept("as");
            }
            "csv" => csv = true,
            "json" => unload.form = Form::Json,
            "parquet" => return Err("UNLOAD to PARQUET files is not emulated: use CSV locally".to_owned()),
            "delimiter" => delimiter = Some(character(&word, &options.text(&word)?)?),
            "escape" => escape = true,
            "addquotes" => quotes = true,
            "fixedwidth" => unload.form = Form::FixedWidth(widths(&options.text(&word)?)?),
            _ => read_file_option(unload, options, &word)?,
        }
    }
    if csv {
        unload.form = Form::Csv { delimiter: delimiter.unwrap_or(',') };
    } else if let Form::Delimited { .. } = unload.form {
        unload.form = Form::Delimited { delimiter: delimiter.unwrap_or('|'), escape, quotes };
    }
    Ok(())
}

fn read_file_option(unload: &mut Unload, options: &mut Options<'_, '_>, word: &str) -> Result<(), String> {
    match word {
        "gzip" => unload.compression = Compression::Gzip,
        "bzip2" | "zstd" => {
            return Err(format!("UNLOAD to {} files is not emulated: use GZIP locally", word.to_uppercase()));
        }
        "header" => unload.header = true,
        "null" => unload.null = Some(options.text(word)?),
        "parallel" => {
            unload.parallel = !(options.accept("off") || options.accept("false"));
            if unload.parallel && !options.accept("on") {
                options.accept("true");
            }
        }
        "maxfilesize" => unload.file_bytes_max = file_size(options)?,
        "manifest" => {
            unload.manifest = true;
            options.accept("verbose");
        }
        "allowoverwrite" => unload.allow_overwrite = true,
        "cleanpath" => unload.clean_path = true,
        "extension" => unload.extension = Some(options.text(word)?),
        "partition" => {
            options.accept("by");
            unload.partition_by = options.names().unwrap_or_default();
            unload.partition_columns_included = options.accept("include");
        }
        _ => return Err(format!("option {} of UNLOAD is not emulated", word.to_uppercase())),
    }
    Ok(())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a size; `as` saturates")]
fn file_size(options: &mut Options<'_, '_>) -> Result<u64, String> {
    let size = options.number("maxfilesize")?;
    let unit = match () {
        () if options.accept("gb") => 1024.0 * 1024.0 * 1024.0,
        () => {
            options.accept("mb");
            1024.0 * 1024.0
        }
    };
    Ok((size * unit) as u64)
}

fn widths(text: &str) -> Result<Vec<usize>, String> {
    let width = |item: &str| item.rsplit(':').next().and_then(|width| width.trim().parse().ok());
    text.split(',')
        .map(|item| width(item).ok_or_else(|| format!("FIXEDWIDTH wants column:width, not \"{item}\"")))
        .collect()
}

//! The files of an UNLOAD: their names, their sizes, folders by partition, and the list of them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use flate2::write::GzEncoder;
use rsql_sql::emulate::transfer::{Compression, Unload};

use super::super::objects::Objects;
use crate::error::io_text;

/// Partitions that are written at once; more folders than that are a mistake in the query, and each is an open file.
const PARTITIONS_MAX: usize = 200;

/// The files under way.
pub(super) struct Files {
    unload: Unload,
    objects: Objects,
    directory: PathBuf,
    /// The file of each folder that is written now; without partitions the folder is empty.
    open: BTreeMap<String, Part>,
    /// Names of the files written, their bytes and rows.
    written: Vec<(String, u64, u64)>,
    /// Places of the partition columns.
    partition: Vec<(String, usize)>,
}

struct Part {
    name: String,
    writer: Writer,
    number: usize,
    bytes: u64,
    rows: u64,
}

enum Writer {
    Plain(BufWriter<File>),
    Gzip(GzEncoder<BufWriter<File>>),
}

impl Files {
    pub(super) fn new(unload: &Unload, objects: Objects, directory: PathBuf) -> Files {
        Files {
            unload: unload.clone(),
            objects,
            directory,
            open: BTreeMap::new(),
            written: Vec::new(),
            partition: Vec::new(),
        }
    }

    /// Finds the partition columns by their names.
    pub(super) fn columns(&mut self, names: &[String]) -> Result<(), String> {
        for column in &self.unload.partition_by {
            let place = names.iter().position(|name| name == column);
            let place = place.ok_or_else(|| format!("partition column \"{column}\" is not in the query"))?;
            self.partition.push((column.clone(), place));
        }
        Ok(())
    }

    /// The folder of a row: `column=value/`.
    pub(super) fn folder(&self, fields: &[Option<String>]) -> String {
        let folder = |(name, place): &(String, usize)| {
            let value = fields.get(*place).and_then(Option::as_deref);
            let value = value.unwrap_or("__HIVE_DEFAULT_PARTITION__").replace(['/', '\0'], "_");
            format!("{name}={value}/")
        };
        self.partition.iter().map(folder).collect()
    }

    /// The fields of a row that stand in the file.
    pub(super) fn kept<T>(&self, fields: Vec<T>) -> Vec<T> {
        let left_out = |n: usize| {
            !self.unload.partition_columns_included && self.partition.iter().any(|(_, at)| *at == n)
        };
        fields.into_iter().enumerate().filter(|(n, _)| !left_out(*n)).map(|(_, field)| field).collect()
    }

    /// Writes a line to the file of a folder; the first line of each file is the header.
    pub(super) fn write(&mut self, folder: &str, header: Option<&[u8]>, line: &[u8]) -> Result<(), String> {
        if !self.open.contains_key(folder) {
            if self.open.len() >= PARTITIONS_MAX {
                return Err(format!("more than {PARTITIONS_MAX} partitions"));
            }
            self.begin(folder, 0, header)?;
        }
        let full = self
            .open
            .get(folder)
            .filter(|part| part.rows > 0 && part.bytes + line.len() as u64 > self.unload.file_bytes_max);
        if let Some(number) = full.map(|part| part.number) {
            self.end(folder)?;
            self.begin(folder, number + 1, header)?;
        }
        let Some(part) = self.open.get_mut(folder) else { return Ok(()) };
        part.rows += 1;
        part.write(line)
    }

    /// Closes the files. Without rows there is one all the same, as a script may look for it.
    pub(super) fn finish(mut self, header: Option<&[u8]>) -> Result<(), String> {
        if self.open.is_empty() && self.partition.is_empty() {
            self.begin("", 0, header)?;
        }
        let folders: Vec<String> = self.open.keys().cloned().collect();
        for folder in folders {
            self.end(&folder)?;
        }
        if self.unload.manifest { self.write_manifest() } else { Ok(()) }
    }

    fn begin(&mut self, folder: &str, number: usize, header: Option<&[u8]>) -> Result<(), String> {
        let name = format!("{}{folder}{}", self.prefix(), self.file_name(number));
        let path = self.objects.path(&name, &self.directory)?;
        let failed = |error: &std::io::Error| format!("{name}: {}", io_text(error));
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|error| failed(&error))?;
        }
        let file = BufWriter::new(File::create(&path).map_err(|error| failed(&error))?);
        let writer = match self.unload.compression {
            Compression::None => Writer::Plain(file),
            Compression::Gzip => Writer::Gzip(GzEncoder::new(file, flate2::Compression::default())),
        };
        let mut part = Part { name, writer, number, bytes: 0, rows: 0 };
        if let Some(header) = header {
            part.write(header)?;
        }
        self.open.insert(folder.to_owned(), part);
        Ok(())
    }

    fn end(&mut self, folder: &str) -> Result<(), String> {
        let Some(part) = self.open.remove(folder) else { return Ok(()) };
        let Part { name, writer, bytes, rows, .. } = part;
        let closed = match writer {
            Writer::Plain(mut file) => file.flush(),
            Writer::Gzip(encoder) => encoder.finish().and_then(|mut file| file.flush()),
        };
        closed.map_err(|error| format!("{name}: {}", io_text(&error)))?;
        self.written.push((name, bytes, rows));
        Ok(())
    }

    /// Partitions are folders below the prefix.
    fn prefix(&self) -> String {
        let prefix = &self.unload.prefix;
        if self.partition.is_empty() || prefix.ends_with('/') { prefix.clone() } else { format!("{prefix}/") }
    }

    /// `0000_part_00` for the only slice there is, `000` when files are written one after the other.
    fn file_name(&self, number: usize) -> String {
        let mut name =
            if self.unload.parallel { format!("0000_part_{number:02}") } else { format!("{number:03}") };
        if let Some(extension) = &self.unload.extension {
            name.push('.');
            name.push_str(extension.trim_start_matches('.'));
        }
        if self.unload.compression == Compression::Gzip {
            name.push_str(".gz");
        }
        name
    }

    fn write_manifest(&self) -> Result<(), String> {
        let entry = |(name, bytes, rows): &(String, u64, u64)| {
            serde_json::json!({
                "url": name,
                "meta": { "content_length": bytes, "record_count": rows },
            })
        };
        let entries: Vec<_> = self.written.iter().map(entry).collect();
        let text = serde_json::json!({ "entries": entries });
        let name = format!("{}manifest", self.unload.prefix);
        let path = self.objects.path(&name, &self.directory)?;
        std::fs::write(&path, format!("{text:#}\n")).map_err(|error| format!("{name}: {}", io_text(&error)))
    }
}

impl Part {
    fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.bytes += bytes.len() as u64;
        let written = match &mut self.writer {
            Writer::Plain(file) => file.write_all(bytes),
            Writer::Gzip(encoder) => encoder.write_all(bytes),
        };
        written.map_err(|error| format!("{}: {}", self.name, io_text(&error)))
    }
}

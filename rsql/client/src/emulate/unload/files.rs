//! The files of an UNLOAD: their names, their sizes, folders by partition, and the list of them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};

use flate2::write::GzEncoder;
use rsql_sql::emulate::transfer::{Compression, Unload};

use super::super::objects::{At, Objects};
use super::super::storage::StoragePlace;
use super::uploads::Uploads;
use crate::error::io_text;

/// Partitions that are written at once; more folders than that are a mistake in the query, and each is an open file.
const PARTITIONS_MAX: usize = 200;
/// Bytes of a part that is sent to a storage: S3's least, since each file under way holds as many. Its 10,000 parts are
/// enough for the largest MAXFILESIZE.
const PART_BYTES: usize = 5 * 1024 * 1024;
/// Bytes that all files under way hold together. Beyond them the largest ends, and its partition goes on in another file.
const HELD_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The files under way.
pub(super) struct Files {
    unload: Unload,
    objects: Objects,
    /// What writes to a storage, from the first file there on.
    uploads: Option<Uploads>,
    /// The file of each folder that is written now; without partitions the folder is empty.
    open: BTreeMap<String, Part>,
    /// How many files of each folder were begun.
    begun: BTreeMap<String, usize>,
    /// Names of the files written, their bytes and rows.
    written: Vec<(String, u64, u64)>,
    /// Places of the partition columns.
    partition: Vec<(String, usize)>,
}

struct Part {
    name: String,
    writer: Writer,
    bytes: u64,
    rows: u64,
}

enum Writer {
    Plain(Sink),
    Gzip(GzEncoder<Sink>),
}

/// Where bytes go in the end.
enum Sink {
    File(BufWriter<File>),
    /// Bytes that are not yet a part's worth.
    Stored(StoragePlace, Vec<u8>),
}

impl Files {
    pub(super) fn new(unload: &Unload, objects: Objects) -> Files {
        Files {
            unload: unload.clone(),
            objects,
            uploads: None,
            open: BTreeMap::new(),
            begun: BTreeMap::new(),
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
            self.begin(folder, header)?;
        }
        let is_full =
            |part: &Part| part.rows > 0 && part.bytes + line.len() as u64 > self.unload.file_bytes_max;
        if self.open.get(folder).is_some_and(is_full) {
            self.end(folder)?;
            self.begin(folder, header)?;
        }
        let Some(part) = self.open.get_mut(folder) else { return Ok(()) };
        part.rows += 1;
        part.write(line)?;
        if let (Some((place, bytes)), Some(uploads)) = (part.whole_part(), &mut self.uploads) {
            uploads.more(&place, bytes);
        }
        self.hold_less()
    }

    /// Waits until a storage has taken what is ready for it. May be dropped while waiting and called again.
    pub(super) async fn settle(&mut self) -> Result<(), String> {
        match &mut self.uploads {
            Some(uploads) => uploads.settle().await,
            None => Ok(()),
        }
    }

    /// Leaves nothing half-written in a storage.
    pub(super) async fn give_up(self) {
        if let Some(uploads) = self.uploads {
            uploads.give_up().await;
        }
    }

    /// Closes the files. Without rows there is one all the same, as a script may look for it.
    pub(super) async fn finish(mut self, header: Option<&[u8]>) -> Result<(), String> {
        if self.open.is_empty() && self.partition.is_empty() {
            self.begin("", header)?;
        }
        let folders: Vec<String> = self.open.keys().cloned().collect();
        for folder in folders {
            self.end(&folder)?;
        }
        if self.unload.manifest {
            self.write_manifest()?;
        }
        match self.uploads {
            Some(uploads) => uploads.finish().await,
            None => Ok(()),
        }
    }

    /// Ends the largest file, where all together hold too much.
    fn hold_less(&mut self) -> Result<(), String> {
        // Without partitions there is one file, which holds a part at most.
        if self.partition.is_empty() || self.uploads.is_none() {
            return Ok(());
        }
        let held = |part: &Part| part.writer.sink().held();
        if self.open.values().map(held).sum::<usize>() <= HELD_BYTES_MAX {
            return Ok(());
        }
        let largest = self.open.iter().max_by_key(|(_, part)| held(part)).map(|(folder, _)| folder.clone());
        largest.map_or(Ok(()), |folder| self.end(&folder))
    }

    fn begin(&mut self, folder: &str, header: Option<&[u8]>) -> Result<(), String> {
        let begun = self.begun.entry(folder.to_owned()).or_default();
        let number = std::mem::replace(begun, *begun + 1);
        let name = format!("{}{folder}{}", self.prefix(), self.file_name(number));
        let sink = self.sink(&name)?;
        let writer = match self.unload.compression {
            Compression::None => Writer::Plain(sink),
            Compression::Gzip => Writer::Gzip(GzEncoder::new(sink, flate2::Compression::default())),
        };
        let mut part = Part { name, writer, bytes: 0, rows: 0 };
        if let Some(header) = header {
            part.write(header)?;
        }
        self.open.insert(folder.to_owned(), part);
        Ok(())
    }

    fn sink(&mut self, name: &str) -> Result<Sink, String> {
        let path = match self.objects.at(name)? {
            At::File(path) => path,
            At::Stored(storage, place) => {
                self.uploads.get_or_insert_with(|| Uploads::start(storage));
                return Ok(Sink::Stored(place, Vec::new()));
            }
        };
        let failed = |error: &std::io::Error| format!("{name}: {}", io_text(error));
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|error| failed(&error))?;
        }
        Ok(Sink::File(BufWriter::new(File::create(&path).map_err(|error| failed(&error))?)))
    }

    fn close(&mut self, name: &str, sink: Sink) -> Result<(), String> {
        match (sink, &mut self.uploads) {
            (Sink::Stored(place, bytes), Some(uploads)) => {
                uploads.last(&place, bytes);
                Ok(())
            }
            (mut file, _) => file.flush().map_err(|error| format!("{name}: {}", io_text(&error))),
        }
    }

    fn end(&mut self, folder: &str) -> Result<(), String> {
        let Some(part) = self.open.remove(folder) else { return Ok(()) };
        let Part { name, writer, bytes, rows, .. } = part;
        let sink = match writer {
            Writer::Plain(sink) => sink,
            Writer::Gzip(encoder) => {
                encoder.finish().map_err(|error| format!("{name}: {}", io_text(&error)))?
            }
        };
        self.close(&name, sink)?;
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

    fn write_manifest(&mut self) -> Result<(), String> {
        let entry = |(name, bytes, rows): &(String, u64, u64)| {
            serde_json::json!({
                "url": name,
                "meta": { "content_length": bytes, "record_count": rows },
            })
        };
        let entries: Vec<_> = self.written.iter().map(entry).collect();
        let text = serde_json::json!({ "entries": entries });
        let name = format!("{}manifest", self.unload.prefix);
        let mut sink = self.sink(&name)?;
        let written = sink.write_all(format!("{text:#}\n").as_bytes());
        written.map_err(|error| format!("{name}: {}", io_text(&error)))?;
        self.close(&name, sink)
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

    /// The bytes that it holds, once they are a part's worth.
    fn whole_part(&mut self) -> Option<(StoragePlace, Vec<u8>)> {
        let sink = match &mut self.writer {
            Writer::Plain(sink) => sink,
            Writer::Gzip(encoder) => encoder.get_mut(),
        };
        match sink {
            Sink::Stored(place, bytes) if bytes.len() >= PART_BYTES => {
                Some((place.clone(), std::mem::take(bytes)))
            }
            _ => None,
        }
    }
}

impl Writer {
    fn sink(&self) -> &Sink {
        match self {
            Writer::Plain(sink) => sink,
            Writer::Gzip(encoder) => encoder.get_ref(),
        }
    }
}

impl Sink {
    /// Bytes in memory that wait to be a part's worth.
    fn held(&self) -> usize {
        match self {
            Sink::File(_) => 0,
            Sink::Stored(_, bytes) => bytes.len(),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Sink::File(file) => file.write(bytes),
            Sink::Stored(_, held) => held.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Sink::File(file) => file.flush(),
            Sink::Stored(..) => Ok(()),
        }
    }
}

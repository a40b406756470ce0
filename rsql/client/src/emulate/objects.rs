//! What stands for S3, a directory or the storage that the program has brought, and files beside it: which files a prefix
//! means, and their bytes.
//!
//! Does not know their formats. Writing to a storage is `unload`'s.

use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use tokio::sync::mpsc;

use super::EmulationOptions;
use super::storage::{Storage, StoragePlace, WantedPiece};
use crate::error::io_text;

/// Folders within folders that are looked into.
const DEPTH_MAX: usize = 50;
/// Bytes asked from a storage at a time: some 100 ms of a good line, so that asking costs little. Three such pieces are in
/// memory at most: one that is read, one that waits, one on its way.
const PIECE_BYTES: u64 = 8 * 1024 * 1024;

/// Where `s3://` is, and where relative paths begin.
#[derive(Clone, Debug)]
pub(crate) struct Objects {
    options: EmulationOptions,
    directory: PathBuf,
    region: Option<String>,
}

/// One file, by the name that the script knows and by where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) name: String,
    pub(super) at: At,
}

/// Where a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum At {
    File(PathBuf),
    Stored(Storage, StoragePlace),
}

impl Objects {
    pub(crate) fn new(options: EmulationOptions) -> Objects {
        Objects { options, directory: PathBuf::new(), region: None }
    }

    /// As one statement sees them.
    pub(super) fn of_statement(&self, directory: &Path, region: Option<&str>) -> Objects {
        let region = region.map(str::to_owned);
        Objects { options: self.options.clone(), directory: directory.to_owned(), region }
    }

    /// Where the file of a name is, or would be.
    pub(super) fn at(&self, name: &str) -> Result<At, String> {
        let Some(key) = name.strip_prefix("s3://") else { return Ok(At::File(self.directory.join(name))) };
        let (root, storage) = (&self.options.objects, &self.options.storage);
        if let (None, Some(storage)) = (root, storage) {
            let place = StoragePlace { uri: name.to_owned(), region: self.region.clone() };
            return Ok(At::Stored(storage.clone(), place));
        }
        let Some(root) = root else {
            return Err(format!(
                "no directory stands for {name}; name one by --emulate-s3 DIRECTORY, {}, or emulate_s3 of the connection",
                super::OBJECTS_VARIABLE
            ));
        };
        let key = Path::new(key);
        if key.components().any(|part| !matches!(part, Component::Normal(_))) {
            return Err(format!("{name} is not the name of an object"));
        }
        // As it is written, since a prefix that ends with a slash means another thing than one without.
        Ok(At::File(root.join(key)))
    }

    /// The files whose names begin with `prefix`, in the order of their names.
    pub(super) async fn list(&self, prefix: &str) -> Result<Vec<Object>, String> {
        let path = match self.at(prefix)? {
            At::File(path) => path,
            At::Stored(storage, place) => {
                let listed = (storage.0.list)(place.clone(), ()).await.map_err(|error| refused(&error))?;
                let stored = |uri: String| Object {
                    name: uri.clone(),
                    at: At::Stored(storage.clone(), StoragePlace { uri, region: place.region.clone() }),
                };
                return Ok(listed.into_iter().map(stored).collect());
            }
        };
        let ends_in_folder = prefix.ends_with('/');
        let (folder, start) = if ends_in_folder {
            (path.clone(), String::new())
        } else {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            (path.parent().map(Path::to_path_buf).unwrap_or_default(), name.unwrap_or_default())
        };
        let head = prefix.len() - if ends_in_folder { 0 } else { start.len() };
        let mut found = Vec::new();
        walk(&folder, &prefix[..head], &start, &mut found, 0);
        found.sort_by(|a: &Object, b: &Object| a.name.cmp(&b.name));
        Ok(found)
    }

    /// The file of a name, if it is there.
    pub(super) async fn find(&self, name: &str) -> Result<Option<Object>, String> {
        let at = self.at(name)?;
        let is_there = match &at {
            At::File(path) => path.is_file(),
            At::Stored(storage, place) => {
                (storage.0.has)(place.clone(), ()).await.map_err(|error| refused(&error))?
            }
        };
        Ok(is_there.then(|| Object { name: name.to_owned(), at }))
    }

    /// Removes files that were listed.
    pub(super) async fn remove(&self, objects: &[Object]) -> Result<(), String> {
        let mut uris = Vec::new();
        for object in objects {
            match &object.at {
                At::File(path) => std::fs::remove_file(path)
                    .map_err(|error| format!("{}: {}", object.name, io_text(&error)))?,
                At::Stored(_, place) => uris.push(place.uri.clone()),
            }
        }
        match objects.first().map(|object| &object.at) {
            Some(At::Stored(storage, place)) => {
                (storage.0.delete)(place.clone(), uris).await.map_err(|error| refused(&error))
            }
            _ => Ok(()),
        }
    }
}

impl Object {
    /// Its bytes. Those of a storage come while they are read, and may only be waited for in a thread that may be held up.
    pub(super) fn reader(self) -> Result<Box<dyn Read + Send + Sync>, String> {
        match self.at {
            At::File(path) => {
                let file =
                    File::open(&path).map_err(|error| format!("{}: {}", self.name, io_text(&error)))?;
                Ok(Box::new(file))
            }
            At::Stored(storage, place) => {
                let (pieces, receiver) = mpsc::channel(1);
                tokio::spawn(send_pieces(storage, place, pieces));
                Ok(Box::new(Pieces { receiver: Some(receiver), piece: Vec::new(), at: 0 }))
            }
        }
    }

    /// All of its bytes, up to a limit; what comes behind that is left out.
    pub(super) async fn text(self, bytes_max: u64) -> Result<Vec<u8>, String> {
        let name = self.name.clone();
        let read = move || {
            let mut text = Vec::new();
            let read = self.reader()?.take(bytes_max).read_to_end(&mut text);
            read.map(|_| text).map_err(|error| format!("{name}: {}", io_text(&error)))
        };
        in_thread(read).await?
    }
}

/// Runs what waits for files in a thread that may be held up.
pub(super) async fn in_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.map_err(|error| format!("files could not be read: {error}"))
}

/// An error of S3, as Redshift begins it.
pub(super) fn refused(error: &str) -> String {
    format!("S3ServiceException: {error}")
}

/// Reads an object piece by piece, until nobody wants more. An empty piece is its end.
async fn send_pieces(storage: Storage, place: StoragePlace, pieces: mpsc::Sender<Result<Vec<u8>, String>>) {
    let (mut from, mut etag) = (0, None);
    loop {
        let read = (storage.0.read)(place.clone(), WantedPiece { from, length: PIECE_BYTES }).await;
        let piece = match read {
            Ok(piece) => piece,
            Err(error) => return drop(pieces.send(Err(refused(&error))).await),
        };
        if *etag.get_or_insert_with(|| piece.etag.clone()) != piece.etag {
            return drop(pieces.send(Err("it was written over while it was read".to_owned())).await);
        }
        from += piece.bytes.len() as u64;
        let is_last = piece.bytes.is_empty() || from >= piece.total;
        let is_wanted = piece.bytes.is_empty() || pieces.send(Ok(piece.bytes)).await.is_ok();
        if is_last {
            return drop(pieces.send(Ok(Vec::new())).await);
        }
        if !is_wanted {
            return;
        }
    }
}

/// The pieces as one stream.
struct Pieces {
    /// None once the end has come.
    receiver: Option<mpsc::Receiver<Result<Vec<u8>, String>>>,
    piece: Vec<u8>,
    at: usize,
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.at == self.piece.len() {
            let Some(receiver) = &mut self.receiver else { return Ok(0) };
            // Without its end it is not whole, and must not be taken for it.
            let next = receiver.blocking_recv().unwrap_or_else(|| Err("reading was given up".to_owned()));
            (self.piece, self.at) = (next.map_err(std::io::Error::other)?, 0);
            if self.piece.is_empty() {
                self.receiver = None;
            }
        }
        let count = into.len().min(self.piece.len() - self.at);
        into[..count].copy_from_slice(&self.piece[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

fn walk(folder: &Path, name: &str, start: &str, found: &mut Vec<Object>, depth: usize) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let file_name = entry.file_name().to_string_lossy().into_owned();
        if !file_name.starts_with(start) {
            continue;
        }
        let path = entry.path();
        let name = format!("{name}{file_name}");
        if path.is_file() {
            found.push(Object { name, at: At::File(path) });
        } else if path.is_dir() && depth < DEPTH_MAX {
            walk(&path, &format!("{name}/"), "", found, depth + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_prefix_means_all_files_below_it() {
        let root = tempfile::tempdir().unwrap();
        for name in ["b/in/a_1", "b/in/a_2", "b/in/b_1", "b/in/a_dir/x"] {
            let path = root.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        let options = EmulationOptions { objects: Some(root.path().to_owned()), storage: None };
        let objects = Objects::new(options);
        let names = async |prefix: &str| -> Vec<String> {
            let found = objects.list(prefix).await.unwrap();
            found.into_iter().map(|object| object.name).collect()
        };
        assert_eq!(names("s3://b/in/a_").await, ["s3://b/in/a_1", "s3://b/in/a_2", "s3://b/in/a_dir/x"]);
        assert_eq!(names("s3://b/in/b").await, ["s3://b/in/b_1"]);
        assert_eq!(names("s3://b/").await.len(), 4);
        assert!(names("s3://none/").await.is_empty());
        assert!(objects.list("s3://b/../x").await.is_err());
    }
}

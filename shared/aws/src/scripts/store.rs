//! The cache of scripts on the disk. Owns its layout: `objects/` holds each content once, shared by all processes of the host
//! and by their successors; `trees/<process>/<n>/` are directories of links to them, gone when nobody uses them, or with their
//! process. Blocks. Nothing in it needs to outlive a crash of the host, so nothing is flushed.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};

/// Contents that no tree has used for this long are deleted when a process begins.
const UNUSED_MAX: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const LOCK: &str = "lock";

/// One prefix's part of the cache, as one process uses it.
#[derive(Debug)]
pub(super) struct Store {
    objects: PathBuf,
    own: Arc<Own>,
    count: AtomicU64,
}

/// The process's directory.
#[derive(Debug)]
struct Own {
    dir: PathBuf,
    /// Held while the process lives.
    _lock: File,
}

/// A content on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) file: PathBuf,
    pub(super) etag: String,
    pub(super) version: Option<String>,
}

/// A directory of scripts; deleted with this value.
#[derive(Debug)]
pub(super) struct Tree {
    root: PathBuf,
    _own: Arc<Own>,
}

impl Store {
    /// The part for the prefix of this name.
    pub(super) fn open(cache: &Path, name: &str) -> io::Result<Self> {
        let part = cache.join(hex(&[name]));
        let (objects, trees) = (part.join("objects"), part.join("trees"));
        fs::create_dir_all(&objects)?;
        fs::create_dir_all(&trees)?;
        clear_dead(&trees)?;
        clear_unused(&objects)?;
        let dir = trees.join(uuid::Uuid::now_v7().to_string());
        fs::create_dir(&dir)?;
        let lock = File::create(dir.join(LOCK))?;
        lock.try_lock()?;
        // Somebody may have taken the directory for a dead one's before it was locked.
        fs::metadata(dir.join(LOCK))?;
        Ok(Self { objects, own: Arc::new(Own { dir, _lock: lock }), count: AtomicU64::new(0) })
    }

    /// The content of an object, if it is here.
    pub(super) fn find(&self, key: &str, etag: &str) -> io::Result<Option<Kept>> {
        let file = self.file(key, etag);
        match File::open(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            // Its age counts from its last use.
            opened => drop(opened?.set_modified(SystemTime::now())),
        }
        let version = match fs::read_to_string(version_file(&file)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            read => Some(read?),
        };
        Ok(Some(Kept { file, etag: etag.to_owned(), version }))
    }

    /// Keeps the content of an object.
    pub(super) fn keep(
        &self,
        key: &str,
        etag: &str,
        version: Option<String>,
        bytes: &[u8],
    ) -> io::Result<Kept> {
        let file = self.file(key, etag);
        // First, so that whoever finds the content finds its version, too.
        if let Some(version) = &version {
            self.place(version.as_bytes(), &version_file(&file))?;
        }
        self.place(bytes, &file)?;
        Ok(Kept { file, etag: etag.to_owned(), version })
    }

    /// Lays out a tree: paths, and the files of their contents.
    pub(super) fn lay_out(&self, files: &[(String, PathBuf)]) -> io::Result<Tree> {
        let root = self.next();
        fs::create_dir(&root)?;
        let tree = Tree { root: fs::canonicalize(&root)?, _own: Arc::clone(&self.own) };
        for (path, file) in files {
            let place = root.join(path);
            if let Some(folder) = place.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::hard_link(file, place)?;
        }
        Ok(tree)
    }

    /// Writes a file as a whole or not at all.
    fn place(&self, bytes: &[u8], place: &Path) -> io::Result<()> {
        let made = self.next();
        fs::write(&made, bytes)?;
        // A script that writes to its own file would change it for all trees.
        fs::set_permissions(&made, fs::Permissions::from_mode(0o555))?;
        fs::rename(made, place)
    }

    fn next(&self) -> PathBuf {
        self.own.dir.join(self.count.fetch_add(1, Ordering::Relaxed).to_string())
    }

    fn file(&self, key: &str, etag: &str) -> PathBuf {
        self.objects.join(hex(&[key, etag]))
    }
}

impl Tree {
    pub(super) fn root(&self) -> &Path {
        &self.root
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        remove(&self.root);
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        remove(&self.dir);
    }
}

/// What cannot be deleted now is deleted when the next process begins.
fn remove(dir: &Path) {
    if let Err(error) = fs::remove_dir_all(dir) {
        tracing::debug!(%error, dir = %dir.display(), "a directory of scripts cannot be deleted");
    }
}

fn version_file(file: &Path) -> PathBuf {
    file.with_extension("version")
}

/// Deletes the trees of processes that are gone.
fn clear_dead(trees: &Path) -> io::Result<()> {
    for entry in fs::read_dir(trees)? {
        let dir = entry?.path();
        let Ok(lock) = File::open(dir.join(LOCK)) else { continue };
        if lock.try_lock().is_ok() {
            remove(&dir);
        }
    }
    Ok(())
}

/// Deletes contents that nobody has used for long. Trees hold theirs by links of their own.
fn clear_unused(objects: &Path) -> io::Result<()> {
    for entry in fs::read_dir(objects)? {
        let entry = entry?;
        let is_version = entry.path().extension().is_some();
        let age = entry.metadata()?.modified()?.elapsed().unwrap_or_default();
        if age > UNUSED_MAX && !is_version {
            let _ = fs::remove_file(version_file(&entry.path()));
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}

/// A name for these texts.
fn hex(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

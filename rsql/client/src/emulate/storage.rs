//! S3 for COPY and UNLOAD: the calls that the program brings, so that this library knows no cloud.
//!
//! Decides nothing: which objects, in which pieces, is `objects`' and `unload`'s.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// The answer, once it is there; a failure is a sentence for the user.
pub type StorageAnswer<T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send>>;
/// One call.
pub type StorageCall<Q, A> = Box<dyn Fn(StoragePlace, Q) -> StorageAnswer<A> + Send + Sync>;

/// An object, or what the names of some begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoragePlace {
    /// `s3://bucket/key`.
    pub uri: String,
    /// Region of the bucket, where the statement names one.
    pub region: Option<String>,
}

/// A piece that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WantedPiece {
    /// Its first byte.
    pub from: u64,
    /// Most bytes of it.
    pub length: u64,
}

/// A piece of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoragePiece {
    /// Its bytes; none behind the end.
    pub bytes: Vec<u8>,
    /// The whole object's number of bytes.
    pub total: u64,
    /// Names the whole object's content.
    pub etag: String,
}

/// A part of an object that is written in several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPart {
    /// The upload that it belongs to.
    pub upload: String,
    /// Its number, from 1.
    pub number: i32,
    /// Its bytes; 5 MiB at least, unless it is the last.
    pub bytes: Vec<u8>,
}

/// All calls. None of them keeps anything of an object.
pub struct StorageCalls {
    /// URIs of the objects whose names begin with this one, in their order.
    pub list: StorageCall<(), Vec<String>>,
    /// Whether there is an object of this name.
    pub has: StorageCall<(), bool>,
    /// A piece of an object.
    pub read: StorageCall<WantedPiece, StoragePiece>,
    /// Writes an object at once.
    pub write: StorageCall<Vec<u8>, ()>,
    /// Begins an object that is written in parts, and gives the upload's id.
    pub begin: StorageCall<(), String>,
    /// Writes a part and gives its ETag.
    pub part: StorageCall<NewPart, String>,
    /// Makes an object of the parts of an upload, by its id and their ETags in their order.
    pub complete: StorageCall<(String, Vec<String>), ()>,
    /// Gives an upload up, by its id.
    pub abort: StorageCall<String, ()>,
    /// Deletes the objects of these URIs, all of the place's bucket.
    pub delete: StorageCall<Vec<String>, ()>,
}

/// Where `s3://` is, when it is no directory. Clones share it.
#[derive(Clone)]
pub struct Storage(pub(super) Arc<StorageCalls>);

impl Storage {
    /// Asks by these calls.
    #[must_use]
    pub fn new(calls: StorageCalls) -> Storage {
        Storage(Arc::new(calls))
    }
}

impl std::fmt::Debug for Storage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Storage")
    }
}

impl PartialEq for Storage {
    fn eq(&self, other: &Storage) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Storage {}

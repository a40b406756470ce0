//! Scripts that lie in S3, as directories on this host. Owns when the bucket is looked at again, and which objects make up a
//! tree. A tree never changes: a script that runs for hours includes the files that were there when it began. Files and
//! folders are `store`'s affair. Runs nothing.

mod keys;
mod store;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use fleet_core::ports::PortError;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use tokio::sync::Mutex;
use tokio::time::Instant;

use self::store::{Kept, Store, Tree};
use crate::account::Account;
use crate::fault::port_error;
use crate::objects::{self, Listed, Listing, Uri};

/// All scripts together, in bytes.
const TREE_BYTES_MAX: u64 = 512 << 20;
/// Scripts of one tree; a listing of 20 calls.
const SCRIPTS_MAX: usize = 20_000;
/// Scripts fetched at a time.
const FETCHES_MAX: usize = 16;
/// Listings for one tree: each further one means that a script was replaced in between.
const LISTINGS_MAX: usize = 4;

/// Where scripts lie, and where they are kept here.
#[derive(Debug, Clone)]
pub struct ScriptsSettings {
    /// `s3://bucket/prefix/`.
    pub uri: String,
    /// Directory of the copies; all workers of a host may share it.
    pub cache: PathBuf,
    /// How long a tree is used before the bucket is looked at again.
    pub refresh: Duration,
}

impl ScriptsSettings {
    /// The default: ten seconds, so that a new script runs soon, and a thousand jobs a minute cost six listings.
    #[must_use]
    pub fn new(uri: impl Into<String>, cache: impl Into<PathBuf>) -> Self {
        Self { uri: uri.into(), cache: cache.into(), refresh: Duration::from_secs(10) }
    }
}

/// The scripts under a prefix.
#[derive(Debug)]
pub struct Scripts {
    client: Client,
    uri: Uri,
    refresh: Duration,
    store: Arc<Store>,
    last: Mutex<Option<Seen>>,
}

#[derive(Debug)]
struct Seen {
    at: Instant,
    tree: Arc<ScriptTree>,
}

/// All scripts as they were at one time. Its files are there while it is.
#[derive(Debug)]
pub struct ScriptTree {
    /// `s3://bucket/prefix/`.
    uri: String,
    files: BTreeMap<String, Kept>,
    tree: Tree,
}

/// Why a script could not be fetched as it was listed.
enum Miss {
    /// It was replaced or deleted after it was listed.
    Changed,
    Failed(PortError),
}

impl Scripts {
    /// Prepares the cache. Asks the service nothing yet.
    ///
    /// # Errors
    /// [`PortError::Refused`] when the URI is none, or the cache cannot be used.
    pub async fn open(account: &Account, settings: ScriptsSettings) -> Result<Self, PortError> {
        let mut uri = Uri::parse(&settings.uri)?;
        if !uri.key.is_empty() && !uri.key.ends_with('/') {
            uri.key.push('/');
        }
        let name = format!("{}/{}", uri.bucket, uri.key);
        let what = format!("open the cache of scripts under {}", settings.cache.display());
        let store = aside(what, move || Store::open(&settings.cache, &name)).await?;
        let (client, refresh) = (objects::client(account), settings.refresh);
        Ok(Self { client, uri, refresh, store: Arc::new(store), last: Mutex::default() })
    }

    /// The scripts as they are now, or were a moment ago ([`ScriptsSettings::refresh`]). Keep it while one of them runs.
    ///
    /// # Errors
    /// [`PortError`]: the bucket cannot be read, or holds more than a worker takes.
    pub async fn tree(&self) -> Result<Arc<ScriptTree>, PortError> {
        // Whoever comes meanwhile waits for the same listing.
        let mut last = self.last.lock().await;
        if let Some(seen) = last.as_ref().filter(|seen| seen.at.elapsed() < self.refresh) {
            return Ok(Arc::clone(&seen.tree));
        }
        let at = Instant::now();
        let known = last.as_ref().map(|seen| Arc::clone(&seen.tree));
        let tree = self.look(known).await?;
        *last = Some(Seen { at, tree: Arc::clone(&tree) });
        Ok(tree)
    }

    async fn look(&self, known: Option<Arc<ScriptTree>>) -> Result<Arc<ScriptTree>, PortError> {
        for _ in 0..LISTINGS_MAX {
            let listed = self.list().await?;
            if let Some(known) = known.as_ref().filter(|known| known.is(&listed)) {
                return Ok(Arc::clone(known));
            }
            let fetched = stream::iter(listed)
                .map(|(path, object)| async move { Ok((path, self.keep(&object).await?)) })
                .buffer_unordered(FETCHES_MAX)
                .try_collect::<BTreeMap<String, Kept>>()
                .await;
            match fetched {
                Ok(files) => return self.build(files).await.map(Arc::new),
                Err(Miss::Changed) => {}
                Err(Miss::Failed(error)) => return Err(error),
            }
        }
        let cause = "scripts change faster than they can be read".to_owned();
        Err(PortError::Unavailable { what: format!("read the scripts in {}", self.shown()), cause })
    }

    /// What lies under the prefix, by paths within it.
    async fn list(&self) -> Result<BTreeMap<String, Listed>, PortError> {
        let mut listing = Listing::new(&self.client, &self.uri.bucket, &self.uri.key);
        let mut objects = Vec::new();
        while let Some(page) = listing.next().await? {
            objects.extend(page);
            let bytes = objects.iter().map(|object| object.bytes).sum::<u64>();
            if objects.len() > SCRIPTS_MAX || bytes > TREE_BYTES_MAX {
                let cause = format!(
                    "it holds more than {SCRIPTS_MAX} objects or {TREE_BYTES_MAX} bytes; choose a narrower prefix"
                );
                return Err(PortError::Refused {
                    what: format!("read the scripts in {}", self.shown()),
                    cause,
                });
            }
        }
        Ok(keys::usable(objects, &self.uri.key))
    }

    /// The file of an object, fetched if it is not here yet.
    async fn keep(&self, object: &Listed) -> Result<Kept, Miss> {
        let (store, key, etag) = (Arc::clone(&self.store), object.key.clone(), object.etag.clone());
        let what = format!("keep the script s3://{}/{key}", self.uri.bucket);
        let known = aside(what.clone(), move || store.find(&key, &etag)).await.map_err(Miss::Failed)?;
        if let Some(kept) = known {
            return Ok(kept);
        }
        let call = self.client.get_object().bucket(&self.uri.bucket).key(&object.key);
        let got = match call.if_match(format!("\"{}\"", object.etag)).send().await {
            Ok(got) => got,
            Err(SdkError::ServiceError(refused)) if is_change(refused.err().code()) => {
                return Err(Miss::Changed);
            }
            Err(error) => return Err(Miss::Failed(port_error(what, error))),
        };
        let version = got.version_id.clone().filter(|version| version != "null");
        let bytes = body(&what, got, object.bytes).await?;
        let (store, object) = (Arc::clone(&self.store), object.clone());
        aside(what, move || store.keep(&object.key, &object.etag, version, &bytes))
            .await
            .map_err(Miss::Failed)
    }

    async fn build(&self, files: BTreeMap<String, Kept>) -> Result<ScriptTree, PortError> {
        let (store, uri) = (Arc::clone(&self.store), self.shown());
        let links: Vec<_> = files.iter().map(|(path, kept)| (path.clone(), kept.file.clone())).collect();
        let tree = aside(format!("lay out the scripts of {uri}"), move || store.lay_out(&links)).await?;
        Ok(ScriptTree { uri, files, tree })
    }

    fn shown(&self) -> String {
        format!("s3://{}/{}", self.uri.bucket, self.uri.key)
    }
}

impl ScriptTree {
    /// The directory, for scripts and the files that they include.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.tree.root()
    }

    /// Where a script came from and in which version, for the audit; nothing when there is no such script.
    #[must_use]
    pub fn describe(&self, path: &str) -> Option<String> {
        let kept = self.files.get(path)?;
        let named = match &kept.version {
            Some(version) => format!("version {version}"),
            None => format!("etag {}", kept.etag),
        };
        Some(format!("{}{path} {named}", self.uri))
    }

    fn is(&self, listed: &BTreeMap<String, Listed>) -> bool {
        let pairs = self.files.iter().zip(listed);
        self.files.len() == listed.len()
            && pairs
                .into_iter()
                .all(|((ours, kept), (theirs, object))| ours == theirs && kept.etag == object.etag)
    }
}

/// Whether the object is no longer what was listed.
fn is_change(code: Option<&str>) -> bool {
    matches!(code, Some("PreconditionFailed" | "NoSuchKey" | "412" | "404"))
}

async fn body(what: &str, got: GetObjectOutput, expected: u64) -> Result<Vec<u8>, Miss> {
    let bytes = got.body.collect().await.map_err(|error| {
        Miss::Failed(PortError::Unavailable { what: what.to_owned(), cause: error.to_string() })
    })?;
    let bytes = bytes.to_vec();
    if bytes.len() as u64 == expected { Ok(bytes) } else { Err(Miss::Changed) }
}

/// Disk work off the async threads.
async fn aside<T: Send + 'static>(
    what: String,
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, PortError> {
    let done = tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other).flatten();
    done.map_err(|error| PortError::Unavailable { what, cause: error.to_string() })
}

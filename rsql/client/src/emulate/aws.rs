//! S3 for COPY and UNLOAD: the calls of `storage` in the words of `fleet_aws`, for all programs that are built with AWS.
//!
//! Credentials, region and endpoint are those of every AWS tool, never those that a statement names; nothing of them is read
//! before a statement asks.

use std::future::Future;

use super::storage::{NewPart, Storage, StorageCall, StorageCalls, StoragePiece, StoragePlace, WantedPiece};
use fleet_aws::{AccountSettings, BucketPlace, Buckets};

/// The storage that these settings lead to.
#[must_use]
pub fn storage(settings: AccountSettings) -> Storage {
    let buckets = Buckets::new(settings);
    Storage::new(StorageCalls {
        list: call(&buckets, |buckets, place, ()| buckets.list(place)),
        has: call(&buckets, |buckets, place, ()| buckets.has(place)),
        read: call(&buckets, |buckets, place, wanted: WantedPiece| async move {
            let piece = buckets.read(place, wanted.from, wanted.length).await;
            piece.map(|piece| StoragePiece { bytes: piece.bytes, total: piece.total, etag: piece.etag })
        }),
        write: call(&buckets, Buckets::write),
        begin: call(&buckets, |buckets, place, ()| buckets.begin(place)),
        part: call(&buckets, |buckets, place, part: NewPart| {
            buckets.part(place, part.upload, part.number, part.bytes)
        }),
        complete: call(&buckets, |buckets, place, (upload, etags)| buckets.complete(place, upload, etags)),
        abort: call(&buckets, Buckets::abort),
        delete: call(&buckets, Buckets::delete),
    })
}

fn call<Q, A, F, E>(
    buckets: &Buckets,
    method: impl Fn(Buckets, BucketPlace, Q) -> F + Send + Sync + 'static,
) -> StorageCall<Q, A>
where
    F: Future<Output = Result<A, E>> + Send + 'static,
    E: std::fmt::Display,
{
    let buckets = buckets.clone();
    Box::new(move |StoragePlace { uri, region }, wanted| {
        let answer = method(buckets.clone(), BucketPlace { uri, region }, wanted);
        // The services' errors are fragments that follow "could not".
        Box::pin(async move { answer.await.map_err(|error| format!("could not {error}")) })
    })
}

//! Objects read and written piece by piece, for scripts that load and unload them: the calls of S3, one by one. Owns which
//! client serves which region. Keeps no object and no upload: the caller puts the pieces together, so that memory is its to
//! bound.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata as _;
use aws_sdk_s3::operation::head_object::HeadObjectError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, Delete, ObjectIdentifier};
use fleet_core::ports::PortError;
use tokio::sync::Mutex;

use super::{KEYS_MAX, Listed, Listing, Uri, client};
use crate::account::{Account, AccountSettings};
use crate::fault::port_error;

/// Objects that one call deletes; S3 takes no more.
const DELETED_AT_ONCE: usize = 1000;
/// Tries of a piece whose body breaks off; the SDK only tries again what breaks before.
const TRIES: usize = 3;
/// What S3 answers when a piece begins behind the end, as every piece of an empty object does.
const BEHIND_THE_END: &str = "InvalidRange";

/// The buckets that an account reaches. Clones share the clients. Nothing is read and nobody asked before the first call.
#[derive(Debug, Clone)]
pub struct Buckets {
    settings: AccountSettings,
    clients: Arc<Mutex<BTreeMap<Option<String>, Client>>>,
}

/// An object, or what the names of some begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketPlace {
    /// `s3://bucket/key`.
    pub uri: String,
    /// Region of the bucket, where it is another than the account's.
    pub region: Option<String>,
}

/// A piece of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectPiece {
    /// Its bytes; none behind the end.
    pub bytes: Vec<u8>,
    /// The whole object's number of bytes.
    pub total: u64,
    /// Names the whole object's content.
    pub etag: String,
}

impl Buckets {
    /// The buckets that these settings lead to.
    #[must_use]
    pub fn new(settings: AccountSettings) -> Self {
        Self { settings, clients: Arc::default() }
    }

    /// URIs of the objects whose names begin with this one, in their order.
    ///
    /// # Errors
    /// [`PortError`], also when there are more than 100,000.
    pub async fn list(self, place: BucketPlace) -> Result<Vec<String>, PortError> {
        let (client, uri) = self.open(&place).await?;
        let mut listing = Listing::new(&client, &uri.bucket, &uri.key);
        let mut found = Vec::new();
        while let Some(page) = listing.next().await? {
            found.extend(page.into_iter().map(|Listed { key, .. }| format!("s3://{}/{key}", uri.bucket)));
            if found.len() > KEYS_MAX {
                let cause = format!("more than {KEYS_MAX} objects begin so");
                return Err(PortError::Refused { what: format!("list {}", place.uri), cause });
            }
        }
        Ok(found)
    }

    /// Whether there is an object of this name.
    ///
    /// # Errors
    /// [`PortError`]
    pub async fn has(self, place: BucketPlace) -> Result<bool, PortError> {
        let (client, uri) = self.open(&place).await?;
        match client.head_object().bucket(&uri.bucket).key(&uri.key).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(HeadObjectError::is_not_found) => Ok(false),
            Err(error) => Err(port_error(format!("look at {}", place.uri), error)),
        }
    }

    /// Up to `length` bytes from `from` on.
    ///
    /// # Errors
    /// [`PortError`], also when there is no such object.
    pub async fn read(self, place: BucketPlace, from: u64, length: u64) -> Result<ObjectPiece, PortError> {
        let (client, uri) = self.open(&place).await?;
        let range = format!("bytes={from}-{}", from.saturating_add(length.max(1)) - 1);
        let what = || format!("read {}", place.uri);
        let mut broken = String::new();
        for _ in 0..TRIES {
            let call = client.get_object().bucket(&uri.bucket).key(&uri.key).range(&range);
            let answer = match call.send().await {
                Ok(answer) => answer,
                Err(error) if error.code() == Some(BEHIND_THE_END) => return Ok(ObjectPiece::default()),
                Err(error) => return Err(port_error(what(), error)),
            };
            let etag = answer.e_tag.unwrap_or_default();
            let total =
                answer.content_range.as_deref().and_then(|range| range.rsplit('/').next()?.parse().ok());
            match answer.body.collect().await {
                Ok(body) => {
                    let bytes = body.to_vec();
                    // Who knows no ranges has sent it whole.
                    let total = total.unwrap_or(bytes.len() as u64);
                    return Ok(ObjectPiece { bytes, total, etag });
                }
                Err(error) => broken = error.to_string(),
            }
        }
        Err(PortError::Unavailable { what: what(), cause: broken })
    }

    /// Writes an object at once.
    ///
    /// # Errors
    /// [`PortError`]
    pub async fn write(self, place: BucketPlace, bytes: Vec<u8>) -> Result<(), PortError> {
        let (client, uri) = self.open(&place).await?;
        let call = client.put_object().bucket(&uri.bucket).key(&uri.key).body(ByteStream::from(bytes));
        call.send().await.map_err(|error| port_error(format!("write {}", place.uri), error))?;
        Ok(())
    }

    /// Begins an object that is written in parts, and gives the upload's id. It is there when it is completed.
    ///
    /// # Errors
    /// [`PortError`]
    pub async fn begin(self, place: BucketPlace) -> Result<String, PortError> {
        let (client, uri) = self.open(&place).await?;
        let call = client.create_multipart_upload().bucket(&uri.bucket).key(&uri.key);
        let begun = call.send().await.map_err(|error| port_error(format!("write {}", place.uri), error))?;
        Ok(begun.upload_id.unwrap_or_default())
    }

    /// Writes a part, numbered from 1, of 5 MiB at least unless it is the last, and gives its ETag.
    ///
    /// # Errors
    /// [`PortError`]
    pub async fn part(
        self,
        place: BucketPlace,
        upload: String,
        number: i32,
        bytes: Vec<u8>,
    ) -> Result<String, PortError> {
        let (client, uri) = self.open(&place).await?;
        let call = client.upload_part().bucket(&uri.bucket).key(&uri.key).upload_id(upload);
        let call = call.part_number(number).body(ByteStream::from(bytes));
        let part = call.send().await.map_err(|error| port_error(format!("write {}", place.uri), error))?;
        Ok(part.e_tag.unwrap_or_default())
    }

    /// Makes an object of its parts, whose ETags stand in their order.
    ///
    /// # Errors
    /// [`PortError`]
    pub async fn complete(
        self,
        place: BucketPlace,
        upload: String,
        etags: Vec<String>,
    ) -> Result<(), PortError> {
        let (client, uri) = self.open(&place).await?;
        let part =
            |(number, etag): (i32, String)| CompletedPart::builder().part_number(number).e_tag(etag).build();
        let parts = (1..).zip(etags).map(part).collect();
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let call = client.complete_multipart_upload().bucket(&uri.bucket).key(&uri.key);
        let call = call.upload_id(upload).multipart_upload(parts);
        call.send().await.map_err(|error| port_error(format!("write {}", place.uri), error))?;
        Ok(())
    }

    /// Gives an upload up, so that its parts are not kept.
    ///
    /// # Errors
    /// [`PortError`]
    pub async fn abort(self, place: BucketPlace, upload: String) -> Result<(), PortError> {
        let (client, uri) = self.open(&place).await?;
        let call = client.abort_multipart_upload().bucket(&uri.bucket).key(&uri.key).upload_id(upload);
        call.send().await.map_err(|error| port_error(format!("give up writing {}", place.uri), error))?;
        Ok(())
    }

    /// Deletes objects of one bucket, by their URIs; `place` names the bucket. One that is not there is deleted already.
    ///
    /// # Errors
    /// [`PortError`]; some may have been deleted.
    pub async fn delete(self, place: BucketPlace, uris: Vec<String>) -> Result<(), PortError> {
        let (client, bucket) = self.open(&place).await?;
        let what = || format!("delete objects of {}", place.uri);
        let refused = |cause: String| PortError::Refused { what: what(), cause };
        for uris in uris.chunks(DELETED_AT_ONCE) {
            let mut objects = Vec::new();
            for uri in uris {
                let object = ObjectIdentifier::builder().key(Uri::parse(uri)?.key).build();
                objects.push(object.map_err(|error| refused(error.to_string()))?);
            }
            let delete = Delete::builder().set_objects(Some(objects)).quiet(true).build();
            let delete = delete.map_err(|error| refused(error.to_string()))?;
            let call = client.delete_objects().bucket(&bucket.bucket).delete(delete);
            let answer = call.send().await.map_err(|error| port_error(what(), error))?;
            if let Some(fault) = answer.errors.unwrap_or_default().into_iter().next() {
                return Err(refused(format!(
                    "{}: {}",
                    fault.key.unwrap_or_default(),
                    fault.message.or(fault.code).unwrap_or_default()
                )));
            }
        }
        Ok(())
    }

    /// The client of a place's region, and the place's parts.
    async fn open(&self, place: &BucketPlace) -> Result<(Client, Uri), PortError> {
        let uri = Uri::parse(&place.uri)?;
        let mut clients = self.clients.lock().await;
        if let Some(known) = clients.get(&place.region) {
            return Ok((known.clone(), uri));
        }
        let mut settings = self.settings.clone();
        settings.region = place.region.clone().or(settings.region);
        let opened = Account::open(settings).await;
        let account = opened.map_err(|error| PortError::Refused {
            what: format!("reach {}", place.uri),
            cause: error.to_string(),
        })?;
        let client = client(&account);
        clients.insert(place.region.clone(), client.clone());
        Ok((client, uri))
    }
}

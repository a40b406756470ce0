//! Objects of S3 for preconditions: is something there that matches? Owns the listing. The scripts that lie in S3 are
//! `scripts`' affair.

mod buckets;
mod upload;
mod uri;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use fleet_core::ports::PortError;

pub use self::buckets::{BucketPlace, Buckets, ObjectPiece};
pub use self::upload::{Upload, Uploaded};
pub(crate) use self::uri::Uri;
use crate::account::Account;
use crate::fault::port_error;

/// Keys looked at for one question: 100 calls, 0.0005 USD. A pattern that needs more is begun too vaguely.
const KEYS_MAX: usize = 100_000;

/// Looks for objects.
#[derive(Debug, Clone)]
pub struct Objects {
    client: Client,
}

/// An object that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundObject {
    /// `s3://bucket/key`.
    pub uri: String,
    /// Names its content; without quotes.
    pub etag: String,
    /// Its size; never 0.
    pub bytes: u64,
}

/// One object of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) key: String,
    pub(crate) etag: String,
    pub(crate) bytes: u64,
}

impl Objects {
    /// Looks in this account's buckets, and in those of others that let it.
    #[must_use]
    pub fn new(account: &Account) -> Self {
        Self { client: client(account) }
    }

    /// The first object, in the order of keys, that matches `s3://bucket/key` and is not empty. In the key, `*` and `?` stand
    /// for characters other than `/`, and `**` for any.
    ///
    /// # Errors
    /// [`PortError::Refused`] for what is no such URI, a bucket that is not there, or a pattern that leaves too much open;
    /// [`PortError::Unavailable`] otherwise, a missing right included.
    pub async fn find(&self, pattern: &str) -> Result<Option<FoundObject>, PortError> {
        let uri = Uri::parse(pattern)?;
        let mut listing = Listing::new(&self.client, &uri.bucket, uri.literal_prefix());
        let mut seen = 0;
        while let Some(page) = listing.next().await? {
            seen += page.len();
            let found = page.into_iter().find(|object| object.bytes > 0 && uri.matches(&object.key));
            if let Some(Listed { key, etag, bytes }) = found {
                return Ok(Some(FoundObject { uri: format!("s3://{}/{key}", uri.bucket), etag, bytes }));
            }
            if seen >= KEYS_MAX {
                let cause = format!(
                    "the first {seen} keys that begin with `{}` do not match; begin the pattern with more than that",
                    uri.literal_prefix()
                );
                return Err(PortError::Refused { what: format!("look for {pattern}"), cause });
            }
        }
        Ok(None)
    }
}

/// A client whose addresses suit the endpoint: one that is given by its URL has no names of its own for buckets.
pub(crate) fn client(account: &Account) -> Client {
    let by_path =
        account.config.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
    Client::from_conf(Builder::from(&account.config).force_path_style(by_path).build())
}

/// The objects under a prefix, page by page, in the order of keys.
pub(crate) struct Listing<'a> {
    client: &'a Client,
    bucket: &'a str,
    prefix: &'a str,
    token: Option<String>,
    is_over: bool,
}

impl<'a> Listing<'a> {
    pub(crate) fn new(client: &'a Client, bucket: &'a str, prefix: &'a str) -> Self {
        Self { client, bucket, prefix, token: None, is_over: false }
    }

    /// The next page; nothing at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Listed>>, PortError> {
        if self.is_over {
            return Ok(None);
        }
        let Self { client, bucket, prefix, .. } = self;
        let call = client.list_objects_v2().bucket(*bucket).prefix(*prefix);
        let page = call.set_continuation_token(self.token.take()).send().await;
        let page = page.map_err(|error| port_error(format!("list s3://{bucket}/{prefix}"), error))?;
        self.token = page.next_continuation_token;
        self.is_over = self.token.is_none();
        let listed = |object: aws_sdk_s3::types::Object| {
            let etag = object.e_tag.unwrap_or_default().trim_matches('"').to_owned();
            let bytes = object.size.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default();
            Some(Listed { key: object.key?, etag, bytes })
        };
        Ok(Some(page.contents.unwrap_or_default().into_iter().filter_map(listed).collect()))
    }
}

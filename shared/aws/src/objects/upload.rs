//! Files into a bucket, for a deployment. Owns which of them are sent: those whose content is there already are not, so that
//! neither their versions nor the workers' copies change. Removes nothing: jobs that run may need it.

use std::path::PathBuf;

use aws_sdk_s3::operation::head_object::HeadObjectError;
use aws_sdk_s3::primitives::ByteStream;
use fleet_core::ports::PortError;
use sha2::{Digest as _, Sha256};
use tokio::task::JoinSet;

use super::{Objects, Uri};
use crate::fault::port_error;

/// Objects on their way at the same time: enough to hide the way to a region, few enough for a laptop.
const AT_ONCE: usize = 8;
/// Metadata of an object that says what its content is; an ETag does not, where a bucket encrypts with keys of its own.
const HASH: &str = "sha256";

/// A file to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Its key below the prefix, with `/`.
    pub name: String,
    /// Where it lies.
    pub file: PathBuf,
}

/// What an upload came to, by the names of the files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uploaded {
    /// Those that were sent.
    pub sent: Vec<String>,
    /// How many were there already.
    pub unchanged: usize,
}

impl Objects {
    /// Sends files to `s3://bucket/prefix`, unless they are there.
    ///
    /// # Errors
    /// [`PortError`], also when a file cannot be read; some may have been sent.
    pub async fn upload(&self, prefix: &str, files: Vec<Upload>) -> Result<Uploaded, PortError> {
        let prefix = Uri::parse(prefix)?;
        let mut uploaded = Uploaded::default();
        let mut running = JoinSet::new();
        let mut files = files.into_iter();
        loop {
            while running.len() < AT_ONCE
                && let Some(file) = files.next()
            {
                let (objects, uri) = (self.clone(), prefix.below(&file.name));
                running.spawn(async move {
                    let sent = objects.send(&uri, &file).await?;
                    Ok::<_, PortError>((file.name, sent))
                });
            }
            let Some(ended) = running.join_next().await else { break };
            let ended = ended.map_err(|error| PortError::Unavailable {
                what: format!("send files to s3://{}/{}", prefix.bucket, prefix.key),
                cause: error.to_string(),
            })?;
            match ended? {
                (name, Sent::New) => uploaded.sent.push(name),
                (_, Sent::Known) => uploaded.unchanged += 1,
            }
        }
        uploaded.sent.sort();
        Ok(uploaded)
    }

    async fn send(&self, uri: &Uri, file: &Upload) -> Result<Sent, PortError> {
        let unreadable = |error: std::io::Error| PortError::Refused {
            what: format!("read {}", file.file.display()),
            cause: error.to_string(),
        };
        let content = tokio::fs::read(&file.file).await.map_err(unreadable)?;
        let hash: String = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
        if self.hash_of(uri).await?.as_ref() == Some(&hash) {
            return Ok(Sent::Known);
        }
        let put = self.client.put_object().bucket(&uri.bucket).key(&uri.key).metadata(HASH, hash);
        let put = put.body(ByteStream::from(content)).send().await;
        put.map_err(|error| port_error(format!("write s3://{}/{}", uri.bucket, uri.key), error))?;
        Ok(Sent::New)
    }

    /// What the object says of its content; nothing when it is not there, or was put there otherwise.
    async fn hash_of(&self, uri: &Uri) -> Result<Option<String>, PortError> {
        let head = self.client.head_object().bucket(&uri.bucket).key(&uri.key).send().await;
        match head {
            Ok(head) => Ok(head.metadata.and_then(|known| known.get(HASH).cloned())),
            Err(error) if error.as_service_error().is_some_and(HeadObjectError::is_not_found) => Ok(None),
            Err(error) => Err(port_error(format!("look at s3://{}/{}", uri.bucket, uri.key), error)),
        }
    }
}

/// What became of one file.
enum Sent {
    New,
    Known,
}

impl Uri {
    /// The address of a name below this prefix.
    fn below(&self, name: &str) -> Self {
        let prefix = self.key.trim_end_matches('/');
        let key = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
        Self { bucket: self.bucket.clone(), key }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_below_the_prefix() {
        let check = |prefix: &str, expect: &str| {
            let uri = Uri::parse(prefix).map(|prefix| prefix.below("a/b.sql"));
            assert_eq!(uri.map(|uri| uri.key).ok().as_deref(), Some(expect), "{prefix}");
        };
        check("s3://etl", "a/b.sql");
        check("s3://etl/", "a/b.sql");
        check("s3://etl/scripts", "scripts/a/b.sql");
        check("s3://etl/scripts/", "scripts/a/b.sql");
    }
}

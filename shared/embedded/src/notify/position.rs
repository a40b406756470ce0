//! How far the file of alerts has been posted, kept beside it and shared by all processes. Owns that file. A position lost
//! in a crash is an older one, so that an alert may be posted twice, but is never left out.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

/// Newest form of the file.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Position {
    version: u32,
    /// Bytes of the file of alerts that are posted, or refused for good.
    posted_bytes: u64,
}

/// The bytes that are posted; none before the first alert that is to be.
pub(super) fn read(path: &Path) -> io::Result<Option<u64>> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text?,
    };
    let found: Position = serde_json::from_str(&text)?;
    if found.version > VERSION {
        return Err(io::Error::other(format!(
            "it has version {}, this release reads up to {VERSION}",
            found.version
        )));
    }
    Ok(Some(found.posted_bytes))
}

/// Replaces the position as a whole.
pub(super) fn write(path: &Path, posted_bytes: u64) -> io::Result<()> {
    let text = serde_json::to_string(&Position { version: VERSION, posted_bytes })?;
    let new = path.with_extension("json.new");
    let mut file = File::create(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_data()?;
    std::fs::rename(&new, path)
}

//! UNLOAD to files: PostgreSQL's COPY text in Redshift's formats, and the files by their names.
//!
//! Holds one line in memory, and of files in a storage a part each.

mod files;
mod format;
mod uploads;

use rsql_sql::emulate::transfer::Unload;

use self::files::Files;
use self::format::Format;
use super::objects::Objects;

/// An UNLOAD under way.
pub(super) struct Unloading {
    format: Format,
    files: Files,
    /// The names of the columns, once they have come.
    names: Option<Vec<String>>,
}

impl Unloading {
    /// Looks at the place where the files go. An error is what the UNLOAD fails with.
    pub(super) async fn open(unload: &Unload, objects: &Objects) -> Result<Unloading, String> {
        let there = objects.list(&unload.prefix).await?;
        if unload.clean_path {
            objects.remove(&there).await?;
        } else if !there.is_empty() && !unload.allow_overwrite {
            return Err("Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, \
                        manually removing the target files in S3, or using the ALLOWOVERWRITE option."
                .to_owned());
        }
        Ok(Unloading { format: Format::new(unload), files: Files::new(unload, objects.clone()), names: None })
    }

    /// One line of COPY text; the first has the names of the columns.
    pub(super) fn line(&mut self, line: &[u8]) -> Result<(), String> {
        let fields = format::fields(line);
        let Some(names) = &self.names else {
            let names: Vec<String> = fields.into_iter().map(Option::unwrap_or_default).collect();
            self.files.columns(&names)?;
            self.names = Some(names);
            return Ok(());
        };
        let folder = self.files.folder(&fields);
        let kept: Vec<_> = self.files.kept(fields);
        let names = self.files.kept(names.clone());
        let header = self.format.header(&names);
        self.files.write(&folder, header.as_deref(), &self.format.line(&names, &kept))
    }

    /// Waits until a storage has taken what is ready for it. May be dropped while waiting and called again.
    pub(super) async fn settle(&mut self) -> Result<(), String> {
        self.files.settle().await
    }

    /// Leaves nothing half-written in a storage.
    pub(super) async fn give_up(self) {
        self.files.give_up().await;
    }

    /// Closes the files and writes the list of them.
    pub(super) async fn finish(mut self) -> Result<(), String> {
        let names = self.names.take().unwrap_or_default();
        let names = self.files.kept(names);
        let header = self.format.header(&names);
        self.files.finish(header.as_deref()).await
    }
}

//! UNLOAD to files: PostgreSQL's COPY text in Redshift's formats, and the files by their names.
//!
//! Holds one line in memory.

mod files;
mod format;

use std::path::Path;

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
    pub(super) fn open(unload: &Unload, objects: &Objects, directory: &Path) -> Result<Unloading, String> {
        let there = objects.list(&unload.prefix, directory)?;
        if unload.clean_path {
            for object in &there {
                std::fs::remove_file(&object.path)
                    .map_err(|error| format!("{}: {}", object.name, crate::error::io_text(&error)))?;
            }
        } else if !there.is_empty() && !unload.allow_overwrite {
            return Err("Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, \
                        manually removing the target files in S3, or using the ALLOWOVERWRITE option."
                .to_owned());
        }
        Ok(Unloading {
            format: Format::new(unload),
            files: Files::new(unload, objects.clone(), directory.to_owned()),
            names: None,
        })
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

    /// Closes the files and writes the list of them.
    pub(super) fn finish(mut self) -> Result<(), String> {
        let names = self.names.take().unwrap_or_default();
        let names = self.files.kept(names);
        let header = self.format.header(&names);
        self.files.finish(header.as_deref())
    }
}

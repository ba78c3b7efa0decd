//! The precompiled standard headers and the runners' allocator, made when first needed and shared between runs.
//! Never changes a folder that is there.

use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use super::cache::CacheKey;
use super::toolchain::BuildPurpose;
use super::{Cancel, Harness, HarnessError};
use crate::domain::problem::{Mode, Standard};

/// A folder of precompiled headers and the standard it was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Headers {
    /// Where they are.
    pub(crate) folder: PathBuf,
    /// What everything after them is compiled as.
    pub(crate) standard: Standard,
}

impl Headers {
    /// A file among them.
    pub(crate) fn join(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }
}

impl Harness {
    /// The folder of precompiled headers, made when first needed.
    pub(super) fn headers(
        &self,
        mode: Mode,
        purpose: BuildPurpose,
        standard: Standard,
        cancel: &Cancel,
    ) -> Result<Headers, HarnessError> {
        self.compiles()?;
        let inner = &*self.0;
        let mut known = inner.headers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = known.get(&(mode, purpose, standard)) {
            return Ok(Headers {
                folder: folder.clone(),
                standard,
            });
        }
        let version = CacheKey::new(&[
            &inner.bench.compiler.fingerprint(&inner.cpu_class),
            mode.word(),
            purpose.word(),
            standard.word(),
        ]);
        let folder = inner
            .headers_in
            .join(format!("headers-{}", version.short()));
        if inner.bench.compiler.clang {
            let folder = self.where_they_were_made((mode, purpose, standard), &folder, cancel)?;
            known.insert((mode, purpose, standard), folder.clone());
            return Ok(Headers { folder, standard });
        }
        if !folder.is_dir() {
            let environment = |error: std::io::Error| HarnessError::Environment {
                what: format!("cannot write to {}: {error}", inner.headers_in.display()),
                hint: "see whether the disk has room".to_owned(),
            };
            let making = tempfile::Builder::new()
                .prefix("making-")
                .tempdir_in(&inner.headers_in)
                .map_err(environment)?;
            inner
                .bench
                .precompile(mode, purpose, standard, making.path(), cancel)?;
            // Another process may have been first; then its folder serves as well.
            if std::fs::rename(making.path(), &folder).is_ok() {
                let _ = making.keep();
            }
            if !folder.is_dir() {
                return Err(environment(std::io::Error::other(
                    "the precompiled headers are not there",
                )));
            }
        }
        known.insert((mode, purpose, standard), folder.clone());
        Ok(Headers { folder, standard })
    }

    /// For clang, whose precompiled headers remember where they were made: a folder that is never renamed, and has a file
    /// that says it is complete.
    fn where_they_were_made(
        &self,
        (mode, purpose, standard): (Mode, BuildPurpose, Standard),
        like: &Path,
        cancel: &Cancel,
    ) -> Result<PathBuf, HarnessError> {
        const WHOLE: &str = "whole";
        let inner = &*self.0;
        let environment = |error: std::io::Error| HarnessError::Environment {
            what: format!("cannot write to {}: {error}", inner.headers_in.display()),
            hint: "see whether the disk has room".to_owned(),
        };
        let name = like.file_name().unwrap_or_default().to_string_lossy();
        let complete = std::fs::read_dir(&inner.headers_in)
            .map_err(environment)?
            .flatten()
            .find(|entry| {
                let found = entry.file_name();
                found.to_string_lossy().starts_with(&*name) && entry.path().join(WHOLE).is_file()
            });
        if let Some(complete) = complete {
            return Ok(complete.path());
        }
        let making = tempfile::Builder::new()
            .prefix(&format!("{name}-"))
            .tempdir_in(&inner.headers_in)
            .map_err(environment)?;
        inner
            .bench
            .precompile(mode, purpose, standard, making.path(), cancel)?;
        std::fs::write(making.path().join(WHOLE), "").map_err(environment)?;
        Ok(making.keep())
    }
}

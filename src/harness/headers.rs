//! The precompiled standard headers and the runners' allocator, made when first needed and shared between runs.
//! Never changes a folder that is there.

use std::path::PathBuf;
use std::sync::PoisonError;

use super::cache::Key;
use super::toolchain::Purpose;
use super::{Cancel, Harness, HarnessError};
use crate::domain::problem::Mode;

impl Harness {
    /// The folder of precompiled headers, made when first needed.
    pub(super) fn headers(
        &self,
        mode: Mode,
        purpose: Purpose,
        cancel: &Cancel,
    ) -> Result<PathBuf, HarnessError> {
        let inner = &*self.0;
        let mut known = inner.headers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = known.get(&(mode, purpose)) {
            return Ok(folder.clone());
        }
        let version = Key::new(&[
            &inner.bench.compiler.fingerprint(&inner.cpu),
            mode.word(),
            purpose.word(),
        ]);
        let folder = inner
            .headers_in
            .join(format!("headers-{}", version.short()));
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
                .precompile(mode, purpose, making.path(), cancel)?;
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
        known.insert((mode, purpose), folder.clone());
        Ok(folder)
    }
}

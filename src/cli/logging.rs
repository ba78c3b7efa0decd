//! The log: a file in the state folder, filtered by `LESSONL_LOG`. Never writes to stdout or stderr; no log is no error.

use std::fs::{DirBuilder, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

/// From this size on the log is begun anew; the last one is kept beside it.
const LARGE: u64 = 4 << 20;

/// Opens the log file and sends all events there.
pub(super) fn start(file: &Path) {
    let Some(folder) = file.parent() else { return };
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    if made.is_err() {
        return;
    }
    if std::fs::metadata(file).is_ok_and(|meta| meta.len() > LARGE) {
        let _ = std::fs::rename(file, file.with_extension("log.old"));
    }
    let opened = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(file);
    let Ok(opened) = opened else { return };
    let filter =
        EnvFilter::try_from_env("LESSONL_LOG").unwrap_or_else(|_| EnvFilter::new("lessonl=info"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(Mutex::new(opened))
        .finish();
    let _ = tracing::subscriber::set_global_default(subscriber);
}

//! One process per run: a lock file beside the database, released by the system when its holder dies.
//! Never waits: a run that another process holds is refused at once.

use std::fs::{DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::StoreError;
use crate::domain::id::RunId;

/// The right to append to a run. Given up when dropped.
#[derive(Debug)]
pub struct Claim {
    path: PathBuf,
    file: File,
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Unlinked while still locked, so that nobody can lock a file that is about to vanish unnoticed.
        let _ = std::fs::remove_file(&self.path);
        let _ = flock(&self.file, FlockOperation::Unlock);
    }
}

fn lock_path(database: &Path, run: &RunId) -> PathBuf {
    database
        .parent()
        .unwrap_or(Path::new("."))
        .join("locks")
        .join(format!("{run}.lock"))
}

/// Claims a run for this process.
///
/// # Errors
/// If another living process has it, or the lock file cannot be made.
pub fn claim(database: &Path, run: &RunId) -> Result<Claim, StoreError> {
    let path = lock_path(database, run);
    let failed = |error: std::io::Error| {
        StoreError::new(
            format!("cannot lock run {run} ({}): {error}", path.display()),
            "Check that the folder is yours and has room, or name another one with --data-dir.",
        )
    };
    if let Some(folder) = path.parent() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(failed)?;
    }
    // A holder unlinks the file when it goes; then we hold a lock on nothing and try again with the new file.
    for _ in 0..16 {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) if is_still_at(&file, &path) => return Ok(Claim { path, file }),
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => break,
            Err(error) => return Err(failed(error.into())),
        }
    }
    Err(StoreError::new(
        format!("run {run} is being worked on by another lessonl process"),
        "Wait until it is done or stop it; nothing of it is lost.",
    ))
}

fn is_still_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(ours), Ok(there)) => ours.ino() == there.ino() && ours.dev() == there.dev(),
        _ => false,
    }
}

/// Whether a living process has the run right now.
pub fn is_claimed(database: &Path, run: &RunId) -> bool {
    let Ok(file) = File::open(lock_path(database, run)) else {
        return false;
    };
    flock(&file, FlockOperation::NonBlockingLockShared) == Err(rustix::io::Errno::WOULDBLOCK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_claimed_once_and_free_again_afterwards() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("lessonl.db");
        let run = RunId::new("r1").unwrap();
        assert!(!is_claimed(&database, &run));
        let held = claim(&database, &run).unwrap();
        assert!(is_claimed(&database, &run));
        let refused = claim(&database, &run).unwrap_err();
        assert!(
            refused.what.contains("another lessonl process"),
            "{refused}"
        );
        claim(&database, &RunId::new("r2").unwrap()).unwrap();
        drop(held);
        assert!(!is_claimed(&database, &run));
        claim(&database, &run).unwrap();
    }
}

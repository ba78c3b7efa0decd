//! The one temporary folder of a harness, and those that killed processes left behind.
//! Never removes what another living process uses: each owner holds a lock that the kernel takes from the dead.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

const PREFIX: &str = "lessonl-";
const LOCK: &str = "owner";
/// Folders younger than this are left alone: their owner may be about to lock them.
const YOUNG: Duration = Duration::from_secs(60);

/// A folder that goes when it is dropped, or when somebody finds it without its owner.
#[derive(Debug)]
pub struct Folder {
    folder: TempDir,
    /// Held locked as long as we live.
    _owner: File,
}

impl Folder {
    /// Removes what dead owners left in `temporary`, and makes a folder there with an empty one, `empty`, in it.
    pub fn make(temporary: &Path) -> io::Result<Self> {
        sweep(temporary, YOUNG);
        let folder = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempdir_in(temporary)?;
        let owner = File::create_new(folder.path().join(LOCK))?;
        owner.lock()?;
        fs::create_dir(folder.path().join("empty"))?;
        Ok(Self {
            folder,
            _owner: owner,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes folders of ours without a living owner. What cannot be read or removed is another's, or gone already.
fn sweep(temporary: &Path, young: Duration) {
    let Ok(entries) = fs::read_dir(temporary) else {
        return;
    };
    for entry in entries.flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let settled = entry.metadata().is_ok_and(|about| {
            about.is_dir()
                && about
                    .modified()
                    .is_ok_and(|then| then.elapsed().is_ok_and(|age| age >= young))
        });
        if ours && settled && orphaned(&entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Whether the folder has a lock that nobody holds.
fn orphaned(folder: &Path) -> bool {
    match File::open(folder.join(LOCK)).map(|owner| owner.try_lock()) {
        Ok(Ok(())) => true,
        Ok(Err(TryLockError::WouldBlock | TryLockError::Error(_))) | Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_the_dead_go_and_those_of_the_living_stay() {
        let temporary = tempfile::tempdir().unwrap();
        let living = Folder::make(temporary.path()).unwrap();
        let dead = temporary.path().join("lessonl-dead");
        let other = temporary.path().join("somebody-else");
        for folder in [&dead, &other] {
            fs::create_dir(folder).unwrap();
            File::create(folder.join(LOCK)).unwrap();
        }
        sweep(temporary.path(), YOUNG);
        assert!(dead.exists());
        sweep(temporary.path(), Duration::ZERO);
        assert!(!dead.exists() && other.exists());
        assert!(living.path().join("empty").is_dir());
    }
}

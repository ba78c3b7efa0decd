//! The one temporary folder of a harness, and those that killed processes left behind.
//! Never removes what another living process uses: each owner holds a lock that the kernel takes from the dead. Never
//! looks at those of other machines, whose locks a shared file system may not know: their names say whose they are.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

const LOCK: &str = "owner";
/// Such folders are left alone for so long: their owner may be about to lock them.
const YOUNG: Duration = Duration::from_secs(60);

/// A folder that goes when it is dropped, or when somebody finds it without its owner.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// Held locked as long as we live.
    owner: Option<File>,
}

/// The beginnings of the names of this machine's folders since it was started: of those with an owner, and of those that
/// are being made.
fn prefixes() -> [String; 2] {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let host = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    let key = super::cache::CacheKey::new(&[&host, &boot]);
    let machine = &key.short()[..12];
    [
        format!("lessonl-{machine}-"),
        format!("lessonl.new-{machine}-"),
    ]
}

impl Folder {
    /// Removes what dead owners left in `temporary`, and makes a folder there with an empty one, `empty`, in it.
    pub(crate) fn make(temporary: &Path) -> io::Result<Self> {
        sweep(temporary, YOUNG);
        let [owned, making] = prefixes();
        let unowned = tempfile::Builder::new()
            .prefix(&making)
            .tempdir_in(temporary)?;
        let owner = File::create_new(unowned.path().join(LOCK))?;
        owner.lock()?;
        fs::create_dir(unowned.path().join("empty"))?;
        // Only what is locked bears a name that others may sweep at once.
        let name = unowned.path().file_name().unwrap_or_default();
        let name = name.to_string_lossy().replacen(&making, &owned, 1);
        let path = temporary.join(name);
        fs::rename(unowned.path(), &path)?;
        // Its old name is gone, so dropping it removes nothing.
        drop(unowned.keep());
        Ok(Self {
            path,
            owner: Some(owner),
        })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // First closed: some file systems only rename what is open, and the folder would not be empty.
        self.owner = None;
        // What cannot be removed now is swept by the next owner.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Removes folders of ours without a living owner. What cannot be read or removed is another's, or gone already.
fn sweep(temporary: &Path, young: Duration) {
    let Ok(entries) = fs::read_dir(temporary) else {
        return;
    };
    let [owned, making] = prefixes();
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let settled = || {
            let about = entry.metadata().ok()?;
            about.modified().ok()?.elapsed().ok()
        };
        let settled = name.starts_with(&owned)
            || name.starts_with(&making) && settled().is_some_and(|age| age >= young);
        if settled && orphaned(&entry.path()) {
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
        let [owned, unowned] = prefixes();
        let dead = temporary.path().join(format!("{owned}dead"));
        let making = temporary.path().join(format!("{unowned}young"));
        let other = temporary.path().join("somebody-else");
        let node = temporary.path().join("lessonl-0123456789ab-node");
        for folder in [&dead, &making, &other, &node] {
            fs::create_dir(folder).unwrap();
            File::create(folder.join(LOCK)).unwrap();
        }
        sweep(temporary.path(), YOUNG);
        assert!(!dead.exists() && making.exists());
        sweep(temporary.path(), Duration::ZERO);
        assert!(!making.exists() && other.exists());
        assert!(
            node.exists(),
            "another machine's locks may not be seen here"
        );
        assert!(living.path().join("empty").is_dir());
    }
}

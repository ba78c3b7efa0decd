//! Builds by content: what one compiler made of one text is not compiled again, by this process or the next.
//! Never holds a build that failed, and never hands out files that are not whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use super::cache::{CacheKey, hex};

/// Files that a build may leave and that later steps read.
const FILES: [&str; 5] = [
    "unit.o",
    "unit.so",
    "remarks",
    super::options::FILE,
    super::options::EXPANDED,
];
/// Says of each file which bytes it had.
const SUMS: &str = "sums";
/// Bytes the cache may hold; the builds that were not used for longest go first.
const BOUND: u64 = 512 << 20;
/// Largest file that is kept, in bytes.
const LARGEST: u64 = 8 << 20;
/// Looks at the bound after so many builds.
const EVERY: u32 = 64;

/// The cached builds of a folder.
#[derive(Debug)]
pub(crate) struct Builds {
    folder: PathBuf,
    bound: u64,
    kept: AtomicU32,
}

impl Builds {
    /// Those below `cache`.
    pub(crate) fn new(cache: &Path) -> Self {
        Self {
            folder: cache.join("builds"),
            bound: BOUND,
            kept: AtomicU32::new(0),
        }
    }

    /// Copies a build's files to `into`; `false` if it is not there whole.
    pub(crate) fn copy(&self, key: &CacheKey, into: &Path) -> bool {
        let from = self.place(key);
        let Ok(sums) = fs::read_to_string(from.join(SUMS)) else {
            return false;
        };
        let copied = sums.lines().all(|line| {
            line.split_once(' ').is_some_and(|(sum, name)| {
                FILES.contains(&name)
                    && fs::read(from.join(name)).is_ok_and(|bytes| {
                        sum_of(&bytes) == sum && fs::write(into.join(name), bytes).is_ok()
                    })
            })
        });
        if copied {
            // used just now: the last to go
            let used = fs::File::options().append(true).open(from.join(SUMS));
            let _ = used.and_then(|file| file.set_modified(SystemTime::now()));
        }
        copied && !sums.is_empty()
    }

    /// Keeps the files that a build left in `from`. A full disk only costs the saving.
    pub(crate) fn keep(&self, key: &CacheKey, from: &Path) {
        if let Err(error) = self.written(key, from) {
            tracing::debug!(%error, "a build was not cached");
        }
        if self
            .kept
            .fetch_add(1, Ordering::Relaxed)
            .is_multiple_of(EVERY)
        {
            self.prune();
        }
    }

    fn place(&self, key: &CacheKey) -> PathBuf {
        self.folder.join(key.short())
    }

    fn written(&self, key: &CacheKey, from: &Path) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let making = tempfile::Builder::new()
            .prefix("making-")
            .tempdir_in(&self.folder)?;
        let mut sums = String::new();
        for name in FILES {
            let path = from.join(name);
            if !path.is_file() {
                continue;
            }
            if fs::metadata(&path)?.len() > LARGEST {
                return Err(io::Error::other(format!("{name} is too large")));
            }
            let bytes = fs::read(path)?;
            fs::write(making.path().join(name), &bytes)?;
            sums += &format!("{} {name}\n", sum_of(&bytes));
        }
        fs::write(making.path().join(SUMS), sums)?;
        let place = self.place(key);
        if place.is_dir() {
            // not whole, or it would have been used; or another process was first
            fs::remove_dir_all(&place)?;
        }
        fs::rename(making.path(), place)?;
        let _ = making.keep();
        Ok(())
    }

    /// Removes what was not used for longest until the rest is within the bound.
    fn prune(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return;
        };
        let mut builds: Vec<(SystemTime, u64, PathBuf)> = entries
            .flatten()
            .map(|entry| {
                let path = entry.path();
                let used = fs::metadata(path.join(SUMS))
                    .or_else(|_| entry.metadata())
                    .and_then(|known| known.modified());
                (used.unwrap_or(SystemTime::UNIX_EPOCH), size(&path), path)
            })
            .collect();
        let mut all: u64 = builds.iter().map(|(_, size, _)| size).sum();
        builds.sort();
        for (_, size, path) in builds {
            if all <= self.bound {
                return;
            }
            if fs::remove_dir_all(path).is_ok() {
                all -= size;
            }
        }
    }
}

fn sum_of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes of a folder's files.
fn size(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files
        .filter_map(|file| file.metadata().ok())
        .map(|known| known.len())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(text: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in ["unit.o", "unit.so"] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    #[test]
    fn a_build_comes_back_as_it_was_and_only_under_its_key() {
        let cache = tempfile::tempdir().unwrap();
        let builds = Builds::new(cache.path());
        builds.keep(&CacheKey::new(&["a"]), built("code").path());
        let into = tempfile::tempdir().unwrap();
        assert!(!builds.copy(&CacheKey::new(&["b"]), into.path()));
        assert!(Builds::new(cache.path()).copy(&CacheKey::new(&["a"]), into.path()));
        assert_eq!(fs::read(into.path().join("unit.so")).unwrap(), b"code");
        assert!(!into.path().join("remarks").exists());
    }

    #[test]
    fn a_torn_build_is_not_handed_out_and_is_replaced() {
        let cache = tempfile::tempdir().unwrap();
        let builds = Builds::new(cache.path());
        let key = CacheKey::new(&["a"]);
        builds.keep(&key, built("code").path());
        fs::write(builds.place(&key).join("unit.so"), "co").unwrap();
        let into = tempfile::tempdir().unwrap();
        assert!(!builds.copy(&key, into.path()));
        builds.keep(&key, built("code").path());
        assert!(builds.copy(&key, into.path()));
        fs::write(builds.place(&key).join(SUMS), "").unwrap();
        assert!(!builds.copy(&key, into.path()));
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let cache = tempfile::tempdir().unwrap();
        let builds = Builds {
            bound: 4000,
            ..Builds::new(cache.path())
        };
        let keys = ["a", "b", "c"].map(|name| CacheKey::new(&[name]));
        for (age, key) in (1..).zip(&keys) {
            builds.keep(key, built(&"x".repeat(800)).path());
            let file = fs::File::options()
                .append(true)
                .open(builds.place(key).join(SUMS))
                .unwrap();
            let at = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(age);
            file.set_modified(at).unwrap();
        }
        let into = tempfile::tempdir().unwrap();
        assert!(builds.copy(&keys[0], into.path()));
        builds.prune();
        let here = keys.each_ref().map(|key| builds.place(key).is_dir());
        assert_eq!(here, [true, false, true]);
    }
}

//! How many processes work on a comparison at a time: each of them touches a file of its own. All times are those of the
//! file system, so that clocks of machines that differ do no harm. Never decides anything.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// After this long without a sign a process counts as gone.
const GONE: Duration = Duration::from_secs(90);

/// This process among those that work on a comparison.
#[derive(Debug)]
pub struct Member {
    file: PathBuf,
}

impl Member {
    /// Joins under a name that no other process has.
    pub fn join(spool: &Path, host: &str) -> Self {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let host: String = host.chars().filter(|c| plain(*c)).collect();
        let name = format!("{host}-{}-{:08x}", std::process::id(), fastrand::u32(..));
        Self {
            file: folder(spool).join(name),
        }
    }

    /// Gives a sign; returns how many gave one lately, this one included.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn sign(&self) -> io::Result<usize> {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        super::private(folder)?;
        fs::write(&self.file, b".")?;
        let now = fs::metadata(&self.file)?.modified()?;
        Ok(lately(folder, now).max(1))
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        // What is left behind counts as gone in a moment.
        let _ = fs::remove_file(&self.file);
    }
}

fn folder(spool: &Path) -> PathBuf {
    spool.join("crew")
}

fn lately(folder: &Path, now: SystemTime) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let times = entries.filter_map(|entry| entry.metadata().ok()?.modified().ok());
    times
        .filter(|at| now.duration_since(*at).is_ok_and(|age| age < GONE) || *at >= now)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_gave_a_sign_lately_counts_and_who_left_or_died_does_not() {
        let spool = tempfile::tempdir().unwrap();
        let spool = spool.path();
        let one = Member::join(spool, "n1");
        assert_eq!(one.sign().unwrap(), 1);
        let other = Member::join(spool, "../n2");
        assert_eq!(other.sign().unwrap(), 2);
        assert_eq!(one.sign().unwrap(), 2);
        let long_ago = SystemTime::now() - Duration::from_secs(3600);
        fs::File::options()
            .append(true)
            .open(&other.file)
            .and_then(|file| file.set_modified(long_ago))
            .unwrap();
        assert_eq!(one.sign().unwrap(), 1);
        assert_eq!(other.sign().unwrap(), 2);
        drop(other);
        assert_eq!(one.sign().unwrap(), 1);
    }
}

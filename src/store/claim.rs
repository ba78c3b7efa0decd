//! One process per run: a lock file beside the database, released by the system when its holder dies. Where a file system
//! knows the locks of one machine only, the name and the heartbeat in the file tell of a holder on another one.
//! Never waits for a holder that lives: a run that another process holds is refused.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};

use super::StoreError;
use crate::domain::id::RunId;

/// Time between two heartbeats.
const BEAT: Duration = Duration::from_secs(10);
/// A heartbeat that stands for so long is that of a dead holder.
const STILL: Duration = Duration::from_secs(60);

/// The right to append to a run. Given up when dropped.
#[derive(Debug)]
pub struct Claim {
    path: PathBuf,
    file: File,
    /// Ends the heartbeat when dropped.
    _beat: Sender<()>,
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Unlinked while still locked, so that nobody can lock a file that is about to vanish unnoticed.
        let _ = std::fs::remove_file(&self.path);
        let _ = flock(&self.file, FlockOperation::Unlock);
    }
}

/// This machine since it was started, and this process.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Holder {
    host: String,
    boot: String,
    pid: u32,
}

impl Holder {
    fn ourselves() -> Self {
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let host = rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned();
        Self {
            host,
            boot: boot.trim().to_owned(),
            pid: std::process::id(),
        }
    }

    /// What the file says: a line for the holder, one for the heartbeat.
    fn read(text: &str) -> Option<Self> {
        let mut words = text.lines().next()?.split(' ');
        Some(Self {
            host: words.next()?.to_owned(),
            boot: words.next()?.to_owned(),
            pid: words.next()?.parse().ok()?,
        })
    }

    /// Whether its locks are seen from here.
    fn is_of(&self, other: &Self) -> bool {
        (&self.host, &self.boot) == (&other.host, &other.boot)
    }
}

fn lock_path(database: &Path, run: &RunId) -> PathBuf {
    database
        .parent()
        .unwrap_or(Path::new("."))
        .join("locks")
        .join(format!("{run}.lock"))
}

fn text_of(file: &mut File) -> String {
    let mut text = String::new();
    // What cannot be read names nobody.
    let _ = file.rewind();
    let _ = file.take(4096).read_to_string(&mut text);
    text
}

fn write(file: &mut File, us: &Holder, beat: u64) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(format!("{} {} {}\n{beat}\n", us.host, us.boot, us.pid).as_bytes())
}

/// Whether the holder of another machine lives: its heartbeat moves. Watched for as long as a dead one's may be young.
fn lives(file: &mut File, patience: Duration, step: Duration) -> bool {
    let first = text_of(file);
    let old = file
        .metadata()
        .and_then(|about| about.modified())
        .is_ok_and(|at| at.elapsed().is_ok_and(|age| age > 2 * patience));
    if old {
        return false;
    }
    let begun = Instant::now();
    while begun.elapsed() < patience {
        std::thread::sleep(step);
        if text_of(file) != first {
            return true;
        }
    }
    false
}

/// Claims a run for this process.
///
/// # Errors
/// If another living process has it, or the lock file cannot be made.
pub fn claim(database: &Path, run: &RunId) -> Result<Claim, StoreError> {
    claim_as(database, run, &Holder::ourselves(), STILL)
}

fn claim_as(
    database: &Path,
    run: &RunId,
    us: &Holder,
    patience: Duration,
) -> Result<Claim, StoreError> {
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
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .write(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) if is_still_at(&file, &path) => {
                let before = Holder::read(&text_of(&mut file));
                if let Some(other) = before.filter(|other| !other.is_of(us))
                    && lives(&mut file, patience, patience / 60)
                {
                    return Err(elsewhere(run, &other));
                }
                write(&mut file, us, 0).map_err(failed)?;
                let beat = file.try_clone().map_err(failed)?;
                return Ok(Claim {
                    _beat: keep_beating(beat, us.clone()),
                    path,
                    file,
                });
            }
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

fn elsewhere(run: &RunId, other: &Holder) -> StoreError {
    StoreError::new(
        format!(
            "run {run} is being worked on by process {} of {}, whose lock this file system does not show here",
            other.pid, other.host
        ),
        "Wait until it is done or stop it there. Keep the data folder of each machine on a disk of its own; `lessonl import runs` brings them together.",
    )
}

/// Rewrites the file until the sender is dropped.
fn keep_beating(mut file: File, us: Holder) -> Sender<()> {
    let (keep, gone) = channel::<()>();
    let beating = move || {
        let mut beat = 0;
        while gone.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
            beat += 1;
            // A heartbeat that cannot be written costs the warning alone.
            let _ = write(&mut file, &us, beat);
        }
    };
    let started = std::thread::Builder::new()
        .name("heartbeat".to_owned())
        .spawn(beating);
    if let Err(error) = started {
        tracing::warn!(%error, "no heartbeat");
    }
    keep
}

fn is_still_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(ours), Ok(there)) => ours.ino() == there.ino() && ours.dev() == there.dev(),
        _ => false,
    }
}

/// Whether a living process has the run right now, as far as can be told without waiting.
pub fn is_claimed(database: &Path, run: &RunId) -> bool {
    let Ok(mut file) = File::open(lock_path(database, run)) else {
        return false;
    };
    if flock(&file, FlockOperation::NonBlockingLockShared) == Err(rustix::io::Errno::WOULDBLOCK) {
        return true;
    }
    let other = Holder::read(&text_of(&mut file));
    let young = || {
        let at = file.metadata().and_then(|about| about.modified());
        at.is_ok_and(|at| at.elapsed().map_or(true, |age| age < STILL))
    };
    other.is_some_and(|other| !other.is_of(&Holder::ourselves())) && young()
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

    /// A file that another machine, whose locks are not seen, writes.
    fn left_by_another(database: &Path, run: &RunId) -> (PathBuf, Holder) {
        let path = lock_path(database, run);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let other = Holder {
            host: "node7".to_owned(),
            boot: "b".to_owned(),
            pid: 7,
        };
        let mut file = File::create(&path).unwrap();
        write(&mut file, &other, 1).unwrap();
        (path, other)
    }

    #[test]
    fn a_lock_that_is_granted_although_another_machines_heart_beats_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("lessonl.db");
        let run = RunId::new("r1").unwrap();
        let (path, other) = left_by_another(&database, &run);
        assert!(is_claimed(&database, &run));
        let us = Holder::ourselves();
        let (stop, stopped) = channel::<()>();
        let beating = std::thread::spawn(move || {
            let mut file = OpenOptions::new().write(true).open(path).unwrap();
            let mut beat = 1;
            while stopped.recv_timeout(Duration::from_millis(5)) == Err(RecvTimeoutError::Timeout) {
                beat += 1;
                write(&mut file, &other, beat).unwrap();
            }
        });
        let refused = claim_as(&database, &run, &us, Duration::from_secs(20)).unwrap_err();
        assert!(refused.what.contains("process 7 of node7"), "{refused}");
        drop(stop);
        beating.join().unwrap();
    }

    #[test]
    fn a_heartbeat_that_stands_is_that_of_a_dead_holder() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("lessonl.db");
        let run = RunId::new("r1").unwrap();
        left_by_another(&database, &run);
        let us = Holder::ourselves();
        let held = claim_as(&database, &run, &us, Duration::from_millis(60)).unwrap();
        drop(held);
        assert!(!is_claimed(&database, &run));
    }
}

//! Who may use the machine: many may compile and check, one may time, and then nobody else works. Timing is one at a time
//! over all processes of this user that name the same lock.
//! Never held while waiting for anything but our own processes, or another process's timing.

use std::fs::{File, TryLockError};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Cancel;

#[derive(Debug, Default)]
struct Users {
    working: usize,
    timing: bool,
    waiting_to_time: usize,
}

/// The gate. One per harness, shared by its clones.
#[derive(Debug, Default)]
pub(crate) struct TimingGate {
    users: Mutex<Users>,
    changed: Condvar,
    /// The file whose lock says which process times; `None`: nobody else is asked.
    lock: Option<PathBuf>,
}

/// How the machine is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GateUse {
    /// Together with others that do not time.
    Work,
    /// Alone.
    Time,
}

/// Holds the machine until dropped.
#[derive(Debug)]
pub(crate) struct GatePass<'a> {
    gate: &'a TimingGate,
    want: GateUse,
    /// Locked against other processes until dropped.
    _alone: Option<File>,
}

impl TimingGate {
    /// A gate that also keeps out other processes which time, by a lock on a file.
    pub(crate) fn new(lock: Option<PathBuf>) -> Self {
        Self {
            lock,
            ..Self::default()
        }
    }

    fn lock(&self) -> MutexGuard<'_, Users> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a pass; `queued` is called once if it cannot be had at once. `None` if cancelled.
    pub(crate) fn pass(
        &self,
        want: GateUse,
        cancel: &Cancel,
        queued: impl FnOnce(),
    ) -> Option<GatePass<'_>> {
        let mut users = self.lock();
        let mut queued = Some(queued);
        if want == GateUse::Time {
            users.waiting_to_time += 1;
        }
        loop {
            let free = match want {
                // Who wants to time goes first, or a stream of compilations would keep it waiting.
                GateUse::Work => !users.timing && users.waiting_to_time == 0,
                GateUse::Time => !users.timing && users.working == 0,
            };
            let cancelled = cancel.is_cancelled();
            if free || cancelled {
                if want == GateUse::Time {
                    users.waiting_to_time -= 1;
                }
                if cancelled {
                    self.changed.notify_all();
                    return None;
                }
                match want {
                    GateUse::Work => users.working += 1,
                    GateUse::Time => users.timing = true,
                }
                drop(users);
                let mut pass = GatePass {
                    gate: self,
                    want,
                    _alone: None,
                };
                if want == GateUse::Time {
                    pass._alone = self.alone(cancel, queued)?;
                }
                return Some(pass);
            }
            if let Some(queued) = queued.take() {
                drop(users);
                queued();
                users = self.lock();
                continue;
            }
            let slice = Duration::from_millis(50);
            users = self
                .changed
                .wait_timeout(users, slice)
                .map_or_else(|poisoned| poisoned.into_inner().0, |(users, _)| users);
        }
    }
}

impl TimingGate {
    /// Waits until no other process times. `None` if cancelled; nothing within it where there is no lock to be had: then
    /// other processes can only make the machine look busy.
    fn alone(&self, cancel: &Cancel, queued: Option<impl FnOnce()>) -> Option<Option<File>> {
        let opened = self.lock.as_ref().and_then(|path| {
            let folder = path.parent()?;
            // A folder that is there already, or cannot be made, shows when the file is opened.
            let _ = std::fs::DirBuilder::new().mode(0o700).create(folder);
            let file = File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .open(path);
            file.inspect_err(|error| tracing::debug!(%error, "no lock against other processes"))
                .ok()
        });
        let Some(file) = opened else {
            return Some(None);
        };
        let mut queued = queued;
        loop {
            match file.try_lock() {
                Ok(()) => return Some(Some(file)),
                Err(TryLockError::Error(_)) => return Some(None),
                Err(TryLockError::WouldBlock) => {}
            }
            if let Some(queued) = queued.take() {
                queued();
            }
            if cancel.is_cancelled() {
                return None;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for GatePass<'_> {
    fn drop(&mut self) {
        let mut users = self.gate.lock();
        match self.want {
            GateUse::Work => users.working -= 1,
            GateUse::Time => users.timing = false,
        }
        drop(users);
        self.gate.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timing_is_alone_and_cancelled_waiters_leave() {
        let gate = TimingGate::default();
        let cancel = Cancel::default();
        let timing = gate.pass(GateUse::Time, &cancel, || ());
        assert!(timing.is_some());
        let impatient = Cancel::default();
        let mut queued = 0;
        let none = gate.pass(GateUse::Work, &impatient, || {
            queued += 1;
            impatient.cancel();
        });
        assert!(none.is_none());
        assert_eq!(queued, 1);
        drop(timing);
        let first = gate.pass(GateUse::Work, &cancel, || ());
        let second = gate.pass(GateUse::Work, &cancel, || ());
        assert!(first.is_some() && second.is_some());
    }

    #[test]
    fn timing_is_alone_over_all_gates_with_the_same_lock() {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join("timing");
        let [ours, theirs] = [(); 2].map(|()| TimingGate::new(Some(lock.clone())));
        let cancel = Cancel::default();
        let timing = ours.pass(GateUse::Time, &cancel, || ());
        assert!(timing.is_some());
        let impatient = Cancel::default();
        assert!(theirs.pass(GateUse::Work, &cancel, || ()).is_some());
        assert!(
            theirs
                .pass(GateUse::Time, &impatient, || impatient.cancel())
                .is_none()
        );
        drop(timing);
        assert!(theirs.pass(GateUse::Time, &cancel, || ()).is_some());
    }
}

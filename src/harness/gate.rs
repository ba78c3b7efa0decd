//! Who may use the machine: many may compile and check, one may time, and then nobody else works.
//! Never held while waiting for anything but our own processes.

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
pub struct Gate {
    users: Mutex<Users>,
    changed: Condvar,
}

/// How the machine is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// Together with others that do not time.
    Work,
    /// Alone.
    Time,
}

/// Holds the machine until dropped.
#[derive(Debug)]
pub struct Pass<'a> {
    gate: &'a Gate,
    want: Want,
}

impl Gate {
    fn lock(&self) -> MutexGuard<'_, Users> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a pass; `queued` is called once if it cannot be had at once. `None` if cancelled.
    pub fn pass(&self, want: Want, cancel: &Cancel, queued: impl FnOnce()) -> Option<Pass<'_>> {
        let mut users = self.lock();
        let mut queued = Some(queued);
        if want == Want::Time {
            users.waiting_to_time += 1;
        }
        loop {
            let free = match want {
                // Who wants to time goes first, or a stream of compilations would keep it waiting.
                Want::Work => !users.timing && users.waiting_to_time == 0,
                Want::Time => !users.timing && users.working == 0,
            };
            let cancelled = cancel.is_cancelled();
            if free || cancelled {
                if want == Want::Time {
                    users.waiting_to_time -= 1;
                }
                if cancelled {
                    self.changed.notify_all();
                    return None;
                }
                match want {
                    Want::Work => users.working += 1,
                    Want::Time => users.timing = true,
                }
                return Some(Pass { gate: self, want });
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

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let mut users = self.gate.lock();
        match self.want {
            Want::Work => users.working -= 1,
            Want::Time => users.timing = false,
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
        let gate = Gate::default();
        let cancel = Cancel::default();
        let timing = gate.pass(Want::Time, &cancel, || ());
        assert!(timing.is_some());
        let impatient = Cancel::default();
        let mut queued = 0;
        let none = gate.pass(Want::Work, &impatient, || {
            queued += 1;
            impatient.cancel();
        });
        assert!(none.is_none());
        assert_eq!(queued, 1);
        drop(timing);
        let first = gate.pass(Want::Work, &cancel, || ());
        let second = gate.pass(Want::Work, &cancel, || ());
        assert!(first.is_some() && second.is_some());
    }
}

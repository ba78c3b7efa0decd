//! Verdicts by content: the same source on the same problem, compiler and processor is not run twice.
//! Never holds what may turn out otherwise next time (unresolved, time limits, cancelled work, our own faults).

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::Cancel;
use crate::domain::evaluation::{Evaluated, Evaluation};
use crate::domain::measurement::Verdict;

/// Changes when verdicts of an older harness must not be used any more.
const VERSION: &str = "3";

/// What a verdict is kept under.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct CacheKey(String);

impl CacheKey {
    /// From everything that can change the verdict.
    pub(crate) fn new(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in std::iter::once(&VERSION).chain(parts) {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        Self(hex(&hash.finalize()))
    }
}

impl CacheKey {
    /// Enough of it to name a folder by.
    pub(crate) fn short(&self) -> &str {
        &self.0[..24]
    }
}

/// Bytes in hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The kept verdicts.
#[derive(Debug, Default)]
pub(crate) struct Verdicts {
    folder: Option<PathBuf>,
    /// Whether what was kept before this process is looked at.
    unread: AtomicBool,
    memory: Mutex<HashMap<CacheKey, Evaluated>>,
    flights: Mutex<HashMap<CacheKey, Arc<Flight>>>,
}

/// A verdict that somebody is working out.
#[derive(Debug, Default)]
struct Flight {
    landed: Mutex<Landed>,
    changed: Condvar,
}

#[derive(Debug, Default, Clone)]
enum Landed {
    #[default]
    NotYet,
    With(Box<Evaluated>),
    WithNothing,
}

/// Who works a verdict out. Others wait until it is dropped.
#[derive(Debug)]
pub(crate) struct Working<'a> {
    verdicts: &'a Verdicts,
    key: CacheKey,
    flight: Arc<Flight>,
}

impl Working<'_> {
    /// Hands the verdict to those who wait, and keeps it if it lasts. Our own faults are nobody's verdict.
    pub(crate) fn land(self, verdict: &Evaluated) {
        self.verdicts.put(self.key.clone(), verdict);
        if !matches!(verdict.evaluation, Evaluation::HarnessFault { .. }) {
            self.flight.set(Landed::With(Box::new(Evaluated {
                cached: true,
                ..verdict.clone()
            })));
        }
    }
}

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.verdicts
            .flights
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.key);
        self.flight.set(Landed::WithNothing);
    }
}

impl Flight {
    /// Says how it landed; the first word counts.
    fn set(&self, landed: Landed) {
        let mut now = self.landed.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*now, Landed::NotYet) {
            *now = landed;
        }
        drop(now);
        self.changed.notify_all();
    }

    fn wait(&self, cancel: &Cancel) -> Landed {
        let mut now = self.landed.lock().unwrap_or_else(PoisonError::into_inner);
        while matches!(*now, Landed::NotYet) && !cancel.is_cancelled() {
            now = self
                .changed
                .wait_timeout(now, Duration::from_millis(50))
                .map_or_else(|poisoned| poisoned.into_inner().0, |(now, _)| now);
        }
        now.clone()
    }
}

/// What a caller finds under a key.
#[derive(Debug)]
pub(crate) enum CachedVerdict<'a> {
    /// A verdict, kept or just worked out by somebody else.
    Verdict(Box<Evaluated>),
    /// Nothing: it is the caller's to work out.
    Nothing(Working<'a>),
}

impl Verdicts {
    /// The verdict under `key`; if somebody is working it out, what becomes of that. `queued` is called before waiting.
    pub(crate) fn find(
        &self,
        key: &CacheKey,
        cancel: &Cancel,
        mut queued: impl FnMut(),
    ) -> CachedVerdict<'_> {
        loop {
            if let Some(known) = self.get(key) {
                return CachedVerdict::Verdict(Box::new(known));
            }
            let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(other) = flights.get(key).cloned() else {
                let flight = Arc::new(Flight::default());
                flights.insert(key.clone(), Arc::clone(&flight));
                return CachedVerdict::Nothing(Working {
                    verdicts: self,
                    key: key.clone(),
                    flight,
                });
            };
            drop(flights);
            queued();
            match other.wait(cancel) {
                Landed::With(verdict) => return CachedVerdict::Verdict(verdict),
                Landed::WithNothing => {}
                // Cancelled: the caller's own work will say so at once.
                Landed::NotYet => {
                    return CachedVerdict::Nothing(Working {
                        verdicts: self,
                        key: CacheKey::new(&[&key.0, "cancelled"]),
                        flight: Arc::new(Flight::default()),
                    });
                }
            }
        }
    }

    /// In memory, and in `folder` if there is one.
    pub(crate) fn new(folder: Option<&Path>) -> Self {
        Self {
            folder: folder.map(|folder| folder.join("verdicts")),
            unread: AtomicBool::new(false),
            memory: Mutex::default(),
            flights: Mutex::default(),
        }
    }

    /// From now on only verdicts of this process are given out; they are kept all the same.
    pub(crate) fn leave_unread(&self) {
        self.unread.store(true, Ordering::Relaxed);
    }

    /// The verdict under `key`, marked as cached.
    pub(crate) fn get(&self, key: &CacheKey) -> Option<Evaluated> {
        let kept = self
            .memory
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(key)
            .cloned();
        let found = kept.or_else(|| {
            if self.unread.load(Ordering::Relaxed) {
                return None;
            }
            let text = fs::read_to_string(self.file(key)?).ok()?;
            serde_json::from_str(&text).ok()
        })?;
        Some(Evaluated {
            cached: true,
            ..found
        })
    }

    /// Keeps a verdict. A full disk only costs the saving.
    pub(crate) fn put(&self, key: CacheKey, verdict: &Evaluated) {
        if !lasting(&verdict.evaluation) {
            return;
        }
        // Unresolved today, on a busy machine perhaps, may be resolved next time.
        if verdict.evaluation.verdict() == Some(Verdict::Unresolved) {
            return;
        }
        if let Some(file) = self.file(&key)
            && let Err(error) = write(&file, verdict)
        {
            tracing::debug!(%error, "a verdict was not cached");
        }
        self.memory
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, verdict.clone());
    }

    fn file(&self, key: &CacheKey) -> Option<PathBuf> {
        Some(
            self.folder
                .as_ref()?
                .join(&key.0[..2])
                .join(format!("{}.json", key.0)),
        )
    }
}

fn lasting(evaluation: &Evaluation) -> bool {
    match evaluation {
        Evaluation::NotCompiled { .. }
        | Evaluation::Rejected { .. }
        | Evaluation::WrongAnswer { .. }
        | Evaluation::Measured { .. } => true,
        Evaluation::Crashed { .. }
        | Evaluation::TimedOut { .. }
        | Evaluation::Tested { .. }
        | Evaluation::Unread { .. }
        | Evaluation::HarnessFault { .. } => false,
    }
}

fn write(file: &Path, verdict: &Evaluated) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut whole = tempfile::NamedTempFile::new_in(folder)?;
    whole.write_all(serde_json::to_string(verdict)?.as_bytes())?;
    whole.persist(file)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::units::Nanos;

    #[test]
    fn lasting_verdicts_come_back_marked_and_others_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let refused = Evaluated::bare(
            Evaluation::Rejected {
                rule: "files".to_owned(),
                message: "no files".to_owned(),
            },
            Nanos(5),
        );
        let fault = Evaluated::bare(
            Evaluation::HarnessFault {
                what: "disk".to_owned(),
            },
            Nanos(5),
        );
        let verdicts = Verdicts::new(Some(folder.path()));
        verdicts.put(CacheKey::new(&["a"]), &refused);
        verdicts.put(CacheKey::new(&["b"]), &fault);
        let expected = Evaluated {
            cached: true,
            ..refused
        };
        assert_eq!(verdicts.get(&CacheKey::new(&["a"])), Some(expected.clone()));
        assert_eq!(verdicts.get(&CacheKey::new(&["b"])), None);
        assert_eq!(
            Verdicts::new(Some(folder.path())).get(&CacheKey::new(&["a"])),
            Some(expected)
        );
        assert_eq!(Verdicts::new(None).get(&CacheKey::new(&["a"])), None);
        let fresh = Verdicts::new(Some(folder.path()));
        fresh.leave_unread();
        assert_eq!(fresh.get(&CacheKey::new(&["a"])), None);
    }

    #[test]
    fn the_same_question_twice_at_once_is_answered_once() {
        let verdicts = Verdicts::new(None);
        let (key, cancel) = (CacheKey::new(&["a"]), Cancel::default());
        let CachedVerdict::Nothing(working) = verdicts.find(&key, &cancel, || ()) else {
            panic!("found a verdict in an empty cache");
        };
        let crashed = Evaluated::bare(
            Evaluation::Crashed {
                how: "SIGSEGV".to_owned(),
                stage: crate::domain::evaluation::Stage::Check,
            },
            Nanos(5),
        );
        let (asked, waiting) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| {
                verdicts.find(&key, &cancel, move || {
                    let _ = asked.send(());
                })
            });
            waiting.recv().unwrap();
            working.land(&crashed);
            let CachedVerdict::Verdict(shared) = second.join().unwrap() else {
                panic!("worked out twice");
            };
            assert!(shared.cached && shared.evaluation == crashed.evaluation);
        });
        assert!(matches!(
            verdicts.find(&key, &cancel, || ()),
            CachedVerdict::Nothing(_)
        ));
    }

    #[test]
    fn keys_do_not_run_together() {
        assert_ne!(CacheKey::new(&["ab", "c"]), CacheKey::new(&["a", "bc"]));
    }
}

//! The attempt that this process makes on a block: its file of facts, which it alone appends to, and whether another
//! question may be put. Never reads what other attempts tell.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use serde_json::value::RawValue;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::purse::Purse;
use super::{Line, Opening, attempts_in, crc, orders};
use crate::domain::event::{Envelope, Event, Fact};
use crate::domain::id::RunId;
use crate::domain::units::Cost;
use crate::{Kept, StoreError};

/// Room kept for what is on its way when the disk is full, bytes.
const RESERVE: usize = 256 << 10;

/// An attempt that this process makes. Appended to by any of its threads.
#[derive(Debug)]
pub struct Attempt {
    /// Of the block.
    folder: PathBuf,
    /// Of the comparison.
    spool: PathBuf,
    number: u32,
    writing: Mutex<Writing>,
    /// Whether a fact could not be written.
    full: AtomicBool,
    /// Asks that were not put because somebody else goes on, or wanted a stop.
    refused: AtomicU64,
    /// What its questions are paid from, where there is a limit for all machines together.
    purse: Option<Purse>,
}

#[derive(Debug)]
struct Writing {
    file: File,
    next: u64,
    /// Where the file ends after its last whole line.
    end: u64,
    /// A file that keeps room for what is on its way.
    reserve: Option<PathBuf>,
}

impl Attempt {
    pub(super) fn open(
        folder: PathBuf,
        number: u32,
        facts: &Path,
        spool: &Path,
        opening: &Opening,
        purse: Option<Purse>,
    ) -> std::io::Result<Self> {
        let file = OpenOptions::new()
            .create_new(true)
            .append(true)
            .mode(0o600)
            .open(facts)?;
        let reserve = facts.with_file_name("reserve");
        OpenOptions::new()
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(&reserve)?
            .write_all(&vec![b'.'; RESERVE])?;
        let attempt = Self {
            folder,
            spool: spool.to_owned(),
            number,
            writing: Mutex::new(Writing {
                file,
                next: 0,
                end: 0,
                reserve: Some(reserve),
            }),
            full: AtomicBool::new(false),
            refused: AtomicU64::new(0),
            purse,
        };
        let body = serde_json::to_string(opening)?;
        attempt.line(&body, true, true)?;
        Ok(attempt)
    }

    /// Appends a fact. What was paid for is on the disk before this returns.
    ///
    /// # Errors
    /// If there is no room for it, even after the reserve was given up.
    pub fn append(&self, envelope: &Envelope) -> std::io::Result<()> {
        let body = serde_json::to_string(envelope)?;
        let lasting = matches!(
            envelope.fact,
            Fact::AnswerReceived { .. }
                | Fact::Evaluated { .. }
                | Fact::BestConfirmed { .. }
                | Fact::UnitFinished { .. }
                | Fact::RunFinished { .. }
        );
        self.line(&body, false, lasting)
    }

    fn line(&self, body: &str, opening: bool, lasting: bool) -> std::io::Result<()> {
        let raw = RawValue::from_string(body.to_owned())?;
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let line = Line {
            a: self.number,
            n: writing.next,
            c: crc(body.as_bytes()),
            o: opening.then_some(&*raw),
            e: (!opening).then_some(&*raw),
        };
        let mut bytes = serde_json::to_vec(&line)?;
        bytes.push(b'\n');
        if let Err(error) = writing.put(&bytes) {
            self.full.store(true, Ordering::Relaxed);
            let Some(reserve) = writing.reserve.take() else {
                return Err(error);
            };
            fs::remove_file(reserve)?;
            writing.put(&bytes)?;
        }
        writing.next += 1;
        writing.end += bytes.len() as u64;
        if lasting {
            writing.file.sync_data()?;
        }
        Ok(())
    }

    /// Whether another question may be put: there is room for its answer, nobody has begun after us, and nobody wanted a
    /// stop.
    pub fn may_ask(&self) -> bool {
        let may = !self.full.load(Ordering::Relaxed)
            && self.is_latest()
            && !orders::is_stopped(&self.spool);
        if !may {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        may
    }

    /// Whether there is money for it that a run spends so much within this attempt, at most.
    pub fn affords(&self, run: &RunId, most: Cost) -> bool {
        self.purse
            .as_ref()
            .is_none_or(|purse| purse.covers(run, most))
    }

    /// Whether there was no money for the question that was last looked at.
    pub fn is_short(&self) -> bool {
        self.purse.as_ref().is_some_and(Purse::is_short)
    }

    /// A run has ended after it spent so much within this attempt: the rest is for others.
    pub fn settled(&self, run: &RunId, spent: Cost) {
        if let Some(purse) = &self.purse {
            purse.settled(run, spent);
        }
    }

    /// Whether no later attempt has begun. Where that cannot be seen nothing may be asked either.
    pub fn is_latest(&self) -> bool {
        attempts_in(&self.folder)
            .is_ok_and(|numbers| numbers.last().is_none_or(|last| *last <= self.number))
    }

    /// Whether something could not be written.
    pub fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    /// Which attempt it is.
    pub fn number(&self) -> u32 {
        self.number
    }
}

impl Writing {
    /// Writes a whole line or none.
    fn put(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        let written = self.file.write_all(bytes);
        if written.is_err() {
            self.file.set_len(self.end)?;
        }
        written
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let writing = self
            .writing
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(reserve) = writing.reserve.take() {
            // Left behind it only takes room.
            let _ = fs::remove_file(reserve);
        }
    }
}

/// Starts the writer of a run whose facts go into the file of an attempt; otherwise as [`super::spawn_writer`].
///
/// # Errors
/// If no thread can be started.
pub fn spawn_writer(
    attempt: Arc<Attempt>,
    mut events: UnboundedReceiver<Event>,
    onward: Option<UnboundedSender<Event>>,
    trouble: UnboundedSender<String>,
    lost: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<Kept>, StoreError> {
    let write = move || {
        let mut lost = Some(lost);
        let mut kept = Kept::Whole;
        while let Some(event) = events.blocking_recv() {
            if let Event::Fact(envelope) = &event {
                if kept == Kept::Whole
                    && let Err(error) = attempt.append(envelope)
                {
                    kept = Kept::Partly;
                    // Nobody listening is no reason to go on.
                    let _ = trouble.send(format!(
                        "Cannot write the facts of {}: {error}. It stops here, and can be gone on with from there.",
                        envelope.run
                    ));
                }
                if (kept != Kept::Whole || attempt.is_full())
                    && let Some(lost) = lost.take()
                {
                    lost();
                }
            }
            drop(onward.as_ref().map(|to| to.send(event)));
        }
        kept
    };
    std::thread::Builder::new()
        .name("facts".to_owned())
        .spawn(write)
        .map_err(|error| {
            StoreError::new(
                format!("the store's thread could not be started: {error}"),
                "Close other programs and try again.",
            )
        })
}

//! The recorder: appends facts one by one, each committed at once with the projections it changes. Keeps what could not be
//! written and tries it again before the next fact. Never stops a run and never leaves a gap in a record.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OptionalExtension, TransactionBehavior, params};

use super::{StoreError, archive, projection, schema};
use crate::domain::event::{Envelope, Fact};
use crate::domain::id::RunId;
use crate::domain::run::Run;

/// Facts kept in memory while nothing can be written. Beyond it the record ends, which is said.
const PENDING: usize = 20_000;

/// What of a run's facts is on the disk at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// All.
    Whole,
    /// Not all: the disk gave up, which was told when it happened.
    Partly,
    /// Not all: another process has written other facts under the same name.
    Taken,
}

/// Whether facts reach the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    /// They do.
    Well,
    /// They wait in memory; the person was told.
    Behind,
    /// Too many waited: the record ends before the first that was dropped.
    GivenUp,
    /// Another process has written another fact at this place.
    Taken,
}

/// Why a fact was not written.
pub(super) enum Refusal {
    /// Perhaps later.
    Later(rusqlite::Error),
    /// Never: another process wrote a different fact at its place, or it has no stored form.
    Never(String),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Later(error)
    }
}

/// Owns the writing connection.
pub(super) struct Recorder {
    database: PathBuf,
    connection: Connection,
    /// Folds of the runs being written; thrown away whenever a write failed halfway.
    folds: BTreeMap<RunId, Option<Run>>,
    pending: VecDeque<Envelope>,
    health: Health,
}

impl Recorder {
    pub(super) fn open(database: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            database: database.to_owned(),
            connection: schema::open_for_writing(database)?,
            folds: BTreeMap::new(),
            pending: VecDeque::new(),
            health: Health::Well,
        })
    }

    /// Takes a fact in and writes all that waits. Returns words for the person when something changed for them.
    pub(super) fn record(&mut self, envelope: Envelope) -> Option<String> {
        if self.has_given_up() {
            return None;
        }
        self.pending.push_back(envelope);
        match self.write_pending() {
            Ok(()) if self.health == Health::Behind => {
                self.health = Health::Well;
                Some("The record is complete again: everything that waited is stored.".to_owned())
            }
            Ok(()) => None,
            Err(Refusal::Never(why)) => {
                self.health = Health::Taken;
                self.pending.clear();
                Some(format!(
                    "{why} Nothing more of this run can be recorded, so it stops."
                ))
            }
            Err(Refusal::Later(_)) if self.pending.len() >= PENDING => {
                self.health = Health::GivenUp;
                self.pending.clear();
                Some("Too many facts wait to be stored: the record of this run ends here, so it stops.".to_owned())
            }
            Err(Refusal::Later(error)) => {
                let first = self.health == Health::Well;
                self.health = Health::Behind;
                first.then(|| {
                    format!(
                        "Cannot write {}: {}. The run goes on; what happens is kept in memory and tried again.",
                        self.database.display(),
                        words(&error)
                    )
                })
            }
        }
    }

    /// Whether the last fact reached the disk.
    pub(super) fn stores(&self) -> bool {
        self.health == Health::Well
    }

    /// Whether nothing more of the run will be written, whatever happens.
    pub(super) fn has_given_up(&self) -> bool {
        matches!(self.health, Health::GivenUp | Health::Taken)
    }

    /// What of the facts that were taken in is on the disk.
    pub(super) fn kept(&self) -> Kept {
        match self.health {
            Health::Taken => Kept::Taken,
            Health::GivenUp => Kept::Partly,
            Health::Well | Health::Behind if self.pending.is_empty() => Kept::Whole,
            Health::Well | Health::Behind => Kept::Partly,
        }
    }

    /// The last try. Returns words if something stays unwritten.
    pub(super) fn finish(&mut self) -> Option<String> {
        let result = self.write_pending();
        if self.pending.is_empty() || result.is_ok() {
            return None;
        }
        Some(format!(
            "{} facts of the run could not be stored in {}: resume it to have them made again.",
            self.pending.len(),
            self.database.display()
        ))
    }

    /// Stands in for a disk with room for so many pages; `None`: as many as SQLite can count.
    #[cfg(test)]
    pub(super) fn limit_pages(&self, pages: Option<u32>) {
        let pages = pages.unwrap_or(u32::MAX - 1);
        self.connection
            .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
            .unwrap();
    }

    fn write_pending(&mut self) -> Result<(), Refusal> {
        while let Some(envelope) = self.pending.front() {
            let run = envelope.run.clone();
            if let Err(refusal) = append(
                &mut self.connection,
                &self.database,
                &mut self.folds,
                envelope,
            ) {
                self.folds.remove(&run);
                return Err(refusal);
            }
            self.pending.pop_front();
        }
        Ok(())
    }
}

/// One fact, one transaction.
fn append(
    connection: &mut Connection,
    database: &Path,
    folds: &mut BTreeMap<RunId, Option<Run>>,
    envelope: &Envelope,
) -> Result<(), Refusal> {
    let (kind, body) = written(&envelope.fact)?;
    let run = envelope.run.as_str();
    let seq = i64::try_from(envelope.seq)
        .map_err(|_| Refusal::Never(format!("Run {run} has too many facts.")))?;
    // Immediate: a read that turned into a write would fail at once, without waiting, if another run was written meanwhile.
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let there: Option<String> = tx
        .prepare_cached("SELECT body FROM facts WHERE run = ?1 AND seq = ?2")?
        .query_row(params![run, seq], |row| row.get(0))
        .optional()?;
    match there {
        // A resumed run may tell its known facts again.
        Some(there) if there == body => return Ok(()),
        Some(_) => {
            return Err(Refusal::Never(format!(
                "Another process has written fact {seq} of run {run}."
            )));
        }
        None => {}
    }
    if !folds.contains_key(&envelope.run) {
        let (before, damaged) = archive::read_facts(&tx, database, &envelope.run)?;
        // Facts after a damaged or missing one are still truth; only the projection stands still.
        let fold = if damaged.is_some() {
            None
        } else {
            Run::fold(&before)
        };
        folds.insert(envelope.run.clone(), fold);
    }
    tx.prepare_cached(
        "INSERT INTO facts (run, seq, at, v, unit, kind, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        run,
        seq,
        envelope.at,
        envelope.v,
        envelope.fact.unit().map(|u| u.0),
        kind,
        body
    ])?;
    if let Some(fold) = folds.get_mut(&envelope.run) {
        match fold {
            Some(fold) => fold.apply(envelope),
            None if envelope.seq == 0 => *fold = Run::begin(envelope),
            None => {}
        }
        if let Some(fold) = fold {
            let unit = match envelope.fact {
                Fact::RunStarted { .. } => None,
                _ => Some(envelope.fact.unit().map_or(u16::MAX, |u| u.0)),
            };
            projection::write(&tx, fold, unit)?;
        }
    }
    tx.commit()?;
    Ok(())
}

/// A fact's kind and JSON.
pub(super) fn written(fact: &Fact) -> Result<(String, String), Refusal> {
    let never = |why: String| Refusal::Never(format!("A fact has no stored form: {why}."));
    let value = serde_json::to_value(fact).map_err(|e| never(e.to_string()))?;
    let kind = value["fact"]
        .as_str()
        .ok_or_else(|| never("it has no kind".to_owned()))?;
    Ok((kind.to_owned(), value.to_string()))
}

fn words(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk is full".to_owned(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another process keeps it locked".to_owned()
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            "it may not be written".to_owned()
        }
        _ => error.to_string(),
    }
}

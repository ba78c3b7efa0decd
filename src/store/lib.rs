//! SQLite: facts are the truth, projections are rebuildable. One writer thread. A write failure never fails a run.

pub(crate) use lessonl_domain as domain;

pub mod archive;
pub mod bank;
mod claim;
pub mod comparisons;
pub mod headroom;
pub mod merge;
mod projection;
#[cfg(test)]
mod sample;
mod schema;
pub mod spool;
#[cfg(test)]
mod tests;
mod writer;

use std::path::Path;
use std::thread::JoinHandle;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

pub use claim::{Claim, claim, is_claimed};
pub use schema::{Journal, journal_for};
pub use writer::Kept;

use crate::domain::event::Event;
use crate::domain::failure::{Failure, FailureKind};
use writer::Recorder;

/// What the store could not do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct StoreError {
    /// What failed, naming the file.
    pub what: String,
    /// What to do.
    pub hint: String,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::hinted(FailureKind::Environment, error.what, error.hint)
    }
}

impl StoreError {
    pub(crate) fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: hint.into(),
        }
    }
}

/// Starts the writer: appends every fact it receives, ends when the channel closes. Every event is handed to `onward`, a
/// fact once it is stored: what a person was shown survives the loss of the process. While nothing can be stored, events
/// are handed on first. A failure to write is told once on `trouble` in words for the person, and tried again with the
/// next fact; a record that is given up is told once by `lost`, so that nothing more is paid for. The thread returns what
/// it kept.
///
/// # Errors
/// If the database cannot be opened, or a newer program wrote it.
pub fn spawn_writer(
    database: &Path,
    mut events: UnboundedReceiver<Event>,
    onward: Option<UnboundedSender<Event>>,
    trouble: UnboundedSender<String>,
    lost: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<Kept>, StoreError> {
    let mut recorder = Recorder::open(database)?;
    let tell = move |text: String| {
        tracing::warn!(text, "store");
        // Nobody listening is no reason to stop recording.
        let _ = trouble.send(text);
    };
    std::thread::Builder::new()
        .name("store".to_owned())
        .spawn(move || {
            let mut lost = Some(lost);
            // Nobody listening is no reason to stop recording.
            let hand_on = |event: Event| drop(onward.as_ref().map(|to| to.send(event)));
            while let Some(event) = events.blocking_recv() {
                let Event::Fact(envelope) = event else {
                    hand_on(event);
                    continue;
                };
                let stores = recorder.stores();
                if !stores {
                    hand_on(Event::Fact(envelope.clone()));
                }
                if let Some(words) = recorder.record((*envelope).clone()) {
                    tell(words);
                }
                if let Some(lost) = lost.take_if(|_| recorder.has_given_up()) {
                    lost();
                }
                if stores {
                    hand_on(Event::Fact(envelope));
                }
            }
            if let Some(words) = recorder.finish() {
                tell(words);
            }
            recorder.kept()
        })
        .map_err(|error| {
            StoreError::new(
                format!("the store's thread could not be started: {error}"),
                "Close other programs and try again.",
            )
        })
}

/// Throws the projections away and makes them again from the facts. Returns what was wrong with single facts: a run with a
/// damaged fact is projected up to it.
///
/// # Errors
/// If the database cannot be opened or written.
pub fn rebuild(database: &Path) -> Result<Vec<StoreError>, StoreError> {
    let mut connection = schema::open_for_writing(database)?;
    projection::rebuild(&mut connection, database)
}

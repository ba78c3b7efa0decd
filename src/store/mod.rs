//! SQLite: facts are the truth, projections are rebuildable. One writer thread. A write failure never fails a run.

pub mod archive;
mod claim;
mod projection;
#[cfg(test)]
mod sample;
mod schema;
#[cfg(test)]
mod tests;
mod writer;

use std::path::Path;
use std::thread::JoinHandle;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

pub use claim::{Claim, claim, is_claimed};
pub use schema::{Journal, journal_for};

use crate::domain::event::Event;
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

impl StoreError {
    pub(crate) fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: hint.into(),
        }
    }
}

/// Starts the writer: appends every fact it receives, ignores pulses, ends when the channel closes. A failure to write is
/// told once on `trouble` in words for the person, and tried again with the next fact.
///
/// # Errors
/// If the database cannot be opened, or a newer program wrote it.
pub fn spawn_writer(
    database: &Path,
    mut events: UnboundedReceiver<Event>,
    trouble: UnboundedSender<String>,
) -> Result<JoinHandle<()>, StoreError> {
    let mut recorder = Recorder::open(database)?;
    let tell = move |text: String| {
        tracing::warn!(text, "store");
        // Nobody listening is no reason to stop recording.
        let _ = trouble.send(text);
    };
    std::thread::Builder::new()
        .name("store".to_owned())
        .spawn(move || {
            while let Some(event) = events.blocking_recv() {
                if let Event::Fact(envelope) = event
                    && let Some(words) = recorder.record(*envelope)
                {
                    tell(words);
                }
            }
            if let Some(words) = recorder.finish() {
                tell(words);
            }
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

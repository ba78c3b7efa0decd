//! SQLite: facts are the truth, projections are rebuildable. One writer thread. A write failure never fails a run.

pub mod archive;

use std::path::Path;
use std::thread::JoinHandle;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use crate::domain::event::Event;

/// What the store could not do.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct StoreError {
    /// What failed, naming the file.
    pub what: String,
    /// What to do.
    pub hint: String,
}

/// Starts the writer: appends every fact it receives, ignores pulses, ends when the channel closes. A failure to write is
/// told once on `trouble` in words for the person, and tried again with the next fact.
pub fn spawn_writer(
    _database: &Path,
    _events: UnboundedReceiver<Event>,
    _trouble: UnboundedSender<String>,
) -> Result<JoinHandle<()>, StoreError> {
    unimplemented!("stub")
}

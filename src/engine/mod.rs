//! Owns a run: starts it, feeds its strategy, records facts, obeys commands.

pub mod handle;

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;

use crate::agents::Team;
use crate::domain::command::Command;
use crate::domain::event::{Ending, Envelope, Event};
use crate::domain::id::RunId;
use crate::domain::problem::Problem;
use crate::domain::spec::RunSpec;
use crate::harness::Harness;

/// Everything a run needs.
pub struct Setup {
    /// Its id.
    pub run: RunId,
    /// What it is.
    pub spec: RunSpec,
    /// The problems of `spec.units`, in the same order.
    pub problems: Vec<Arc<Problem>>,
    /// The team of `spec.team`.
    pub team: Team,
    /// The harness.
    pub harness: Harness,
    /// Facts of the same run so far, for resuming; empty for a new run.
    pub record: Vec<Envelope>,
    /// Who hears the events, in order: the store first. A listener that is gone is dropped.
    pub listeners: Vec<UnboundedSender<Event>>,
}

/// A run under way.
#[derive(Debug)]
pub struct Running {
    /// Takes commands.
    pub commands: UnboundedSender<Command>,
    /// Ends when the run has; all facts were sent by then.
    pub done: JoinHandle<Ending>,
}

/// Starts a run on the current tokio runtime.
pub fn start(_setup: Setup) -> Running {
    unimplemented!("stub")
}

//! The read side of the store: stored runs and their facts. Never writes.

use std::path::Path;

use super::StoreError;
use crate::domain::event::{Ending, Envelope};
use crate::domain::id::RunId;
use crate::domain::measurement::Speedup;
use crate::domain::problem::{Mode, ProblemId};
use crate::domain::spec::StrategyKind;

/// A stored run in a line.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSummary {
    /// Its id.
    pub id: RunId,
    /// First fact, milliseconds since 1970-01-01 UTC.
    pub started_at: i64,
    /// Latest fact.
    pub updated_at: i64,
    /// How it ended; `None`: cut off or still running.
    pub ending: Option<Ending>,
    /// Its strategy.
    pub strategy: StrategyKind,
    /// Its units.
    pub units: Vec<UnitSummary>,
    /// Names of its agents.
    pub team: Vec<String>,
}

/// A unit of a stored run in a line.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitSummary {
    /// The problem.
    pub problem: ProblemId,
    /// Its category.
    pub category: String,
    /// The mode.
    pub mode: Mode,
    /// Whether it ended.
    pub ended: bool,
    /// The reported speedup of its result, if any candidate was correct.
    pub reported: Option<Speedup>,
    /// Best score after each round (0 while nothing is correct).
    pub best_by_round: Vec<f64>,
}

/// The stored runs. Opens the database read-only for each call, so it may be used while a run is being written.
#[derive(Debug, Clone)]
pub struct Archive {}

impl Archive {
    /// Names the database; it need not exist yet.
    pub fn new(_database: &Path) -> Self {
        unimplemented!("stub")
    }
    /// All runs, newest first.
    pub fn runs(&self) -> Result<Vec<RunSummary>, StoreError> {
        unimplemented!("stub")
    }
    /// The run's facts in order.
    pub fn facts(&self, _run: &RunId) -> Result<Vec<Envelope>, StoreError> {
        unimplemented!("stub")
    }
    /// The run whose id begins with `text`; `latest` names the newest. Ambiguity is an error that lists the candidates.
    pub fn find(&self, _text: &str) -> Result<RunId, StoreError> {
        unimplemented!("stub")
    }
}

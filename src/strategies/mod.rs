//! Ways a team works together, one file per paper: plain blocking functions over a [`desk::Desk`].
//! Never words a prompt, compiles, records a fact, or knows whether it is being resumed.

pub mod attempt;
pub mod best;
pub mod best_of;
pub mod desk;
pub mod lessonl;
pub mod single;

use crate::domain::id::CandidateId;
use crate::domain::spec::{RunSpec, StrategyKind};
use desk::{Desk, Stop};

/// How a strategy left its unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finish {
    /// The candidate to use; `None`: the original.
    pub winner: Option<CandidateId>,
    /// Why it ended.
    pub how: How,
}

/// Why a strategy ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// It did all it had to.
    Complete,
    /// The desk was closed.
    Stopped,
    /// It could not go on.
    Failed {
        /// Why, and what to do.
        message: String,
    },
}

impl From<Stop> for How {
    fn from(Stop: Stop) -> Self {
        Self::Stopped
    }
}

/// Works one unit with the strategy of `spec`. Blocks until it is over.
pub fn run(desk: &Desk, spec: &RunSpec) -> Finish {
    match spec.strategy {
        StrategyKind::Lessonl => lessonl::run(desk, spec),
        StrategyKind::Single => single::run(desk, spec),
        StrategyKind::BestOf => best_of::run(desk, spec),
    }
}

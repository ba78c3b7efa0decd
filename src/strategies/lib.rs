//! Ways a team works together, one file per paper: plain blocking functions over a [`desk::Desk`].
//! Never words a prompt, compiles, records a fact, or knows whether it is being resumed.

pub(crate) use lessonl_domain as domain;

pub mod attempt;
pub mod best_of;
pub mod compiler;
pub mod cot;
pub mod desk;
pub mod lessonl;
pub mod lessonl_plus;
pub mod mapcoder;
pub mod moa;
pub mod own_tests;
pub mod reflexion;
pub mod single;

use crate::domain::id::CandidateId;
use crate::domain::spec::{RunSpec, StrategyKind};
use desk::{Desk, Stop};
use lessonl::Variation;
use lessonl_plus::Variation as Plus;

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
    /// Nobody was answered in a round: what was to be played is still to be played.
    Unanswered {
        /// Why.
        message: String,
        /// Whether the next unit would fare no better.
        lasting: bool,
    },
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
        StrategyKind::Compiler => compiler::run(desk, spec),
        StrategyKind::Lessonl => lessonl::run(desk, spec, Variation::WHOLE),
        StrategyKind::Single => single::run(desk, spec),
        StrategyKind::BestOf => best_of::run(desk, spec),
        StrategyKind::Cot => cot::run(desk, spec),
        StrategyKind::Reflexion => reflexion::run(desk, spec),
        StrategyKind::Mapcoder => mapcoder::run(desk, spec),
        StrategyKind::Moa => moa::run(desk, spec),
        StrategyKind::LessonlNone => lessonl::run(desk, spec, Variation::NONE),
        StrategyKind::LessonlRandom => lessonl::run(desk, spec, Variation::RANDOM),
        StrategyKind::LessonlSpeed => lessonl::run(desk, spec, Variation::SPEED),
        StrategyKind::LessonlRelevance => lessonl::run(desk, spec, Variation::RELEVANCE),
        StrategyKind::LessonlFixed => lessonl::run(desk, spec, Variation::FIXED),
        StrategyKind::LessonlPlus | StrategyKind::PlusNostop => {
            lessonl_plus::run(desk, spec, Plus::WHOLE)
        }
        StrategyKind::PlusNorepair => lessonl_plus::run(desk, spec, Plus::NOREPAIR),
        StrategyKind::PlusBlind => lessonl_plus::run(desk, spec, Plus::BLIND),
        StrategyKind::PlusNoroles => lessonl_plus::run(desk, spec, Plus::NOROLES),
        StrategyKind::PlusGreedy => lessonl_plus::run(desk, spec, Plus::GREEDY),
    }
}

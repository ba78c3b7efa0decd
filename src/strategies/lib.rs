//! Ways a team works together, one file per paper: plain blocking functions over a [`context::StrategyContext`].
//! Never words a prompt, compiles, records a fact, or knows whether it is being resumed.

pub(crate) use lessonl_domain as domain;

mod attempt;
mod best_of;
mod compiler;
pub mod context;
mod cot;
mod lessonl;
mod lessonl_plus;
mod mapcoder;
mod moa;
mod own_tests;
mod reflexion;
mod single;

use crate::domain::id::CandidateId;
use crate::domain::spec::{RunSpec, StrategyKind};
use context::{Stop, StrategyContext};
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
    /// The engine wants the unit to end.
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
pub fn run(context: &StrategyContext, spec: &RunSpec) -> Finish {
    match spec.strategy {
        StrategyKind::Compiler => compiler::run(context, spec),
        StrategyKind::Lessonl => lessonl::run(context, spec, Variation::WHOLE),
        StrategyKind::Single => single::run(context, spec),
        StrategyKind::BestOf => best_of::run(context, spec),
        StrategyKind::Cot => cot::run(context, spec),
        StrategyKind::Reflexion => reflexion::run(context, spec),
        StrategyKind::Mapcoder => mapcoder::run(context, spec),
        StrategyKind::Moa => moa::run(context, spec),
        StrategyKind::LessonlNone => lessonl::run(context, spec, Variation::NONE),
        StrategyKind::LessonlRandom => lessonl::run(context, spec, Variation::RANDOM),
        StrategyKind::LessonlSpeed => lessonl::run(context, spec, Variation::SPEED),
        StrategyKind::LessonlRelevance => lessonl::run(context, spec, Variation::RELEVANCE),
        StrategyKind::LessonlFixed => lessonl::run(context, spec, Variation::FIXED),
        StrategyKind::LessonlPlus | StrategyKind::PlusNostop => {
            lessonl_plus::run(context, spec, Plus::WHOLE)
        }
        StrategyKind::PlusNorepair => lessonl_plus::run(context, spec, Plus::NOREPAIR),
        StrategyKind::PlusBlind => lessonl_plus::run(context, spec, Plus::BLIND),
        StrategyKind::PlusNoroles => lessonl_plus::run(context, spec, Plus::NOROLES),
        StrategyKind::PlusGreedy => lessonl_plus::run(context, spec, Plus::GREEDY),
    }
}

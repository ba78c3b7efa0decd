//! Best of n: as many independent answers as LessonL would ask for (every agent in every round), the best one taken.
//! Never shows an agent anything but the original: what LessonL gains over this, it gains from lessons.
//! Of code from a description, the best is the one that passes the most tests of the agents' own; the first that passes all
//! ends it.

use super::attempt::{Attempts, answered, everyone, rewrite, settle};
use super::context::{Adjustment, StrategyContext};
use super::own_tests::{Authors, agree};
use super::{Finish, How};
use crate::domain::id::{CandidateId, Round};
use crate::domain::spec::RunSpec;

/// Works one unit.
pub(crate) fn run(context: &StrategyContext, spec: &RunSpec) -> Finish {
    let attempts = Attempts::default();
    let ended = rounds(context, spec, &attempts);
    settle(context, spec.preset, &attempts, ended)
}

fn rounds(context: &StrategyContext, spec: &RunSpec, attempts: &Attempts) -> Result<(), How> {
    for round in (0..spec.rounds).map(Round) {
        context.begin_round(round)?;
        if round == Round(0) {
            agree(context, spec, Authors::Everyone)?;
        }
        let tried = everyone(context, spec, |context, agent| {
            rewrite(context, CandidateId::first(round, agent), &[], attempts)
        })?;
        answered(round, &tried)?;
        context.end_round(round, Adjustment::None)?;
        if attempts.solved() {
            break;
        }
    }
    Ok(())
}

//! The plainest baseline: one prompt to the first agent, one answer. Never learns, never tries twice.

use super::attempt::{Attempts, answered, rewrite, settle};
use super::context::{Adjustment, StrategyContext};
use super::{Finish, How};
use crate::domain::id::{AgentId, CandidateId, Round};
use crate::domain::spec::RunSpec;

/// Works one unit.
pub(crate) fn run(context: &StrategyContext, spec: &RunSpec) -> Finish {
    let attempts = Attempts::default();
    let ended = once(context, &attempts);
    settle(context, spec.preset, &attempts, ended)
}

fn once(context: &StrategyContext, attempts: &Attempts) -> Result<(), How> {
    context.begin_round(Round(0))?;
    let id = CandidateId::first(Round(0), AgentId(0));
    let tried = rewrite(context, id, &[], attempts)?;
    answered(Round(0), &[tried])?;
    Ok(context.end_round(Round(0), Adjustment::None)?)
}

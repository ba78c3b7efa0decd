//! The plainest baseline: one prompt to the first agent, one answer. Never learns, never tries twice.

use super::attempt::{Attempts, answered, rewrite, settle};
use super::desk::{Adjustment, Desk};
use super::{Finish, How};
use crate::domain::id::{AgentId, CandidateId, Round};
use crate::domain::spec::RunSpec;

/// Works one unit.
pub fn run(desk: &Desk, spec: &RunSpec) -> Finish {
    let attempts = Attempts::default();
    let ended = once(desk, &attempts);
    settle(desk, spec.preset, &attempts, ended)
}

fn once(desk: &Desk, attempts: &Attempts) -> Result<(), How> {
    desk.begin_round(Round(0))?;
    let id = CandidateId::first(Round(0), AgentId(0));
    let tried = rewrite(desk, id, &[], attempts)?;
    answered(Round(0), &[tried])?;
    Ok(desk.end_round(Round(0), Adjustment::None)?)
}

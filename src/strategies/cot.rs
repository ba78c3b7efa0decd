//! Chain of thought: one prompt to the first agent, which reasons step by step before it writes the code. Never tries
//! twice. Paper: Wei et al., "Chain-of-Thought Prompting Elicits Reasoning in Large Language Models", NeurIPS 2022.

use super::attempt::{Attempts, answered, propose, settle};
use super::desk::{Adjustment, Desk};
use super::{Finish, How};
use crate::domain::ask::Task;
use crate::domain::id::{AgentId, AskId, CandidateId, Purpose, Round};
use crate::domain::spec::RunSpec;

/// Works one unit.
pub fn run(desk: &Desk, spec: &RunSpec) -> Finish {
    let attempts = Attempts::default();
    let ended = once(desk, &attempts);
    settle(desk, spec.preset, &attempts, ended)
}

fn once(desk: &Desk, attempts: &Attempts) -> Result<(), How> {
    desk.begin_round(Round(0))?;
    let ask = AskId {
        about: CandidateId::first(Round(0), AgentId(0)),
        purpose: Purpose::Rewrite,
    };
    let tried = propose(desk, ask, Task::Reason, attempts)?;
    answered(Round(0), &[tried])?;
    Ok(desk.end_round(Round(0), Adjustment::None)?)
}

//! Chain of thought: one prompt to the first agent, which reasons step by step before it writes the code. Never tries
//! twice. Paper: Wei et al., "Chain-of-Thought Prompting Elicits Reasoning in Large Language Models", NeurIPS 2022.

use super::attempt::{Attempts, answered, propose, settle};
use super::context::{Adjustment, StrategyContext};
use super::{Finish, How};
use crate::domain::ask::Task;
use crate::domain::id::{AgentId, AskId, CandidateId, Purpose, Round};
use crate::domain::spec::RunSpec;

/// Works one unit.
pub(crate) fn run(context: &StrategyContext, spec: &RunSpec) -> Finish {
    let attempts = Attempts::default();
    let ended = once(context, &attempts);
    settle(context, spec.preset, &attempts, ended)
}

fn once(context: &StrategyContext, attempts: &Attempts) -> Result<(), How> {
    context.begin_round(Round(0))?;
    let ask = AskId {
        about: CandidateId::first(Round(0), AgentId(0)),
        purpose: Purpose::Rewrite,
    };
    let tried = propose(context, ask, Task::Reason, attempts)?;
    answered(Round(0), &[tried])?;
    Ok(context.end_round(Round(0), Adjustment::None)?)
}

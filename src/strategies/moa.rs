//! Mixture of agents: everybody proposes; in each further layer everybody sees all proposals of the layer before and
//! proposes anew; in the last layer the first agent alone aggregates. As many layers as the run has rounds. Every
//! proposal is measured and the best of all layers is the result. Never shows a verdict to anybody: as in the paper, the
//! proposals speak for themselves. Of code from a description nobody writes tests, and the last layer's answer is the result.
//! Paper: Wang et al., "Mixture-of-Agents Enhances Large Language Model Capabilities", 2024, arXiv 2406.04692.

use std::sync::Arc;

use super::attempt::{Attempts, Tried, answered, everyone, hand_in, propose, settle};
use super::context::{Adjustment, Held, Stop, StrategyContext};
use super::{Finish, How};
use crate::domain::ask::Task;
use crate::domain::id::{AgentId, AskId, CandidateId, Purpose, Round};
use crate::domain::spec::RunSpec;

/// Who writes the last one.
const AGGREGATOR: AgentId = AgentId(0);

/// Works one unit.
pub(crate) fn run(context: &StrategyContext, spec: &RunSpec) -> Finish {
    let attempts = Attempts::default();
    let mut last = None;
    let ended = layers(context, spec, &attempts, &mut last);
    if !context.work().is_optimise() {
        return hand_in(context, last, ended);
    }
    settle(context, spec.preset, &attempts, ended)
}

fn layers(
    context: &StrategyContext,
    spec: &RunSpec,
    attempts: &Attempts,
    newest: &mut Option<CandidateId>,
) -> Result<(), How> {
    let mut proposals: Vec<Arc<str>> = Vec::new();
    for layer in (0..spec.rounds).map(Round) {
        context.begin_round(layer)?;
        let propose =
            |context: &StrategyContext, agent| layered(context, layer, agent, &proposals, attempts);
        let last = layer > Round(0) && layer.next().0 == spec.rounds;
        let tried = match last {
            true => vec![propose(context, AGGREGATOR)?],
            false => everyone(context, spec, propose)?,
        };
        answered(layer, &tried)?;
        let new: Vec<Arc<str>> = tried.iter().filter_map(code).collect();
        // a layer that gave nothing leaves the one before it in force
        if !new.is_empty() {
            proposals = new;
            *newest = tried.iter().find_map(id).or(*newest);
        }
        context.end_round(layer, Adjustment::None)?;
    }
    Ok(())
}

/// One agent's turn in a layer.
fn layered(
    context: &StrategyContext,
    layer: Round,
    agent: AgentId,
    proposals: &[Arc<str>],
    attempts: &Attempts,
) -> Result<Tried, Stop> {
    let (purpose, task) = match proposals {
        [] => {
            let lessons = Vec::new();
            (Purpose::Rewrite, Task::Rewrite { lessons })
        }
        all => {
            let proposals = all.to_vec();
            (Purpose::Combine, Task::Combine { proposals })
        }
    };
    let about = CandidateId::first(layer, agent);
    propose(context, AskId { about, purpose }, task, attempts)
}

/// The id of a proposal that holds code.
fn id(tried: &Tried) -> Option<CandidateId> {
    code(tried)?;
    match tried {
        Tried::Made(attempt) => Some(attempt.candidate.id),
        Tried::SatOut(_) => None,
    }
}

/// The source of a proposal that holds code.
fn code(tried: &Tried) -> Option<Arc<str>> {
    match tried {
        Tried::Made(attempt) if attempt.held == Held::Code => {
            Some(attempt.candidate.source.as_str().into())
        }
        Tried::Made(_) | Tried::SatOut(_) => None,
    }
}

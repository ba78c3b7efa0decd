//! Reflexion: the first agent tries, hears the verdict, looks back at it in words, and tries again with the attempt and
//! its latest reflections in the prompt; as many attempts as the run has rounds. The best attempt is the result, not the
//! last one and not the one after the best. Never shows it anybody else's work. Of code from a
//! description, the verdict is that of tests the actor wrote before, as in the paper, and passing them all ends it.
//! Paper: Shinn et al., "Reflexion: Language Agents with Verbal Reinforcement Learning", NeurIPS 2023, arXiv 2303.11366.

use std::slice;
use std::sync::Arc;

use super::attempt::{Attempts, Tried, answered, propose, settle};
use super::context::{Adjustment, Stop, StrategyContext};
use super::own_tests::{Authors, agree};
use super::{Finish, How};
use crate::domain::ask::{ShownAttempt, Task};
use crate::domain::id::{AgentId, AskId, CandidateId, Purpose, Round};
use crate::domain::spec::RunSpec;

/// Who acts and reflects.
const ACTOR: AgentId = AgentId(0);
/// Reflections that are remembered: the paper's bound on its memory.
const MEMORY: usize = 3;

/// Works one unit.
pub(crate) fn run(context: &StrategyContext, spec: &RunSpec) -> Finish {
    let attempts = Attempts::default();
    let ended = trials(context, spec, &attempts);
    settle(context, spec.preset, &attempts, ended)
}

fn trials(context: &StrategyContext, spec: &RunSpec, attempts: &Attempts) -> Result<(), How> {
    let mut last: Option<ShownAttempt> = None;
    let mut reflections: Vec<Arc<str>> = Vec::new();
    for round in (0..spec.rounds).map(Round) {
        context.begin_round(round)?;
        if round == Round(0) {
            agree(context, spec, Authors::One(ACTOR))?;
        }
        let about = CandidateId::first(round, ACTOR);
        let task = match &last {
            None => Task::Rewrite {
                lessons: Vec::new(),
            },
            Some(last) => Task::Retry {
                last: last.clone(),
                reflections: reflections.clone(),
            },
        };
        let purpose = Purpose::Rewrite;
        let tried = propose(context, AskId { about, purpose }, task, attempts)?;
        answered(round, slice::from_ref(&tried))?;
        if let Tried::Made(attempt) = &tried
            && let Some(shown) = attempt.shown()
        {
            let another = round.next().0 < spec.rounds && !attempts.solved();
            if another && let Some(reflection) = reflect(context, about, &shown)? {
                reflections.push(reflection);
                let forgotten = reflections.len().saturating_sub(MEMORY);
                reflections.drain(..forgotten);
            }
            last = Some(shown);
        }
        context.end_round(round, Adjustment::None)?;
        if attempts.solved() {
            break;
        }
    }
    Ok(())
}

/// What the actor makes of its attempt. A missing or empty reflection costs the reflection, not the next attempt.
fn reflect(
    context: &StrategyContext,
    about: CandidateId,
    shown: &ShownAttempt,
) -> Result<Option<Arc<str>>, Stop> {
    let ask = AskId {
        about,
        purpose: Purpose::Reflect,
    };
    let attempt = shown.clone();
    let answer = context.ask(ask, Task::Reflect { attempt })?;
    let words = answer.map(|answer| answer.prose).unwrap_or_default();
    Ok((!words.trim().is_empty()).then(|| words.into()))
}

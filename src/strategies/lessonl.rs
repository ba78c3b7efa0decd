//! LessonL: agents rewrite the original over rounds; each attempt becomes a lesson; selected lessons are in everybody's
//! next prompt. What the person at the screen tries beside them teaches in the same way. Never shows an agent the best candidate, only the original and lessons, as the paper has it.
//!
//! Of code from a description: the agents write tests first; only attempts that fail some of them become lessons; it ends
//! as soon as one attempt passes them all, and that one is put to the hidden tests.
//! Paper: Liu et al., "Lessons Learned: A Multi-Agent Framework for Code LLMs to Learn and Improve", NeurIPS 2025,
//! arXiv 2505.23946.

use std::collections::BTreeSet;

use super::attempt::{Attempt, Attempts, Tried, answered, everyone, rewrite, settle};
use super::context::{Adjustment, Choosing, Held, Recalled, Stop, StrategyContext};
use super::own_tests::{Authors, agree};
use super::{Finish, How};
use crate::domain::ask::Task;
use crate::domain::evaluation::{Evaluation, Outcome};
use crate::domain::id::{AskId, CandidateId, Purpose, Round};
use crate::domain::spec::RunSpec;

/// What of the algorithm is in force: all of it, or what an ablation leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Variation {
    /// How lessons are chosen; `None`: there are none, neither asked for nor given.
    pub lessons: Option<Choosing>,
    /// Whether their factors follow their effectiveness.
    pub adjustment: Adjustment,
}

impl Variation {
    /// The paper's algorithm.
    pub(crate) const WHOLE: Self = Self {
        lessons: Some(Choosing::SpeedAndRelevance),
        adjustment: Adjustment::Effectiveness,
    };
    /// No lessons: what is left are the rounds of [`super::best_of`].
    pub(crate) const NONE: Self = Self {
        lessons: None,
        adjustment: Adjustment::None,
    };
    /// Lessons drawn at random.
    pub(crate) const RANDOM: Self = Self {
        lessons: Some(Choosing::Chance),
        ..Self::WHOLE
    };
    /// Chosen by speed alone.
    pub(crate) const SPEED: Self = Self {
        lessons: Some(Choosing::Speed),
        ..Self::WHOLE
    };
    /// Chosen by relevance alone.
    pub(crate) const RELEVANCE: Self = Self {
        lessons: Some(Choosing::Relevance),
        ..Self::WHOLE
    };
    /// Without the effectiveness adjustment: every factor stays 1.
    pub(crate) const FIXED: Self = Self {
        adjustment: Adjustment::None,
        ..Self::WHOLE
    };
}

/// Works one unit.
pub(crate) fn run(context: &StrategyContext, spec: &RunSpec, variation: Variation) -> Finish {
    let attempts = Attempts::default();
    let ended = rounds(context, spec, variation, &attempts);
    settle(context, spec.preset, &attempts, ended)
}

fn rounds(
    context: &StrategyContext,
    spec: &RunSpec,
    variation: Variation,
    attempts: &Attempts,
) -> Result<(), How> {
    let rewriting = context.work().is_optimise();
    let mut taught = BTreeSet::new();
    for round in (0..spec.rounds).map(Round) {
        context.begin_round(round)?;
        if round == Round(0) {
            agree(context, spec, Authors::Everyone)?;
        }
        let lessons = match (round, variation.lessons) {
            (Round(0), _) | (_, None) => Recalled::default(),
            (later, Some(by)) => context.recall(later, by)?,
        };
        let tried = everyone(context, spec, |context, agent| {
            let id = CandidateId::first(round, agent);
            let tried = rewrite(context, id, &lessons.shown_to(agent), attempts)?;
            if let (Tried::Made(attempt), Some(_), true) = (&tried, variation.lessons, rewriting)
                && spec.reads_lessons_of(round)
            {
                solicit(context, attempt)?;
            }
            Ok(tried)
        })?;
        answered(round, &tried)?;
        // nothing is learned once the tests are passed, and that is known when everybody has tried
        let teaches = variation.lessons.is_some() && spec.reads_lessons_of(round);
        if !rewriting && teaches && !attempts.solved() {
            everyone(context, spec, |context, agent| {
                match tried.get(agent.index()) {
                    Some(Tried::Made(attempt)) => solicit(context, attempt),
                    Some(Tried::SatOut(_)) | None => Ok(()),
                }
            })?;
        }
        if rewriting && teaches {
            for (candidate, evaluated) in context.own()? {
                if taught.insert(candidate.id) {
                    let held = Held::Code;
                    solicit(
                        context,
                        &Attempt {
                            candidate,
                            held,
                            evaluated,
                        },
                    )?;
                }
            }
        }
        context.end_round(round, variation.adjustment)?;
        if attempts.solved() {
            break;
        }
    }
    Ok(())
}

/// The author says why its attempt turned out as it did. Our own failure teaches nothing, nor does an answer that held no
/// code to judge; a missing answer costs the lesson, not the attempt.
pub(super) fn solicit(context: &StrategyContext, attempt: &Attempt) -> Result<(), Stop> {
    let Attempt {
        candidate,
        evaluated,
        ..
    } = attempt;
    let unread = matches!(evaluated.evaluation, Evaluation::Unread { .. });
    if unread || evaluated.evaluation.outcome() == Outcome::HarnessFault {
        return Ok(());
    }
    let ask = AskId {
        about: candidate.id,
        purpose: Purpose::Lesson,
    };
    let task = Task::Lesson {
        candidate: candidate.source.as_str().into(),
        evaluated: evaluated.clone().into(),
    };
    match context.ask(ask, task)? {
        Ok(answer) if answer.unusable().is_some() => {
            let why = answer.unusable().map(|failure| failure.message);
            context.note(format!("{ask}: {}, so no lesson", why.unwrap_or_default()))
        }
        Ok(answer) if !answer.prose.trim().is_empty() => context.learn(candidate.id, answer.prose),
        Ok(_) => context.note(format!("{ask}: an empty answer, so no lesson")),
        Err(_) => Ok(()),
    }
}

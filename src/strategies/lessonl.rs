//! LessonL: agents rewrite the original over rounds; each attempt becomes a lesson; selected lessons are in everybody's
//! next prompt. Never shows an agent the best candidate, only the original and lessons, as the paper has it.
//! Paper: Liu et al., "Lessons Learned: A Multi-Agent Framework for Code LLMs to Learn and Improve", NeurIPS 2025,
//! arXiv 2505.23946.

use super::attempt::{Attempt, Attempts, Tried, everyone, hopeless, rewrite, settle};
use super::desk::{Adjustment, Desk, Stop};
use super::{Finish, How};
use crate::domain::ask::Task;
use crate::domain::evaluation::Outcome;
use crate::domain::id::{AskId, CandidateId, Purpose, Round};
use crate::domain::spec::RunSpec;

/// Works one unit.
pub fn run(desk: &Desk, spec: &RunSpec) -> Finish {
    let attempts = Attempts::default();
    let ended = rounds(desk, spec, &attempts);
    settle(desk, spec.preset, &attempts, ended)
}

fn rounds(desk: &Desk, spec: &RunSpec, attempts: &Attempts) -> Result<(), How> {
    for round in (0..spec.rounds).map(Round) {
        desk.begin_round(round)?;
        let lessons = match round {
            Round(0) => Vec::new(),
            later => desk.recall(later)?,
        };
        let tried = everyone(desk, spec, |desk, agent| {
            let id = CandidateId::first(round, agent);
            let tried = rewrite(desk, id, &lessons, attempts)?;
            if let Tried::Made(attempt) = &tried {
                solicit(desk, attempt)?;
            }
            Ok(tried)
        })?;
        if let (Round(0), Some(message)) = (round, hopeless(&tried)) {
            return Err(How::Failed { message });
        }
        desk.end_round(round, Adjustment::Effectiveness)?;
    }
    Ok(())
}

/// The author says why its attempt turned out as it did. Our own failure teaches nothing; a missing answer costs the
/// lesson, not the attempt.
fn solicit(desk: &Desk, attempt: &Attempt) -> Result<(), Stop> {
    let Attempt {
        candidate,
        evaluated,
    } = attempt;
    if evaluated.evaluation.outcome() == Outcome::HarnessFault {
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
    match desk.ask(ask, task)? {
        Ok(answer) if !answer.prose.trim().is_empty() => desk.learn(candidate.id, answer.prose),
        Ok(_) => desk.note(format!("{ask}: an empty answer, so no lesson")),
        Err(_) => Ok(()),
    }
}

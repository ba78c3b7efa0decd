//! What every strategy is made of: everybody at once, one rewrite from ask to verdict, and winding up with the best.
//! Never waits for one agent on behalf of another.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::context::{Held, Stop, StrategyContext};
use super::{Finish, How};
use crate::domain::ask::{AnswerExtra, AskFailure, AskFailureKind, Defect, ShownAttempt, Task};
use crate::domain::candidate::Candidate;
use crate::domain::evaluation::{Evaluated, Outcome};
use crate::domain::id::{AgentId, AskId, CandidateId, Purpose, Round};
use crate::domain::lesson::Lesson;
use crate::domain::measurement::Verdict;
use crate::domain::spec::{Preset, RunSpec};

/// Longest text of a codeless answer that is kept as the candidate's source, in bytes.
const LONGEST_WORDS: usize = 16_000;
/// Longest rationale that is kept, in bytes.
const LONGEST_RATIONALE: usize = 4_000;

/// What a strategy keeps of the unit's attempts, filled by the agents' threads as verdicts come in.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    /// Of code from a description: the shares of tests passed, and whether those were all.
    tested: Mutex<BTreeMap<CandidateId, (f64, Tests)>>,
}

/// Whether an attempt failed any test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tests {
    AllPassed,
    SomeFailed,
}

impl Attempts {
    fn note(&self, id: CandidateId, evaluated: &Evaluated) {
        if let Some(tested) = evaluated.evaluation.tested() {
            let tests = match tested.all() {
                true => Tests::AllPassed,
                false => Tests::SomeFailed,
            };
            let mut all = self.tested.lock().unwrap_or_else(PoisonError::into_inner);
            all.insert(id, (tested.share(), tests));
        }
    }

    /// Whether an attempt has passed every test that the agents wrote: nothing better can be found.
    pub(crate) fn solved(&self) -> bool {
        let all = self.tested.lock().unwrap_or_else(PoisonError::into_inner);
        all.values().any(|(_, tests)| *tests == Tests::AllPassed)
    }

    /// The attempt that passed the most of the agents' tests, the earlier one on a tie.
    fn most_passed(&self) -> Option<CandidateId> {
        let all = self.tested.lock().unwrap_or_else(PoisonError::into_inner);
        let all = all.iter().map(|(id, (share, _))| (*id, *share));
        all.reduce(|best, next| if next.1 > best.1 { next } else { best })
            .map(|(id, _)| id)
    }
}

/// What came of one agent's turn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Tried {
    /// It gave no answer and sits this one out.
    SatOut(AskFailure),
    /// It made a candidate.
    Made(Box<Attempt>),
}

/// A candidate and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Attempt {
    /// The candidate.
    pub candidate: Candidate,
    /// What its source is.
    pub held: Held,
    /// What came of it.
    pub evaluated: Evaluated,
}

impl Attempt {
    /// The attempt as its author, or whoever goes on from it, is shown it; `None` if the failure was ours and says
    /// nothing about it.
    pub(crate) fn shown(&self) -> Option<ShownAttempt> {
        let ours = self.evaluated.evaluation.outcome() == Outcome::HarnessFault;
        (!ours).then(|| ShownAttempt {
            source: self.candidate.source.as_str().into(),
            evaluated: self.evaluated.clone().into(),
        })
    }

    /// Whether it is correct and faster than the original beyond doubt; of code from a description, whether it passes
    /// every test it was put to.
    pub(crate) fn passes(&self) -> bool {
        if let Some(tested) = self.evaluated.evaluation.tested() {
            return tested.all();
        }
        let speedup = self.evaluated.evaluation.speedup();
        speedup.is_some_and(|speedup| speedup.lo > 1.0)
    }
}

/// Runs `turn` for every agent of the team at once, each in its own thread; gives the results in the team's order.
/// [`Stop`] if any of them was stopped, after all have ended.
pub(crate) fn everyone<T: Send>(
    context: &StrategyContext,
    spec: &RunSpec,
    turn: impl Fn(&StrategyContext, AgentId) -> Result<T, Stop> + Sync,
) -> Result<Vec<T>, Stop> {
    thread::scope(|scope| {
        let agents = (0..=u8::MAX).map(AgentId).zip(&spec.team);
        let turns: Vec<_> = agents
            .map(|(agent, _)| {
                let (context, turn) = (context.clone(), &turn);
                scope.spawn(move || turn(&context, agent))
            })
            .collect();
        turns
            .into_iter()
            .map(|turn| turn.join().unwrap_or(Err(Stop)))
            .collect()
    })
}

/// One rewrite of the original, knowing these lessons.
pub(crate) fn rewrite(
    context: &StrategyContext,
    id: CandidateId,
    lessons: &[Lesson],
    attempts: &Attempts,
) -> Result<Tried, Stop> {
    let ask = AskId {
        about: id,
        purpose: Purpose::Rewrite,
    };
    let lessons = lessons.to_vec();
    propose(context, ask, Task::Rewrite { lessons }, attempts)
}

/// One attempt by any task that wants code: ask, then compile, check and time what came back. An answer without code is
/// a candidate too, so that it is counted and its author can be told.
pub(crate) fn propose(
    context: &StrategyContext,
    ask: AskId,
    task: Task,
    attempts: &Attempts,
) -> Result<Tried, Stop> {
    match proposal(context, ask, task)? {
        Ok(made) => submit(context, made.candidate, made.held, attempts),
        Err(failure) => Ok(Tried::SatOut(failure)),
    }
}

/// An answer to a task that wants code, before it is judged.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Proposal {
    /// The candidate that it makes.
    pub candidate: Candidate,
    /// What its source is.
    pub held: Held,
    /// What is odd about the answer.
    pub defects: Vec<Defect>,
}

/// Asks for code; gives what came back as a candidate, or why nothing did.
pub(crate) fn proposal(
    context: &StrategyContext,
    ask: AskId,
    task: Task,
) -> Result<Result<Proposal, AskFailure>, Stop> {
    let (id, read) = (ask.about, task.lessons());
    let answer = match context.ask(ask, task)? {
        Ok(answer) => answer,
        Err(failure) => return Ok(Err(failure)),
    };
    // it is no work of the agent's, and nothing can be learned from it
    if let Some(failure) = answer.unusable() {
        context.note(format!("{ask}: {}", failure.message))?;
        return Ok(Err(failure));
    }
    let cut_off = answer.cut_off();
    let code = answer.code.filter(|code| !code.trim().is_empty());
    let held = match (cut_off, &code, answer.found) {
        (Some(why), _, _) => Held::Cut(why),
        (None, Some(_), _) => Held::Code,
        (None, None, AnswerExtra::Unapplied(why)) => Held::Misfit(why),
        (None, None, _) => Held::Words,
    };
    let source = code.unwrap_or_else(|| cut(answer.text, LONGEST_WORDS));
    let candidate = Candidate {
        id,
        source,
        rationale: cut(answer.prose, LONGEST_RATIONALE),
        read,
        build: None,
        lineage: None,
    };
    let defects = answer.defects;
    Ok(Ok(Proposal {
        candidate,
        held,
        defects,
    }))
}

/// Has a candidate compiled, checked and timed.
pub(crate) fn submit(
    context: &StrategyContext,
    candidate: Candidate,
    held: Held,
    attempts: &Attempts,
) -> Result<Tried, Stop> {
    let evaluated = context.evaluate(candidate.clone(), held.clone())?;
    attempts.note(candidate.id, &evaluated);
    Ok(Tried::Made(Box::new(Attempt {
        candidate,
        held,
        evaluated,
    })))
}

fn cut(mut text: String, longest: usize) -> String {
    text.truncate(text.floor_char_boundary(longest));
    text
}

/// How a round ends in which nobody was answered: one that was not played. `Ok` where somebody was.
pub(crate) fn answered(round: Round, tried: &[Tried]) -> Result<(), How> {
    let mut failures = Vec::new();
    for one in tried {
        match one {
            Tried::SatOut(failure) => failures.push(failure),
            Tried::Made(_) => return Ok(()),
        }
    }
    let Some(first) = failures.first() else {
        return Ok(());
    };
    let reason = match first.hint.as_str() {
        "" => first.message.clone(),
        hint => format!("{} ({hint})", first.message),
    };
    let needs_a_person = |kind| {
        matches!(
            kind,
            AskFailureKind::Unreachable
                | AskFailureKind::Unauthorized
                | AskFailureKind::NoSuchModel
                | AskFailureKind::Quota
                | AskFailureKind::NotRecorded
        )
    };
    let hopeless = failures.iter().all(|failure| needs_a_person(failure.kind));
    Err(match (round, hopeless) {
        (Round(0), true) => How::Failed {
            message: format!("no agent can be asked: {reason}"),
        },
        _ => How::Unanswered {
            message: format!("no agent gave an answer: {reason}"),
            lasting: hopeless || failures.iter().all(|failure| failure.kind.is_passing()),
        },
    })
}

/// Winds up code from a description: the attempt is put to the hidden tests, and it is the result whatever they say.
pub(crate) fn hand_in(
    context: &StrategyContext,
    attempt: Option<CandidateId>,
    ended: Result<(), How>,
) -> Finish {
    let how = ended.err().unwrap_or(How::Complete);
    let winner = attempt.filter(|id| context.confirm(*id).is_ok());
    Finish { winner, how }
}

/// How many of the best may fail when they are measured afresh before the original is taken.
const CHANCES: usize = 3;

/// Winds up: the best attempt is found and measured afresh, and that is the figure to report. Under `Corrected` the
/// original stays the result unless the fresh measurement says faster, too, and where the best one fails it, the next best
/// has its chance; under `Paper` the best is the result while it is correct.
pub(crate) fn settle(
    context: &StrategyContext,
    preset: Preset,
    attempts: &Attempts,
    ended: Result<(), How>,
) -> Finish {
    if !context.work().is_optimise() {
        return hand_in(context, attempts.most_passed(), ended);
    }
    let how = ended.err().unwrap_or(How::Complete);
    let winner = (0..CHANCES).find_map(|_| chance(context, preset).transpose());
    Finish {
        winner: winner.and_then(Result::ok),
        how,
    }
}

/// The best attempt if it stands up to a fresh measurement; `None` if it failed and the next best is to be tried;
/// [`Stop`] if none will.
fn chance(context: &StrategyContext, preset: Preset) -> Result<Option<CandidateId>, Stop> {
    let best = context.best()?.ok_or(Stop)?;
    let fresh = context.confirm(best)?.evaluation;
    if preset == Preset::Corrected && fresh.outcome().is_failure() {
        return Ok(None);
    }
    let (speedup, verdict) = fresh.speedup().zip(fresh.verdict()).ok_or(Stop)?;
    let stands = match preset {
        Preset::Paper => true,
        Preset::Corrected => verdict == Verdict::Faster && speedup.lo > 1.0,
    };
    stands.then_some(Some(best)).ok_or(Stop)
}

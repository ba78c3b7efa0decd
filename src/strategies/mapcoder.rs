//! MapCoder: recall exemplars with their techniques, plan a rewrite along each with a confidence, write code by the most
//! confident plan, repair it with the verdict up to five times, then take the next plan. Ends with the first code that is
//! correct and faster than the original. The four roles go to the team's members in turn; a team of one plays them all,
//! as in the paper. Never plans anew. Of code from a description, the paper repairs by the examples in the
//! problem's text; here by tests that the debugger wrote from that text before there was any code.
//! Paper: Islam et al., "MapCoder: Multi-Agent Code Generation for Competitive Problem Solving", ACL 2024,
//! arXiv 2405.11403.

use std::cmp::Reverse;
use std::sync::Arc;

use super::attempt::{Attempts, Tried, answered, propose, settle};
use super::context::{Adjustment, Stop, StrategyContext};
use super::own_tests::{Authors, agree};
use super::{Finish, How};
use crate::domain::ask::{AnswerExtra, AskFailure, ShownAttempt, Task};
use crate::domain::id::{AgentId, AskId, CandidateId, Purpose, Round};
use crate::domain::spec::RunSpec;

/// Repairs per plan, the paper's t.
const REPAIRS: u8 = 5;

/// The paper's agents.
#[derive(Debug, Clone, Copy)]
enum Role {
    Retrieval,
    Planning,
    Coding,
    Debugging,
}

impl Role {
    /// Which member of the team plays it.
    fn of(self, spec: &RunSpec) -> AgentId {
        let member = self as usize % spec.team.len().max(1);
        AgentId(u8::try_from(member).unwrap_or(0))
    }
}

/// What became of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Plan {
    /// Code by it is correct and faster.
    Passed,
    /// It is not.
    GivenUp,
    /// Nobody wrote code by it.
    Unwritten(Box<AskFailure>),
}

/// Works one unit.
pub(crate) fn run(context: &StrategyContext, spec: &RunSpec) -> Finish {
    let attempts = Attempts::default();
    let ended = pipeline(context, spec, &attempts);
    settle(context, spec.preset, &attempts, ended)
}

fn pipeline(context: &StrategyContext, spec: &RunSpec, attempts: &Attempts) -> Result<(), How> {
    context.begin_round(Round(0))?;
    agree(context, spec, Authors::One(Role::Debugging.of(spec)))?;
    let mut failures = Vec::new();
    let exemplars = recall(context, spec, &mut failures)?;
    let plans = plan(context, spec, &exemplars, &mut failures)?;
    if plans.is_empty() {
        answered(Round(0), &failures)?;
    }
    let of = u16::try_from(plans.len()).unwrap_or(u16::MAX);
    let mut unwritten = Vec::new();
    for (round, plan) in (0..).map(Round).zip(plans) {
        context.begin_round(round)?;
        let became = carry_out(context, spec, round, &plan, attempts)?;
        if let Plan::Unwritten(failure) = &became {
            unwritten.push(Tried::SatOut((**failure).clone()));
            // nobody has written anything by any plan
            if round.next().0 == of && unwritten.len() == usize::from(of) {
                answered(round, &unwritten)?;
            }
        }
        context.end_round(round, Adjustment::None)?;
        if became == Plan::Passed {
            break;
        }
    }
    Ok(())
}

/// The exemplars, as many as the run has rounds; none if the retrieval gave none.
fn recall(
    context: &StrategyContext,
    spec: &RunSpec,
    failures: &mut Vec<Tried>,
) -> Result<Vec<Arc<str>>, Stop> {
    let ask = AskId {
        about: CandidateId::first(Round(0), Role::Retrieval.of(spec)),
        purpose: Purpose::Recall,
    };
    let count = spec.rounds;
    let found = context
        .ask(ask, Task::Recall { count })?
        .map(|answer| answer.found);
    Ok(match found {
        Ok(AnswerExtra::Exemplars(all)) => {
            let all = all.into_iter().take(usize::from(count));
            all.map(Into::into).collect()
        }
        Ok(
            AnswerExtra::Nothing
            | AnswerExtra::Unapplied(_)
            | AnswerExtra::Confidence(_)
            | AnswerExtra::Tests(_),
        ) => Vec::new(),
        Err(failure) => sat_out(failures, failure),
    })
}

/// A plan along each exemplar (one without, if there is none), the most confident first; of equals, the earlier
/// exemplar's. A plan that does not say how sure it is comes last.
fn plan(
    context: &StrategyContext,
    spec: &RunSpec,
    exemplars: &[Arc<str>],
    failures: &mut Vec<Tried>,
) -> Result<Vec<Arc<str>>, Stop> {
    let planner = Role::Planning.of(spec);
    let along: Vec<Option<Arc<str>>> = match exemplars {
        [] => vec![None],
        all => all.iter().cloned().map(Some).collect(),
    };
    let mut plans: Vec<(Option<u8>, Arc<str>)> = Vec::new();
    for (attempt, exemplar) in (0..=u8::MAX).zip(along) {
        let about = CandidateId {
            attempt,
            ..CandidateId::first(Round(0), planner)
        };
        let purpose = Purpose::Plan;
        match context.ask(AskId { about, purpose }, Task::Plan { exemplar })? {
            Ok(answer) if answer.prose.trim().is_empty() => {
                context.note(format!("{about}: an empty answer, so no plan"))?;
            }
            Ok(answer) => {
                let confidence = match answer.found {
                    AnswerExtra::Confidence(percent) => Some(percent),
                    AnswerExtra::Nothing
                    | AnswerExtra::Unapplied(_)
                    | AnswerExtra::Exemplars(_)
                    | AnswerExtra::Tests(_) => None,
                };
                plans.push((confidence, answer.prose.into()));
            }
            Err(failure) => sat_out(failures, failure),
        }
    }
    plans.sort_by_key(|(confidence, _)| Reverse(*confidence));
    Ok(plans.into_iter().map(|(_, plan)| plan).collect())
}

fn sat_out<T: Default>(failures: &mut Vec<Tried>, failure: AskFailure) -> T {
    failures.push(Tried::SatOut(failure));
    T::default()
}

/// Code by the plan, and repairs until it passes. A missing answer gives the plan up.
fn carry_out(
    context: &StrategyContext,
    spec: &RunSpec,
    round: Round,
    plan: &Arc<str>,
    attempts: &Attempts,
) -> Result<Plan, Stop> {
    let coding = AskId {
        about: CandidateId::first(round, Role::Coding.of(spec)),
        purpose: Purpose::Rewrite,
    };
    let by = Task::Code { plan: plan.clone() };
    let mut tried = propose(context, coding, by, attempts)?;
    if let Tried::SatOut(failure) = tried {
        return Ok(Plan::Unwritten(Box::new(failure)));
    }
    for attempt in 1..=REPAIRS {
        let broken: ShownAttempt = match &tried {
            Tried::Made(made) if made.passes() => return Ok(Plan::Passed),
            Tried::Made(made) => match made.shown() {
                Some(shown) => shown,
                None => return Ok(Plan::GivenUp),
            },
            Tried::SatOut(_) => return Ok(Plan::GivenUp),
        };
        let debugging = AskId {
            about: CandidateId {
                attempt,
                ..CandidateId::first(round, Role::Debugging.of(spec))
            },
            purpose: Purpose::Repair,
        };
        let repair = Task::Repair {
            plan: plan.clone(),
            attempt: broken,
        };
        tried = propose(context, debugging, repair, attempts)?;
    }
    Ok(match tried {
        Tried::Made(made) if made.passes() => Plan::Passed,
        Tried::Made(_) | Tried::SatOut(_) => Plan::GivenUp,
    })
}

//! Who judges a candidate: the harness, or a script. Never judges itself.

use std::fmt;
use std::sync::Arc;

use super::state::{Job, Unready};
use crate::domain::ask::Facts;
use crate::domain::build::Build;
use crate::domain::candidate::Candidate;
use crate::domain::contest::{ContenderStanding, Contest, Extent, MARGIN, Rival};
use crate::domain::evaluation::Evaluated;
use crate::domain::event::{Machine, Progress, Toolchain};
use crate::domain::measurement::{Speedup, Verdict};
use crate::domain::problem::{Mode, Problem};
use crate::domain::units::Nanos;
use crate::harness::{Cancel, CandidateCode, Harness, HarnessError, PreparedProblem};

/// What a script judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trial<'a> {
    /// The candidate's source.
    pub source: &'a str,
    /// How it is built; `None`: the standard way.
    pub build: Option<&'a Build>,
    /// Whether it is a first verdict or a fresh one.
    pub job: Job,
    /// Seed of its inputs.
    pub seed: u64,
    /// The agents' tests it is put to; `None`: to what the problem itself has.
    pub tests: Option<&'a [String]>,
}

/// A verdict on each trial, by rule. May block, and may tell how far it is.
pub type Judge = Arc<dyn Fn(Trial<'_>, &(dyn Fn(Progress) + Sync)) -> Evaluated + Send + Sync>;

/// Who judges.
#[derive(Clone)]
pub enum Evaluator {
    /// Compilers and clocks.
    Harness(Harness),
    /// A script, for trying out what is around the harness.
    Scripted(Judge),
}

impl fmt::Debug for Evaluator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Harness(_) => "Harness",
            Self::Scripted(_) => "Scripted",
        })
    }
}

impl From<Harness> for Evaluator {
    fn from(harness: Harness) -> Self {
        Self::Harness(harness)
    }
}

/// A problem made ready.
#[derive(Debug)]
pub(super) enum Ready {
    Harness(Box<PreparedProblem>),
    Scripted,
}

impl Ready {
    /// What is known of the original, for the agents.
    pub(super) fn facts(&self, by: &Evaluator) -> Facts {
        match (self, by) {
            (Self::Harness(prepared), Evaluator::Harness(harness)) => harness.facts(prepared),
            (Self::Harness(_) | Self::Scripted, _) => Facts::default(),
        }
    }
}

impl Evaluator {
    pub(super) fn toolchain(&self) -> Toolchain {
        match self {
            Self::Harness(harness) => harness.toolchain(),
            Self::Scripted(_) => Toolchain::default(),
        }
    }

    pub(super) fn machine(&self) -> Machine {
        match self {
            Self::Harness(harness) => harness.machine(),
            Self::Scripted(_) => Machine::default(),
        }
    }

    /// Makes a problem ready. Blocks.
    pub(super) fn prepare(
        &self,
        problem: Arc<Problem>,
        mode: Mode,
        cancel: &Cancel,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Ready, Unready> {
        match self {
            Self::Harness(harness) => harness
                .prepare(problem, mode, cancel, progress)
                .map(|prepared| Ready::Harness(Box::new(prepared)))
                .map_err(|error| match error {
                    HarnessError::Environment { what, hint } if hint.is_empty() => {
                        Unready::Environment(what)
                    }
                    HarnessError::Environment { what, hint } => {
                        Unready::Environment(format!("{what} ({hint})"))
                    }
                    HarnessError::Problem { what } => Unready::Problem(what),
                    HarnessError::Cancelled => Unready::Problem("cancelled".to_owned()),
                }),
            Self::Scripted(_) => Ok(Ready::Scripted),
        }
    }

    /// Judges. Blocks. `None`: the problem was made ready by another evaluator.
    pub(super) fn judge(
        &self,
        ready: &Ready,
        trial: Trial<'_>,
        cancel: &Cancel,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Option<Evaluated> {
        let Trial {
            source,
            build,
            job,
            seed,
            tests,
        } = trial;
        let made = CandidateCode { source, build };
        match (self, ready) {
            (Self::Harness(harness), Ready::Harness(prepared)) if tests.is_some() => {
                let tests = tests.unwrap_or_default();
                harness.try_own(prepared, source, tests, cancel, progress)
            }
            (Self::Harness(harness), Ready::Harness(prepared)) => Some(match job {
                Job::Evaluate => harness.evaluate(prepared, made, seed, cancel, progress),
                Job::Confirm | Job::Contest | Job::Duel => {
                    let mut fresh = harness.confirm(prepared, made, seed, cancel, progress);
                    if job == Job::Confirm && fresh.evaluation.verdict() == Some(Verdict::Faster) {
                        harness.at_other_sizes(prepared, made, seed, cancel, &mut fresh);
                    }
                    fresh
                }
            }),
            (Self::Scripted(judge), Ready::Scripted) => Some(judge(trial, progress)),
            (Self::Harness(_), Ready::Scripted) | (Self::Scripted(_), Ready::Harness(_)) => None,
        }
    }

    /// Times contenders against each other, the leader given first. Blocks. `Err`: why that could not be done.
    pub(super) fn contest(
        &self,
        ready: &Ready,
        contenders: &[&Candidate],
        seed: u64,
        cancel: &Cancel,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Contest, String> {
        match (self, ready) {
            (Self::Harness(harness), Ready::Harness(prepared)) => harness
                .contest(prepared, contenders, seed, cancel, progress)
                .map_err(|error| error.to_string()),
            (Self::Scripted(judge), Ready::Scripted) => {
                Ok(scripted(judge, contenders, seed, progress))
            }
            (Self::Harness(_), Ready::Scripted) | (Self::Scripted(_), Ready::Harness(_)) => {
                Err("the problem was made ready by another evaluator".to_owned())
            }
        }
    }
}

/// A contest by a script: its verdicts on each contender, the greatest estimate first.
fn scripted(
    judge: &Judge,
    contenders: &[&Candidate],
    seed: u64,
    progress: &(dyn Fn(Progress) + Sync),
) -> Contest {
    let told = |candidate: &&Candidate| {
        let trial = Trial {
            source: &candidate.source,
            build: candidate.build.as_ref(),
            job: Job::Contest,
            seed,
            tests: None,
        };
        judge(trial, progress).evaluation
    };
    let mut met: Vec<(&Candidate, Option<Speedup>)> = contenders
        .iter()
        .map(|candidate| (*candidate, told(candidate).speedup()))
        .collect();
    let estimate = |told: Option<Speedup>| told.map_or(0.0, |speedup| speedup.estimate);
    // stable: of equal ones the first stays first
    met.sort_by(|(_, a), (_, b)| estimate(*b).total_cmp(&estimate(*a)));
    let best = met
        .first()
        .and_then(|(winner, told)| Some((*winner, (*told)?)));
    let rivals = met.iter().skip(usize::from(best.is_some()));
    let rivals = rivals.map(|(rival, told)| {
        let lead = best.zip(*told).map(|((_, won), lost)| Speedup {
            estimate: won.estimate / lost.estimate,
            lo: won.lo / lost.hi,
            hi: won.hi / lost.lo,
        });
        let standing = match lead {
            None => ContenderStanding::Out {
                why: "the script says so".to_owned(),
            },
            Some(lead) if lead.lo > 1.0 => ContenderStanding::Slower,
            Some(lead) if lead.hi <= MARGIN && lead.lo >= 1.0 / MARGIN => ContenderStanding::Equal,
            Some(_) => ContenderStanding::Open,
        };
        Rival {
            id: rival.id,
            lead,
            standing,
            extent: Extent::of(&rival.source),
        }
    });
    Contest {
        rivals: rivals.collect(),
        left_out: 0,
        winner: best.map(|(winner, _)| winner.id),
        extent: best.map_or_else(Extent::default, |(winner, _)| Extent::of(&winner.source)),
        launches: 1,
        confidence: 0.95,
        seed,
        spent: Nanos(1),
        not_held: None,
    }
}

//! Who judges a candidate: the harness, or a script. Never judges itself.

use std::fmt;
use std::sync::Arc;

use super::state::{Job, Unready};
use crate::domain::build::Build;
use crate::domain::evaluation::Evaluated;
use crate::domain::event::{Machine, Progress, Toolchain};
use crate::domain::problem::{Mode, Problem};
use crate::harness::{Cancel, Harness, HarnessError, Made, Prepared};

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
    Harness(Box<Prepared>),
    Scripted,
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
        let made = Made { source, build };
        match (self, ready) {
            (Self::Harness(harness), Ready::Harness(prepared)) if tests.is_some() => {
                let tests = tests.unwrap_or_default();
                harness.try_own(prepared, source, tests, cancel, progress)
            }
            (Self::Harness(harness), Ready::Harness(prepared)) => Some(match job {
                Job::Evaluate => harness.evaluate(prepared, made, seed, cancel, progress),
                Job::Confirm => harness.confirm(prepared, made, seed, cancel, progress),
            }),
            (Self::Scripted(judge), Ready::Scripted) => Some(judge(trial, progress)),
            (Self::Harness(_), Ready::Scripted) | (Self::Scripted(_), Ready::Harness(_)) => None,
        }
    }
}

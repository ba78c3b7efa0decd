//! Proves that a problem folder can be trusted: the original repeats itself, its outputs depend on the seed, wrong versions
//! of it are caught, and identical code comes out as the same. Judges the folder, never a candidate of an agent.

use std::sync::Arc;

use super::calibration::{SAMPLE, input};
use super::check::{self, Failure, Pair};
use super::gate::Want;
use super::runner::{Input, Left};
use super::watch::Seen;
use super::{Cancel, Harness, HarnessError, Kind, function, sides};
use crate::domain::evaluation::Evaluation;
use crate::domain::measurement::Verdict;
use crate::domain::problem::{Mode, Problem, Values};
use crate::domain::units::Nanos;

/// A claim about a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What is claimed, in a few words.
    pub name: &'static str,
    /// Whether it holds; `None` where it could not be tried, which speaks neither for nor against the folder.
    pub holds: Option<bool>,
    /// What was seen, and what to do where it does not hold.
    pub detail: String,
}

/// A version of the original with one deliberate mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutant {
    /// The mistake in words, with its line.
    pub what: String,
    /// The whole of `original.cpp` with it.
    pub source: String,
}

/// What became of a mutant.
enum Fate {
    Caught,
    Survived,
    NotCompiled,
}

impl Harness {
    /// Proves a folder in serial mode. Every claim is told when it is decided; the first one that fails for the folder as a
    /// whole ends it.
    ///
    /// # Errors
    /// If the machine lacks something, or the caller cancelled.
    pub fn prove(
        &self,
        problem: &Arc<Problem>,
        mutants: &[Mutant],
        cancel: &Cancel,
        tell: &mut dyn FnMut(&Claim),
    ) -> Result<Vec<Claim>, HarnessError> {
        let mut claims: Vec<Claim> = Vec::new();
        let mut claim = |name, holds, detail: String| {
            let claim = Claim {
                name,
                holds,
                detail,
            };
            tell(&claim);
            claims.push(claim);
        };
        let prepared = match self.prepare(Arc::clone(problem), Mode::Serial, cancel, &|_| {}) {
            Ok(prepared) => prepared,
            Err(HarnessError::Problem { what }) => {
                let name = if what.contains("does not compile") || what.contains("driver.cpp") {
                    COMPILES
                } else {
                    claim(
                        COMPILES,
                        Some(true),
                        "original.cpp and driver.cpp".to_owned(),
                    );
                    REPEATS
                };
                claim(name, Some(false), what);
                return Ok(claims);
            }
            Err(error) => return Err(error),
        };
        claim(
            COMPILES,
            Some(true),
            "original.cpp and driver.cpp".to_owned(),
        );
        claim(
            REPEATS,
            Some(true),
            "the same seed gives the same outputs in two processes".to_owned(),
        );
        let Kind::Function(function) = &prepared.0 else {
            return Err(HarnessError::Problem {
                what: "only a folder with a C++ function can be proved".to_owned(),
            });
        };
        let (holds, detail) = self.varies(function, cancel)?;
        claim("outputs follow the seed", holds, detail);
        let (holds, detail) = match &function.watch {
            Ok(watch) => match &watch.original {
                Seen::Nothing(count) => (
                    Some(true),
                    format!("{count} small inputs watched by the sanitizers"),
                ),
                Seen::Report(_, message) => (
                    Some(false),
                    format!(
                        "the original itself: {message} The buffers or values that driver.cpp makes may be wrong"
                    ),
                ),
                Seen::Unwatched(why) => (None, why.clone()),
            },
            Err(why) => (None, why.clone()),
        };
        claim("keeps to its memory", holds, detail);
        let calibration = function.calibration;
        let one: Nanos = (calibration.sample / calibration.calls.max(1)).into();
        let enough = calibration.sample >= SAMPLE;
        claim(
            "takes a measurable time",
            Some(enough),
            format!(
                "one call takes {one} at size {}{}",
                problem.sizes.time,
                if enough {
                    ""
                } else {
                    "; choose a larger `time` in [sizes]"
                }
            ),
        );
        let (holds, detail) = self.catches(function, mutants, cancel)?;
        claim("mistakes are caught", holds, detail);
        let seed = fastrand::u64(..);
        let (holds, detail) = match self
            .confirm(&prepared, &problem.original, seed, cancel, &|_| {})
            .evaluation
        {
            Evaluation::Measured { measurement } => {
                let same = matches!(measurement.verdict, Verdict::Same | Verdict::Unresolved);
                let figure = format!("{} {}", measurement.speedup, measurement.verdict.word());
                (Some(same), figure)
            }
            _ if cancel.is_cancelled() => return Err(HarnessError::Cancelled),
            other => (
                Some(false),
                format!("it came out as {}", other.outcome().word()),
            ),
        };
        claim("identical code is the same", holds, detail);
        Ok(claims)
    }

    /// Whether the outputs of the original change with the seed.
    fn varies(
        &self,
        prepared: &function::Prepared,
        cancel: &Cancel,
    ) -> Result<(Option<bool>, String), HarnessError> {
        let _pass = self
            .0
            .gate
            .pass(Want::Work, cancel, || {})
            .ok_or(HarnessError::Cancelled)?;
        let problem = &prepared.problem;
        let path = prepared.built.path();
        let mut pair = match Pair::start(problem, &prepared.setup, [&path, &path], cancel) {
            Ok(pair) => pair,
            Err(Failure::Harness(error)) => return Err(error),
            Err(Failure::Candidate(_)) => {
                return Ok((None, "the original does not start again".to_owned()));
            }
        };
        let mut seen: Vec<Left> = Vec::new();
        for seed in 1..=6_u64 {
            let input = Input {
                values: Values::Any,
                ..input(problem, Mode::Serial, seed * 1_000_003, 1)
            };
            let mut left = Left::default();
            let side = &mut pair.original;
            let ran = side
                .make(input, 1, check::ORIGINAL_LIMIT, cancel)
                .and_then(|()| side.call(check::ORIGINAL_LIMIT, cancel))
                .and_then(|_| side.emit(&mut left, check::ORIGINAL_LIMIT, cancel));
            ran.map_err(|stopped| stopped.of_original("being run with other seeds"))?;
            if !seen.iter().any(|known| known.bytes == left.bytes) {
                seen.push(left);
            }
        }
        Ok(match seen.len() {
            0 | 1 => (
                Some(false),
                "six seeds give one and the same output: make() must draw what matters from `in`"
                    .to_owned(),
            ),
            n => (Some(true), format!("six seeds give {n} different outputs")),
        })
    }

    /// How many mutants the checks catch.
    fn catches(
        &self,
        prepared: &function::Prepared,
        mutants: &[Mutant],
        cancel: &Cancel,
    ) -> Result<(Option<bool>, String), HarnessError> {
        let mut caught = 0;
        let mut survivors = Vec::new();
        for mutant in mutants {
            match self.fate(prepared, &mutant.source, cancel)? {
                Fate::Caught => caught += 1,
                Fate::Survived => survivors.push(mutant.what.clone()),
                Fate::NotCompiled => {}
            }
        }
        let tried = caught + survivors.len();
        let mut detail = format!("{caught} of {tried} deliberate mistakes");
        if !survivors.is_empty() {
            detail.push_str("; not: ");
            detail.push_str(&survivors.join(", "));
        }
        Ok(match tried {
            0 => (None, "nothing in it to make a mistake in".to_owned()),
            // Some mistakes change nothing: `<` for `<=` where equality cannot matter.
            _ => (Some(caught * 3 >= tried && caught > 0), detail),
        })
    }

    fn fate(
        &self,
        prepared: &function::Prepared,
        source: &str,
        cancel: &Cancel,
    ) -> Result<Fate, HarnessError> {
        let _pass = self
            .0
            .gate
            .pass(Want::Work, cancel, || {})
            .ok_or(HarnessError::Cancelled)?;
        let ours = |failure: Failure| match failure {
            Failure::Harness(error) => Err(error),
            Failure::Candidate(evaluation) => Ok(match *evaluation {
                Evaluation::NotCompiled { .. } => Fate::NotCompiled,
                _ => Fate::Caught,
            }),
        };
        let built = match sides::candidate(&self.0.bench, prepared, source.into(), cancel) {
            Ok(built) => built,
            Err(failure) => return ours(failure),
        };
        let (original, path) = (prepared.built.path(), built.path());
        let checked = Pair::start(
            &prepared.problem,
            &prepared.setup,
            [&original, &path],
            cancel,
        )
        .and_then(|mut pair| {
            check::run(
                &mut pair,
                Mode::Serial,
                prepared.calibration.calls,
                fastrand::u64(..),
                &mut Vec::new(),
                cancel,
            )
        });
        if let Err(failure) = checked {
            return ours(failure);
        }
        let watched = self.build_watched(prepared, source, cancel);
        let seen = prepared.watched(&self.0.bench, watched, cancel);
        let (_, failure) = prepared.judge_watched(Some(seen));
        Ok(match failure {
            Some(_) => Fate::Caught,
            None => Fate::Survived,
        })
    }
}

const COMPILES: &str = "compiles";
const REPEATS: &str = "repeats itself";

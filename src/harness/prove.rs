//! Proves that a problem folder can be trusted: the original repeats itself, its outputs depend on the seed, wrong versions
//! of it are caught, and identical code comes out as the same. Judges the folder, never a candidate of an agent.

use std::sync::Arc;

use super::calibration::{ENOUGH, input};
use super::check::{self, CheckFailure, Pair};
use super::coverage::{Covered, Marks};
use super::gate::GateUse;
use super::runner::{CaseInput, CaseOutputs};
use super::side_pair::Sides;
use super::watch::Seen;
use super::{Cancel, Harness, HarnessError, PreparedKind, function, sides};
use crate::domain::evaluation::Evaluation;
use crate::domain::measurement::Verdict;
use crate::domain::problem::{Mode, Problem, Values};
use crate::domain::units::Nanos;

/// A claim about a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderClaim {
    /// What is claimed, in a few words.
    pub name: &'static str,
    /// Whether it holds; `None` where it could not be tried, which speaks neither for nor against the folder.
    pub holds: Option<bool>,
    /// What was seen, and what to do where it does not hold.
    pub detail: String,
    /// What it leaves open although it holds, in a sentence.
    pub open: Option<String>,
    /// The class of values that it does not hold for, where it holds for ordinary ones as far as was seen.
    pub only_for: Option<Values>,
}

/// A version of the original with one deliberate mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutant {
    /// The mistake in words, with its line.
    pub what: String,
    /// The whole of `original.cpp` with it.
    pub source: String,
    /// Its line, from 1.
    pub line: usize,
    /// Whether it may well change nothing: that it is not caught says nothing then.
    pub weak: bool,
}

/// What became of a mutant.
enum Fate {
    Caught,
    Survived,
    NotCompiled,
    /// The compiler makes the same of it as of the original (Papadakis et al. 2015).
    Same,
}

/// The claims so far, each told as it is decided.
struct Told<'a> {
    claims: Vec<FolderClaim>,
    tell: &'a mut dyn FnMut(&FolderClaim),
}

impl Told<'_> {
    fn claim(
        &mut self,
        name: &'static str,
        holds: Option<bool>,
        detail: String,
        open: Option<String>,
    ) {
        let claim = FolderClaim {
            name,
            holds,
            detail,
            open,
            only_for: None,
        };
        self.tell(claim);
    }

    fn tell(&mut self, claim: FolderClaim) {
        (self.tell)(&claim);
        self.claims.push(claim);
    }

    fn holds(&mut self, name: &'static str, detail: &str) {
        self.claim(name, Some(true), detail.to_owned(), None);
    }

    /// A folder that cannot be prepared does not compile, or does not repeat itself.
    fn does_not_prepare(&mut self, what: String) {
        let compiles = !what.contains("does not compile") && !what.contains("driver.cpp");
        if compiles {
            self.holds(COMPILES, FILES);
        }
        let name = if compiles { REPEATS } else { COMPILES };
        self.claim(name, Some(false), what, None);
    }
}

/// What the sanitizers said of the original.
fn keeps_to_its_memory(function: &function::PreparedFunction) -> FolderClaim {
    let seen = function.watch.as_ref().map(|watch| &watch.original);
    let (holds, detail, only_for) = match seen {
        Ok(Seen::Nothing(count)) => (
            Some(true),
            format!("{count} small inputs watched by the sanitizers"),
            None,
        ),
        Ok(Seen::Report(_, message, class)) => (
            Some(false),
            format!(
                "the original itself: {message} The buffers or values that driver.cpp makes may be wrong"
            ),
            (*class != Values::Any).then_some(*class),
        ),
        Ok(Seen::Unwatched(why)) | Err(why) => (None, why.clone(), None),
    };
    FolderClaim {
        name: "keeps to its memory",
        holds,
        detail,
        open: None,
        only_for,
    }
}

/// From this size on a larger one is no remedy for a call that is too short.
const LARGE: u64 = 1 << 17;

fn takes_measurable_time(function: &function::PreparedFunction) -> (bool, String) {
    let calibration = function.calibration;
    let one: Nanos = (calibration.sample / calibration.calls.max(1)).into();
    // Where inputs take long to make, calibration settles for short samples.
    let enough = calibration.sample >= ENOUGH * 5 / 8;
    let size = function.problem.sizes.time;
    let advice = match (enough, size < LARGE) {
        (true, _) => "",
        (false, true) => "; choose a larger `time` in [sizes]",
        (false, false) => {
            "; a larger size takes no longer: correct in driver.cpp what make() draws, so that a call has more to do"
        }
    };
    (
        enough,
        format!("one call takes {one} at size {size}{advice}"),
    )
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
        marks: Option<&Marks>,
        cancel: &Cancel,
        tell: &mut dyn FnMut(&FolderClaim),
    ) -> Result<Vec<FolderClaim>, HarnessError> {
        let mut told = Told {
            claims: Vec::new(),
            tell,
        };
        let prepared = match self.prepare(Arc::clone(problem), Mode::Serial, cancel, &|_| {}) {
            Ok(prepared) => prepared,
            Err(HarnessError::Problem { what }) => {
                told.does_not_prepare(what);
                return Ok(told.claims);
            }
            Err(error) => return Err(error),
        };
        told.holds(COMPILES, FILES);
        told.holds(
            REPEATS,
            "the same seed gives the same outputs in two processes",
        );
        let PreparedKind::Function(function) = &prepared.0 else {
            return Err(HarnessError::Problem {
                what: "only a folder with a C++ function can be proved".to_owned(),
            });
        };
        match self.prove_prepared((&prepared, function), mutants, marks, cancel, &mut told) {
            Ok(()) => {}
            // The original that fails at an input drawn later, or leaves more than can be compared.
            Err(HarnessError::Problem { what }) => told.claim(BEARS, Some(false), what, None),
            Err(error) => return Err(error),
        }
        Ok(told.claims)
    }

    /// The claims about a problem that compiles and repeats itself.
    fn prove_prepared(
        &self,
        (prepared, function): (&super::PreparedProblem, &function::PreparedFunction),
        mutants: &[Mutant],
        marks: Option<&Marks>,
        cancel: &Cancel,
        told: &mut Told<'_>,
    ) -> Result<(), HarnessError> {
        let (holds, detail) = self.varies(function, cancel)?;
        told.claim("outputs follow the seed", holds, detail, None);
        told.tell(keeps_to_its_memory(function));
        let (holds, detail) = takes_measurable_time(function);
        told.claim("takes a measurable time", Some(holds), detail, None);
        let covered = self.what_runs(function, marks, cancel)?;
        let (holds, detail, open) = match &covered {
            Ok(covered) => runs(covered),
            Err(why) => (None, why.clone(), None),
        };
        told.claim(REACHES, holds, detail, open);
        let covered = covered.unwrap_or_default();
        let (holds, detail, open) = self.catches(function, mutants, &covered, cancel)?;
        told.claim("mistakes are caught", holds, detail, open);
        let problem = &function.problem;
        let (holds, detail) = self.is_its_own_equal(prepared, problem, cancel)?;
        told.claim("identical code is the same", Some(holds), detail, None);
        Ok(())
    }

    /// Which of the original's statements run, or why that is not known.
    fn what_runs(
        &self,
        function: &function::PreparedFunction,
        marks: Option<&Marks>,
        cancel: &Cancel,
    ) -> Result<Result<Covered, String>, HarnessError> {
        let _pass = self
            .0
            .gate
            .pass(GateUse::Work, cancel, || {})
            .ok_or(HarnessError::Cancelled)?;
        Ok(match marks {
            Some(marks) => self.covered(function, marks, cancel),
            None => Err("there is no statement to reach".to_owned()),
        })
    }

    /// Whether the original, judged as a candidate, comes out as no faster and no slower. Of a hundred intervals five miss the
    /// truth, and more where others use the machine: so only what is seen twice speaks against the folder.
    fn is_its_own_equal(
        &self,
        prepared: &super::PreparedProblem,
        problem: &Problem,
        cancel: &Cancel,
    ) -> Result<(bool, String), HarnessError> {
        let mut seen = Vec::new();
        for _ in 0..2 {
            let seed = fastrand::u64(..);
            let found = self.confirm(prepared, &problem.original, seed, cancel, &|_| {});
            match found.evaluation {
                Evaluation::Measured { measurement } => {
                    seen.push(format!(
                        "{} {}",
                        measurement.speedup,
                        measurement.verdict.word()
                    ));
                    if matches!(measurement.verdict, Verdict::Same | Verdict::Unresolved) {
                        return Ok((true, seen.join(", then ")));
                    }
                }
                _ if cancel.is_cancelled() => return Err(HarnessError::Cancelled),
                other => return Ok((false, format!("it came out as {}", other.outcome().word()))),
            }
        }
        Ok((false, seen.join(", then ")))
    }

    /// Whether the outputs of the original change with the seed.
    fn varies(
        &self,
        prepared: &function::PreparedFunction,
        cancel: &Cancel,
    ) -> Result<(Option<bool>, String), HarnessError> {
        let _pass = self
            .0
            .gate
            .pass(GateUse::Work, cancel, || {})
            .ok_or(HarnessError::Cancelled)?;
        let problem = &prepared.problem;
        let path = prepared.built.path();
        let mut pair = match Pair::start(problem, &prepared.setup, Sides::same(&*path), cancel) {
            Ok(pair) => pair,
            Err(CheckFailure::Harness(error)) => return Err(error),
            Err(CheckFailure::Candidate(_)) => {
                return Ok((None, "the original does not start again".to_owned()));
            }
        };
        let mut seen: Vec<CaseOutputs> = Vec::new();
        for seed in 1..=6_u64 {
            let input = CaseInput {
                values: Values::Any,
                ..input(problem, Mode::Serial, seed * 1_000_003, 1)
            };
            let mut left = CaseOutputs::default();
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
            0 | 1 if problem.is_recorded() => (
                None,
                "the real calls that were recorded all give the same, so what is timed does not differ from call to call"
                    .to_owned(),
            ),
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
        prepared: &function::PreparedFunction,
        mutants: &[Mutant],
        covered: &Covered,
        cancel: &Cancel,
    ) -> Result<(Option<bool>, String, Option<String>), HarnessError> {
        let baseline = {
            let _pass = self
                .0
                .gate
                .pass(GateUse::Work, cancel, || {})
                .ok_or(HarnessError::Cancelled)?;
            let original = prepared.problem.original.as_str().into();
            sides::candidate(&self.0.bench, prepared, original, cancel).ok()
        };
        let baseline = baseline.map_or_else(Vec::new, |built| built.object);
        let mut caught = 0;
        let (mut survivors, mut weak, mut unreached) = (Vec::new(), Vec::new(), Vec::new());
        for mutant in mutants {
            // Nothing can show what no input reaches.
            if !covered.reaches(mutant.line) {
                unreached.push(mutant.what.clone());
                continue;
            }
            match self.fate(prepared, &mutant.source, &baseline, cancel)? {
                Fate::Caught => caught += 1,
                Fate::Survived if mutant.weak => weak.push(mutant.what.clone()),
                Fate::Survived => survivors.push(mutant.what.clone()),
                Fate::NotCompiled | Fate::Same => {}
            }
        }
        let tried = caught + survivors.len();
        let mut detail = format!("{caught} of {tried} deliberate mistakes");
        for (which, words) in [
            (&survivors, "not"),
            (&weak, "not, and they may change nothing"),
            (&unreached, "in lines that no input reaches"),
        ] {
            if !which.is_empty() {
                detail.push_str(&format!("; {words}: {}", some_of(which)));
            }
        }
        let open = (!survivors.is_empty()).then(|| {
            format!(
                "Deliberate mistakes that the checks do not notice: {}.",
                some_of(&survivors)
            )
        });
        Ok(match tried {
            0 => (None, "nothing in it to make a mistake in".to_owned(), open),
            // One may change nothing although it looks as if it did.
            _ => {
                let most = caught * 5 >= tried * 4 || (caught >= 2 && survivors.len() == 1);
                (Some(most), detail, open)
            }
        })
    }

    fn fate(
        &self,
        prepared: &function::PreparedFunction,
        source: &str,
        baseline: &[u8],
        cancel: &Cancel,
    ) -> Result<Fate, HarnessError> {
        let _pass = self
            .0
            .gate
            .pass(GateUse::Work, cancel, || {})
            .ok_or(HarnessError::Cancelled)?;
        let ours = |failure: CheckFailure| match failure {
            CheckFailure::Harness(error) => Err(error),
            CheckFailure::Candidate(evaluation) => Ok(match *evaluation {
                Evaluation::NotCompiled { .. } => Fate::NotCompiled,
                _ => Fate::Caught,
            }),
        };
        let built = match sides::candidate(&self.0.bench, prepared, source.into(), cancel) {
            Ok(built) => built,
            Err(failure) => return ours(failure),
        };
        if built.object == baseline {
            return Ok(Fate::Same);
        }
        let (original, path) = (prepared.built.path(), built.path());
        let checked = Pair::start(
            &prepared.problem,
            &prepared.setup,
            Sides {
                original: &original,
                candidate: &path,
            },
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
        let seen = self.watched(prepared, watched, cancel);
        let (_, failure) = prepared.judge_watched(Some(seen));
        Ok(match failure {
            Some(_) => Fate::Caught,
            None => Fate::Survived,
        })
    }
}

/// Whether timed inputs run the function, and what no input runs.
fn runs(covered: &Covered) -> (Option<bool>, String, Option<String>) {
    let (all, timed) = (covered.lines.len(), covered.timed.len());
    let never: Vec<usize> = covered
        .lines
        .difference(&covered.checked)
        .copied()
        .collect();
    let mut detail = format!(
        "timed inputs run {timed} of {all} lines, checked inputs {}",
        covered.checked.len()
    );
    let open = (!never.is_empty()).then(|| {
        let lines = ranges(&never);
        detail.push_str(&format!("; none runs line {lines}"));
        format!("No input runs line {lines} of original.cpp.")
    });
    // A function may be mostly the treatment of errors; one that returns at once does nothing that could be timed.
    let enough = timed > 0 && (all < 4 || timed * 4 >= all);
    if !enough {
        detail.push_str("; correct in driver.cpp what make() draws, or choose another `time`");
    }
    (Some(enough), detail, open)
}

/// So many runs of lines are named.
const MOST_RANGES: usize = 16;
/// So many mistakes of a kind are named.
const MOST_MISTAKES: usize = 12;

/// Some of a list, and how many more there are.
fn some_of(all: &[String]) -> String {
    let left = all.len().saturating_sub(MOST_MISTAKES);
    let named = all
        .iter()
        .take(MOST_MISTAKES)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match left {
        0 => named,
        left => format!("{named} and {left} more"),
    }
}

/// `3-5, 9`.
fn ranges(lines: &[usize]) -> String {
    let mut all: Vec<(usize, usize)> = Vec::new();
    for line in lines {
        match all.last_mut() {
            Some((_, last)) if *last + 1 == *line => *last = *line,
            _ => all.push((*line, *line)),
        }
    }
    let said: Vec<String> = all
        .iter()
        .take(MOST_RANGES)
        .map(|(first, last)| match first == last {
            true => first.to_string(),
            false => format!("{first}-{last}"),
        })
        .collect();
    let left: usize = all
        .iter()
        .skip(MOST_RANGES)
        .map(|(first, last)| last - first + 1)
        .sum();
    let more = match left {
        0 => String::new(),
        left => format!(" and {left} more"),
    };
    said.join(", ") + &more
}

const COMPILES: &str = "compiles";
const FILES: &str = "original.cpp and driver.cpp";
const REACHES: &str = "runs the function";
const REPEATS: &str = "repeats itself";
const BEARS: &str = "bears every input";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timed_input_that_runs_hardly_any_line_refuses_the_folder() {
        let covered = |timed: usize, checked: usize| Covered {
            lines: (1..=40).collect(),
            timed: (1..=timed).collect(),
            checked: (1..=checked).collect(),
        };
        let (holds, detail, open) = runs(&covered(3, 38));
        assert_eq!(
            open.as_deref(),
            Some("No input runs line 39-40 of original.cpp.")
        );
        assert_eq!(holds, Some(false));
        assert!(
            detail.starts_with(
                "timed inputs run 3 of 40 lines, checked inputs 38; none runs line 39-40; correct"
            ),
            "{detail}"
        );
        assert_eq!(
            runs(&covered(40, 40)),
            (
                Some(true),
                "timed inputs run 40 of 40 lines, checked inputs 40".to_owned(),
                None
            )
        );
        assert_eq!(ranges(&[1, 3, 4, 5, 9]), "1, 3-5, 9");
    }
}

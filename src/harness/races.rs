//! Races of parallel code, which is right as long as its threads happen not to meet: small inputs, and one of the timed
//! size, in a build whose threads are made to meet (`schedule.cpp`), against the original's answers. Never times it; never accuses correct code, since
//! only a crash counts, or a wrong answer that one thread alone does not give, too (this build rounds differently: it
//! fuses no products with sums). What it cannot see: races that change no answer.

use std::path::Path;
use std::time::{Duration, Instant};

use super::calibration::input;
use super::check::{CheckFailure, Pair, small_inputs};
use super::compile::Built;
use super::function::PreparedFunction;
use super::headers::Headers;
use super::runner::{CaseInput, Runner, RunnerLayout, RunnerSetup, RunnerStopped};
use super::toolchain::BuildPurpose;
use super::{Cancel, Harness, diagnostics, sides};
use crate::domain::evaluation::{Evaluation, Gate, Mismatch, Stage};
use crate::domain::problem::{Mode, Problem, Values};

/// After this long no further input is tried.
const BUDGET: Duration = Duration::from_millis(300);
/// Smallest and largest of the sizes that are tried again and again.
const SIZES: std::ops::RangeInclusive<u64> = 4..=4096;
/// How often every size is tried at most.
const PASSES: usize = 5;
/// More threads than there are cores in most machines: they take turns on each.
const THREADS: u32 = 4;

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum RaceFound {
    /// So many calls gave the original's answer.
    Nothing(u32),
    /// One did not.
    Race(String),
    /// It could not be tried, and why.
    Untried(String),
}

impl Harness {
    /// Builds a candidate so that its threads can be made to meet.
    pub(super) fn build_disturbed(
        &self,
        prepared: &PreparedFunction,
        source: &str,
        cancel: &Cancel,
    ) -> Result<Built, RaceFound> {
        let untried = |why: &str| RaceFound::Untried(why.to_owned());
        let headers: &Headers = prepared
            .disturbing
            .as_ref()
            .ok_or_else(|| untried("this compiler cannot build for it"))?;
        sides::built_for(
            BuildPurpose::Disturbing,
            &self.0.bench,
            &prepared.original,
            &prepared.entry,
            prepared.setup.mode,
            headers,
            source,
            cancel,
        )
        .map_err(|_| untried("it does not compile for it"))
    }
}

/// Runs the disturbed `object` on small inputs beside the original.
pub(crate) fn look(
    problem: &Problem,
    setup: &RunnerSetup,
    original: &Path,
    built: Result<Built, RaceFound>,
    cancel: &Cancel,
) -> RaceFound {
    let built = match built {
        Ok(built) => built,
        Err(found) => return found,
    };
    let start = |threads| {
        let layout = RunnerLayout {
            threads: Some(threads),
            ..RunnerLayout::default()
        };
        let original = Runner::start(setup, original, RunnerLayout::default(), cancel)?;
        let candidate = Runner::start(setup, &built.path(), layout, cancel)?;
        Ok(Pair::new(problem, original, candidate))
    };
    let mut pair = match start(THREADS) {
        Ok(pair) => pair,
        Err(stopped) => return untried(&stopped),
    };
    let inputs: Vec<_> = small_inputs(problem)
        .into_iter()
        .filter(|input| SIZES.contains(&input.size))
        .collect();
    // What special values do is the other gates' business; ordinary ones differ most, so a lost one is seen.
    let (ordinary, special): (Vec<_>, Vec<_>) = inputs
        .into_iter()
        .partition(|input| input.values == Values::Any);
    let begun = Instant::now();
    let mut calls = 0;
    let rounds = (0..PASSES).flat_map(|_| &ordinary).chain(&special);
    for input in rounds {
        if begun.elapsed() > BUDGET {
            break;
        }
        match pair.compare(*input, cancel) {
            Ok(_) => calls += 1,
            Err(CheckFailure::Candidate(evaluation)) => {
                return match start(1) {
                    Ok(alone) => confirmed(&evaluation, alone, *input, cancel),
                    Err(stopped) => untried(&stopped),
                };
            }
            Err(CheckFailure::Harness(error)) => return RaceFound::Untried(error.to_string()),
        }
    }
    // Work may be split among threads from a size on that small inputs do not reach.
    let large = input(problem, Mode::Omp, fastrand::u64(..), 1);
    match pair.compare(large, cancel) {
        Ok(_) => calls += 1,
        Err(CheckFailure::Candidate(evaluation))
            if !matches!(*evaluation, Evaluation::TimedOut { .. }) =>
        {
            return match start(1) {
                Ok(alone) => confirmed(&evaluation, alone, large, cancel),
                Err(stopped) => untried(&stopped),
            };
        }
        // Held up as its threads are there, it may be too slow for so much work.
        Err(CheckFailure::Candidate(_)) => {}
        Err(CheckFailure::Harness(error)) => return RaceFound::Untried(error.to_string()),
    }
    match calls {
        0 => RaceFound::Untried("it has no sizes to try".to_owned()),
        calls => RaceFound::Nothing(calls),
    }
}

fn untried(stopped: &RunnerStopped) -> RaceFound {
    RaceFound::Untried(format!("it cannot be loaded: {stopped:?}"))
}

/// What a failure shows, once the same input has been tried with one thread: code that gives the same wrong answer alone
/// has no race, but rounds differently in this build.
fn confirmed(
    evaluation: &Evaluation,
    mut alone: Pair<'_>,
    input: CaseInput,
    cancel: &Cancel,
) -> RaceFound {
    match (evaluation, alone.compare(input, cancel)) {
        (Evaluation::WrongAnswer { mismatch: together }, Err(CheckFailure::Candidate(alone)))
            if matches!(&*alone, Evaluation::WrongAnswer { mismatch } if mismatch == together) =>
        {
            RaceFound::Untried(
                "built for it, it answers otherwise with one thread, too: it rounds differently there".to_owned(),
            )
        }
        _ => understood(evaluation),
    }
}

fn understood(evaluation: &Evaluation) -> RaceFound {
    match evaluation {
        Evaluation::WrongAnswer { mismatch } => RaceFound::Race(mismatched(mismatch)),
        Evaluation::Crashed {
            how,
            stage: Stage::Check,
        } => RaceFound::Race(format!(
            "When its threads meet it ends by {how}: they change something together, such as a container that grows. Give each thread its own and merge them after the loop, or guard it."
        )),
        Evaluation::TimedOut { .. } => {
            RaceFound::Untried("it is too slow when its threads are held up".to_owned())
        }
        other => RaceFound::Untried(format!("it ended with {}", other.outcome().word())),
    }
}

fn mismatched(mismatch: &Mismatch) -> String {
    let index = mismatch
        .index
        .map_or_else(String::new, |index| format!("[{index}]"));
    format!(
        "Its answer depends on which thread comes first: at size {} {}{index} became {} instead of {} when threads met. Look for a sum without a reduction, a temporary declared outside the loop, or an element that two iterations write.",
        mismatch.size, mismatch.field, mismatch.got, mismatch.expected
    )
}

/// The gate, and the verdict if there is a race.
pub(crate) fn judge(found: Option<RaceFound>) -> (Gate, Option<CheckFailure>) {
    let gate = |passed, detail: String| Gate {
        name: "races".to_owned(),
        passed,
        detail,
    };
    match found.unwrap_or_else(|| RaceFound::Untried("trying it failed".to_owned())) {
        RaceFound::Nothing(calls) => (
            gate(
                Some(true),
                format!("{calls} calls with threads made to meet"),
            ),
            None,
        ),
        RaceFound::Untried(why) => (
            gate(None, diagnostics::escaped(&why).chars().take(200).collect()),
            None,
        ),
        RaceFound::Race(message) => (
            gate(Some(false), message.clone()),
            Some(CheckFailure::Candidate(Box::new(Evaluation::Rejected {
                rule: "race".to_owned(),
                message,
            }))),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_update_becomes_a_sentence() {
        let wrong = Evaluation::WrongAnswer {
            mismatch: Mismatch {
                size: 257,
                values: "ordinary values".to_owned(),
                seed: "0x1".to_owned(),
                hidden: true,
                field: "total".to_owned(),
                index: None,
                expected: "3".to_owned(),
                got: "2".to_owned(),
                example: None,
            },
        };
        let (gate, failure) = judge(Some(understood(&wrong)));
        assert_eq!(gate.passed, Some(false));
        assert!(
            gate.detail
                .contains("at size 257 total became 2 instead of 3")
        );
        assert!(
            matches!(failure, Some(CheckFailure::Candidate(e)) if matches!(&*e, Evaluation::Rejected { rule, .. } if rule == "race"))
        );
    }

    #[test]
    fn what_was_not_tried_accuses_nobody() {
        assert_eq!(judge(None).0.passed, None);
        assert!(judge(None).1.is_none());
        assert_eq!(judge(Some(RaceFound::Nothing(3))).0.passed, Some(true));
    }
}

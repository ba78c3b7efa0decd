//! Whether a figure can be: how near a candidate comes to what the machine can do, and a deeper check of what looks too
//! good. A figure is never refused for being good; what is too good is tried again on inputs nobody could prepare for.

use std::path::Path;

use super::Cancel;
use super::calibration::input;
use super::check::{CheckFailure, Pair};
use super::peaks::Peaks;
use super::runner::{CaseInput, RunnerSetup};
use super::side_pair::Sides;
use super::stats;
use crate::domain::evaluation::{Caveat, Evaluation, Gate};
use crate::domain::measurement::{Launch, Measurement, Verdict, ratio};
use crate::domain::problem::{Mode, Problem, Values};
use crate::domain::units::Nanos;

/// Claims beyond this are checked deeper.
const MUCH: f64 = 20.0;
/// How much faster than the measured peak counts as impossible: peaks are measured from below.
const SLACK: f64 = 1.25;
/// Inputs of a deeper check.
const DEEPER: usize = 12;

/// What holds the code back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    Memory,
    Arithmetic,
}

/// A measurement against the machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Against {
    bound: Bound,
    /// Share of the peak, 1: all of it.
    share: f64,
    /// What it reaches, per second.
    reached: f64,
    /// Whether no code can be that fast here.
    impossible: bool,
}

/// How the candidate's time stands to the machine's peaks; `None` where the problem does not say what its work is.
pub(crate) fn against(
    problem: &Problem,
    mode: Mode,
    found: &Measurement,
    peaks: &Peaks,
) -> Option<Against> {
    let median = |time: fn(&Launch) -> Nanos| {
        let times: Vec<f64> = found.launches.iter().map(|l| time(l).0 as f64).collect();
        stats::median(&times) / 1e9
    };
    let (original, seconds) = (median(|l| l.original), median(|l| l.candidate));
    let faster = found.verdict == Verdict::Faster;
    let size = problem.sizes.timed(mode);
    let value = |formula: &Option<crate::domain::work::Formula>| {
        formula.as_ref().and_then(|formula| formula.at(size))
    };
    let stand = |bound, amount: f64, usual: f64, most: f64| {
        let reached = amount / seconds;
        // A busy machine shows lower peaks than it has; what the original reaches is no exploit.
        let shown = amount / original;
        let (usual, most) = (usual.max(shown), most.max(shown));
        Against {
            bound,
            share: reached / usual,
            reached,
            impossible: faster && reached > SLACK * most,
        }
    };
    let memory = value(&problem.work.bytes)
        .and_then(|n| Some(stand(Bound::Memory, n, peaks.at(n)?, peaks.most(n)?)));
    // Single precision may be twice as fast as the peak, which is of double precision.
    let arithmetic = value(&problem.work.flops)
        .map(|n| stand(Bound::Arithmetic, n, peaks.flops, 2.0 * peaks.flops));
    [memory, arithmetic]
        .into_iter()
        .flatten()
        .filter(|stand| stand.share.is_finite())
        .max_by(|a, b| a.share.total_cmp(&b.share))
}

impl Against {
    /// Share of the peak, 1: all of it.
    pub(crate) fn share(self) -> f64 {
        self.share
    }

    /// The gate, in words.
    pub(crate) fn gate(self) -> Gate {
        let percent = (self.share * 100.0).round();
        let giga = self.reached / 1e9;
        let (of, unit) = match self.bound {
            Bound::Memory => ("memory bandwidth", "GB/s"),
            Bound::Arithmetic => ("arithmetic", "Gflop/s"),
        };
        Gate {
            name: Gate::PLAUSIBLE.to_owned(),
            passed: Some(!self.impossible),
            detail: match (self.impossible, self.share > 1.0) {
                (false, false) => {
                    format!("at {percent} % of this machine's {of} ({giga:.1} {unit})")
                }
                (false, true) => format!(
                    "{giga:.1} {unit}, {percent} % of this machine's measured {of}: part of it comes from a cache, or the machine was busy when it was measured"
                ),
                (true, _) => format!(
                    "faster than this machine's {of} seems to allow: {giga:.1} {unit}, {percent} % of the measured peak"
                ),
            },
        }
    }

    /// What a person should know of a figure that cannot be.
    pub(crate) fn caveat(self) -> Option<Caveat> {
        self.impossible.then(|| Caveat {
            name: "too_fast".to_owned(),
            advice: "It is faster than the machine's measured peak, so the figure is not believed, though it is right on every input of a deeper check. Read the code: perhaps it need not do the work that the problem's [work] states.".to_owned(),
        })
    }
}

/// Why a figure wants a deeper check, if it does.
pub(crate) fn too_good(found: &Measurement, against: Option<Against>) -> Option<String> {
    if against.is_some_and(|against| against.impossible) {
        return Some("faster than this machine's peak".to_owned());
    }
    (found.speedup.lo > MUCH).then(|| format!("a claim beyond {MUCH}×"))
}

/// Inputs that were never tried: the sizes the problem names, for others may have no meaning to it, and the timed one more
/// often; new seeds; any class of values.
fn fresh(problem: &Problem, mode: Mode, rng: &mut fastrand::Rng) -> Vec<CaseInput> {
    let timed = problem.sizes.timed(mode);
    let sizes = [&problem.sizes.check[..], &problem.sizes.hidden].concat();
    // Whole numbers need not stay exact at the timed size.
    let exact = |values: &Values| *values == Values::Exact;
    let classes: Vec<Values> = problem
        .check
        .values
        .iter()
        .copied()
        .filter(|v| !exact(v))
        .collect();
    (0..DEEPER)
        .map(|number| {
            let size = match rng.choice(&sizes) {
                Some(size) if number % 2 == 1 => *size,
                _ => timed,
            };
            let any = number == 0 || classes.is_empty();
            CaseInput {
                size,
                values: match any {
                    true => Values::Any,
                    false => classes[rng.usize(..classes.len())],
                },
                ..input(problem, mode, rng.u64(..), 1)
            }
        })
        .collect()
}

/// Compares the candidate with the original on fresh inputs, every one in a process that makes one call and no more. The
/// log ratios of those first calls at the timed size land in `first`.
#[allow(clippy::too_many_arguments)] // both sides, why, and where the evidence goes
pub(crate) fn deeper(
    problem: &Problem,
    setup: &RunnerSetup,
    sides: Sides<&Path>,
    why: &str,
    seed: u64,
    first: &mut Vec<f64>,
    cancel: &Cancel,
) -> (Gate, Option<CheckFailure>) {
    let gate = |passed, detail| Gate {
        name: "deeper".to_owned(),
        passed: Some(passed),
        detail,
    };
    let mut rng = fastrand::Rng::with_seed(seed);
    for (number, input) in fresh(problem, setup.mode, &mut rng).into_iter().enumerate() {
        let timed = input.size == problem.sizes.timed(setup.mode) && setup.mode == Mode::Serial;
        let tried = Pair::start(problem, setup, sides, cancel).and_then(|mut pair| {
            pair.compare(input, cancel)?;
            first.extend(pair.last_log_ratio().filter(|_| timed));
            Ok(())
        });
        if let Err(failure) = tried {
            return (
                gate(false, format!("{why}; failed after {number} fresh inputs")),
                Some(failure),
            );
        }
    }
    let detail = format!("{why}: right on {DEEPER} fresh inputs, a process and a call each");
    (gate(true, detail), None)
}

/// Whether enough first calls were seen to speak of them.
pub(crate) fn known(first: &[f64]) -> bool {
    first.len() >= 3
}

/// What a person should know of a claim whose first calls nobody saw: it is not believed.
pub(crate) fn first_calls_unknown() -> Caveat {
    Caveat {
        name: "first_call_unknown".to_owned(),
        advice: "How fast a process's first call is could not be seen, so code that keeps its results from call to call is not ruled out. Measure again on a quiet machine.".to_owned(),
    }
}

/// How fast a process's first call is where that is far from the later ones, which are what is reported: then something
/// is kept from call to call.
fn first_call(found: &Measurement, first: &[f64]) -> Option<f64> {
    let once = stats::median(first);
    let claimed = found.speedup.lo.ln();
    let slower = known(first) && once < 0.4 * claimed && claimed - once > 1.5_f64.ln();
    (slower && found.verdict == Verdict::Faster).then(|| once.exp())
}

/// What a person should know of code whose first call in a process is slow.
pub(crate) fn first_calls(found: &Measurement, first: &[f64]) -> Option<Caveat> {
    first_call(found, first).map(|once| Caveat {
        name: "first_call".to_owned(),
        advice: format!(
            "The first call in a new process is only {}× as fast as the original's: it keeps something from one call to the next.",
            ratio(once)
        ),
    })
}

/// Refuses a claim that is too good where a call in a process of its own does not show it.
pub(crate) fn only_again(found: &Measurement, first: &[f64]) -> Option<CheckFailure> {
    first_call(found, first).map(|once| {
        CheckFailure::Candidate(Box::new(Evaluation::Rejected {
            rule: "kept_between_calls".to_owned(),
            message: format!(
                "It is fast from the second call on only: alone in a process it is {}×, not {}×. Do the whole work in every call.",
                ratio(once),
                ratio(found.speedup.estimate)
            ),
        }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::measurement::Speedup;

    fn measured(nanos: u64, estimate: f64) -> Measurement {
        Measurement {
            speedup: Speedup {
                estimate,
                lo: estimate * 0.99,
                hi: estimate * 1.01,
            },
            verdict: Verdict::Faster,
            launches: vec![
                Launch {
                    log_ratio: estimate.ln(),
                    original: Nanos(nanos),
                    candidate: Nanos(nanos),
                    cpu_log_ratio: None,
                    wall_log_ratio: None,
                };
                4
            ],
            rounds: 1,
            calls: 1,
            size: 1,
            seed: 1,
            spent: Nanos(1),
        }
    }

    #[test]
    fn a_claim_beyond_twenty_is_much() {
        assert_eq!(too_good(&measured(5, 19.0), None), None);
        assert!(too_good(&measured(5, 30.0), None).is_some());
    }

    #[test]
    fn what_is_nearest_its_peak_is_named() {
        let memory = Against {
            bound: Bound::Memory,
            share: 0.714,
            reached: 12.3e9,
            impossible: false,
        };
        assert_eq!(
            memory.gate().detail,
            "at 71 % of this machine's memory bandwidth (12.3 GB/s)"
        );
        assert_eq!(memory.caveat(), None);
        let beyond = Against {
            impossible: true,
            ..memory
        };
        assert!(beyond.caveat().is_some() && beyond.gate().passed == Some(false));
        assert!(too_good(&measured(5, 2.0), Some(beyond)).is_some());
    }

    #[test]
    fn a_first_call_that_is_slow_is_told() {
        let found = measured(5, 8.0);
        assert_eq!(first_calls(&found, &[2.0; 5]), None);
        assert!(
            first_calls(&found, &[0.1; 5])
                .unwrap()
                .advice
                .contains("1.11×")
        );
        assert_eq!(first_calls(&measured(5, 1.2), &[0.0; 5]), None);
        assert!(only_again(&found, &[0.1; 5]).is_some());
    }
}

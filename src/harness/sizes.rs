//! A winner at other sizes than the one that decides: one well below it and one above. Says how far a figure carries; it
//! never changes a verdict, and a size that the original does not bear is left out.

use std::path::Path;
use std::time::{Duration, Instant};

use super::calibration::calibrate;
use super::function::PreparedFunction;
use super::gate::GateUse;
use super::side_pair::Sides;
use super::timing::{self, TimingTask};
use super::{Cancel, CandidateCode, Harness, PreparedKind, sides};
use crate::domain::evaluation::{Caveat, Evaluated, Gate};
use crate::domain::measurement::Speedup;
use crate::domain::problem::{Mode, Problem, Sizes};

/// How long timing at one size may take.
const EACH: Duration = Duration::from_millis(1000);

impl Harness {
    /// Adds to a confirmed figure what the candidate is worth at a smaller and a larger size. Blocks; adds nothing where that
    /// cannot be had.
    pub fn at_other_sizes<'a>(
        &self,
        prepared: &super::PreparedProblem,
        made: impl Into<CandidateCode<'a>>,
        seed: u64,
        cancel: &Cancel,
        evaluated: &mut Evaluated,
    ) {
        let PreparedKind::Function(ready) = &prepared.0 else {
            return;
        };
        let gate = &self.0.gate;
        let built = {
            let Some(_pass) = gate.pass(GateUse::Work, cancel, || {}) else {
                return;
            };
            sides::candidate(&self.0.bench, ready, made.into(), cancel)
        };
        let (Ok(built), Some(_alone)) = (built, gate.pass(GateUse::Time, cancel, || {})) else {
            return;
        };
        let mut seeds = fastrand::Rng::with_seed(seed);
        let mut found = Vec::new();
        for size in other_sizes(&ready.problem.sizes, ready.setup.mode) {
            let figure = at(ready, &built.path(), size, seeds.u64(..), cancel);
            found.extend(figure.map(|speedup| (size, speedup)));
        }
        tell(&found, evaluated);
    }
}

/// Puts the figures where gates and caveats are.
fn tell(found: &[(u64, Speedup)], evaluated: &mut Evaluated) {
    if found.is_empty() {
        return;
    }
    let words = |(size, speedup): &(u64, Speedup)| format!("{speedup} at size {size}");
    let all: Vec<String> = found.iter().map(words).collect();
    let lost: Vec<String> = found
        .iter()
        .filter(|(_, speedup)| speedup.hi < 0.99)
        .map(words)
        .collect();
    evaluated.gates.push(Gate {
        name: Gate::SIZES.to_owned(),
        passed: lost.is_empty().then_some(true),
        detail: all.join(", "),
    });
    evaluated.caveats.extend((!lost.is_empty()).then(|| Caveat {
        name: "slower_at_size".to_owned(),
        advice: format!(
            "It is slower than the original elsewhere than at the timed size: {}. Have the size you use timed (`time` under `[sizes]` in problem.toml).",
            lost.join(", ")
        ),
    }));
}

fn at(
    ready: &PreparedFunction,
    candidate: &Path,
    size: u64,
    seed: u64,
    cancel: &Cancel,
) -> Option<Speedup> {
    let mut problem = Problem::clone(&ready.problem);
    problem.sizes.time = size;
    problem.sizes.time_omp = size;
    let original = ready.built.path();
    let calibration = calibrate(&problem, &ready.setup, &original, ready.place, cancel).ok()?;
    let task = TimingTask {
        problem: &problem,
        setup: &ready.setup,
        sides: Sides {
            original: &original,
            candidate,
        },
        calibration,
        place: ready.place,
        seed,
        deadline: Instant::now() + EACH,
    };
    let (measurement, _) = timing::measure(task, cancel, &|_| {}).ok()?;
    Some(measurement.speedup)
}

/// A size well below the timed one, out of those that agents may know, and twice the timed one. Where there is none well
/// below there is none.
fn other_sizes(sizes: &Sizes, mode: Mode) -> Vec<u64> {
    let timed = sizes.timed(mode);
    let known = sizes.check.iter().copied();
    let below = known.filter(|size| *size >= 2 && *size <= timed / 4);
    let small = below.min_by_key(|size| size.abs_diff(timed / 16));
    small.into_iter().chain(timed.checked_mul(2)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evaluation::Evaluation;
    use crate::domain::units::Nanos;

    #[test]
    fn one_size_is_well_below_and_one_above() {
        let sizes = |check: &[u64]| Sizes {
            check: check.to_vec(),
            hidden: vec![40],
            time: 512,
            time_omp: 4096,
        };
        assert_eq!(
            other_sizes(&sizes(&[0, 1, 3, 17, 64]), Mode::Serial),
            [17, 1024]
        );
        assert_eq!(other_sizes(&sizes(&[0, 1, 256]), Mode::Serial), [1024]);
        assert_eq!(other_sizes(&sizes(&[0, 1, 256]), Mode::Omp), [256, 8192]);
    }

    #[test]
    fn a_loss_elsewhere_is_a_caveat_and_a_gain_is_told() {
        let speedup = |estimate: f64| Speedup {
            estimate,
            lo: estimate * 0.95,
            hi: estimate * 1.05,
        };
        let told = |found: &[(u64, Speedup)]| {
            let mut evaluated = Evaluated::bare(
                Evaluation::HarnessFault {
                    what: String::new(),
                },
                Nanos(0),
            );
            tell(found, &mut evaluated);
            (
                evaluated.at_sizes().map(str::to_owned),
                evaluated.caveats.len(),
            )
        };
        assert_eq!(told(&[]), (None, 0));
        let gains = "2.00× [1.90, 2.10] at size 17, 4.00× [3.80, 4.20] at size 1024";
        assert_eq!(
            told(&[(17, speedup(2.0)), (1024, speedup(4.0))]),
            (Some(gains.to_owned()), 0)
        );
        assert_eq!(told(&[(17, speedup(0.5))]).1, 1);
    }
}

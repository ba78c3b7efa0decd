//! The luck of a code layout: where a function and its loops begin is fixed per build, so relaunching cannot average it,
//! and it moves figures by a percent or two (Mytkowicz et al., ASPLOS 2009; Curtsinger and Berger, ASPLOS 2013). A small
//! claim is measured again with builds whose code is shifted, on both sides; then the build is the unit of the interval.
//! Never touches a claim that is larger than such luck.

use std::path::Path;
use std::time::Instant;

use super::check::CheckFailure;
use super::compile::Built;
use super::function::PreparedFunction;
use super::side_pair::Sides;
use super::timing::{self, Tally, TimingTask};
use super::{Cancel, Harness, HarnessError, sides, stats};
use crate::domain::evaluation::Caveat;
use crate::domain::measurement::{Measurement, Verdict, ratio};

/// Claims below this are measured over builds.
const SMALL: f64 = 1.03;
/// Further builds of each side, by how many bytes their code is shifted: original, candidate.
const SHIFTS: [[u32; 2]; 3] = [[16, 32], [32, 48], [48, 16]];
/// Launches of each.
const LAUNCHES: usize = 5;

/// Whether a measurement claims a difference so small that a layout can make it.
fn small(found: &Measurement) -> bool {
    let claims = matches!(found.verdict, Verdict::Faster | Verdict::Slower);
    claims && found.speedup.estimate.ln().abs() < SMALL.ln()
}

/// Takes the estimates of all builds, the first one's among them, into the figure. What a person should know of it.
fn combine(found: &mut Measurement, builds: &[f64]) -> Option<Caveat> {
    let Some(over) = stats::over_builds(builds) else {
        // Not looked at is not confirmed.
        found.verdict = Verdict::Unresolved;
        return Some(Caveat {
            name: "code_layout".to_owned(),
            advice: "So small a difference can be the luck of where code lies, and building it with shifted code took too long.".to_owned(),
        });
    };
    let half = (found.speedup.hi / found.speedup.lo).ln() / 2.0;
    found.speedup = stats::speedup(stats::LogInterval {
        half: over.half.max(half),
        ..over
    });
    found.verdict = stats::verdict(found.speedup);
    let each: Vec<String> = builds.iter().map(|log| ratio(log.exp())).collect();
    Some(Caveat {
        name: "code_layout".to_owned(),
        advice: format!(
            "So small a difference can be the luck of where code lies: {} builds with shifted code gave {}×; the interval is over builds.",
            builds.len(),
            each.join(", ")
        ),
    })
}

/// A small claim that there was no time to look into is no claim.
fn no_time(found: &mut Measurement) -> Caveat {
    found.verdict = Verdict::Unresolved;
    Caveat {
        name: "code_layout".to_owned(),
        advice: "So small a difference can be the luck of where code lies, and there was no time to measure builds with shifted code. Measure again on a quiet machine.".to_owned(),
    }
}

impl Harness {
    /// Measures a small claim again with shifted builds, and widens its interval by what they show.
    pub(super) fn over_layouts(
        &self,
        prepared: &PreparedFunction,
        source: &str,
        task: TimingTask<'_>,
        found: &mut Measurement,
        cancel: &Cancel,
    ) -> Result<Option<Caveat>, CheckFailure> {
        if !small(found) {
            return Ok(None);
        }
        let mut builds = vec![found.speedup.estimate.ln()];
        for (number, shifts) in SHIFTS.into_iter().enumerate() {
            if Instant::now() > task.deadline {
                return Ok(Some(no_time(found)));
            }
            if cancel.is_cancelled() {
                return Err(CheckFailure::Harness(HarnessError::Cancelled));
            }
            let Some(built) = self.shifted(prepared, source, shifts, cancel) else {
                // It takes too long now; the next would, too.
                break;
            };
            let (original, candidate) = (built.original.path(), built.candidate.path());
            let sides: Sides<&Path> = Sides {
                original: &original,
                candidate: &candidate,
            };
            let seed = task.seed.wrapping_add(number as u64 + 1);
            let task = TimingTask {
                sides,
                seed,
                ..task
            };
            builds.push(timing::estimate(
                task,
                LAUNCHES,
                cancel,
                &mut Tally::default(),
            )?);
        }
        Ok(combine(found, &builds))
    }

    /// Both sides built anew with shifted code, one beside the other.
    fn shifted(
        &self,
        prepared: &PreparedFunction,
        source: &str,
        [original, candidate]: [u32; 2],
        cancel: &Cancel,
    ) -> Option<Sides<Built>> {
        let bench = &self.0.bench;
        std::thread::scope(|scope| {
            let theirs =
                scope.spawn(|| sides::shifted(bench, prepared, Some(source), candidate, cancel));
            let ours = sides::shifted(bench, prepared, None, original, cancel);
            Some(Sides {
                original: ours.ok()?,
                candidate: theirs.join().ok()?.ok()?,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::measurement::Speedup;
    use crate::domain::units::Nanos;

    fn claim(estimate: f64, verdict: Verdict) -> Measurement {
        Measurement {
            speedup: Speedup {
                estimate,
                lo: estimate / 1.005,
                hi: estimate * 1.005,
            },
            verdict,
            launches: Vec::new(),
            rounds: 1,
            calls: 1,
            size: 1,
            seed: 1,
            spent: Nanos(1),
        }
    }

    #[test]
    fn only_small_claims_are_doubted() {
        assert!(small(&claim(1.02, Verdict::Faster)));
        assert!(small(&claim(0.98, Verdict::Slower)));
        assert!(!small(&claim(1.04, Verdict::Faster)));
        assert!(!small(&claim(1.0, Verdict::Same)));
    }

    #[test]
    fn a_small_claim_that_could_not_be_built_again_does_not_pass() {
        let mut alone = claim(1.02, Verdict::Faster);
        assert!(combine(&mut alone, &[0.02]).is_some());
        assert_eq!(alone.verdict, Verdict::Unresolved);
    }

    #[test]
    fn builds_that_disagree_undo_a_claim_and_builds_that_agree_do_not() {
        let mut luck = claim(1.02, Verdict::Faster);
        let caveat = combine(&mut luck, &[0.02, -0.01, 0.0, 0.01]).unwrap();
        assert_eq!(luck.verdict, Verdict::Unresolved);
        assert!(caveat.advice.contains("1.02, 0.99, 1.00, 1.01×"));
        let mut real = claim(1.02, Verdict::Faster);
        combine(&mut real, &[0.0205, 0.02, 0.0195, 0.02]);
        assert_eq!(real.verdict, Verdict::Faster);
    }
}

//! C++ functions timed against each other: the original's runner and one of each contender, launch by launch.
//! Never drops a sample; a round in which something else had the core is repeated for all, or read from the processor
//! clock for all.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::super::calibration::{Pinned, input};
use super::super::check::{CheckFailure, ORIGINAL_LIMIT, judge, limit};
use super::super::function::PreparedFunction;
use super::super::gate::GateUse;
use super::super::process::shared::Arena;
use super::super::runner::{CaseInput, CaseOutputs, Rest, Runner, RunnerLayout, RunnerStopped};
use super::super::side_pair::Sides;
use super::super::timing::{BUDGET, BUSY_BUDGET, REPEATED, Sample, preempted, rounded, sample};
use super::super::{Cancel, CandidateCode, Harness, HarnessError, hidden, sides};
use super::rule::LaunchLogs;
use super::{CONFIRMATIONS, Course, Field, Trouble, words};
use crate::domain::candidate::Candidate;
use crate::domain::contest::Contest;
use crate::domain::evaluation::{Evaluation, Stage};
use crate::domain::event::Progress;
use crate::domain::problem::Mode;

/// Rounds of a launch, at most: what differs between launches weighs more than what differs within them.
const ROUNDS: u32 = 8;

impl Harness {
    /// Builds the contenders and has them timed against each other.
    pub(super) fn contest_functions(
        &self,
        prepared: &PreparedFunction,
        contenders: &[&Candidate],
        seed: u64,
        cancel: &Cancel,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Contest, HarnessError> {
        let begun = Instant::now();
        let inner = &*self.0;
        let queued = || progress(Progress::Queued);
        let mut course = Course::new(contenders, seed);
        let pass = inner.gate.pass(GateUse::Work, cancel, queued);
        let pass = pass.ok_or(HarnessError::Cancelled)?;
        progress(Progress::Entered(Stage::Compile));
        // Kept until the end: their files go with them.
        let mut built = Vec::new();
        let mut paths: Vec<PathBuf> = vec![prepared.built.path()];
        for (at, contender) in contenders.iter().enumerate() {
            let made = CandidateCode {
                source: &contender.source,
                build: contender.build.as_ref(),
            };
            match sides::candidate(&inner.bench, prepared, made, cancel) {
                Ok(object) => {
                    paths.push(object.path());
                    built.push(object);
                }
                Err(CheckFailure::Harness(error)) => return Err(error),
                Err(CheckFailure::Candidate(evaluation)) => {
                    paths.push(PathBuf::new());
                    course.fails(at, words(&evaluation));
                }
            }
        }
        drop(pass);
        let alone = inner.gate.pass(GateUse::Time, cancel, queued);
        let _alone = alone.ok_or(HarnessError::Cancelled)?;
        progress(Progress::Entered(Stage::Time));
        let pinned = Pinned::to(prepared.place);
        let mut field = Runners {
            prepared,
            left: vec![CaseOutputs::default(); paths.len()],
            paths,
            core: pinned.as_ref().and(prepared.place.core()),
            rng: fastrand::Rng::with_seed(seed),
            begun: Instant::now(),
            busy: false,
        };
        course.run(&mut field, cancel, progress)?;
        drop(built);
        Ok(course.end(begun.elapsed()))
    }
}

/// Everything that launches need. Side 0 is the original, side n + 1 contender n.
struct Runners<'a> {
    prepared: &'a PreparedFunction,
    paths: Vec<PathBuf>,
    /// Kept from launch to launch, because fresh memory costs more than copying into it.
    left: Vec<CaseOutputs>,
    core: Option<usize>,
    rng: fastrand::Rng,
    begun: Instant,
    /// Whether something else had the core.
    busy: bool,
}

/// A side's failure.
fn failed(side: usize, stopped: RunnerStopped, stage: Stage) -> Trouble {
    match side {
        0 => Trouble::Ours(stopped.of_original("being timed")),
        _ => of(side, CheckFailure::stopped(stopped, stage)),
    }
}

fn of(side: usize, failure: CheckFailure) -> Trouble {
    match failure {
        CheckFailure::Harness(error) => Trouble::Ours(error),
        CheckFailure::Candidate(evaluation) => Trouble::Of(side - 1, words(&evaluation)),
    }
}

fn rejected(side: usize, message: &str) -> Trouble {
    let evaluation = Evaluation::Rejected {
        rule: String::new(),
        message: message.to_owned(),
    };
    Trouble::Of(side - 1, words(&evaluation))
}

/// One round: a sample of each side, by side; `None`: it does not take part.
type Round = Vec<Option<Sample>>;

impl Field for Runners<'_> {
    fn until(&self) -> Instant {
        let one = if self.busy { BUSY_BUDGET } else { BUDGET };
        self.begun + one * CONFIRMATIONS
    }

    fn launch(&mut self, running: &[usize], cancel: &Cancel) -> Result<LaunchLogs, Trouble> {
        let calibration = self.prepared.calibration;
        let mut order: Vec<usize> = std::iter::once(0)
            .chain(running.iter().map(|contender| contender + 1))
            .collect();
        let arena = Arena::create(self.rng.u64(..)).map_err(|error| {
            Trouble::Ours(HarnessError::Environment {
                what: format!("cannot make the pages that all sides share: {error}"),
                hint: "see whether the machine is short of memory".to_owned(),
            })
        })?;
        self.rng.shuffle(&mut order);
        let mut runners = self.start(&order, &arena, cancel)?;
        let wanted = calibration.rounds.min(ROUNDS);
        let mut repeats = wanted.div_ceil(REPEATED);
        let mut late = vec![0_u32; self.paths.len()];
        let mut rounds: Vec<Round> = Vec::new();
        let mut warm = calibration.warm;
        let mut count = 0_u32;
        while (rounds.len() as u32) < wanted {
            // Drawn by chance, and the next time the other way round.
            match count % 2 {
                0 => self.rng.shuffle(&mut order),
                _ => order.reverse(),
            }
            count += 1;
            let round = self.round(&order, &mut runners, &mut late, cancel)?;
            if warm > 0 {
                warm -= 1;
                continue;
            }
            let disturbed = round.iter().flatten().any(|sample| preempted(*sample));
            if self.prepared.setup.mode == Mode::Serial && disturbed {
                self.busy = true;
                if repeats > 0 {
                    repeats -= 1;
                    continue;
                }
            }
            rounds.push(round);
        }
        for side in order.iter().copied().filter(|side| *side > 0) {
            works_only_in_its_calls(side, &rounds, late[side], count)?;
        }
        let by_cpu = self.prepared.setup.mode == Mode::Serial && all_were_held_up(&rounds);
        let walls = |side: usize| -> Option<Vec<f64>> {
            let of = rounds
                .iter()
                .map(|round| Some(time(round, side, by_cpu)?.ln()));
            of.collect()
        };
        Ok((1..self.paths.len()).map(walls).collect())
    }
}

impl Runners<'_> {
    /// A paused runner of each side that takes part, which has made one small case.
    fn start(
        &mut self,
        order: &[usize],
        arena: &Arena,
        cancel: &Cancel,
    ) -> Result<Vec<Option<Runner>>, Trouble> {
        let (problem, setup) = (&self.prepared.problem, &self.prepared.setup);
        let smallest = CaseInput {
            size: problem.sizes.check.iter().copied().min().unwrap_or(0),
            ..input(problem, setup.mode, self.rng.u64(..), 1)
        };
        let mut runners: Vec<Option<Runner>> = self.paths.iter().map(|_| None).collect();
        for side in order.iter().copied() {
            let path: &Path = &self.paths[side];
            let layout = RunnerLayout {
                pad: self.rng.usize(..4096),
                core: self.core,
                arena: Some(arena),
                ..RunnerLayout::default()
            };
            let started = Runner::start(setup, path, layout, cancel);
            let mut runner = started.map_err(|stopped| failed(side, stopped, Stage::Load))?;
            runner
                .make(smallest, 0, ORIGINAL_LIMIT, cancel)
                .and_then(|()| runner.emit(&mut self.left[side], ORIGINAL_LIMIT, cancel))
                .map_err(|stopped| failed(side, stopped, Stage::Load))?;
            runner.pause();
            runners[side] = Some(runner);
        }
        Ok(runners)
    }

    /// One sample of each side in this order, on one fresh input; every answer is compared with the original's.
    fn round(
        &mut self,
        order: &[usize],
        runners: &mut [Option<Runner>],
        late: &mut [u32],
        cancel: &Cancel,
    ) -> Result<Round, Trouble> {
        let (problem, setup) = (&self.prepared.problem, &self.prepared.setup);
        let calibration = self.prepared.calibration;
        let input = input(problem, setup.mode, self.rng.u64(..), calibration.calls);
        let mut round: Round = vec![None; self.paths.len()];
        for side in order.iter().copied() {
            let Some(runner) = runners[side].as_mut() else {
                continue;
            };
            let limit = match side {
                0 => ORIGINAL_LIMIT,
                _ => limit(calibration.sample),
            };
            let (poison, left) = (self.rng.u64(..), &mut self.left[side]);
            runner.resume();
            let sample = sample(runner, input, poison, limit, left, cancel)
                .map_err(|stopped| failed(side, stopped, Stage::Time))?;
            runner.pause();
            late[side] += u32::from(sample.rest == Rest::Working);
            if side > 0 && sample.rest == Rest::Elsewhere {
                return Err(rejected(
                    side,
                    "It said that its call had returned while it was still in its own code.",
                ));
            }
            round[side] = Some(sample);
        }
        for side in order.iter().copied().filter(|side| *side > 0) {
            let left = Sides {
                original: &self.left[0],
                candidate: &self.left[side],
            };
            let again = || match runners[0].as_mut() {
                Some(original) => rounded(original, input, cancel),
                None => Err(RunnerStopped::Cancelled),
            };
            judge(problem, input, false, left, again).map_err(|failure| of(side, failure))?;
        }
        Ok(round)
    }
}

/// Refuses a contender that does much of its work when its calls have returned: `late` of `count` times seen at it, or
/// booked by the kernel.
fn works_only_in_its_calls(
    side: usize,
    rounds: &[Round],
    late: u32,
    count: u32,
) -> Result<(), Trouble> {
    if late > 2 && late > count / 2 {
        let message = "It said that its call had returned and went on working.";
        return Err(rejected(side, message));
    }
    if hidden::works_untimed(&pairs(rounds, side)) {
        let message = "Much of its work is done outside the timed call.";
        return Err(rejected(side, message));
    }
    Ok(())
}

/// A contender's samples beside the original's.
fn pairs(rounds: &[Round], side: usize) -> Vec<Sides<Sample>> {
    let pair = |round: &Round| {
        Some(Sides {
            original: round[0]?,
            candidate: round[side]?,
        })
    };
    rounds.iter().filter_map(pair).collect()
}

/// Whether waiting befell everybody alike, rather than being a contender's own doing.
fn all_were_held_up(rounds: &[Round]) -> bool {
    let sides = rounds.first().map_or(0, Vec::len);
    let held_up = |side: usize| {
        let waits = rounds.iter().filter_map(|round| round[side]);
        waits.filter(|sample| preempted(*sample)).count()
    };
    let original = held_up(0);
    (1..sides).all(|side| held_up(side) <= 2 + 4 * original)
}

/// Seconds of a side in a round: by the processor clock where something else had the core in that round.
fn time(round: &Round, side: usize, by_cpu: bool) -> Option<f64> {
    let sample = round[side]?;
    let disturbed = round.iter().flatten().any(|sample| preempted(*sample));
    let known = round.iter().flatten().all(|sample| sample.cpu.is_some());
    let time = match sample.cpu {
        Some(cpu) if by_cpu && disturbed && known => cpu,
        _ => sample.wall,
    };
    Some(time.max(Duration::from_nanos(1)).as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::super::super::counters::Count;
    use super::*;

    fn of(wall: u64, cpu: u64) -> Option<Sample> {
        let micros = Duration::from_micros;
        Some(Sample {
            wall: micros(wall),
            cpu: Some(micros(cpu)),
            around: Some(micros(1)),
            rest: Rest::Waiting,
            counted: Count::default(),
        })
    }

    #[test]
    fn a_disturbed_round_is_read_from_the_processor_clock_for_everybody() {
        let quiet = vec![of(1000, 1000), of(500, 490), None];
        let disturbed = vec![of(9000, 1000), of(500, 490), None];
        assert_eq!(time(&quiet, 1, true), Some(500e-6));
        assert_eq!(time(&disturbed, 1, true), Some(490e-6));
        assert_eq!(time(&disturbed, 1, false), Some(500e-6));
        assert_eq!(time(&disturbed, 2, true), None);
    }

    #[test]
    fn who_alone_waits_is_not_read_from_the_processor_clock() {
        let alone = vec![vec![of(1000, 1000), of(9000, 500)]; 5];
        assert!(!all_were_held_up(&alone));
        let both = vec![vec![of(9000, 1000), of(9000, 500)]; 5];
        assert!(all_were_held_up(&both));
    }
}

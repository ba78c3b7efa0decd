//! How a problem is timed: how many calls make a sample, how many rounds a launch, and on which core.
//! Chosen from the original alone, so that no candidate has a say. Never times a candidate.

use std::time::{Duration, Instant};

use super::check::ORIGINAL_LIMIT;
use super::runner::{
    CaseInput, CaseOutputs, Runner, RunnerLayout, RunnerSetup, RunnerStopped, pin, resident,
};
use super::{Cancel, HarnessError};
use crate::domain::problem::{Mode, Problem, Values};

/// Shortest sample: over 200 hand-offs.
pub(crate) const SAMPLE: Duration = Duration::from_millis(1);
/// A sample below this is too short to tell a small difference.
pub(crate) const ENOUGH: Duration = Duration::from_micros(400);
/// Shortest sample where making its inputs takes long: more rounds tell more than longer samples then.
const SHORT: Duration = Duration::from_micros(500);
/// From what on making a sample's inputs takes long, and what it may take at most.
const MAKING: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(30)];
/// What a launch's rounds may take together.
const LAUNCH: Duration = Duration::from_millis(80);
/// Most memory the cases of a sample may take together.
const CASES: u64 = 256 << 20;

/// How a problem is timed; from the original alone, so that no candidate has a say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Calibration {
    /// Calls per sample.
    pub(crate) calls: u32,
    /// Rounds per launch.
    pub(crate) rounds: u32,
    /// Discarded rounds before them.
    pub(crate) warm: u32,
    /// How long a sample of the original took.
    pub(crate) sample: Duration,
}

/// Where timing runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CorePlace {
    /// On one core, all three processes.
    Core(usize),
    /// Wherever the kernel or OpenMP puts it.
    Anywhere,
}

impl CorePlace {
    /// One core in serial mode, the last of those we may use.
    pub(crate) fn choose(mode: Mode) -> Self {
        match (mode, cores().last()) {
            (Mode::Serial, Some(core)) => Self::Core(*core),
            _ => Self::Anywhere,
        }
    }

    /// The core, if it is one.
    pub(crate) fn core(self) -> Option<usize> {
        match self {
            Self::Core(core) => Some(core),
            Self::Anywhere => None,
        }
    }
}

/// The cores this process may use.
pub(crate) fn cores() -> Vec<usize> {
    // SAFETY: an all-zero set is valid; the call fills it up to its size.
    let set = unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        if libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &raw mut set) != 0 {
            return Vec::new();
        }
        set
    };
    // SAFETY: every number is below the set's size.
    (0..libc::CPU_SETSIZE as usize)
        .filter(|core| unsafe { libc::CPU_ISSET(*core, &set) })
        .collect()
}

/// Holds this thread on a core until dropped.
pub(crate) struct Pinned(Vec<usize>);

impl Pinned {
    /// Binds this thread to `place`, if it is a core and that is allowed.
    pub(crate) fn to(place: CorePlace) -> Option<Self> {
        let before = cores();
        (pin(0, place.core()?)).then_some(Self(before))
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        // SAFETY: as in `pin`; the numbers came from such a set.
        unsafe {
            let mut set: libc::cpu_set_t = std::mem::zeroed();
            for core in &self.0 {
                libc::CPU_SET(*core, &mut set);
            }
            libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set);
        }
    }
}

/// Chooses calls and rounds by running the original.
pub(crate) fn calibrate(
    problem: &Problem,
    setup: &RunnerSetup,
    original: &std::path::Path,
    place: CorePlace,
    cancel: &Cancel,
) -> Result<Calibration, HarnessError> {
    let pinned = Pinned::to(place);
    let layout = RunnerLayout {
        core: pinned.as_ref().and(place.core()),
        ..RunnerLayout::default()
    };
    let start = || OriginalRun::start(problem, setup, original, layout, cancel);
    let (call, most) = start()
        .and_then(|mut trial| trial.one_call())
        .map_err(failed)?;
    start()
        .and_then(|mut trial| trial.sample_of(call, most))
        .map_err(failed)
}

fn failed(stopped: RunnerStopped) -> HarnessError {
    stopped.of_original("being calibrated")
}

/// What a sample took: in its calls, and with all around them.
#[derive(Clone, Copy)]
struct Took {
    call: Duration,
    whole: Duration,
}

impl Took {
    fn least(self, other: Self) -> Self {
        Self {
            call: self.call.min(other.call),
            whole: self.whole.min(other.whole),
        }
    }

    fn mean(all: &[Self]) -> Self {
        let of = |time: fn(&Self) -> Duration| {
            all.iter().map(time).sum::<Duration>() / all.len().max(1) as u32
        };
        Self {
            call: of(|took| took.call),
            whole: of(|took| took.whole),
        }
    }
}

/// The original on trial.
struct OriginalRun<'a> {
    problem: &'a Problem,
    mode: Mode,
    runner: Runner,
    left: CaseOutputs,
    cancel: &'a Cancel,
}

impl<'a> OriginalRun<'a> {
    fn start(
        problem: &'a Problem,
        setup: &RunnerSetup,
        original: &std::path::Path,
        layout: RunnerLayout<'_>,
        cancel: &'a Cancel,
    ) -> Result<Self, RunnerStopped> {
        Ok(Self {
            problem,
            mode: setup.mode,
            runner: Runner::start(setup, original, layout, cancel)?,
            left: CaseOutputs::default(),
            cancel,
        })
    }

    fn sample(&mut self, seed: u64, calls: u32) -> Result<Took, RunnerStopped> {
        let begun = Instant::now();
        self.runner.make(
            input(self.problem, self.mode, seed, calls),
            fastrand::u64(..),
            ORIGINAL_LIMIT,
            self.cancel,
        )?;
        let call = self.runner.call(ORIGINAL_LIMIT, self.cancel)?;
        self.runner
            .emit(&mut self.left, ORIGINAL_LIMIT, self.cancel)?;
        Ok(Took {
            call,
            whole: begun.elapsed(),
        })
    }

    /// What one call takes, and how many a sample may have. It differs from input to input: the mean over seeds, of each
    /// the better of two.
    fn one_call(&mut self) -> Result<(Duration, f64), RunnerStopped> {
        let empty = resident(self.runner.id());
        let mut all = Vec::new();
        let begun = Instant::now();
        for _ in 0..5 {
            if all.is_empty() || begun.elapsed() < Duration::from_millis(200) {
                let seed = fastrand::u64(..);
                all.push(self.sample(seed, 1)?.least(self.sample(seed, 1)?));
            }
        }
        let Took { call, whole } = Took::mean(&all);
        let memory = resident(self.runner.id()).saturating_sub(empty).max(1);
        let room = (CASES / memory).max(1) as f64;
        let most = room
            .min(affordable(call, whole.saturating_sub(call)))
            .min(4096.0)
            .floor();
        Ok((call, most))
    }

    /// As many calls as make a sample long enough, at most `most`, where one takes about `call`; and how many such samples
    /// make a launch.
    fn sample_of(&mut self, call: Duration, most: f64) -> Result<Calibration, RunnerStopped> {
        let wanted = |calls: f64, took: Duration| {
            (calls * (SAMPLE.as_secs_f64() * 1.2 / took.as_secs_f64().max(1e-8)))
                .ceil()
                .clamp(1.0, most) as u32
        };
        let mut calls = wanted(1.0, call);
        let mut seed = fastrand::u64(..);
        let mut took = self.sample(seed, calls)?;
        for _ in 0..3 {
            if took.call >= SAMPLE || f64::from(calls) >= most {
                break;
            }
            calls = wanted(f64::from(calls), took.call);
            seed = fastrand::u64(..);
            took = self.sample(seed, calls)?;
        }
        // What other programs add must not make a launch shorter than it could be.
        let begun = Instant::now();
        let mut samples = vec![took];
        for _ in 0..4 {
            if begun.elapsed() < Duration::from_millis(100) {
                let again = self.sample(seed, calls)?;
                if let Some(best) = samples.last_mut() {
                    *best = again.least(*best);
                }
                seed = fastrand::u64(..);
                samples.push(self.sample(seed, calls)?);
            }
        }
        let took = Took::mean(&samples);
        Ok(Calibration {
            calls,
            sample: took.call,
            ..rounds(took.whole)
        })
    }
}

/// How many calls a sample may have when one takes `call` and its inputs take `making`.
fn affordable(call: Duration, making: Duration) -> f64 {
    let per = |time: Duration, one: Duration| time.as_secs_f64() / one.as_secs_f64().max(1e-8);
    let [cheap, most] = MAKING.map(|bound| per(bound, making).max(1.0));
    cheap.max(per(SHORT, call).ceil()).min(most)
}

/// Rounds that fit a launch when one side's sample with all around it takes `sample`.
fn rounds(sample: Duration) -> Calibration {
    let fit = (LAUNCH.as_secs_f64() / (2.0 * sample.as_secs_f64().max(1e-6))) as u32;
    let (warm, rounds) = match fit {
        0 if sample > Duration::from_millis(150) => (0, 1),
        0 | 1 => (1, 2),
        2 | 3 => (1, 4),
        4..8 => (1, fit / 2 * 2),
        _ => (2, fit.min(16) / 2 * 2),
    };
    Calibration {
        calls: 1,
        rounds,
        warm,
        sample,
    }
}

/// The timed input from `seed`.
pub(crate) fn input(problem: &Problem, mode: Mode, seed: u64, cases: u32) -> CaseInput {
    CaseInput {
        seed,
        size: problem.sizes.timed(mode),
        values: Values::Any,
        exact_bits: problem.check.exact_bits,
        cases,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_short_where_making_inputs_takes_long() {
        let micros = Duration::from_micros;
        assert_eq!(affordable(micros(600), micros(11_000)), 1.0);
        assert_eq!(affordable(micros(150), micros(4_000)), 4.0);
        assert_eq!(affordable(micros(10), micros(4_000)), 7.5);
        assert_eq!(affordable(micros(10), micros(10)).round(), 1000.0);
    }

    #[test]
    fn long_samples_get_fewer_rounds() {
        assert_eq!(rounds(Duration::from_secs(1)).rounds, 1);
        assert_eq!(rounds(Duration::from_millis(50)).rounds, 2);
        assert_eq!(rounds(Duration::from_millis(7)).rounds, 4);
        assert_eq!(rounds(Duration::from_millis(1)).rounds, 16);
    }
}

//! How a problem is timed: how many calls make a sample, how many rounds a launch, and on which core.
//! Chosen from the original alone, so that no candidate has a say. Never times a candidate.

use std::time::{Duration, Instant};

use super::check::ORIGINAL_LIMIT;
use super::runner::{Input, Layout, Left, Runner, Setup, Stopped, pin, resident};
use super::{Cancel, HarnessError};
use crate::domain::problem::{Mode, Problem, Values};

/// Shortest sample: over 200 hand-offs.
pub const SAMPLE: Duration = Duration::from_millis(1);
/// A sample below this is too short to tell a small difference.
pub const ENOUGH: Duration = Duration::from_micros(400);
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
pub struct Calibration {
    /// Calls per sample.
    pub calls: u32,
    /// Rounds per launch.
    pub rounds: u32,
    /// Discarded rounds before them.
    pub warm: u32,
    /// How long a sample of the original took.
    pub sample: Duration,
}

/// Where timing runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On one core, all three processes.
    Core(usize),
    /// Wherever the kernel or OpenMP puts it.
    Anywhere,
}

impl Place {
    /// One core in serial mode, the last of those we may use.
    pub fn choose(mode: Mode) -> Self {
        match (mode, cores().last()) {
            (Mode::Serial, Some(core)) => Self::Core(*core),
            _ => Self::Anywhere,
        }
    }

    /// The core, if it is one.
    pub fn core(self) -> Option<usize> {
        match self {
            Self::Core(core) => Some(core),
            Self::Anywhere => None,
        }
    }
}

/// The cores this process may use.
pub fn cores() -> Vec<usize> {
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
pub struct Pinned(Vec<usize>);

impl Pinned {
    /// Binds this thread to `place`, if it is a core and that is allowed.
    pub fn to(place: Place) -> Option<Self> {
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
pub fn calibrate(
    problem: &Problem,
    setup: &Setup,
    original: &std::path::Path,
    place: Place,
    cancel: &Cancel,
) -> Result<Calibration, HarnessError> {
    let failed = |stopped: Stopped| stopped.of_original("being calibrated");
    let pinned = Pinned::to(place);
    let layout = Layout {
        core: pinned.as_ref().and(place.core()),
        ..Layout::default()
    };
    let mut side = Runner::start(setup, original, layout, cancel).map_err(failed)?;
    let mut left = Left::default();
    let empty = resident(side.id());
    let mut sample = |seed: u64, calls: u32| -> Result<(Duration, Duration), Stopped> {
        let begun = Instant::now();
        side.make(
            input(problem, setup.mode, seed, calls),
            fastrand::u64(..),
            ORIGINAL_LIMIT,
            cancel,
        )?;
        let took = side.call(ORIGINAL_LIMIT, cancel)?;
        side.emit(&mut left, ORIGINAL_LIMIT, cancel)?;
        Ok((took, begun.elapsed()))
    };
    // What one call takes differs from input to input: the mean over seeds, of each the better of two.
    let (mut calls, mut wholes) = (Vec::new(), Vec::new());
    let begun = Instant::now();
    for _ in 0..5 {
        if calls.is_empty() || begun.elapsed() < Duration::from_millis(200) {
            let seed = fastrand::u64(..);
            let (one, other) = (
                sample(seed, 1).map_err(failed)?,
                sample(seed, 1).map_err(failed)?,
            );
            calls.push(one.0.min(other.0));
            wholes.push(one.1.min(other.1));
        }
    }
    let mean = |all: &[Duration]| all.iter().sum::<Duration>() / all.len().max(1) as u32;
    let (call, whole) = (mean(&calls), mean(&wholes));
    let wanted = |one: Duration| (SAMPLE.as_secs_f64() * 1.2 / one.as_secs_f64().max(1e-8)).ceil();
    let memory = resident(side.id()).saturating_sub(empty).max(1);
    let room = (CASES / memory).max(1) as f64;
    let most = room
        .min(affordable(call, whole.saturating_sub(call)))
        .min(4096.0)
        .floor();
    let mut calls = wanted(call).clamp(1.0, most) as u32;
    let mut side = Runner::start(setup, original, layout, cancel).map_err(failed)?;
    let mut sample = |seed: u64, calls: u32| -> Result<(Duration, Duration), Stopped> {
        let begun = Instant::now();
        side.make(
            input(problem, setup.mode, seed, calls),
            fastrand::u64(..),
            ORIGINAL_LIMIT,
            cancel,
        )?;
        let took = side.call(ORIGINAL_LIMIT, cancel)?;
        side.emit(&mut left, ORIGINAL_LIMIT, cancel)?;
        Ok((took, begun.elapsed()))
    };
    let mut seed = fastrand::u64(..);
    let (mut took, mut all) = sample(seed, calls).map_err(failed)?;
    for _ in 0..3 {
        if took >= SAMPLE || f64::from(calls) >= most {
            break;
        }
        calls = (f64::from(calls) * (SAMPLE.as_secs_f64() * 1.2 / took.as_secs_f64().max(1e-8)))
            .ceil()
            .clamp(1.0, most) as u32;
        seed = fastrand::u64(..);
        (took, all) = sample(seed, calls).map_err(failed)?;
    }
    // What other programs add must not make a launch shorter than it could be.
    let begun = Instant::now();
    let (mut samples, mut alls) = (vec![took], vec![all]);
    for _ in 0..4 {
        if begun.elapsed() < Duration::from_millis(100) {
            let (again, again_all) = sample(seed, calls).map_err(failed)?;
            if let (Some(best), Some(best_all)) = (samples.last_mut(), alls.last_mut()) {
                *best = again.min(*best);
                *best_all = again_all.min(*best_all);
            }
            seed = fastrand::u64(..);
            let (next, next_all) = sample(seed, calls).map_err(failed)?;
            samples.push(next);
            alls.push(next_all);
        }
    }
    let (took, all) = (mean(&samples), mean(&alls));
    Ok(Calibration {
        calls,
        sample: took,
        ..rounds(all)
    })
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
pub fn input(problem: &Problem, mode: Mode, seed: u64, cases: u32) -> Input {
    Input {
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

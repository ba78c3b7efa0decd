//! How a problem is timed: how many calls make a sample, how many rounds a launch, and on which core.
//! Chosen from the original alone, so that no candidate has a say. Never times a candidate.

use std::time::{Duration, Instant};

use super::check::ORIGINAL_LIMIT;
use super::runner::{Input, Layout, Left, Runner, Setup, Stopped, pin, resident};
use super::{Cancel, HarnessError};
use crate::domain::problem::{Mode, Problem, Values};

/// Shortest sample: over 200 hand-offs.
pub const SAMPLE: Duration = Duration::from_millis(1);
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
    let mut sample = |calls: u32| -> Result<(Duration, Duration), Stopped> {
        let begun = Instant::now();
        side.make(
            input(problem, setup.mode, fastrand::u64(..), calls),
            fastrand::u64(..),
            ORIGINAL_LIMIT,
            cancel,
        )?;
        let took = side.call(ORIGINAL_LIMIT, cancel)?;
        side.emit(&mut left, ORIGINAL_LIMIT, cancel)?;
        Ok((took, begun.elapsed()))
    };
    let (mut call, mut whole) = sample(1).map_err(failed)?;
    let begun = Instant::now();
    for _ in 0..4 {
        if begun.elapsed() < Duration::from_millis(200) {
            let (again, again_whole) = sample(1).map_err(failed)?;
            call = call.min(again);
            whole = whole.min(again_whole);
        }
    }
    let wanted = |one: Duration| (SAMPLE.as_secs_f64() * 1.2 / one.as_secs_f64().max(1e-8)).ceil();
    let memory = resident(side.id()).saturating_sub(empty).max(1);
    let room = (CASES / memory).max(1) as f64;
    let most = room
        .min(affordable(call, whole.saturating_sub(call)))
        .min(4096.0)
        .floor();
    let mut calls = wanted(call).clamp(1.0, most) as u32;
    let mut side = Runner::start(setup, original, layout, cancel).map_err(failed)?;
    let mut sample = |calls: u32| -> Result<(Duration, Duration), Stopped> {
        let begun = Instant::now();
        side.make(
            input(problem, setup.mode, fastrand::u64(..), calls),
            fastrand::u64(..),
            ORIGINAL_LIMIT,
            cancel,
        )?;
        let took = side.call(ORIGINAL_LIMIT, cancel)?;
        side.emit(&mut left, ORIGINAL_LIMIT, cancel)?;
        Ok((took, begun.elapsed()))
    };
    let (mut took, mut all) = sample(calls).map_err(failed)?;
    for _ in 0..3 {
        if took >= SAMPLE || f64::from(calls) >= most {
            break;
        }
        calls = (f64::from(calls) * (SAMPLE.as_secs_f64() * 1.2 / took.as_secs_f64().max(1e-8)))
            .ceil()
            .clamp(1.0, most) as u32;
        (took, all) = sample(calls).map_err(failed)?;
    }
    // What other programs add must not make a launch shorter than it could be.
    let begun = Instant::now();
    for _ in 0..4 {
        if begun.elapsed() < Duration::from_millis(100) {
            let (again, again_all) = sample(calls).map_err(failed)?;
            took = took.min(again);
            all = all.min(again_all);
        }
    }
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

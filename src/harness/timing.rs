//! Paired timing of a candidate against the original.
//!
//! Both sides run in processes of their own, started afresh for every launch with another layout (Mytkowicz et al.,
//! ASPLOS 2009), take turns in ABBA order on inputs from the same fresh seeds, and answer to the parent's clock. Every
//! timed call's output is compared. The interval is over launches (module `stats`).
//! Never runs while anything else of ours does (module `gate`); never drops a sample.

use std::fs;
use std::time::{Duration, Instant};

use super::check::{Failure, ORIGINAL_LIMIT, judge, limit};
use super::runner::{Input, Left, Runner, Setup, Stopped, pin};
use super::stats::{self, LOOKS};
use super::{Cancel, HarnessError};
use crate::domain::evaluation::{Caveat, Evaluation, Stage};
use crate::domain::event::Progress;
use crate::domain::measurement::{Launch, Measurement};
use crate::domain::problem::{Mode, Problem, Values};
use crate::domain::units::Nanos;

/// Shortest sample: over 200 hand-offs.
const SAMPLE: Duration = Duration::from_millis(1);
/// What a launch's rounds may take together.
const LAUNCH: Duration = Duration::from_millis(120);
/// After this long no further launch is begun.
const BUDGET: Duration = Duration::from_secs(6);
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

    fn core(self) -> Option<usize> {
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
struct Pinned(Vec<usize>);

impl Pinned {
    fn to(place: Place) -> Option<Self> {
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
    let core = pinned.as_ref().and(place.core());
    let mut side = Runner::start(setup, original, 0, core, cancel).map_err(failed)?;
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
    let making = (0.03 / whole.saturating_sub(call).as_secs_f64().max(1e-8)).max(1.0);
    let most = room.min(making).min(4096.0).floor();
    let mut calls = wanted(call).clamp(1.0, most) as u32;
    let mut side = Runner::start(setup, original, 0, core, cancel).map_err(failed)?;
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
    Ok(Calibration {
        calls,
        sample: took,
        ..rounds(all)
    })
}

/// Rounds that fit a launch when one side's sample with all around it takes `sample`.
fn rounds(sample: Duration) -> Calibration {
    let fit = (LAUNCH.as_secs_f64() / (2.0 * sample.as_secs_f64().max(1e-6))) as u32;
    let (warm, rounds) = match fit {
        0 => (0, 1),
        1..=3 => (1, 2),
        _ => (2, fit.clamp(4, 16) / 2 * 2),
    };
    Calibration {
        calls: 1,
        rounds,
        warm,
        sample,
    }
}

/// Memory a process has in use, in bytes.
fn resident(id: u32) -> u64 {
    fs::read_to_string(format!("/proc/{id}/statm"))
        .ok()
        .and_then(|text| {
            text.split_whitespace()
                .nth(1)
                .and_then(|pages| pages.parse::<u64>().ok())
        })
        .map_or(0, |pages| pages * rustix::param::page_size() as u64)
}

fn input(problem: &Problem, mode: Mode, seed: u64, cases: u32) -> Input {
    Input {
        seed,
        size: problem.sizes.timed(mode),
        values: Values::Any,
        exact_bits: problem.check.exact_bits,
        cases,
    }
}

/// What timing needs to know.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a> {
    /// The problem.
    pub problem: &'a Problem,
    /// How runners are started.
    pub setup: &'a Setup,
    /// The original's shared object and the candidate's.
    pub sides: [&'a std::path::Path; 2],
    /// Calls and rounds.
    pub calibration: Calibration,
    /// Where.
    pub place: Place,
    /// What all inputs come from.
    pub seed: u64,
}

/// One sample of one side.
#[derive(Debug, Clone, Copy)]
struct Sample {
    wall: Duration,
    cpu: Option<Duration>,
    around: Option<Duration>,
}

/// Times until a planned look finds the interval narrow enough. Gives the measurement, its caveats, and how many outputs
/// were compared.
pub fn measure(
    task: Task<'_>,
    cancel: &Cancel,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<(Measurement, Vec<Caveat>, u64), Failure> {
    let begun = Instant::now();
    let pinned = Pinned::to(task.place);
    let core = pinned.as_ref().and(task.place.core());
    let mut rng = fastrand::Rng::with_seed(task.seed);
    let mut calibration = task.calibration;
    let mut launches: Vec<Launch> = Vec::new();
    let mut logs: Vec<f64> = Vec::new();
    let mut compared = 0;
    let mut cut = false;
    let last = LOOKS.last().copied().unwrap_or(2);
    while logs.len() < last {
        if logs.len() >= 2 && begun.elapsed() > BUDGET {
            cut = true;
            break;
        }
        let launch = launch(task, calibration, core, &mut rng, cancel, &mut compared)?;
        logs.push(launch.log_ratio);
        launches.push(launch);
        let so_far = stats::interval(&logs);
        progress(Progress::Launch {
            done: logs.len() as u32,
            so_far: so_far.map(stats::speedup),
        });
        if logs.len() == 1 && launch.log_ratio < 0.8_f64.ln() {
            // Clearly slower: the fewest rounds will do to say so with an interval.
            calibration.rounds = calibration.rounds.min(2);
            calibration.warm = calibration.warm.min(1);
        }
        if LOOKS.contains(&logs.len()) && so_far.is_some_and(stats::narrow) {
            break;
        }
    }
    let Some(interval) = stats::interval(&logs) else {
        return Err(Failure::Harness(HarnessError::Cancelled));
    };
    let speedup = stats::speedup(interval);
    let measurement = Measurement {
        speedup,
        verdict: stats::verdict(speedup),
        rounds: task.calibration.rounds,
        calls: calibration.calls,
        size: task.problem.sizes.timed(task.setup.mode),
        seed: task.seed,
        spent: begun.elapsed().into(),
        launches,
    };
    let caveats = caveats(&measurement, task, cut, pinned.is_some());
    Ok((measurement, caveats, compared))
}

fn launch(
    task: Task<'_>,
    calibration: Calibration,
    core: Option<usize>,
    rng: &mut fastrand::Rng,
    cancel: &Cancel,
    compared: &mut u64,
) -> Result<Launch, Failure> {
    let original_first = rng.bool();
    let mut start = |side: usize| {
        Runner::start(
            task.setup,
            task.sides[side],
            rng.usize(..4096),
            core,
            cancel,
        )
        .map_err(|stopped| match side {
            0 => Failure::Harness(stopped.of_original("being loaded")),
            _ => Failure::stopped(stopped, Stage::Load),
        })
    };
    let (mut original, mut candidate);
    if original_first {
        original = start(0)?;
        candidate = start(1)?;
    } else {
        candidate = start(1)?;
        original = start(0)?;
    }
    let mut left = [Left::default(), Left::default()];
    let mut pairs: Vec<[Sample; 2]> = Vec::new();
    let mut first = rng.bool();
    for round in 0..calibration.warm + calibration.rounds {
        // ABBA or BAAB: the order turns within a block of two rounds, and a coin chooses the block's.
        first = if round % 2 == 0 { rng.bool() } else { !first };
        let input = input(
            task.problem,
            task.setup.mode,
            rng.u64(..),
            calibration.calls,
        );
        let poison = [rng.u64(..), rng.u64(..)];
        let mut samples: [Option<Sample>; 2] = [None, None];
        for side in if first { [0, 1] } else { [1, 0] } {
            let runner = if side == 0 {
                &mut original
            } else {
                &mut candidate
            };
            let limit = if side == 0 {
                ORIGINAL_LIMIT
            } else {
                limit(calibration.sample)
            };
            let sample = sample(runner, input, poison[side], limit, &mut left[side], cancel)
                .map_err(|stopped| match side {
                    0 => Failure::Harness(stopped.of_original("being timed")),
                    _ => Failure::stopped(stopped, Stage::Time),
                })?;
            samples[side] = Some(sample);
        }
        judge(task.problem, input, false, &left[0], &left[1])?;
        *compared += u64::from(calibration.calls);
        if let (true, [Some(a), Some(b)]) = (round >= calibration.warm, samples) {
            pairs.push([a, b]);
        }
    }
    if works_untimed(&pairs) {
        return Err(Failure::Candidate(Box::new(Evaluation::Rejected {
            rule: "untimed_work".to_owned(),
            message: "Much of its work is done outside the timed call; the entry must be finished when it returns."
                .to_owned(),
        })));
    }
    Ok(summary(&pairs, calibration.calls))
}

fn sample(
    runner: &mut Runner,
    input: Input,
    poison: u64,
    limit: Duration,
    left: &mut Left,
    cancel: &Cancel,
) -> Result<Sample, Stopped> {
    let begun = runner.cpu();
    runner.make(input, poison, ORIGINAL_LIMIT, cancel)?;
    let before = runner.cpu();
    let wall = runner.call(limit, cancel)?;
    let after = runner.cpu();
    runner.emit(left, ORIGINAL_LIMIT, cancel)?;
    let ended = runner.cpu();
    let cpu = after
        .zip(before)
        .map(|(after, before)| after.saturating_sub(before));
    let all = ended
        .zip(begun)
        .map(|(ended, begun)| ended.saturating_sub(begun));
    Ok(Sample {
        wall,
        cpu,
        around: all.zip(cpu).map(|(all, cpu)| all.saturating_sub(cpu)),
    })
}

/// Whether the candidate's process works as much beside the call as it saves in it: making and emitting are the same
/// code on both sides.
fn works_untimed(pairs: &[[Sample; 2]]) -> bool {
    let of = |side: usize, what: fn(&Sample) -> Option<Duration>| {
        let all: Vec<f64> = pairs
            .iter()
            .filter_map(|pair| what(&pair[side]))
            .map(|d| d.as_secs_f64())
            .collect();
        stats::median(&all)
    };
    let (own, theirs) = (of(0, |s| s.around), of(1, |s| s.around));
    let saved = of(0, |s| s.cpu) - of(1, |s| s.cpu);
    let more = theirs - own;
    saved > 0.0 && more > 0.5 * saved && more > own && more > 200e-6
}

fn summary(pairs: &[[Sample; 2]], calls: u32) -> Launch {
    let logs: Vec<f64> = pairs.iter().map(|[a, b]| ratio(a.wall, b.wall)).collect();
    let cpu: Vec<f64> = pairs
        .iter()
        .filter_map(|[a, b]| Some(ratio(a.cpu?, b.cpu?)))
        .collect();
    let time = |side: usize| {
        let all: Vec<f64> = pairs
            .iter()
            .map(|pair| pair[side].wall.as_secs_f64())
            .collect();
        Nanos((stats::median(&all) * 1e9 / f64::from(calls)).round() as u64)
    };
    Launch {
        log_ratio: stats::median(&logs),
        original: time(0),
        candidate: time(1),
        cpu_log_ratio: (cpu.len() == pairs.len()).then(|| stats::median(&cpu)),
    }
}

/// ln(a/b); a clock that did not move counts as a nanosecond.
fn ratio(a: Duration, b: Duration) -> f64 {
    let floor = |d: Duration| d.as_secs_f64().max(1e-9);
    (floor(a) / floor(b)).ln()
}

fn caveats(measurement: &Measurement, task: Task<'_>, cut: bool, pinned: bool) -> Vec<Caveat> {
    let mut found = Vec::new();
    let mut add = |name: &str, advice: String| {
        found.push(Caveat {
            name: name.to_owned(),
            advice,
        });
    };
    if cut {
        add(
            "time_budget",
            format!(
                "Timing stopped after {} launches for time. Give the problem a smaller timed size for a narrower interval.",
                measurement.launches.len()
            ),
        );
    }
    let cores = cores().len().max(1) as f64;
    if let Some(load) = load().filter(|load| *load > cores) {
        add(
            "busy_machine",
            format!(
                "The machine was busy (load {load:.1} on {cores} cores). Close other programs and measure again."
            ),
        );
    }
    if task.setup.mode == Mode::Serial && !pinned {
        add(
            "not_pinned",
            "The processes could not be bound to one core; intervals are wider than they could be."
                .to_owned(),
        );
    }
    if task.calibration.sample < SAMPLE / 2 {
        add(
            "short_sample",
            format!(
                "A sample of the original takes only {}. Give the problem a larger timed size.",
                Nanos::from(task.calibration.sample)
            ),
        );
    }
    let cpu: Vec<f64> = measurement
        .launches
        .iter()
        .filter_map(|l| l.cpu_log_ratio.map(|cpu| cpu - l.log_ratio))
        .collect();
    if task.setup.mode == Mode::Serial && !cpu.is_empty() && stats::median(&cpu).abs() > 0.05 {
        add(
            "cpu_differs_from_wall",
            "Processor time and wall time tell different ratios: something else ran meanwhile, or a side waited. Measure again on a quiet machine."
                .to_owned(),
        );
    }
    found
}

/// The machine's load over the last minute.
pub fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg")
        .ok()?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(wall: u64, around: u64) -> Sample {
        let micros = |n| Duration::from_micros(n);
        Sample {
            wall: micros(wall),
            cpu: Some(micros(wall)),
            around: Some(micros(around)),
        }
    }

    #[test]
    fn a_launch_is_the_median_of_its_rounds() {
        let launch = summary(
            &[
                [of(100, 0), of(50, 0)],
                [of(100, 0), of(100, 0)],
                [of(400, 0), of(100, 0)],
            ],
            10,
        );
        assert!((launch.log_ratio - 2.0_f64.ln()).abs() < 1e-12);
        assert_eq!(
            (launch.original, launch.candidate),
            (Nanos(10_000), Nanos(10_000))
        );
        assert_eq!(launch.cpu_log_ratio, Some(launch.log_ratio));
    }

    #[test]
    fn work_moved_out_of_the_call_is_seen() {
        assert!(works_untimed(&[[of(2000, 100), of(100, 1800)]]));
        assert!(!works_untimed(&[[of(2000, 100), of(100, 150)]]));
        assert!(!works_untimed(&[[of(2000, 100), of(2000, 400)]]));
    }

    #[test]
    fn long_samples_get_fewer_rounds() {
        assert_eq!(rounds(Duration::from_secs(1)).rounds, 1);
        assert_eq!(rounds(Duration::from_millis(25)).rounds, 2);
        assert_eq!(rounds(Duration::from_millis(1)).rounds, 16);
    }
}

//! Paired timing of a candidate against the original.
//!
//! Both sides run in processes of their own, started afresh for every launch with another layout (Mytkowicz et al.,
//! ASPLOS 2009), take turns in ABBA order on inputs from the same fresh seeds, and answer to the parent's clock. Who does
//! not have the turn is stopped, so that both can make their inputs in the same physical pages: whose turn it is makes
//! them anew. Every timed call's output is compared. The interval is over launches (module `stats`).
//! Never runs while anything else of ours does (module `gate`); never drops a sample, but for a first launch that shows
//! that samples are too short: all launches then have longer ones.

use std::time::{Duration, Instant};

use super::calibration::{Calibration, Pinned, Place, input};
use super::check::{Failure, ORIGINAL_LIMIT, judge, limit};
use super::counters::Count;
use super::process::shared::Arena;
use super::runner::{Input, Layout, Left, Rest, Runner, Setup, Stopped};
use super::stats::{self, LOOKS};
use super::{Cancel, HarnessError, hidden};
use crate::domain::evaluation::{Evaluation, Stage};
use crate::domain::event::Progress;
use crate::domain::measurement::{Launch, Measurement};
use crate::domain::problem::{Mode, Problem, Values};
use crate::domain::units::Nanos;

/// One in so many rounds may be repeated because something else had the core; beyond that such rounds are read from the
/// processor clock.
pub(super) const REPEATED: u32 = 4;
/// After this long no further launch is begun.
pub(super) const BUDGET: Duration = Duration::from_secs(4);
/// The same where other programs take the core away.
pub(super) const BUSY_BUDGET: Duration = Duration::from_secs(8);
/// A launch that takes longer ends with the rounds it has, one at least: its samples are far above what they should be.
const LONG: Duration = Duration::from_secs(2);

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
    /// When the whole evaluation should be over: no launch begins after it.
    pub deadline: Instant,
}

/// What happened along the way.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Timed calls whose output was compared.
    pub compared: u64,
    /// Rounds repeated because something else had the core.
    pub repeated: u32,
    /// Rounds read from the processor clock because something else had the core all the time.
    pub by_cpu: u32,
    /// Whether timing stopped for time before an interval was narrow enough.
    pub cut: bool,
    /// Whether timing stopped because no later look would have allowed a verdict.
    pub futile: bool,
    /// Whether both sides were bound to one core.
    pub pinned: bool,
    /// Log ratio of each launch's first pair, which is not timed.
    pub first: Vec<f64>,
    /// Both sides' counts over all rounds.
    pub counted: [Count; 2],
    /// What the candidate's work outside the call is to that inside it, by launch.
    pub around: Vec<hidden::Around>,
    /// Calls of the candidate after which it was looked for whether it had returned.
    pub returned: u64,
    /// The share of the figure that work outside the call takes away, if it was counted with the call.
    pub with_around: Option<f64>,
    /// Launches that were cut short because their samples took too long.
    pub shortened: u32,
    /// Whether calls were added because the candidate's samples were short beside handing over to it.
    pub lengthened: bool,
}

/// One sample of one side.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// By the parent's clock.
    pub wall: Duration,
    /// By the kernel's, of the call.
    pub cpu: Option<Duration>,
    /// By the kernel's, of all around the call.
    pub around: Option<Duration>,
    /// What it did right after it had answered.
    pub rest: Rest,
    /// By the processor's counters; zero without them.
    pub counted: Count,
}

/// Times until a planned look finds the interval narrow enough. Gives the measurement and what happened
/// along the way.
pub fn measure(
    task: Task<'_>,
    cancel: &Cancel,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<(Measurement, Tally), Failure> {
    let begun = Instant::now();
    let pinned = Pinned::to(task.place);
    let core = pinned.as_ref().and(task.place.core());
    let mut rng = fastrand::Rng::with_seed(task.seed);
    let mut calibration = task.calibration;
    // Kept from launch to launch, because fresh memory costs more than copying into it.
    let mut left = [Left::default(), Left::default()];
    let mut launches: Vec<Launch> = Vec::new();
    let mut logs: Vec<f64> = Vec::new();
    let mut tally = Tally {
        pinned: pinned.is_some(),
        ..Tally::default()
    };
    let last = LOOKS.last().copied().unwrap_or(2);
    while logs.len() < last {
        let budget = if tally.repeated > 0 {
            BUSY_BUDGET
        } else {
            BUDGET
        };
        if logs.len() >= 2 && (begun.elapsed() > budget || Instant::now() > task.deadline) {
            tally.cut = true;
            break;
        }
        let launch = launch(
            task,
            calibration,
            core,
            &mut rng,
            cancel,
            &mut left,
            &mut tally,
        )?;
        // Such a launch says how many calls a sample needs, and its own samples are mostly hand-over.
        let times = [launch.original, launch.candidate].map(|time| Duration::from_nanos(time.0));
        if let (true, Some(longer)) = (logs.is_empty(), calibration.longer(times))
            && calibration.calls == task.calibration.calls
        {
            calibration = longer;
            tally.lengthened = true;
            continue;
        }
        logs.push(launch.log_ratio);
        launches.push(launch);
        let so_far = stats::interval(&logs);
        progress(Progress::Launch {
            done: logs.len() as u32,
            so_far: so_far.map(stats::speedup),
        });
        if logs.len() == 1 && !tally.lengthened {
            calibration = fewer(calibration, launch.log_ratio);
        }
        if LOOKS.contains(&logs.len()) {
            tally.futile = stats::futile(&logs);
            if tally.futile || so_far.is_some_and(stats::enough) {
                break;
            }
        }
    }
    if stats::interval(&logs).is_some_and(|i| i.mean > 0.0) {
        let moved: Vec<f64> = tally.around.iter().map(|one| one.moved).collect();
        if stats::surely_positive(&moved) {
            return rejected(
                "untimed_work",
                "What it saves in the timed call it spends outside of it; the entry must be finished when it returns.",
            );
        }
        if let Some(counted) = hidden::counted_with_the_call(&tally.around) {
            for (log, less) in logs.iter_mut().zip(&counted) {
                *log -= less;
            }
            for (launch, less) in launches.iter_mut().zip(&counted) {
                launch.log_ratio -= less;
                launch.cpu_log_ratio = launch.cpu_log_ratio.map(|cpu| cpu - less);
            }
            tally.with_around = Some(1.0 - (-stats::mean(&counted)).exp());
        }
    }
    let Some(interval) = stats::interval(&logs) else {
        return Err(Failure::Harness(HarnessError::Cancelled));
    };
    let speedup = stats::speedup(interval);
    let measurement = Measurement {
        speedup,
        verdict: stats::verdict(speedup),
        rounds: match tally.lengthened {
            true => calibration.rounds,
            false => task.calibration.rounds,
        },
        calls: calibration.calls,
        size: task.problem.sizes.timed(task.setup.mode),
        seed: task.seed,
        spent: begun.elapsed().into(),
        launches,
    };
    Ok((measurement, tally))
}

/// Mean log ratio over so many launches.
pub fn estimate(
    task: Task<'_>,
    launches: usize,
    cancel: &Cancel,
    tally: &mut Tally,
) -> Result<f64, Failure> {
    let pinned = Pinned::to(task.place);
    let core = pinned.as_ref().and(task.place.core());
    let mut rng = fastrand::Rng::with_seed(task.seed);
    let mut left = [Left::default(), Left::default()];
    let mut sum = 0.0;
    for _ in 0..launches {
        let rounds = task.calibration;
        sum += launch(task, rounds, core, &mut rng, cancel, &mut left, tally)?.log_ratio;
    }
    Ok(sum / launches as f64)
}

/// Fewer rounds where a first launch shows a difference so large that a rougher interval will do.
fn fewer(calibration: Calibration, log_ratio: f64) -> Calibration {
    let (rounds, warm) = match log_ratio {
        clear if clear < 0.8_f64.ln() => (2, 1),
        clear if clear > 1.5_f64.ln() => (6, 2),
        _ => return calibration,
    };
    Calibration {
        rounds: calibration.rounds.min(rounds),
        warm: calibration.warm.min(warm),
        ..calibration
    }
}

fn launch(
    task: Task<'_>,
    calibration: Calibration,
    core: Option<usize>,
    rng: &mut fastrand::Rng,
    cancel: &Cancel,
    left: &mut [Left; 2],
    tally: &mut Tally,
) -> Result<Launch, Failure> {
    let begun = Instant::now();
    let original_first = rng.bool();
    let arena = Arena::create(rng.u64(..)).map_err(|error| {
        let what = format!("cannot make the pages that both sides share: {error}");
        Failure::stopped(Stopped::Fault(what), Stage::Load)
    })?;
    let mut start = |side: usize| {
        Runner::start(
            task.setup,
            task.sides[side],
            Layout {
                pad: rng.usize(..4096),
                core,
                arena: Some(&arena),
                ..Layout::default()
            },
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
    let mut pairs: Vec<[Sample; 2]> = Vec::new();
    let mut first = rng.bool();
    let mut round = 0;
    let mut repeats = calibration.rounds.div_ceil(REPEATED);
    let mut held_up = [Waited::default(); 2];
    let mut late = 0;
    let mut watch = hidden::Watch::new(task.setup.mode == Mode::Omp && tally.compared == 0);
    let failed = |side: usize, stopped: Stopped| match side {
        0 => Failure::Harness(stopped.of_original("being timed")),
        _ => Failure::stopped(stopped, Stage::Time),
    };
    let smallest = Input {
        size: task.problem.sizes.check.iter().copied().min().unwrap_or(0),
        ..input(task.problem, task.setup.mode, rng.u64(..), 1)
    };
    for (side, runner) in [&mut original, &mut candidate].into_iter().enumerate() {
        runner
            .make(smallest, 0, ORIGINAL_LIMIT, cancel)
            .and_then(|()| runner.emit(&mut left[side], ORIGINAL_LIMIT, cancel))
            .map_err(|stopped| failed(side, stopped))?;
        runner.pause();
    }
    // Once in a while a call that is checked and not timed, in the middle of those that are: no path of the code can be
    // made for the one kind alone.
    let mut unlike = (tally.compared == 0 || rng.bool())
        .then(|| rng.u32(..calibration.warm + calibration.rounds))
        .and_then(|round| Some((round, unlike(task, calibration, rng)?)));
    while round < calibration.warm + calibration.rounds {
        if round >= calibration.warm && !pairs.is_empty() && begun.elapsed() > LONG {
            tally.shortened += 1;
            break;
        }
        if let Some((_, input)) = unlike.take_if(|(at, _)| *at == round) {
            for side in if rng.bool() { [0, 1] } else { [1, 0] } {
                let runner = match side {
                    0 => &mut original,
                    _ => &mut candidate,
                };
                let limit = [ORIGINAL_LIMIT, limit(calibration.sample)][side];
                runner.resume();
                sample(runner, input, rng.u64(..), limit, &mut left[side], cancel)
                    .map_err(|stopped| failed(side, stopped))?;
                runner.pause();
            }
            judge(task.problem, input, true, [&left[0], &left[1]], || {
                rounded(&mut original, input, cancel)
            })?;
            tally.compared += u64::from(input.cases);
        }
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
            runner.resume();
            let sample = sample(runner, input, poison[side], limit, &mut left[side], cancel)
                .map_err(|stopped| failed(side, stopped))?;
            samples[side] = Some(sample);
            if side == 1 {
                late += u32::from(sample.rest == Rest::Working);
                tally.returned += u64::from(runner.shows_its_sleep());
                if sample.rest == Rest::Elsewhere {
                    return rejected(
                        "background_work",
                        "It said that its call had returned while it was still in its own code; return from the entry, and only when the work is done.",
                    );
                }
            }
            if side == 1 && watch.wants_to_look() && watch.take_in(hidden::goes_on(runner)) {
                return rejected(
                    "background_work",
                    "It went on working after its call had returned; no thread may outlive the call.",
                );
            }
            runner.pause();
        }
        judge(task.problem, input, false, [&left[0], &left[1]], || {
            rounded(&mut original, input, cancel)
        })?;
        tally.compared += u64::from(calibration.calls);
        if let (0, [Some(a), Some(b)]) = (round, samples)
            && calibration.warm > 0
        {
            tally.first.push(undisturbed(task.setup.mode, a, b));
        }
        if let (true, [Some(a), Some(b)]) = (round >= calibration.warm, samples) {
            let waits = [preempted(a), preempted(b)];
            if task.setup.mode == Mode::Serial && repeats > 0 && (waits[0] || waits[1]) {
                repeats -= 1;
                tally.repeated += 1;
                continue;
            }
            for (side, sample) in [a, b].into_iter().enumerate() {
                held_up[side].rounds += u32::from(waits[side]);
                held_up[side].time += match sample.cpu {
                    Some(cpu) if waits[side] => sample.wall.saturating_sub(cpu),
                    _ => Duration::ZERO,
                };
            }
            pairs.push([a, b]);
        }
        round += 1;
    }
    // Once or twice may be the kernel's doing.
    if late > 2 && late > round / 2 {
        return rejected(
            "background_work",
            "It said that its call had returned and went on working.",
        );
    }
    for [own, theirs] in &pairs {
        for (sum, one) in tally.counted.iter_mut().zip([own, theirs]) {
            sum.instructions += one.counted.instructions;
            sum.cycles += one.counted.cycles;
        }
    }
    tally.around.extend(hidden::around(&pairs));
    if hidden::works_untimed(&pairs) {
        return rejected(
            "untimed_work",
            "Much of its work is done outside the timed call; the entry must be finished when it returns.",
        );
    }
    let by_wall = summary(&pairs, calibration.calls);
    if task.setup.mode == Mode::Serial && others_had_the_core(held_up) {
        tally.by_cpu += by_processor_clock(&mut pairs);
        let mut launch = summary(&pairs, calibration.calls);
        launch.wall_log_ratio = (launch != by_wall).then_some(by_wall.log_ratio);
        return Ok(launch);
    }
    Ok(by_wall)
}

fn rejected<T>(rule: &str, message: &str) -> Result<T, Failure> {
    Err(Failure::Candidate(Box::new(Evaluation::Rejected {
        rule: rule.to_owned(),
        message: message.to_owned(),
    })))
}

/// How long a side had to wait for the core.
#[derive(Debug, Clone, Copy, Default)]
struct Waited {
    rounds: u32,
    time: Duration,
}

/// Whether waiting befell both sides alike, rather than being the candidate's own doing: other programs hold up whoever
/// runs, so a side that waits alone, or many times as long, waits by itself.
fn others_had_the_core([original, candidate]: [Waited; 2]) -> bool {
    let own_doing = Duration::from_millis(2) * candidate.rounds + 4 * original.time;
    original.rounds >= 1
        && candidate.rounds <= 2 + 4 * original.rounds
        && candidate.time <= own_doing
}

/// Log ratio of two samples by the wall clock, or by the processor clock where other programs had the core and one thread
/// does all the work.
fn undisturbed(mode: Mode, a: Sample, b: Sample) -> f64 {
    match (mode, a.cpu, b.cpu) {
        (Mode::Serial, Some(own), Some(theirs)) if preempted(a) || preempted(b) => {
            ratio(own, theirs)
        }
        _ => ratio(a.wall, b.wall),
    }
}

/// An input as it is checked, with as many cases as are timed: another class of values at the timed size, or another
/// size. `None` where the problem has neither.
fn unlike(task: Task<'_>, calibration: Calibration, rng: &mut fastrand::Rng) -> Option<Input> {
    let problem = task.problem;
    let mode = task.setup.mode;
    let usual = input(problem, mode, rng.u64(..), calibration.calls);
    // Whole numbers need not stay exact at the timed size.
    let ordinary = |values: &Values| matches!(values, Values::Any | Values::Exact);
    let classes: Vec<Values> = problem
        .check
        .values
        .iter()
        .copied()
        .filter(|v| !ordinary(v))
        .collect();
    let sizes = [&problem.sizes.check[..], &problem.sizes.hidden].concat();
    match (rng.choice(&classes), rng.choice(&sizes)) {
        (Some(values), size) if size.is_none() || rng.bool() => Some(Input {
            values: *values,
            ..usual
        }),
        (_, Some(size)) if *size <= usual.size => Some(Input {
            size: *size,
            ..usual
        }),
        _ => None,
    }
}

/// Reads the rounds during which something else had the core from the processor clock, on both sides. One thread that
/// may not start another cannot have its work done by anybody else, so that clock misses nothing. How many there were.
fn by_processor_clock(pairs: &mut [[Sample; 2]]) -> u32 {
    let mut count = 0;
    for pair in pairs.iter_mut() {
        if let ([Some(a), Some(b)], true) = (
            pair.map(|sample| sample.cpu),
            pair.iter().any(|sample| preempted(*sample)),
        ) {
            pair[0].wall = a;
            pair[1].wall = b;
            count += 1;
        }
    }
    count
}

/// What the paused original leaves where it rounds upwards and downwards.
pub(super) fn rounded(
    original: &mut Runner,
    input: Input,
    cancel: &Cancel,
) -> Result<[Left; 2], Stopped> {
    original.resume();
    let both = original.rounded(input, ORIGINAL_LIMIT, cancel);
    original.pause();
    both
}

pub(super) fn sample(
    runner: &mut Runner,
    input: Input,
    poison: u64,
    limit: Duration,
    left: &mut Left,
    cancel: &Cancel,
) -> Result<Sample, Stopped> {
    let begun = runner.cpu();
    runner.make(input, poison, ORIGINAL_LIMIT, cancel)?;
    let counted = runner.counted();
    let before = runner.cpu();
    let wall = runner.call(limit, cancel)?;
    let after = runner.cpu();
    let counted = runner.counted().zip(counted);
    let rest = runner.rest(after);
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
        rest,
        counted: counted
            .map(|(now, then)| now.since(then))
            .unwrap_or_default(),
    })
}

/// Whether something else had the core during a sample. Known from the kernel's clock without looking at any ratio, so
/// repeating such a round, for both sides, does not choose between results.
pub(super) fn preempted(sample: Sample) -> bool {
    sample.cpu.is_some_and(|cpu| {
        sample.wall.saturating_sub(cpu) > Duration::from_micros(30) + sample.wall / 50
    })
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
        wall_log_ratio: None,
    }
}

/// ln(a/b); a clock that did not move counts as a nanosecond.
fn ratio(a: Duration, b: Duration) -> f64 {
    let floor = |d: Duration| d.as_secs_f64().max(1e-9);
    (floor(a) / floor(b)).ln()
}

#[cfg(test)]
mod tests;

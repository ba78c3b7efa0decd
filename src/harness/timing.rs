//! Paired timing of a candidate against the original.
//!
//! Both sides run in processes of their own, started afresh for every launch with another layout (Mytkowicz et al.,
//! ASPLOS 2009), take turns in ABBA order on inputs from the same fresh seeds, and answer to the parent's clock. Who does
//! not have the turn is stopped, so that both can make their inputs in the same physical pages: whose turn it is makes
//! them anew. Every timed call's output is compared. The interval is over launches (module `stats`).
//! Never runs while anything else of ours does (module `gate`); never drops a sample.

use std::time::{Duration, Instant};

use super::calibration::{Calibration, CorePlace, Pinned, input};
use super::check::{CheckFailure, ORIGINAL_LIMIT, judge, limit};
use super::counters::Count;
use super::process::shared::Arena;
use super::runner::{
    CaseInput, CaseOutputs, Rest, Runner, RunnerLayout, RunnerSetup, RunnerStopped,
};
use super::side_pair::{Sides, Which};
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
pub(crate) struct TimingTask<'a> {
    /// The problem.
    pub(crate) problem: &'a Problem,
    /// How runners are started.
    pub(crate) setup: &'a RunnerSetup,
    /// The original's shared object and the candidate's.
    pub(crate) sides: Sides<&'a std::path::Path>,
    /// Calls and rounds.
    pub(crate) calibration: Calibration,
    /// Where.
    pub(crate) place: CorePlace,
    /// What all inputs come from.
    pub(crate) seed: u64,
    /// When the whole evaluation should be over: no launch begins after it.
    pub(crate) deadline: Instant,
}

/// What happened along the way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// Timed calls whose output was compared.
    pub(crate) compared: u64,
    /// Rounds repeated because something else had the core.
    pub(crate) repeated: u32,
    /// Rounds read from the processor clock because something else had the core all the time.
    pub(crate) by_cpu: u32,
    /// Whether timing stopped for time before an interval was narrow enough.
    pub(crate) cut: bool,
    /// Whether timing stopped because no later look would have allowed a verdict.
    pub(crate) futile: bool,
    /// Whether both sides were bound to one core.
    pub(crate) pinned: bool,
    /// Log ratio of each launch's first pair, which is not timed.
    pub(crate) first: Vec<f64>,
    /// Both sides' counts over all rounds.
    pub(crate) counted: Sides<Count>,
    /// What the candidate's work outside the call is to that inside it, by launch.
    pub(crate) around: Vec<hidden::AroundCall>,
    /// Calls of the candidate after which it was looked for whether it had returned.
    pub(crate) returned: u64,
    /// The share of the figure that work outside the call takes away, if it was counted with the call.
    pub(crate) with_around: Option<f64>,
    /// Launches that were cut short because their samples took too long.
    pub(crate) shortened: u32,
}

/// One sample of one side.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// By the parent's clock.
    pub(crate) wall: Duration,
    /// By the kernel's, of the call.
    pub(crate) cpu: Option<Duration>,
    /// By the kernel's, of all around the call.
    pub(crate) around: Option<Duration>,
    /// What it did right after it had answered.
    pub(crate) rest: Rest,
    /// By the processor's counters; zero without them.
    pub(crate) counted: Count,
}

/// Times until a planned look finds the interval narrow enough. Gives the measurement and what happened
/// along the way.
pub(crate) fn measure(
    task: TimingTask<'_>,
    cancel: &Cancel,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<(Measurement, Tally), CheckFailure> {
    let begun = Instant::now();
    let pinned = Pinned::to(task.place);
    let core = pinned.as_ref().and(task.place.core());
    let mut rng = fastrand::Rng::with_seed(task.seed);
    let mut calibration = task.calibration;
    // Kept from launch to launch, because fresh memory costs more than copying into it.
    let mut left = Sides::default();
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
        logs.push(launch.log_ratio);
        launches.push(launch);
        let so_far = stats::interval(&logs);
        progress(Progress::Launch {
            done: logs.len() as u32,
            so_far: so_far.map(stats::speedup),
        });
        if logs.len() == 1 {
            calibration = fewer(calibration, launch.log_ratio);
        }
        if LOOKS.contains(&logs.len()) {
            tally.futile = stats::futile(&logs);
            if tally.futile || so_far.is_some_and(stats::enough) {
                break;
            }
        }
    }
    count_work_around(&mut logs, &mut launches, &mut tally)?;
    let Some(interval) = stats::interval(&logs) else {
        return Err(CheckFailure::Harness(HarnessError::Cancelled));
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
    Ok((measurement, tally))
}

/// Where the candidate seems faster: refuses work that was moved out of the call, and counts what surely goes with it.
fn count_work_around(
    logs: &mut [f64],
    launches: &mut [Launch],
    tally: &mut Tally,
) -> Result<(), CheckFailure> {
    if stats::interval(logs).is_none_or(|i| i.mean <= 0.0) {
        return Ok(());
    }
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
    Ok(())
}

/// Mean log ratio over so many launches.
pub(crate) fn estimate(
    task: TimingTask<'_>,
    launches: usize,
    cancel: &Cancel,
    tally: &mut Tally,
) -> Result<f64, CheckFailure> {
    let pinned = Pinned::to(task.place);
    let core = pinned.as_ref().and(task.place.core());
    let mut rng = fastrand::Rng::with_seed(task.seed);
    let mut left = Sides::default();
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

/// One launch: both sides in processes of their own, on pages they share, over all rounds.
fn launch(
    task: TimingTask<'_>,
    calibration: Calibration,
    core: Option<usize>,
    rng: &mut fastrand::Rng,
    cancel: &Cancel,
    left: &mut Sides<CaseOutputs>,
    tally: &mut Tally,
) -> Result<Launch, CheckFailure> {
    let begun = Instant::now();
    let first_of_all = tally.compared == 0;
    let mut pair = Started::start(task, calibration, core, first_of_all, rng, cancel)?;
    pair.smallest(rng.u64(..), left)?;
    let all = calibration.warm + calibration.rounds;
    // Once in a while a call that is checked and not timed, in the middle of those that are: no path of the code can be
    // made for the one kind alone.
    let mut unlike = (first_of_all || rng.bool())
        .then(|| rng.u32(..all))
        .and_then(|round| Some((round, unlike(task, calibration, rng)?)));
    let mut original_first = true;
    let mut round = 0;
    while round < all {
        let timed = round >= calibration.warm;
        if timed && !pair.rounds.is_empty() && begun.elapsed() > LONG {
            tally.shortened += 1;
            break;
        }
        if let Some((_, input)) = unlike.take_if(|(at, _)| *at == round) {
            pair.checked_call(input, rng, left)?;
            tally.compared += u64::from(input.cases);
        }
        // ABBA or BAAB: the order turns within a block of two rounds, and a coin chooses the block's.
        original_first = if round % 2 == 0 {
            rng.bool()
        } else {
            !original_first
        };
        let samples = pair.round(Which::in_turn(original_first), rng, left, tally)?;
        tally.compared += u64::from(calibration.calls);
        if !timed && round == 0 {
            tally.first.push(undisturbed(task.setup.mode, samples));
        }
        if timed && !pair.keep(samples) {
            tally.repeated += 1;
            continue;
        }
        round += 1;
    }
    // Once or twice may be the kernel's doing.
    if pair.late > 2 && pair.late > round / 2 {
        return rejected(
            "background_work",
            "It said that its call had returned and went on working.",
        );
    }
    pair.result(tally)
}

/// Both sides of a launch while they run, and what their rounds have shown.
struct Started<'a> {
    task: TimingTask<'a>,
    calibration: Calibration,
    cancel: &'a Cancel,
    runners: Sides<Runner>,
    /// The pages that both make their inputs in: they go after the runners.
    _arena: Arena,
    watch: hidden::IdleWatch,
    /// The timed rounds.
    rounds: Vec<Sides<Sample>>,
    waited: Sides<Waited>,
    /// How many rounds may still be measured again because something else had the core.
    repeats: u32,
    /// Calls of the candidate that went on working after they had returned.
    late: u32,
}

impl<'a> Started<'a> {
    fn start(
        task: TimingTask<'a>,
        calibration: Calibration,
        core: Option<usize>,
        first_of_all: bool,
        rng: &mut fastrand::Rng,
        cancel: &'a Cancel,
    ) -> Result<Self, CheckFailure> {
        let original_first = rng.bool();
        let arena = Arena::create(rng.u64(..)).map_err(|error| {
            let what = format!("cannot make the pages that both sides share: {error}");
            CheckFailure::stopped(RunnerStopped::Fault(what), Stage::Load)
        })?;
        let mut runners = Sides::default();
        for which in Which::in_turn(original_first) {
            let layout = RunnerLayout {
                pad: rng.usize(..4096),
                core,
                arena: Some(&arena),
                ..RunnerLayout::default()
            };
            let started = Runner::start(task.setup, task.sides.get(which), layout, cancel);
            *runners.get_mut(which) = Some(started.map_err(|stopped| match which {
                Which::Original => CheckFailure::Harness(stopped.of_original("being loaded")),
                Which::Candidate => CheckFailure::stopped(stopped, Stage::Load),
            })?);
        }
        let runners = runners
            .both()
            .ok_or(CheckFailure::Harness(HarnessError::Cancelled))?;
        Ok(Self {
            task,
            calibration,
            cancel,
            runners,
            _arena: arena,
            watch: hidden::IdleWatch::new(task.setup.mode == Mode::Omp && first_of_all),
            rounds: Vec::new(),
            waited: Sides::default(),
            repeats: calibration.rounds.div_ceil(REPEATED),
            late: 0,
        })
    }

    /// Has both make and emit the smallest input, so that their own first pages are there, and stops them.
    fn smallest(&mut self, seed: u64, left: &mut Sides<CaseOutputs>) -> Result<(), CheckFailure> {
        let problem = self.task.problem;
        let smallest = CaseInput {
            size: problem.sizes.check.iter().copied().min().unwrap_or(0),
            ..input(problem, self.task.setup.mode, seed, 1)
        };
        for which in Which::in_turn(true) {
            let runner = self.runners.get_mut(which);
            runner
                .make(smallest, 0, ORIGINAL_LIMIT, self.cancel)
                .and_then(|()| runner.emit(left.get_mut(which), ORIGINAL_LIMIT, self.cancel))
                .map_err(|stopped| failed(which, stopped))?;
            runner.pause();
        }
        Ok(())
    }

    /// A side's sample. It has the turn afterwards: whoever takes it looks at it while it runs, and pauses it.
    fn sample(
        &mut self,
        which: Which,
        input: CaseInput,
        poison: u64,
        left: &mut Sides<CaseOutputs>,
    ) -> Result<Sample, CheckFailure> {
        let limit = match which {
            Which::Original => ORIGINAL_LIMIT,
            Which::Candidate => limit(self.calibration.sample),
        };
        let runner = self.runners.get_mut(which);
        runner.resume();
        sample(
            runner,
            input,
            poison,
            limit,
            left.get_mut(which),
            self.cancel,
        )
        .map_err(|stopped| failed(which, stopped))
    }

    /// A call of both that is compared and not timed.
    fn checked_call(
        &mut self,
        input: CaseInput,
        rng: &mut fastrand::Rng,
        left: &mut Sides<CaseOutputs>,
    ) -> Result<(), CheckFailure> {
        for which in Which::in_turn(rng.bool()) {
            self.sample(which, input, rng.u64(..), left)?;
            self.runners.get_mut(which).pause();
        }
        self.compared(input, true, left)
    }

    /// A sample of both from one seed, compared.
    fn round(
        &mut self,
        order: [Which; 2],
        rng: &mut fastrand::Rng,
        left: &mut Sides<CaseOutputs>,
        tally: &mut Tally,
    ) -> Result<Sides<Sample>, CheckFailure> {
        let (problem, mode) = (self.task.problem, self.task.setup.mode);
        let input = input(problem, mode, rng.u64(..), self.calibration.calls);
        let poison = Sides::default().map(|()| rng.u64(..));
        let mut samples = Sides::default();
        for which in order {
            let sample = self.sample(which, input, *poison.get(which), left)?;
            *samples.get_mut(which) = Some(sample);
            if which == Which::Candidate {
                self.has_returned(sample, tally)?;
            }
            self.runners.get_mut(which).pause();
        }
        self.compared(input, false, left)?;
        samples
            .both()
            .ok_or(CheckFailure::Harness(HarnessError::Cancelled))
    }

    /// Looks whether the candidate, which says that its call has returned, is done with it.
    fn has_returned(&mut self, sample: Sample, tally: &mut Tally) -> Result<(), CheckFailure> {
        let runner = &self.runners.candidate;
        self.late += u32::from(sample.rest == Rest::Working);
        tally.returned += u64::from(runner.shows_its_sleep());
        if sample.rest == Rest::Elsewhere {
            return rejected(
                "background_work",
                "It said that its call had returned while it was still in its own code; return from the entry, and only when the work is done.",
            );
        }
        if self.watch.wants_to_look() && self.watch.take_in(hidden::goes_on(runner)) {
            return rejected(
                "background_work",
                "It went on working after its call had returned; no thread may outlive the call.",
            );
        }
        Ok(())
    }

    /// Compares what both left.
    fn compared(
        &mut self,
        input: CaseInput,
        hidden: bool,
        left: &Sides<CaseOutputs>,
    ) -> Result<(), CheckFailure> {
        let (original, cancel) = (&mut self.runners.original, self.cancel);
        judge(self.task.problem, input, hidden, left.as_ref(), || {
            rounded(original, input, cancel)
        })?;
        Ok(())
    }

    /// Takes a timed round in; `false` if it is to be measured again because something else had the core.
    fn keep(&mut self, samples: Sides<Sample>) -> bool {
        let waits = samples.map(preempted);
        let serial = self.task.setup.mode == Mode::Serial;
        if serial && self.repeats > 0 && waits.any(|waits| waits) {
            self.repeats -= 1;
            return false;
        }
        for which in Which::in_turn(true) {
            let (sample, waits) = (samples.get(which), *waits.get(which));
            let waited = self.waited.get_mut(which);
            waited.rounds += u32::from(waits);
            waited.time += match sample.cpu {
                Some(cpu) if waits => sample.wall.saturating_sub(cpu),
                _ => Duration::ZERO,
            };
        }
        self.rounds.push(samples);
        true
    }

    /// What the rounds come to, unless they show work outside the timed call.
    fn result(mut self, tally: &mut Tally) -> Result<Launch, CheckFailure> {
        for samples in &self.rounds {
            tally.counted.original.add(samples.original.counted);
            tally.counted.candidate.add(samples.candidate.counted);
        }
        tally.around.extend(hidden::around(&self.rounds));
        if hidden::works_untimed(&self.rounds) {
            return rejected(
                "untimed_work",
                "Much of its work is done outside the timed call; the entry must be finished when it returns.",
            );
        }
        let calls = self.calibration.calls;
        let by_wall = summary(&self.rounds, calls);
        if self.task.setup.mode == Mode::Serial && others_had_the_core(self.waited) {
            tally.by_cpu += by_processor_clock(&mut self.rounds);
            let mut launch = summary(&self.rounds, calls);
            launch.wall_log_ratio = (launch != by_wall).then_some(by_wall.log_ratio);
            return Ok(launch);
        }
        Ok(by_wall)
    }
}

/// A runner stopped while timing: the original's is our fault, or the problem's.
fn failed(which: Which, stopped: RunnerStopped) -> CheckFailure {
    match which {
        Which::Original => CheckFailure::Harness(stopped.of_original("being timed")),
        Which::Candidate => CheckFailure::stopped(stopped, Stage::Time),
    }
}

fn rejected<T>(rule: &str, message: &str) -> Result<T, CheckFailure> {
    Err(CheckFailure::Candidate(Box::new(Evaluation::Rejected {
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
fn others_had_the_core(
    Sides {
        original,
        candidate,
    }: Sides<Waited>,
) -> bool {
    let own_doing = Duration::from_millis(2) * candidate.rounds + 4 * original.time;
    original.rounds >= 1
        && candidate.rounds <= 2 + 4 * original.rounds
        && candidate.time <= own_doing
}

/// Log ratio of two samples by the wall clock, or by the processor clock where other programs had the core and one thread
/// does all the work.
fn undisturbed(mode: Mode, samples: Sides<Sample>) -> f64 {
    match samples.map(|sample| sample.cpu).both() {
        Some(cpu) if mode == Mode::Serial && samples.any(preempted) => ratio(cpu),
        _ => ratio(samples.map(|sample| sample.wall)),
    }
}

/// An input as it is checked, with as many cases as are timed: another class of values at the timed size, or another
/// size. `None` where the problem has neither.
fn unlike(
    task: TimingTask<'_>,
    calibration: Calibration,
    rng: &mut fastrand::Rng,
) -> Option<CaseInput> {
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
        (Some(values), size) if size.is_none() || rng.bool() => Some(CaseInput {
            values: *values,
            ..usual
        }),
        (_, Some(size)) if *size <= usual.size => Some(CaseInput {
            size: *size,
            ..usual
        }),
        _ => None,
    }
}

/// Reads the rounds during which something else had the core from the processor clock, on both sides. One thread that
/// may not start another cannot have its work done by anybody else, so that clock misses nothing. How many there were.
fn by_processor_clock(rounds: &mut [Sides<Sample>]) -> u32 {
    let mut count = 0;
    for samples in rounds {
        if samples.any(preempted)
            && let Some(cpu) = samples.map(|sample| sample.cpu).both()
        {
            samples.original.wall = cpu.original;
            samples.candidate.wall = cpu.candidate;
            count += 1;
        }
    }
    count
}

/// What the paused original leaves where it rounds upwards and downwards.
pub(super) fn rounded(
    original: &mut Runner,
    input: CaseInput,
    cancel: &Cancel,
) -> Result<[CaseOutputs; 2], RunnerStopped> {
    original.resume();
    let both = original.rounded(input, ORIGINAL_LIMIT, cancel);
    original.pause();
    both
}

pub(super) fn sample(
    runner: &mut Runner,
    input: CaseInput,
    poison: u64,
    limit: Duration,
    left: &mut CaseOutputs,
    cancel: &Cancel,
) -> Result<Sample, RunnerStopped> {
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

fn summary(rounds: &[Sides<Sample>], calls: u32) -> Launch {
    let wall = |samples: &Sides<Sample>| samples.map(|sample| sample.wall);
    let logs: Vec<f64> = rounds.iter().map(|samples| ratio(wall(samples))).collect();
    let cpu: Vec<f64> = rounds
        .iter()
        .filter_map(|samples| Some(ratio(samples.map(|sample| sample.cpu).both()?)))
        .collect();
    let time = |of: fn(Sides<Duration>) -> Duration| {
        let all: Vec<f64> = rounds
            .iter()
            .map(|samples| of(wall(samples)).as_secs_f64())
            .collect();
        Nanos((stats::median(&all) * 1e9 / f64::from(calls)).round() as u64)
    };
    Launch {
        log_ratio: stats::median(&logs),
        original: time(|both| both.original),
        candidate: time(|both| both.candidate),
        cpu_log_ratio: (cpu.len() == rounds.len()).then(|| stats::median(&cpu)),
        wall_log_ratio: None,
    }
}

/// ln(original/candidate); a clock that did not move counts as a nanosecond.
fn ratio(times: Sides<Duration>) -> f64 {
    let floor = |d: Duration| d.as_secs_f64().max(1e-9);
    (floor(times.original) / floor(times.candidate)).ln()
}

#[cfg(test)]
mod tests;

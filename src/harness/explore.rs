//! Finds out what a new problem's original bears: sizes and values at which it ends by itself or leaves its memory, and the
//! size at which one call takes a time that can be measured. Only the original runs; no candidate is judged.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::calibration::SAMPLE;
use super::gate::GateUse;
use super::process::shared::ROOM;
use super::runner::{CaseInput, CaseOutputs, Runner, RunnerLayout, RunnerSetup, RunnerStopped};
use super::toolchain::BuildPurpose;
use super::{Cancel, Harness, HarnessError, compile, given, sides, watch};
use crate::domain::problem::{Mode, Problem, Values};
use crate::domain::units::Nanos;

/// What one call at the timed size should take at least: a sample is several calls, and small inputs stay in the caches.
const WANTED: Duration = Duration::from_micros(500);
/// What it should take at most.
const MOST: Duration = Duration::from_millis(30);
/// What making an input may take.
const MAKING: Duration = Duration::from_millis(400);
/// Where a call takes less than twice as long at the second size as at the first, its time does not grow with the size.
const FLAT: (u64, u64) = (1 << 10, 1 << 17);
/// The largest size that is tried.
const LARGEST: u64 = 1 << 24;
/// A call that takes longer at a small size is not worth watching.
const LIMIT: Duration = Duration::from_secs(5);
/// How often a class of values is tried at every size, the first time always, then for at most so long: what the original
/// bears at one seed it need not bear at the next.
const TIMES: u64 = 24;
const CLASS_BUDGET: Duration = Duration::from_millis(400);
/// Sizes up to this may be left out without a word against the folder: many functions need an element or two.
const TINY: u64 = 2;
/// Up to this one all sizes may be: a filter needs as many elements as it has taps.
const LEAST: u64 = 16;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Explored {
    /// Sizes the original does not bear, and what happened.
    pub sizes: Vec<(u64, String)>,
    /// Classes of values it does not bear, and what happened.
    pub values: Vec<(Values, String)>,
    /// The smallest size that would have been timed and that it does not bear, and what happened.
    pub too_large: Option<(u64, String)>,
    /// The size to time.
    pub time: u64,
    /// What one call takes at that size.
    pub call: Nanos,
    /// Whether it bears all sizes but the smallest.
    pub bearable: bool,
}

impl Explored {
    /// Whether what it does not bear is only the smallest sizes or some special values, of these `tried` sizes.
    fn bears_all_but_small(&self, tried: &[u64]) -> bool {
        let refused = |size: &u64| self.sizes.iter().any(|(bad, _)| bad == size);
        let most = self.sizes.iter().map(|(size, _)| *size).max().unwrap_or(0);
        let below = |size: &&u64| (TINY + 1..=most).contains(*size);
        most <= LEAST && tried.iter().filter(below).all(refused)
    }
}

/// A side and how it is started again after it ended.
#[derive(Clone, Copy)]
struct Side<'a> {
    setup: &'a RunnerSetup,
    object: &'a Path,
    sanitizer: Option<&'a str>,
    cancel: &'a Cancel,
}

impl Side<'_> {
    /// Runs inputs until one ends the process; then in words how. `None`: all went well.
    fn all(
        &self,
        inputs: impl Iterator<Item = CaseInput>,
    ) -> Result<Option<(CaseInput, String)>, HarnessError> {
        let environment = |error: std::io::Error| HarnessError::Environment {
            what: format!("cannot write temporary files: {error}"),
            hint: "see whether the disk has room".to_owned(),
        };
        let report = tempfile::tempfile_in(&self.setup.folder).map_err(environment)?;
        let layout = RunnerLayout {
            watch: self.sanitizer.map(|sanitizer| (sanitizer, &report)),
            ..RunnerLayout::default()
        };
        let failed = |stopped: RunnerStopped| stopped.of_original("being tried");
        let mut runner =
            Runner::start(self.setup, self.object, layout, self.cancel).map_err(failed)?;
        let mut left = CaseOutputs::default();
        for input in inputs {
            let mut went = || {
                runner.make(input, 1, LIMIT, self.cancel)?;
                runner.call(LIMIT, self.cancel)?;
                runner.emit(&mut left, LIMIT, self.cancel)
            };
            match went() {
                Ok(()) => {}
                Err(RunnerStopped::Cancelled) => return Err(HarnessError::Cancelled),
                Err(RunnerStopped::Fault(what)) => return Err(failed(RunnerStopped::Fault(what))),
                // Watched code is slow; that speaks against nothing.
                Err(RunnerStopped::TimedOut(_)) if self.sanitizer.is_some() => return Ok(None),
                Err(RunnerStopped::TimedOut(limit)) => {
                    return Ok(Some((input, format!("it takes longer than {limit}"))));
                }
                Err(RunnerStopped::Crashed(how) | RunnerStopped::NotLoaded(how)) => {
                    let words = compile::bounded(report);
                    let how = match watch::understand(&words) {
                        Some((_, sentence)) => sentence,
                        // Without a report, a watched end is the sanitizer's own affair.
                        None if self.sanitizer.is_some() => return Ok(None),
                        None => how,
                    };
                    return Ok(Some((input, how)));
                }
            }
        }
        Ok(None)
    }
}

impl Harness {
    /// Explores a problem's original in serial mode.
    ///
    /// # Errors
    /// If its files do not compile or load, or the machine lacks something.
    pub fn explore(
        &self,
        problem: &Arc<Problem>,
        cancel: &Cancel,
    ) -> Result<Explored, HarnessError> {
        let inner = &*self.0;
        let _alone = inner
            .gate
            .pass(GateUse::Work, cancel, || {})
            .ok_or(HarnessError::Cancelled)?;
        let mode = Mode::Serial;
        let headers = self.headers(mode, BuildPurpose::Timing, problem.standard, cancel)?;
        let original = given::Original::new(&problem.original, problem.entry_name());
        let driver = sides::driver(&inner.bench, problem, &original, mode, &headers, cancel)?;
        let (built, entry) =
            sides::original(&inner.bench, problem, &driver, mode, &headers, cancel)?;
        let setup = self.setup(mode, driver.path(), headers.path());
        let mut found = Explored {
            time: problem.sizes.time,
            ..Explored::default()
        };
        let plain = built.path();
        let side = Side {
            setup: &setup,
            object: &plain,
            sanitizer: None,
            cancel,
        };
        let tried = Self::tried(problem);
        self.bears(problem, &tried, side, &mut found)?;
        let watched = match &inner.bench.compiler.sanitizer {
            None => None,
            Some(sanitizer) => {
                let headers =
                    self.headers(mode, BuildPurpose::Watching, problem.standard, cancel)?;
                let built = sides::built_for(
                    BuildPurpose::Watching,
                    &inner.bench,
                    &original,
                    &entry,
                    mode,
                    &headers,
                    &problem.original,
                    cancel,
                );
                built.ok().map(|built| (sanitizer, built))
            }
        };
        let object = watched.as_ref().map(|(_, built)| built.path());
        let side = watched.as_ref().zip(object.as_deref());
        let side = side.map(|((sanitizer, _), object)| Side {
            setup: &setup,
            object,
            sanitizer: Some(sanitizer.as_str()),
            cancel,
        });
        if let Some(side) = side {
            self.bears(problem, &tried, side, &mut found)?;
        }
        found.bearable = found.bears_all_but_small(&tried);
        if found.bearable {
            time(problem, &setup, &plain, cancel, &mut found)?;
            if let Some(side) = side {
                timed_is_borne(problem, side, &mut found)?;
            }
        }
        Ok(found)
    }

    /// The sizes that a problem is checked at.
    fn tried(problem: &Problem) -> Vec<u64> {
        let mut sizes: Vec<u64> = problem
            .sizes
            .check
            .iter()
            .chain(&problem.sizes.hidden)
            .copied()
            .collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    /// Tries every small size, then every class of values; what ends the process is noted and tried no more.
    fn bears(
        &self,
        problem: &Problem,
        sizes: &[u64],
        side: Side<'_>,
        found: &mut Explored,
    ) -> Result<(), HarnessError> {
        let input = |size, values| CaseInput {
            seed: size * 7919 + 17,
            size,
            values,
            exact_bits: problem.check.exact_bits,
            cases: 1,
        };
        // Whatever goes wrong goes wrong for the smallest sizes, or the folder is given up.
        for _ in 0..sizes.len() {
            let left: Vec<u64> = sizes
                .iter()
                .copied()
                .filter(|size| found.sizes.iter().all(|(bad, _)| bad != size))
                .collect();
            match side.all(
                left.iter()
                    .flat_map(|size| (0..3).map(move |again| (size, again)))
                    .map(|(size, again)| {
                        let mut input = input(*size, Values::Any);
                        input.seed += again;
                        input
                    }),
            )? {
                None => break,
                Some((input, how)) => found.sizes.push((input.size, how)),
            }
            if found.sizes.iter().any(|(size, _)| *size > LEAST) {
                break;
            }
        }
        if !found.bears_all_but_small(sizes) {
            return Ok(());
        }
        for values in problem
            .check
            .values
            .iter()
            .filter(|values| **values != Values::Any)
        {
            if found.values.iter().any(|(bad, _)| bad == values) {
                continue;
            }
            let left = sizes
                .iter()
                .filter(|size| found.sizes.iter().all(|(bad, _)| bad != *size));
            let left: Vec<u64> = left.copied().collect();
            let begun = Instant::now();
            let tried = (0..TIMES)
                .take_while(|again| *again == 0 || begun.elapsed() < CLASS_BUDGET)
                .flat_map(|again| left.iter().map(move |size| (*size, again)))
                .map(|(size, again)| {
                    let mut input = input(size, *values);
                    input.seed += again * 1_000_003;
                    input
                });
            if let Some((_, how)) = side.all(tried)? {
                found.values.push((*values, how));
            }
        }
        Ok(())
    }
}

/// Looks for the smallest size, doubling, at which one call takes long enough.
fn time(
    problem: &Problem,
    setup: &RunnerSetup,
    object: &Path,
    cancel: &Cancel,
    found: &mut Explored,
) -> Result<(), HarnessError> {
    let failed = |stopped: RunnerStopped| stopped.of_original("being timed");
    let mut runner =
        Runner::start(setup, object, RunnerLayout::default(), cancel).map_err(failed)?;
    let mut best: Option<(u64, Duration)> = None;
    let mut longest: Option<(u64, Duration)> = None;
    let mut early = None;
    let mut size = 32;
    while size <= LARGEST {
        match once(&mut runner, problem, size, cancel) {
            Ok((call, making)) => {
                let too_long = best.is_some() && call > MOST;
                if too_long && best.is_some_and(|(_, before)| before >= WANTED / 4) {
                    break;
                }
                best = Some((size, call));
                if longest.is_none_or(|(_, known)| call > known) {
                    longest = best;
                }
                if size == FLAT.0 {
                    early = Some(call);
                }
                if size == FLAT.1 && early.is_some_and(|early| call < early * 2) {
                    break;
                }
                // A sample is as many calls as it takes, but making their inputs is bounded, too.
                let calls = (1.3 * SAMPLE.as_secs_f64() / call.as_secs_f64().max(1e-9)).ceil();
                let fits = making.as_secs_f64() * calls <= 0.012 || call >= SAMPLE * 3 / 2;
                // On a busy machine a short call may look long: it is believed once it was so three times.
                let mut lasts = || {
                    (0..2).all(|_| {
                        once(&mut runner, problem, size, cancel)
                            .is_ok_and(|(again, _)| again >= WANTED)
                    })
                };
                if making > MAKING || (call >= WANTED && fits && lasts()) {
                    break;
                }
            }
            Err(RunnerStopped::Cancelled) => return Err(HarnessError::Cancelled),
            // Memory or time ran out: the size before serves. Memory runs out only where there is much of it.
            Err(RunnerStopped::Crashed(how)) if size < LARGEST / 8 => {
                found.sizes.push((size, how));
                found.bearable = false;
                return Ok(());
            }
            Err(_) => break,
        }
        size *= 2;
    }
    // From some size on a function may refuse its work, and be quick.
    let refused = |(_, call): &(u64, Duration)| longest.is_some_and(|(_, most)| *call < most / 4);
    if let Some((size, call)) = best.filter(|best| !refused(best)).or(longest) {
        found.time = size;
        found.call = call.into();
    }
    Ok(())
}

/// Halves the size to time until the original bears it watched, and those a little above that candidates are watched at: a
/// sum over millions of elements may leave the range of its type.
fn timed_is_borne(
    problem: &Problem,
    side: Side<'_>,
    found: &mut Explored,
) -> Result<(), HarnessError> {
    let named = problem.sizes.check.iter().chain(&problem.sizes.hidden);
    let largest = named.copied().max().unwrap_or(0);
    while found.time / 2 > largest {
        let tried = (0..TIMES / 4).map(|again| CaseInput {
            seed: found.time + again,
            size: found.time + found.time / 4 + 3,
            values: Values::Any,
            exact_bits: problem.check.exact_bits,
            cases: 1,
        });
        let begun = Instant::now();
        let tried = tried.take_while(|_| begun.elapsed() < CLASS_BUDGET);
        let Some((input, how)) = side.all(tried)? else {
            break;
        };
        found.too_large = Some((input.size, how));
        found.time /= 2;
        found.call = Nanos(found.call.0 / 2);
    }
    Ok(())
}

/// What a call takes at a size, the mean over seeds of the better of two, and what all around one took.
fn once(
    runner: &mut Runner,
    problem: &Problem,
    size: u64,
    cancel: &Cancel,
) -> Result<(Duration, Duration), RunnerStopped> {
    let mut left = CaseOutputs::default();
    let mut calls = Vec::new();
    let mut whole = Duration::MAX;
    for again in 0..3 {
        let input = CaseInput {
            seed: size + again,
            size,
            values: Values::Any,
            exact_bits: problem.check.exact_bits,
            cases: 1,
        };
        let mut best = Duration::MAX;
        for _ in 0..2 {
            let begun = Instant::now();
            runner.make(input, 1, LIMIT, cancel)?;
            let took = runner.call(LIMIT, cancel)?;
            runner.emit(&mut left, LIMIT, cancel)?;
            // What is compared at a size half as large again must have room, too.
            if left.used as usize > ROOM / 8 {
                return Err(RunnerStopped::TimedOut(LIMIT.into()));
            }
            best = best.min(took);
            whole = whole.min(begun.elapsed().saturating_sub(took));
        }
        calls.push(best);
        if whole > MAKING {
            break;
        }
    }
    let mean = calls.iter().sum::<Duration>() / calls.len().max(1) as u32;
    Ok((mean, whole))
}

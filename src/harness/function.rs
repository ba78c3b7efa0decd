//! A C++ function: from problem to prepared originals, from candidate to verdict.
//! Never decides what a verdict means for a run, and never caches.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::cache::Key;
use super::calibration::{self, Calibration, Place};
use super::check::{self, Failure, Pair};
use super::compile::Built;
use super::gate::Want;
use super::headers::Headers;
use super::peaks::Peaks;
use super::process::sandbox::Level;
use super::timing::{self, Task};
use super::toolchain::Purpose;
use super::watch::Watch;
use super::{
    Cancel, Harness, HarnessError, Made, caveats, counters, given, plausible, races, remarks,
    runner, sides,
};
use crate::domain::evaluation::{Evaluated, Evaluation, Gate as Outcome, Stage};
use crate::domain::event::Progress;
use crate::domain::measurement::Verdict;
use crate::domain::problem::{Mode, Problem};

/// How long the evaluation of a candidate should take at most, waiting for others of ours apart. What is not done by then
/// is left out, and said.
const EVALUATION: Duration = Duration::from_secs(40);

/// A function made ready in one mode: original and driver compiled, calibrated.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) problem: Arc<Problem>,
    pub(super) original: given::Original,
    pub(super) built: Built,
    /// Keeps the driver's files.
    _driver: Built,
    pub(super) entry: String,
    pub(super) headers: Headers,
    /// The sanitizer with its headers, and what it sees of the original.
    pub(super) watch: Result<Watch, String>,
    /// Headers for builds whose threads are made to meet, in parallel mode.
    pub(super) disturbing: Option<Headers>,
    pub(super) setup: runner::Setup,
    pub(super) calibration: Calibration,
    pub(super) place: Place,
    /// What the machine can do, where the problem says what its work is.
    pub(super) peaks: Option<Peaks>,
}

impl Harness {
    /// Compiles original and driver, checks the original against itself, calibrates.
    pub(super) fn prepare_function(
        &self,
        problem: Arc<Problem>,
        mode: Mode,
        cancel: &Cancel,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Prepared, HarnessError> {
        let inner = &*self.0;
        if mode == Mode::Omp
            && inner.bench.compiler.clang
            && inner.bench.contained != Level::Nothing
        {
            return Err(HarnessError::Environment {
                what: "OpenMP code of clang cannot be contained: its runtime wants to write shared files".to_owned(),
                hint: "use g++ for OpenMP mode (CXX=g++), or serial mode".to_owned(),
            });
        }
        let queued = || progress(Progress::Queued);
        let pass = inner
            .gate
            .pass(Want::Work, cancel, queued)
            .ok_or(HarnessError::Cancelled)?;
        progress(Progress::Entered(Stage::Compile));
        let headers = self.headers(mode, Purpose::Timing, problem.standard, cancel)?;
        let original = given::Original::new(&problem.original, problem.entry_name());
        let driver = sides::driver(&inner.bench, &problem, &original, mode, &headers, cancel)?;
        let (built, entry) =
            sides::original(&inner.bench, &problem, &driver, mode, &headers, cancel)?;
        let setup = self.setup(mode, driver.path(), headers.path());
        progress(Progress::Entered(Stage::Check));
        let watch = self.watch(&problem, &original, &entry, &setup, cancel);
        let disturbing = match mode {
            Mode::Serial => None,
            Mode::Omp => self
                .headers(mode, Purpose::Disturbing, problem.standard, cancel)
                .ok(),
        };
        let path = built.path();
        Pair::start(&problem, &setup, [&path, &path], cancel)
            .and_then(|mut pair| {
                check::run(
                    &mut pair,
                    mode,
                    1,
                    fastrand::u64(..),
                    &mut Vec::new(),
                    cancel,
                )
            })
            .map_err(disagrees)?;
        drop(pass);
        let _alone = inner
            .gate
            .pass(Want::Time, cancel, queued)
            .ok_or(HarnessError::Cancelled)?;
        progress(Progress::Entered(Stage::Time));
        let place = Place::choose(mode);
        let calibration = calibration::calibrate(&problem, &setup, &path, place, cancel)?;
        let peaks = match problem.work.is_empty() {
            true => None,
            false => Some(self.peaks(mode, cancel)?),
        };
        Ok(Prepared {
            problem,
            original,
            built,
            _driver: driver,
            entry,
            headers,
            watch,
            disturbing,
            setup,
            calibration,
            place,
            peaks,
        })
    }

    /// How runners are started with a driver.
    pub(super) fn setup(&self, mode: Mode, driver: PathBuf, headers: &Path) -> runner::Setup {
        let inner = &*self.0;
        runner::Setup {
            runner: inner.bench.runner.clone(),
            driver,
            allocator: headers.join("arena.so"),
            mode,
            contained: inner.bench.contained,
            folder: inner.folder.path().join("empty"),
            cores: inner.cores,
        }
    }

    /// What a verdict on a candidate depends on. Needs nothing that preparing finds out.
    pub(super) fn function_key(&self, problem: &Problem, mode: Mode, made: Made<'_>) -> Key {
        let build = made.build.map_or_else(String::new, |build| {
            super::builds::fingerprint(build, &self.0.cpu_class)
        });
        Key::new(&[
            made.source,
            &problem.version,
            &problem.original,
            &problem.driver,
            mode.word(),
            &self.0.bench.compiler.fingerprint(&self.0.cpu_class),
            &self.0.cores.to_string(),
            self.0.sandbox,
            &build,
            // What a proof left open is told with every verdict.
            &problem.limits.join("\n"),
        ])
    }

    /// Compiles, checks and times a candidate; gates, caveats and remarks land in `evaluated` as they are known.
    pub(super) fn judge_function(
        &self,
        prepared: &Prepared,
        made: Made<'_>,
        seed: u64,
        cancel: &Cancel,
        progress: &(dyn Fn(Progress) + Sync),
        evaluated: &mut Evaluated,
    ) -> Result<Evaluation, Failure> {
        let source = made.source;
        let inner = &*self.0;
        let cancelled = || Failure::Harness(HarnessError::Cancelled);
        let queued = || progress(Progress::Queued);
        let mode = prepared.setup.mode;
        let mut seeds = fastrand::Rng::with_seed(seed);
        let pass = inner
            .gate
            .pass(Want::Work, cancel, queued)
            .ok_or_else(cancelled)?;
        progress(Progress::Entered(Stage::Compile));
        let begun = Instant::now();
        // The watched build runs beside the timed one, and the watched inputs beside the comparison.
        let part = cancel.part();
        let (check_seed, gates) = (seeds.u64(..), &mut evaluated.gates);
        let (built, mut pair, checked, seen, met) = std::thread::scope(|scope| {
            let (go, proceed) = std::sync::mpsc::channel();
            let (meet, meeting) = std::sync::mpsc::channel::<()>();
            let disturbing = (mode == Mode::Omp).then(|| {
                scope.spawn(|| {
                    let built = self.build_disturbed(prepared, source, &part);
                    meeting.into_iter().next()?;
                    let (problem, setup) = (&prepared.problem, &prepared.setup);
                    let original = prepared.built.path();
                    Some(races::look(problem, setup, &original, built, &part))
                })
            });
            let watching = scope.spawn(|| {
                let built = self.build_watched(prepared, source, &part);
                proceed.into_iter().next()?;
                Some(prepared.watched(&inner.bench, built, &part))
            });
            let compiled = sides::candidate(&inner.bench, prepared, made, cancel)
                .inspect(|built| evaluated.remarks = remarks::read(&built.remarks, source))
                .and_then(|built| {
                    progress(Progress::Entered(Stage::Load));
                    let sides = [&*prepared.built.path(), &*built.path()];
                    let pair = Pair::start(&prepared.problem, &prepared.setup, sides, cancel)?;
                    Ok((built, pair))
                })
                .inspect_err(|_| part.cancel());
            let (built, mut pair) = compiled?;
            progress(Progress::Entered(Stage::Check));
            let _ = go.send(());
            let _ = meet.send(());
            let calls = prepared.calibration.calls;
            let checked = check::run(&mut pair, mode, calls, check_seed, gates, cancel);
            if checked.as_ref().is_err_and(|failure| !failure.is_crash()) {
                part.cancel();
            }
            let seen = watching.join().ok().flatten();
            let met = disturbing.and_then(|thread| thread.join().ok().flatten());
            Ok((built, pair, checked, seen, met))
        })?;
        let sides = [&*prepared.built.path(), &*built.path()];
        let (gate, failure) = prepared.judge_watched(seen);
        checked.map_err(|crash| crash.explained(failure.as_ref()))?;
        if mode == Mode::Omp {
            check::at_other_threads(
                &mut pair,
                &prepared.setup,
                sides[1],
                check_seed,
                gates,
                cancel,
            )?;
        }
        drop(pair);
        gates.push(gate);
        if let Some(failure) = failure {
            return Err(failure);
        }
        if mode == Mode::Omp {
            let (gate, failure) = races::judge(met);
            gates.push(gate);
            if let Some(failure) = failure {
                return Err(failure);
            }
        }
        drop(pass);
        let checked = begun.elapsed();
        let _alone = inner
            .gate
            .pass(Want::Time, cancel, queued)
            .ok_or_else(cancelled)?;
        let begun = Instant::now().checked_sub(checked).unwrap_or(begun);
        progress(Progress::Entered(Stage::Time));
        let task = Task {
            problem: &prepared.problem,
            setup: &prepared.setup,
            sides,
            calibration: prepared.calibration,
            place: prepared.place,
            seed: seeds.u64(..),
            deadline: begun + EVALUATION,
        };
        let timed = |passed, detail| Outcome {
            name: "timed_outputs".to_owned(),
            passed: Some(passed),
            detail,
        };
        match timing::measure(task, cancel, progress) {
            Ok((mut measurement, mut tally)) => {
                let layout = match made.build {
                    // Shifting is an option of the standard build; another build is another layout already, and says so.
                    Some(_) => None,
                    None => self.over_layouts(prepared, source, task, &mut measurement, cancel)?,
                };
                evaluated.gates.push(timed(
                    true,
                    format!("{} timed calls compared with the original", tally.compared),
                ));
                evaluated.gates.push(returned(&tally));
                let against = prepared.peaks.as_ref().and_then(|peaks| {
                    plausible::against(&prepared.problem, mode, &measurement, peaks)
                });
                evaluated.gates.extend(against.map(|a| a.gate()));
                let [own, theirs] = tally.counted;
                evaluated
                    .gates
                    .extend(counters::words(own, theirs).map(|detail| Outcome {
                        name: "counters".to_owned(),
                        passed: Some(true),
                        detail,
                    }));
                let too_good = plausible::too_good(&measurement, against);
                // Where every timed call is a process's first there is nothing to compare it with.
                let claims = measurement.verdict == Verdict::Faster && task.calibration.warm > 0;
                let unseen = (claims && !plausible::known(&tally.first))
                    .then(|| "first calls were not seen while timing".to_owned());
                if let Some(why) = too_good.clone().or(unseen) {
                    let (problem, setup) = (&prepared.problem, &prepared.setup);
                    let seed = seeds.u64(..);
                    let first = &mut tally.first;
                    let (gate, failure) =
                        plausible::deeper(problem, setup, sides, &why, seed, first, cancel);
                    evaluated.gates.push(gate);
                    let again =
                        too_good.and_then(|_| plausible::only_again(&measurement, &tally.first));
                    if let Some(failure) = failure.or(again) {
                        return Err(failure);
                    }
                }
                evaluated.caveats = caveats::caveats(&measurement, &task, &tally);
                let too_fast = against.and_then(|a| a.caveat());
                let unknown = (claims && !plausible::known(&tally.first))
                    .then(plausible::first_calls_unknown);
                // A claim whose guard has no evidence, or that cannot be, is no claim.
                if too_fast.is_some() || unknown.is_some() {
                    measurement.verdict = Verdict::Unresolved;
                }
                evaluated.caveats.extend(unknown);
                evaluated.caveats.extend(layout.into_iter().chain(too_fast));
                evaluated.caveats.extend(super::builds::caveat(made.build));
                evaluated.caveats.extend(prepared.problem.caveats());
                Ok(Evaluation::Measured { measurement })
            }
            Err(failure) => {
                if matches!(&failure, Failure::Candidate(e) if matches!(**e, Evaluation::WrongAnswer { .. }))
                {
                    evaluated
                        .gates
                        .push(timed(false, "a timed call gave another answer".to_owned()));
                }
                Err(failure)
            }
        }
    }
}

/// Whether every call had returned when it said so, in words.
fn returned(tally: &timing::Tally) -> Outcome {
    let (passed, detail) = match tally.returned {
        0 => (
            None,
            "this kernel does not show where a process sleeps; told by processor time alone"
                .to_owned(),
        ),
        calls => (
            Some(true),
            format!("{calls} times the entry had returned when its end was timed"),
        ),
    };
    Outcome {
        name: "returned".to_owned(),
        passed,
        detail,
    }
}

/// The original failed its own check.
fn disagrees(failure: Failure) -> HarnessError {
    match failure {
        Failure::Harness(error) => error,
        Failure::Candidate(evaluation) => HarnessError::Problem {
            what: match *evaluation {
                Evaluation::WrongAnswer { mismatch } => format!(
                    "the original does not agree with itself at size {} with {}: {} is {} once and {} again; \
                     an output that is not always written must be an inout, an input that changes too",
                    mismatch.size, mismatch.values, mismatch.field, mismatch.expected, mismatch.got
                ),
                other => format!("the original failed its own check: {other:?}"),
            },
        },
    }
}

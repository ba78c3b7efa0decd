//! A C++ function: from problem to prepared originals, from candidate to verdict.
//! Never decides what a verdict means for a run, and never caches.

use std::sync::Arc;

use super::cache::Key;
use super::calibration::{self, Calibration, Place};
use super::check::{self, Failure, Pair};
use super::compile::Built;
use super::gate::Want;
use super::headers::Headers;
use super::timing::{self, Task};
use super::toolchain::Purpose;
use super::watch::Watch;
use super::{Cancel, Harness, HarnessError, caveats, given, remarks, runner, sides};
use crate::domain::evaluation::{Evaluated, Evaluation, Gate as Outcome, Stage};
use crate::domain::event::Progress;
use crate::domain::problem::{Mode, Problem};

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
    pub(super) setup: runner::Setup,
    pub(super) calibration: Calibration,
    pub(super) place: Place,
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
        let setup = runner::Setup {
            runner: inner.bench.runner.clone(),
            driver: driver.path(),
            allocator: headers.join("arena.so"),
            mode,
            contained: inner.bench.contained,
            folder: inner.folder.path().join("empty"),
            cores: inner.cores,
        };
        progress(Progress::Entered(Stage::Check));
        let watch = self.watch(&problem, &original, &entry, &setup, cancel);
        let path = built.path();
        Pair::start(&problem, &setup, [&path, &path], cancel)
            .and_then(|mut pair| {
                check::run(&mut pair, mode, fastrand::u64(..), &mut Vec::new(), cancel)
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
        Ok(Prepared {
            problem,
            original,
            built,
            _driver: driver,
            entry,
            headers,
            watch,
            setup,
            calibration,
            place,
        })
    }

    /// What a verdict on `source` depends on.
    pub(super) fn function_key(&self, prepared: &Prepared, source: &str) -> Key {
        Key::new(&[
            source,
            &prepared.problem.version,
            &prepared.problem.original,
            &prepared.problem.driver,
            prepared.setup.mode.word(),
            &self.0.bench.compiler.fingerprint(&self.0.cpu),
            self.0.sandbox,
        ])
    }

    /// Compiles, checks and times a candidate; gates, caveats and remarks land in `evaluated` as they are known.
    pub(super) fn judge_function(
        &self,
        prepared: &Prepared,
        source: &str,
        seed: u64,
        cancel: &Cancel,
        progress: &(dyn Fn(Progress) + Sync),
        evaluated: &mut Evaluated,
    ) -> Result<Evaluation, Failure> {
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
        let built = sides::candidate(&inner.bench, prepared, source, cancel)?;
        evaluated.remarks = remarks::read(&built.remarks, source);
        let sides = [&*prepared.built.path(), &*built.path()];
        progress(Progress::Entered(Stage::Load));
        let mut pair = Pair::start(&prepared.problem, &prepared.setup, sides, cancel)?;
        progress(Progress::Entered(Stage::Check));
        let (check_seed, gates) = (seeds.u64(..), &mut evaluated.gates);
        let (checked, seen) = std::thread::scope(|scope| {
            // The watched build needs a core for itself only while answers are being compared.
            let watching = scope.spawn(|| self.watched(prepared, source, cancel));
            let checked = check::run(&mut pair, mode, check_seed, gates, cancel);
            (checked, watching.join().ok())
        });
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
        drop(pass);
        let _alone = inner
            .gate
            .pass(Want::Time, cancel, queued)
            .ok_or_else(cancelled)?;
        progress(Progress::Entered(Stage::Time));
        let task = Task {
            problem: &prepared.problem,
            setup: &prepared.setup,
            sides,
            calibration: prepared.calibration,
            place: prepared.place,
            seed: seeds.u64(..),
        };
        let timed = |passed, detail| Outcome {
            name: "timed_outputs".to_owned(),
            passed: Some(passed),
            detail,
        };
        match timing::measure(task, cancel, progress) {
            Ok((measurement, tally)) => {
                evaluated.gates.push(timed(
                    true,
                    format!("{} timed calls compared with the original", tally.compared),
                ));
                evaluated.caveats = caveats::caveats(&measurement, &task, tally);
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

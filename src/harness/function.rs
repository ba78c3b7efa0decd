//! A C++ function made ready: original and driver compiled, checked, calibrated.
//! Never judges a candidate, and never caches.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::cache::CacheKey;
use super::calibration::{self, Calibration, CorePlace};
use super::check::{self, CheckFailure, Pair};
use super::compile::Built;
use super::gate::GateUse;
use super::headers::Headers;
use super::peaks::Peaks;
use super::process::sandbox::Level;
use super::side_pair::Sides;
use super::toolchain::BuildPurpose;
use super::watch::SanitizerWatch;
use super::{Cancel, CandidateCode, Harness, HarnessError, given, runner, sides};
use crate::domain::evaluation::{Evaluation, Stage};
use crate::domain::event::Progress;
use crate::domain::problem::{Mode, Problem};

/// A function made ready in one mode: original and driver compiled, calibrated.
#[derive(Debug)]
pub(super) struct PreparedFunction {
    pub(super) problem: Arc<Problem>,
    pub(super) original: given::Original,
    pub(super) built: Built,
    /// Keeps the driver's files.
    _driver: Built,
    pub(super) entry: String,
    pub(super) headers: Headers,
    /// The sanitizer with its headers, and what it sees of the original.
    pub(super) watch: Result<SanitizerWatch, String>,
    /// Headers for builds whose threads are made to meet, in parallel mode.
    pub(super) disturbing: Option<Headers>,
    pub(super) setup: runner::RunnerSetup,
    pub(super) calibration: Calibration,
    pub(super) place: CorePlace,
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
    ) -> Result<PreparedFunction, HarnessError> {
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
            .pass(GateUse::Work, cancel, queued)
            .ok_or(HarnessError::Cancelled)?;
        progress(Progress::Entered(Stage::Compile));
        let headers = self.headers(mode, BuildPurpose::Timing, problem.standard, cancel)?;
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
                .headers(mode, BuildPurpose::Disturbing, problem.standard, cancel)
                .ok(),
        };
        let path = built.path();
        Pair::start(&problem, &setup, Sides::same(&*path), cancel)
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
            .pass(GateUse::Time, cancel, queued)
            .ok_or(HarnessError::Cancelled)?;
        progress(Progress::Entered(Stage::Time));
        let place = CorePlace::choose(mode);
        let calibration = calibration::calibrate(&problem, &setup, &path, place, cancel)?;
        let peaks = match problem.work.is_empty() {
            true => None,
            false => Some(self.peaks(mode, cancel)?),
        };
        Ok(PreparedFunction {
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
    pub(super) fn setup(&self, mode: Mode, driver: PathBuf, headers: &Path) -> runner::RunnerSetup {
        let inner = &*self.0;
        runner::RunnerSetup {
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
    pub(super) fn function_key(
        &self,
        problem: &Problem,
        mode: Mode,
        made: CandidateCode<'_>,
    ) -> CacheKey {
        let build = made.build.map_or_else(String::new, |build| {
            super::builds::fingerprint(build, &self.0.cpu_class)
        });
        CacheKey::new(&[
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
}

/// The original failed its own check.
fn disagrees(failure: CheckFailure) -> HarnessError {
    match failure {
        CheckFailure::Harness(error) => error,
        CheckFailure::Candidate(evaluation) => HarnessError::Problem {
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

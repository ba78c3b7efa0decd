//! A project judged by its own commands: from problem to private copies, from candidate to verdict.
//! Never touches the project itself, and never decides what a verdict means for a run.
//!
//! There are two copies, at paths of equal length: the original's, which no candidate's process can write, and the
//! candidate's, which is put back as it was before each candidate, build output included. A candidate is text for the
//! regions and nothing else. Its build is kept aside while its tests run, so that tests cannot touch what is timed, and
//! no file of the project may change while they do. Right means that the tests pass: what they do not check, nobody
//! checked, and every measurement says so.

mod contest;
mod copy;
mod first_look;
mod judge;
mod packages;
mod removes;
mod run;
mod timing;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;

use super::check::CheckFailure;
use super::compile::Bench;
use super::gate::GateUse;
use super::supervise::CommandReport;
use super::{Cancel, Harness, HarnessError, stats};
use crate::domain::evaluation::Stage;
use crate::domain::event::Progress;
use crate::domain::measurement::Measurement;
use crate::domain::problem::Problem;
use crate::domain::project::{Network, Project};
use copy::CopyState;
use packages::Packages;
use run::{CommandStep, ProjectCopy, run};
use timing::Timing;

pub use first_look::TriedCommands;
pub use packages::package_folders;

/// A bench shorter than this measures how a process starts.
const SHORTEST: Duration = Duration::from_millis(20);
/// Identical code may differ by no more than this, as half of an interval on the log scale.
const NOISIEST: f64 = 0.25;
/// Once it differs by no more than this, trying out ends.
const QUIET: f64 = 0.05;
/// Launches after which identical code must look alike.
const TRIAL: usize = 18;

/// A project made ready.
#[derive(Debug)]
pub(super) struct PreparedProject {
    pub(super) problem: Arc<Problem>,
    project: Project,
    /// Holds the copies.
    _folder: TempDir,
    original: ProjectCopy,
    candidate: ProjectCopy,
    /// The candidate's copy as it was built from the original.
    pristine: ProjectCopy,
    /// The candidate's build while its tests run.
    aside: ProjectCopy,
    /// The files of the project in the candidate's copy.
    sources: BTreeSet<std::path::PathBuf>,
    /// Time of one bench of the original.
    usual: Duration,
    /// What the original's bench prints, if it prints the same every time.
    prints: Option<String>,
    /// Kinds of folders in which the original's first bench leaves files: it may still build something.
    builds_in: BTreeSet<String>,
    /// Kinds of files that the original's bench leaves.
    leaves: Mutex<BTreeSet<String>>,
    /// What identical code looked like.
    noise: f64,
    /// Digest of the project's files.
    digest: String,
    /// One candidate at a time uses the copy.
    turn: Mutex<()>,
}

fn broken(what: impl Into<String>) -> HarnessError {
    HarnessError::Problem { what: what.into() }
}

/// A step that must end well before any change.
fn must(
    report: &CommandReport,
    time: Duration,
    what: &str,
    advice: &str,
) -> Result<(), HarnessError> {
    match run::how(report, time) {
        None => Ok(()),
        Some(how) => Err(broken(format!(
            "{what}: {how}. {advice} Its last lines:\n{}",
            run::last_words(report, 15)
        ))),
    }
}

impl Harness {
    /// Makes the copies, builds, tests and benches the original, and sees whether identical code looks alike.
    pub(super) fn prepare_command(
        &self,
        problem: Arc<Problem>,
        project: &Project,
        cancel: &Cancel,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<PreparedProject, HarnessError> {
        let bench = &self.0.bench;
        let queued = || progress(Progress::Queued);
        let cancelled = HarnessError::Cancelled;
        let pass = self
            .0
            .gate
            .pass(GateUse::Work, cancel, queued)
            .ok_or(cancelled)?;
        progress(Progress::Entered(Stage::Compile));
        let folder = bench.folder().map_err(|error| HarnessError::Environment {
            what: format!("cannot make a temporary folder: {error}"),
            hint: "see whether the disk has room, or set TMPDIR".to_owned(),
        })?;
        let side = |name: &str| ProjectCopy {
            folder: folder.path().join(name),
        };
        let (original, candidate, pristine, aside) = (side("a"), side("b"), side("p"), side("k"));
        let listing = copy::list(&project.root, &project.exclude, project.limits.copy << 20)
            .map_err(broken)?;
        let files = project
            .render(&problem.original)
            .map_err(|error| broken(error.to_string()))?;
        let mut digest = String::new();
        let packages = Packages::of(project, &listing);
        let project = &packages.project;
        let mut sources: BTreeSet<_> = listing.files.iter().cloned().collect();
        for side in [&original, &candidate] {
            digest = copy::copy(&project.root, &listing, &side.project()).map_err(broken)?;
            sources.extend(packages.lay(side).map_err(broken)?);
            write(side, &files)?;
            set_up_and_build(bench, project, side, cancel)?;
        }
        copy::restore(&candidate.folder, &pristine.folder).map_err(broken)?;
        progress(Progress::Entered(Stage::Check));
        let time = Duration::from_secs(project.limits.test);
        let report = run(bench, project, &candidate, CommandStep::Test, time, cancel)?;
        must(
            &report,
            time,
            "the tests are red before any change, so nothing can be judged",
            "Make them green first, in a fresh copy of the project.",
        )?;
        copy::restore(&pristine.folder, &candidate.folder).map_err(broken)?;
        drop(pass);
        let _alone = self
            .0
            .gate
            .pass(GateUse::Time, cancel, queued)
            .ok_or(HarnessError::Cancelled)?;
        progress(Progress::Entered(Stage::Time));
        let mut prepared = PreparedProject {
            sources,
            problem: Arc::clone(&problem),
            project: project.clone(),
            _folder: folder,
            original,
            candidate,
            pristine,
            aside,
            usual: Duration::ZERO,
            prints: None,
            builds_in: BTreeSet::new(),
            leaves: Mutex::default(),
            noise: 0.0,
            digest,
            turn: Mutex::default(),
        };
        self.try_out(&mut prepared, cancel, progress)?;
        Ok(prepared)
    }

    /// Benches the original in both copies.
    fn try_out(
        &self,
        prepared: &mut PreparedProject,
        cancel: &Cancel,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<(), HarnessError> {
        let bench = &self.0.bench;
        let project = prepared.project.clone();
        // The first run may still build something.
        let first = Duration::from_secs(project.limits.bench + project.limits.build);
        for side in [&prepared.original, &prepared.candidate] {
            let untried = look(side);
            let report = run(bench, &project, side, CommandStep::Bench, first, cancel)?;
            must(&report, first, BENCH_FAILS, BENCH_ADVICE)?;
            let touched = copy::touched(&untried, &look(side));
            prepared.builds_in.extend(copy::folders(&touched));
        }
        let before = [look(&prepared.original), look(&prepared.candidate)];
        let benched = self.bench_a_few_times(prepared, cancel)?;
        prepared.usual = Duration::from_secs_f64(stats::median(&benched.walls));
        is_long_enough(&project, &benched.walls)?;
        let mut tested = Timing {
            bench,
            project: &project,
            sides: [&prepared.original, &prepared.candidate],
            usual: prepared.usual,
            most: TRIAL,
            enough: |interval| interval.half <= QUIET,
            leaves: BTreeSet::new(),
            before,
            seed: fastrand::u64(..),
        };
        // Identical code: what both sides leave is what the bench leaves.
        let now = [look(&prepared.original), look(&prepared.candidate)];
        for side in [0, 1] {
            tested.leaves.extend(copy::kinds(&copy::touched(
                &tested.before[side],
                &now[side],
            )));
        }
        let timed = tested
            .measure(cancel, progress)
            .map_err(|failure| match failure {
                CheckFailure::Harness(error) => error,
                CheckFailure::Candidate(evaluation) => broken(format!(
                    "the original does not bench alike twice: {evaluation:?}"
                )),
            })?;
        prepared.noise = noise(&timed.measurement)?;
        if project.figure.is_none() {
            prepared.prints = benched.prints_the_same();
        }
        prepared.leaves = Mutex::new(timed.leaves);
        Ok(())
    }

    /// Benches both copies in turn, a short bench more often: on a busy machine one run says little.
    fn bench_a_few_times(
        &self,
        prepared: &PreparedProject,
        cancel: &Cancel,
    ) -> Result<Benched, HarnessError> {
        let project = &prepared.project;
        let time = Duration::from_secs(project.limits.bench);
        let mut benched = Benched::default();
        let pair = [&prepared.original, &prepared.candidate];
        let long = |wall: &f64| *wall > 5.0 * SHORTEST.as_secs_f64();
        for (number, side) in pair.into_iter().cycle().take(8).enumerate() {
            if number >= 2 && benched.walls.iter().all(long) {
                break;
            }
            let report = run(
                &self.0.bench,
                project,
                side,
                CommandStep::Bench,
                time,
                cancel,
            )?;
            must(&report, time, BENCH_FAILS, BENCH_ADVICE)?;
            if let Some(wanted) = &project.figure {
                timing::figure(&wanted.pattern, &report).ok_or_else(|| {
                    broken(format!(
                        "the bench prints nothing that matches bench_figure `{}`; its last lines:\n{}",
                        wanted.pattern,
                        run::last_words(&report, 8)
                    ))
                })?;
            }
            benched.walls.push(report.wall.as_secs_f64());
            benched.printed.push(report.out);
        }
        Ok(benched)
    }
}

/// Runs what a copy needs before its tests and its bench.
fn set_up_and_build(
    bench: &Bench,
    project: &Project,
    side: &ProjectCopy,
    cancel: &Cancel,
) -> Result<(), HarnessError> {
    if project.setup.is_some() {
        let time = Duration::from_secs(project.limits.setup);
        let report = run(bench, project, side, CommandStep::Setup, time, cancel)?;
        let advice = match project.network {
            Network::Never => "It has no network; network = \"setup\" in [project] allows it.",
            Network::Setup | Network::Always => "See what it needs.",
        };
        must(&report, time, "the setup failed", advice)?;
    }
    if project.build.is_some() {
        let time = Duration::from_secs(project.limits.build);
        let report = run(bench, project, side, CommandStep::Build, time, cancel)?;
        must(
            &report,
            time,
            "the build fails before any change",
            "It runs in a copy of the files that belong to the project, without network unless that is allowed.",
        )?;
    }
    Ok(())
}

const BENCH_FAILS: &str = "the bench fails before any change";
const BENCH_ADVICE: &str = "It must end well by itself.";

/// Benches of identical code: how long each took, in seconds, and what it printed.
#[derive(Default)]
struct Benched {
    walls: Vec<f64>,
    printed: Vec<String>,
}

impl Benched {
    /// What it prints, if that is the same every time and not nothing.
    fn prints_the_same(self) -> Option<String> {
        let mut printed = self.printed.into_iter();
        let first = printed.next().filter(|first| !first.trim().is_empty())?;
        printed.all(|other| other == first).then_some(first)
    }
}

/// Refuses a bench that is over before it can be timed, unless it times itself.
fn is_long_enough(project: &Project, walls: &[f64]) -> Result<(), HarnessError> {
    let least = walls.iter().copied().fold(f64::INFINITY, f64::min);
    if project.figure.is_none() && least < SHORTEST.as_secs_f64() {
        return Err(broken(format!(
            "the bench takes only {:.1} ms, which is mostly the start of its process. Let it repeat the work until it takes 0.1 to 2 s, \
             or let it print a figure and name that in bench_figure",
            least * 1e3
        )));
    }
    Ok(())
}

/// What a measurement of identical code says of the bench's noise; refused where it is too much, or favours one side.
fn noise(measurement: &Measurement) -> Result<f64, HarnessError> {
    let speedup = measurement.speedup;
    let noise = (speedup.hi / speedup.lo).ln() / 2.0;
    if noise > NOISIEST {
        return Err(broken(format!(
            "the bench is too noisy: identical code came out as {speedup} over {} launches. Close other programs, make the bench \
             longer or steadier (fixed seeds, no network, no sleeping, fewer threads), or raise `timing` in [project.limits]",
            measurement.launches.len()
        )));
    }
    if speedup.lo > 1.05 || speedup.hi < 0.95 {
        return Err(broken(format!(
            "the bench favours one of two identical copies: {speedup}. It may keep something between runs, or depend on where it lies"
        )));
    }
    Ok(noise)
}

/// The state of a side's files.
fn look(side: &ProjectCopy) -> CopyState {
    copy::state(&side.folder, &side.temporary())
}

/// Writes the regions' files into a copy.
fn write(side: &ProjectCopy, files: &[(String, String)]) -> Result<(), HarnessError> {
    for (path, text) in files {
        let at = side.project().join(path);
        let same = std::fs::read_to_string(&at).is_ok_and(|now| now == *text);
        if !same {
            write_one(&at, text).map_err(|error| {
                broken(format!("{path} cannot be written in the copy: {error}; it must be a file of the project"))
            })?;
        }
    }
    Ok(())
}

/// Replaces the text of a plain file that is there.
fn write_one(at: &Path, text: &str) -> std::io::Result<()> {
    if !std::fs::symlink_metadata(at)?.is_file() {
        return Err(std::io::Error::other("it is no plain file"));
    }
    std::fs::write(at, text)
}

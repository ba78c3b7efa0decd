//! A candidate of a project: written into its copy, built, tested, timed against the original's.
//! Never lets a candidate change anything but the regions before its own processes run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use super::super::cache::CacheKey;
use super::super::caveats;
use super::super::check::CheckFailure;
use super::super::gate::GateUse;
use super::super::stats::{self, LOOKS};
use super::super::supervise::{CommandEnd, CommandReport};
use super::super::{Cancel, Harness, HarnessError};
use super::run::{self, CommandStep, last_words, run};
use super::timing::{Timed, Timing, failed, left_behind, limit, rejected};
use super::{PreparedProject, copy, look, removes, write};
use crate::domain::evaluation::{Caveat, Evaluated, Evaluation, Gate, Mismatch, Stage};
use crate::domain::event::Progress;
use crate::domain::measurement::Verdict;
use crate::domain::project::Network;

/// Kept of what tests say, in bytes.
const TOLD: usize = 4 << 10;

impl Harness {
    /// What a verdict on `source` depends on. Toolchains are not ours to know: it holds while this program runs.
    pub(in super::super) fn command_key(
        &self,
        prepared: &PreparedProject,
        source: &str,
    ) -> CacheKey {
        let place = prepared.original.folder.display().to_string();
        CacheKey::new(&[
            "command",
            source,
            &prepared.problem.version,
            &prepared.digest,
            &place,
        ])
    }

    /// Builds, tests and times a candidate.
    pub(in super::super) fn judge_command(
        &self,
        prepared: &PreparedProject,
        source: &str,
        seed: u64,
        cancel: &Cancel,
        progress: &(dyn Fn(Progress) + Sync),
        evaluated: &mut Evaluated,
    ) -> Result<Evaluation, CheckFailure> {
        let queued = || progress(Progress::Queued);
        // Before the machine is asked for: who waits here must not keep others from timing.
        let _turn =
            turn(prepared, cancel, queued).ok_or(CheckFailure::Harness(HarnessError::Cancelled))?;
        let pass = self.pass(GateUse::Work, cancel, &queued)?;
        progress(Progress::Entered(Stage::Compile));
        self.build(prepared, source, cancel)?;
        progress(Progress::Entered(Stage::Check));
        self.test(prepared, cancel, evaluated)?;
        drop(pass);
        let _alone = self.pass(GateUse::Time, cancel, &queued)?;
        progress(Progress::Entered(Stage::Time));
        let evaluation = self.time(prepared, seed, cancel, progress, evaluated)?;
        evaluated
            .caveats
            .extend(removes::caveat(&prepared.project, source));
        Ok(evaluation)
    }

    fn pass(
        &self,
        want: GateUse,
        cancel: &Cancel,
        queued: &dyn Fn(),
    ) -> Result<super::super::gate::GatePass<'_>, CheckFailure> {
        self.0
            .gate
            .pass(want, cancel, queued)
            .ok_or(CheckFailure::Harness(HarnessError::Cancelled))
    }

    pub(super) fn build(
        &self,
        prepared: &PreparedProject,
        source: &str,
        cancel: &Cancel,
    ) -> Result<(), CheckFailure> {
        let project = &prepared.project;
        let files = project.render(source).map_err(|error| {
            rejected(
                "outside_regions",
                &format!("It cannot be put into the project: {error}."),
            )
        })?;
        if let Some(name) = removes::redefined(project, source) {
            return Err(rejected(
                "outside_regions",
                &format!(
                    "It defines `{name}`, which the file has outside of the part that may be changed: everybody else's calls would get the new one. Give yours another name."
                ),
            ));
        }
        ours(copy::restore(
            &prepared.pristine.folder,
            &prepared.candidate.folder,
        ))?;
        write(&prepared.candidate, &files).map_err(CheckFailure::Harness)?;
        if project.build.is_none() {
            return Ok(());
        }
        let time = Duration::from_secs(project.limits.build);
        let report = run(
            &self.0.bench,
            project,
            &prepared.candidate,
            CommandStep::Build,
            time,
            cancel,
        )
        .map_err(CheckFailure::Harness)?;
        if report.end == CommandEnd::Time {
            return Err(timed_out(Stage::Compile, time));
        }
        if let Some(how) = run::how(&report, time) {
            let words = diagnostics(&report);
            let first = words
                .lines()
                .find(|line| line.to_lowercase().contains("error"));
            return Err(candidate(Evaluation::NotCompiled {
                message: first.map_or_else(
                    || format!("the build failed: {how}"),
                    |line| line.trim().chars().take(300).collect(),
                ),
                diagnostics: words,
            }));
        }
        Self::changed_nothing(prepared, &files, "build")
    }

    fn test(
        &self,
        prepared: &PreparedProject,
        cancel: &Cancel,
        evaluated: &mut Evaluated,
    ) -> Result<(), CheckFailure> {
        let project = &prepared.project;
        let side = &prepared.candidate;
        ours(copy::restore(&side.folder, &prepared.aside.folder))?;
        let before = look(side);
        let time = Duration::from_secs(project.limits.test);
        let report = run(
            &self.0.bench,
            project,
            side,
            CommandStep::Test,
            time,
            cancel,
        )
        .map_err(CheckFailure::Harness)?;
        let gate = |passed, detail: String| Gate {
            name: "project_tests".to_owned(),
            passed: Some(passed),
            detail,
        };
        let words = last_words(&report, 24);
        match &report.end {
            CommandEnd::Code(0) => {
                let said = run::telling(&words).unwrap_or("they said nothing");
                evaluated
                    .gates
                    .push(gate(true, format!("`{}`: {said}", project.test)));
            }
            CommandEnd::Time => {
                evaluated
                    .gates
                    .push(gate(false, "they did not end in time".to_owned()));
                return Err(timed_out(Stage::Check, time));
            }
            CommandEnd::Signal(_) | CommandEnd::Limit(_) | CommandEnd::Code(132..=139) => {
                let how = run::how(&report, time).unwrap_or_default();
                evaluated.gates.push(gate(false, how.clone()));
                return Err(candidate(Evaluation::Crashed {
                    how: format!("{how}: {}", last_words(&report, 4)),
                    stage: Stage::Check,
                }));
            }
            CommandEnd::Code(_) | CommandEnd::Asked | CommandEnd::NotStarted(_) => {
                evaluated.gates.push(gate(false, "they failed".to_owned()));
                return Err(candidate(Evaluation::WrongAnswer {
                    mismatch: tests_failed(&words),
                }));
            }
        }
        let touched = copy::touched(&before, &look(side));
        if let Some(path) = source_among(prepared, &touched) {
            return Err(changed(&path, "tests"));
        }
        evaluated.gates.push(unchanged());
        // What is timed is what was built, whatever the tests did to it.
        ours(copy::restore(&prepared.aside.folder, &side.folder))
    }

    fn time(
        &self,
        prepared: &PreparedProject,
        seed: u64,
        cancel: &Cancel,
        progress: &(dyn Fn(Progress) + Sync),
        evaluated: &mut Evaluated,
    ) -> Result<Evaluation, CheckFailure> {
        let project = &prepared.project;
        let sides = [&prepared.original, &prepared.candidate];
        // The first run may still build something, as it could for the original.
        let time = limit(project, prepared.usual) + Duration::from_secs(project.limits.build);
        let before = look(sides[1]);
        let report = run(
            &self.0.bench,
            project,
            sides[1],
            CommandStep::Bench,
            time,
            cancel,
        )
        .map_err(CheckFailure::Harness)?;
        if let Some(how) = run::how(&report, time) {
            return Err(failed(1, &report, &how, time));
        }
        let now = look(sides[1]);
        let touched = copy::touched(&before, &now);
        if let Some(path) = source_among(prepared, &touched) {
            return Err(changed(&path, "bench"));
        }
        if let Some(folder) = copy::folders(&touched)
            .difference(&prepared.builds_in)
            .next()
        {
            return Err(left_behind(folder));
        }
        evaluated.gates.push(same_output(prepared, &report)?);
        let leaves = || {
            prepared
                .leaves
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        let timing = Timing {
            bench: &self.0.bench,
            project,
            sides,
            usual: prepared.usual,
            most: LOOKS.last().copied().unwrap_or(2),
            enough: stats::enough,
            leaves: leaves().clone(),
            before: [look(sides[0]), now],
            seed,
        };
        let Timed {
            measurement,
            cut,
            leaves: seen,
        } = timing.measure(cancel, progress)?;
        *leaves() = seen;
        evaluated.caveats = self.limits_of_trust(prepared, &measurement, cut);
        Ok(Evaluation::Measured { measurement })
    }

    /// The build may change only what it makes.
    fn changed_nothing(
        prepared: &PreparedProject,
        files: &[(String, String)],
        step: &str,
    ) -> Result<(), CheckFailure> {
        let regions: BTreeSet<&Path> = files.iter().map(|(file, _)| Path::new(file)).collect();
        let mut others = prepared
            .sources
            .iter()
            .filter(|path| !regions.contains(path.as_path()));
        match others.find(|path| !alike(prepared, path)) {
            Some(path) => Err(changed(path, step)),
            None => Ok(()),
        }
    }

    fn limits_of_trust(
        &self,
        prepared: &PreparedProject,
        measurement: &crate::domain::measurement::Measurement,
        cut: bool,
    ) -> Vec<Caveat> {
        let project = &prepared.project;
        let mut found = vec![Caveat {
            name: "trust".to_owned(),
            advice: format!(
                "Right means that the project's own tests pass (`{}`): what they do not check, nobody checked. Read the change before you use it.",
                project.test
            ),
        }];
        let mut add = |name: &str, advice: String| {
            found.push(Caveat {
                name: name.to_owned(),
                advice,
            });
        };
        if project.figure.is_some() {
            add(
                "self_reported",
                "The figure is the one the bench prints about itself, not a time that was measured from outside.".to_owned(),
            );
        }
        if project.network == Network::Always {
            add(
                "network",
                "Commands could use the network while they were tested and timed.".to_owned(),
            );
        }
        let launches = measurement.launches.len();
        let wide = stats::too_wide(measurement.speedup);
        if cut && (wide || measurement.verdict == Verdict::Unresolved) {
            add(
                "time_budget",
                format!(
                    "Timing stopped for time after {launches} launches. Measure again on a quiet machine, or raise `timing` in [project.limits]."
                ),
            );
        } else if wide {
            add(
                "wide_interval",
                format!(
                    "The interval is still wide after all {launches} launches: they differ much. Measure again on a quiet machine."
                ),
            );
        }
        if prepared.noise > 0.05 {
            add(
                "noisy_bench",
                format!(
                    "Identical code differed by ±{:.0} % with this bench. A longer or steadier one would tell more.",
                    prepared.noise * 100.0
                ),
            );
        }
        let cores = f64::from(self.0.cores);
        if let Some(load) = caveats::load().filter(|load| *load > cores) {
            add(
                "busy_machine",
                format!(
                    "The machine was busy (load {load:.1} on {cores} cores). Close other programs and measure again."
                ),
            );
        }
        found
    }
}

/// The copy, when it is this candidate's turn. `None` if cancelled.
pub(super) fn turn<'a>(
    prepared: &'a PreparedProject,
    cancel: &Cancel,
    queued: impl FnOnce(),
) -> Option<MutexGuard<'a, ()>> {
    let mut queued = Some(queued);
    loop {
        match prepared.turn.try_lock() {
            Ok(turn) => return Some(turn),
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => {}
        }
        if let Some(queued) = queued.take() {
            queued();
        }
        if cancel.is_cancelled() {
            return None;
        }
        std::thread::sleep(Duration::from_millis(30));
    }
}

fn ours(done: Result<(), String>) -> Result<(), CheckFailure> {
    done.map_err(|what| {
        CheckFailure::Harness(HarnessError::Environment {
            what,
            hint: "see whether the disk has room".to_owned(),
        })
    })
}

fn candidate(evaluation: Evaluation) -> CheckFailure {
    CheckFailure::Candidate(Box::new(evaluation))
}

fn timed_out(stage: Stage, limit: Duration) -> CheckFailure {
    candidate(Evaluation::TimedOut {
        stage,
        limit: limit.into(),
    })
}

fn changed(path: &Path, step: &str) -> CheckFailure {
    rejected(
        "changed_files",
        &format!(
            "Its {step} changed {}, a file of the project outside the regions; only the regions may be rewritten.",
            path.display()
        ),
    )
}

fn unchanged() -> Gate {
    Gate {
        name: "files_unchanged".to_owned(),
        passed: Some(true),
        detail: "no file of the project changed while its tests ran".to_owned(),
    }
}

/// The first file of the project among paths of a side.
fn source_among(prepared: &PreparedProject, touched: &[PathBuf]) -> Option<PathBuf> {
    touched
        .iter()
        .filter_map(|path| path.strip_prefix("project").ok())
        .find(|path| prepared.sources.contains(*path) && !alike_aside(prepared, path))
        .map(Path::to_owned)
}

/// Whether a file of the candidate's copy has the bytes it has in the one that was set aside after the build.
fn alike_aside(prepared: &PreparedProject, path: &Path) -> bool {
    same(
        &prepared.aside.project().join(path),
        &prepared.candidate.project().join(path),
    )
}

/// Whether a file of the candidate's copy has the bytes of the original.
fn alike(prepared: &PreparedProject, path: &Path) -> bool {
    same(
        &prepared.pristine.project().join(path),
        &prepared.candidate.project().join(path),
    )
}

fn same(a: &Path, b: &Path) -> bool {
    match (std::fs::symlink_metadata(a), std::fs::symlink_metadata(b)) {
        (Ok(x), Ok(y)) if x.is_symlink() || y.is_symlink() => {
            std::fs::read_link(a).ok() == std::fs::read_link(b).ok()
        }
        (Ok(x), Ok(y)) => {
            x.len() == y.len()
                && std::fs::read(a)
                    .ok()
                    .is_some_and(|text| std::fs::read(b).ok() == Some(text))
        }
        (Err(_), Err(_)) => true,
        _ => false,
    }
}

fn diagnostics(report: &CommandReport) -> String {
    let words = last_words(report, 80);
    // Compilers say the first error first, and it is the one that matters.
    let lines: Vec<&str> = words.lines().collect();
    let first = lines
        .iter()
        .position(|line| line.to_lowercase().contains("error"))
        .unwrap_or(0);
    bounded(&lines[first..].join("\n"))
}

fn bounded(text: &str) -> String {
    let mut text = text.to_owned();
    text.truncate(text.floor_char_boundary(TOLD));
    text
}

fn tests_failed(words: &str) -> Mismatch {
    said("tests", "tests that pass".to_owned(), bounded(words))
}

/// A difference that a project's own commands found.
fn said(field: &str, expected: String, got: String) -> Mismatch {
    Mismatch {
        size: 0,
        values: "the project's own".to_owned(),
        seed: String::new(),
        hidden: false,
        field: field.to_owned(),
        index: None,
        expected,
        got,
        example: None,
    }
}

/// Whether the bench prints what the original's prints, where that is always the same.
pub(super) fn same_output(
    prepared: &PreparedProject,
    report: &CommandReport,
) -> Result<Gate, CheckFailure> {
    let gate = |passed, detail: &str| Gate {
        name: "same_output".to_owned(),
        passed,
        detail: detail.to_owned(),
    };
    let Some(expected) = &prepared.prints else {
        return Ok(gate(
            None,
            "the bench prints nothing, or something else each time",
        ));
    };
    if *expected == report.out {
        return Ok(gate(
            Some(true),
            "the bench prints what it prints for the original",
        ));
    }
    let (ours, theirs) = expected
        .lines()
        .zip(report.out.lines())
        .find(|(a, b)| a != b)
        .unwrap_or(("(that many lines)", "(another number of lines)"));
    let short =
        |line: &str| -> String { line.chars().filter(|c| !c.is_control()).take(120).collect() };
    let words = format!(
        "The bench prints `{}` for Code A and `{}` for Code B.",
        short(ours),
        short(theirs)
    );
    Err(candidate(Evaluation::WrongAnswer {
        mismatch: said("what the bench prints", short(ours), words),
    }))
}

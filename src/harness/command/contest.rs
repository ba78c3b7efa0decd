//! Candidates of a project timed against each other: each is built once in the candidate's copy and laid aside; for a run of
//! its bench it is put back where it was built, since builds may know their path. Never runs tests: the winner's run again
//! when it is confirmed.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use super::super::check::CheckFailure;
use super::super::contest::{CONFIRMATIONS, Course, Field, LaunchLogs, Trouble, words};
use super::super::gate::GateUse;
use super::super::{Cancel, Harness, HarnessError};
use super::copy::{self, CopyState};
use super::judge::{same_output, turn};
use super::run::{self, CommandStep};
use super::timing::{failed, figure, left_behind, limit, rejected, rounds};
use super::{PreparedProject, look};
use crate::domain::candidate::Candidate;
use crate::domain::contest::Contest;
use crate::domain::evaluation::Stage;
use crate::domain::event::Progress;
use crate::domain::project::Better;

impl Harness {
    /// Builds the contenders and has their benches timed against each other.
    pub(in super::super) fn contest_projects(
        &self,
        prepared: &PreparedProject,
        contenders: &[&Candidate],
        seed: u64,
        cancel: &Cancel,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Contest, HarnessError> {
        let begun = Instant::now();
        let queued = || progress(Progress::Queued);
        let _turn = turn(prepared, cancel, queued).ok_or(HarnessError::Cancelled)?;
        let pass = self.0.gate.pass(GateUse::Work, cancel, queued);
        let pass = pass.ok_or(HarnessError::Cancelled)?;
        progress(Progress::Entered(Stage::Compile));
        let mut course = Course::new(contenders, seed);
        let limits = prepared.project.limits;
        let mut field = Copies {
            harness: self,
            prepared,
            aside: (0..contenders.len())
                .map(|at| prepared.candidate.folder.with_file_name(format!("c{at}")))
                .collect(),
            before: vec![CopyState::new(); contenders.len()],
            rng: fastrand::Rng::with_seed(seed),
            until: begun,
        };
        for (at, contender) in contenders.iter().enumerate() {
            match field.make_ready(at, &contender.source, cancel) {
                Ok(()) => {}
                Err(CheckFailure::Harness(error)) => return Err(error),
                Err(CheckFailure::Candidate(evaluation)) => course.fails(at, words(&evaluation)),
            }
        }
        drop(pass);
        let alone = self.0.gate.pass(GateUse::Time, cancel, queued);
        let _alone = alone.ok_or(HarnessError::Cancelled)?;
        progress(Progress::Entered(Stage::Time));
        field.until = Instant::now() + Duration::from_secs(limits.timing) * CONFIRMATIONS;
        course.run(&mut field, cancel, progress)?;
        Ok(course.end(begun.elapsed()))
    }
}

/// The contenders' copies, laid aside.
struct Copies<'a> {
    harness: &'a Harness,
    prepared: &'a PreparedProject,
    aside: Vec<PathBuf>,
    /// What each was before its first timed bench.
    before: Vec<CopyState>,
    rng: fastrand::Rng,
    until: Instant,
}

impl Drop for Copies<'_> {
    fn drop(&mut self) {
        for folder in &self.aside {
            // The folder they all stand in goes with the run.
            let _ = copy::clear(folder);
        }
    }
}

impl Copies<'_> {
    fn moved(&self, from: &PathBuf, to: &PathBuf) -> Result<(), CheckFailure> {
        std::fs::rename(from, to).map_err(|error| {
            CheckFailure::Harness(HarnessError::Environment {
                what: format!("a copy of the project cannot be moved: {error}"),
                hint: "see whether the disk has room".to_owned(),
            })
        })
    }

    /// Builds a contender, lets its bench run once, since the first run may still build something, and lays it aside.
    fn make_ready(&mut self, at: usize, source: &str, cancel: &Cancel) -> Result<(), CheckFailure> {
        let PreparedProject {
            project,
            usual,
            candidate: side,
            ..
        } = self.prepared;
        self.harness.build(self.prepared, source, cancel)?;
        let time = limit(project, *usual) + Duration::from_secs(project.limits.build);
        let bench = &self.harness.0.bench;
        let report = run::run(bench, project, side, CommandStep::Bench, time, cancel)
            .map_err(CheckFailure::Harness)?;
        if let Some(how) = run::how(&report, time) {
            return Err(failed(1, &report, &how, time));
        }
        same_output(self.prepared, &report)?;
        self.before[at] = look(side);
        self.moved(&side.folder, &self.aside[at])
    }

    /// One run of a contender's bench: the logarithm of its time, or of its figure where less is better.
    fn sample(&self, at: usize, cancel: &Cancel) -> Result<f64, CheckFailure> {
        let PreparedProject {
            project,
            usual,
            candidate: side,
            ..
        } = self.prepared;
        copy::clear(&side.folder).map_err(|error| {
            CheckFailure::Harness(HarnessError::Environment {
                what: format!("a copy of the project cannot be removed: {error}"),
                hint: "see whether something else uses it".to_owned(),
            })
        })?;
        self.moved(&self.aside[at], &side.folder)?;
        let time = limit(project, *usual);
        let bench = &self.harness.0.bench;
        let report = run::run(bench, project, side, CommandStep::Bench, time, cancel);
        self.moved(&side.folder, &self.aside[at])?;
        let report = report.map_err(CheckFailure::Harness)?;
        if let Some(how) = run::how(&report, time) {
            return Err(failed(1, &report, &how, time));
        }
        if report.left > 0 {
            return Err(rejected(
                "background_work",
                "Its bench ended while processes of it went on.",
            ));
        }
        same_output(self.prepared, &report)?;
        let Some(wanted) = &project.figure else {
            return Ok(report.wall.as_secs_f64().max(1e-9).ln());
        };
        let value = figure(&wanted.pattern, &report)
            .ok_or_else(|| failed(1, &report, "it did not print its figure", time))?;
        Ok(match wanted.better {
            Better::Lower => value.ln(),
            Better::Higher => -value.ln(),
        })
    }

    /// What is kept between runs would be counted as speed.
    fn leaves_nothing(&self, at: usize) -> Result<(), CheckFailure> {
        let known = self.prepared.leaves.lock();
        let known = known.unwrap_or_else(PoisonError::into_inner);
        let temporary = self.aside[at].join("home/tmp");
        let now = copy::state(&self.aside[at], &temporary);
        let kinds: BTreeSet<String> = copy::kinds(&copy::touched(&self.before[at], &now));
        match kinds.difference(&known).next() {
            None => Ok(()),
            Some(path) => Err(left_behind(path)),
        }
    }
}

impl Field for Copies<'_> {
    fn until(&self) -> Instant {
        self.until
    }

    fn launch(&mut self, running: &[usize], cancel: &Cancel) -> Result<LaunchLogs, Trouble> {
        let trouble = |at: usize, failure: CheckFailure| match failure {
            CheckFailure::Harness(error) => Trouble::Ours(error),
            CheckFailure::Candidate(evaluation) => Trouble::Of(at, words(&evaluation)),
        };
        let mut order = running.to_vec();
        let mut launch: LaunchLogs = vec![None; self.aside.len()];
        for round in 0..rounds(self.prepared.usual) {
            match round % 2 {
                0 => self.rng.shuffle(&mut order),
                _ => order.reverse(),
            }
            for at in order.iter().copied() {
                let time = self.sample(at, cancel).map_err(|f| trouble(at, f))?;
                launch[at].get_or_insert_default().push(time);
            }
        }
        for at in order {
            self.leaves_nothing(at).map_err(|f| trouble(at, f))?;
        }
        Ok(launch)
    }
}

//! From a candidate of a function to its verdict: built and checked, timed, and then believed or not.
//! Never prepares, and never caches.

use std::time::{Duration, Instant};

use super::check::{self, CheckFailure, Pair};
use super::compile::Built;
use super::function::PreparedFunction;
use super::gate::GateUse;
use super::side_pair::Sides;
use super::timing::{self, Tally, TimingTask};
use super::{
    Cancel, CandidateCode, Harness, HarnessError, caveats, counters, plausible, races, remarks,
    sides,
};
use crate::domain::evaluation::{Caveat, Evaluated, Evaluation, Gate, Stage};
use crate::domain::event::Progress;
use crate::domain::measurement::{Measurement, Verdict};
use crate::domain::problem::Mode;

/// How long the evaluation of a candidate should take at most, waiting for others of ours apart. What is not done by then
/// is left out, and said.
const EVALUATION: Duration = Duration::from_secs(40);

/// A candidate while it is judged.
pub(super) struct Judging<'a> {
    /// Where.
    pub(crate) harness: &'a Harness,
    /// Against what.
    pub(crate) prepared: &'a PreparedFunction,
    /// The candidate.
    pub(crate) made: CandidateCode<'a>,
    /// Ends it.
    pub(crate) cancel: &'a Cancel,
    /// Who is told how far it is.
    pub(crate) progress: &'a (dyn Fn(Progress) + Sync),
}

impl Judging<'_> {
    /// The verdict, with inputs from `seed`. Gates, caveats and remarks land in `evaluated` as they are known.
    pub(super) fn verdict(
        &self,
        seed: u64,
        evaluated: &mut Evaluated,
    ) -> Result<Evaluation, CheckFailure> {
        let mut seeds = fastrand::Rng::with_seed(seed);
        let pass = self.pass(GateUse::Work)?;
        let begun = Instant::now();
        let built = self.built_and_checked(seeds.u64(..), evaluated)?;
        drop(pass);
        let checked = begun.elapsed();
        let _alone = self.pass(GateUse::Time)?;
        let begun = Instant::now().checked_sub(checked).unwrap_or(begun);
        (self.progress)(Progress::Entered(Stage::Time));
        let (original, candidate) = (self.prepared.built.path(), built.path());
        let task = TimingTask {
            problem: &self.prepared.problem,
            setup: &self.prepared.setup,
            sides: Sides {
                original: &original,
                candidate: &candidate,
            },
            calibration: self.prepared.calibration,
            place: self.prepared.place,
            seed: seeds.u64(..),
            deadline: begun + EVALUATION,
        };
        let (measurement, tally, layout) = self.timed(task, evaluated)?;
        self.believed(task, (measurement, tally, layout), seeds.u64(..), evaluated)
    }

    fn pass(&self, want: GateUse) -> Result<super::gate::GatePass<'_>, CheckFailure> {
        let gate = &self.harness.0.gate;
        gate.pass(want, self.cancel, || (self.progress)(Progress::Queued))
            .ok_or(CheckFailure::Harness(HarnessError::Cancelled))
    }

    /// Builds it and compares its answers with the original's. The watched build and the one whose threads are made to
    /// meet are made beside the timed one, and run beside the comparison.
    fn built_and_checked(
        &self,
        seed: u64,
        evaluated: &mut Evaluated,
    ) -> Result<Built, CheckFailure> {
        let Self {
            harness,
            prepared,
            made,
            cancel,
            progress,
        } = *self;
        let (bench, source) = (&harness.0.bench, made.source);
        let (problem, setup) = (&prepared.problem, &prepared.setup);
        progress(Progress::Entered(Stage::Compile));
        let part = cancel.part();
        let gates = &mut evaluated.gates;
        let (built, mut pair, checked, seen, met) = std::thread::scope(|scope| {
            let (go, proceed) = std::sync::mpsc::channel();
            let (meet, meeting) = std::sync::mpsc::channel::<()>();
            let disturbing = (setup.mode == Mode::Omp).then(|| {
                scope.spawn(|| {
                    let built = harness.build_disturbed(prepared, source, &part);
                    meeting.into_iter().next()?;
                    let original = prepared.built.path();
                    Some(races::look(problem, setup, &original, built, &part))
                })
            });
            let watching = scope.spawn(|| {
                let built = harness.build_watched(prepared, source, &part);
                proceed.into_iter().next()?;
                Some(harness.watched(prepared, built, &part))
            });
            let compiled = sides::candidate(bench, prepared, made, cancel)
                .inspect(|built| evaluated.remarks = remarks::read(&built.remarks, source))
                .and_then(|built| {
                    progress(Progress::Entered(Stage::Load));
                    let sides = Sides {
                        original: &*prepared.built.path(),
                        candidate: &*built.path(),
                    };
                    let pair = Pair::start(problem, setup, sides, cancel)?;
                    Ok((built, pair))
                })
                .inspect_err(|_| part.cancel());
            let (built, mut pair) = compiled?;
            progress(Progress::Entered(Stage::Check));
            let _ = go.send(());
            let _ = meet.send(());
            let calls = prepared.calibration.calls;
            let checked = check::run(&mut pair, setup.mode, calls, seed, gates, cancel);
            if checked.as_ref().is_err_and(|failure| !failure.is_crash()) {
                part.cancel();
            }
            let seen = watching.join().ok().flatten();
            let met = disturbing.and_then(|thread| thread.join().ok().flatten());
            Ok((built, pair, checked, seen, met))
        })?;
        let (watched, failure) = prepared.judge_watched(seen);
        checked.map_err(|crash| crash.explained(failure.as_ref()))?;
        if setup.mode == Mode::Omp {
            check::at_other_threads(&mut pair, setup, &built.path(), seed, gates, cancel)?;
        }
        drop(pair);
        passes(gates, (watched, failure))?;
        if setup.mode == Mode::Omp {
            passes(gates, races::judge(met))?;
        }
        Ok(built)
    }

    /// Times it, with shifted builds where the claim is small.
    fn timed(
        &self,
        task: TimingTask<'_>,
        evaluated: &mut Evaluated,
    ) -> Result<(Measurement, Tally, Option<Caveat>), CheckFailure> {
        let gate = |passed, detail| Gate {
            name: "timed_outputs".to_owned(),
            passed: Some(passed),
            detail,
        };
        let (mut measurement, tally) = timing::measure(task, self.cancel, self.progress)
            .inspect_err(|failure| {
                if failure.is_wrong_answer() {
                    let detail = "a timed call gave another answer".to_owned();
                    evaluated.gates.push(gate(false, detail));
                }
            })?;
        let layout = match self.made.build {
            // Shifting is an option of the standard build; another build is another layout already, and says so.
            Some(_) => None,
            None => self.harness.over_layouts(
                self.prepared,
                self.made.source,
                task,
                &mut measurement,
                self.cancel,
            )?,
        };
        evaluated.gates.push(gate(
            true,
            format!("{} timed calls compared with the original", tally.compared),
        ));
        evaluated.gates.push(returned(&tally));
        Ok((measurement, tally, layout))
    }

    /// Puts a figure against what the machine can do and what a process's first call shows, and says what is to be known
    /// about it.
    fn believed(
        &self,
        task: TimingTask<'_>,
        (mut measurement, mut tally, layout): (Measurement, Tally, Option<Caveat>),
        seed: u64,
        evaluated: &mut Evaluated,
    ) -> Result<Evaluation, CheckFailure> {
        let (problem, setup) = (task.problem, task.setup);
        let against = self
            .prepared
            .peaks
            .as_ref()
            .and_then(|peaks| plausible::against(problem, setup.mode, &measurement, peaks));
        evaluated.gates.extend(against.map(|a| a.gate()));
        evaluated.of_machine = against.map(plausible::Against::share);
        let counted = counters::words(tally.counted);
        evaluated.gates.extend(counted.map(|detail| Gate {
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
            let first = &mut tally.first;
            let (gate, failure) =
                plausible::deeper(problem, setup, task.sides, &why, seed, first, self.cancel);
            let again = too_good.and_then(|_| plausible::only_again(&measurement, &tally.first));
            passes(&mut evaluated.gates, (gate, failure.or(again)))?;
        }
        evaluated.caveats = caveats::caveats(&measurement, &task, &tally);
        let too_fast = against.and_then(|a| a.caveat());
        let unknown =
            (claims && !plausible::known(&tally.first)).then(plausible::first_calls_unknown);
        // A claim whose guard has no evidence, or that cannot be, is no claim.
        if too_fast.is_some() || unknown.is_some() {
            measurement.verdict = Verdict::Unresolved;
        }
        evaluated.caveats.extend(unknown);
        evaluated.caveats.extend(layout.into_iter().chain(too_fast));
        evaluated
            .caveats
            .extend(super::builds::caveat(self.made.build));
        evaluated.caveats.extend(problem.caveats());
        Ok(Evaluation::Measured { measurement })
    }
}

/// Takes a gate in, and ends the judging where the candidate failed it.
fn passes(
    gates: &mut Vec<Gate>,
    (gate, failure): (Gate, Option<CheckFailure>),
) -> Result<(), CheckFailure> {
    gates.push(gate);
    failure.map_or(Ok(()), Err)
}

/// Whether every call had returned when it said so, in words.
fn returned(tally: &Tally) -> Gate {
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
    Gate {
        name: "returned".to_owned(),
        passed,
        detail,
    }
}

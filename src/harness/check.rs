//! The correctness gates: candidate against original, from the same seeds, in two processes.
//! Never times; never tells a candidate what is expected (that stays with the parent).

mod plan;

use std::path::Path;
use std::time::{Duration, Instant};

use super::output::{self, Difference, Equal};
use super::runner::{CaseInput, CaseOutputs, Runner, RunnerLayout, RunnerSetup, RunnerStopped};
use super::side_pair::Sides;
use super::{Cancel, HarnessError, diagnostics};
use crate::domain::evaluation::{Evaluation, Example, Gate, Mismatch, Stage};
use crate::domain::problem::{Mode, Problem, Tolerance, Values};

use plan::{Trial, plan};
pub(crate) use plan::{beyond_timed, small_inputs};

/// Time after which further classes of values at larger sizes are left out.
const BUDGET: Duration = Duration::from_millis(400);
/// How long many small inputs are tried, and how many at most: rare errors show in number only.
const MANY: (Duration, u32) = (Duration::from_millis(200), 20_000);
/// What all calls of a candidate may take beyond ten times what the original's took.
const ALL_CALLS: Duration = Duration::from_secs(10);
/// Calls faster than this are repeated to see whether they give the same again.
const REPEATED: Duration = Duration::from_millis(5);

/// Why checking or timing ended without a result.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum CheckFailure {
    /// The candidate's doing: its verdict.
    Candidate(Box<Evaluation>),
    /// Ours or the problem's.
    Harness(HarnessError),
}

impl CheckFailure {
    /// The candidate's runner stopped in `stage`.
    pub(crate) fn stopped(stopped: RunnerStopped, stage: Stage) -> Self {
        let verdict = |evaluation| Self::Candidate(Box::new(evaluation));
        match stopped {
            RunnerStopped::Crashed(how) => verdict(Evaluation::Crashed { how, stage }),
            RunnerStopped::TimedOut(limit) => verdict(Evaluation::TimedOut { stage, limit }),
            RunnerStopped::NotLoaded(why) => verdict(Evaluation::Crashed {
                how: format!(
                    "it cannot be loaded: {}",
                    diagnostics::escaped(&why)
                        .chars()
                        .take(300)
                        .collect::<String>()
                ),
                stage: Stage::Load,
            }),
            RunnerStopped::Cancelled => Self::Harness(HarnessError::Cancelled),
            RunnerStopped::Fault(what) => Self::Harness(HarnessError::Environment {
                what,
                hint: "see whether the machine is short of memory or processes".to_owned(),
            }),
        }
    }
}

impl CheckFailure {
    /// Whether the candidate ended by itself: a sanitizer may know more about it.
    pub(crate) fn is_crash(&self) -> bool {
        matches!(self, Self::Candidate(evaluation) if matches!(**evaluation, Evaluation::Crashed { .. }))
    }

    /// Whether it answered, and wrongly.
    pub(crate) fn is_wrong_answer(&self) -> bool {
        matches!(self, Self::Candidate(evaluation) if matches!(**evaluation, Evaluation::WrongAnswer { .. }))
    }

    /// A crash, with what a sanitizer said about the same code.
    pub(crate) fn explained(mut self, report: Option<&Self>) -> Self {
        if let (Self::Candidate(crash), Some(Self::Candidate(report))) = (&mut self, report)
            && let (Evaluation::Crashed { how, .. }, Evaluation::Rejected { message, .. }) =
                (&mut **crash, &**report)
        {
            how.push_str("; ");
            how.push_str(message);
        }
        self
    }
}

/// Both sides, ready to be compared.
pub(crate) struct Pair<'a> {
    /// The problem's rules.
    pub(crate) problem: &'a Problem,
    /// The original's runner.
    pub(crate) original: Runner,
    /// The candidate's runner.
    pub(crate) candidate: Runner,
    left: Sides<CaseOutputs>,
    /// What all calls took.
    took: Sides<Duration>,
    /// Processor time of the last call of each, where it could be read.
    last: Sides<Option<Duration>>,
}

/// A step's wall limit: ten times what the original took, two seconds at least.
pub(crate) fn limit(original: Duration) -> Duration {
    (original * 10).max(Duration::from_secs(2))
}

/// The original's own limit.
pub(crate) const ORIGINAL_LIMIT: Duration = Duration::from_secs(20);

impl<'a> Pair<'a> {
    /// Starts both.
    pub(crate) fn start(
        problem: &'a Problem,
        setup: &RunnerSetup,
        sides: Sides<&Path>,
        cancel: &Cancel,
    ) -> Result<Self, CheckFailure> {
        let layout = || RunnerLayout {
            pad: fastrand::usize(..4096),
            ..RunnerLayout::default()
        };
        let original = Runner::start(setup, sides.original, layout(), cancel)
            .map_err(|stopped| CheckFailure::Harness(stopped.of_original("being loaded")))?;
        let candidate = Runner::start(setup, sides.candidate, layout(), cancel)
            .map_err(|stopped| CheckFailure::stopped(stopped, Stage::Load))?;
        Ok(Self::new(problem, original, candidate))
    }

    /// From two running sides.
    pub(crate) fn new(problem: &'a Problem, original: Runner, candidate: Runner) -> Self {
        Self {
            problem,
            original,
            candidate,
            left: Sides::default(),
            took: Sides::default(),
            last: Sides::default(),
        }
    }

    /// Runs the original on an input and keeps what it leaves.
    fn run_original(
        &mut self,
        input: CaseInput,
        cancel: &Cancel,
    ) -> Result<Duration, CheckFailure> {
        let failed =
            |stopped: RunnerStopped| CheckFailure::Harness(stopped.of_original("being checked"));
        let side = &mut self.original;
        side.make(input, fastrand::u64(..), ORIGINAL_LIMIT, cancel)
            .map_err(failed)?;
        let before = side.cpu();
        let took = side.call(ORIGINAL_LIMIT, cancel).map_err(failed)?;
        self.last.original = used(side, before);
        side.emit(&mut self.left.original, ORIGINAL_LIMIT, cancel)
            .map_err(failed)?;
        if self.left.original.used as usize > self.left.original.bytes.len() {
            return Err(CheckFailure::Harness(HarnessError::Problem {
                what: format!(
                    "the outputs at size {} are larger than half a gigabyte",
                    input.size
                ),
            }));
        }
        self.took.original += took;
        Ok(took)
    }

    /// Runs both on one input and compares.
    pub(crate) fn compare(
        &mut self,
        input: CaseInput,
        cancel: &Cancel,
    ) -> Result<Equal, CheckFailure> {
        let took = self.run_original(input, cancel)?;
        let hidden = true;
        self.run_candidate(Trial { input, hidden }, took, Stage::Check, cancel)
    }

    /// ln(original/candidate) of the processor time of the last calls.
    pub(crate) fn last_log_ratio(&self) -> Option<f64> {
        let last = self.last.both()?.map(|time| time.as_secs_f64().max(1e-9));
        Some((last.original / last.candidate).ln())
    }

    fn run_candidate(
        &mut self,
        trial: Trial,
        took: Duration,
        stage: Stage,
        cancel: &Cancel,
    ) -> Result<Equal, CheckFailure> {
        let failed = |stopped: RunnerStopped| CheckFailure::stopped(stopped, stage);
        let limit = limit(took);
        let side = &mut self.candidate;
        side.make(trial.input, fastrand::u64(..), ORIGINAL_LIMIT, cancel)
            .map_err(failed)?;
        let before = side.cpu();
        self.took.candidate += side.call(limit, cancel).map_err(failed)?;
        self.last.candidate = used(side, before);
        let most = ALL_CALLS + 10 * self.took.original;
        if self.took.candidate > most {
            return Err(failed(RunnerStopped::TimedOut(most.into())));
        }
        side.emit(&mut self.left.candidate, ORIGINAL_LIMIT, cancel)
            .map_err(failed)?;
        judge(
            self.problem,
            trial.input,
            trial.hidden,
            self.left.as_ref(),
            || self.original.rounded(trial.input, ORIGINAL_LIMIT, cancel),
        )
    }
}

/// Processor time a side has used since it had used `before`.
fn used(side: &Runner, before: Option<Duration>) -> Option<Duration> {
    Some(side.cpu()?.saturating_sub(before?))
}

/// Compares what both sides left. `rounded` has the original answer again, rounding upwards and downwards throughout; it
/// is asked only where numbers differ by more than the problem's tolerance.
pub(crate) fn judge(
    problem: &Problem,
    input: CaseInput,
    hidden: bool,
    left: Sides<&CaseOutputs>,
    rounded: impl FnOnce() -> Result<[CaseOutputs; 2], RunnerStopped>,
) -> Result<Equal, CheckFailure> {
    let Sides {
        original,
        candidate,
    } = left;
    let wrong = |difference: Difference| {
        CheckFailure::Candidate(Box::new(Evaluation::WrongAnswer {
            mismatch: Mismatch {
                size: input.size,
                values: input.values.words().to_owned(),
                seed: format!("{:#018x}", input.seed),
                hidden,
                field: difference.field,
                index: difference.index,
                expected: difference.expected,
                got: difference.got,
                example: None,
            },
        }))
    };
    if output::changed_mode(&original.bytes, &candidate.bytes) {
        return Err(CheckFailure::Candidate(Box::new(Evaluation::Rejected {
            rule: "floating_point_mode".to_owned(),
            message: "The call leaves the processor's floating-point mode (rounding, denormals, exceptions) changed; it must stay as it is.".to_owned(),
        })));
    }
    if original.digest != candidate.digest {
        return Err(wrong(Difference {
            field: INPUTS.to_owned(),
            index: None,
            expected: "unchanged".to_owned(),
            got: "changed by the call".to_owned(),
        }));
    }
    let tolerance = output::tolerance(&problem.check, input.values);
    let (original, candidate) = (&original.bytes, &candidate.bytes);
    match output::compare(original, candidate, tolerance) {
        Ok(equal) => Ok(equal),
        Err(difference) if tolerance == Tolerance::Exact => Err(wrong(difference)),
        Err(difference) => match rounded() {
            Ok([up, down]) => {
                let rounded = Some([&*up.bytes, &*down.bytes]);
                output::compare_rounded(original, candidate, tolerance, rounded).map_err(wrong)
            }
            Err(RunnerStopped::Cancelled) => Err(CheckFailure::Harness(HarnessError::Cancelled)),
            // Code that never ends where everything rounds one way says nothing for the candidate.
            Err(_) => Err(wrong(difference)),
        },
    }
}

/// What a mismatch names when an input was changed.
pub(crate) const INPUTS: &str = "(inputs)";

/// How far checking came.
#[derive(Debug, Default)]
struct Tally {
    visible: u32,
    hidden: u32,
    classes: u32,
    exact: u32,
    left_out: u32,
    repeated: u32,
    other_bits: u32,
    many: u32,
}

impl Tally {
    fn count(&mut self, trial: Trial) {
        match (trial.input.values, trial.hidden) {
            (Values::Exact, _) => self.exact += 1,
            (Values::Any, true) => self.hidden += 1,
            (Values::Any, false) => self.visible += 1,
            _ => self.classes += 1,
        }
    }

    fn gates(&self) -> Vec<Gate> {
        let gate = |name: &str, count: u32, detail: String| Gate {
            name: name.to_owned(),
            passed: (count > 0).then_some(true),
            detail: if count > 0 {
                detail
            } else {
                "nothing to try".to_owned()
            },
        };
        let left_out = match self.left_out {
            0 => String::new(),
            n => format!(", {n} of the largest left out for time"),
        };
        let all = self.visible + self.hidden + self.classes + self.exact;
        vec![
            gate(
                "differential",
                self.visible,
                format!("{} sizes against the original", self.visible),
            ),
            gate(
                "hidden_sizes",
                self.hidden,
                format!("{} sizes that agents are not told", self.hidden),
            ),
            gate(
                "value_classes",
                self.classes,
                format!("{} inputs of special values{left_out}", self.classes),
            ),
            gate("many_inputs", self.many, {
                // No error in n calls: more than 3 in n is excluded with 95 % confidence (rule of three).
                let calls = self.many + self.visible + self.hidden + self.classes + self.exact;
                format!(
                    "{calls} calls right; an error in fewer than one of {} is not excluded",
                    calls / 3
                )
            }),
            gate(
                "exact_arithmetic",
                self.exact,
                format!("{} inputs compared bit for bit", self.exact),
            ),
            gate(
                "inputs_unchanged",
                all,
                format!("{all} inputs hashed after the call"),
            ),
            gate(
                "deterministic",
                self.repeated,
                match self.other_bits {
                    0 => format!("{} calls repeated, same bits", self.repeated),
                    n => format!(
                        "{} calls repeated, {n} with other bits within the tolerance",
                        self.repeated
                    ),
                },
            ),
        ]
    }
}

fn failed_gate(evaluation: &Evaluation, trial: Trial) -> &'static str {
    match evaluation {
        Evaluation::WrongAnswer { mismatch } if mismatch.field == INPUTS => "inputs_unchanged",
        _ => match (trial.input.values, trial.hidden) {
            (Values::Exact, _) => "exact_arithmetic",
            (Values::Any, true) => "hidden_sizes",
            (Values::Any, false) => "differential",
            _ => "value_classes",
        },
    }
}

/// Most numbers of inputs and of outputs of an example.
const SMALL: usize = 48;
/// How long and how often a small example is looked for, and the largest size that is tried.
const EXAMPLE: (Duration, usize, u64) = (Duration::from_millis(300), 60, 40);

/// A wrong answer, with a small input that shows it, if one of the sizes agents may know does. A hidden one is told by that.
fn exampled(
    pair: &mut Pair<'_>,
    seed: u64,
    failure: CheckFailure,
    cancel: &Cancel,
) -> CheckFailure {
    let CheckFailure::Candidate(mut evaluation) = failure else {
        return failure;
    };
    if let Evaluation::WrongAnswer { mismatch } = &mut *evaluation
        && mismatch.field != INPUTS
        && let Some(found) = pair.smaller(mismatch, seed, cancel)
    {
        *mismatch = found;
    }
    CheckFailure::Candidate(evaluation)
}

impl Pair<'_> {
    /// The same wrong answer on an input small enough to be shown whole.
    fn smaller(&mut self, found: &Mismatch, seed: u64, cancel: &Cancel) -> Option<Mismatch> {
        let (time, most, largest) = EXAMPLE;
        let begun = Instant::now();
        let mut draw = fastrand::Rng::with_seed(seed ^ 0x6578_616d);
        let mut sizes: Vec<u64> = self.problem.sizes.check.clone();
        sizes.retain(|size| (1..=largest).contains(size));
        sizes.sort_unstable();
        let values = self.problem.check.values.iter().copied();
        let classes = [Values::Any].into_iter().chain(
            values.filter(|values| values.words() == found.values && *values != Values::Any),
        );
        let classes: Vec<Values> = classes.collect();
        let each = most.div_ceil((sizes.len() * classes.len()).max(1));
        for (size, values) in sizes
            .iter()
            .flat_map(|size| classes.iter().map(move |v| (*size, *v)))
        {
            for _ in 0..each {
                if begun.elapsed() > time {
                    return None;
                }
                let input = CaseInput {
                    seed: draw.u64(..),
                    size,
                    values,
                    exact_bits: self.problem.check.exact_bits,
                    cases: 1,
                };
                let hidden = false;
                let took = self.run_original(input, cancel).ok()?;
                match self.run_candidate(Trial { input, hidden }, took, Stage::Check, cancel) {
                    Ok(_) => {}
                    Err(CheckFailure::Candidate(evaluation)) => {
                        let Evaluation::WrongAnswer { mismatch } = *evaluation else {
                            return None;
                        };
                        let example = self.example(input, cancel)?;
                        return Some(Mismatch {
                            example: Some(Box::new(example)),
                            ..mismatch
                        });
                    }
                    Err(CheckFailure::Harness(_)) => return None,
                }
            }
        }
        None
    }

    /// The input that was tried last with what both sides left; `None` where that is too much to show.
    fn example(&mut self, input: CaseInput, cancel: &Cancel) -> Option<Example> {
        let expected = output::listed(&self.left.original.bytes, SMALL)?;
        let got = output::listed(&self.left.candidate.bytes, SMALL)?;
        let inputs = self.original.inputs(input, ORIGINAL_LIMIT, cancel).ok()?;
        Some(Example {
            input: output::listed(&inputs.bytes, SMALL)?,
            expected,
            got,
        })
    }
}

/// Tries a candidate on everything; gates are appended as they are decided.
pub(crate) fn run(
    pair: &mut Pair<'_>,
    mode: Mode,
    calls: u32,
    seed: u64,
    gates: &mut Vec<Gate>,
    cancel: &Cancel,
) -> Result<(), CheckFailure> {
    tried(pair, mode, calls, seed, gates, cancel)
        .map_err(|failure| exampled(pair, seed, failure, cancel))
}

fn tried(
    pair: &mut Pair<'_>,
    mode: Mode,
    calls: u32,
    seed: u64,
    gates: &mut Vec<Gate>,
    cancel: &Cancel,
) -> Result<(), CheckFailure> {
    let (ordinary, further) = plan(pair.problem, mode, calls, seed);
    let begun = Instant::now();
    let mut tally = Tally::default();
    let smallest = further.len().min(pair.problem.check.values.len() * 2);
    for (number, trial) in ordinary.iter().chain(&further).copied().enumerate() {
        let spare = number >= ordinary.len() + smallest;
        if spare && begun.elapsed() > BUDGET {
            tally.left_out += 1;
            continue;
        }
        let took = pair.run_original(trial.input, cancel)?;
        let mut attempt = pair.run_candidate(trial, took, Stage::Check, cancel);
        if attempt.is_ok() && trial.input.values == Values::Any && took < REPEATED {
            let first = std::mem::take(&mut pair.left.candidate);
            attempt = pair.run_candidate(trial, took, Stage::Check, cancel);
            tally.repeated += 1;
            tally.other_bits += u32::from(first.bytes != pair.left.candidate.bytes);
        }
        if let Err(failure) = attempt {
            if let CheckFailure::Candidate(evaluation) = &failure {
                gates.push(Gate {
                    name: failed_gate(evaluation, trial).to_owned(),
                    passed: Some(false),
                    detail: format!("failed after {number} inputs were right"),
                });
            }
            return Err(failure);
        }
        tally.count(trial);
    }
    match many(pair, seed, cancel) {
        Ok(calls) => tally.many = calls,
        Err(failure) => {
            gates.push(Gate {
                name: "many_inputs".to_owned(),
                passed: Some(false),
                detail: "failed on one of many small inputs".to_owned(),
            });
            return Err(failure);
        }
    }
    gates.extend(tally.gates());
    Ok(())
}

/// Tries many small inputs, many at a time, as long as that is cheap. How many calls there were.
fn many(pair: &mut Pair<'_>, seed: u64, cancel: &Cancel) -> Result<u32, CheckFailure> {
    const CASES: u32 = 32;
    let problem = pair.problem;
    let mut draw = fastrand::Rng::with_seed(seed ^ 0x6d61_6e79);
    let sizes = problem.sizes.check.iter().chain(&problem.sizes.hidden);
    let sizes: Vec<u64> = sizes
        .copied()
        .filter(|size| (1..=300).contains(size))
        .collect();
    let (time, most) = MANY;
    let begun = Instant::now();
    let mut calls = 0;
    while let (Some(size), true) = (draw.choice(&sizes), begun.elapsed() < time && calls < most) {
        let values = match draw.choice(&problem.check.values) {
            Some(values) if draw.u8(..4) == 0 => *values,
            _ => Values::Any,
        };
        let input = CaseInput {
            seed: draw.u64(..),
            size: *size,
            values,
            exact_bits: problem.check.exact_bits,
            cases: CASES,
        };
        pair.compare(input, cancel)?;
        calls += CASES;
    }
    Ok(calls)
}

/// Tries a parallel candidate again with one thread and with three: a race, or work split for a fixed number of threads,
/// shows in other answers.
pub(crate) fn at_other_threads(
    pair: &mut Pair<'_>,
    setup: &RunnerSetup,
    side: &Path,
    seed: u64,
    gates: &mut Vec<Gate>,
    cancel: &Cancel,
) -> Result<(), CheckFailure> {
    let gate = |passed, detail| Gate {
        name: "threads".to_owned(),
        passed: Some(passed),
        detail,
    };
    let (ordinary, _) = plan(pair.problem, Mode::Omp, 1, seed);
    let mut calls = 0;
    for threads in [1, 3] {
        let layout = RunnerLayout {
            pad: fastrand::usize(..4096),
            threads: Some(threads),
            ..RunnerLayout::default()
        };
        pair.candidate = Runner::start(setup, side, layout, cancel)
            .map_err(|stopped| CheckFailure::stopped(stopped, Stage::Load))?;
        for trial in &ordinary {
            let took = pair.run_original(trial.input, cancel)?;
            pair.run_candidate(*trial, took, Stage::Check, cancel)
                .inspect_err(|_| {
                    gates.push(gate(false, format!("failed with {threads} threads")))
                })?;
            calls += 1;
        }
    }
    gates.push(gate(
        true,
        format!("{calls} calls with one and with three threads"),
    ));
    Ok(())
}

#[cfg(test)]
mod tests;

//! Python from a description: puts a candidate to tests, its own team's or the benchmark's hidden ones.
//!
//! Two contained interpreters, and trust flows one way. One holds the tests and asserts; in place of the function it has a
//! stand-in whose every call the parent carries to the other one, which holds the candidate and nothing else: no test, no
//! expected answer, no verdict. Back comes plain data. So a candidate cannot read tests from a frame, patch assertions
//! or builtins where they count, return an object that equals everything, or gain by ending early: what does not come
//! back as the right value in time is a failed test, and whatever it writes to the pipe itself is only an answer.
//!
//! Both run our binary's confinement first: they read the Python library and nothing else, write nothing, reach no
//! network, start no process; time, memory and the size of each line are bounded; both are killed at the end.
//!
//! Never promised: that a test's author is honest. Tests run in the first interpreter, so hostile tests can call
//! anything passed; those of a data set are as good as its author, and those of agents only steer the agents.

pub(crate) mod contained;
mod interpreter;
mod talk;
pub(crate) mod traced;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::json;

use self::interpreter::Interpreter;
use self::talk::{Silent, Talk};
use super::check::CheckFailure;
use super::gate::GateUse;
use super::process::sandbox::Level;
use super::{Cancel, Harness, HarnessError, PreparedKind, PreparedProblem as Any};
use crate::domain::codegen::{Codegen, FailedTest, Suite, Tested, preamble};
use crate::domain::evaluation::{Evaluated, Evaluation, Gate, Stage};
use crate::domain::event::Progress;
use crate::domain::problem::{Kind as Work, Problem};

const PLAIN: &str = include_str!("plain.py");
const CANDIDATE: &str = include_str!("candidate.py");
const TESTER: &str = include_str!("tester.py");

/// How long loading a candidate may take.
const LOADING: Duration = Duration::from_secs(10);
/// How long one call may take.
const CALL: Duration = Duration::from_secs(5);
/// How long the tests' side may think between calls.
const THINKING: Duration = Duration::from_secs(20);
/// How long all of it may take.
const ALL: Duration = Duration::from_secs(120);
/// How often a candidate that died or hung is started again for the next test.
const RESTARTS: u32 = 3;

/// A task made ready.
#[derive(Debug)]
pub(crate) struct PreparedCodegen {
    problem: Arc<Problem>,
    task: Codegen,
    setup: InterpreterSetup,
}

/// What an interpreter is started with.
#[derive(Debug, Clone)]
pub(crate) struct InterpreterSetup {
    runner: Option<PathBuf>,
    folder: PathBuf,
    contained: Level,
    interpreter: Interpreter,
}

/// Which tests.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tests<'a> {
    /// These assertions of the agents.
    Own(&'a [String]),
    /// The task's own.
    Hidden {
        /// Of what they draw at random.
        seed: u64,
    },
}

impl Harness {
    /// Finds Python, and sees whether the canonical solution passes the task's tests, if there is one.
    pub(super) fn prepare_codegen(
        &self,
        problem: Arc<Problem>,
        cancel: &Cancel,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<PreparedCodegen, HarnessError> {
        let Work::Codegen(task) = &problem.kind else {
            return Err(HarnessError::Problem {
                what: format!("{} is no task of code generation", problem.id),
            });
        };
        let setup = InterpreterSetup {
            runner: self.0.bench.runner.clone(),
            folder: self.0.folder.path().join("empty"),
            contained: self.0.bench.contained,
            interpreter: Interpreter::find()?,
        };
        let prepared = PreparedCodegen {
            task: (**task).clone(),
            problem: Arc::clone(&problem),
            setup,
        };
        let Some(canonical) = prepared.task.canonical.clone() else {
            return Ok(prepared);
        };
        let pass = self.0.gate.pass(GateUse::Work, cancel, || ());
        let _pass = pass.ok_or(HarnessError::Cancelled)?;
        progress(Progress::Entered(Stage::Check));
        let tests = Tests::Hidden { seed: 0 };
        match prepared
            .judge(&canonical, tests, cancel)
            .map(|judged| judged.0)
        {
            Ok(tested) if tested.all() && tested.total > 0 => Ok(prepared),
            Ok(tested) => Err(HarnessError::Problem {
                what: match &tested.failed {
                    Some(failed) => format!(
                        "the canonical solution passes {tested}; it fails `{}`: {}",
                        failed.test, failed.why
                    ),
                    None => format!("the canonical solution passes {tested}"),
                },
            }),
            Err(CheckFailure::Harness(error)) => Err(error),
            Err(CheckFailure::Candidate(evaluation)) => Err(HarnessError::Problem {
                what: match *evaluation {
                    Evaluation::NotCompiled { message, .. } => {
                        format!("the canonical solution does not load: {message}")
                    }
                    other => format!("the canonical solution fails: {}", other.outcome().word()),
                },
            }),
        }
    }

    /// Puts a candidate to the tests that its agents wrote. The seed of hidden tests plays no part.
    pub fn try_own(
        &self,
        prepared: &Any,
        source: &str,
        tests: &[String],
        cancel: &Cancel,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Option<Evaluated> {
        let PreparedKind::Codegen(prepared) = &prepared.0 else {
            return None;
        };
        Some(Self::timed(|evaluated| {
            let tests = Tests::Own(tests);
            self.judge_codegen(prepared, source, tests, cancel, progress, evaluated)
        }))
    }

    /// Puts a candidate to tests; gates land in `evaluated`.
    pub(super) fn judge_codegen(
        &self,
        prepared: &PreparedCodegen,
        source: &str,
        tests: Tests<'_>,
        cancel: &Cancel,
        progress: &(dyn Fn(Progress) + Sync),
        evaluated: &mut Evaluated,
    ) -> Result<Evaluation, CheckFailure> {
        let queued = || progress(Progress::Queued);
        let pass = self.0.gate.pass(GateUse::Work, cancel, queued);
        let _pass = pass.ok_or(CheckFailure::Harness(HarnessError::Cancelled))?;
        progress(Progress::Entered(Stage::Check));
        let (tested, calls, left_out) = prepared.judge(source, tests, cancel)?;
        let python = &prepared.setup.interpreter.version;
        let mut detail = format!("{tested}, {calls} calls, Python {python}");
        if left_out > 0 {
            detail.push_str(&format!(
                "; {left_out} inputs left out that the canonical solution cannot take"
            ));
        }
        evaluated.gates.push(Gate {
            name: "tests".to_owned(),
            passed: (tested.total > 0).then(|| tested.all()),
            detail,
        });
        Ok(Evaluation::Tested { tested })
    }
}

/// What the tests' side says at the end.
#[derive(Deserialize)]
struct Told {
    passed: u32,
    total: u32,
    failed: Option<FailedTest>,
    left_out: u32,
}

#[derive(Deserialize)]
struct Loaded {
    failed: Option<String>,
}

impl PreparedCodegen {
    /// The verdict, the calls it took, and the inputs that were left out.
    fn judge(
        &self,
        source: &str,
        tests: Tests<'_>,
        cancel: &Cancel,
    ) -> Result<(Tested, u64, u32), CheckFailure> {
        let begun = Instant::now();
        let mut candidate = self.load(source, cancel)?;
        let suite = match tests {
            Tests::Own(_) => Suite::Own,
            Tests::Hidden { .. } => Suite::Hidden,
        };
        if let Tests::Own([]) = tests {
            return Ok((nothing_passed(suite, 0, None), 0, 0));
        }
        let mut tester = Talk::start(&self.setup, &format!("{PLAIN}\n{TESTER}"))
            .map_err(|error| fault(error.to_string()))?;
        tester
            .say(&self.assignment(tests), THINKING, cancel)
            .map_err(ours)?;
        let mut calls = 0;
        let mut died: Option<String> = None;
        let mut restarts = 0;
        loop {
            let line = match tester.hear(THINKING, cancel) {
                Ok(line) if begun.elapsed() < ALL => line,
                Ok(_) | Err(Silent::TimedOut) => return Err(too_slow(ALL, Stage::Check)),
                Err(silent) => return broken_off(suite, tests, silent),
            };
            let (kind, text) = line.split_at_checked(2).unwrap_or(("", ""));
            match kind {
                "C " => {
                    if died.is_some() && restarts < RESTARTS {
                        restarts += 1;
                        if let Ok(fresh) = self.load(source, cancel) {
                            candidate = fresh;
                            died = None;
                        }
                    }
                    calls += 1;
                    let answer = match &died {
                        Some(why) => Err(why.clone()),
                        None => call(&mut candidate, calls, text, cancel)?,
                    };
                    let answer = answer.unwrap_or_else(|why| {
                        let told = json!({ "died": why }).to_string();
                        died = Some(why);
                        told
                    });
                    tester.say(&answer, THINKING, cancel).map_err(ours)?;
                }
                "T " => {
                    let told: Told = serde_json::from_str(text)
                        .map_err(|_| fault("the tests' verdict cannot be read".to_owned()))?;
                    let tested = Tested {
                        suite,
                        passed: told.passed.min(told.total),
                        total: told.total,
                        failed: told.failed,
                    };
                    return Ok((tested, calls, told.left_out));
                }
                _ => {
                    let why: Loaded = serde_json::from_str(text).unwrap_or(Loaded { failed: None });
                    let why = why.failed.unwrap_or_else(|| "no reason given".to_owned());
                    return broken_off(suite, tests, Silent::Ended(why));
                }
            }
        }
    }

    /// Starts an interpreter and has it load the source.
    fn load(&self, source: &str, cancel: &Cancel) -> Result<Talk, CheckFailure> {
        let mut talk = Talk::start(&self.setup, &format!("{PLAIN}\n{CANDIDATE}"))
            .map_err(|error| fault(error.to_string()))?;
        let entry = &self.task.entry;
        let before = preamble(&self.problem.original, entry);
        let work = json!({ "preamble": before, "source": source, "entry": entry });
        let said = talk.say(&work.to_string(), LOADING, cancel);
        let heard = said.and_then(|()| talk.hear(LOADING, cancel));
        match heard {
            Ok(line) => match serde_json::from_str(&line) {
                Ok(Loaded { failed: None }) => Ok(talk),
                Ok(Loaded { failed: Some(why) }) => Err(refused(&why)),
                Err(_) => Err(refused("it wrote into the pipe to its parent")),
            },
            Err(Silent::TimedOut) => Err(too_slow(LOADING, Stage::Load)),
            Err(Silent::Ended(how)) => {
                Err(CheckFailure::Candidate(Box::new(Evaluation::Crashed {
                    how,
                    stage: Stage::Load,
                })))
            }
            Err(Silent::TooLong) => Err(refused("it wrote into the pipe to its parent")),
            Err(other) => Err(ours(other)),
        }
    }

    fn assignment(&self, tests: Tests<'_>) -> String {
        let task = &self.task;
        let (own, seed) = match tests {
            Tests::Own(own) => (Some(own), 0),
            Tests::Hidden { seed } => (None, seed),
        };
        let hidden = own.is_none();
        json!({
            "preamble": preamble(&self.problem.original, &task.entry),
            "entry": task.entry,
            "own": own,
            "tests": if hidden { task.tests.as_str() } else { "" },
            "inputs": if hidden { task.inputs.as_slice() } else { &[] },
            "canonical": task.canonical.as_deref().filter(|_| hidden),
            "accepts": task.accepts.as_deref().filter(|_| hidden),
            "tolerance": task.tolerance,
            "seed": seed,
        })
        .to_string()
    }
}

/// One call. `Ok(Err(…))`: the candidate died of it, in words how.
fn call(
    candidate: &mut Talk,
    number: u64,
    text: &str,
    cancel: &Cancel,
) -> Result<Result<String, String>, CheckFailure> {
    // drawn, so that an answer cannot be written before its question
    let ticket = format!("{number}-{:016x} ", fastrand::u64(..));
    let said = candidate.say(&format!("{ticket}{text}"), CALL, cancel);
    match said.and_then(|()| candidate.hear(CALL, cancel)) {
        Ok(line) => Ok(match line.strip_prefix(&ticket) {
            Some(answer) if serde_json::from_str::<serde::de::IgnoredAny>(answer).is_ok() => {
                Ok(answer.to_owned())
            }
            _ => Err("it wrote into the pipe to its parent".to_owned()),
        }),
        Err(Silent::TimedOut) => Ok(Err(format!(
            "it does not return within {} s",
            CALL.as_secs()
        ))),
        Err(Silent::Ended(how)) => Ok(Err(format!("its process ends: {how}"))),
        Err(Silent::TooLong) => Ok(Err("its answer is too large".to_owned())),
        Err(other) => Err(ours(other)),
    }
}

fn nothing_passed(suite: Suite, total: usize, failed: Option<FailedTest>) -> Tested {
    Tested {
        suite,
        passed: 0,
        total: u32::try_from(total).unwrap_or(u32::MAX),
        failed,
    }
}

/// The tests' side is gone. Agents' tests that do that count as failed; those of a task are broken.
fn broken_off(
    suite: Suite,
    tests: Tests<'_>,
    silent: Silent,
) -> Result<(Tested, u64, u32), CheckFailure> {
    let why = match silent {
        Silent::Ended(how) => how,
        Silent::TooLong => "they call the function with too large a value".to_owned(),
        other => return Err(ours(other)),
    };
    match tests {
        Tests::Own(own) => {
            let failed = FailedTest {
                test: "the tests themselves".to_owned(),
                why: format!("they broke off: {why}"),
            };
            Ok((nothing_passed(suite, own.len(), Some(failed)), 0, 0))
        }
        Tests::Hidden { .. } => Err(CheckFailure::Harness(HarnessError::Problem {
            what: format!("the task's tests broke off: {why}"),
        })),
    }
}

fn refused(why: &str) -> CheckFailure {
    CheckFailure::Candidate(Box::new(Evaluation::NotCompiled {
        message: why.chars().take(400).collect(),
        diagnostics: String::new(),
    }))
}

fn too_slow(limit: Duration, stage: Stage) -> CheckFailure {
    CheckFailure::Candidate(Box::new(Evaluation::TimedOut {
        stage,
        limit: limit.into(),
    }))
}

fn fault(what: String) -> CheckFailure {
    CheckFailure::Harness(HarnessError::Environment {
        what: format!("Python cannot be run: {what}"),
        hint: "see whether the interpreter works: python3 --version".to_owned(),
    })
}

fn ours(silent: Silent) -> CheckFailure {
    match silent {
        Silent::Cancelled => CheckFailure::Harness(HarnessError::Cancelled),
        Silent::Fault(what) | Silent::Ended(what) => fault(what),
        Silent::TimedOut => fault("it does not read what it is sent".to_owned()),
        Silent::TooLong => fault("it sends too much".to_owned()),
    }
}

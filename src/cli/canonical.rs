//! `lessonl eval TARGET --canonical`: do the canonical solutions of code generation tasks pass their own tests here, in
//! the same containment as any candidate? A line per task and a sum.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use super::args::EvalArguments;
use super::compose::{Containment, House};
use super::follow::Signals;
use super::output::{self, Halt};
use super::plain;
use crate::domain::codegen::Tested;
use crate::domain::evaluation::Evaluated;
use crate::domain::problem::{Kind, Mode, Problem};
use crate::domain::units::Nanos;
use crate::failure::{Failure, FailureKind};
use crate::harness::{Cancel, Harness};
use crate::reports::table::one_line;

/// Runs it. Returns the exit code: 0 if all of them pass.
pub(super) fn check(house: &House, eval: &EvalArguments) -> Result<u8, Halt> {
    let found = house.catalogue().resolve(&eval.problem);
    let mut tasks = found.map_err(Failure::from)?;
    tasks.retain(|problem| canonical(problem).is_some());
    if tasks.is_empty() {
        let text = format!("`{}` holds no canonical solution", eval.problem);
        return Err(Failure::new(FailureKind::Usage, text)
            .hint("Name a suite of code generation: codegen, or one that `lessonl import` brought in.")
            .into());
    }
    let harness =
        house.harness_for(Containment::from_flag(eval.unsafe_no_sandbox), tasks.iter())?;
    let seed = eval.seed.unwrap_or_else(|| fastrand::u64(..));
    let cancel = Cancel::default();
    let begun = Instant::now();
    let checks = house.handle.block_on(async {
        let mut signals = Signals::listen()?;
        let mut checks: Vec<Check> = Vec::new();
        for problem in &tasks {
            let (problem, harness, ours) = (Arc::clone(problem), harness.clone(), cancel.clone());
            let work = move || one(&harness, &problem, seed, &ours);
            let mut work = tokio::task::spawn_blocking(work);
            let check = tokio::select! {
                done = &mut work => done
                    .map_err(|_| Halt::from(Failure::new(FailureKind::Internal, "the harness died")))?,
                _ = signals.next() => {
                    cancel.cancel();
                    // it ends within a moment, and what it found is of no use
                    let _ = work.await;
                    return Err(Failure::new(FailureKind::Interrupted, "interrupted; everything that ran was stopped").into());
                }
            };
            if !eval.json {
                output::line(&check.line())?;
            }
            checks.push(check);
        }
        Ok::<_, Halt>(checks)
    })?;
    let passed = checks.iter().filter(|check| check.passes()).count();
    let wall = Nanos::from(begun.elapsed());
    if eval.json {
        let tasks: Vec<Value> = checks.iter().map(Check::object).collect();
        output::json(&json!({
            "passed": passed,
            "of": checks.len(),
            "wall_ms": wall.millis().round() as u64,
            "tasks": tasks,
        }))?;
    } else {
        let of = checks.len();
        output::line(&format!(
            "{passed} of {of} canonical solutions pass, {wall}"
        ))?;
    }
    Ok(u8::from(passed < checks.len()))
}

/// What came of one task.
struct Check {
    id: String,
    /// The verdict, or why there is none.
    came: Result<Evaluated, String>,
}

impl Check {
    fn tested(&self) -> Option<&Tested> {
        self.came.as_ref().ok()?.evaluation.tested()
    }

    fn passes(&self) -> bool {
        self.tested()
            .is_some_and(|tested| tested.all() && tested.total > 0)
    }

    fn words(&self) -> String {
        match &self.came {
            Ok(evaluated) => plain::message(&evaluated.evaluation).unwrap_or_default(),
            Err(why) => why.clone(),
        }
    }

    fn line(&self) -> String {
        let word = if self.passes() { "passes" } else { "FAILS" };
        format!("{word:<6} {}: {}", self.id, one_line(&self.words()))
    }

    fn object(&self) -> Value {
        json!({ "id": self.id, "passes": self.passes(), "message": self.words() })
    }
}

fn canonical(problem: &Problem) -> Option<&str> {
    match &problem.kind {
        Kind::Codegen(task) => task.canonical.as_deref(),
        Kind::Function | Kind::Command(_) => None,
    }
}

fn one(harness: &Harness, problem: &Arc<Problem>, seed: u64, cancel: &Cancel) -> Check {
    let quiet = |_| {};
    let came = match harness.prepare(Arc::clone(problem), Mode::Serial, cancel, &quiet) {
        Err(error) => Err(error.to_string()),
        Ok(prepared) => {
            let source = canonical(problem).unwrap_or_default();
            Ok(harness.evaluate(&prepared, source, seed, cancel, &quiet))
        }
    };
    Check {
        id: problem.id.to_string(),
        came,
    }
}

//! `lessonl export RUN --samples FILE`: what a run submitted, in the form that EvalPlus and HumanEval's own evaluator read: a
//! line per task with `task_id`, `solution` (a program of its own) and `completion` (the same, to stand after the task's
//! text, whose function it defines anew). A task without an attempt has empty ones, so that it counts.

use std::path::Path;

use serde_json::json;

use super::output::{self, Halt};
use crate::domain::codegen::{Work, whole};
use crate::domain::run::{Run, Unit};
use crate::failure::{Failure, FailureKind};

/// Writes them. Returns the exit code.
pub(super) fn write(run: &Run, file: &Path) -> Result<u8, Halt> {
    let lines: Vec<String> = run.units.iter().filter_map(line).collect();
    if lines.is_empty() {
        let text = format!("run {} wrote no code from a description", run.id);
        return Err(Failure::new(FailureKind::Usage, text)
            .hint("--samples is for runs on humaneval, mbpp or codegen.")
            .into());
    }
    std::fs::write(file, format!("{}\n", lines.join("\n"))).map_err(|error| {
        let text = format!("{} cannot be written: {error}", file.display());
        Failure::new(FailureKind::Usage, text).hint("Name a file in a folder that may be written.")
    })?;
    output::note(&format!(
        "wrote {} samples to {}",
        lines.len(),
        file.display()
    ));
    Ok(0)
}

fn line(unit: &Unit) -> Option<String> {
    let Work::Implement { task, entry } = &unit.spec.work else {
        return None;
    };
    let submitted = unit.winner.and_then(|id| unit.candidates.get(&id));
    let solution = submitted.map_or_else(String::new, |state| {
        whole(&unit.spec.original, entry, &state.candidate.source)
    });
    let completion = format!("\n{solution}");
    let line = json!({ "task_id": task, "solution": solution, "completion": completion });
    Some(line.to_string())
}

//! `lessonl eval`: compiles, checks and times one candidate file, no agents. A candidate that fails is a result.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::args::EvalArguments;
use super::compose::{Containment, House};
use super::follow::Signals;
use super::output::{self, Halt};
use super::{canonical, plain, resolve};
use crate::config::layers;
use crate::domain::evaluation::{Evaluated, Evaluation};
use crate::domain::problem::{Mode, Problem, ProblemId};
use crate::failure::{Failure, FailureKind};
use crate::harness::{Cancel, Harness};
use crate::problems;
use crate::reports::table::one_line;

/// Runs it. Returns the exit code.
pub(super) fn eval(house: &House, eval: &EvalArguments) -> Result<u8, Halt> {
    let Some(file) = eval.file.as_deref().filter(|_| !eval.canonical) else {
        return canonical::check(house, eval);
    };
    let source = read(file)?;
    let mut found = house
        .catalogue()
        .resolve(&eval.problem)
        .map_err(Failure::from)?;
    let (Some(problem), true) = (found.pop(), found.is_empty()) else {
        let text = format!(
            "`{}` names several problems, and one is wanted",
            eval.problem
        );
        return Err(Failure::new(FailureKind::Usage, text)
            .hint("`lessonl problems` lists the ids.")
            .into());
    };
    resolve::having_mode(
        &[(eval.problem.clone(), vec![Arc::clone(&problem)])],
        eval.mode,
    )?;
    let problem = problems::sized(&problem, eval.sizes.sizing()).map_err(Failure::from)?;
    let harness = house.harness_for(
        Containment::from_flag(eval.unsafe_no_sandbox),
        std::iter::once(&problem),
    )?;
    let seed = eval.seed.unwrap_or_else(|| fastrand::u64(..));
    let id = problem.id.clone();
    let kept = match eval.fresh {
        true => None,
        false => harness.known(&problem, eval.mode, &source),
    };
    let evaluated = match kept {
        Some(kept) => kept,
        None => evaluate(
            house,
            harness,
            problem,
            How {
                mode: eval.mode,
                fresh: eval.fresh,
            },
            source,
            seed,
        )?,
    };
    show(&id, eval.mode, &evaluated, eval.json)?;
    match evaluated.evaluation {
        Evaluation::HarnessFault { .. } => Ok(FailureKind::Environment.exit_code()),
        _ => Ok(0),
    }
}

/// Prints an evaluation.
pub(super) fn show(
    problem: &ProblemId,
    mode: Mode,
    evaluated: &Evaluated,
    json: bool,
) -> Result<(), Halt> {
    if json {
        output::json(&object(problem, mode, evaluated))
    } else {
        output::print(&lines(problem, mode, evaluated))
    }
}

/// Judges a source with inputs from a drawn seed, unless one is given.
pub(super) fn judge(
    house: &House,
    harness: &Harness,
    problem: &Arc<Problem>,
    mode: Mode,
    source: &str,
    seed: Option<u64>,
) -> Result<Evaluated, Halt> {
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    let (harness, problem) = (harness.clone(), Arc::clone(problem));
    evaluate(
        house,
        harness,
        problem,
        How { mode, fresh: true },
        source.to_owned(),
        seed,
    )
}

fn read(file: &Path) -> Result<String, Failure> {
    let failed = |why: String| {
        Failure::new(FailureKind::Usage, format!("{}: {why}", file.display()))
            .hint("Give a source file of at most 1 MiB in UTF-8.")
    };
    layers::read(file).map_err(|error| failed(error.to_string()))
}

/// How a candidate is evaluated.
pub(super) struct How {
    /// The mode.
    pub mode: Mode,
    /// Whether a verdict that is known from before does not count.
    pub fresh: bool,
}

/// Evaluates on a thread of its own, so that an interrupt is heard meanwhile.
pub(super) fn evaluate(
    house: &House,
    harness: Harness,
    problem: Arc<Problem>,
    how: How,
    source: String,
    seed: u64,
) -> Result<Evaluated, Halt> {
    let How { mode, fresh } = how;
    let cancel = Cancel::default();
    let ours = cancel.clone();
    let work = move || -> Result<Evaluated, Failure> {
        let prepared = harness.prepare(problem, mode, &ours, &|_| {})?;
        Ok(if fresh {
            harness.renew(&prepared, &source, seed, &ours, &|_| {})
        } else {
            harness.evaluate(&prepared, &source, seed, &ours, &|_| {})
        })
    };
    house.handle.block_on(async {
        let mut signals = Signals::listen()?;
        let mut work = tokio::task::spawn_blocking(work);
        tokio::select! {
            done = &mut work => done
                .map_err(|_| Halt::from(Failure::new(FailureKind::Internal, "the harness died")))?
                .map_err(Halt::from),
            _ = signals.next() => {
                cancel.cancel();
                let _ = work.await;
                Err(Failure::new(FailureKind::Interrupted, "interrupted; everything that ran was stopped").into())
            }
        }
    })
}

/// The evaluation as one object with exactly these keys.
fn object(problem: &ProblemId, mode: Mode, evaluated: &Evaluated) -> Value {
    let evaluation = &evaluated.evaluation;
    let speedup = evaluation.measurement().map(|m| {
        json!({
            "estimate": m.speedup.estimate,
            "lo": m.speedup.lo,
            "hi": m.speedup.hi,
            "launches": m.launches.len(),
        })
    });
    let rule = match evaluation {
        Evaluation::Rejected { rule, .. } => Some(rule),
        _ => None,
    };
    let diagnostics = match evaluation {
        Evaluation::NotCompiled { diagnostics, .. } => Some(diagnostics),
        _ => None,
    };
    json!({
        "problem": problem,
        "mode": mode,
        "outcome": evaluation.outcome().word(),
        "verdict": evaluation.verdict().map(|v| v.word()),
        "speedup": speedup,
        "gates": evaluated.gates,
        "caveats": evaluated.caveats,
        "remarks": evaluated.remarks,
        "rule": rule,
        "message": plain::message(evaluation),
        "diagnostics": diagnostics,
        "wall_ms": evaluated.wall.millis().round() as u64,
        "cached": evaluated.cached,
    })
}

fn lines(problem: &ProblemId, mode: Mode, evaluated: &Evaluated) -> String {
    let evaluation = &evaluated.evaluation;
    let mut text = format!("{problem} ({mode}): {}", evaluation.outcome().word());
    if let Some(m) = evaluation.measurement() {
        let launches = m.launches.len();
        text.push_str(&format!(
            ", {} {} over {launches} launches",
            m.speedup,
            m.verdict.word()
        ));
    }
    if let Some(words) = plain::message(evaluation) {
        text.push_str(&format!("\n  {}", one_line(&words)));
    }
    if let Evaluation::NotCompiled { diagnostics, .. } = evaluation {
        text.extend(
            diagnostics
                .lines()
                .map(|line| format!("\n  {}", one_line(line))),
        );
    }
    for gate in &evaluated.gates {
        let word = match gate.passed {
            Some(true) => "passed",
            Some(false) => "failed",
            None => "not run",
        };
        text.push_str(&format!(
            "\n  {} {word}: {}",
            one_line(&gate.name),
            one_line(&gate.detail)
        ));
    }
    for remark in &evaluated.remarks {
        let (line, words) = (remark.line, one_line(&remark.text));
        text.push_str(&format!("\n  line {line}: {words}"));
    }
    for caveat in &evaluated.caveats {
        text.push_str(&format!(
            "\n  ! {}: {}",
            one_line(&caveat.name),
            one_line(&caveat.advice)
        ));
    }
    let kept = match evaluated.cached {
        true => "; kept from then, --fresh measures again",
        false => "",
    };
    text.push_str(&format!("\n  took {}{kept}\n", evaluated.wall));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::measurement::{Launch, Measurement, Speedup, Verdict};
    use crate::domain::units::Nanos;

    fn shown(evaluation: Evaluation) -> Value {
        let id = ProblemId::new("s/p").unwrap();
        object(
            &id,
            Mode::Omp,
            &Evaluated::bare(evaluation, Nanos(1_500_400_000)),
        )
    }

    #[test]
    fn a_measured_candidate_has_a_verdict_and_a_speedup() {
        let launch = Launch {
            log_ratio: 0.7,
            original: Nanos(2),
            candidate: Nanos(1),
            cpu_log_ratio: None,
            wall_log_ratio: None,
        };
        let value = shown(Evaluation::Measured {
            measurement: Measurement {
                speedup: Speedup {
                    estimate: 2.0,
                    lo: 1.9,
                    hi: 2.1,
                },
                verdict: Verdict::Faster,
                launches: vec![launch; 5],
                rounds: 3,
                calls: 1,
                size: 8,
                seed: 1,
                spent: Nanos(1),
            },
        });
        assert_eq!(
            value,
            json!({
                "problem": "s/p", "mode": "omp", "outcome": "measured", "verdict": "faster",
                "speedup": { "estimate": 2.0, "lo": 1.9, "hi": 2.1, "launches": 5 },
                "gates": [], "caveats": [], "remarks": [], "rule": null, "message": null, "diagnostics": null, "wall_ms": 1500, "cached": false
            })
        );
    }

    #[test]
    fn a_failed_candidate_says_why_and_has_no_figure() {
        let value = shown(Evaluation::NotCompiled {
            message: "there is no `f`".to_owned(),
            diagnostics: "1: error".to_owned(),
        });
        assert_eq!(
            value,
            json!({
                "problem": "s/p", "mode": "omp", "outcome": "not_compiled", "verdict": null, "speedup": null,
                "gates": [], "caveats": [], "remarks": [], "rule": null, "message": "there is no `f`", "diagnostics": "1: error", "wall_ms": 1500, "cached": false
            })
        );
        let value = shown(Evaluation::Rejected {
            rule: "export_override".to_owned(),
            message: "no".to_owned(),
        });
        assert_eq!(
            (value["rule"].as_str(), value["outcome"].as_str()),
            (Some("export_override"), Some("rejected"))
        );
    }
}

//! `lessonl runs`: the stored runs, newest first.

use std::path::Path;

use serde_json::{Value, json};

use super::args::RunsArguments;
use super::compose::House;
use super::output::{self, Halt};
use super::report::moment;
use crate::domain::codegen::Suite;
use crate::domain::comparison::{Comparison, ComparisonId};
use crate::domain::event::Ending;
use crate::domain::id::RunId;
use crate::failure::Failure;
use crate::reports::document;
use crate::reports::table::Table;
use crate::store;
use crate::store::archive::RunSummary;
use crate::store::comparisons;

/// Runs it. Returns the exit code.
pub(super) fn runs(house: &House, wanted: &RunsArguments) -> Result<u8, Halt> {
    let runs = house.archive().runs().map_err(Failure::from)?;
    let database = house.database();
    if wanted.json {
        output::json(&runs.iter().map(|run| object(run, &database)).collect())?;
        return Ok(0);
    }
    let comparisons = match wanted.cells {
        true => Vec::new(),
        false => comparisons::all(&database).map_err(Failure::from)?,
    };
    if runs.is_empty() && comparisons.is_empty() {
        output::note("No runs yet. `lessonl run pareval/dense_la/gemm` makes the first one.");
        return Ok(0);
    }
    let mut table = Table::new(&[
        "run",
        "started (UTC)",
        "standing",
        "strategy",
        "problems",
        "team",
        "result",
    ]);
    let mut told: Vec<&ComparisonId> = Vec::new();
    // those of which nothing was taken in yet have no run to stand by
    let begun = |whole: &&Comparison| {
        let its = |run: &RunSummary| run.comparison.as_ref() == Some(&whole.id);
        whole.placed.is_some() && !runs.iter().any(its)
    };
    for whole in comparisons.iter().filter(begun) {
        table.push(group(whole, &runs, &database));
    }
    for run in &runs {
        let theirs = run.comparison.as_ref();
        if let Some(whole) = comparisons.iter().find(|c| Some(&c.id) == theirs) {
            // its newest run stands where the comparison is listed
            if !told.contains(&&whole.id) {
                told.push(&whole.id);
                table.push(group(whole, &runs, &database));
            }
            continue;
        }
        table.push(vec![
            run.id.to_string(),
            moment(run.started_at),
            standing(run, &database),
            run.strategy.to_string(),
            problems(run),
            run.team.join(" "),
            came_to(run),
        ]);
    }
    output::print(&table.aligned())?;
    Ok(0)
}

/// A comparison in a row: how many of its cells are done stands where a run's problems do.
fn group(whole: &Comparison, runs: &[RunSummary], database: &Path) -> Vec<String> {
    let cells: Vec<&RunSummary> = runs
        .iter()
        .filter(|run| run.comparison.as_ref() == Some(&whole.id))
        .collect();
    let over = |run: &&&RunSummary| matches!(run.ending, Some(Ending::Done | Ending::Budget));
    let name = RunId::new(whole.id.as_str());
    let standing = match name.map(|name| store::is_claimed(database, &name)) {
        Ok(true) => "running".to_owned(),
        _ if whole.finished => "done".to_owned(),
        _ => match &whole.placed {
            Some((_, Some(cluster))) => format!("on {cluster}"),
            Some((_, None)) => "in slices".to_owned(),
            None => "cut off".to_owned(),
        },
    };
    let strategies: Vec<&str> = whole
        .spec
        .contenders
        .iter()
        .map(|contender| contender.strategy.word())
        .collect();
    vec![
        whole.id.to_string(),
        moment(whole.started_at),
        standing,
        strategies.join(" "),
        format!(
            "{} of {} cells done ({} problems × {})",
            cells.iter().filter(over).count(),
            whole.spec.cells.len(),
            whole.spec.base.units.len(),
            whole.spec.repeats
        ),
        cells
            .first()
            .map_or_else(String::new, |run| run.team.join(" ")),
        "–".to_owned(),
    ]
}

/// What a run came to: the figure of its one problem, or how many of its problems got faster.
fn came_to(run: &RunSummary) -> String {
    match run.units.as_slice() {
        [only] => only
            .reported
            .map_or_else(|| "–".to_owned(), |speedup| speedup.to_string()),
        several if several.iter().any(|unit| unit.tested.is_some()) => {
            let solved = several.iter().filter(|unit| {
                let tested = unit.tested.as_ref();
                tested.is_some_and(|tested| tested.suite == Suite::Hidden && tested.all())
            });
            format!("{} of {} solved", solved.count(), several.len())
        }
        several => {
            let faster = several.iter();
            let faster = faster.filter(|unit| unit.reported.is_some_and(|s| s.lo > 1.01));
            format!("{} of {} faster", faster.count(), several.len())
        }
    }
}

fn standing(run: &RunSummary, database: &Path) -> String {
    match &run.ending {
        None if store::is_claimed(database, &run.id) => "running".to_owned(),
        Some(Ending::Failed { .. }) => "failed".to_owned(),
        Some(Ending::CutOff { .. }) => "cut off".to_owned(),
        ending => document::standing(ending.as_ref()),
    }
}

fn problems(run: &RunSummary) -> String {
    let done = run.units.iter().filter(|unit| unit.ended).count();
    match run.units.as_slice() {
        [only] => format!("{} ({})", only.problem, only.mode),
        several => {
            let suite = run
                .suite()
                .map_or_else(String::new, |suite| format!("{suite}: "));
            format!("{suite}{done} of {} done", several.len())
        }
    }
}

fn object(run: &RunSummary, database: &Path) -> Value {
    let units: Vec<Value> = run
        .units
        .iter()
        .map(|unit| {
            json!({
                "problem": unit.problem,
                "category": unit.category,
                "mode": unit.mode,
                "ended": unit.ended,
                "speedup": unit.reported,
                "best_by_round": unit.best_by_round,
            })
        })
        .collect();
    json!({
        "id": run.id,
        "started_at": run.started_at,
        "updated_at": run.updated_at,
        "standing": standing(run, database),
        "ending": run.ending,
        "strategy": run.strategy,
        "comparison": run.comparison,
        "team": run.team,
        "units": units,
    })
}

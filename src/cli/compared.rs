//! Stored comparisons read back: their cells' results, and reports of them. Never begins or continues one.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::compose::House;
use super::report::moment;
use crate::domain::comparison::{CellId, Comparison};
use crate::domain::id::RunId;
use crate::domain::run::Run;
use crate::failure::{Failure, FailureKind};
use crate::reports::comparison::{CellResult, ComparisonFigures, counted, figures};
use crate::reports::comparison_document as document;
use crate::store::comparisons;

/// A stored comparison as Markdown.
pub(super) fn markdown(house: &House, comparison: &Comparison) -> Result<String, Failure> {
    let figures = figures_of(house, comparison)?;
    let started = format!("{} UTC", moment(comparison.started_at));
    Ok(document::markdown(comparison, &figures, &started))
}

/// What a stored comparison came to.
pub(super) fn figures_of(
    house: &House,
    comparison: &Comparison,
) -> Result<ComparisonFigures, Failure> {
    Ok(figures(comparison, &results(house, comparison)?))
}

/// A stored comparison as JSON.
pub(super) fn json(house: &House, comparison: &Comparison) -> Result<serde_json::Value, Failure> {
    let figures = figures_of(house, comparison)?;
    Ok(document::json(comparison, &figures))
}

/// The cells that count as runs: one for every strategy and repeat, with a unit per problem.
pub(super) fn runs(house: &House, comparison: &Comparison) -> Result<Vec<Run>, Failure> {
    let counted = counted(comparison, &results(house, comparison)?);
    let mut whole: BTreeMap<(u16, u16), Run> = BTreeMap::new();
    for (cell, id) in comparison.spec.cells.iter().zip((0..).map(CellId)) {
        if !counted.contains(&(cell.problem, cell.repeat)) {
            continue;
        }
        let Some(run) = Run::fold(&house.facts(&run_of(comparison, id)?)?) else {
            continue;
        };
        match whole.entry((cell.contender, cell.repeat)) {
            Entry::Vacant(place) => {
                place.insert(run);
            }
            Entry::Occupied(mut place) => {
                let known = place.get_mut();
                known.spec.units.extend(run.spec.units);
                known.units.extend(run.units);
                known.updated_at = known.updated_at.max(run.updated_at);
                known.usage += run.usage;
                known.spent += run.spent;
            }
        }
    }
    Ok(whole.into_values().collect())
}

/// The comparison that `text` names.
pub(super) fn find(house: &House, text: &str) -> Result<Comparison, Failure> {
    comparisons::find(&house.database(), text)?.ok_or_else(|| {
        Failure::new(
            FailureKind::Usage,
            format!("there is no comparison `{text}`"),
        )
        .hint("`lessonl runs` lists the stored runs and comparisons.")
    })
}

/// What the cells that are over came to.
pub(super) fn results(house: &House, comparison: &Comparison) -> Result<Vec<CellResult>, Failure> {
    let archive = house.archive();
    let mut results = Vec::new();
    for (cell, id) in comparison.spec.cells.iter().zip((0..).map(CellId)) {
        let run = run_of(comparison, id)?;
        if !archive.has(&run)? {
            continue;
        }
        results.extend(CellResult::of(id, *cell, &archive.facts(&run)?));
    }
    Ok(results)
}

/// The id of a cell's run.
pub(super) fn run_of(comparison: &Comparison, cell: CellId) -> Result<RunId, Failure> {
    comparison
        .id
        .run(cell)
        .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))
}

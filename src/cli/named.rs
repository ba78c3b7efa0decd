//! Names that a person gives to runs and comparisons: `--id NAME` begins, or goes on with what is stored under the name.
//! Never begins anything itself.

use std::collections::BTreeSet;

use super::args::RunArguments;
use super::compose::House;
use crate::domain::comparison::{Comparison, ComparisonId};
use crate::domain::id::RunId;
use crate::domain::run::Run;
use crate::domain::spec::UnitSpec;
use crate::failure::{Failure, FailureKind};
use crate::store::comparisons;

fn refused(what: String, hint: &str) -> Failure {
    Failure::new(FailureKind::Usage, what).hint(hint)
}

const HINT: &str = "Take letters, digits, - and _, at most 48 of them, like --id nightly-7.";

/// The id that a name is: not a word with a meaning of its own, and not the name of a cell.
///
/// # Errors
/// If it is none.
pub(super) fn run(name: &str) -> Result<RunId, Failure> {
    let id = RunId::new(name).map_err(|_| refused(format!("`{name}` is no name"), HINT))?;
    let is_cell = name.rsplit_once("-c").is_some_and(|(_, number)| {
        number.len() >= 3 && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    if name == "latest" || name.len() > 48 || is_cell {
        return Err(refused(format!("`{name}` cannot name a run"), HINT));
    }
    Ok(id)
}

/// The stored run of this name; `None`: there is none yet.
///
/// # Errors
/// If the name is none, or the stored run is about something else than `wanted`.
pub(super) fn known_run(
    house: &House,
    name: &str,
    wanted: &RunArguments,
) -> Result<Option<RunId>, Failure> {
    let id = run(name)?;
    if !house.has_run(&id)? {
        return Ok(None);
    }
    let facts = house.facts(&id)?;
    if let Some(run) = facts.first().and_then(Run::begin) {
        same(house, name, &wanted.targets, &run.spec.units)?;
        let strategy = wanted.strategy.unwrap_or(run.spec.strategy);
        if strategy != run.spec.strategy {
            return Err(other(
                name,
                run.spec.strategy.word().to_owned(),
                strategy.word().to_owned(),
            ));
        }
    }
    Ok(Some(id))
}

/// The name of a new comparison.
///
/// # Errors
/// If it is none, or a run has it.
pub(super) fn comparison(house: &House, name: &str) -> Result<ComparisonId, Failure> {
    let id = run(name)?;
    if house.has_run(&id)? {
        return Err(refused(
            format!("`{name}` is a run, no comparison"),
            "Choose another --id.",
        ));
    }
    ComparisonId::new(name).map_err(|_| refused(format!("`{name}` is no name"), HINT))
}

/// The stored comparison of this name; `None`: there is none yet.
///
/// # Errors
/// If the name is none, or the stored comparison is about other problems.
pub(super) fn known_comparison(
    house: &House,
    name: &str,
    targets: &[String],
) -> Result<Option<Comparison>, Failure> {
    run(name)?;
    let all = comparisons::all(&house.database())?;
    let Some(known) = all.into_iter().find(|one| one.id.as_str() == name) else {
        return Ok(None);
    };
    same(house, name, targets, &known.spec.base.units)?;
    Ok(Some(known))
}

/// Whether what is asked for is what is stored.
fn same(house: &House, name: &str, targets: &[String], stored: &[UnitSpec]) -> Result<(), Failure> {
    if targets.is_empty() {
        return Ok(());
    }
    let catalogue = house.catalogue();
    let mut wanted = BTreeSet::new();
    for target in targets {
        let found = catalogue.resolve(target)?;
        wanted.extend(found.iter().map(|problem| problem.id.to_string()));
    }
    let stored: BTreeSet<String> = stored.iter().map(|unit| unit.problem.to_string()).collect();
    // a suite names problems of other modes as well
    if stored.is_subset(&wanted) {
        return Ok(());
    }
    let words = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(", ");
    Err(other(name, words(&stored), words(&wanted)))
}

fn other(name: &str, stored: String, wanted: String) -> Failure {
    refused(
        format!("`{name}` is stored already, about {stored} and not {wanted}"),
        "Choose another --id, or go on with it as it is: --resume.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_plain_word_that_means_nothing_else() {
        for good in ["nightly", "a_1", "2026-c", "x-c12", "job-81233_7"] {
            assert_eq!(run(good).unwrap().as_str(), good);
        }
        for bad in ["", "latest", "a b", "../x", "x-c012", &"n".repeat(49)] {
            assert!(run(bad).is_err(), "{bad}");
        }
    }
}

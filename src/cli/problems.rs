//! `lessonl problems`: lists the good ones on stdout, tells the broken ones on stderr.

use std::sync::Arc;

use serde_json::{Value, json};

use super::args::ProblemsArguments;
use super::compose::House;
use super::output::{self, Halt};
use crate::domain::problem::Problem;
use crate::failure::Failure;
use crate::problems::{self, Catalogue};
use crate::reports::table::Table;

/// Runs it. Returns the exit code.
pub(super) fn problems(house: &House, wanted: &ProblemsArguments) -> Result<u8, Halt> {
    let catalogue = house.catalogue();
    let sizing = wanted.sizes.sizing();
    let mut all = Vec::new();
    for problem in selected(&catalogue, &wanted.selectors)? {
        all.push(problems::sized(&problem, sizing).map_err(Failure::from)?);
    }
    for error in catalogue.errors {
        output::note(&format!("broken: {}", Failure::from(error)));
    }
    if wanted.json {
        output::json(&all.iter().map(|problem| object(problem)).collect())?;
    } else {
        let mut table = Table::new(&["id", "category", "modes", "title"]);
        for problem in &all {
            table.push(vec![
                problem.id.to_string(),
                problem.category.clone(),
                words(problem).join(" "),
                problem.title.clone(),
            ]);
        }
        output::print(&table.aligned())?;
    }
    Ok(0)
}

/// The problems that selectors name, each once, in order of id; all of them without selectors.
pub(super) fn selected(
    catalogue: &Catalogue,
    selectors: &[String],
) -> Result<Vec<Arc<Problem>>, Failure> {
    if selectors.is_empty() {
        return Ok(catalogue.problems.clone());
    }
    let mut all = Vec::new();
    for selector in selectors {
        all.extend(catalogue.resolve(selector)?);
    }
    all.sort_by(|a, b| a.id.cmp(&b.id));
    all.dedup_by(|a, b| a.id == b.id);
    Ok(all)
}

fn words(problem: &Problem) -> Vec<&'static str> {
    problem.modes.iter().map(|mode| mode.word()).collect()
}

fn object(problem: &Problem) -> Value {
    let mut object = json!({
        "id": problem.id,
        "category": problem.category,
        "title": problem.title,
        "modes": words(problem),
        "entry": problem.entry,
        "sizes": problem.sizes,
        "version": problem.version,
        "path": problem.path,
    });
    if !problem.upstream.is_empty() {
        object["upstream"] = json!(problem.upstream);
    }
    object
}

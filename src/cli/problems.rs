//! `lessonl problems`: lists the good ones on stdout, tells the broken ones on stderr.

use serde_json::{Value, json};

use super::args::Format;
use super::compose::House;
use super::output::{self, Halt};
use crate::domain::problem::Problem;
use crate::failure::Failure;
use crate::reports::table::Table;

/// Runs it. Returns the exit code.
pub fn problems(house: &House, format: &Format) -> Result<u8, Halt> {
    let catalogue = house.catalogue();
    for error in catalogue.errors {
        output::note(&format!("broken: {}", Failure::from(error)));
    }
    if format.json {
        output::json(
            &catalogue
                .problems
                .iter()
                .map(|problem| object(problem))
                .collect(),
        )?;
    } else {
        let mut table = Table::new(&["id", "category", "modes", "title"]);
        for problem in &catalogue.problems {
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

fn words(problem: &Problem) -> Vec<&'static str> {
    problem.modes.iter().map(|mode| mode.word()).collect()
}

fn object(problem: &Problem) -> Value {
    json!({
        "id": problem.id,
        "category": problem.category,
        "title": problem.title,
        "modes": words(problem),
        "entry": problem.entry,
        "path": problem.path,
    })
}

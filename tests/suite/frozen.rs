//! Claims about runs as they were once recorded, one of each kind: they fold for ever, to the same figures. The files are
//! never written anew; a change that would need that is a change that loses people's runs.

use lessonl::domain::event::{Ending, Envelope, FACT_VERSION};
use lessonl::domain::run::Run;

const FUNCTION: &str = include_str!("../fixtures/frozen-function.jsonl");
const PLUS: &str = include_str!("../fixtures/frozen-plus.jsonl");
const PROJECT: &str = include_str!("../fixtures/frozen-project.jsonl");
const CODEGEN: &str = include_str!("../fixtures/frozen-codegen.jsonl");

/// The figures of a run that a report is made of.
fn figures(record: &str) -> String {
    let facts: Vec<Envelope> = record
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(facts.iter().all(|fact| fact.v <= FACT_VERSION));
    let run = Run::fold(&facts).unwrap();
    assert_eq!(run.ending, Some(Ending::Done));
    let unit = &run.units[0];
    let confirmed = unit.confirmed.as_ref().map_or_else(
        || "nothing".to_owned(),
        |(id, evaluated)| format!("{id} {:.2}", evaluated.evaluation.score()),
    );
    let made = unit.candidates.values();
    let refined: Vec<String> = made
        .filter_map(|state| state.candidate.lineage)
        .map(|lineage| lineage.to_string())
        .collect();
    format!(
        "{} facts, {} rounds, {} asks, {} candidates {refined:?}, {} lessons up to {:.1}, {} tests, {} duels, {confirmed} confirmed",
        run.facts,
        unit.rounds.len(),
        unit.asks.len(),
        unit.candidates.len(),
        unit.lessons.len(),
        unit.lessons
            .iter()
            .map(|l| l.lesson.factor)
            .fold(1.0, f64::max),
        unit.tests.len(),
        unit.duels.len(),
    )
}

#[test]
fn a_recorded_run_of_a_function_folds_to_the_figures_it_had() {
    assert_eq!(
        figures(FUNCTION),
        "43 facts, 2 rounds, 9 asks, 6 candidates [], 3 lessons up to 1.1, 0 tests, 0 duels, nothing confirmed"
    );
}

#[test]
fn a_recorded_run_of_lessonl_plus_folds_to_the_figures_it_had() {
    assert_eq!(
        figures(PLUS),
        "51 facts, 2 rounds, 9 asks, 6 candidates [\"fresh\", \"fresh\", \"fresh\", \"refines r0a2\", \"refines r0a0\", \"fresh\"], 3 lessons up to 1.1, 0 tests, 1 duels, r1a0 5.95 confirmed"
    );
}

#[test]
fn a_recorded_run_of_a_project_folds_to_the_figures_it_had() {
    assert_eq!(
        figures(PROJECT),
        "15 facts, 1 rounds, 2 asks, 1 candidates [], 1 lessons up to 1.0, 0 tests, 0 duels, r0a0 24.37 confirmed"
    );
}

#[test]
fn a_recorded_run_of_code_generation_folds_to_the_figures_it_had() {
    assert_eq!(
        figures(CODEGEN),
        "25 facts, 2 rounds, 4 asks, 2 candidates [], 1 lessons up to 1.1, 3 tests, 0 duels, r1a0 1.00 confirmed"
    );
}

//! Claims about runs as they were once recorded, one of each kind: they fold for ever, to the same figures. The files are
//! never written anew; a change that would need that is a change that loses people's runs.

use lessonl::domain::event::{Ending, Envelope, FACT_VERSION};
use lessonl::domain::run::Run;

const FUNCTION: &str = include_str!("../fixtures/frozen-function.jsonl");
const PLUS: &str = include_str!("../fixtures/frozen-plus.jsonl");
const PROJECT: &str = include_str!("../fixtures/frozen-project.jsonl");
const CODEGEN: &str = include_str!("../fixtures/frozen-codegen.jsonl");

fn facts(record: &str) -> Vec<Envelope> {
    record
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The figures of a run that a report is made of, one a line.
fn figures(record: &str) -> String {
    let facts = facts(record);
    let run = Run::fold(&facts).unwrap();
    let mut lines = vec![format!(
        "{}: {} facts, {}, {}",
        run.id,
        run.facts,
        run.spec.strategy.name(),
        match &run.ending {
            Some(Ending::Done) => "done".to_owned(),
            other => format!("{other:?}"),
        }
    )];
    for unit in &run.units {
        lines.push(format!(
            "{}: {} rounds, {} asks, {} own tests, {} duels",
            unit.spec.problem,
            unit.rounds.len(),
            unit.asks.len(),
            unit.tests.len(),
            unit.duels.len(),
        ));
        for (id, state) in &unit.candidates {
            let outcome = state.outcome().map(|outcome| format!("{outcome:?}"));
            lines.push(format!(
                "  {id} {} score {:.3}, {} lessons read, {}",
                outcome.unwrap_or_default(),
                state.score(),
                state.candidate.read.len(),
                state
                    .candidate
                    .lineage
                    .map_or_else(String::new, |lineage| lineage.to_string())
            ));
        }
        for record in &unit.lessons {
            lines.push(format!(
                "  {} of {} factor {:.3}, {:?}",
                record.lesson.id, record.lesson.round, record.lesson.factor, record.lesson.state
            ));
        }
        let confirmed = unit.confirmed.as_ref().map(|(id, evaluated)| {
            let evaluation = &evaluated.evaluation;
            format!("{id} score {:.3}", evaluation.score())
        });
        lines.push(format!(
            "  best {:?}, confirmed {confirmed:?}, winner {:?}",
            unit.best.map(|(id, speedup)| format!("{id} {speedup}")),
            unit.winner.map(|id| id.to_string())
        ));
    }
    lines.join("\n")
}

#[test]
fn a_recorded_run_of_each_kind_folds_to_the_figures_it_had() {
    let folded = [FUNCTION, PLUS, PROJECT, CODEGEN].map(figures).join("\n\n");
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/frozen-figures.txt"
    );
    let expected = std::fs::read_to_string(file).unwrap();
    assert!(
        folded.trim() == expected.trim(),
        "the stored runs fold to other figures now:\n{folded}"
    );
}

#[test]
fn what_a_recorded_run_holds_is_written_as_it_was_read() {
    for record in [FUNCTION, PLUS, PROJECT, CODEGEN] {
        for (line, fact) in record.lines().zip(facts(record)) {
            assert!(fact.v <= FACT_VERSION);
            let before: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(serde_json::to_value(&fact).unwrap(), before);
        }
    }
}

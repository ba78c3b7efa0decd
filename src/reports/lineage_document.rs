//! Where a run's candidates come from, for its report: the line of the result, the moves and what came of them, and why a
//! problem ended early. Pure; empty for strategies that make no moves.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::table::{Table, one_line};
use crate::domain::lineage::{Move, by_intervals};
use crate::domain::run::{Run, Unit};

/// Sentences about each problem: the line of its best candidate, and why it ended before its rounds were played.
pub fn sentences(run: &Run) -> Vec<String> {
    let mut sentences = Vec::new();
    for unit in &run.units {
        let about = format!("{} ({})", unit.spec.problem, unit.spec.mode);
        let best = unit.winner.or(unit.best.map(|(id, _)| id));
        if let Some(descent) = best.and_then(|id| unit.descent(id)) {
            sentences.push(format!("{about}: {}.", one_line(&descent)));
        }
        if let Some(ended) = &unit.enough {
            sentences.push(format!("{about} ended early: {ended}."));
        }
        if let Some(converged) = unit.converged() {
            sentences.push(format!("{about}: {converged}."));
        }
    }
    sentences
}

/// What came of a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Tally {
    made: u32,
    correct: u32,
    better: u32,
    not: u32,
}

/// Moves with what came of them; the correct ones that were made from another candidate are put beside that one.
fn tallies(unit: &Unit) -> BTreeMap<Move, Tally> {
    let mut tallies: BTreeMap<Move, Tally> = BTreeMap::new();
    for (id, state) in &unit.candidates {
        let Some(lineage) = state.candidate.lineage else {
            continue;
        };
        let tally = tallies.entry(lineage.by).or_default();
        tally.made += 1;
        let Some(speedup) = state.speedup() else {
            continue;
        };
        tally.correct += 1;
        let parent = lineage
            .parent
            .and_then(|id| unit.candidates.get(&id)?.speedup());
        let better = match unit.duels.get(id) {
            Some(duel) => Some(duel.is_gain()),
            None => parent.and_then(|parent| by_intervals(speedup, parent)),
        };
        match better {
            Some(true) => tally.better += 1,
            Some(false) => tally.not += 1,
            None => {}
        }
    }
    tallies
}

/// The section of a report in Markdown; nothing for strategies that make no moves.
pub fn markdown(run: &Run) -> String {
    let mut table = Table::new(&[
        "problem",
        "move",
        "candidates",
        "correct",
        "faster than the parent",
        "not faster",
    ]);
    for unit in &run.units {
        for (by, tally) in tallies(unit) {
            table.push(vec![
                format!("{} ({})", unit.spec.problem, unit.spec.mode),
                by.word().to_owned(),
                tally.made.to_string(),
                tally.correct.to_string(),
                tally.better.to_string(),
                tally.not.to_string(),
            ]);
        }
    }
    match table.rows.is_empty() {
        true => String::new(),
        false => format!(
            "\n## Moves\n\nfresh: from the original. refine: from a candidate in view. repair: from an own attempt that failed, or that was there already. Faster: by timing the two against each other, or by intervals that lie apart.\n\n{}",
            table.markdown()
        ),
    }
}

/// The same for programs: every candidate's move, parent and standing against it.
pub fn json(run: &Run) -> Value {
    let units = run.units.iter().map(|unit| {
        let candidates = unit.candidates.iter().filter_map(|(id, state)| {
            let lineage = state.candidate.lineage?;
            Some(json!({
                "candidate": id,
                "move": lineage.by,
                "parent": lineage.parent,
                "against_parent": unit.duels.get(id).and_then(|duel| duel.gain),
            }))
        });
        json!({
            "problem": unit.spec.problem,
            "mode": unit.spec.mode,
            "candidates": candidates.collect::<Vec<_>>(),
            "ended_early": unit.enough,
        })
    });
    units.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Envelope;
    use crate::domain::lineage::Lineage;

    fn recorded() -> Run {
        let facts: Vec<Envelope> = include_str!("../../tests/fixtures/recorded-run.jsonl")
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        Run::fold(&facts).unwrap()
    }

    #[test]
    fn a_run_without_moves_says_nothing_of_them() {
        let run = recorded();
        assert_eq!(markdown(&run), "");
        assert_eq!(sentences(&run), Vec::<String>::new());
        assert_eq!(json(&run)[0]["candidates"], json!([]));
    }

    #[test]
    fn the_results_line_and_the_moves_are_told() {
        let mut run = recorded();
        let unit = &mut run.units[0];
        let (first, second) = ("r0a0".parse().unwrap(), "r0a1".parse().unwrap());
        let set = |unit: &mut Unit, id, by, parent| {
            let state = unit.candidates.get_mut(&id).unwrap();
            state.candidate.lineage = Some(Lineage { by, parent });
        };
        set(unit, second, Move::Fresh, None);
        set(unit, first, Move::Repair, Some(second));
        assert_eq!(
            sentences(&run),
            ["pareval/dense_la/gemm (serial): r0a1 fresh wrong answer → r0a0 repaired 2.40×."]
        );
        let text = markdown(&run);
        assert!(text.contains("| repair | 1 | 1 | 0 | 0 |"), "{text}");
        assert!(text.contains("| fresh | 1 | 0 | 0 | 0 |"), "{text}");
        assert_eq!(json(&run)[0]["candidates"][0]["parent"], json!("r0a1"));
    }
}

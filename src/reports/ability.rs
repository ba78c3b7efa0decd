//! Which model is good at what: per category and model, the form of the paper's Figure 5. A candidate counts for the model
//! that wrote it, be it the agent's own or the one that stood in for it. Pure; what nobody tried is absent, not zero.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::id::CandidateId;
use crate::domain::run::{CandidateState, Run, Unit};
use crate::domain::spec::AgentKind;

/// What the figures are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Geometric mean of the best speedup per unit; wrong or slower counts as 1.
    Speedup,
    /// Of code from a description: mean share of the tests passed by the best attempt per unit, 0 to 1.
    Tests,
}

/// Rows are categories, columns models; each cell the figure and the number of units it is over.
#[derive(Debug, Clone, PartialEq)]
pub struct Ability {
    /// What the figures are.
    pub measure: Measure,
    /// Categories in order of name.
    pub categories: Vec<String>,
    /// Models in order of name; of agents that are none, the agent's name.
    pub models: Vec<String>,
    /// By category, then model.
    pub cells: Vec<Vec<Option<(f64, usize)>>>,
}

/// The ability of every model of these runs, in units that are over.
pub fn ability(runs: &[Run], measure: Measure) -> Ability {
    let mut found: BTreeMap<(&str, String), Vec<f64>> = BTreeMap::new();
    for run in runs {
        let units = run.units.iter().filter(|unit| {
            unit.ending.is_some() && unit.spec.work.is_optimise() == (measure == Measure::Speedup)
        });
        for unit in units {
            let mut best: BTreeMap<String, f64> = BTreeMap::new();
            // a unit without tests of its own says nothing about anybody
            let told = |(_, state): &(&CandidateId, &CandidateState)| match measure {
                Measure::Speedup => true,
                Measure::Tests => !unit.tests.is_empty() && state.evaluated.is_some(),
            };
            for (id, state) in unit.candidates.iter().filter(told) {
                let figure = match measure {
                    Measure::Speedup => state.score().max(1.0),
                    Measure::Tests => state.score(),
                };
                let so_far = best.entry(author(run, unit, *id)).or_insert(figure);
                *so_far = so_far.max(figure);
            }
            for (model, figure) in best {
                let cell = (unit.spec.category.as_str(), model);
                found.entry(cell).or_default().push(figure);
            }
        }
    }
    let categories: BTreeSet<&str> = found.keys().map(|(category, _)| *category).collect();
    let models: BTreeSet<&String> = found.keys().map(|(_, model)| model).collect();
    let cell = |category: &str, model: &String| {
        let figures = found.get(&(category, model.clone()))?;
        let n = figures.len() as f64;
        let mean = match measure {
            Measure::Speedup => (figures.iter().map(|f| f.ln()).sum::<f64>() / n).exp(),
            Measure::Tests => figures.iter().sum::<f64>() / n,
        };
        Some((mean, figures.len()))
    };
    Ability {
        measure,
        cells: categories
            .iter()
            .map(|category| models.iter().map(|model| cell(category, model)).collect())
            .collect(),
        categories: categories.into_iter().map(str::to_owned).collect(),
        models: models.into_iter().cloned().collect(),
    }
}

/// The model that wrote a candidate, as the server named it; of an agent that is no model, its name.
pub fn author(run: &Run, unit: &Unit, candidate: CandidateId) -> String {
    let Some(agent) = run.spec.team.get(candidate.agent.index()) else {
        return candidate.agent.to_string();
    };
    let answered = || {
        let of_it = |(ask, _): &(&_, &_)| {
            let ask: &crate::domain::id::AskId = ask;
            ask.about == candidate && ask.purpose.wants_code()
        };
        let (_, ask) = unit.asks.iter().find(of_it)?;
        let answer = ask.reply.as_ref()?.as_ref().ok()?;
        (!answer.model.is_empty()).then(|| answer.model.clone())
    };
    match agent.kind {
        AgentKind::Openai { .. } | AgentKind::Recorded { .. } => {
            answered().unwrap_or_else(|| agent.model())
        }
        AgentKind::Rewriter { .. } | AgentKind::Compiler { .. } => agent.name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Envelope;

    fn recorded() -> Run {
        let facts: Vec<Envelope> = include_str!("../../tests/fixtures/recorded-run.jsonl")
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        Run::fold(&facts).unwrap()
    }

    #[test]
    fn only_units_that_ended_and_models_that_tried_are_counted() {
        let table = ability(&[recorded()], Measure::Speedup);
        assert_eq!(table.categories, ["dense_la"]);
        assert_eq!(table.models, ["coder:7b", "loops"]);
        assert!(table.cells[0].iter().all(Option::is_some));
        assert!(ability(&[recorded()], Measure::Tests).cells.is_empty());
    }

    #[test]
    fn a_candidate_counts_for_the_model_that_answered() {
        let mut run = recorded();
        let unit = &mut run.units[0];
        for (ask, state) in &mut unit.asks {
            if let (true, Some(Ok(answer))) = (ask.purpose.wants_code(), &mut state.reply) {
                answer.model = "stand-in".to_owned();
            }
        }
        let models = ability(&[run], Measure::Speedup).models;
        assert!(models.contains(&"stand-in".to_owned()), "{models:?}");
    }
}

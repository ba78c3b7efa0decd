//! Do the agents converge? How alike a round's candidates are, how many are copies of each other. Pure.
//! The comparing itself is `domain::likeness`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::id::{CandidateId, Round};
use crate::domain::likeness::{Converged, Family, families, mean, words};
use crate::domain::run::Unit;

/// A round's candidates side by side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RoundDiversity {
    /// Which.
    pub round: Round,
    /// Candidates in it.
    pub candidates: usize,
    /// Different ones among them, comments and layout left out.
    pub distinct: usize,
    /// Mean likeness of its pairs, 0 to 1: twice the common words over all words. `None` with fewer than two.
    pub likeness: Option<f64>,
}

/// Candidates of a unit that are the same but for comments and layout.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Copies {
    /// Which, the first one first.
    pub candidates: Vec<CandidateId>,
    /// True if they are the original.
    pub original: bool,
}

/// A unit's diversity.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diversity {
    /// Round by round.
    pub rounds: Vec<RoundDiversity>,
    /// Groups of copies: at least two candidates, or one that is the original.
    pub copies: Vec<Copies>,
    /// Ways of going about it, the one with the best figure first.
    pub families: Vec<Family>,
    /// Whether the team has settled on one of them.
    pub converged: Option<Converged>,
}

impl Diversity {
    /// The share of candidates that are the first of their kind; `None` without candidates.
    pub fn distinct_share(&self) -> Option<f64> {
        let all: usize = self.rounds.iter().map(|round| round.candidates).sum();
        let repeated: usize = self
            .copies
            .iter()
            .map(|group| group.candidates.len() - usize::from(!group.original))
            .sum();
        (all > 0).then(|| (all - repeated.min(all)) as f64 / all as f64)
    }
}

/// The diversity of a unit's candidates.
pub fn diversity(unit: &Unit) -> Diversity {
    let mut rounds: BTreeMap<Round, Vec<Vec<String>>> = BTreeMap::new();
    let mut kinds: BTreeMap<Vec<String>, Vec<CandidateId>> = BTreeMap::new();
    for (id, state) in &unit.candidates {
        let words = words(&state.candidate.source);
        rounds.entry(id.round).or_default().push(words.clone());
        kinds.entry(words).or_default().push(*id);
    }
    let original = words(&unit.spec.original);
    let mut copies: Vec<Copies> = kinds
        .into_iter()
        .map(|(kind, candidates)| Copies {
            candidates,
            original: kind == original,
        })
        .filter(|group| group.candidates.len() > 1 || group.original)
        .collect();
    copies.sort_by(|a, b| a.candidates.cmp(&b.candidates));
    let rounds = rounds
        .into_iter()
        .map(|(round, sources)| {
            let mut distinct: Vec<&Vec<String>> = sources.iter().collect();
            distinct.sort_unstable();
            distinct.dedup();
            RoundDiversity {
                round,
                candidates: sources.len(),
                distinct: distinct.len(),
                likeness: mean(&sources),
            }
        })
        .collect();
    Diversity {
        rounds,
        copies,
        families: families(&unit.members()),
        converged: unit.converged(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Envelope;
    use crate::domain::run::{CandidateState, Run};

    fn unit(sources: &[(&str, &str)], original: &str) -> Unit {
        let facts: Vec<Envelope> = include_str!("../../tests/fixtures/recorded-run.jsonl")
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let mut unit = Run::fold(&facts).unwrap().units.remove(0);
        let any = unit.candidates.values().next().unwrap().candidate.clone();
        unit.spec.original = original.to_owned();
        unit.candidates.clear();
        for (id, source) in sources {
            let mut candidate = any.clone();
            candidate.id = id.parse().unwrap();
            candidate.source = (*source).to_owned();
            let evaluated = None;
            let state = CandidateState {
                candidate,
                evaluated,
            };
            unit.candidates.insert(id.parse().unwrap(), state);
        }
        unit
    }

    #[test]
    fn rounds_say_how_alike_their_candidates_are_and_copies_are_found() {
        let unit = unit(
            &[
                ("r0a0", "int f() { return a + b; }"),
                ("r0a1", "int f() { return a + c; }"),
                ("r1a0", "int f()\n{ return a + b; } // the same"),
                ("r1a1", "int f() {return a+b;}"),
                ("r1a2", "int f() { return 0; }"),
            ],
            "int f() { return 0; }",
        );
        let got = diversity(&unit);
        let id = |text: &str| text.parse::<CandidateId>().unwrap();
        assert_eq!(
            got.copies,
            [
                Copies {
                    candidates: vec![id("r0a0"), id("r1a0"), id("r1a1")],
                    original: false
                },
                Copies {
                    candidates: vec![id("r1a2")],
                    original: true
                },
            ]
        );
        // 11 words each, one of them different
        let first = &got.rounds[0];
        assert_eq!((first.candidates, first.distinct), (2, 2));
        assert!((first.likeness.unwrap() - 20.0 / 22.0).abs() < 1e-12);
        assert_eq!((got.rounds[1].candidates, got.rounds[1].distinct), (3, 2));
        assert_eq!(got.distinct_share(), Some(0.4));
        let empty = diversity(&self::unit(&[], ""));
        assert_eq!((empty.rounds.len(), empty.distinct_share()), (0, None));
    }
}

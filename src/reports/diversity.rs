//! Do the agents converge? How alike a round's candidates are, how many are copies of each other. Pure.
//! Compares words of the code, not letters, with comments and layout left out; never parses C++.

use std::collections::BTreeMap;

use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::domain::id::{CandidateId, Round};
use crate::domain::run::Unit;

/// Words of a source that are compared. Longer ones are compared by their beginning.
const LONGEST: usize = 2_000;
/// Candidates of a round that are compared pair by pair. Of more, the first are.
const WIDEST: usize = 16;

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
                likeness: likeness(&sources),
            }
        })
        .collect();
    Diversity { rounds, copies }
}

fn likeness(sources: &[Vec<String>]) -> Option<f64> {
    let sources = &sources[..sources.len().min(WIDEST)];
    let mut pairs = 0_usize;
    let mut sum = 0.0;
    for (at, a) in sources.iter().enumerate() {
        for b in &sources[at + 1..] {
            pairs += 1;
            sum += alike(a, b);
        }
    }
    (pairs > 0).then(|| sum / pairs as f64)
}

/// How alike two sequences of words are, 0 to 1.
fn alike(a: &[String], b: &[String]) -> f64 {
    if a == b {
        return 1.0;
    }
    let (a, b) = (&a[..a.len().min(LONGEST)], &b[..b.len().min(LONGEST)]);
    let common: usize = capture_diff_slices(Algorithm::Myers, a, b)
        .iter()
        .map(|op| match op {
            DiffOp::Equal { len, .. } => *len,
            DiffOp::Delete { .. } | DiffOp::Insert { .. } | DiffOp::Replace { .. } => 0,
        })
        .sum();
    let all = a.len() + b.len();
    if all == 0 {
        1.0
    } else {
        2.0 * common as f64 / all as f64
    }
}

/// The words and signs of a C++ source in order, without comments and blanks. Text in quotes is one word.
fn words(source: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut letters = source.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '/' if letters.peek() == Some(&'/') => {
                letters.by_ref().find(|c| *c == '\n');
            }
            '/' if letters.peek() == Some(&'*') => {
                letters.next();
                let mut before = ' ';
                letters.by_ref().find(|c| {
                    let over = before == '*' && *c == '/';
                    before = *c;
                    over
                });
            }
            c if c.is_whitespace() => {}
            '"' => {
                let mut word = String::from(c);
                let mut escaped = false;
                for c in letters.by_ref() {
                    word.push(c);
                    if c == '\n' || (c == '"' && !escaped) {
                        break;
                    }
                    escaped = c == '\\' && !escaped;
                }
                words.push(word);
            }
            c if c.is_alphanumeric() || c == '_' => {
                let mut word = String::from(c);
                while let Some(next) = letters.next_if(|c| c.is_alphanumeric() || *c == '_') {
                    word.push(next);
                }
                words.push(word);
            }
            sign => words.push(sign.to_string()),
        }
    }
    words
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
    fn comments_and_layout_do_not_make_a_difference() {
        assert_eq!(
            words("int f( ){ // sum\n return a_1+\"/* \\\" */\" ; /* done */ }"),
            [
                "int",
                "f",
                "(",
                ")",
                "{",
                "return",
                "a_1",
                "+",
                "\"/* \\\" */\"",
                ";",
                "}"
            ]
        );
        assert_eq!(words("/* open"), Vec::<String>::new());
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

    #[test]
    fn a_huge_source_is_compared_by_its_beginning() {
        let (a, b) = ("a ".repeat(200_000), "b ".repeat(200_000));
        let unit = unit(&[("r0a0", &a), ("r0a1", &b)], "");
        assert_eq!(diversity(&unit).rounds[0].likeness, Some(0.0));
    }
}

//! How alike two sources are, by their words, and which candidates are of one family. Pure. Compares words of the code, not
//! letters, with comments and layout left out; never parses C++.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::evaluation::{Evaluation, NO_CODE};
use super::id::{CandidateId, Round};
use super::measurement::Speedup;
use super::run::{CandidateState, Unit};

/// From this share of common words on, two sources are of one family.
pub(crate) const FAMILY: f64 = 0.6;
/// From this mean likeness on, a round's candidates say the same thing.
pub(crate) const CONVERGED: f64 = 0.9;
/// Words of a source that are compared. Longer ones are compared by their beginning.
const LONGEST: usize = 2_000;
/// Words by which families are told apart: screens ask for them often.
const BEGINNING: usize = 500;
/// Candidates that are compared pair by pair. Of more, the first are.
pub const WIDEST: usize = 16;
/// Families that are told apart.
const MOST: usize = 24;
/// Longest idea, in characters.
const IDEA: usize = 120;

/// The words and signs of a C++ source in order, without comments and blanks. Text in quotes is one word.
pub fn words(source: &str) -> Vec<String> {
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

/// How alike two sequences of words are, 0 to 1: twice the common words over all words.
pub fn alike(a: &[String], b: &[String]) -> f64 {
    compared(a, b, LONGEST)
}

/// Whether two sources go about it in one way.
pub fn is_akin(a: &[String], b: &[String]) -> bool {
    at_most(a, b, BEGINNING) >= FAMILY && compared(a, b, BEGINNING) >= FAMILY
}

/// No two sequences are more alike than their words in any order are. Cheap.
fn at_most(a: &[String], b: &[String], longest: usize) -> f64 {
    let sorted = |words: &[String]| {
        let mut words = words[..words.len().min(longest)].to_vec();
        words.sort_unstable();
        words
    };
    let (a, b) = (sorted(a), sorted(b));
    let (mut at, mut of, mut common) = (0, 0, 0_usize);
    while let (Some(one), Some(other)) = (a.get(at), b.get(of)) {
        match one.cmp(other) {
            Ordering::Less => at += 1,
            Ordering::Greater => of += 1,
            Ordering::Equal => (at, of, common) = (at + 1, of + 1, common + 1),
        }
    }
    match a.len() + b.len() {
        0 => 1.0,
        all => 2.0 * common as f64 / all as f64,
    }
}

fn compared(a: &[String], b: &[String], longest: usize) -> f64 {
    if a == b {
        return 1.0;
    }
    let (a, b) = (&a[..a.len().min(longest)], &b[..b.len().min(longest)]);
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

/// Mean likeness of all pairs of the first [`WIDEST`]; `None` with fewer than two.
pub fn mean(sources: &[Vec<String>]) -> Option<f64> {
    over_pairs(sources, alike)
}

fn over_pairs(
    sources: &[Vec<String>],
    likeness: impl Fn(&[String], &[String]) -> f64,
) -> Option<f64> {
    let sources = &sources[..sources.len().min(WIDEST)];
    let mut pairs = 0_usize;
    let mut sum = 0.0;
    for (at, a) in sources.iter().enumerate() {
        for b in &sources[at + 1..] {
            pairs += 1;
            sum += likeness(a, b);
        }
    }
    (pairs > 0).then(|| sum / pairs as f64)
}

/// A candidate as families are told from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Which.
    pub id: CandidateId,
    /// [`words`] of its source.
    pub words: Vec<String>,
    /// Its author's words about it.
    pub rationale: String,
    /// Its speedup, if it is correct.
    pub speedup: Option<Speedup>,
}

/// Candidates that go about it in one way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Family {
    /// Its members, the first one first.
    pub members: Vec<CandidateId>,
    /// The best correct one of them with its figure: the highest lower bound.
    pub best: Option<(CandidateId, Speedup)>,
    /// The idea in its best one's author's words, else its first one's; empty: nobody said anything.
    pub idea: String,
}

/// The families of these candidates, the one with the best figure first, those without a correct one last. Each is of the
/// first family whose first member it is like.
pub fn families(members: &[Member]) -> Vec<Family> {
    let mut groups: Vec<Vec<&Member>> = Vec::new();
    for member in members {
        let akin = |group: &Vec<&Member>| {
            group
                .first()
                .is_some_and(|first| is_akin(&first.words, &member.words))
        };
        // of very many families the last one holds the rest
        let last = (groups.len() >= MOST).then_some(MOST - 1);
        let found = groups.iter().position(akin).or(last);
        match found {
            Some(at) => groups[at].push(member),
            None => groups.push(vec![member]),
        }
    }
    let mut all: Vec<Family> = groups.iter().map(|group| family(group)).collect();
    let figure = |family: &Family| family.best.map_or(0.0, |(_, speedup)| speedup.lo);
    // stable: of equal figures the earlier family stands first
    all.sort_by(|a, b| figure(b).total_cmp(&figure(a)));
    all
}

fn family(group: &[&Member]) -> Family {
    let correct = group.iter().filter_map(|one| Some((one, one.speedup?)));
    let best = correct.reduce(|best, next| match next.1.lo > best.1.lo {
        true => next,
        false => best,
    });
    let said = best.map(|(one, _)| *one).or_else(|| group.first().copied());
    Family {
        members: group.iter().map(|one| one.id).collect(),
        best: best.map(|(one, speedup)| (one.id, speedup)),
        idea: said.map_or_else(String::new, |one| idea(&one.rationale)),
    }
}

/// An author's words in one line: the first sentence or line that says something.
pub(crate) fn idea(rationale: &str) -> String {
    let line = rationale
        .lines()
        .map(|line| line.trim_matches(|c: char| !c.is_alphanumeric() && c != '(' && c != ')'))
        .find(|line| line.split_whitespace().count() > 1)
        .unwrap_or_default();
    let sentence = line.split(". ").next().unwrap_or_default();
    let plain = sentence.chars().filter(|c| !c.is_control());
    let mut idea: String = plain.take(IDEA).collect();
    if sentence.chars().count() > IDEA {
        idea.push('…');
    }
    idea
}

/// A round whose candidates say what the round before said.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Converged {
    /// The round.
    pub round: Round,
    /// Its candidates.
    pub candidates: usize,
    /// Mean likeness of them and of those of the round before, 0 to 1.
    pub likeness: f64,
}

impl Unit {
    /// Its candidates as families are told from them, in the order of their ids. Those without code of their own are left
    /// out: an answer of words, and the original built another way.
    pub fn members(&self) -> Vec<Member> {
        let states = self.candidates.iter();
        let states =
            states.filter(|(_, state)| !held_no_code(state) && state.candidate.build.is_none());
        states
            .map(|(id, state)| Member {
                id: *id,
                words: words(&state.candidate.source),
                rationale: state.candidate.rationale.clone(),
                speedup: state.speedup(),
            })
            .collect()
    }

    /// Whether the team has converged: the candidates of the latest round that has any, and those of the round before it, are
    /// alike. Nothing is said of a round under way, nor of fewer than three candidates.
    pub fn converged(&self) -> Option<Converged> {
        let over = self.rounds.iter().rfind(|state| state.finished)?.round;
        let mut rounds: BTreeMap<Round, Vec<Vec<String>>> = BTreeMap::new();
        for member in self.members() {
            if member.id.round <= over {
                rounds
                    .entry(member.id.round)
                    .or_default()
                    .push(member.words);
            }
        }
        let (latest, now) = rounds.pop_last()?;
        let (_, mut both) = rounds.pop_last().filter(|_| latest == over)?;
        let candidates = now.len();
        both.extend(now);
        let might = |a: &[String], b: &[String]| at_most(a, b, LONGEST);
        over_pairs(&both, might).filter(|most| *most >= CONVERGED)?;
        let likeness = mean(&both).filter(|likeness| *likeness >= CONVERGED)?;
        (both.len() >= 3).then_some(Converged {
            round: latest,
            candidates,
            likeness,
        })
    }
}

fn held_no_code(state: &CandidateState) -> bool {
    let evaluation = state.evaluated.as_ref().map(|e| &e.evaluation);
    matches!(evaluation, Some(Evaluation::NotCompiled { message, .. }) if message == NO_CODE)
}

impl std::fmt::Display for Converged {
    /// `the candidates of r2 and of the round before are 97 % alike`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let percent = (self.likeness * 100.0).floor();
        write!(
            f,
            "the candidates of {} and of the round before are {percent:.0} % alike: the team has converged on one idea",
            self.round
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(id: &str, source: &str, rationale: &str, lo: Option<f64>) -> Member {
        Member {
            id: id.parse().unwrap(),
            words: words(source),
            rationale: rationale.to_owned(),
            speedup: lo.map(|lo| Speedup {
                lo,
                estimate: lo + 0.1,
                hi: lo + 0.2,
            }),
        }
    }

    #[test]
    fn comments_and_layout_do_not_make_a_difference() {
        let all = words("int f( ){ // sum\n return a_1+\"/* \\\" */\" ; /* done */ }");
        assert_eq!(
            all,
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
    fn families_stand_by_their_best_figure_and_say_its_idea() {
        let sum = "int f() { int s = 0; for (int i = 0; i < n; i++) s += x[i]; return s; }";
        let sums = "int f() { int t = 0; for (int i = 0; i < n; i++) t += x[i]; return t; }";
        let table = "std::vector<int> table; int f() { while (go(table)) { table.push_back(next()); } return table.back(); }";
        let all = [
            member("r0a0", sum, "Plain sum.", Some(1.0)),
            member(
                "r0a1",
                table,
                "```\n**Use a table of prefixes. It is fast.",
                Some(2.0),
            ),
            member("r1a0", sums, "Sum in a register. Then more.", Some(1.5)),
            member("r1a1", "x", "", None),
        ];
        let found = families(&all);
        let told: Vec<(String, usize, Option<f64>)> = found
            .iter()
            .map(|f| (f.idea.clone(), f.members.len(), f.best.map(|(_, s)| s.lo)))
            .collect();
        assert_eq!(
            told,
            [
                ("Use a table of prefixes".to_owned(), 1, Some(2.0)),
                ("Sum in a register".to_owned(), 2, Some(1.5)),
                (String::new(), 1, None),
            ]
        );
    }

    #[test]
    fn a_huge_source_is_compared_by_its_beginning() {
        let (a, b) = ("a ".repeat(200_000), "b ".repeat(200_000));
        assert_eq!(alike(&words(&a), &words(&b)), 0.0);
        assert_eq!(alike(&[], &[]), 1.0);
    }
}

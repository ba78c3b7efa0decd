//! Where a candidate comes from: by which move, out of which other candidate, and how it stands against that one. Plain
//! values, their words, and the way back to the first of a line. Never decides which move is made.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::best::RankedCandidate;
use super::contest::Contest;
use super::id::CandidateId;
use super::measurement::Speedup;
use super::run::Unit;

/// From this lower bound on a child is faster than its parent.
pub(crate) const GAIN: f64 = 1.01;

/// How a candidate came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Move {
    /// From the original, without anybody's code in view.
    Fresh,
    /// From a candidate that was in view, to make that one faster.
    Refine,
    /// From an own attempt that failed or that was there already.
    Repair,
}

impl Move {
    /// The word used on screen and in sheets.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Refine => "refine",
            Self::Repair => "repair",
        }
    }
}

/// Where a candidate comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lineage {
    /// By which move.
    #[serde(rename = "move")]
    pub by: Move,
    /// Out of which candidate; `None`: out of the original alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<CandidateId>,
}

impl fmt::Display for Lineage {
    /// `fresh`, `refines r0a1`, `repairs r1a0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.by, self.parent) {
            (Move::Fresh, _) | (_, None) => f.write_str(self.by.word()),
            (Move::Refine, Some(parent)) => write!(f, "refines {parent}"),
            (Move::Repair, Some(parent)) => write!(f, "repairs {parent}"),
        }
    }
}

/// A role in one line: what an agent of a team is to look for first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AgentRole {
    /// A better algorithm.
    Algorithm,
    /// What the machine does with the code: layout, vectorisation, branches.
    Machine,
    /// The smallest change that is safe.
    Smallest,
}

/// How an agent goes about a question, so that a team of one model gives more than one answer. Nothing in it: as the agent
/// is set.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct AskManner {
    /// What it looks for first.
    pub role: Option<AgentRole>,
    /// Temperature, where the person has not set one for this agent.
    pub temperature: Option<f64>,
    /// Seed for servers that honour one.
    pub seed: Option<u32>,
}

/// A child timed against its parent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Duel {
    /// The parent.
    pub parent: CandidateId,
    /// t(parent)/t(child): how many times as fast the child is. `None`: the two could not be told from each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gain: Option<Speedup>,
}

impl Duel {
    /// What a contest of the two showed.
    pub fn of(child: CandidateId, parent: CandidateId, contest: &Contest) -> Self {
        let lead = contest.rivals.first().and_then(|rival| rival.lead);
        let gain = match contest.winner {
            Some(winner) if winner == child => lead,
            Some(winner) if winner == parent => lead.map(|lead| Speedup {
                estimate: 1.0 / lead.estimate,
                lo: 1.0 / lead.hi,
                hi: 1.0 / lead.lo,
            }),
            _ => None,
        };
        let usable = |gain: &Speedup| gain.lo.is_finite() && gain.hi.is_finite() && gain.lo > 0.0;
        Self {
            parent,
            gain: gain.filter(usable),
        }
    }

    /// Whether the child is faster than its parent.
    pub fn is_gain(&self) -> bool {
        self.gain.is_some_and(|gain| gain.lo > GAIN)
    }
}

impl fmt::Display for Duel {
    /// `1.04× [1.02, 1.06] as fast as r0a1, which it comes from`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parent = self.parent;
        match self.gain {
            Some(gain) => write!(f, "{gain} as fast as {parent}, which it comes from"),
            None => write!(f, "not told apart from {parent}, which it comes from"),
        }
    }
}

/// What the two intervals against the original say of a child and its parent; `None`: they overlap, and only timing the two
/// against each other can tell.
pub fn by_intervals(child: Speedup, parent: Speedup) -> Option<bool> {
    if child.lo > parent.hi * GAIN {
        return Some(true);
    }
    (child.hi < parent.lo).then_some(false)
}

/// The best candidate to go on from: the unit's leader, or whoever was shown to be faster than it by being timed against it.
/// `duels` are of these entries, each by its child.
pub fn front<'a>(
    leader: Option<RankedCandidate>,
    duels: impl IntoIterator<Item = (&'a CandidateId, &'a Duel)>,
) -> Option<CandidateId> {
    let mut duels: Vec<(CandidateId, Duel)> =
        duels.into_iter().map(|(id, duel)| (*id, *duel)).collect();
    let mut front = leader?.id;
    loop {
        let beats = |(_, duel): &(CandidateId, Duel)| duel.parent == front && duel.is_gain();
        let lo = |duel: &Duel| duel.gain.map_or(0.0, |gain| gain.lo);
        let better = duels.iter().copied().filter(beats);
        let better = better.reduce(|best, next| match lo(&next.1) > lo(&best.1) {
            true => next,
            false => best,
        });
        let Some((child, _)) = better else {
            return Some(front);
        };
        // each is gone through once, whatever a damaged record says
        duels.retain(|(id, _)| *id != child);
        front = child;
    }
}

impl Unit {
    /// A candidate and those it comes from, the first of the line first. Empty where nothing is known of its descent.
    pub fn line_of(&self, id: CandidateId) -> Vec<(CandidateId, Lineage)> {
        let mut line: Vec<(CandidateId, Lineage)> = Vec::new();
        let mut next = Some(id);
        while let Some(id) = next {
            let lineage = self.candidates.get(&id).and_then(|s| s.candidate.lineage);
            let Some(lineage) = lineage.filter(|_| line.iter().all(|(known, _)| *known != id))
            else {
                break;
            };
            line.push((id, lineage));
            next = lineage.parent;
        }
        line.reverse();
        line
    }

    /// The line of a candidate in words: `r0a1 fresh 1.50× → r1a0 refines it 1.92× → r2a2 refines it 2.10×`.
    pub fn descent(&self, id: CandidateId) -> Option<String> {
        let line = self.line_of(id);
        if line.is_empty() {
            return None;
        }
        let step = |(id, lineage): &(CandidateId, Lineage)| {
            let how = match lineage.by {
                Move::Fresh => "fresh",
                Move::Refine => "refined",
                Move::Repair => "repaired",
            };
            let state = self.candidates.get(id);
            let figure = match (
                state.and_then(|s| s.speedup()),
                state.and_then(|s| s.outcome()),
            ) {
                (Some(speedup), _) => format!(" {}×", super::measurement::ratio(speedup.estimate)),
                (None, Some(outcome)) => format!(" {}", outcome.word().replace('_', " ")),
                (None, None) => String::new(),
            };
            format!("{id} {how}{figure}")
        };
        let steps: Vec<String> = line.iter().map(step).collect();
        Some(steps.join(" → "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidate::Candidate;
    use crate::contest::{ContenderStanding, Extent, Rival};
    use crate::measurement::Verdict;
    use crate::units::Nanos;

    fn id(text: &str) -> CandidateId {
        text.parse().unwrap()
    }

    fn speedup(lo: f64, estimate: f64, hi: f64) -> Speedup {
        Speedup { estimate, lo, hi }
    }

    fn contest(winner: &str, loser: &str, lead: Speedup) -> Contest {
        Contest {
            winner: Some(id(winner)),
            extent: Extent::default(),
            rivals: vec![Rival {
                id: id(loser),
                lead: Some(lead),
                standing: ContenderStanding::Slower,
                extent: Extent::default(),
            }],
            left_out: 0,
            launches: 5,
            confidence: 0.95,
            seed: 1,
            spent: Nanos(1),
            not_held: None,
        }
    }

    #[test]
    fn a_contest_of_two_says_how_many_times_as_fast_the_child_is() {
        let lead = speedup(1.25, 1.6, 2.0);
        let won = Duel::of(id("r1a0"), id("r0a0"), &contest("r1a0", "r0a0", lead));
        assert_eq!(won.gain, Some(lead));
        assert!(won.is_gain());
        let lost = Duel::of(id("r1a0"), id("r0a0"), &contest("r0a0", "r1a0", lead));
        assert_eq!(lost.gain, Some(speedup(0.5, 0.625, 0.8)));
        assert!(!lost.is_gain());
        let candidate = Candidate {
            id: id("r0a0"),
            source: String::new(),
            rationale: String::new(),
            read: Vec::new(),
            build: None,
            lineage: None,
        };
        let none = Contest::not_held(&[&candidate], "no memory");
        assert_eq!(Duel::of(id("r1a0"), id("r0a0"), &none).gain, None);
    }

    #[test]
    fn intervals_decide_where_they_are_apart() {
        let of = |child, parent| by_intervals(child, parent);
        assert_eq!(
            of(speedup(2.1, 2.2, 2.3), speedup(1.5, 1.6, 2.0)),
            Some(true)
        );
        assert_eq!(
            of(speedup(1.0, 1.1, 1.2), speedup(1.5, 1.6, 2.0)),
            Some(false)
        );
        assert_eq!(of(speedup(1.4, 1.7, 2.1), speedup(1.5, 1.6, 2.0)), None);
        assert_eq!(of(speedup(2.001, 2.2, 2.3), speedup(1.5, 1.6, 2.0)), None);
    }

    #[test]
    fn the_front_is_the_leader_or_a_child_that_beat_it_head_to_head() {
        let leader = RankedCandidate {
            id: id("r0a0"),
            speedup: speedup(1.5, 1.6, 1.7),
            verdict: Verdict::Faster,
        };
        let duel = |parent: &str, lo: f64| Duel {
            parent: id(parent),
            gain: Some(speedup(lo, lo + 0.1, lo + 0.2)),
        };
        let duels = [
            (id("r1a0"), duel("r0a0", 1.02)),
            (id("r1a1"), duel("r0a0", 1.05)),
            (id("r2a0"), duel("r1a1", 1.0)),
            (id("r2a1"), duel("r1a0", 1.5)),
        ];
        let of = |duels: &[(CandidateId, Duel)]| {
            front(Some(leader), duels.iter().map(|(id, d)| (id, d)))
        };
        assert_eq!(of(&duels), Some(id("r1a1")));
        assert_eq!(of(&[]), Some(id("r0a0")));
        assert_eq!(of(&[(id("r0a0"), duel("r0a0", 2.0))]), Some(id("r0a0")));
        assert_eq!(front(None, []), None);
    }

    #[test]
    fn a_lineage_survives_being_stored_and_is_told_in_two_words() {
        let cases = [
            (Move::Fresh, None, "fresh", r#"{"move":"fresh"}"#),
            (
                Move::Refine,
                Some("r0a1"),
                "refines r0a1",
                r#"{"move":"refine","parent":"r0a1"}"#,
            ),
            (
                Move::Repair,
                Some("r1a0.1"),
                "repairs r1a0.1",
                r#"{"move":"repair","parent":"r1a0.1"}"#,
            ),
        ];
        for (by, parent, words, stored) in cases {
            let parent = parent.map(id);
            let lineage = Lineage { by, parent };
            assert_eq!(lineage.to_string(), words);
            assert_eq!(serde_json::to_string(&lineage).unwrap(), stored);
            assert_eq!(serde_json::from_str::<Lineage>(stored).unwrap(), lineage);
        }
    }
}

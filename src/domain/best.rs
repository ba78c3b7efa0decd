//! Which candidate of a unit is the best one so far: the one rule that strategies, engine, screens and reports share.
//! Pure; depends on what was measured, never on the order in which verdicts came in, and never measures.
//!
//! `Paper`: the greatest estimate, the earlier one where they are equal, even if it is slower than the original.
//! `Corrected`: among those that are faster beyond doubt the highest lower bound. A wide interval is no merit, and an
//! interval that merely overlaps shields nobody. Who reaches the best lower bound is a contender; once contenders were
//! timed against each other (module `contest`), the winner of that is the best one. Equal code counts once.

use std::collections::HashMap;

use super::build::Build;
use super::evaluation::Evaluated;
use super::id::CandidateId;
use super::measurement::{Speedup, Verdict};
use super::run::{CandidateState, Unit};
use super::spec::Preset;

/// A claim of more than this needs the verdict to go with it: what the harness measured and withheld is no candidate.
const CLAIM: f64 = 1.01;
/// Most contenders that are timed against each other.
pub const MOST: usize = 8;

/// A correct candidate with its figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankedCandidate {
    /// Which.
    pub id: CandidateId,
    /// Its speedup over the original.
    pub speedup: Speedup,
    /// What may be said of that.
    pub verdict: Verdict,
}

impl RankedCandidate {
    fn is_faster(&self) -> bool {
        self.verdict == Verdict::Faster && self.speedup.lo > 1.0
    }

    /// Whether the harness measured a gain and did not stand by it.
    fn is_withheld(&self) -> bool {
        self.verdict != Verdict::Faster && self.speedup.lo > CLAIM
    }
}

/// The best of these, given in order of their ids; `None`: the original.
pub fn leader(preset: Preset, entries: &[RankedCandidate]) -> Option<RankedCandidate> {
    let ahead = |next: &RankedCandidate, best: &RankedCandidate| match preset {
        Preset::Paper => next.speedup.estimate > best.speedup.estimate,
        Preset::Corrected => next.speedup.lo > best.speedup.lo,
    };
    let able = |entry: &&RankedCandidate| preset == Preset::Paper || entry.is_faster();
    let able = entries.iter().filter(able);
    able.copied()
        .reduce(|best, next| match ahead(&next, &best) {
            true => next,
            false => best,
        })
}

/// Those that may be the best: every one whose interval reaches the best lower bound, the leader first, then by their
/// lower bounds. Nobody where nothing is faster than the original.
pub fn contenders(entries: &[RankedCandidate]) -> Vec<RankedCandidate> {
    let Some(leader) = leader(Preset::Corrected, entries) else {
        return Vec::new();
    };
    let reaches =
        |entry: &&RankedCandidate| !entry.is_withheld() && entry.speedup.hi >= leader.speedup.lo;
    let mut all: Vec<RankedCandidate> = entries.iter().filter(reaches).copied().collect();
    // stable: of equal bounds the earlier one stands first
    all.sort_by(|a, b| b.speedup.lo.total_cmp(&a.speedup.lo));
    all
}

impl CandidateState {
    fn entry(&self) -> Option<RankedCandidate> {
        Some(RankedCandidate {
            id: self.candidate.id,
            speedup: self.speedup()?,
            verdict: self.verdict()?,
        })
    }

    /// What makes it another code than its neighbours: its text, and how it is built.
    fn code(&self) -> (&str, Option<&Build>) {
        (&self.candidate.source, self.candidate.build.as_ref())
    }
}

impl Unit {
    /// A candidate became the best one.
    pub(super) fn lead(&mut self, id: CandidateId, speedup: Speedup) {
        self.best_before = self.best.map(|(before, _)| before);
        self.best = Some((id, speedup));
        if let Some(round) = self.rounds.last_mut() {
            round.best = Some(id);
        }
        // a fresh measurement of another one is no figure of this one
        self.confirmed.take_if(|(confirmed, _)| *confirmed != id);
    }

    /// A candidate was measured once more.
    pub(super) fn confirm(&mut self, id: CandidateId, evaluated: &Evaluated) {
        if self.spec.work.is_optimise() && evaluated.evaluation.outcome().is_failure() {
            self.refuted.insert(id, evaluated.clone());
            // whom it beat may be the best now
            self.contest = None;
        }
        self.confirmed = Some((id, evaluated.clone()));
    }

    /// The correct candidates that pass `wanted`, equal code once and under its first id.
    fn entries(&self, wanted: impl Fn(CandidateId) -> bool) -> Vec<RankedCandidate> {
        let mut seen = HashMap::new();
        let states = self.candidates.iter().filter(|(id, _)| wanted(**id));
        states
            .filter_map(|(id, state)| {
                let entry = state.entry()?;
                (*seen.entry(state.code()).or_insert(*id) == *id).then_some(entry)
            })
            .collect()
    }

    /// Whether a candidate did not fail when it was measured once more; the paper has no second look.
    fn stands(&self, preset: Preset, id: CandidateId) -> bool {
        preset == Preset::Paper || !self.refuted.contains_key(&id)
    }

    /// The best candidate so far with its figure; `None`: the original.
    pub fn leader(&self, preset: Preset) -> Option<(CandidateId, Speedup)> {
        let won = self
            .contest
            .as_ref()
            .filter(|_| preset == Preset::Corrected);
        if let Some(contest) = won {
            let id = contest.winner?;
            return Some((id, self.candidates.get(&id)?.speedup()?));
        }
        leader(preset, &self.entries(|id| self.stands(preset, id)))
            .map(|best| (best.id, best.speedup))
    }

    /// Those that may be the best, the leader first.
    pub fn contenders(&self) -> Vec<CandidateId> {
        let all = contenders(&self.entries(|id| self.stands(Preset::Corrected, id)));
        all.iter().map(|entry| entry.id).collect()
    }

    /// The best of the candidates that pass `wanted`, be it faster than the original or not: the best of all where it
    /// is among them, or one with its code.
    pub fn best_of(
        &self,
        preset: Preset,
        wanted: impl Fn(CandidateId) -> bool,
    ) -> Option<CandidateId> {
        let entries = self.entries(|id| wanted(id) && self.stands(preset, id));
        let best = self.best.map(|(id, _)| id);
        let leads =
            |entry: &&RankedCandidate| best.is_some_and(|best| self.same_code(entry.id, best));
        // nothing is faster: what the harness stands by goes first
        let rank = |entry: &RankedCandidate| (!entry.is_withheld(), entry.speedup.lo);
        let stands = || {
            let all = entries.iter().copied();
            all.reduce(|best, next| match rank(&next) > rank(&best) {
                true => next,
                false => best,
            })
        };
        let found = entries.iter().find(leads).copied();
        let found = found.or_else(|| leader(preset, &entries)).or_else(stands);
        found.map(|entry| entry.id)
    }

    /// The figure of a candidate as it stands: the fresh measurement of its code where there is one, else its first.
    pub fn figure(&self, id: CandidateId) -> Option<Speedup> {
        let first = self.candidates.get(&id)?.speedup()?;
        let fresh = self.confirmed.as_ref();
        let fresh = fresh.filter(|(confirmed, _)| self.same_code(*confirmed, id));
        let fresh = fresh.and_then(|(_, evaluated)| evaluated.evaluation.speedup());
        Some(fresh.unwrap_or(first))
    }

    /// Whether the best candidate so far has the code of the one that was the best before it: no news to a person.
    pub fn leads_again(&self) -> bool {
        let now = self.best.map(|(id, _)| id);
        let both = now.zip(self.best_before);
        both.is_some_and(|(now, before)| now != before && self.same_code(now, before))
    }

    /// Whether two candidates are one code, built the same way.
    pub fn same_code(&self, one: CandidateId, other: CandidateId) -> bool {
        let code = |id| self.codes.group(id);
        one == other || code(one).is_some_and(|known| Some(known) == code(other))
    }

    /// The first candidate with the same code, itself if there is none before it.
    pub fn first_of(&self, id: CandidateId) -> CandidateId {
        self.copies(id).first().copied().unwrap_or(id)
    }

    /// All candidates with the same code, itself among them, in the order of their ids.
    pub fn copies(&self, id: CandidateId) -> &[CandidateId] {
        self.codes.all(id)
    }

    /// The figure of the best so far after each round begun; at most 1 where nothing is faster, 0 where nothing is
    /// correct. Of code from a description the greatest share of tests passed.
    pub fn best_by_round(&self) -> Vec<f64> {
        let mut most = 0.0_f64;
        let best = self.rounds.iter().map(|state| {
            most = most.max(state.best_score);
            let figure = state.best.and_then(|id| self.figure(id));
            match (self.spec.work.is_optimise(), figure) {
                (false, _) => most,
                (true, Some(speedup)) => speedup.estimate,
                (true, None) => most.min(1.0),
            }
        });
        best.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{AgentId, Round};

    fn entries(all: &[(f64, f64, f64)]) -> Vec<RankedCandidate> {
        let entry = |(agent, &(lo, estimate, hi)): (u8, &(f64, f64, f64))| RankedCandidate {
            id: CandidateId::first(Round(0), AgentId(agent)),
            speedup: Speedup { estimate, lo, hi },
            verdict: match lo > 1.01 {
                true => Verdict::Faster,
                false => Verdict::Unresolved,
            },
        };
        (0..).zip(all).map(entry).collect()
    }

    fn position(preset: Preset, all: &[(f64, f64, f64)]) -> Option<u8> {
        leader(preset, &entries(all)).map(|entry| entry.id.agent.0)
    }

    #[test]
    fn a_wide_interval_shields_nobody() {
        let all = [(4.34, 6.12, 8.64), (6.57, 7.21, 7.92), (5.71, 7.43, 9.67)];
        assert_eq!(position(Preset::Corrected, &all), Some(1));
        assert_eq!(position(Preset::Paper, &all), Some(2));
        let met: Vec<u8> = contenders(&entries(&all))
            .iter()
            .map(|e| e.id.agent.0)
            .collect();
        assert_eq!(met, [1, 2, 0]);
        let apart = [(4.0, 4.2, 4.4), (6.57, 7.21, 7.92)];
        assert_eq!(contenders(&entries(&apart)).len(), 1);
    }

    #[test]
    fn nothing_faster_leaves_the_original() {
        let all = [(0.8, 0.9, 0.95), (0.97, 1.02, 1.1)];
        assert_eq!(position(Preset::Corrected, &all), None);
        assert_eq!(contenders(&entries(&all)), []);
        assert_eq!(position(Preset::Paper, &all), Some(1));
        assert_eq!(position(Preset::Paper, &[]), None);
    }

    #[test]
    fn what_the_harness_does_not_stand_by_is_no_contender() {
        let mut all = entries(&[(1.5, 1.6, 1.7), (90.0, 100.0, 110.0)]);
        all[1].verdict = Verdict::Unresolved;
        assert_eq!(leader(Preset::Corrected, &all), Some(all[0]));
        assert_eq!(contenders(&all), [all[0]]);
    }

    #[test]
    fn contenders_stand_by_their_lower_bounds() {
        let all: Vec<(f64, f64, f64)> = (0..12)
            .map(|n| (2.0 + f64::from(n) / 100.0, 3.0, 4.0))
            .collect();
        let met: Vec<u8> = contenders(&entries(&all))
            .iter()
            .map(|e| e.id.agent.0)
            .collect();
        assert_eq!(met, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    }
}

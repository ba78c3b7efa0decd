//! The best candidate of a unit: found by the rule, or by having those that may be it timed against each other.
//! Never compares anything itself.

use super::judging::seed;
use super::{Effect, Halt, Job, State, Ticket};
use crate::domain::best::MOST;
use crate::domain::candidate::Candidate;
use crate::domain::contest::Contest;
use crate::domain::event::Fact;
use crate::domain::id::{CandidateId, UnitId};
use crate::domain::lineage::Duel;
use crate::domain::spec::Preset;
use crate::strategies::context::{Stop, StrategyReply};

impl State {
    /// Replies with the best candidate, at once where there is no doubt about it.
    pub(super) fn find_best(&mut self, ticket: Ticket, unit: UnitId) {
        let preset = self.run.spec.preset;
        let Some(state) = self.run.unit(unit) else {
            return self.reply(ticket, Err(Stop));
        };
        let contenders = match preset {
            Preset::Paper => Vec::new(),
            Preset::Corrected => state.contenders(),
        };
        let &[first, _, ..] = contenders.as_slice() else {
            let best = state.leader(preset).map(|(id, _)| id);
            return self.reply(ticket, Ok(StrategyReply::Best(best)));
        };
        let left_out = contenders.len().saturating_sub(MOST);
        let candidate = |id| Some(state.candidates.get(id)?.candidate.clone());
        let contenders: Vec<Candidate> =
            contenders.iter().take(MOST).filter_map(candidate).collect();
        let seed = seed(self.run.spec.seed, unit, first, Job::Contest);
        self.notice(format!(
            "{} candidates may be the best one: they are timed against each other",
            contenders.len()
        ));
        self.effects.push(Effect::Contest {
            contenders: contenders.clone(),
            seed,
        });
        self.contested = Some((ticket, contenders, left_out));
    }

    /// Has a candidate timed against the one it comes from.
    pub(super) fn meet(
        &mut self,
        ticket: Ticket,
        unit: UnitId,
        child: CandidateId,
        parent: CandidateId,
    ) {
        let candidate = |id| {
            let state = self.run.unit(unit)?.candidates.get(&id)?;
            state.speedup().map(|_| state.candidate.clone())
        };
        let (Some(one), Some(other)) = (candidate(child), candidate(parent)) else {
            return self.reply(ticket, Err(Stop));
        };
        self.meeting.insert(child, (ticket, parent));
        self.effects.push(Effect::Duel {
            child: one,
            parent: other,
            seed: seed(self.run.spec.seed, unit, child, Job::Duel),
        });
    }

    /// The harness is done with timing the two. Where it could not, nothing is known of them.
    pub(super) fn met(&mut self, child: CandidateId, result: Result<Contest, String>) {
        self.timed(Some(child));
        let (Some(unit), Some((ticket, parent))) = (self.unit, self.meeting.remove(&child)) else {
            return;
        };
        let duel = match result {
            Ok(contest) => Duel::of(child, parent, &contest),
            Err(why) => {
                if !self.halts.contains(&Halt::Cancel) {
                    self.notice(format!("{child} was not timed against {parent}: {why}"));
                }
                Duel { parent, gain: None }
            }
        };
        self.emit(Fact::ParentMet {
            unit,
            candidate: child,
            duel,
        });
        self.reply(ticket, Ok(StrategyReply::Met(duel)));
    }

    /// The harness is done with it. Where it could not compare them, the leader stays the best.
    pub(super) fn contest_ended(&mut self, result: Result<Contest, String>) {
        let (Some(unit), Some((ticket, contenders, left_out))) = (self.unit, self.contested.take())
        else {
            return;
        };
        self.timed(contenders.first().map(|leader| leader.id));
        let mut contest = result.unwrap_or_else(|why| {
            let all: Vec<&Candidate> = contenders.iter().collect();
            Contest::not_held(&all, why)
        });
        contest.left_out = u32::try_from(left_out).unwrap_or(u32::MAX);
        let winner = contest.winner;
        let contest = Box::new(contest);
        self.emit(Fact::ContestHeld { unit, contest });
        self.note_best(unit);
        self.reply(ticket, Ok(StrategyReply::Best(winner)));
    }
}

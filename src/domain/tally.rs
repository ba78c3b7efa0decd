//! What an agent did so far in a unit, counted from its asks and candidates.

use super::codegen::Tested;
use super::id::{AgentId, CandidateId};
use super::measurement::Speedup;
use super::run::Unit;
use super::spec::Preset;
use super::units::Usage;

/// What an agent did so far in a unit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AgentTally {
    /// Its best candidate with a correct answer, by the rule of the whole unit, with its figure as it stands.
    pub best: Option<(CandidateId, Speedup)>,
    /// Tokens of its answers.
    pub usage: Usage,
    /// Candidates proposed.
    pub proposed: u32,
    /// Candidates that were correct, or passed every test.
    pub correct: u32,
    /// Its candidate that passed the most tests.
    pub tested: Option<(CandidateId, Tested)>,
}

impl Unit {
    /// What an agent did so far.
    pub fn tally(&self, preset: Preset, agent: AgentId) -> AgentTally {
        let mut tally = AgentTally::default();
        for (id, ask) in &self.asks {
            if let (true, Some(Ok(answer))) = (id.agent() == agent, &ask.reply) {
                tally.usage += answer.usage;
            }
        }
        for (id, state) in self.candidates.iter().filter(|(id, _)| id.agent == agent) {
            tally.proposed += 1;
            tally.count_tested(*id, state);
            tally.correct += u32::from(state.speedup().is_some());
        }
        let best = self.best_of(preset, |id| id.agent == agent);
        tally.best = best.and_then(|id| Some((id, self.figure(id)?)));
        tally
    }
}

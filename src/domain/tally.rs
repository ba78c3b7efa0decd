//! What an agent did so far in a unit, counted from its asks and candidates. Never looks at other agents.

use super::codegen::Tested;
use super::id::{AgentId, CandidateId};
use super::measurement::Speedup;
use super::run::Unit;
use super::units::Usage;

/// What an agent did so far in a unit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AgentTally {
    /// Its best candidate with a correct answer, by estimate.
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
    pub fn tally(&self, agent: AgentId) -> AgentTally {
        let mut tally = AgentTally::default();
        for (id, ask) in &self.asks {
            if let (true, Some(Ok(answer))) = (id.agent() == agent, &ask.reply) {
                tally.usage += answer.usage;
            }
        }
        for (id, state) in self.candidates.iter().filter(|(id, _)| id.agent == agent) {
            tally.proposed += 1;
            tally.count_tested(*id, state);
            let Some(speedup) = state.speedup() else {
                continue;
            };
            tally.correct += 1;
            if tally
                .best
                .is_none_or(|(_, best)| speedup.estimate > best.estimate)
            {
                tally.best = Some((*id, speedup));
            }
        }
        tally
    }
}

//! What an agent is waiting for right now, from a unit's facts alone. Never knows what the engine has in flight.

use super::id::{AgentId, CandidateId, Purpose};
use super::run::Unit;

impl Unit {
    /// What an agent is waiting for right now, from facts alone: the open ask, or the candidate not yet evaluated.
    pub fn open_work(&self, agent: AgentId) -> Option<OpenWork> {
        let mine = |id: &CandidateId| id.agent == agent;
        let asked = self
            .asks
            .iter()
            .rev()
            .find(|(id, state)| id.agent() == agent && state.reply.is_none());
        if let Some((id, state)) = asked {
            return Some(OpenWork::Asked {
                purpose: id.purpose,
                since: state.sent_at,
            });
        }
        self.candidates
            .iter()
            .rev()
            .find(|(id, state)| mine(id) && state.evaluated.is_none())
            .map(|(id, _)| OpenWork::Evaluating { candidate: *id })
    }
}

/// What an agent is waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenWork {
    /// An answer from its model.
    Asked {
        /// To what.
        purpose: Purpose,
        /// Since when, milliseconds since 1970-01-01 UTC.
        since: i64,
    },
    /// The harness.
    Evaluating {
        /// On which candidate.
        candidate: CandidateId,
    },
}

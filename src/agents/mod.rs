//! Ask → words → model → answer. Never compiles, never judges.

pub mod rewriter;

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::domain::ask::{Answer, Ask, AskFailure};
use crate::domain::id::{AskId, UnitId};
use crate::domain::spec::{AgentSpec, RelevanceKind};

/// Something of the moment while an agent answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentPulse {
    /// Text arrived. Hostile.
    Delta(String),
    /// The request is tried again.
    Retrying {
        /// Next attempt, from 2.
        attempt: u32,
        /// Milliseconds until it starts.
        wait_ms: u64,
        /// Why.
        message: String,
    },
}

/// Why a team cannot be put together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct TeamError {
    /// What is wrong, naming the agent.
    pub what: String,
    /// What to do.
    pub hint: String,
}

/// What a team is put together from besides its specification.
#[derive(Default)]
pub struct Surroundings {
    /// Values of the key variables that the specification names. Never printed.
    pub keys: BTreeMap<String, SecretString>,
    /// Recorded answers by what `AgentKind::Recorded` names.
    pub recorded: BTreeMap<String, BTreeMap<(UnitId, AskId), Answer>>,
    /// The person's own prompt templates by name (`rewrite`, `lesson`), replacing the built-in ones.
    pub prompts: BTreeMap<String, String>,
}

/// The agents of a run. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Team {}

impl Team {
    /// Puts the team together; connects to nothing yet.
    pub fn assemble(_specs: &[AgentSpec], _around: Surroundings) -> Result<Self, TeamError> {
        unimplemented!("stub")
    }
    /// SHA-256 of each prompt template in use, in hex, by name.
    pub fn prompt_hashes(&self) -> BTreeMap<String, String> {
        unimplemented!("stub")
    }
    /// The whole prompt of an ask.
    pub fn prompt(&self, _ask: &Ask) -> Result<String, TeamError> {
        unimplemented!("stub")
    }
    /// Asks the agent named by the ask. Dropping the future cancels the request.
    pub async fn answer(
        &self,
        _ask: &Ask,
        _prompt: &str,
        _pulse: &(dyn Fn(AgentPulse) + Send + Sync),
    ) -> Result<Answer, AskFailure> {
        unimplemented!("stub")
    }
    /// Embeds texts with a server's `/v1/embeddings`: one vector of equal length per text, in order.
    /// The lexical embedding is the bank's own and never comes here.
    pub async fn embed(
        &self,
        _relevance: &RelevanceKind,
        _texts: &[String],
    ) -> Result<Vec<Vec<f32>>, AskFailure> {
        unimplemented!("stub")
    }
}

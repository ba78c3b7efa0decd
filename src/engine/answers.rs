//! Who answers an ask: the team, or a script. A scripted model is a normal provider: the engine treats both alike.

use std::fmt;
use std::sync::Arc;

use crate::agents::{AgentPulse, Team};
use crate::bank::cosine;
use crate::domain::ask::{Answer, Ask, AskFailure, AskFailureKind, Task};
use crate::domain::spec::RelevanceKind;

/// An answer to each ask, by rule. May block: it runs on a thread of its own.
pub type Script = Arc<dyn Fn(&Ask) -> Result<Answer, AskFailure> + Send + Sync>;

/// Who answers.
#[derive(Clone)]
pub enum Answers {
    /// The agents of the run.
    Team(Team),
    /// A script, for trying out what is around the agents.
    Scripted(Script),
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Team(_) => "Team",
            Self::Scripted(_) => "Scripted",
        })
    }
}

impl From<Team> for Answers {
    fn from(team: Team) -> Self {
        Self::Team(team)
    }
}

impl Answers {
    /// SHA-256 of each prompt template in use, in hex, by name.
    pub(super) fn prompt_hashes(&self) -> std::collections::BTreeMap<String, String> {
        match self {
            Self::Team(team) => team.prompt_hashes(),
            Self::Scripted(_) => std::collections::BTreeMap::new(),
        }
    }

    /// The whole prompt of an ask. A prompt that cannot be written is a failed ask.
    pub(super) fn prompt(&self, ask: &Ask) -> Result<String, AskFailure> {
        match self {
            Self::Team(team) => team.prompt(ask).map_err(|error| AskFailure {
                kind: AskFailureKind::BadRequest,
                message: error.what,
                hint: error.hint,
                wait: None,
            }),
            Self::Scripted(_) => Ok(plain_words(ask)),
        }
    }

    pub(super) async fn answer(
        &self,
        ask: Ask,
        prompt: &str,
        pulse: &(dyn Fn(AgentPulse) + Send + Sync),
    ) -> Result<Answer, AskFailure> {
        match self {
            Self::Team(team) => team.answer(&ask, prompt, pulse).await,
            Self::Scripted(script) => {
                let script = Arc::clone(script);
                let answer = tokio::task::spawn_blocking(move || script(&ask)).await;
                answer.unwrap_or_else(|_| Err(broke_off()))
            }
        }
    }

    /// Relevance of a lesson to the code by the embedding server, or why there is none.
    pub(super) async fn relevance(
        &self,
        kind: &RelevanceKind,
        texts: [String; 2],
    ) -> Result<f64, String> {
        let vectors = match self {
            Self::Team(team) => team.embed(kind, &texts).await.map_err(|e| e.message)?,
            Self::Scripted(_) => return Err("a script embeds nothing".to_owned()),
        };
        match vectors.as_slice() {
            [lesson, code] if !lesson.is_empty() && lesson.len() == code.len() => {
                Ok(cosine(lesson, code))
            }
            _ => Err("the server did not give one vector per text".to_owned()),
        }
    }
}

/// The failure of an ask whose own code panicked.
pub(super) fn broke_off() -> AskFailure {
    AskFailure {
        kind: AskFailureKind::Protocol,
        message: "the agent broke off: a defect of ours".to_owned(),
        hint: "please report it".to_owned(),
        wait: None,
    }
}

/// What a script is shown: which ask, and the lessons in it.
fn plain_words(ask: &Ask) -> String {
    match &ask.task {
        Task::Rewrite { lessons }
        | Task::Explore { lessons, .. }
        | Task::Refine { lessons, .. } => {
            let lessons = lessons.iter().map(|l| format!("\n{}: {}", l.id, l.text));
            format!("{}{}", ask.id, lessons.collect::<String>())
        }
        Task::Lesson { evaluated, .. } => {
            format!("{}\n{}", ask.id, evaluated.evaluation.outcome().word())
        }
        Task::Reason
        | Task::Retry { .. }
        | Task::Reflect { .. }
        | Task::Recall { .. }
        | Task::Plan { .. }
        | Task::Code { .. }
        | Task::Repair { .. }
        | Task::Mend { .. }
        | Task::Tests
        | Task::Combine { .. } => ask.id.to_string(),
    }
}

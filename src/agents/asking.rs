//! Asking a model, and what to do when it cannot answer: a prompt too long for its context is sent again with fewer
//! lessons, and another model stands in for one that is gone. Never leaves anything of the problem's source out, and
//! never does either without a note for the record.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use secrecy::SecretString;

use super::wording::Wording;
use super::{AgentPulse, TeamError, from_reply, llm};
use crate::domain::ask::{Answer, Ask, AskFailure, AskFailureKind, AskNote, Defect, Task};
use crate::domain::id::{LessonId, Purpose};
use crate::domain::spec::{AgentKind, AgentSpec, Sampling, ServerLimits};
use crate::domain::units::Tokens;

type Pulse<'a> = &'a (dyn Fn(AgentPulse) + Send + Sync);

/// A model on a server, with how it is asked and who stands in for it.
pub(super) struct Asked {
    own: Choice,
    other: Option<Choice>,
    /// Why the other one answers, once it does.
    gone: Mutex<Option<AskFailure>>,
    code: Sampling,
    lesson: Sampling,
    extra_body: serde_json::Map<String, serde_json::Value>,
}

struct Choice {
    model: llm::Model,
    /// Tokens that a prompt and its answer may have together, if that is known.
    context: Option<u32>,
}

/// A question as it goes out: perhaps with fewer lessons than it was put with.
struct Sent {
    ask: Ask,
    prompt: String,
    trimmed: bool,
}

impl Asked {
    /// Opens an agent's model and the one that stands in for it; connects to nothing yet.
    pub fn open(
        spec: &AgentSpec,
        keys: &BTreeMap<String, SecretString>,
        servers: &mut llm::Servers,
        patience: llm::Patience,
    ) -> Result<Self, TeamError> {
        let AgentKind::Openai {
            base_url,
            model,
            key_env,
            code,
            lesson,
            extra_body,
            limits,
            fallback,
        } = &spec.kind
        else {
            return Err(TeamError {
                what: format!("agent `{}` is no model", spec.name),
                hint: "give it base_url and model".to_owned(),
            });
        };
        let mut open =
            |base_url: &str, model: &str, key_env: Option<&str>, limits: &ServerLimits| {
                let key = match key_env {
                    None => None,
                    Some(name) => Some(keys.get(name).ok_or_else(|| TeamError {
                        what: format!(
                            "agent `{}` needs a key in {name}, which is not set",
                            spec.name
                        ),
                        hint: format!("set it: export {name}=…"),
                    })?),
                };
                let opened = llm::Model::open(servers, base_url, model, key_env, key, patience);
                let model = opened.map_err(|what| TeamError {
                    what: format!("agent `{}`: {what}", spec.name),
                    hint: "mend its base_url or key_env".to_owned(),
                })?;
                Ok(Choice {
                    model: model.limited(limits),
                    context: limits.context,
                })
            };
        let own = open(base_url, model, key_env.as_deref(), limits)?;
        let other = match fallback {
            None => None,
            Some(other) => Some(open(
                &other.base_url,
                &other.model,
                other.key_env.as_deref(),
                &other.limits,
            )?),
        };
        Ok(Self {
            own,
            other,
            gone: Mutex::default(),
            code: *code,
            lesson: *lesson,
            extra_body: extra_body.clone(),
        })
    }

    /// Asks. Dropping the future cancels the request.
    pub async fn answer(
        &self,
        wording: &Wording,
        ask: &Ask,
        prompt: &str,
        pulse: Pulse<'_>,
    ) -> Result<Answer, AskFailure> {
        let mut sent = Sent {
            ask: ask.clone(),
            prompt: prompt.to_owned(),
            trimmed: false,
        };
        let gone = self
            .gone
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let failure = match gone {
            Some(failure) => failure,
            None => match self.ask(&self.own, wording, &mut sent, pulse).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            },
        };
        let Some(other) = self.other.as_ref().filter(|_| is_gone(failure.kind)) else {
            return Err(failure);
        };
        pulse(AgentPulse::Noted(AskNote::Fallback {
            from: self.own.model.name().to_owned(),
            to: other.model.name().to_owned(),
            kind: failure.kind,
            message: failure.message.clone(),
        }));
        *self.gone.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
        self.ask(other, wording, &mut sent, pulse).await
    }

    /// Asks one model, with fewer and fewer lessons while the prompt does not fit.
    async fn ask(
        &self,
        choice: &Choice,
        wording: &Wording,
        sent: &mut Sent,
        pulse: Pulse<'_>,
    ) -> Result<Answer, AskFailure> {
        let sampling = match sent.ask.id.purpose {
            Purpose::Rewrite
            | Purpose::Recall
            | Purpose::Plan
            | Purpose::Repair
            | Purpose::Tests
            | Purpose::Combine => &self.code,
            Purpose::Lesson | Purpose::Reflect => &self.lesson,
        };
        let fits = |prompt: &str| {
            let needed = Tokens::estimate(prompt).0 + u64::from(sampling.max_tokens);
            choice.context.is_none_or(|most| needed <= u64::from(most))
        };
        while !fits(&sent.prompt) && sent.shorten(wording, pulse) {}
        loop {
            let question = llm::Question {
                prompt: &sent.prompt,
                sampling,
                extra_body: &self.extra_body,
            };
            match llm::chat(&choice.model, &question, pulse).await {
                Ok(reply) => {
                    let name = choice.model.name();
                    let mut answer = from_reply(&sent.ask, &sent.prompt, reply, name);
                    if sent.trimmed {
                        answer.defects.push(Defect::Trimmed);
                    }
                    return Ok(answer);
                }
                Err(failure) if failure.kind == AskFailureKind::ContextOverflow => {
                    if !sent.shorten(wording, pulse) {
                        return Err(failure);
                    }
                }
                Err(failure) => return Err(failure),
            }
        }
    }
}

impl Sent {
    /// Leaves the lowest ranked lessons out; `false` if there are none left.
    fn shorten(&mut self, wording: &Wording, pulse: Pulse<'_>) -> bool {
        let mut ask = self.ask.clone();
        let lessons = lowest_ranked(&mut ask.task);
        let prompt = match wording.prompt(&ask) {
            Ok(prompt) if !lessons.is_empty() => prompt,
            _ => return false,
        };
        self.ask = ask;
        self.prompt.clone_from(&prompt);
        self.trimmed = true;
        pulse(AgentPulse::Noted(AskNote::Trimmed { lessons, prompt }));
        true
    }
}

/// Takes the last quarter of the lessons, one at least, out of a task: they stand in the order of their rank.
fn lowest_ranked(task: &mut Task) -> Vec<LessonId> {
    let Task::Rewrite { lessons } = task else {
        return Vec::new();
    };
    let kept = lessons.len() - lessons.len().div_ceil(4).min(lessons.len());
    lessons.drain(kept..).map(|lesson| lesson.id).collect()
}

/// Whether a model will not answer for a while, however often it is asked.
fn is_gone(kind: AskFailureKind) -> bool {
    use AskFailureKind as K;
    match kind {
        K::Unreachable
        | K::Unauthorized
        | K::NoSuchModel
        | K::Quota
        | K::RateLimited
        | K::Server
        | K::TimedOut => true,
        K::ContextOverflow
        | K::BadRequest
        | K::Protocol
        | K::NotRecorded
        | K::Cancelled
        | K::Budget => false,
    }
}

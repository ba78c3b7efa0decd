//! Asking a model, and what to do when it cannot answer: a prompt too long for its context is sent again with fewer
//! lessons, another model stands in for one that is gone until it is back, and a model that reasons gets room for it where
//! only a sentence was wanted. Never leaves anything of the problem's source out, and never does any of it without a word.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::llm::{Door, Keys, LEAST};
use super::wording::Wording;
use super::{AgentPulse, TeamError, from_reply, llm};
use crate::domain::ask::{Answer, Ask, AskFailure, AskFailureKind, AskNote, Defect, Task, Wasted};
use crate::domain::id::{AskId, LessonId, Purpose};
use crate::domain::reach::Reach;
use crate::domain::spec::{AgentKind, AgentSpec, Sampling, ServerLimits};
use crate::domain::units::Tokens;

/// How long another model stands in within a round before the own one is asked again.
const STAND_IN: Duration = Duration::from_secs(60);

type Pulse<'a> = &'a (dyn Fn(AgentPulse) + Send + Sync);

/// A model on a server, with how it is asked and who stands in for it.
pub(super) struct Asked {
    own: Choice,
    other: Option<Choice>,
    /// Why the other one answers, while it does.
    gone: Mutex<Option<Gone>>,
    code: Sampling,
    lesson: Sampling,
    /// Whether the model was seen to reason: its lessons need room for that.
    reasons: AtomicBool,
    extra_body: serde_json::Map<String, serde_json::Value>,
}

/// The own model does not answer.
#[derive(Debug, Clone)]
struct Gone {
    failure: AskFailure,
    /// The first question that it did not answer.
    since: AskId,
    /// The one with which it was last asked, and when.
    last: (AskId, Instant),
}

impl Gone {
    /// Whether it may be back by this question: what passes by itself is looked for in each round, and now and then.
    fn may_be_back(&self, ask: AskId) -> bool {
        let (last, at) = self.last;
        let another_round = last.about.round != ask.about.round;
        self.failure.kind.is_passing() && (another_round || at.elapsed() >= STAND_IN)
    }
}

#[derive(Clone)]
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
    pub(crate) fn open(
        spec: &AgentSpec,
        keys: &Keys,
        servers: &mut llm::Servers,
        patience: llm::RetryPolicy,
    ) -> Result<Self, TeamError> {
        let AgentKind::Openai {
            base_url,
            model,
            key_env,
            reach,
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
        let mut open = |base_url: &str,
                        model: &str,
                        key_env: Option<&str>,
                        reach: &Reach,
                        limits: &ServerLimits| {
            let door = Door {
                base_url,
                key_env,
                reach,
                keys,
            };
            if let (Some(place), None) = (door.key_place(), door.key()) {
                return Err(TeamError {
                    what: format!(
                        "agent `{}` needs a key in {place}, which is not set",
                        spec.name
                    ),
                    hint: format!("set it: export {place}=…"),
                });
            }
            let opened = llm::Model::open(servers, door, model, patience);
            let model = opened.map_err(|what| TeamError {
                what: format!("agent `{}`: {what}", spec.name),
                hint: "mend its base_url, key_env, headers or ca_file".to_owned(),
            })?;
            Ok(Choice {
                model: model.limited(limits),
                context: limits.context,
            })
        };
        let own = open(base_url, model, key_env.as_deref(), reach, limits)?;
        let other = match fallback {
            None => None,
            Some(other) => Some(open(
                &other.base_url,
                &other.model,
                other.key_env.as_deref(),
                &other.reach,
                &other.limits,
            )?),
        };
        Ok(Self {
            own,
            other,
            gone: Mutex::default(),
            code: *code,
            lesson: *lesson,
            reasons: AtomicBool::new(false),
            extra_body: extra_body.clone(),
        })
    }

    /// Asks. Dropping the future cancels the request.
    pub(crate) async fn answer(
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
        let gone = self.gone().clone();
        let (failure, since) = match &gone {
            Some(gone) if self.other.is_some() && !gone.may_be_back(ask.id) => {
                let message = format!("not asked again yet: {}", gone.failure.message);
                let failure = AskFailure {
                    message,
                    ..gone.failure.clone()
                };
                (failure, Some(gone.since))
            }
            _ => {
                let own = match &gone {
                    None => self.own.clone(),
                    // the other one is there: no reason to wait for long
                    Some(_) => self.own.patient(self.own.model.patience().for_a_look()),
                };
                match self.ask(&own, wording, &mut sent, pulse).await {
                    Ok(answer) => {
                        *self.gone() = None;
                        return Ok(answer);
                    }
                    Err(failure) => {
                        let since = gone.as_ref().map_or(ask.id, |gone| gone.since);
                        *self.gone() = Some(Gone {
                            failure: failure.clone(),
                            since,
                            last: (ask.id, Instant::now()),
                        });
                        (failure, gone.map(|gone| gone.since))
                    }
                }
            }
        };
        let Some(other) = self.other.as_ref().filter(|_| is_gone(failure.kind)) else {
            *self.gone() = None;
            return Err(failure);
        };
        pulse(AgentPulse::Noted(AskNote::Fallback {
            from: self.own.model.name().to_owned(),
            to: other.model.name().to_owned(),
            kind: failure.kind,
            message: match since {
                Some(since) => format!("{} (since {since})", failure.message),
                None => failure.message.clone(),
            },
        }));
        let second = match self.ask(other, wording, &mut sent, pulse).await {
            Ok(answer) => return Ok(answer),
            Err(second) => second,
        };
        // what passes is worth waiting for, whatever keeps the other one from answering
        match failure.kind.is_passing() && !second.kind.is_passing() {
            true => Err(AskFailure {
                message: format!(
                    "{}; {}: {}",
                    failure.message,
                    other.model.name(),
                    second.message
                ),
                ..failure
            }),
            false => Err(second),
        }
    }

    fn gone(&self) -> MutexGuard<'_, Option<Gone>> {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How a question is put; of lessons to a model that reasons, with room for that.
    fn sampling(&self, purpose: Purpose, room: Room) -> Sampling {
        match purpose {
            Purpose::Rewrite
            | Purpose::Recall
            | Purpose::Plan
            | Purpose::Repair
            | Purpose::Refine
            | Purpose::Tests
            | Purpose::Combine => self.code,
            Purpose::Lesson | Purpose::Reflect => Sampling {
                max_tokens: match room {
                    Room::ForTheAnswer => self.lesson.max_tokens,
                    Room::ForReasoning => {
                        self.lesson.max_tokens.saturating_add(self.code.max_tokens)
                    }
                },
                ..self.lesson
            },
        }
    }

    /// Asks one model, with fewer and fewer lessons while the prompt does not fit.
    async fn ask(
        &self,
        choice: &Choice,
        wording: &Wording,
        sent: &mut Sent,
        pulse: Pulse<'_>,
    ) -> Result<Answer, AskFailure> {
        let purpose = sent.ask.id.purpose;
        let mut room = match self.reasons.load(Ordering::Relaxed) {
            true => Room::ForReasoning,
            false => Room::ForTheAnswer,
        };
        loop {
            let mut sampling = self.sampling(purpose, room);
            let manner = sent.ask.task.manner();
            // what the person has set stands
            if let Some(temperature) = manner.temperature
                && sampling.temperature == Sampling::CODE.temperature
            {
                sampling.temperature = temperature;
            }
            while choice.beside(&sent.prompt) < choice.wanted(sampling.max_tokens)
                && sent.shorten(wording, pulse)
            {}
            let beside = choice.beside(&sent.prompt).max(LEAST);
            sampling.max_tokens = sampling.max_tokens.min(beside);
            let question = llm::Question {
                prompt: &sent.prompt,
                sampling: &sampling,
                seed: manner.seed,
                extra_body: &self.extra_body,
            };
            let reply = match llm::chat(&choice.model, &question, pulse).await {
                Ok(reply) => reply,
                Err(failure) if failure.kind == AskFailureKind::ContextOverflow => {
                    if !sent.shorten(wording, pulse) {
                        return Err(failure);
                    }
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            let mut answer = from_reply(&sent.ask, &sent.prompt, reply, choice.model.name());
            if answer.usage.reasoning > Tokens(0) {
                self.reasons.store(true, Ordering::Relaxed);
            }
            let roomier = self.sampling(purpose, Room::ForReasoning).max_tokens;
            let cramped = [Defect::OnlyReasoning, Defect::Truncated];
            if room == Room::ForTheAnswer
                && roomier > sampling.max_tokens
                && cramped.iter().all(|defect| answer.defects.contains(defect))
            {
                room = Room::ForReasoning;
                let (usage, on) = (answer.usage, Wasted::Failed);
                pulse(AgentPulse::Noted(AskNote::Spent { usage, on }));
                pulse(AgentPulse::Retrying {
                    attempt: 2,
                    wait_ms: 0,
                    message: format!(
                        "only reasoning within lesson_max_tokens ({}): room for {roomier} tokens now",
                        sampling.max_tokens
                    ),
                });
                continue;
            }
            if sent.trimmed {
                answer.defects.push(Defect::Trimmed);
            }
            return Ok(answer);
        }
    }
}

/// What an answer's tokens are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    /// What is to be read.
    ForTheAnswer,
    /// Reasoning before it, too.
    ForReasoning,
}

impl Choice {
    /// Tokens that its context has for an answer beside this prompt.
    fn beside(&self, prompt: &str) -> u32 {
        let prompt = u32::try_from(Tokens::estimate(prompt).0).unwrap_or(u32::MAX);
        let context = self.context.unwrap_or(u32::MAX);
        context.saturating_sub(prompt)
    }

    /// Tokens that an answer of at most so many must have before lessons are left out of the prompt for it: a quarter of
    /// the context.
    fn wanted(&self, most: u32) -> u32 {
        most.min(self.context.map_or(0, |context| (context / 4).max(LEAST)))
    }

    fn patient(&self, patience: llm::RetryPolicy) -> Self {
        Self {
            model: self.model.patient(patience),
            context: self.context,
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
        // what the person adds for this once stands after the template's words
        let words = wording.prompt(&self.ask).unwrap_or_default();
        let added = self.prompt.strip_prefix(&words).unwrap_or_default();
        let prompt = prompt + added;
        self.ask = ask;
        self.prompt.clone_from(&prompt);
        self.trimmed = true;
        pulse(AgentPulse::Noted(AskNote::Trimmed { lessons, prompt }));
        true
    }
}

/// Takes the last quarter of the lessons, one at least, out of a task: they stand in the order of their rank.
fn lowest_ranked(task: &mut Task) -> Vec<LessonId> {
    let (Task::Rewrite { lessons } | Task::Explore { lessons, .. } | Task::Refine { lessons, .. }) =
        task
    else {
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

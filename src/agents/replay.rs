//! Answers of a recording, given instead of asking: first to the very same request, then to another one in the same
//! place. Each is given once. Never makes an answer up, and never gives one without a note that says where it is from.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::domain::ask::{Answer, AskFailure, AskFailureKind, FoundBy};
use crate::domain::id::{AskId, Purpose};
use crate::domain::problem::Mode;
use crate::domain::spec::AgentKind;

/// A recorded reply with what it replied to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// [`request`] of the question.
    pub request: String,
    /// The problem it was about.
    pub problem: String,
    /// In this mode.
    pub mode: Mode,
    /// Where the question stood.
    pub ask: AskId,
    /// The reply.
    #[serde(flatten)]
    pub reply: RecordedReply,
}

/// A reply as it is recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordedReply {
    /// An answer.
    Answer(Box<Answer>),
    /// None came.
    Failure(AskFailure),
}

/// What happens to a question that the recording does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// It fails: nothing is ever paid for.
    Fails,
    /// The agent is asked.
    IsAsked,
}

/// A recording for a team to answer from.
#[derive(Debug)]
pub struct RecordedReplies {
    from: String,
    missing: Missing,
    /// Problem and mode of each unit of the run that is to be answered.
    places: Vec<(String, Mode)>,
    replies: Vec<Recorded>,
    by_request: BTreeMap<String, Vec<usize>>,
    used: Mutex<Vec<bool>>,
}

impl RecordedReplies {
    /// A recording named `from`, for a run of these problems and modes.
    pub fn new(
        from: String,
        missing: Missing,
        places: Vec<(String, Mode)>,
        replies: Vec<Recorded>,
    ) -> Self {
        let mut by_request: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, recorded) in replies.iter().enumerate() {
            let same = by_request.entry(recorded.request.clone()).or_default();
            same.push(at);
        }
        Self {
            from,
            missing,
            places,
            used: Mutex::new(vec![false; replies.len()]),
            replies,
            by_request,
        }
    }

    /// The recording's name.
    pub fn from(&self) -> &str {
        &self.from
    }

    /// What happens to a question it does not know.
    pub fn missing(&self) -> Missing {
        self.missing
    }

    /// The reply to a question, if there is one that was not given yet.
    pub(super) fn reply(
        &self,
        unit: usize,
        ask: AskId,
        request: &str,
    ) -> Option<(Result<Answer, AskFailure>, FoundBy)> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let free = |at: &usize| !used[*at];
        let here = |recorded: &Recorded| {
            let place = self.places.get(unit);
            recorded.ask == ask
                && place.is_some_and(|(problem, mode)| {
                    *problem == recorded.problem && *mode == recorded.mode
                })
        };
        let same = self.by_request.get(request).map_or(&[][..], Vec::as_slice);
        let found = same
            .iter()
            .copied()
            .find(|at| here(&self.replies[*at]) && free(at))
            .or_else(|| same.iter().copied().find(free))
            .map(|at| (at, FoundBy::Request))
            .or_else(|| {
                let at = self.replies.iter().position(here).filter(free)?;
                Some((at, FoundBy::Position))
            });
        let (at, by) = found?;
        used[at] = true;
        let reply = match &self.replies[at].reply {
            RecordedReply::Answer(answer) => Ok((**answer).clone()),
            RecordedReply::Failure(failure) => Err(failure.clone()),
        };
        Some((reply, by))
    }

    /// The failure of a question it does not know.
    pub(super) fn unknown(&self, ask: AskId) -> AskFailure {
        AskFailure {
            kind: AskFailureKind::NotRecorded,
            message: format!("{} holds no answer to {ask}", self.from),
            hint: "repeat the recorded problems, team, rounds and strategy, or add --ask-missing to ask and pay for what is missing".to_owned(),
            wait: None,
        }
    }
}

/// SHA-256 in hex of what an agent is asked: model, parameters and prompt. Not of the server's address, so that a
/// recording serves wherever the model is served from.
pub fn request(kind: &AgentKind, purpose: Purpose, prompt: &str) -> String {
    let asked = match kind {
        AgentKind::Openai {
            model,
            code,
            lesson,
            extra_body,
            ..
        } => {
            let sampling = match purpose {
                Purpose::Lesson | Purpose::Reflect => lesson,
                _ => code,
            };
            json!({ "model": model, "sampling": sampling, "extra_body": extra_body })
        }
        AgentKind::Rewriter { style } => json!({ "rewriter": style }),
        AgentKind::Compiler { command } => json!({ "compiler": command }),
        AgentKind::Recorded { from } => json!({ "recorded": from }),
    };
    let mut hash = Sha256::new();
    hash.update(asked.to_string());
    hash.update([0]);
    hash.update(prompt);
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ask::AnswerExtra;
    use crate::domain::spec::RewriterStyle;
    use crate::domain::units::{Nanos, Usage};

    fn recorded(request: &str, ask: &str, text: &str) -> Recorded {
        Recorded {
            request: request.to_owned(),
            problem: "p".to_owned(),
            mode: Mode::Serial,
            ask: ask.parse().unwrap(),
            reply: RecordedReply::Answer(Box::new(Answer {
                raw: None,
                thoughts: String::new(),
                text: text.to_owned(),
                code: None,
                prose: String::new(),
                found: AnswerExtra::Nothing,
                defects: Vec::new(),
                usage: Usage::default(),
                model: "m".to_owned(),
                latency: Nanos(1),
            })),
        }
    }

    fn given(
        recording: &RecordedReplies,
        unit: usize,
        ask: &str,
        request: &str,
    ) -> Option<(String, FoundBy)> {
        let (reply, by) = recording.reply(unit, ask.parse().unwrap(), request)?;
        Some((reply.unwrap().text, by))
    }

    #[test]
    fn the_same_request_comes_first_then_the_same_place_and_each_answer_once() {
        let replies = vec![
            recorded("x", "r0a0:rewrite", "one"),
            recorded("x", "r0a1:rewrite", "two"),
            recorded("y", "r1a0:rewrite", "three"),
        ];
        let places = vec![
            ("p".to_owned(), Mode::Serial),
            ("q".to_owned(), Mode::Serial),
        ];
        let recording = RecordedReplies::new("run".to_owned(), Missing::Fails, places, replies);
        let by = |text: &str, by| Some((text.to_owned(), by));
        let of = |unit, ask: &str, request: &str| given(&recording, unit, ask, request);
        assert_eq!(of(0, "r0a1:rewrite", "x"), by("two", FoundBy::Request));
        assert_eq!(of(1, "r5a0:rewrite", "x"), by("one", FoundBy::Request));
        assert_eq!(of(0, "r0a0:rewrite", "x"), None);
        assert_eq!(of(1, "r1a0:rewrite", "z"), None, "another problem");
        assert_eq!(of(0, "r1a0:rewrite", "z"), by("three", FoundBy::Position));
        assert_eq!(of(0, "r1a0:rewrite", "y"), None);
        let unknown = recording.unknown("r0a0:rewrite".parse().unwrap());
        assert_eq!(unknown.kind, AskFailureKind::NotRecorded);
    }

    #[test]
    fn a_request_is_its_model_parameters_and_words() {
        let loops = AgentKind::Rewriter {
            style: RewriterStyle::Loops,
        };
        let library = AgentKind::Rewriter {
            style: RewriterStyle::Library,
        };
        let of = |kind, prompt| request(kind, Purpose::Rewrite, prompt);
        assert_eq!(of(&loops, "a"), of(&loops, "a"));
        assert_ne!(of(&loops, "a"), of(&loops, "b"));
        assert_ne!(of(&loops, "a"), of(&library, "a"));
        assert_eq!(of(&loops, "a").len(), 64);
    }

    #[test]
    fn a_recorded_reply_survives_storing() {
        let one = recorded("x", "r0a0:rewrite", "one");
        let failure = Recorded {
            reply: RecordedReply::Failure(AskFailure {
                kind: AskFailureKind::Quota,
                message: "m".to_owned(),
                hint: String::new(),
                wait: None,
            }),
            ..one.clone()
        };
        for recorded in [one, failure] {
            let text = serde_json::to_string(&recorded).unwrap();
            assert_eq!(serde_json::from_str::<Recorded>(&text).ok(), Some(recorded));
        }
    }
}

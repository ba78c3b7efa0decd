//! One question over `/chat/completions`, streamed: attempts, what a server refuses, and whether the answer is whole.
//! Completeness is ours to check: a server can end a stream cleanly without having answered. Asks again only as long as
//! nothing of an answer has arrived, so that nothing is paid for twice.

use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use tokio::time::{Instant, timeout_at};

use super::failure::{Retry, Trouble};
use super::retry::asked_wait;
use super::sse::{Phase, ReadError, Source, events};
use super::wire::{Collected, Finish, Taken};
use super::{Model, Refused, error_body, lock};
use crate::agents::AgentPulse;
use crate::agents::reading::ANSWER_BYTES;
use crate::agents::text::head;
use crate::domain::ask::{AskFailure, AskFailureKind, AskNote, Wasted};
use crate::domain::spec::Sampling;
use crate::domain::units::{Nanos, Tokens, Usage};

/// Most of a response that is read where a whole JSON document came instead of a stream.
const DOCUMENT_BYTES: usize = 8 * 1024 * 1024;
/// How long usage may take once the answer is complete.
const LINGER: Duration = Duration::from_secs(10);

/// A question to a model.
pub(in crate::agents) struct Question<'a> {
    /// The one user message.
    pub prompt: &'a str,
    /// Sampling parameters.
    pub sampling: &'a Sampling,
    /// Further fields, which win over ours, except over the messages.
    pub extra_body: &'a Map<String, Value>,
}

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::agents) enum End {
    /// The server said that this is all.
    Complete,
    /// At the token limit.
    Limit,
    /// The stream ended, or was ended by us, without the server saying so.
    CutShort,
}

/// What came back.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::agents) struct Reply {
    /// The text.
    pub text: String,
    /// Bytes of reasoning that came beside it.
    pub reasoning: usize,
    /// How it ended.
    pub end: End,
    /// Usage, if the server gave it.
    pub usage: Option<Usage>,
    /// The model that answered, if the server named it.
    pub model: Option<String>,
    /// From sending to the last byte.
    pub latency: Nanos,
}

type Pulse<'a> = &'a (dyn Fn(AgentPulse) + Send + Sync);

/// Asks, again where that can help. Dropping the future closes the connection.
pub(in crate::agents) async fn chat(
    model: &Model,
    question: &Question<'_>,
    pulse: Pulse<'_>,
) -> Result<Reply, AskFailure> {
    // The semaphore is never closed.
    let _permit = model.server.permits.acquire().await;
    let mut attempt = 1;
    let mut asked = 1;
    let mut without_options = false;
    let mut again = |wait: Duration, message: String| {
        asked += 1;
        pulse(AgentPulse::Retrying {
            attempt: asked,
            wait_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
            message,
        });
    };
    loop {
        let sent = fields(model, question, without_options);
        let turn = turn(model, question, pulse).await;
        let trouble = match attempt_once(model, question, &sent, pulse).await {
            Ok(reply) => {
                if let Some(usage) = reply.usage {
                    lock(&model.server.pace).took(turn, usage.input.0 + usage.output.0);
                }
                if without_options {
                    model.remember(Refused::StreamOptions);
                }
                return Ok(reply);
            }
            Err(trouble) => trouble,
        };
        if let Some(field) = refused_field(&trouble, &sent, question.extra_body) {
            model.remember(field);
            again(Duration::ZERO, trouble.failure.message);
            continue;
        }
        if !without_options && is_unexplained(&trouble) && sent.contains_key("stream_options") {
            without_options = true;
            again(Duration::ZERO, trouble.failure.message);
            continue;
        }
        attempt += 1;
        let wait = match trouble.retry {
            Retry::After(asked) => model.patience.wait(attempt, asked),
            Retry::Never => None,
        };
        let Some(wait) = wait else {
            return Err(trouble.failure);
        };
        again(wait, trouble.failure.message);
        tokio::time::sleep(wait).await;
    }
}

/// Waits until the server's limits allow another request; gives its number.
async fn turn(model: &Model, question: &Question<'_>, pulse: Pulse<'_>) -> u64 {
    let most = Tokens::estimate(question.prompt).0 + u64::from(question.sampling.max_tokens);
    loop {
        let wait = match lock(&model.server.pace).begin(Instant::now(), most) {
            Ok(number) => return number,
            Err(wait) => wait,
        };
        pulse(AgentPulse::Retrying {
            attempt: 1,
            wait_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
            message: "the configured limit of requests or tokens per minute is reached".to_owned(),
        });
        tokio::time::sleep(wait).await;
    }
}

/// Whether a request was refused for a reason we do not know: old proxies refuse fields without naming them.
fn is_unexplained(trouble: &Trouble) -> bool {
    matches!(trouble.status, Some(400 | 422)) && trouble.failure.kind == AskFailureKind::BadRequest
}

/// The request's fields, without those that the server or the model refuses.
fn fields(model: &Model, question: &Question<'_>, without_options: bool) -> Map<String, Value> {
    let sampling = question.sampling;
    let mut fields = Map::new();
    let mut set = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    set("model", json!(model.addressee.model));
    set("stream", json!(true));
    if !without_options && !model.is_refused(Refused::StreamOptions) {
        set("stream_options", json!({"include_usage": true}));
    }
    if !model.is_refused(Refused::Temperature) {
        set("temperature", json!(sampling.temperature));
    }
    if !model.is_refused(Refused::TopP) {
        set("top_p", json!(sampling.top_p));
    }
    if sampling.frequency_penalty != 0.0 && !model.is_refused(Refused::FrequencyPenalty) {
        set("frequency_penalty", json!(sampling.frequency_penalty));
    }
    let limit = if model.is_refused(Refused::MaxTokens) {
        "max_completion_tokens"
    } else {
        "max_tokens"
    };
    set(limit, json!(sampling.max_tokens));
    for (name, value) in question.extra_body {
        set(name, value.clone());
    }
    set(
        "messages",
        json!([{"role": "user", "content": question.prompt}]),
    );
    fields
}

/// The field that a refusal names, if we can do without: what the person set in `extra_body` is not ours to leave out.
fn refused_field(
    trouble: &Trouble,
    sent: &Map<String, Value>,
    extra_body: &Map<String, Value>,
) -> Option<Refused> {
    if !is_unexplained(trouble) {
        return None;
    }
    let says = |words: &str| trouble.said.contains(words);
    let other_name = says("max_completion_tokens") || says("support");
    [
        ("stream_options", Refused::StreamOptions, true),
        ("max_tokens", Refused::MaxTokens, other_name),
        ("temperature", Refused::Temperature, true),
        ("top_p", Refused::TopP, true),
        ("frequency_penalty", Refused::FrequencyPenalty, true),
    ]
    .into_iter()
    .find(|(name, _, meant)| {
        *meant && says(name) && sent.contains_key(*name) && !extra_body.contains_key(*name)
    })
    .map(|(_, field, _)| field)
}

/// One attempt, from sending to the last byte.
async fn attempt_once(
    model: &Model,
    question: &Question<'_>,
    fields: &Map<String, Value>,
    pulse: Pulse<'_>,
) -> Result<Reply, Trouble> {
    let started = Instant::now();
    let whom = &model.addressee;
    let patience = model.patience;
    let first = started + patience.first_token;
    let request = model
        .post("/chat/completions", &Value::Object(fields.clone()))
        .map_err(|failure| {
            whom.trouble(failure.kind, &failure.message, failure.hint, Retry::Never)
        })?;
    let mut collected = Collected::default();
    let Ok(response) = timeout_at(first, request.send()).await else {
        // what is at work for so long will be on the bill
        pulse(spent_in_vain(question, &collected));
        return Err(whom.broken(&ReadError::FirstToken(patience.first_token)));
    };
    let response = response.map_err(|error| whom.unreachable(&error))?;
    let status = response.status();
    if !status.is_success() {
        let after = asked_wait(response.headers(), OffsetDateTime::now_utc());
        let body = error_body(response, patience).await;
        return Err(whom.refused(status.as_u16(), &body, after));
    }
    let phase = Phase::default();
    let source = Source {
        response,
        first: (first, patience.first_token),
        idle: patience.idle,
        linger: LINGER.min(patience.idle),
        phase: phase.clone(),
        read: 0,
    };
    let answered = match collect(model, source, phase, &mut collected, pulse).await {
        Ok(ended) => judge(model, &collected, ended, started),
        Err(trouble) => Err(trouble),
    };
    if answered.is_err() {
        pulse(spent_in_vain(question, &collected));
    }
    answered
}

/// What a reply took that is no answer: by the server's count if it gave one, else by ours. The server had accepted the
/// request, so it is on the bill.
fn spent_in_vain(question: &Question<'_>, collected: &Collected) -> AgentPulse {
    let reasoning = Tokens(collected.reasoning.div_ceil(4) as u64);
    let usage = collected.usage.unwrap_or(Usage {
        input: Tokens::estimate(question.prompt),
        output: Tokens::estimate(&collected.text) + reasoning,
        reasoning,
        cached: Tokens(0),
        estimated: true,
    });
    let on = Wasted::Failed;
    AgentPulse::Noted(AskNote::Spent { usage, on })
}

/// Why nothing more was read.
enum Ended {
    /// The stream, or the document, ended.
    Itself { beginning: String },
    /// We had enough.
    ByUs,
    /// It broke.
    Broken(ReadError),
}

/// Reads a response to its end: a stream of events, or one JSON document, told apart by the first byte.
async fn collect(
    model: &Model,
    mut source: Source,
    phase: Phase,
    collected: &mut Collected,
    pulse: Pulse<'_>,
) -> Result<Ended, Trouble> {
    let mut begun = Vec::new();
    let first = loop {
        match source.next().await {
            Ok(Some(chunk)) => begun.extend_from_slice(&chunk),
            Ok(None) => break None,
            Err(error) => return Ok(Ended::Broken(error)),
        }
        if let Some(first) = first_byte(&begun) {
            break Some(first);
        }
    };
    let beginning = String::from_utf8_lossy(&begun[..begun.len().min(1024)]).into_owned();
    if matches!(first, Some(b'{' | b'[')) {
        while begun.len() < DOCUMENT_BYTES {
            match source.next().await {
                Ok(Some(chunk)) => begun.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => return Ok(Ended::Broken(error)),
            }
        }
        let text = String::from_utf8_lossy(&begun);
        let document = serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|_| {
            model
                .addressee
                .protocol(&format!("no chat answer: {}", head(&text, 1024)))
        })?;
        match collected.take_value(&document) {
            Taken::Failed(error) => return Err(model.addressee.inside(&error)),
            Taken::Text(text) => pulse(AgentPulse::Delta(head(&text, ANSWER_BYTES).to_owned())),
            _ => {}
        }
        // A document that could be read is whole by itself.
        collected.done = true;
        return Ok(Ended::Itself { beginning });
    }
    let mut events = pin!(events(source.into_stream(begun)));
    while let Some(event) = events.next().await {
        let data = match event {
            Ok(data) => data,
            Err(error) => return Ok(Ended::Broken(error)),
        };
        let reasoned = collected.reasoning;
        match collected.take(&data) {
            Taken::Text(text) => {
                phase.answering();
                pulse(AgentPulse::Delta(head(&text, ANSWER_BYTES).to_owned()));
            }
            Taken::Reasoning => {
                phase.answering();
                pulse(AgentPulse::Reasoned(collected.reasoning - reasoned));
            }
            Taken::Done => return Ok(Ended::ByUs),
            Taken::Failed(error) => {
                let mut trouble = model.addressee.inside(&error);
                if !collected.text.is_empty() || collected.reasoning > 0 {
                    trouble.retry = Retry::Never;
                }
                return Err(trouble);
            }
            Taken::Nothing => {}
        }
        if collected.finish.is_some() {
            phase.finished();
        }
        if collected.text.len() > ANSWER_BYTES {
            collected.finish = Some(Finish::Complete);
            return Ok(Ended::ByUs);
        }
    }
    Ok(Ended::Itself { beginning })
}

/// The first byte that is neither white space nor part of a byte order mark.
fn first_byte(bytes: &[u8]) -> Option<u8> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if b"\xef\xbb\xbf".starts_with(bytes) {
        return None;
    }
    bytes
        .iter()
        .copied()
        .find(|byte| !byte.is_ascii_whitespace())
}

/// Whether what was collected is an answer.
fn judge(
    model: &Model,
    collected: &Collected,
    ended: Ended,
    started: Instant,
) -> Result<Reply, Trouble> {
    let whom = &model.addressee;
    let nothing = collected.text.is_empty() && collected.reasoning == 0;
    let complete = collected.is_complete();
    if nothing && collected.finish == Some(Finish::Filtered) {
        return Err(whom.trouble(
            AskFailureKind::BadRequest,
            "the server's content filter withheld the answer",
            "ask another model".to_owned(),
            Retry::Never,
        ));
    }
    if !complete && collected.text.is_empty() {
        return Err(match ended {
            Ended::Broken(error) => {
                let mut trouble = whom.broken(&error);
                if !nothing {
                    trouble.retry = Retry::Never;
                }
                trouble
            }
            Ended::Itself { beginning } if !beginning.trim().is_empty() && nothing => {
                whom.protocol(&format!("no answer in the response: {beginning}"))
            }
            Ended::Itself { .. } | Ended::ByUs => {
                whom.protocol("the response ended without an answer")
            }
        });
    }
    let end = match collected.finish {
        Some(Finish::Limit) => End::Limit,
        _ if complete => End::Complete,
        _ => End::CutShort,
    };
    Ok(Reply {
        text: collected.text.clone(),
        reasoning: collected.reasoning,
        end,
        usage: collected.usage,
        model: collected.model.clone(),
        latency: started.elapsed().into(),
    })
}

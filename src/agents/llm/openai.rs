//! One question over `/chat/completions`, streamed: attempts, what a server refuses, and whether the answer is whole.
//! Completeness is ours to check: a server can end a stream cleanly without having answered. Asks again only as long as
//! nothing of an answer has arrived, so that nothing is paid for twice.

use std::time::Duration;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use tokio::time::{Instant, timeout_at};

use super::collect::{Ended, collect, instead};
use super::failure::Trouble;
use super::kinds::Retry;
use super::limits::{Limit, named};
use super::retry::{Tries, asked_wait};
use super::sse::{Packing, Phase, ReadError, Source};
use super::wire::{Collected, Finish};
use super::{Model, Refused, error_body, lock};
use crate::AgentPulse;
use crate::domain::ask::{AskFailure, AskFailureKind, AskNote, Wasted};
use crate::domain::spec::Sampling;
use crate::domain::units::{Nanos, Tokens, Usage};
use crate::text::one_line;

/// How long usage may take once the answer is complete.
const LINGER: Duration = Duration::from_secs(10);
/// Tokens that an answer needs at least to be worth asking for.
pub(crate) const LEAST: u32 = 256;

/// A question to a model.
pub(crate) struct Question<'a> {
    /// The one user message.
    pub prompt: &'a str,
    /// Sampling parameters.
    pub sampling: &'a Sampling,
    /// Seed for servers that honour one.
    pub seed: Option<u32>,
    /// Further fields, which win over ours, except over the messages.
    pub extra_body: &'a Map<String, Value>,
}

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The server said that this is all.
    Complete,
    /// At the token limit.
    Limit,
    /// The stream ended, or was ended by us, without the server saying so.
    CutShort,
    /// The server's filter withheld the rest.
    Filtered,
    /// It went round in circles and was ended by us.
    Circle,
    /// It went on far beyond the limit and was ended by us.
    Endless,
}

/// What came back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    /// The text.
    pub text: String,
    /// Bytes of reasoning that came beside it.
    pub reasoning: usize,
    /// Whether the text stood where reasoning does.
    pub in_reasoning: bool,
    /// Whether a part of the response could not be read.
    pub damaged: bool,
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
pub(crate) async fn chat(
    model: &Model,
    question: &Question<'_>,
    pulse: Pulse<'_>,
) -> Result<Reply, AskFailure> {
    // The semaphore is never closed.
    let _permit = model.server.permits.acquire().await;
    let mut tries = Tries::default();
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
        let most = most_tokens(model, question);
        let sent = fields(model, question, most, without_options);
        let turn = turn(model, question, pulse).await;
        tries.made += 1;
        let trouble = match attempt_once(model, question, &sent, most, pulse).await {
            Ok(reply) => {
                if let Some(usage) = reply.usage {
                    lock(&model.server.pace).took(turn, (usage.input + usage.output).0);
                }
                if without_options {
                    model.remember(Refused::StreamOptions);
                }
                return Ok(reply);
            }
            Err(trouble) => trouble,
        };
        // a request that was refused for its form is not one of the attempts
        let mended = learn_limit(model, question, &trouble, most)
            || match refused_field(&trouble, &sent, question.extra_body) {
                Some(field) => {
                    model.remember(field);
                    true
                }
                None => false,
            };
        let blind = !mended
            && !without_options
            && is_unexplained(&trouble)
            && sent.contains_key("stream_options");
        without_options |= blind;
        if mended || blind {
            tries.made -= 1;
            again(Duration::ZERO, trouble.failure.message);
            continue;
        }
        let Some(wait) = trouble.next(model.patience, tries) else {
            return Err(trouble.given_up());
        };
        tries.waited += wait;
        again(wait, trouble.failure.message);
        tokio::time::sleep(wait).await;
    }
}

/// Most tokens to ask for: what is wanted, as far as the model is known to bear it.
fn most_tokens(model: &Model, question: &Question<'_>) -> u32 {
    let bears = model.bears();
    let wanted = question.sampling.max_tokens;
    let prompt = u32::try_from(Tokens::estimate(question.prompt).0).unwrap_or(u32::MAX);
    let beside = bears
        .context
        .map(|context| context.saturating_sub(prompt))
        // too little by our own estimate: the server's count may be another one
        .filter(|room| *room >= LEAST);
    wanted
        .min(bears.answer.unwrap_or(wanted))
        .min(beside.unwrap_or(wanted))
}

/// Whether a refusal named a limit under which the same question can be asked. Remembers it.
fn learn_limit(model: &Model, question: &Question<'_>, trouble: &Trouble, sent: u32) -> bool {
    let refused = matches!(trouble.status, Some(400 | 413 | 422));
    let own = ["max_tokens", "max_completion_tokens"];
    if !refused
        || own
            .iter()
            .any(|name| question.extra_body.contains_key(*name))
    {
        return false;
    }
    match named(&trouble.said, sent) {
        Some(Limit::Answer(most)) => {
            model.learn(|bears| bears.answer = Some(most));
            most < sent
        }
        Some(Limit::Context { context, prompt }) => {
            let estimate = Tokens::estimate(question.prompt).0;
            let estimate = u32::try_from(estimate).unwrap_or(u32::MAX);
            // what our estimate lacks is taken off the context, so that the next request fits as well
            let lacking = prompt.map_or(0, |prompt| prompt.saturating_sub(estimate));
            let context = context.saturating_sub(lacking);
            model.learn(|bears| bears.context = Some(context));
            let room = context.saturating_sub(estimate);
            room >= LEAST && room < sent
        }
        None => false,
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
fn fields(
    model: &Model,
    question: &Question<'_>,
    most: u32,
    without_options: bool,
) -> Map<String, Value> {
    let sampling = question.sampling;
    let mut fields = Map::new();
    let mut set = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    set("model", json!(model.addressee.model));
    let streamed = !model.is_refused(Refused::Stream);
    set("stream", json!(streamed));
    if streamed && !without_options && !model.is_refused(Refused::StreamOptions) {
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
    if let Some(seed) = question.seed.filter(|_| !model.is_refused(Refused::Seed)) {
        set("seed", json!(seed));
    }
    let limit = if model.is_refused(Refused::MaxTokens) {
        "max_completion_tokens"
    } else {
        "max_tokens"
    };
    set(limit, json!(most));
    if model.server.address.is_openrouter() {
        set("usage", json!({"include": true}));
    }
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
    let unwanted = says("unsupported") || says("not support") || says("unrecognized");
    let no_stream = unwanted || says("not available") || says("not allowed") || says("disabled");
    [
        ("stream_options", Refused::StreamOptions, true),
        (
            "max_tokens",
            Refused::MaxTokens,
            says("max_completion_tokens") || unwanted,
        ),
        ("temperature", Refused::Temperature, true),
        ("top_p", Refused::TopP, true),
        ("frequency_penalty", Refused::FrequencyPenalty, true),
        ("seed", Refused::Seed, true),
        (
            "stream",
            Refused::Stream,
            no_stream && sent["stream"] == json!(true),
        ),
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
    most: u32,
    pulse: Pulse<'_>,
) -> Result<Reply, Trouble> {
    let started = Instant::now();
    let whom = &model.addressee;
    let patience = model.patience;
    let first = started + patience.first_token;
    let request = model.post("/chat/completions", &Value::Object(fields.clone()));
    let mut collected = Collected::default();
    let Ok(response) = timeout_at(first, request.send()).await else {
        // what is at work for so long will be on the bill
        pulse(spent_in_vain(question, &collected));
        return Err(whom.broken(&ReadError::FirstToken(patience.first_token)));
    };
    let response = response.map_err(|error| whom.unreachable(&error))?;
    let status = response.status();
    if status.is_redirection() {
        let location = response.headers().get(reqwest::header::LOCATION);
        let location = location.and_then(|value| value.to_str().ok());
        return Err(whom.redirected(status.as_u16(), location));
    }
    if !status.is_success() {
        let after = asked_wait(response.headers(), OffsetDateTime::now_utc());
        let body = error_body(response, patience).await;
        return Err(whom.refused(status.as_u16(), &body, after));
    }
    let phase = Phase::default();
    let source = Source {
        packing: Packing::of(&response),
        response,
        first: (first, patience.first_token),
        idle: patience.idle,
        linger: LINGER.min(patience.idle),
        phase: phase.clone(),
        read: 0,
    };
    // what the person set is what the server was told
    let own = ["max_tokens", "max_completion_tokens"];
    let own = own.iter().find_map(|name| fields.get(*name)?.as_u64());
    let most = own.map_or(most, |own| u32::try_from(own).unwrap_or(u32::MAX));
    let ended = collect(whom, source, phase, most, &mut collected, pulse).await;
    collected.end();
    let answered = ended.and_then(|ended| judge(model, &collected, ended, started));
    if answered.is_err() {
        pulse(spent_in_vain(question, &collected));
    }
    answered
}

/// What a reply took that is no answer: by the server's count if it gave one, else by ours. The server had accepted the
/// request, so it is on the bill.
fn spent_in_vain(question: &Question<'_>, collected: &Collected) -> AgentPulse {
    let reasoning = Tokens(collected.reasoning.div_ceil(4) as u64);
    let estimate = Usage {
        input: Tokens::estimate(question.prompt),
        output: Tokens::estimate(collected.text()) + reasoning,
        reasoning,
        estimated: true,
        ..Usage::default()
    };
    let usage = match counted(collected) {
        Some(usage) if usage.estimated => usage.at_least(estimate),
        Some(usage) => usage,
        None => estimate,
    };
    let on = Wasted::Failed;
    AgentPulse::Noted(AskNote::Spent { usage, on })
}

/// The server's count; marked as an estimate where it was given before the answer was over.
fn counted(collected: &Collected) -> Option<Usage> {
    let early = collected.is_counted_early();
    collected.usage.map(|usage| Usage {
        estimated: usage.estimated || early,
        ..usage
    })
}

/// Whether what was collected is an answer.
fn judge(
    model: &Model,
    collected: &Collected,
    ended: Ended,
    started: Instant,
) -> Result<Reply, Trouble> {
    let whom = &model.addressee;
    let nothing = collected.is_empty();
    let complete = collected.is_complete();
    let never = |kind, words: &str, hint: &str| {
        Err(whom.trouble(kind, words, hint.to_owned(), Retry::Never))
    };
    if collected.text().trim().is_empty() {
        if !collected.refusal.trim().is_empty() {
            let words = format!("the model refuses: {}", one_line(&collected.refusal, 500));
            return never(
                AskFailureKind::BadRequest,
                &words,
                "ask another model, or word the problem's description otherwise",
            );
        }
        if !collected.call.is_empty() {
            let words = format!(
                "the model called a tool instead of answering: {}",
                one_line(&collected.call, 300)
            );
            return never(
                AskFailureKind::Protocol,
                &words,
                "no tools were offered: switch the server's own tools off, or ask another model",
            );
        }
        if nothing && collected.finish == Some(Finish::Filtered) {
            return never(
                AskFailureKind::BadRequest,
                "the server's content filter withheld the answer",
                "ask another model",
            );
        }
    }
    if nothing && complete {
        let count = |tokens: fn(&Usage) -> Tokens| collected.usage.as_ref().map(|u| tokens(u).0);
        return Err(whom.empty(count(|u| u.input), count(|u| u.output)));
    }
    let circling = matches!(ended, Ended::Circle | Ended::Endless);
    if !complete && !circling && collected.text().is_empty() {
        let mut trouble = match &ended {
            Ended::Broken(error) => whom.broken(error),
            Ended::Itself { beginning } if nothing && collected.damaged.is_none() => {
                let words = instead(beginning);
                whom.protocol(
                    words
                        .as_deref()
                        .unwrap_or("the response ended without an answer"),
                )
            }
            Ended::Itself { .. } | Ended::ByUs | Ended::Circle | Ended::Endless => {
                match &collected.damaged {
                    Some(part) => whom.protocol(&format!("the response cannot be read: {part}")),
                    None => whom.protocol("the response ended without an answer"),
                }
            }
        };
        if !nothing {
            trouble.retry = Retry::Never;
        }
        return Err(trouble);
    }
    // some servers put all of an answer where reasoning belongs
    let thoughts = collected.thoughts();
    let in_reasoning = collected.text().trim().is_empty()
        && collected.finish == Some(Finish::Complete)
        && !thoughts.trim().is_empty();
    let end = match (&ended, collected.finish) {
        (Ended::Circle, _) => End::Circle,
        (Ended::Endless, _) => End::Endless,
        (_, Some(Finish::Limit)) => End::Limit,
        (_, Some(Finish::Filtered)) => End::Filtered,
        _ if complete => End::Complete,
        _ => End::CutShort,
    };
    let (text, reasoning) = match in_reasoning {
        true => (thoughts, 0),
        false => (collected.text(), collected.reasoning),
    };
    Ok(Reply {
        text: text.to_owned(),
        reasoning,
        in_reasoning,
        damaged: collected.damaged.is_some(),
        end,
        usage: counted(collected),
        model: collected.model.clone(),
        latency: started.elapsed().into(),
    })
}

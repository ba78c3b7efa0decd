//! What "OpenAI-compatible" servers really send, read tolerantly: events → text, reasoning, usage, ends, errors.
//! Pure; unknown or missing fields are never an error; never decides whether an answer is good.

use serde_json::Value;

use crate::domain::units::{Tokens, Usage};

/// An error as some server words it, out of a body or out of the middle of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct ServerError {
    /// Its words.
    pub message: String,
    /// Its code or type where that is a text, e.g. `insufficient_quota`.
    pub code: String,
    /// The HTTP status it names, if it does.
    pub status: Option<u16>,
}

/// Why the server stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finish {
    /// The answer is complete.
    Complete,
    /// The token limit was reached.
    Limit,
    /// A filter withheld it.
    Filtered,
}

/// What one event held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Taken {
    /// Text of the answer.
    Text(String),
    /// Reasoning: the model is at work, but nothing of the answer yet.
    Reasoning,
    /// Nothing for the reader.
    Nothing,
    /// The end mark.
    Done,
    /// The server gave up.
    Failed(ServerError),
}

/// An answer while it arrives.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Collected {
    /// Text so far.
    pub text: String,
    /// Bytes of reasoning so far.
    pub reasoning: usize,
    /// Why the server stopped, once it said so.
    pub finish: Option<Finish>,
    /// Whether the end mark came.
    pub done: bool,
    /// Usage, once it was given.
    pub usage: Option<Usage>,
    /// The model that answers, as the server names it.
    pub model: Option<String>,
}

impl Collected {
    /// Whether the server said that this is all.
    pub fn is_complete(&self) -> bool {
        self.finish.is_some() || (self.done && !self.text.is_empty())
    }

    /// Takes the data of one event.
    pub fn take(&mut self, data: &str) -> Taken {
        let data = data.trim();
        if data == "[DONE]" {
            self.done = true;
            return Taken::Done;
        }
        match serde_json::from_str(data) {
            Ok(value) => self.take_value(&value),
            Err(_) => Taken::Nothing,
        }
    }

    /// Takes one JSON value: a chunk, or a whole answer.
    pub fn take_value(&mut self, value: &Value) -> Taken {
        if let Some(error) = error_in(value) {
            return Taken::Failed(error);
        }
        if self.model.is_none() {
            self.model = value["model"]
                .as_str()
                .filter(|model| !model.trim().is_empty())
                .map(str::to_owned);
        }
        let choice = first_choice(value);
        for place in [&value["usage"], &choice["usage"], &value["x_groq"]["usage"]] {
            self.usage = usage(place).or(self.usage);
        }
        if self.usage.is_none() {
            self.usage = timings(&value["timings"]);
        }
        match choice["finish_reason"].as_str().unwrap_or_default() {
            "" => {}
            "length" | "max_tokens" | "MAX_TOKENS" => self.finish = Some(Finish::Limit),
            "content_filter" | "safety" | "SAFETY" => self.finish = Some(Finish::Filtered),
            "error" => {
                return Taken::Failed(ServerError {
                    message: "the model's server ended with an error and did not say which"
                        .to_owned(),
                    ..ServerError::default()
                });
            }
            _ => self.finish = Some(Finish::Complete),
        }
        let places = [&choice["delta"], &choice["message"]];
        let reasoning: usize = places
            .iter()
            .map(|place| reasoning(place))
            .max()
            .unwrap_or_default();
        self.reasoning += reasoning;
        let text = places
            .iter()
            .map(|place| content(&place["content"]))
            .find(|text| !text.is_empty())
            .unwrap_or_else(|| content(&choice["text"]));
        if !text.is_empty() {
            self.text.push_str(&text);
            Taken::Text(text)
        } else if reasoning > 0 {
            Taken::Reasoning
        } else {
            Taken::Nothing
        }
    }
}

/// The choice with index 0, or the first that names none. Others are further answers, which nobody asked for.
fn first_choice(value: &Value) -> &Value {
    value["choices"]
        .as_array()
        .and_then(|choices| {
            choices
                .iter()
                .find(|choice| choice["index"].as_u64().unwrap_or(0) == 0)
        })
        .unwrap_or(&Value::Null)
}

/// Content is a text, or a list of parts of which the texts count.
fn content(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .filter_map(|part| part.as_str().or_else(|| part["text"].as_str()))
            .collect(),
        _ => String::new(),
    }
}

/// Bytes of reasoning, under any of the names it goes by. Servers that send two names send the same text twice.
fn reasoning(place: &Value) -> usize {
    let details = place["reasoning_details"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|part| content(&part["text"]).len() + content(&part["summary"]).len())
        .sum();
    ["reasoning_content", "reasoning"]
        .iter()
        .map(|name| content(&place[*name]).len())
        .chain([details])
        .max()
        .unwrap_or_default()
}

/// Usage under either set of names; an empty object, or one of zeros, says nothing.
fn usage(value: &Value) -> Option<Usage> {
    let count = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| value.pointer(name).and_then(Value::as_u64))
            .unwrap_or(0)
    };
    let usage = Usage {
        input: Tokens(count(&["/prompt_tokens", "/input_tokens"])),
        output: Tokens(count(&["/completion_tokens", "/output_tokens"])),
        cached: Tokens(count(&[
            "/prompt_tokens_details/cached_tokens",
            "/input_tokens_details/cached_tokens",
            "/prompt_cache_hit_tokens",
        ])),
        reasoning: Tokens(count(&[
            "/completion_tokens_details/reasoning_tokens",
            "/output_tokens_details/reasoning_tokens",
            "/reasoning_tokens",
        ])),
        estimated: false,
    };
    (usage.input.0 > 0 || usage.output.0 > 0).then_some(usage)
}

/// llama-server counts in its last chunk even where usage was not asked for.
fn timings(value: &Value) -> Option<Usage> {
    let count = |name: &str| value[name].as_u64();
    let (evaluated, output) = (count("prompt_n")?, count("predicted_n")?);
    let cached = count("cache_n").unwrap_or(0);
    Some(Usage {
        input: Tokens(evaluated + cached),
        output: Tokens(output),
        cached: Tokens(cached),
        ..Usage::default()
    })
}

/// The error in a JSON value, in any of the shapes servers use; `None` if there is none.
pub(super) fn error_in(value: &Value) -> Option<ServerError> {
    if let Value::Array(items) = value {
        return items.iter().find_map(error_in);
    }
    let from_text = |text: &str| ServerError {
        message: text.to_owned(),
        ..ServerError::default()
    };
    match &value["error"] {
        Value::String(text) => return Some(from_text(text)),
        Value::Object(_) => return Some(described(&value["error"])),
        _ => {}
    }
    match &value["detail"] {
        Value::String(text) => return Some(from_text(text)),
        Value::Null => {}
        detail => return Some(from_text(&detail.to_string())),
    }
    (value["object"].as_str() == Some("error")).then(|| described(value))
}

fn described(error: &Value) -> ServerError {
    let status = [&error["code"], &error["status"], &error["status_code"]]
        .into_iter()
        .find_map(|place| match place {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        })
        .and_then(|status| u16::try_from(status).ok())
        .filter(|status| (300..600).contains(status));
    let code = [&error["code"], &error["type"], &error["status"]]
        .into_iter()
        .filter_map(Value::as_str)
        .collect::<Vec<_>>()
        .join(" ");
    let message = ["message", "msg", "detail"]
        .iter()
        .find_map(|name| error[*name].as_str())
        .map_or_else(|| error.to_string(), str::to_owned);
    ServerError {
        message,
        code,
        status,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn after(events: &[Value]) -> Collected {
        let mut collected = Collected::default();
        for event in events {
            collected.take(&event.to_string());
        }
        collected
    }

    fn delta(content: Value) -> Value {
        json!({"choices": [{"index": 0, "delta": content}]})
    }

    #[test]
    fn deltas_of_every_shape_add_up() {
        let collected = after(&[
            json!({"model": "m-1", "choices": [{"index": 0, "delta": {"role": "assistant"}}]}),
            delta(json!({"content": null})),
            delta(json!({"content": ""})),
            delta(json!({"content": "a"})),
            json!({"choices": [{"delta": {"content": "b"}}]}),
            json!({"choices": [{"index": 1, "delta": {"content": "other"}}, {"index": 0, "delta": {"content": "c"}}]}),
            delta(json!({"content": [{"type": "text", "text": "d"}, "e"]})),
            json!({"choices": [{"text": "f"}]}),
            json!({"choices": null}),
            json!({"choices": []}),
            json!({"error": null}),
            json!(["x"]),
            json!(3),
        ]);
        assert_eq!(collected.text, "abcdef");
        assert_eq!(collected.model.as_deref(), Some("m-1"));
        assert!(!collected.is_complete());
    }

    #[test]
    fn reasoning_is_counted_once_and_dropped() {
        let mut collected = Collected::default();
        for event in [
            json!({"reasoning_content": "ab"}),
            json!({"reasoning": "ab", "reasoning_details": [{"text": "ab"}]}),
            json!({"reasoning_details": [{"summary": "ab"}]}),
        ] {
            assert_eq!(collected.take(&delta(event).to_string()), Taken::Reasoning);
        }
        assert_eq!((collected.reasoning, collected.text.as_str()), (6, ""));
    }

    #[test]
    fn usage_is_found_wherever_it_is() {
        let given = json!({"prompt_tokens": 7, "completion_tokens": 3});
        let expected = Usage {
            input: Tokens(7),
            output: Tokens(3),
            ..Usage::default()
        };
        for event in [
            json!({"choices": [], "usage": given}),
            json!({"choices": [{"index": 0, "delta": {}, "usage": given}]}),
            json!({"x_groq": {"usage": given}}),
            json!({"usage": {"input_tokens": 7, "output_tokens": 3}}),
            json!({"timings": {"prompt_n": 7, "predicted_n": 3}}),
        ] {
            assert_eq!(
                after(&[event.clone(), json!({"usage": {}})]).usage,
                Some(expected),
                "{event}"
            );
        }
        assert_eq!(
            after(&[json!({"usage": {}}), json!({"usage": null})]).usage,
            None
        );
        let detailed = after(
            &[json!({"usage": {"prompt_tokens": 7, "completion_tokens": 3,
            "prompt_tokens_details": {"cached_tokens": 5}, "completion_tokens_details": {"reasoning_tokens": 2}}})],
        );
        let usage = detailed.usage.unwrap();
        assert_eq!((usage.cached, usage.reasoning), (Tokens(5), Tokens(2)));
    }

    #[test]
    fn an_end_is_a_finish_reason_or_the_mark_after_text() {
        let finish =
            |reason: &str| after(&[json!({"choices": [{"finish_reason": reason}]})]).finish;
        assert_eq!(finish("stop"), Some(Finish::Complete));
        assert_eq!(finish("something new"), Some(Finish::Complete));
        assert_eq!(finish("length"), Some(Finish::Limit));
        let mut collected = Collected::default();
        assert_eq!(collected.take("[DONE]"), Taken::Done);
        assert!(!collected.is_complete());
        collected.take(&delta(json!({"content": "a"})).to_string());
        assert!(collected.is_complete());
    }

    #[test]
    fn errors_are_found_in_every_shape() {
        let error = |value: Value| error_in(&value).unwrap();
        assert_eq!(error(json!({"error": "text"})).message, "text");
        assert_eq!(error(json!({"detail": "Not Found"})).message, "Not Found");
        let number = error(json!({"error": {"message": "m", "code": 429}}));
        assert_eq!((number.message.as_str(), number.status), ("m", Some(429)));
        let text =
            error(json!([{"error": {"message": "m", "code": "insufficient_quota", "type": "t"}}]));
        assert_eq!(
            (text.code.as_str(), text.status),
            ("insufficient_quota t", None)
        );
        assert_eq!(
            error(json!({"object": "error", "message": "m", "code": 404})).status,
            Some(404)
        );
        assert_eq!(error_in(&json!({"choices": []})), None);
    }
}

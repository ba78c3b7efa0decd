//! What "OpenAI-compatible" servers really send, read tolerantly: events → text, reasoning, usage, ends, errors.
//! Pure; unknown or missing fields are never an error; never decides whether an answer is good.

use std::collections::BTreeMap;

use serde_json::Value;

use super::counts::{timings, usage};
use super::pieces::{Pieces, with_halves};
use super::words::{ServerError, error_event, error_in, error_of_choice};
use crate::domain::units::Usage;
use crate::text::{head, one_line};

/// Most of the reasoning that is kept, in bytes: an answer may stand in it.
const KEPT: usize = 256 * 1024;

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
    text: Pieces,
    thoughts: Pieces,
    /// What further choices hold, which nobody asked for: one of them may be the only one with text.
    others: BTreeMap<u64, String>,
    /// Whether text came as a delta.
    deltas: bool,
    /// Bytes of reasoning so far.
    pub reasoning: usize,
    /// Why the model does not answer, in its words.
    pub refusal: String,
    /// The tool that the model called instead of answering, with its arguments.
    pub call: String,
    /// The first event that could not be read.
    pub damaged: Option<String>,
    /// Why the server stopped, once it said so.
    pub finish: Option<Finish>,
    /// Whether the end mark came.
    pub done: bool,
    /// Usage, once it was given.
    pub usage: Option<Usage>,
    /// How much of the answer had come by then, in bytes.
    counted: usize,
    /// The model that answers, as the server names it.
    pub model: Option<String>,
}

impl Collected {
    /// The text of the answer so far.
    pub(crate) fn text(&self) -> &str {
        self.text.text()
    }

    /// The reasoning so far, as far as it is kept.
    pub(crate) fn thoughts(&self) -> &str {
        self.thoughts.text()
    }

    /// Whether nothing of an answer came, nor anything towards one.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty() && self.reasoning == 0
    }

    /// Whether the server said that this is all.
    pub(crate) fn is_complete(&self) -> bool {
        self.finish.is_some() || (self.done && !self.text.is_empty())
    }

    /// Whether the server's count was given before the answer was over: it is no count of all of it.
    pub(crate) fn is_counted_early(&self) -> bool {
        self.counted < self.text.text().len() + self.reasoning
    }

    /// Takes the data of one event.
    pub(crate) fn take(&mut self, name: &str, data: &str) -> Taken {
        let data = data.trim();
        if data == "[DONE]" {
            self.done = true;
            return Taken::Done;
        }
        if name == "error" && !data.is_empty() {
            return Taken::Failed(error_event(data));
        }
        match parsed(data) {
            Some(value) => self.take_value(&value),
            None => {
                // a word to keep the connection alive is no part of an answer
                if data.contains(['{', '}', '"']) {
                    self.damaged.get_or_insert_with(|| one_line(data, 200));
                }
                Taken::Nothing
            }
        }
    }

    /// Takes one JSON value: a chunk, or a whole answer.
    pub(crate) fn take_value(&mut self, value: &Value) -> Taken {
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
        if let Some(error) = error_of_choice(choice) {
            return Taken::Failed(error);
        }
        match choice["finish_reason"].as_str().unwrap_or_default() {
            "" => {}
            "length" | "max_tokens" | "MAX_TOKENS" => self.finish = Some(Finish::Limit),
            "content_filter" | "safety" | "SAFETY" => self.finish = Some(Finish::Filtered),
            _ => self.finish = Some(Finish::Complete),
        }
        let taken = self.take_choice(choice);
        self.take_others(value);
        self.count(value, choice);
        taken
    }

    fn take_choice(&mut self, choice: &Value) -> Taken {
        let (delta, message) = (&choice["delta"], &choice["message"]);
        for place in [delta, message] {
            self.refusal
                .push_str(place["refusal"].as_str().unwrap_or(""));
            self.take_call(place);
        }
        let (piece, all) = (content(&delta["content"]), content(&message["content"]));
        let all = match all.is_empty() {
            true => content(&choice["text"]),
            false => all,
        };
        self.deltas |= !piece.is_empty();
        let text = match (piece.is_empty(), all.is_empty()) {
            (false, _) => self.text.push(&piece),
            (true, false) if self.deltas => self.text.whole(&all),
            (true, false) => self.text.push(&all),
            (true, true) => String::new(),
        };
        let thought = [delta, message]
            .into_iter()
            .map(thought)
            .find(|thought| !thought.is_empty());
        let reasons = thought.is_some();
        if let Some(thought) = thought {
            self.reasoning += thought.len();
            if self.thoughts.text().len() < KEPT {
                self.thoughts.push(head(&thought, KEPT));
            }
        }
        if !text.is_empty() {
            Taken::Text(text)
        } else if reasons {
            Taken::Reasoning
        } else {
            Taken::Nothing
        }
    }

    fn take_call(&mut self, place: &Value) {
        let calls = place["tool_calls"].as_array().into_iter().flatten();
        let old = &place["function_call"];
        for function in calls.map(|call| &call["function"]).chain([old]) {
            for part in [&function["name"], &function["arguments"]] {
                if let Some(part) = part.as_str().filter(|_| self.call.len() < 4096) {
                    let apart = !self.call.is_empty() && part.starts_with(char::is_alphabetic);
                    self.call.push_str(if apart { " " } else { "" });
                    self.call.push_str(head(part, 4096));
                }
            }
        }
    }

    fn take_others(&mut self, value: &Value) {
        for choice in value["choices"].as_array().into_iter().flatten() {
            let at = choice["index"].as_u64().unwrap_or(0);
            let other = self.others.entry(at).or_default();
            if at == 0 || other.len() >= KEPT {
                continue;
            }
            let places = [
                &choice["delta"]["content"],
                &choice["message"]["content"],
                &choice["text"],
            ];
            let text = places.into_iter().map(content).find(|t| !t.is_empty());
            other.push_str(head(&text.unwrap_or_default(), KEPT));
        }
    }

    fn count(&mut self, value: &Value, choice: &Value) {
        let places = [&value["usage"], &choice["usage"], &value["x_groq"]["usage"]];
        let found = places.into_iter().filter_map(usage).next_back();
        let found = found.or_else(|| match self.usage {
            None => timings(&value["timings"]),
            Some(_) => None,
        });
        if found.is_some() {
            self.usage = found;
            self.counted = self.text.text().len() + self.reasoning;
        }
    }

    /// Nothing more comes: the text is what it is.
    pub(crate) fn end(&mut self) {
        self.text.end();
        self.thoughts.end();
        if self.text.is_empty()
            && let Some(text) = self.others.values().find(|text| !text.trim().is_empty())
        {
            self.text.push(text);
            self.counted = usize::MAX;
        }
    }
}

/// A value in JSON, characters cut in two included.
pub(super) fn parsed(text: &str) -> Option<Value> {
    let read = serde_json::from_str(text).or_else(|_| serde_json::from_str(&with_halves(text)));
    read.ok()
}

/// The choice with index 0, or the first that names none.
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

/// Reasoning, under any of the names it goes by. Servers that send two names send the same text twice.
fn thought(place: &Value) -> String {
    let detailed = |name: &str| -> String {
        let parts = place[name].as_array().into_iter().flatten();
        parts
            .map(|part| {
                content(&part["text"]) + &content(&part["summary"]) + &content(&part["thinking"])
            })
            .collect()
    };
    let of_content = || -> String {
        let parts = place["content"].as_array().into_iter().flatten();
        parts.map(|part| content(&part["thinking"])).collect()
    };
    let named = ["reasoning_content", "reasoning", "thinking"]
        .iter()
        .map(|name| content(&place[*name]));
    named
        .chain([detailed("reasoning_details"), of_content()])
        .max_by_key(String::len)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::units::Tokens;

    fn after(events: &[Value]) -> Collected {
        let mut collected = Collected::default();
        for event in events {
            collected.take("", &event.to_string());
        }
        collected.end();
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
            json!({"choices": null}),
            json!({"choices": []}),
            json!({"error": null}),
            json!(["x"]),
            json!(3),
        ]);
        assert_eq!(collected.text(), "abcde");
        assert_eq!(collected.model.as_deref(), Some("m-1"));
        assert!(!collected.is_complete());
        let completion = after(&[json!({"choices": [{"text": "f"}]})]);
        assert_eq!(completion.text(), "f");
    }

    #[test]
    fn a_whole_message_after_its_deltas_adds_nothing_twice() {
        let message = json!({"choices": [{"index": 0, "delta": {"content": ""}, "message": {"content": "ab"}, "finish_reason": "stop"}]});
        let collected = after(&[
            delta(json!({"content": "a"})),
            delta(json!({"content": "b"})),
            message.clone(),
        ]);
        assert_eq!(collected.text(), "ab");
        assert_eq!(after(&[message]).text(), "ab");
    }

    #[test]
    fn reasoning_is_counted_once_and_kept_apart() {
        let mut collected = Collected::default();
        for event in [
            json!({"reasoning_content": "ab"}),
            json!({"reasoning": "ab", "reasoning_details": [{"text": "ab"}]}),
            json!({"reasoning_details": [{"summary": "ab"}]}),
            json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "ab"}]}]}),
        ] {
            let event = delta(event).to_string();
            assert_eq!(collected.take("", &event), Taken::Reasoning);
        }
        assert_eq!((collected.reasoning, collected.text()), (8, ""));
        assert_eq!(collected.thoughts(), "abababab");
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
        let early = json!({"usage": {"prompt_tokens": 7, "completion_tokens": 1}});
        assert!(after(&[early.clone(), delta(json!({"content": "abc"}))]).is_counted_early());
        assert!(!after(&[delta(json!({"content": "abc"})), early]).is_counted_early());
    }

    #[test]
    fn an_end_is_a_finish_reason_or_the_mark_after_text() {
        let finish =
            |reason: &str| after(&[json!({"choices": [{"finish_reason": reason}]})]).finish;
        assert_eq!(finish("stop"), Some(Finish::Complete));
        assert_eq!(finish("something new"), Some(Finish::Complete));
        assert_eq!(finish("length"), Some(Finish::Limit));
        let mut collected = Collected::default();
        assert_eq!(collected.take("", "[DONE]"), Taken::Done);
        assert!(!collected.is_complete());
        collected.take("", &delta(json!({"content": "a"})).to_string());
        assert!(collected.is_complete());
    }

    #[test]
    fn what_cannot_be_read_is_told_and_what_keeps_a_connection_alive_is_not() {
        let mut collected = Collected::default();
        for alive in ["ping", "keep-alive", ""] {
            collected.take("", alive);
        }
        assert_eq!(collected.damaged, None);
        collected.take("", "{\"choices\":[{\"del");
        assert_eq!(collected.damaged.as_deref(), Some("{\"choices\":[{\"del"));
        let halves = |text: &str| format!(r#"{{"choices":[{{"delta":{{"content":"{text}"}}}}]}}"#);
        let mut cut = Collected::default();
        cut.take("", &halves("a\\ud83d"));
        cut.take("", &halves("\\ude80b"));
        assert_eq!((cut.text(), &cut.damaged), ("a🚀b", &None));
    }

    #[test]
    fn refusals_calls_and_further_choices_are_kept() {
        let refused = after(&[delta(json!({"content": null, "refusal": "I cannot."}))]);
        assert_eq!(refused.refusal, "I cannot.");
        let call = json!({"tool_calls": [{"function": {"name": "write", "arguments": "{\"a\""}}]});
        let more = json!({"tool_calls": [{"function": {"arguments": ":1}"}}]});
        assert_eq!(after(&[delta(call), delta(more)]).call, "write{\"a\":1}");
        let second = json!({"choices": [{"index": 0, "message": {"content": ""}}, {"index": 1, "message": {"content": "abc"}}]});
        assert_eq!(after(&[second]).text(), "abc");
    }
}

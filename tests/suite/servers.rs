//! Claims about servers that misbehave: each a row with what it sends and what is to come of it. What public reports
//! describe, in our own bytes.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use lessonl::agents::AgentPulse;
use lessonl::agents::llm::RetryPolicy;
use lessonl::domain::ask::{Answer, Ask, AskFailure, AskFailureKind as K, Defect as D};
use lessonl::domain::units::Tokens;
use serde_json::{Value, json};

use crate::agents::{asked, brisk, rewrite, team};
use crate::support::fake_server::{FakeServer, Script, response, stream, whole};

pub(crate) const CODE: &str = "int twice(int x) { return 2 * x; }\n";
pub(crate) const DONE: &str = "data: [DONE]\n\n";

pub(crate) fn good_text() -> String {
    format!("Shifting is as fast as adding.\n```cpp\n{CODE}```\n")
}

pub(crate) fn event(value: &Value) -> String {
    format!("data: {value}\n\n")
}

pub(crate) fn delta(text: &str) -> String {
    event(&json!({"choices": [{"index": 0, "delta": {"content": text}}]}))
}

pub(crate) fn choice(choice: Value) -> String {
    event(&json!({"choices": [choice]}))
}

pub(crate) fn stop(reason: &str) -> String {
    choice(json!({"index": 0, "delta": {}, "finish_reason": reason}))
}

pub(crate) fn usage(value: Value) -> String {
    event(&json!({"choices": [], "usage": value}))
}

pub(crate) fn counted() -> String {
    usage(json!({"prompt_tokens": 700, "completion_tokens": 200, "total_tokens": 900}))
}

/// A whole good answer with this end.
pub(crate) fn good_with(end: &str) -> Script {
    let text = good_text();
    let (left, right) = text.split_at(20);
    stream(&format!("{}{}{end}", delta(left), delta(right)))
}

pub(crate) fn good() -> Script {
    good_with(&format!("{}{}{DONE}", stop("stop"), counted()))
}

pub(crate) fn refused(status: &str, body: &Value) -> Script {
    whole(
        status,
        "Content-Type: application/json\r\n",
        &body.to_string(),
    )
}

/// What is to come of it.
pub(crate) enum Then {
    /// The code, with these defects.
    Code(&'static [D]),
    /// A failure of this kind whose message holds these words.
    Fails(K, &'static str),
}

pub(crate) async fn put(
    scripts: Vec<Script>,
    ask: &Ask,
) -> (Result<Answer, AskFailure>, Vec<AgentPulse>) {
    let server = FakeServer::start(scripts);
    asked(&team(&server.url(), brisk()), ask).await
}

pub(crate) async fn check(name: &str, scripts: Vec<Script>, then: Then) {
    let (reply, _) = put(scripts, &rewrite()).await;
    match (then, reply) {
        (Then::Code(defects), Ok(answer)) => {
            assert_eq!(answer.code.as_deref(), Some(CODE), "{name}");
            assert_eq!(answer.defects, defects, "{name}");
        }
        (Then::Fails(kind, words), Err(failure)) => {
            assert_eq!(failure.kind, kind, "{name}: {failure:?}");
            assert!(failure.message.contains(words), "{name}: {failure:?}");
            assert!(!failure.hint.is_empty(), "{name}");
        }
        (_, reply) => panic!("{name}: {reply:?}"),
    }
}

#[tokio::test]
async fn answers_in_every_form_are_read_as_they_were_meant() {
    let text = good_text();
    let end = || format!("{}{}{DONE}", stop("stop"), counted());
    let document = |text: &str| {
        json!({"choices": [{"index": 0, "message": {"content": text}, "finish_reason": "stop"}],
               "usage": {"prompt_tokens": 700, "completion_tokens": 200}})
    };
    let cumulative: String = (1..=6)
        .map(|n| delta(&text[..text.len() * n / 6]))
        .collect();
    let halves: String = text.chars().map(|c| delta(&c.to_string())).collect();
    let whole_again = choice(
        json!({"delta": {"content": ""}, "message": {"content": text}, "finish_reason": "stop"}),
    );
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed
        .write_all(document(&text).to_string().as_bytes())
        .unwrap();
    let mut gzip = response("200 OK", "Content-Encoding: gzip\r\n", "");
    gzip.extend(packed.finish().unwrap());
    let thought =
        |text: &str| choice(json!({"delta": {"content": null, "reasoning_content": text}}));
    let lines: String = text
        .split_inclusive('\n')
        .map(|line| json!({"choices": [{"delta": {"content": line}}]}).to_string() + "\n")
        .collect();
    let last = json!({"choices": [{"delta": {}, "finish_reason": "stop"}]});
    let second = json!({"choices": [{"index": 0, "message": {"content": ""}}, {"index": 1, "message": {"content": text}}]});
    let parts = choice(
        json!({"delta": {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}]}}),
    ) + &choice(json!({"delta": {"content": [{"type": "text", "text": text}]}}));
    let early = event(
        &json!({"model": null, "choices": null, "usage": {"prompt_tokens": 700, "completion_tokens": 0}}),
    );
    let pings = delta(&text).replace(
        "\n\n",
        "\r\n\r\nevent: ping\r\ndata: {\"type\":\"ping\"}\r\n\r\n",
    );
    let rows = [
        ("good", good(), Then::Code(&[])),
        (
            "cumulative",
            stream(&(cumulative + &end())),
            Then::Code(&[]),
        ),
        (
            "a character at a time",
            stream(&(halves + &end())),
            Then::Code(&[]),
        ),
        (
            "deltas and the whole message",
            stream(&(delta(&text) + &whole_again + DONE)),
            Then::Code(&[]),
        ),
        (
            "compressed unasked",
            Script::Pieces(vec![gzip]),
            Then::Code(&[]),
        ),
        (
            "in the reasoning field",
            stream(&(thought(&text[..20]) + &thought(&text[20..]) + &end())),
            Then::Code(&[D::InReasoning]),
        ),
        (
            "a line of JSON each",
            whole("200 OK", "", &format!("{lines}{last}\n")),
            Then::Code(&[]),
        ),
        (
            "the second choice",
            whole("200 OK", "", &second.to_string()),
            Then::Code(&[]),
        ),
        (
            "parts of thinking and text",
            stream(&(parts + &end())),
            Then::Code(&[]),
        ),
        (
            "usage three times",
            stream(&(early + &delta(&text) + &end() + &counted())),
            Then::Code(&[]),
        ),
        ("pings", stream(&(pings + &end())), Then::Code(&[])),
        (
            "filtered at the end",
            good_with(&(stop("content_filter") + DONE)),
            Then::Code(&[D::Filtered]),
        ),
    ];
    for (name, script, then) in rows {
        check(name, vec![script], then).await;
    }
}

#[tokio::test]
async fn what_was_damaged_on_its_way_is_named_and_is_nobodys_work() {
    let text = good_text();
    let end = format!("{}{}{DONE}", stop("stop"), counted());
    let cut = delta("    // a line\n");
    let cut = format!("{}\n\n", &cut[..cut.len() - 20]);
    let malformed = stream(&format!(
        "{}{cut}{}{end}",
        delta(&text[..20]),
        delta(&text[20..])
    ));
    let (reply, _) = put(vec![malformed], &rewrite()).await;
    let answer = reply.unwrap();
    assert_eq!(answer.defects, [D::Damaged]);
    assert_eq!(answer.unusable().unwrap().kind, K::Protocol);
    let halved = |left: &str, right: &str| {
        let raw = |text: &str| {
            format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n")
        };
        format!("{}{}", raw(left), raw(right))
    };
    let joined = text.replace("```cpp\n", "```cpp\n// 🚀\n");
    let (before, after) = joined.split_once('🚀').unwrap();
    let halves = halved("\\ud83d", "\\ude80");
    let surrogates = stream(&format!("{}{halves}{}{end}", delta(before), delta(after)));
    let answer = put(vec![surrogates], &rewrite()).await.0.unwrap();
    assert_eq!((&answer.text, answer.defects), (&joined, vec![]));
    let mut bytes = response(
        "200 OK",
        "Content-Type: text/event-stream\r\n",
        &delta(before),
    );
    bytes.extend(b"data: {\"choices\":[{\"delta\":{\"content\":\"\xf0\x9f\"}}]}\n\n");
    bytes.extend(format!("{}{end}", delta(after)).as_bytes());
    let answer = put(vec![Script::Pieces(vec![bytes])], &rewrite())
        .await
        .0
        .unwrap();
    assert!(answer.code.unwrap().contains("twice"));
    assert_eq!(answer.defects, [D::Replaced]);
    assert_eq!(answer.usage.output, Tokens(200));
    let cut = put(vec![stream(&delta(&text[..45]))], &rewrite())
        .await
        .0
        .unwrap();
    assert!(cut.unusable().is_some(), "{cut:?}");
    let whole = put(vec![stream(&delta(&text))], &rewrite())
        .await
        .0
        .unwrap();
    assert_eq!(whole.defects, [D::CutShort]);
    assert_eq!(whole.unusable(), None);
}

#[tokio::test]
async fn a_servers_own_words_are_kept_with_their_kind() {
    let too_long = json!({"error": {"code": 400, "message": "request (19185 tokens) exceeds the available context size (16384 tokens)", "type": "exceed_context_size_error", "n_ctx": 16384}});
    let line =
        "error: {\"code\":400,\"message\":\"the request exceeds the available context size\"}\n\n";
    let pretty = format!(": keep-alive\n\n{too_long:#}");
    let empty = delta("")
        + &stop("stop")
        + &usage(json!({"prompt_tokens": 36000, "completion_tokens": 0}))
        + DONE;
    let nothing =
        choice(json!({"delta": {"content": null, "reasoning": null}, "finish_reason": "stop"}))
            + &counted()
            + DONE;
    let refusal = json!({"choices": [{"message": {"content": null, "refusal": "I cannot help with that."}, "finish_reason": "stop"}]});
    let call = choice(
        json!({"delta": {"content": null, "tool_calls": [{"function": {"name": "write_file", "arguments": "{\"path\":\"a.cpp\"}"}}]}}),
    ) + &stop("tool_calls")
        + DONE;
    let failed = "event: error\ndata: {\"code\":500,\"message\":\"the graphics card ran out of memory\"}\n\n";
    let page = |title: &str| {
        format!(
            "<!DOCTYPE html><html><head><title>{title}</title></head><body>{}</body></html>",
            "<p>x</p>".repeat(300)
        )
    };
    let to = "Location: https://h.example/v1/chat/completions?token=s3cret\r\n";
    let large = json!({"error": {"message": "Request is too large: 6528 tokens asked for, 6000 tokens per minute allowed.", "code": "rate_limit_exceeded"}});
    let over = json!({"error": {"message": "input of 70000 tokens is over the 32768 that this model takes"}});
    let brotli = whole("200 OK", "Content-Encoding: br\r\n", "\u{1}\u{2}");
    let rows = [
        (
            "error line",
            stream(&format!("{line}{DONE}")),
            K::ContextOverflow,
            "available context size",
        ),
        (
            "error line, late",
            stream(&format!(": alive\n\n{line}")),
            K::ContextOverflow,
            "available context size",
        ),
        (
            "bare JSON, late",
            stream(&pretty),
            K::ContextOverflow,
            "19185 tokens",
        ),
        (
            "read and not answered",
            stream(&empty),
            K::ContextOverflow,
            "36000 tokens read",
        ),
        (
            "both null",
            stream(&nothing),
            K::Protocol,
            "without any text",
        ),
        (
            "refusal",
            whole("200 OK", "", &refusal.to_string()),
            K::BadRequest,
            "I cannot help with that.",
        ),
        ("tool call", stream(&call), K::Protocol, "write_file"),
        (
            "413",
            refused("413 Payload Too Large", &large),
            K::ContextOverflow,
            "6528 tokens",
        ),
        (
            "over the limit",
            refused("400 Bad Request", &over),
            K::ContextOverflow,
            "70000 tokens",
        ),
        (
            "login page",
            whole("200 OK", "Content-Type: text/html\r\n", &page("Sign in")),
            K::Protocol,
            "Sign in",
        ),
        (
            "browser check",
            whole("403 Forbidden", "", &page("Just a moment...")),
            K::Protocol,
            "Just a moment...",
        ),
        (
            "redirect",
            whole("308 Permanent Redirect", to, ""),
            K::BadRequest,
            "https://h.example/v1/chat/completions",
        ),
        ("brotli", brotli, K::Protocol, "compressed (br)"),
    ];
    for (name, script, kind, words) in rows {
        check(name, vec![script], Then::Fails(kind, words)).await;
    }
    let (reply, _) = put(vec![whole("308 Permanent Redirect", to, "")], &rewrite()).await;
    let failure = reply.unwrap_err();
    assert!(
        failure.hint.contains("base_url = \"https://h.example/v1\""),
        "{failure:?}"
    );
    assert!(!format!("{failure:?}").contains("s3cret"));
    let once = RetryPolicy {
        attempts: 1,
        ..brisk()
    };
    let words = [
        (stream(failed), "the graphics card ran out of memory"),
        (
            whole("200 OK", "", "{\"code\":1301,\"msg\":\"unsafe content\"}"),
            "unsafe content",
        ),
        (
            stream(&choice(
                json!({"delta": {"content": ""}, "finish_reason": "error", "error": {"message": "Upstream ran out of memory", "code": 502}}),
            )),
            "Upstream ran out of memory",
        ),
    ];
    for (script, words) in words {
        let server = FakeServer::start(vec![script]);
        let reply = asked(&team(&server.url(), once), &rewrite()).await.0;
        let failure = reply.unwrap_err();
        assert_eq!(failure.kind, K::Server, "{failure:?}");
        assert!(failure.message.contains(words), "{failure:?}");
    }
}

#[tokio::test]
async fn what_passes_or_can_be_asked_otherwise_is_asked_again() {
    let upstream = choice(
        json!({"delta": {"content": ""}, "finish_reason": "error", "error": {"message": "m", "code": 502}}),
    );
    let busy = |message: &str| json!({"error": {"message": message}});
    let limit = json!({"object": "error", "message": "This model's maximum context length is 4096 tokens. However, you requested 4996 tokens (900 in the messages, 4096 in the completion).", "code": 400});
    let most = json!({"error": {"message": "max_tokens is too large: 4096. This model supports at most 2048 completion tokens", "param": "max_tokens"}});
    let both = json!({"error": {"message": "`temperature` and `top_p` cannot both be specified for this model."}});
    let streaming = json!({"error": {"message": "streaming is not supported by this deployment", "param": "stream"}});
    let rows = [
        ("an error in the choice", stream(&upstream)),
        (
            "an error event",
            stream("event: error\ndata: {\"message\":\"m\"}\n\n"),
        ),
        (
            "overloaded",
            whole("529 Site is overloaded", "Retry-After: 0s\r\n", "{}"),
        ),
        (
            "a gateway's page",
            whole(
                "502 Bad Gateway",
                "",
                "<html><head><title>502</title></head></html>",
            ),
        ),
        (
            "a wait in the words",
            refused("429 Too Many Requests", &busy("Please try again in 3ms.")),
        ),
        (
            "a wait in the details",
            refused(
                "429 Too Many Requests",
                &json!({"error": {"message": "m", "details": [{"retryDelay": "0.002s"}]}}),
            ),
        ),
        (
            "a moment that has passed",
            whole("429 Too Many Requests", "Retry-After: 1700000000\r\n", "{}"),
        ),
        (
            "prompt and answer over the context",
            refused("400 Bad Request", &limit),
        ),
        ("an answer too long", refused("400 Bad Request", &most)),
        ("two temperatures", refused("400 Bad Request", &both)),
        ("no stream", refused("400 Bad Request", &streaming)),
    ];
    for (name, script) in rows {
        check(name, vec![script, good()], Then::Code(&[])).await;
    }
    let bodies = |script| async move {
        let server = FakeServer::start(vec![script, good(), good()]);
        let team = team(&server.url(), brisk());
        asked(&team, &rewrite()).await.0.unwrap();
        asked(&team, &rewrite()).await.0.unwrap();
        let requests = server.requests();
        [requests[1].json(), requests[2].json()]
    };
    for body in bodies(refused("400 Bad Request", &limit)).await {
        assert_eq!(body["max_tokens"], json!(3196));
    }
    for body in bodies(refused("400 Bad Request", &most)).await {
        assert_eq!(body["max_tokens"], json!(2048));
    }
    for body in bodies(refused("400 Bad Request", &streaming)).await {
        assert_eq!(
            (&body["stream"], body.get("stream_options")),
            (&json!(false), None)
        );
    }
}

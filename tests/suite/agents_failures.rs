//! Claims about servers that fail: what the person reads, what is tried again, and that no key is ever shown.

use std::collections::BTreeMap;
use std::time::Duration;

use lessonl::agents::llm::RetryPolicy;
use lessonl::agents::{AgentPulse, Team, TeamInputs};
use lessonl::domain::ask::{AskFailure, AskFailureKind, Defect};
use serde_json::{Map, json};

use crate::agents::{KEY, asked, behind, brisk, rewrite, team};
use crate::support::fake_server::{FakeServer, Script, response, stream, whole};

const GOOD: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"```cpp\\nint twice(int x) {}\\n```\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

async fn failure_of(script: Script) -> AskFailure {
    let server = FakeServer::start(vec![script]);
    let patience = RetryPolicy {
        attempts: 1,
        ..brisk()
    };
    asked(&team(&server.url(), patience), &rewrite())
        .await
        .0
        .unwrap_err()
}

/// The waits and messages of the retries.
fn retries(pulses: &[AgentPulse]) -> Vec<(u32, u64)> {
    pulses
        .iter()
        .filter_map(|pulse| match pulse {
            AgentPulse::Retrying {
                attempt, wait_ms, ..
            } => Some((*attempt, *wait_ms)),
            AgentPulse::Delta(_) | AgentPulse::Reasoned { .. } | AgentPulse::Noted(_) => None,
        })
        .collect()
}

#[tokio::test]
async fn a_response_without_an_answer_is_a_failure() {
    let role = "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\ndata: [DONE]\n\n";
    for body in [
        "",
        ": only\n\n: comments\n\n",
        "data: [DONE]\n\n",
        role,
        "<html>hello</html>",
        "{\"choices\":[]}",
        "{\"trunc",
    ] {
        let failure = failure_of(stream(body)).await;
        assert_eq!(failure.kind, AskFailureKind::Protocol, "{body}");
    }
    let page = failure_of(stream("<html>hello</html>")).await;
    assert!(page.message.contains("<html>hello</html>"));
}

#[tokio::test]
async fn errors_inside_a_good_response_are_failures() {
    let cases = [
        (
            "data: {\"error\":{\"message\":\"it broke\",\"code\":502}}\n\n",
            AskFailureKind::Server,
        ),
        ("data: {\"error\":\"it broke\"}\n\n", AskFailureKind::Server),
        (
            "{\"error\":{\"message\":\"it broke\",\"code\":429}}",
            AskFailureKind::RateLimited,
        ),
        (
            "data: {\"error\":{\"message\":\"it broke: context_length_exceeded\"}}\n\n",
            AskFailureKind::ContextOverflow,
        ),
        (
            "data: {\"choices\":[{\"delta\":{\"content\":\"abc\"}}]}\n\ndata: {\"error\":\"it broke\"}\n\n",
            AskFailureKind::Server,
        ),
    ];
    for (body, kind) in cases {
        let failure = failure_of(stream(body)).await;
        assert_eq!(failure.kind, kind, "{body}");
        assert!(failure.message.contains("it broke"), "{}", failure.message);
    }
}

#[tokio::test]
async fn after_the_first_text_nothing_is_asked_again() {
    let broken = "data: {\"choices\":[{\"delta\":{\"content\":\"abc\"}}]}\n\ndata: {\"error\":{\"message\":\"m\",\"code\":503}}\n\n";
    let server = FakeServer::start(vec![stream(broken), stream(GOOD)]);
    let (reply, pulses) = asked(&team(&server.url(), brisk()), &rewrite()).await;
    assert_eq!(reply.unwrap_err().kind, AskFailureKind::Server);
    assert_eq!(retries(&pulses), []);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn what_can_pass_is_asked_again_and_seen() {
    let server = FakeServer::start(vec![
        whole("500 Internal Server Error", "", "oops"),
        whole("429 Too Many Requests", "retry-after-ms: 3\r\n", "{}"),
        whole("503 Service Unavailable", "Retry-After: 0\r\n", "{}"),
        Script::Pieces(vec![]),
        stream(GOOD),
    ]);
    let (reply, pulses) = asked(&team(&server.url(), brisk()), &rewrite()).await;
    assert_eq!(reply.unwrap().defects, []);
    let waits = retries(&pulses);
    assert_eq!(waits[1..3], [(3, 3), (4, 0)]);
    assert_eq!(waits.len(), 4);
    assert_eq!(server.requests().len(), 5);
}

#[tokio::test]
async fn attempts_end_and_long_waits_are_not_accepted() {
    let busy = |headers: &str| {
        whole(
            "429 Too Many Requests",
            headers,
            "{\"error\":{\"message\":\"busy\"}}",
        )
    };
    let server = FakeServer::start(vec![busy(""), busy("")]);
    let patience = RetryPolicy {
        attempts: 2,
        longest_wait: Duration::ZERO,
        ..brisk()
    };
    let (reply, pulses) = asked(&team(&server.url(), patience), &rewrite()).await;
    assert_eq!(reply.unwrap_err().kind, AskFailureKind::RateLimited);
    assert_eq!(retries(&pulses).len(), 1);
    let server = FakeServer::start(vec![busy("Retry-After: 3600\r\n")]);
    let (reply, pulses) = asked(&team(&server.url(), brisk()), &rewrite()).await;
    assert_eq!(reply.unwrap_err().kind, AskFailureKind::RateLimited);
    assert_eq!(retries(&pulses), []);
}

#[tokio::test]
async fn what_cannot_pass_is_not_asked_again() {
    let cases = [
        (
            "401 Unauthorized",
            json!({"detail": "bad key"}),
            AskFailureKind::Unauthorized,
            "check the key in SOME_KEY",
        ),
        (
            "402 Payment Required",
            json!({"error": "empty"}),
            AskFailureKind::Quota,
            "check the plan and the credit of the account",
        ),
        (
            "429 Too Many Requests",
            json!({"error": {"code": "insufficient_quota", "message": "x"}}),
            AskFailureKind::Quota,
            "check the plan and the credit of the account",
        ),
        (
            "404 Not Found",
            json!({"error": "model \"coder\" not found, try pulling it first"}),
            AskFailureKind::NoSuchModel,
            "ollama pull coder",
        ),
    ];
    for (status, body, kind, hint) in cases {
        let server = FakeServer::start(vec![whole(status, "", &body.to_string())]);
        let (reply, pulses) = asked(&team(&server.url(), brisk()), &rewrite()).await;
        let failure = reply.unwrap_err();
        assert_eq!((failure.kind, failure.hint.as_str()), (kind, hint));
        assert_eq!(retries(&pulses), []);
    }
}

#[tokio::test]
async fn a_refused_field_is_left_out_from_then_on() {
    let refuse = |message: &str| {
        whole(
            "400 Bad Request",
            "",
            &json!({"error": {"message": message}}).to_string(),
        )
    };
    let server = FakeServer::start(vec![
        refuse("Unrecognized request"),
        refuse("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."),
        refuse("Unsupported value: 'temperature' does not support 0.2"),
        stream(GOOD),
        stream(GOOD),
    ]);
    let team = team(&server.url(), brisk());
    let (reply, pulses) = asked(&team, &rewrite()).await;
    reply.unwrap();
    assert_eq!(retries(&pulses), [(2, 0), (3, 0), (4, 0)]);
    asked(&team, &rewrite()).await.0.unwrap();
    for request in &server.requests()[3..] {
        let body = request.json();
        let has = |name: &str| body.get(name).is_some();
        assert!(!has("stream_options") && !has("temperature") && !has("max_tokens"));
        assert_eq!(
            (&body["max_completion_tokens"], &body["top_p"]),
            (&json!(4096), &json!(0.95))
        );
    }
}

#[tokio::test]
async fn a_field_the_person_set_is_never_left_out() {
    let refuse = json!({"error": {"message": "temperature is not supported"}}).to_string();
    let server = FakeServer::start(vec![
        whole("400 Bad Request", "", &refuse),
        whole("400 Bad Request", "", &refuse),
    ]);
    let extra = Map::from_iter([("temperature".to_owned(), json!(1))]);
    let around = TeamInputs {
        keys: BTreeMap::from([("SOME_KEY".to_owned(), KEY.into())]),
        ..TeamInputs::default()
    };
    let team = Team::assemble(&[behind(&server.url(), extra)], around).unwrap();
    let failure = asked(&team, &rewrite()).await.0.unwrap_err();
    assert_eq!(failure.kind, AskFailureKind::BadRequest);
}

#[tokio::test]
async fn keys_never_appear_in_what_is_shown() {
    let echo = json!({"error": {"message": format!("key {KEY} is not valid")}}).to_string();
    let event = format!("data: {echo}\n\n");
    for script in [
        whole("401 Unauthorized", "", &echo),
        stream(&event),
        stream(&format!("no: {KEY}")),
        stream(&echo),
    ] {
        let failure = failure_of(script).await;
        assert!(!format!("{failure:?}").contains(KEY), "{failure:?}");
        assert!(failure.message.contains("[key]"), "{failure:?}");
    }
    let team = team("http://127.0.0.1:9", brisk());
    assert!(!format!("{team:?}").contains(KEY));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    let patience = RetryPolicy {
        attempts: 2,
        ..brisk()
    };
    let (reply, pulses) = asked(&team("http://127.0.0.1:9", patience), &rewrite()).await;
    let failure = reply.unwrap_err();
    assert_eq!(failure.kind, AskFailureKind::Unreachable);
    assert!(
        failure.message.contains("http://127.0.0.1:9/v1"),
        "{}",
        failure.message
    );
    assert_eq!(retries(&pulses).len(), 1);
}

#[tokio::test]
async fn silence_ends_an_answer() {
    let headers = "Content-Type: text/event-stream\r\n";
    let text = "data: {\"choices\":[{\"delta\":{\"content\":\"abc\"}}]}\n\n";
    let server = FakeServer::start(vec![
        Script::Hold(vec![response("200 OK", headers, ": still loading\n\n")]),
        Script::Hold(vec![response("200 OK", headers, text)]),
        Script::Hold(vec![response(
            "200 OK",
            headers,
            &GOOD.replace("data: [DONE]\n\n", ""),
        )]),
    ]);
    let short = Duration::from_millis(50);
    let slow = RetryPolicy {
        first_token: short,
        ..brisk()
    };
    let failure = asked(&team(&server.url(), slow), &rewrite()).await.0;
    assert_eq!(failure.unwrap_err().kind, AskFailureKind::TimedOut);
    let silent = RetryPolicy {
        idle: short,
        ..brisk()
    };
    let team = team(&server.url(), silent);
    let cut = asked(&team, &rewrite()).await.0.unwrap();
    assert_eq!(cut.defects, [Defect::NoCode, Defect::CutShort]);
    let complete = asked(&team, &rewrite()).await.0.unwrap();
    assert_eq!(complete.defects, []);
}

#[tokio::test]
async fn a_redirect_is_refused_and_not_followed() {
    let failure = failure_of(whole(
        "301 Moved Permanently",
        "Location: http://127.0.0.1:9/\r\n",
        "",
    ))
    .await;
    assert_eq!(failure.kind, AskFailureKind::BadRequest);
}

#[test]
fn a_team_that_cannot_work_is_refused_before_anything_is_sent() {
    let what = |spec, keys: &[&str]| {
        let around = TeamInputs {
            keys: keys
                .iter()
                .map(|key| ("SOME_KEY".to_owned(), (*key).into()))
                .collect(),
            ..TeamInputs::default()
        };
        Team::assemble(&[spec], around).unwrap_err().what
    };
    let spec = |url: &str| behind(url, Map::new());
    assert_eq!(
        what(spec("http://h"), &[]),
        "agent `one` needs a key in SOME_KEY, which is not set"
    );
    assert!(what(spec("ftp://h"), &[KEY]).starts_with("agent `one`: `ftp://h"));
    let broken = what(spec("http://h"), &["sk-secret\nwith line"]);
    assert!(broken.starts_with("agent `one`: its key") && !broken.contains("secret"));
    let twice = [spec("http://h"), spec("http://h")];
    let around = TeamInputs {
        keys: BTreeMap::from([("SOME_KEY".to_owned(), KEY.into())]),
        ..TeamInputs::default()
    };
    assert_eq!(
        Team::assemble(&twice, around).unwrap_err().what,
        "two agents are named `one`"
    );
}

#[tokio::test]
async fn a_server_is_asked_four_things_at_a_time() {
    let silent = || Script::Hold(vec![]);
    let server = FakeServer::start(vec![silent(), silent(), silent(), silent(), stream(GOOD)]);
    let team = team(&server.url(), brisk());
    let spawn = || {
        let team = team.clone();
        tokio::spawn(async move { asked(&team, &rewrite()).await.0 })
    };
    let held = [spawn(), spawn(), spawn(), spawn()];
    let server = tokio::task::spawn_blocking(move || {
        for _ in 0..4 {
            server.next_request();
        }
        server
    })
    .await
    .unwrap();
    let fifth = spawn();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.requests().len(), 0);
    held[0].abort();
    assert_eq!(fifth.await.unwrap().unwrap().defects, []);
}

//! Claims about what servers bear and say that they took: waits, limits, counts, ends, and how each is reached.

use std::collections::BTreeMap;
use std::time::Duration;

use lessonl::agents::llm::RetryPolicy;
use lessonl::agents::{AgentPulse, Team, TeamInputs};
use lessonl::domain::ask::{AskFailureKind as K, AskNote, Defect as D};
use lessonl::domain::reach::Reach;
use lessonl::domain::spec::AgentKind;
use lessonl::domain::units::{Cost, Nanos, Tokens};
use serde_json::{Map, Value, json};

use crate::agents::{asked, behind, brisk, lesson, rewrite, team};
use crate::servers::{
    CODE, DONE, Then, check, choice, counted, delta, good, good_with, put, refused, stop, usage,
};
use crate::support::fake_server::{FakeServer, Script, response, stream, whole};

#[tokio::test]
async fn a_wait_that_is_too_long_is_told() {
    for (headers, body, wait) in [
        (
            "Retry-After: 300\r\n",
            json!({"error": {"message": "slow down"}}),
            300,
        ),
        (
            "",
            json!({"error": {"message": "Please retry in 1h."}}),
            3600,
        ),
    ] {
        let script = whole("429 Too Many Requests", headers, &body.to_string());
        let failure = put(vec![script], &rewrite()).await.0.unwrap_err();
        assert_eq!(failure.kind, K::RateLimited);
        assert_eq!(failure.wait, Some(Nanos(wait * 1_000_000_000)));
        let words = format!("the server asks to wait {}", Nanos(wait * 1_000_000_000));
        assert!(failure.message.contains(&words), "{failure:?}");
    }
}

#[tokio::test]
async fn what_was_used_is_counted_whatever_the_server_says() {
    let beside = json!({"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 11100, "completion_tokens_details": {"reasoning_tokens": 10000}});
    let used = |value: Value| async move {
        let script = good_with(&format!("{}{}{DONE}", stop("stop"), usage(value)));
        put(vec![script], &rewrite()).await.0.unwrap().usage
    };
    let reasoned = used(beside).await;
    assert_eq!(
        (reasoned.input, reasoned.output, reasoned.reasoning),
        (Tokens(1000), Tokens(10_100), Tokens(10_000))
    );
    let huge = used(json!({"prompt_tokens": u64::MAX, "completion_tokens": u64::MAX})).await;
    assert!(huge.estimated && huge.output < Tokens(1000), "{huge:?}");
    let many = used(json!({"prompt_tokens": 90_000_000, "completion_tokens": 5})).await;
    assert!(many.estimated && many.input < Tokens(1000), "{many:?}");
    let billed = used(json!({"prompt_tokens": 700, "completion_tokens": 200, "cost": 0.25})).await;
    assert_eq!(billed.cost, Cost::from_dollars(0.25));
    let early = usage(json!({"prompt_tokens": 700, "completion_tokens": 1}));
    let words = "a word and another one ".repeat(40);
    let broken = stream(&format!(
        "{early}{}",
        delta(&format!("```cpp\n{CODE}```\n{words}"))
    ));
    let cut = put(vec![broken], &rewrite()).await.0.unwrap();
    assert!(
        cut.usage.estimated && cut.usage.output > Tokens(200),
        "{cut:?}"
    );
}

#[tokio::test]
async fn a_prompt_that_was_cut_in_silence_is_a_defect() {
    let few = usage(json!({"prompt_tokens": 40, "completion_tokens": 200}));
    let script = good_with(&format!("{}{few}{DONE}", stop("stop")));
    let answer = put(vec![script], &rewrite()).await.0.unwrap();
    assert_eq!(answer.defects, [D::PromptCut]);
    assert!(D::PromptCut.words().contains("OLLAMA_CONTEXT_LENGTH"));
}

#[tokio::test]
async fn an_answer_without_end_is_ended() {
    let circle = choice(json!({"delta": {"reasoning_content": "Wait, let me check that again. "}}))
        .repeat(600);
    let server = FakeServer::start(vec![Script::Hold(vec![response(
        "200 OK",
        "Content-Type: text/event-stream\r\n",
        &circle,
    )])]);
    let answer = asked(&team(&server.url(), brisk()), &rewrite())
        .await
        .0
        .unwrap();
    assert_eq!(answer.defects, [D::OnlyReasoning, D::Circling]);
    let endless: String = (0..3000)
        .map(|n| delta(&format!("step {n}: {:x} ", n * 7919)))
        .collect();
    let server = FakeServer::start(vec![Script::Hold(vec![response(
        "200 OK",
        "Content-Type: text/event-stream\r\n",
        &endless,
    )])]);
    let answer = asked(&team(&server.url(), brisk()), &lesson())
        .await
        .0
        .unwrap();
    assert_eq!(answer.defects, [D::Endless]);
}

#[tokio::test]
async fn a_model_that_reasons_gets_room_for_it_in_a_lesson() {
    let think = choice(json!({"delta": {"reasoning_content": "Let me think. ".repeat(70)}}));
    let cramped = || {
        stream(&format!(
            "{think}{}{}{DONE}",
            stop("length"),
            usage(
                json!({"prompt_tokens": 700, "completion_tokens": 250, "completion_tokens_details": {"reasoning_tokens": 250}})
            )
        ))
    };
    let roomy = || {
        stream(&format!(
            "{think}{}{}{}{DONE}",
            delta("Adding is shifting."),
            stop("stop"),
            counted()
        ))
    };
    let server = FakeServer::start(vec![cramped(), roomy(), roomy()]);
    let team = team(&server.url(), brisk());
    let (reply, pulses) = asked(&team, &lesson()).await;
    assert_eq!(reply.unwrap().prose, "Adding is shifting.");
    let paid = pulses.iter().any(|pulse| matches!(pulse, AgentPulse::Noted(AskNote::Spent { usage, .. }) if usage.output == Tokens(250)));
    assert!(paid, "{pulses:?}");
    asked(&team, &lesson()).await.0.unwrap();
    let most: Vec<Value> = server
        .requests()
        .iter()
        .map(|r| r.json()["max_tokens"].clone())
        .collect();
    assert_eq!(most, [json!(250), json!(4346), json!(4346)]);
}

#[tokio::test]
async fn a_server_is_reached_with_its_own_headers() {
    let mut spec = behind("http://unused", Map::new());
    let server = FakeServer::start(vec![good()]);
    if let AgentKind::Openai {
        base_url, reach, ..
    } = &mut spec.kind
    {
        *base_url = format!("{}/openai/deployments/d?api-version=1", server.url());
        *reach = Reach {
            key_header: Some("api-key".to_owned()),
            headers: BTreeMap::from([("X-Team".to_owned(), "TEAM".to_owned())]),
            ..Reach::default()
        };
    }
    let keys =
        [("SOME_KEY", "sk-one"), ("TEAM", "blue")].map(|(name, key)| (name.to_owned(), key.into()));
    let around = TeamInputs {
        keys: BTreeMap::from(keys),
        ..TeamInputs::default()
    };
    let team = Team::assemble(&[spec], around).unwrap();
    asked(&team, &rewrite()).await.0.unwrap();
    let head = server.next_request().head.to_lowercase();
    assert!(
        head.starts_with("post /openai/deployments/d/chat/completions?api-version=1 "),
        "{head}"
    );
    assert!(
        head.contains("\r\napi-key: sk-one\r\n") && head.contains("\r\nx-team: blue\r\n"),
        "{head}"
    );
    assert!(!head.contains("authorization"), "{head}");
}

#[tokio::test]
async fn a_limit_per_minute_is_waited_out_and_a_look_at_a_server_is_not() {
    let busy = || {
        refused(
            "429 Too Many Requests",
            &json!({"error": {"message": "too many requests"}}),
        )
    };
    let mut scripts: Vec<Script> = (0..8).map(|_| busy()).collect();
    scripts.push(good());
    check("nine tries", scripts, Then::Code(&[])).await;
    let server = FakeServer::start(vec![busy()]);
    let look = RetryPolicy {
        longest_wait: Duration::ZERO,
        attempts: 1,
        ..brisk()
    };
    let (reply, pulses) = asked(&team(&server.url(), look), &rewrite()).await;
    assert_eq!((reply.unwrap_err().kind, pulses), (K::RateLimited, vec![]));
}

#[tokio::test]
async fn words_of_any_script_come_through_byte_for_byte_however_they_are_cut() {
    let code = "int twice(int x) { return 2 * x; } // \u{90e8}\u{5206}\u{548c} e\u{301} \u{645}\u{62c} \u{939}\u{93f} \u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} \u{1f3f3}\u{fe0f}\u{200d}\u{1f308} \u{1d11e} a\u{ad}b\n";
    let text = format!("\u{267b}\u{fe0f} \u{fdfa}\n```cpp\n{code}```\n");
    // one letter an event, not escaped, and the bytes of the response cut in the middle of letters
    let events: String = text
        .chars()
        .map(|letter| delta(&letter.to_string()))
        .collect();
    let body = response(
        "200 OK",
        "Content-Type: text/event-stream\r\n",
        &format!("{events}{}{}{DONE}", stop("stop"), counted()),
    );
    let pieces = body.chunks(61).map(<[u8]>::to_vec).collect();
    let (reply, _) = put(vec![Script::Pieces(pieces)], &rewrite()).await;
    let answer = reply.unwrap();
    assert_eq!(answer.code.as_deref(), Some(code));
    assert!(answer.defects.is_empty(), "{:?}", answer.defects);
}

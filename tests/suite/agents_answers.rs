//! Claims about answers of servers that speak the protocol more or less.

use std::collections::BTreeMap;

use lessonl::agents::llm::discover;
use lessonl::agents::{AgentPulse, Team, TeamInputs};
use lessonl::domain::ask::{Answer, AskFailureKind, Defect};
use lessonl::domain::id::UnitId;
use lessonl::domain::lineage::{AgentRole, AskManner};
use lessonl::domain::reach::Reach;
use lessonl::domain::spec::{AgentKind, AgentSpec, RelevanceKind, RewriterStyle};
use lessonl::domain::units::{Nanos, Tokens, Usage};
use serde_json::{Map, Value, json};

use crate::agents::{KEY, asked, behind, brisk, explore, lesson, rewrite, team};
use crate::support::fake_server::{FakeServer, Script, response, stream, whole};

const EVENT_STREAM: &str = "Content-Type: text/event-stream\r\n";

fn delta(text: &str) -> String {
    let chunk = json!({"model": "coder-v2", "choices": [{"index": 0, "delta": {"content": text}}]});
    format!("data: {chunk}\n\n")
}

fn finish(reason: &str) -> String {
    let chunk = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]});
    format!("data: {chunk}\n\n")
}

const USAGE: &str =
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":411,\"completion_tokens\":5}}\n\n";
const DONE: &str = "data: [DONE]\n\n";
const CODE: &str = "int twice(int x) { return 2 * x; } // → é\n";

fn good() -> String {
    let fenced = format!("Shift.\n```cpp\n{CODE}```\n");
    let (left, right) = fenced.split_at(12);
    format!(
        "{}{}{}{USAGE}{DONE}",
        delta(left),
        delta(right),
        finish("stop")
    )
}

fn reported() -> Usage {
    Usage {
        input: Tokens(411),
        output: Tokens(5),
        ..Usage::default()
    }
}

async fn answer_to(script: Script) -> Answer {
    let server = FakeServer::start(vec![script]);
    let (reply, _) = asked(&team(&server.url(), brisk()), &rewrite()).await;
    reply.expect("an answer")
}

#[tokio::test]
async fn a_streamed_answer_is_read_whole() {
    let server = FakeServer::start(vec![stream(&good())]);
    let (reply, pulses) = asked(&team(&server.url(), brisk()), &rewrite()).await;
    let answer = reply.unwrap();
    let expected = Answer {
        raw: Some(String::new()),
        thoughts: String::new(),
        text: format!("Shift.\n```cpp\n{CODE}```\n"),
        code: Some(CODE.to_owned()),
        prose: "Shift.".to_owned(),
        found: lessonl::domain::ask::AnswerExtra::Nothing,
        defects: vec![],
        usage: reported(),
        model: "coder-v2".to_owned(),
        latency: answer.latency,
    };
    assert!(answer.latency > Nanos(0));
    let told: String = pulses
        .iter()
        .map(|pulse| match pulse {
            AgentPulse::Delta(text) => text.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!((&told, &answer), (&expected.text, &expected));
}

#[tokio::test]
async fn the_request_is_one_user_message_with_the_sampling_of_its_purpose() {
    let server = FakeServer::start(vec![stream(&good()), stream(&good())]);
    let extra = Map::from_iter([
        ("seed".to_owned(), json!(7)),
        ("top_p".to_owned(), json!(0.5)),
    ]);
    let around = TeamInputs {
        keys: BTreeMap::from([("SOME_KEY".to_owned(), KEY.into())]),
        ..TeamInputs::default()
    };
    let team = Team::assemble(&[behind(&server.url(), extra)], around).unwrap();
    asked(&team, &rewrite()).await.0.unwrap();
    asked(&team, &lesson()).await.0.unwrap();
    let requests = server.requests();
    assert!(requests[0].head.starts_with("POST /v1/chat/completions "));
    assert!(requests[0].head.contains(&format!("Bearer {KEY}")));
    let mut body = requests[0].json();
    assert_eq!(
        body["messages"][0]["content"],
        json!(team.prompt(&rewrite()).unwrap())
    );
    body["messages"][0]["content"] = json!("");
    assert_eq!(
        body,
        json!({"model": "coder", "stream": true, "stream_options": {"include_usage": true},
            "temperature": 0.2, "top_p": 0.5, "max_tokens": 4096, "seed": 7,
            "messages": [{"role": "user", "content": ""}]})
    );
    let body = requests[1].json();
    assert_eq!(
        (&body["frequency_penalty"], &body["max_tokens"]),
        (&json!(0.5), &json!(250))
    );
}

#[tokio::test]
async fn a_manner_sets_temperature_and_seed_where_the_person_has_not() {
    let manner = AskManner {
        role: Some(AgentRole::Machine),
        temperature: Some(0.6),
        seed: Some(11),
    };
    let bodies = async |extra: Map<String, Value>, set: Option<f64>| {
        let server = FakeServer::start(vec![stream(&good())]);
        let mut one = behind(&server.url(), extra);
        if let (AgentKind::Openai { code, .. }, Some(set)) = (&mut one.kind, set) {
            code.temperature = set;
        }
        let around = TeamInputs {
            keys: BTreeMap::from([("SOME_KEY".to_owned(), KEY.into())]),
            ..TeamInputs::default()
        };
        let team = Team::assemble(&[one], around).unwrap();
        asked(&team, &explore(manner)).await.0.unwrap();
        let body = server.requests()[0].json();
        let prompt = body["messages"][0]["content"].as_str().unwrap();
        assert!(
            prompt.contains("what the machine does with the code"),
            "{prompt}"
        );
        [body["temperature"].clone(), body["seed"].clone()]
    };
    assert_eq!(bodies(Map::new(), None).await, [json!(0.6), json!(11)]);
    assert_eq!(bodies(Map::new(), Some(0.0)).await, [json!(0.0), json!(11)]);
    let extra = Map::from_iter([("seed".to_owned(), json!(7))]);
    assert_eq!(bodies(extra, None).await, [json!(0.6), json!(7)]);
}

#[tokio::test]
async fn a_server_without_seeds_is_asked_without_one_from_then_on() {
    let refusal = json!({"detail": [{"type": "extra_forbidden", "loc": ["body", "seed"]}]});
    let server = FakeServer::start(vec![
        whole("422 Unprocessable Entity", "", &refusal.to_string()),
        stream(&good()),
        stream(&good()),
    ]);
    let team = team(&server.url(), brisk());
    let manner = AskManner {
        seed: Some(11),
        ..AskManner::default()
    };
    for _ in 0..2 {
        asked(&team, &explore(manner)).await.0.unwrap();
    }
    let seeds: Vec<bool> = server
        .requests()
        .iter()
        .map(|r| r.json().get("seed").is_some())
        .collect();
    assert_eq!(seeds, [true, false, false]);
}

#[tokio::test]
async fn pieces_split_at_every_byte_give_the_same_answer() {
    let body = format!("\u{feff}: busy\r\n\r\n{}", good().replace('\n', "\r\n"));
    let whole = response("200 OK", EVENT_STREAM, &body);
    let head = whole.len() - body.len();
    let scripts: Vec<Script> = (0..body.len())
        .map(|at| {
            let (left, right) = whole.split_at(head + at);
            Script::Pieces(vec![left.to_vec(), right.to_vec()])
        })
        .chain([Script::Pieces(
            whole.chunks(1).map(<[u8]>::to_vec).collect(),
        )])
        .collect();
    let count = scripts.len();
    let server = FakeServer::start(scripts);
    let team = team(&server.url(), brisk());
    for at in 0..count {
        let answer = asked(&team, &rewrite()).await.0.unwrap();
        assert_eq!(answer.code.as_deref(), Some(CODE), "split at {at}");
        assert_eq!(
            (answer.defects, answer.usage),
            (vec![], reported()),
            "split at {at}"
        );
    }
}

#[tokio::test]
async fn an_end_is_a_finish_reason_or_the_mark() {
    let text = format!("```cpp\n{CODE}```");
    for end in [
        finish("stop"),
        DONE.to_owned(),
        finish("stop").trim_end().to_owned(),
    ] {
        let answer = answer_to(stream(&(delta(&text) + &end))).await;
        assert_eq!(answer.defects, [], "{end}");
    }
    assert_eq!(
        answer_to(stream(&(delta(&text) + &finish("length"))))
            .await
            .defects,
        [Defect::Truncated]
    );
    assert_eq!(
        answer_to(stream(&delta(&text))).await.defects,
        [Defect::CutShort]
    );
}

#[tokio::test]
async fn a_connection_that_breaks_after_text_gives_a_cut_answer() {
    let announced = format!("{EVENT_STREAM}Content-Length: 9999\r\n");
    let answer = answer_to(whole("200 OK", &announced, &delta("```cpp\nint twice"))).await;
    assert_eq!(answer.text, "```cpp\nint twice");
    assert!(answer.defects.contains(&Defect::CutShort));
}

#[tokio::test]
async fn a_whole_document_instead_of_a_stream_is_an_answer() {
    let document = json!({"model": "coder-v2", "choices": [{"message": {"content": format!("```cpp\n{CODE}```")},
        "finish_reason": "stop"}], "usage": {"prompt_tokens": 411, "completion_tokens": 5}});
    for headers in ["Content-Type: application/json\r\n", EVENT_STREAM, ""] {
        let answer = answer_to(whole("200 OK", headers, &format!("\n\n\n{document}"))).await;
        assert_eq!(answer.code.as_deref(), Some(CODE));
        assert_eq!((answer.usage, answer.defects), (reported(), vec![]));
    }
}

#[tokio::test]
async fn usage_that_is_missing_is_estimated_and_says_so() {
    let answer = answer_to(stream(
        &(delta("```cpp\nint twice(int x) {}\n```") + &finish("stop")),
    ))
    .await;
    assert!(answer.usage.estimated);
    assert!(answer.usage.input > Tokens(100) && answer.usage.output == Tokens(8));
    let inside = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop",
        "usage": {"prompt_tokens": 411, "completion_tokens": 5}}], "usage": {}});
    let answer = answer_to(stream(&(delta("x") + &format!("data: {inside}\n\n")))).await;
    assert_eq!(answer.usage, reported());
}

#[tokio::test]
async fn reasoning_is_counted_and_left_out() {
    let thought =
        json!({"choices": [{"index": 0, "delta": {"reasoning_content": "hm".repeat(8)}}]});
    let thought = format!("data: {thought}\n\n");
    let text = format!("still thinking</think>\n```cpp\n{CODE}```");
    let answer = answer_to(stream(&(thought.clone() + &delta(&text) + &finish("stop")))).await;
    assert_eq!(answer.code.as_deref(), Some(CODE));
    assert!(answer.usage.reasoning >= Tokens(8));
    assert!(!answer.text.contains("thinking"));
    let only = answer_to(stream(&(thought + &finish("length")))).await;
    assert_eq!(only.defects, [Defect::OnlyReasoning, Defect::Truncated]);
}

#[tokio::test]
async fn a_huge_answer_is_bounded() {
    let filler = (0..6000).map(|n| format!("// filler {n}\n"));
    let part = delta(&filler.collect::<String>());
    let body = delta("```cpp\nint twice(int x) { return 2 * x; }\n") + &part.repeat(6);
    let answer = answer_to(stream(&body)).await;
    assert!(answer.text.len() <= 256 * 1024);
    assert_eq!(answer.defects, [Defect::UnclosedFence, Defect::Endless]);
}

#[tokio::test]
async fn an_agent_that_is_dropped_closes_its_connection() {
    let held = vec![response("200 OK", EVENT_STREAM, &delta("first"))];
    let server = FakeServer::start(vec![Script::Hold(held)]);
    let team = team(&server.url(), brisk());
    let (told, mut first) = tokio::sync::mpsc::unbounded_channel();
    let task = tokio::spawn(async move {
        let ask = rewrite();
        let prompt = team.prompt(&ask).unwrap();
        let pulse = |pulse| told.send(pulse).unwrap();
        team.answer(&ask, &prompt, &pulse).await
    });
    assert_eq!(
        first.recv().await,
        Some(AgentPulse::Delta("first".to_owned()))
    );
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    tokio::task::spawn_blocking(move || server.client_gone())
        .await
        .unwrap();
}

#[tokio::test]
async fn embeddings_come_as_unit_vectors() {
    let body = json!({"data": [{"index": 1, "embedding": [0.0, 5.0]}, {"index": 0, "embedding": [[6.0, 8.0]]}]});
    let wrong = json!({"data": [{"embedding": [1.0]}]});
    let server = FakeServer::start(vec![
        whole("200 OK", "", &body.to_string()),
        whole("200 OK", "", &wrong.to_string()),
    ]);
    let relevance = RelevanceKind::Endpoint {
        base_url: server.url(),
        model: "embedder".to_owned(),
        key_env: None,
    };
    let team = team("http://127.0.0.1:9", brisk());
    let texts = ["a".to_owned(), "b".to_owned()];
    let vectors = team.embed(&relevance, &texts).await.unwrap();
    assert_eq!(vectors, [[0.6, 0.8], [0.0, 1.0]]);
    let failure = team.embed(&relevance, &texts).await.unwrap_err();
    assert_eq!(failure.kind, AskFailureKind::Protocol);
    assert!(
        failure.message.ends_with("1 embeddings for 2 texts"),
        "{}",
        failure.message
    );
    assert_eq!(team.embed(&relevance, &[]).await, Ok(vec![]));
    let request = server.next_request();
    assert!(request.head.starts_with("POST /v1/embeddings "));
    assert_eq!(
        request.json(),
        json!({"model": "embedder", "input": ["a", "b"]})
    );
}

#[tokio::test]
async fn models_are_listed() {
    let tags = json!({"models": [{"name": "qwen2.5-coder:7b", "size": 1}, {"model": "llama3:8b"}]});
    let list = json!({"object": "list", "data": [{"id": "m1"}, {"id": "m2"}]});
    let server = FakeServer::start(vec![
        whole("200 OK", "", &tags.to_string()),
        whole("200 OK", "", &list.to_string()),
        whole("401 Unauthorized", "", "{\"detail\":\"no\"}"),
    ]);
    let host = server.url().replace("http://", "");
    let ollama = discover::ollama_models(Some(&host)).await.unwrap();
    assert_eq!(ollama.models, ["qwen2.5-coder:7b", "llama3:8b"]);
    assert_eq!(ollama.base_url, format!("{}/v1", server.url()));
    let url = server.url();
    let keys = BTreeMap::from([("SOME_KEY".to_owned(), KEY.into())]);
    let plain = Reach::default();
    let at = |key_env| discover::ServerAddress {
        base_url: &url,
        key_env,
        reach: &plain,
        keys: &keys,
    };
    let listed = discover::models(at(Some("SOME_KEY"))).await.unwrap();
    assert_eq!(listed, ["m1", "m2"]);
    let refused = discover::models(at(None)).await.unwrap_err();
    assert_eq!(refused.kind, AskFailureKind::Unauthorized);
    let requests = server.requests();
    assert!(requests[0].head.starts_with("GET /api/tags "));
    assert!(requests[1].head.contains(KEY) && !requests[2].head.contains(KEY));
}

#[tokio::test]
async fn the_answer_is_kept_as_it_came_and_a_recording_is_read_anew_from_it() {
    let raw = format!("<think>Twice, with `</think>`.</think>\nShift.\r\n```cpp\r\n{CODE}```\r\n");
    let script = stream(&format!("{}{}{USAGE}{DONE}", delta(&raw), finish("length")));
    let answer = answer_to(script).await;
    assert_eq!(answer.as_it_came(), Some(raw.as_str()));
    assert_eq!(answer.thoughts, "Twice, with `</think>`.");
    assert_eq!(answer.code.as_deref(), Some(CODE));
    assert_eq!(answer.defects, [Defect::Truncated]);

    // As an older reader left it: the record has what came.
    let ask = rewrite();
    let damaged = Answer {
        text: "wrong".to_owned(),
        code: None,
        prose: String::new(),
        defects: vec![Defect::NoCode, Defect::Truncated],
        ..answer.clone()
    };
    let without = Answer {
        raw: None,
        ..damaged.clone()
    };
    for (recorded, expected) in [(damaged, answer), (without.clone(), without)] {
        let around = TeamInputs {
            recorded: BTreeMap::from([(
                "run".to_owned(),
                BTreeMap::from([((ask.unit, ask.id), recorded)]),
            )]),
            ..TeamInputs::default()
        };
        let agent = AgentSpec {
            name: "old".to_owned(),
            kind: AgentKind::Recorded {
                from: "run".to_owned(),
            },
        };
        let team = Team::assemble(&[agent], around).unwrap();
        assert_eq!(asked(&team, &ask).await.0.unwrap(), expected);
    }
}

#[tokio::test]
async fn recorded_answers_come_back_as_they_were_and_are_never_made_up() {
    let ask = rewrite();
    let stored = answer_to(stream(&good())).await;
    let around = TeamInputs {
        recorded: BTreeMap::from([(
            "some-run".to_owned(),
            BTreeMap::from([((UnitId(0), ask.id), stored.clone())]),
        )]),
        ..TeamInputs::default()
    };
    let spec = AgentSpec {
        name: "tape".to_owned(),
        kind: AgentKind::Recorded {
            from: "some-run".to_owned(),
        },
    };
    let team = Team::assemble(&[spec], around).unwrap();
    assert_eq!(asked(&team, &ask).await, (Ok(stored), vec![]));
    let missing = asked(&team, &lesson()).await.0.unwrap_err();
    assert_eq!(missing.kind, AskFailureKind::NotRecorded);
}

#[tokio::test]
async fn built_in_agents_answer_or_fail_alone() {
    let spec = AgentSpec {
        name: "rules".to_owned(),
        kind: AgentKind::Rewriter {
            style: RewriterStyle::Loops,
        },
    };
    let team = Team::assemble(&[spec], TeamInputs::default()).unwrap();
    match asked(&team, &rewrite()).await {
        (Ok(answer), pulses) => {
            assert_eq!(answer.usage, Usage::default());
            assert_eq!(pulses.len(), answer.text.split_inclusive('\n').count());
        }
        (Err(failure), pulses) => {
            assert_eq!((failure.kind, pulses), (AskFailureKind::Server, vec![]));
        }
    }
}

//! A team behind a scripted server: what the meters say is what the server counted, one model stands in for another,
//! prompts are cut to what fits, and a recording is repeated without a request.

use lessonl::agents::replay::{Missing, Recorded, RecordedReplies, RecordedReply, request};
use lessonl::agents::{Team, TeamInputs};
use lessonl::domain::ask::{AskNote, FoundBy};
use lessonl::domain::event::{Ending, Fact};
use lessonl::domain::id::{AgentId, CandidateId, LessonId, Round};
use lessonl::domain::meter::{Money, Spent};
use lessonl::domain::price::Price;
use lessonl::domain::run::Run;
use lessonl::domain::spec::{AgentKind, AgentSpec, Fallback, Sampling, ServerLimits, StrategyKind};
use lessonl::domain::units::{Cost, Tokens};
use serde_json::json;

use crate::agents::brisk;
use crate::engine_world::{Told, World, spec};
use crate::support::fake_server::{FakeServer, Script, stream, whole};

const PRICE: Price = Price {
    input: 1.0,
    cached: Some(0.1),
    output: 10.0,
    reasoning: Some(20.0),
};

/// The n-th answer: (tokens read, of them cached, written, of them reasoning).
fn usage(n: u64) -> (u64, u64, u64, u64) {
    (1_000 + n, 400 + n, 300 + 2 * n, 50 + n)
}

fn answer(n: u64) -> Script {
    let (input, cached, output, reasoning) = usage(n);
    let text = json!({"choices": [{"delta": {"content": format!("Try {n}.\n```cpp\ndouble sum(std::vector<double> const &x) {{ return {n}; }}\n```\n")}}]});
    let last = json!({"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": {
        "prompt_tokens": input, "completion_tokens": output,
        "prompt_tokens_details": {"cached_tokens": cached},
        "completion_tokens_details": {"reasoning_tokens": reasoning}}});
    stream(&format!("data: {text}\n\ndata: {last}\n\ndata: [DONE]\n\n"))
}

fn cost(n: u64) -> u64 {
    let (input, cached, output, reasoning) = usage(n);
    (input - cached) * 1_000_000
        + cached * 100_000
        + (output - reasoning) * 10_000_000
        + reasoning * 20_000_000
}

fn member(name: &str, url: &str, fallback: Option<Fallback>) -> AgentSpec {
    AgentSpec {
        name: name.to_owned(),
        kind: AgentKind::Openai {
            base_url: url.to_owned(),
            model: "big".to_owned(),
            key_env: None,
            reach: Default::default(),
            code: Sampling::CODE,
            lesson: Sampling::LESSON,
            extra_body: serde_json::Map::new(),
            limits: ServerLimits::default(),
            fallback: fallback.map(Box::new),
        },
    }
}

fn world(team: Vec<AgentSpec>, rounds: u16) -> World {
    let mut world = World::new(spec(1, rounds), &[]);
    world.spec.strategy = StrategyKind::BestOf;
    world.spec.prices.insert("big".to_owned(), PRICE);
    world.team = Some(Team::assemble_with(&team, TeamInputs::default(), brisk()).unwrap());
    world.spec.team = team;
    world
}

fn spent(told: &Told) -> Spent {
    Run::fold(&told.facts).unwrap().spent
}

fn notes(told: &Told) -> Vec<AskNote> {
    let note = |fact: &Fact| match fact {
        Fact::AskNoted { note, .. } => Some(note.clone()),
        _ => None,
    };
    told.facts.iter().filter_map(|e| note(&e.fact)).collect()
}

#[tokio::test]
async fn the_meters_agree_with_the_servers_own_count_to_the_token() {
    let server = FakeServer::start((0..20).map(answer).collect());
    let team = ["a", "b", "c"].map(|name| member(name, &server.url(), None));
    let mut world = world(team.to_vec(), 5);
    world.spec.budget_tokens = Some(Tokens(9_000));
    let told = world.run().await;
    let asked = server.requests().len() as u64;
    let sum =
        |part: fn((u64, u64, u64, u64)) -> u64| (0..asked).map(|n| part(usage(n))).sum::<u64>();
    let spent = spent(&told);
    assert_eq!(u64::from(spent.asks), asked);
    assert_eq!(
        [
            spent.usage.input,
            spent.usage.cached,
            spent.usage.output,
            spent.usage.reasoning
        ]
        .map(|t| t.0),
        [sum(|u| u.0), sum(|u| u.1), sum(|u| u.2), sum(|u| u.3)]
    );
    assert_eq!(
        spent.money(),
        Money::Known(Cost((0..asked).map(cost).sum()))
    );
    assert!(!spent.usage.estimated);
    // stopped by the answer that crossed the line and by no other
    assert!(spent.tokens() >= Tokens(9_000));
    let last = (0..asked).map(|n| usage(n).0 + usage(n).2).max().unwrap();
    assert!(spent.tokens().0 - last < 9_000);
    let unit = &Run::fold(&told.facts).unwrap().units[0];
    assert_eq!(unit.ending, Some(Ending::Budget));
}

#[tokio::test]
async fn a_reply_that_broke_off_or_that_nobody_can_read_is_paid_for() {
    let begun = json!({"choices": [{"delta": {"reasoning_content": "x".repeat(400)}}]});
    let counted = json!({"error": {"message": "out of memory"}, "choices": []});
    let broken = format!("data: {begun}\n\ndata: {counted}\n\n");
    let server = FakeServer::start(vec![
        stream(&broken),
        whole("200 OK", "", "{\"no\": \"json"),
    ]);
    let world = world(vec![member("a", &server.url(), None)], 1);
    let told = world.run().await;
    let first = spent(&told);
    assert_eq!((first.wasted, first.usage.reasoning), (1, Tokens(100)));
    assert!(first.usage.estimated && first.usage.input > Tokens(0));
    assert!(matches!(first.money(), Money::Known(cost) if cost > Cost(0)));
    let again = spent(&world.run().await);
    assert_eq!(again.wasted, 1);
    assert!(again.usage.estimated && again.usage.input > Tokens(0));
}

#[tokio::test]
async fn another_model_stands_in_for_one_that_is_gone_and_is_paid_at_its_own_price() {
    let spent_up = r#"{"error":{"code":"insufficient_quota","message":"no credit left"}}"#;
    let gone = FakeServer::start(vec![whole("429 Too Many Requests", "", spent_up)]);
    let other = FakeServer::start((0..3).map(answer).collect());
    let fallback = Fallback {
        base_url: other.url(),
        model: "small".to_owned(),
        key_env: None,
        reach: Default::default(),
        limits: ServerLimits::default(),
    };
    let mut world = world(vec![member("a", &gone.url(), Some(fallback))], 3);
    world.spec.prices.insert(
        "small".to_owned(),
        Price {
            input: 0.0,
            cached: None,
            output: 1.0,
            reasoning: None,
        },
    );
    let told = world.run().await;
    assert_eq!((gone.requests().len(), other.requests().len()), (1, 3));
    let noted = notes(&told);
    assert_eq!(noted.len(), 3);
    for note in &noted {
        let AskNote::Fallback {
            from, to, message, ..
        } = note
        else {
            panic!("{note:?}");
        };
        assert_eq!((from.as_str(), to.as_str()), ("big", "small"));
        assert!(message.contains("no credit left"), "{message}");
    }
    let written: u64 = (0..3).map(|n| usage(n).2).sum();
    assert_eq!(
        spent(&told).money(),
        Money::Known(Cost(written * 1_000_000))
    );
}

#[tokio::test]
async fn a_prompt_that_is_too_long_loses_its_lowest_ranked_lessons_and_nothing_else() {
    let too_long = r#"{"error":{"code":"context_length_exceeded","message":"maximum context length is 100 tokens"}}"#;
    let refused = || whole("400 Bad Request", "", too_long);
    // round 0: rewrite and lesson; round 1: two refusals before the answer
    // answer 0 is the given code, which teaches nothing
    let mut scripts: Vec<Script> = (1..3).map(answer).collect();
    scripts.extend([refused(), refused(), answer(4)]);
    scripts.extend((5..20).map(answer));
    let server = FakeServer::start(scripts);
    let mut world = world(vec![member("a", &server.url(), None)], 2);
    world.spec.strategy = StrategyKind::Lessonl;
    // three more lessons by hand: what matters is the order
    let mut live = world.start();
    live.until_fact(|fact| matches!(fact, Fact::AskSent { .. }))
        .await;
    for text in ["mine one", "mine two", "mine three"] {
        live.send(lessonl::domain::command::Command::AddLesson {
            unit: crate::engine_world::UNIT,
            text: text.to_owned(),
        });
    }
    live.send(lessonl::domain::command::Command::Hint {
        unit: crate::engine_world::UNIT,
        agent: AgentId(0),
        text: "mind the cache".to_owned(),
    });
    let told = live.end().await;
    let run = Run::fold(&told.facts).unwrap();
    let trimmed: Vec<LessonId> = notes(&told)
        .into_iter()
        .flat_map(|note| match note {
            AskNote::Trimmed { lessons, .. } => lessons,
            _ => Vec::new(),
        })
        .collect();
    let sent = told.facts.iter().find_map(|e| match &e.fact {
        Fact::AskSent { ask, lessons, .. } if ask.about.round == Round(1) => Some(lessons.clone()),
        _ => None,
    });
    let sent = sent.unwrap();
    assert!(
        !trimmed.is_empty() && trimmed.len() < sent.len(),
        "{trimmed:?} of {sent:?}"
    );
    let kept = &sent[..sent.len() - trimmed.len()];
    let mut in_order = trimmed.clone();
    in_order.reverse();
    assert_eq!([kept, &in_order[..]].concat(), sent);
    let id = CandidateId::first(Round(1), AgentId(0));
    assert_eq!(run.units[0].candidates[&id].candidate.read, kept);
    let asks: Vec<_> = run.units[0]
        .asks
        .values()
        .filter(|ask| !ask.notes.is_empty())
        .collect();
    assert_eq!(asks.len(), 1);
    assert_eq!(asks[0].lessons, kept);
    assert!(asks[0].prompt.contains(&world.spec.units[0].original));
    // nor what the person said to this agent
    assert!(asks[0].prompt.ends_with("adds: mind the cache\n"));
}

#[tokio::test]
async fn a_recording_is_repeated_without_a_request_and_misses_are_said() {
    let server = FakeServer::start((0..6).map(answer).collect());
    let team = vec![
        member("a", &server.url(), None),
        member("b", &server.url(), None),
    ];
    let mut world = world(team.clone(), 2);
    let told = world.run().await;
    assert_eq!(server.requests().len(), 4);
    let run = Run::fold(&told.facts).unwrap();
    let replies = || -> Vec<Recorded> {
        let unit = &run.units[0];
        let of = |(ask, state): (&lessonl::domain::id::AskId, &lessonl::domain::run::AskState)| {
            Recorded {
                request: request(&team[ask.agent().index()].kind, ask.purpose, &state.prompt),
                problem: unit.spec.problem.to_string(),
                mode: unit.spec.mode,
                ask: *ask,
                reply: RecordedReply::Answer(Box::new(state.reply.clone().unwrap().unwrap())),
            }
        };
        unit.asks.iter().map(of).collect()
    };
    let places = vec![(
        run.units[0].spec.problem.to_string(),
        run.units[0].spec.mode,
    )];
    let again = |replies| {
        let from = "the first run".to_owned();
        let recording = RecordedReplies::new(from, Missing::Fails, places.clone(), replies);
        let around = TeamInputs {
            replay: Some(recording),
            ..TeamInputs::default()
        };
        Some(Team::assemble_with(&team, around, brisk()).unwrap())
    };
    world.team = again(replies());
    let repeated = world.run().await;
    assert_eq!(server.requests().len(), 0);
    let sources = |told: &Told| {
        let run = Run::fold(&told.facts).unwrap();
        let all = run.units[0].candidates.values();
        all.map(|c| c.candidate.source.clone()).collect::<Vec<_>>()
    };
    assert_eq!(sources(&repeated), sources(&told));
    let (first, second) = (spent(&told), spent(&repeated));
    assert_eq!((second.cost, second.reused), (first.cost, 4));
    assert_eq!(second.money(), Money::Known(Cost(0)));
    let by_request = |note: &AskNote| {
        matches!(
            note,
            AskNote::Reused {
                by: FoundBy::Request,
                ..
            }
        )
    };
    assert!(notes(&repeated).iter().all(by_request));

    // more rounds than were recorded: what is missing fails, and says so
    world.team = again(replies());
    world.spec.rounds = 3;
    let longer = world.run().await;
    let missing = longer.facts.iter().filter_map(|e| match &e.fact {
        Fact::AskFailed { failure, .. } => Some(failure.message.clone()),
        _ => None,
    });
    let mut missing: Vec<String> = missing.collect();
    missing.sort();
    assert_eq!(
        missing,
        ["r2a0", "r2a1"].map(|at| format!("the first run holds no answer to {at}:rewrite"))
    );
    assert_eq!(server.requests().len(), 0);
}

//! Budgets stop a run exactly where they say, with a clean end, and nothing that was paid for is lost from the count.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use lessonl::domain::ask::{Answer, Ask, AskNote, Wasted};
use lessonl::domain::command::Command;
use lessonl::domain::event::{Ending, Fact};
use lessonl::domain::meter::{Budget, Money, Spent};
use lessonl::domain::price::Price;
use lessonl::domain::run::Run;
use lessonl::domain::spec::{AgentKind, Sampling, ServerLimits, StrategyKind};
use lessonl::domain::units::{Cost, Tokens, Usage};
use lessonl::engine::{Asking, May};
use tokio::sync::mpsc::UnboundedSender;

use crate::engine_world::{Barrier, Told, World, reply, spec};

/// Tokens of every reply here.
const EACH: Usage = Usage {
    input: Tokens(700),
    output: Tokens(300),
    cached: Tokens(200),
    reasoning: Tokens(100),
    estimated: false,
    cost: None,
};

fn counted(ask: &Ask) -> Answer {
    Answer {
        usage: EACH,
        ..reply(ask)
    }
}

/// A team of models at 1 $ per million tokens read and 10 $ written: 0.0037 $ per reply.
fn world(agents: u8, rounds: u16) -> World {
    let mut world = World::new(spec(agents, rounds), &[("r0a0", 1.5)]);
    for agent in &mut world.spec.team {
        agent.kind = AgentKind::Openai {
            base_url: "http://localhost:1".to_owned(),
            model: "m".to_owned(),
            key_env: None,
            reach: Default::default(),
            code: Sampling::CODE,
            lesson: Sampling::LESSON,
            extra_body: serde_json::Map::new(),
            limits: ServerLimits::default(),
            fallback: None,
        };
    }
    let price = Price {
        input: 1.0,
        cached: None,
        output: 10.0,
        reasoning: None,
    };
    world.spec.prices.insert("m".to_owned(), price);
    world.spec.strategy = StrategyKind::BestOf;
    world.script = Arc::new(|ask| Ok(counted(ask)));
    world
}

fn spent(told: &Told) -> Spent {
    Run::fold(&told.facts).unwrap().spent
}

#[tokio::test]
async fn tokens_stop_their_problem_and_the_next_one_has_its_own() {
    let mut world = world(1, 6).and("two");
    world.spec.budget_tokens = Some(Tokens(2_500));
    let told = world.run().await;
    assert_eq!(told.ending, Ending::Done);
    let run = Run::fold(&told.facts).unwrap();
    for unit in &run.units {
        assert_eq!(unit.ending, Some(Ending::Budget));
        assert_eq!((unit.spent.asks, unit.spent.tokens()), (3, Tokens(3_000)));
        assert!(unit.candidates.values().all(|c| c.evaluated.is_some()));
    }
    let all = run.spent;
    assert_eq!((all.asks, all.tokens()), (6, Tokens(6_000)));
    assert_eq!(all.money(), Money::Known(Cost(6 * 3_700_000_000)));
    assert_eq!(
        run.units[0].winner.map(|w| w.to_string()).as_deref(),
        Some("r0a0")
    );
}

#[tokio::test]
async fn a_team_that_asks_at_once_crosses_the_line_by_one_answer_at_most() {
    let mut world = world(8, 2);
    world.spec.budget_tokens = Some(Tokens(5_500));
    let told = world.run().await;
    assert_eq!(spent(&told).tokens(), Tokens(6_000));
}

#[tokio::test]
async fn money_ends_the_run_and_what_was_paid_for_is_still_timed() {
    let mut world = world(1, 6).and("two");
    world.spec.budget_cost = Cost::from_dollars(0.0111);
    let told = world.run().await;
    assert_eq!(told.ending, Ending::Budget);
    let run = Run::fold(&told.facts).unwrap();
    assert_eq!(run.spent.cost, Cost::from_dollars(0.0111).unwrap());
    assert_eq!(run.left(run.current_unit()).used_up(), ["money"]);
    assert_eq!(run.units[0].ending, Some(Ending::Budget));
    assert!(!run.units[1].started);
    assert!(
        run.units[0]
            .candidates
            .values()
            .all(|c| c.evaluated.is_some())
    );
    assert!(told.lines().contains(&"r0a0 confirmed".to_owned()));

    world.record = told.facts.clone();
    let same = world.run().await;
    assert_eq!(same.lines()[1..], ["run finished budget"]);
    world.budget = Some(Budget {
        cost: Cost::from_dollars(1.0),
        ..Budget::default()
    });
    assert_eq!(world.run().await.ending, Ending::Done);
}

#[tokio::test]
async fn where_others_pay_too_a_question_waits_until_it_is_covered_or_the_run_is_stopped() {
    let mut world = world(3, 40);
    let limit: Arc<OnceLock<u64>> = Arc::default();
    let commands: Arc<OnceLock<UnboundedSender<Command>>> = Arc::default();
    let (allowed, stop) = (Arc::clone(&limit), Arc::clone(&commands));
    world.may_ask = Some(Arc::new(move |asking: Asking| {
        if asking.at_most == Cost(0) {
            return May::Ask;
        }
        // room for two questions under way, but not for three
        let limit = *allowed.get_or_init(|| asking.at_most.0 * 5 / 2);
        if asking.spent.0 + asking.under_way.0 + asking.at_most.0 <= limit {
            return May::Ask;
        }
        if asking.under_way == Cost(0) {
            // what is left never pays for another one
            stop.wait().send(Command::Cancel).unwrap();
        }
        May::Wait
    }));
    let live = world.start();
    commands.set(live.running.commands.clone()).unwrap();
    let told = live.end().await;
    assert_eq!(told.ending, Ending::Stopped);
    let sent = told.facts.iter();
    let sent = sent.filter(|e| matches!(e.fact, Fact::AskSent { .. }));
    let answered = told.facts.iter();
    let answered = answered.filter(|e| matches!(e.fact, Fact::AnswerReceived { .. }));
    assert_eq!(sent.count(), answered.count(), "what was asked was heard");
    let cost = spent(&told).cost;
    assert!(cost > Cost(0) && cost.0 <= *limit.wait(), "{cost}");
    world.may_ask = None;
    world.record = told.facts;
    assert_eq!(world.run().await.ending, Ending::Done);
}

#[tokio::test]
async fn more_tokens_let_problems_that_had_spent_theirs_go_on() {
    let mut world = world(1, 4).and("two");
    world.spec.budget_tokens = Some(Tokens(2_000));
    let told = world.run().await;
    world.record = told.facts;
    world.budget = Some(Budget {
        tokens: Some(Tokens(3_000)),
        ..Budget::default()
    });
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    world.script = Arc::new(move |ask| {
        count.fetch_add(1, Ordering::Relaxed);
        Ok(counted(ask))
    });
    let more = world.run().await;
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    let all = [world.record.clone(), more.facts].concat();
    let run = Run::fold(&all).unwrap();
    assert!(run.units.iter().all(|unit| unit.spent.asks == 3));
    assert_eq!(run.budget.tokens, Some(Tokens(3_000)));
}

#[tokio::test]
async fn a_reply_at_an_unknown_price_is_counted_as_unknown() {
    let mut world = world(1, 2);
    world.spec.prices.clear();
    let spent = spent(&world.run().await);
    assert_eq!((spent.unpriced, spent.cost), (2, Cost(0)));
    assert_eq!(spent.money(), Money::Unknown);
}

#[tokio::test]
async fn an_ask_that_is_cancelled_or_lost_is_paid_for() {
    let mut world = world(1, 1);
    let gate = Arc::new(Barrier::default());
    let shut = Arc::clone(&gate);
    world.script = Arc::new(move |ask| {
        shut.pass();
        Ok(counted(ask))
    });
    let mut live = world.start();
    live.until_fact(|fact| matches!(fact, Fact::AskSent { .. }))
        .await;
    live.send(Command::Cancel);
    live.obeyed_cancel().await;
    gate.open();
    let told = live.end().await;
    let run = Run::fold(&told.facts).unwrap();
    let prompt = told.facts.iter().find_map(|envelope| match &envelope.fact {
        Fact::AskSent { prompt, .. } => Some(Tokens::estimate(prompt)),
        _ => None,
    });
    assert_eq!(Some(run.spent.usage.input), prompt);
    assert!(run.spent.usage.estimated);
    assert_eq!(run.spent.wasted, 1);
    let noted = told.facts.iter().any(|envelope| {
        matches!(&envelope.fact, Fact::AskNoted { note: AskNote::Spent { on, .. }, .. } if *on == Wasted::Cancelled)
    });
    assert!(noted);

    // killed before it could say so: the same, at the resuming
    let killed = told
        .facts
        .iter()
        .position(|envelope| matches!(envelope.fact, Fact::AskNoted { .. }));
    world.record = told.facts[..killed.unwrap()].to_vec();
    let all = [world.record.clone(), world.run().await.facts].concat();
    let spent = Run::fold(&all).unwrap().spent;
    assert_eq!((spent.wasted, spent.asks), (1, 1));
    assert_eq!(Some(spent.usage.input), prompt.map(|p| p + EACH.input));
}

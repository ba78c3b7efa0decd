//! Each strategy asks exactly what its paper prescribes, in that order, and returns its best correct attempt.

use std::sync::{Arc, Mutex};

use lessonl::domain::ask::{Answer, AnswerExtra, Ask, AskFailure, AskFailureKind, Task};
use lessonl::domain::event::{Ending, Fact};
use lessonl::domain::id::{Purpose, Round};
use lessonl::domain::spec::StrategyKind;

use crate::engine_world::{Told, World, answer, failure, fault, measured, reply, spec};

pub(crate) fn world(
    strategy: StrategyKind,
    agents: u8,
    rounds: u16,
    table: &[(&str, f64)],
) -> World {
    let mut world = World::new(spec(agents, rounds), table);
    world.spec.strategy = strategy;
    world
}

/// The asks of a run in the order of the rounds, in each by agent.
pub(crate) fn asks(told: &Told) -> Vec<String> {
    let lines = told.lines().into_iter();
    lines
        .filter_map(|line| Some(line.split_once(" sent ")?.0.to_owned()))
        .collect()
}

pub(crate) fn result(told: &Told) -> String {
    let lines = told.lines();
    let line = lines.iter().find(|line| line.starts_with("u0 finished"));
    line.cloned().unwrap_or_default()
}

/// What was shown to whom: a word or two per ask.
pub(crate) type Log = Arc<Mutex<Vec<String>>>;

fn shown(ask: &Ask) -> String {
    let words = match &ask.task {
        Task::Rewrite { lessons } => format!("rewrite with {}", lessons.len()),
        Task::Reason => "reason".to_owned(),
        Task::Lesson { candidate, .. } => format!("lesson of {candidate}"),
        Task::Retry { last, reflections } => {
            format!("retry after {}: {}", last.source, reflections.join(", "))
        }
        Task::Reflect { attempt } => format!("reflect on {}", attempt.source),
        Task::Recall { count } => format!("recall {count}"),
        Task::Plan { exemplar } => {
            format!("plan along {}", exemplar.as_deref().unwrap_or("nothing"))
        }
        Task::Code { plan } => format!("code by {plan}"),
        Task::Repair { plan, attempt } => format!("repair {} by {plan}", attempt.source),
        Task::Combine { proposals } => format!("combine {}", proposals.join(" ")),
        Task::Explore { lessons, tried, .. } => {
            format!("explore with {} beside {}", lessons.len(), tried.len())
        }
        Task::Refine {
            parent, lessons, ..
        } => format!("refine {} with {}", parent.source, lessons.len()),
        Task::Mend { last, same_as, .. } => match same_as {
            Some(same) => format!("not again {}: {same}", last.source),
            None => format!("mend {}", last.source),
        },
        Task::Tests => "tests".to_owned(),
    };
    format!("{} {words}", ask.id)
}

/// Notes what every ask shows before it is answered by `with`.
pub(crate) fn logged(
    world: &mut World,
    with: impl Fn(&Ask) -> Result<Answer, AskFailure> + Send + Sync + 'static,
) -> Log {
    let log = Log::default();
    let kept = Arc::clone(&log);
    world.script = Arc::new(move |ask| {
        kept.lock().unwrap().push(shown(ask));
        with(ask)
    });
    log
}

pub(crate) fn sorted(log: &Log) -> Vec<String> {
    let mut log = log.lock().unwrap().clone();
    log.sort();
    log
}

#[tokio::test]
async fn cot_asks_the_first_agent_once_to_reason_and_write() {
    let mut world = world(StrategyKind::Cot, 3, 1, &[("r0a0", 1.5)]);
    let log = logged(&mut world, |ask| Ok(reply(ask)));
    let told = world.run().await;
    assert_eq!(*log.lock().unwrap(), ["r0a0:rewrite reason"]);
    assert_eq!(result(&told), "u0 finished done r0a0");
}

#[tokio::test]
async fn reflexion_tries_reflects_and_tries_again_and_returns_the_best_not_the_last() {
    let table = [("r1a0", 2.0), ("r2a0", 1.2)];
    let mut world = world(StrategyKind::Reflexion, 2, 6, &table);
    let log = logged(&mut world, |ask| Ok(reply(ask)));
    let told = world.run().await;
    let expected = [
        "r0a0:rewrite rewrite with 0",
        "r0a0:reflect reflect on r0a0",
        "r1a0:rewrite retry after r0a0: mind r0a0",
        "r1a0:reflect reflect on r1a0",
        "r2a0:rewrite retry after r1a0: mind r0a0, mind r1a0",
        "r2a0:reflect reflect on r2a0",
        "r3a0:rewrite retry after r2a0: mind r0a0, mind r1a0, mind r2a0",
        "r3a0:reflect reflect on r3a0",
        "r4a0:rewrite retry after r3a0: mind r1a0, mind r2a0, mind r3a0",
        "r4a0:reflect reflect on r4a0",
        "r5a0:rewrite retry after r4a0: mind r2a0, mind r3a0, mind r4a0",
    ];
    assert_eq!(*log.lock().unwrap(), expected);
    assert_eq!(result(&told), "u0 finished done r1a0");
}

#[tokio::test]
async fn reflexion_goes_on_without_a_reflection_and_never_reflects_on_our_own_failure() {
    let mut world = world(StrategyKind::Reflexion, 1, 4, &[]);
    let log = logged(&mut world, |ask| match ask.id.to_string().as_str() {
        "r0a0:reflect" => Err(failure(AskFailureKind::TimedOut)),
        _ => Ok(reply(ask)),
    });
    world.judge = Arc::new(|trial, _| match trial.source {
        "r2a0" => fault(),
        _ => measured(0.8, 0.9, 0.95),
    });
    let told = world.run().await;
    let expected = [
        "r0a0:rewrite rewrite with 0",
        "r0a0:reflect reflect on r0a0",
        "r1a0:rewrite retry after r0a0: ",
        "r1a0:reflect reflect on r1a0",
        "r2a0:rewrite retry after r1a0: mind r1a0",
        "r3a0:rewrite retry after r1a0: mind r1a0",
    ];
    assert_eq!(*log.lock().unwrap(), expected);
    assert_eq!(result(&told), "u0 finished done");
}

#[tokio::test]
async fn mapcoder_recalls_plans_codes_by_confidence_and_repairs_until_it_passes() {
    let mut world = world(StrategyKind::Mapcoder, 4, 3, &[("r1a3.2", 1.5)]);
    let log = logged(&mut world, |ask| {
        let mut answer = reply(ask);
        if let Task::Plan { exemplar } = &ask.task {
            answer.found = match exemplar.as_deref() {
                Some("exemplar 1") => AnswerExtra::Confidence(40),
                Some("exemplar 2") => AnswerExtra::Confidence(90),
                _ => AnswerExtra::Nothing,
            };
        }
        Ok(answer)
    });
    let told = world.run().await;
    let expected = [
        "r0a0:recall recall 3",
        "r0a1:plan plan along exemplar 1",
        "r0a1.1:plan plan along exemplar 2",
        "r0a1.2:plan plan along exemplar 3",
        "r0a2:rewrite code by plan along exemplar 2",
        "r0a3.1:repair repair r0a2 by plan along exemplar 2",
        "r0a3.2:repair repair r0a3.1 by plan along exemplar 2",
        "r0a3.3:repair repair r0a3.2 by plan along exemplar 2",
        "r0a3.4:repair repair r0a3.3 by plan along exemplar 2",
        "r0a3.5:repair repair r0a3.4 by plan along exemplar 2",
        "r1a2:rewrite code by plan along exemplar 1",
        "r1a3.1:repair repair r1a2 by plan along exemplar 1",
        "r1a3.2:repair repair r1a3.1 by plan along exemplar 1",
    ];
    assert_eq!(*log.lock().unwrap(), expected);
    assert_eq!(result(&told), "u0 finished done r1a3.2");
}

#[tokio::test]
async fn a_mapcoder_of_one_plays_all_roles_and_stops_at_the_first_code_that_passes() {
    let told = world(StrategyKind::Mapcoder, 1, 2, &[("r0a0", 1.5)])
        .run()
        .await;
    let expected = ["r0a0:recall", "r0a0:plan", "r0a0.1:plan", "r0a0:rewrite"];
    assert_eq!(asks(&told), expected);
    assert_eq!(result(&told), "u0 finished done r0a0");
}

#[tokio::test]
async fn mapcoder_plans_without_an_exemplar_and_gives_a_plan_up_where_an_answer_is_missing() {
    let mut world = world(StrategyKind::Mapcoder, 1, 3, &[]);
    let log = logged(&mut world, |ask| match ask.id.purpose {
        Purpose::Recall => Ok(answer("none come to mind", None)),
        Purpose::Repair => Err(failure(AskFailureKind::Server)),
        _ => Ok(reply(ask)),
    });
    let told = world.run().await;
    let expected = [
        "r0a0:recall recall 3",
        "r0a0:plan plan along nothing",
        "r0a0:rewrite code by plan along nothing",
        "r0a0.1:repair repair r0a0 by plan along nothing",
    ];
    assert_eq!(*log.lock().unwrap(), expected);
    assert_eq!(result(&told), "u0 finished done");
}

#[tokio::test]
async fn moa_shows_each_layer_all_proposals_and_keeps_a_faster_one_from_an_earlier_layer() {
    let table = [("r0a1", 3.0), ("r1a0", 1.5), ("r2a0", 2.0)];
    let mut world = world(StrategyKind::Moa, 2, 3, &table);
    let log = logged(&mut world, |ask| Ok(reply(ask)));
    let told = world.run().await;
    let expected = [
        "r0a0:rewrite rewrite with 0",
        "r0a1:rewrite rewrite with 0",
        "r1a0:combine combine r0a0 r0a1",
        "r1a1:combine combine r0a0 r0a1",
        "r2a0:combine combine r1a0 r1a1",
    ];
    assert_eq!(sorted(&log), expected);
    assert_eq!(asks(&told).len(), 5);
    assert_eq!(result(&told), "u0 finished done r0a1");
}

#[tokio::test]
async fn a_moa_layer_shows_only_proposals_that_hold_code() {
    let mut world = world(StrategyKind::Moa, 2, 3, &[]);
    let log = logged(&mut world, |ask| {
        match (ask.id.agent().0, ask.id.about.round.0) {
            (0, 0) | (_, 1) => Ok(answer("no idea", None)),
            _ => Ok(reply(ask)),
        }
    });
    world.run().await;
    let combined: Vec<_> = sorted(&log).split_off(2);
    let expected = [
        "r1a0:combine combine r0a1",
        "r1a1:combine combine r0a1",
        "r2a0:combine combine r0a1",
    ];
    assert_eq!(combined, expected);
}

/// What was selected in each round, and what was rescored after it.
fn about_lessons(told: &Told) -> Vec<String> {
    let lines = told.lines().into_iter();
    lines
        .filter(|line| line.contains(" selected ") || line.contains(" rescored "))
        .collect()
}

#[tokio::test]
async fn without_lessons_lessonl_asks_what_best_of_asks() {
    let none = world(StrategyKind::LessonlNone, 2, 3, &[]).run().await;
    let best_of = world(StrategyKind::BestOf, 2, 3, &[]).run().await;
    assert_eq!(asks(&none), asks(&best_of));
    assert_eq!(about_lessons(&none), Vec::<String>::new());
}

#[tokio::test]
async fn each_ablation_changes_what_it_names_and_nothing_else() {
    let table = [("r0a0", 1.5), ("r0a1", 2.0), ("r0a2", 1.05)];
    let run = async |strategy, seed| {
        let mut world = world(strategy, 3, 2, &table);
        world.spec.lessons = 2;
        world.spec.seed = seed;
        let told = world.run().await;
        let mut expected: Vec<String> = Vec::new();
        for round in 0..2 {
            for agent in 0..3 {
                expected.push(format!("r{round}a{agent}:rewrite"));
                // nobody would read those of the last round
                expected.extend((round == 0).then(|| format!("r{round}a{agent}:lesson")));
            }
        }
        assert_eq!(asks(&told), expected, "{strategy}");
        about_lessons(&told)
    };
    // relevance is a tie: all lessons say the same but for the digits
    let whole = run(StrategyKind::Lessonl, 1).await;
    assert!(whole[0].starts_with("r1 selected L-r0a1 "), "{whole:?}");
    assert_eq!(whole.len(), 3);
    let speed = run(StrategyKind::LessonlSpeed, 1).await;
    assert_eq!(speed[0], "r1 selected L-r0a1 L-r0a0");
    let fixed = run(StrategyKind::LessonlFixed, 1).await;
    assert_eq!(fixed, whole[..1]);
    let random = run(StrategyKind::LessonlRandom, 1).await;
    assert_eq!(random, run(StrategyKind::LessonlRandom, 1).await);
    assert_eq!(random.len(), 3);
    let mut drawn = Vec::new();
    for seed in 0..12 {
        drawn.push(run(StrategyKind::LessonlRandom, seed).await[0].clone());
    }
    drawn.sort();
    drawn.dedup();
    assert!(drawn.len() > 2, "{drawn:?}");
    assert_eq!(run(StrategyKind::LessonlRelevance, 1).await.len(), 3);
}

#[tokio::test]
async fn a_round_that_nobody_answers_is_played_when_the_run_is_taken_up_again() {
    let kinds = [
        (StrategyKind::Lessonl, 3),
        (StrategyKind::BestOf, 3),
        (StrategyKind::Reflexion, 3),
        (StrategyKind::Moa, 3),
        (StrategyKind::Cot, 1),
    ];
    for (strategy, rounds) in kinds {
        let last = Round(rounds - 1);
        let mut world = world(strategy, 2, rounds, &[("r0a0", 1.5)]);
        let good = Arc::clone(&world.script);
        world.script = Arc::new(move |ask| match ask.id.about.round == last {
            true => Err(failure(AskFailureKind::Server)),
            false => Ok(reply(ask)),
        });
        let cut = world.run().await;
        assert!(
            matches!(cut.ending, Ending::CutOff { .. }),
            "{strategy}: {:?}",
            cut.ending
        );
        world.script = good;
        world.record = cut.facts;
        let told = world.run().await;
        assert_eq!(told.ending, Ending::Done, "{strategy}");
        let again = format!("{last}a0:");
        assert!(
            asks(&told).iter().any(|ask| ask.starts_with(&again)),
            "{strategy}: {:?}",
            asks(&told)
        );
    }
}

/// The strategies that ask agents.
fn asking() -> impl Iterator<Item = StrategyKind> {
    let all = StrategyKind::ALL.into_iter();
    all.filter(|strategy| *strategy != StrategyKind::Compiler)
}

#[tokio::test]
async fn where_no_agent_can_be_asked_every_strategy_fails_at_once_and_says_why() {
    for strategy in asking() {
        let mut world = world(strategy, 2, 3, &[]);
        world.script = Arc::new(|_| Err(failure(AskFailureKind::Unreachable)));
        let told = world.run().await;
        let message = "no agent can be asked: connection refused (start the server)".to_owned();
        assert_eq!(told.ending, Ending::Failed { message }, "{strategy}");
        assert!(asks(&told).len() <= 2, "{strategy}");
    }
}

#[tokio::test]
async fn a_budget_of_asks_holds_for_every_strategy_and_each_problem_gets_its_own() {
    for strategy in asking() {
        let mut world = world(strategy, 3, 4, &[("r0a0", 1.5)]).and("two");
        world.spec.budget_asks = Some(5);
        let told = world.run().await;
        for unit in 0..2 {
            let sent = |fact: &Fact| matches!(fact, Fact::AskSent { unit: of, .. } if of.0 == unit);
            let sent = told.facts.iter().filter(|e| sent(&e.fact)).count();
            match strategy {
                StrategyKind::Single | StrategyKind::Cot => assert_eq!(sent, 1, "{strategy}"),
                _ => assert_eq!(sent, 5, "{strategy}"),
            }
        }
        assert_eq!(told.ending, Ending::Done, "{strategy}");
        let ends: Vec<_> = told
            .lines()
            .into_iter()
            .filter(|line| line.contains(" finished ") && line.starts_with('u'))
            .collect();
        let how = match strategy {
            StrategyKind::Single | StrategyKind::Cot => "done r0a0",
            // its code by the first plan is the fifth ask, by the third member
            StrategyKind::Mapcoder => "budget",
            _ => "budget r0a0",
        };
        assert_eq!(
            ends,
            [format!("u0 finished {how}"), format!("u1 finished {how}")],
            "{strategy}: {:#?}",
            told.lines()
        );
    }
}

#[tokio::test]
async fn a_run_cut_off_within_a_budget_of_asks_does_not_exceed_it_when_resumed() {
    let mut world = world(StrategyKind::Lessonl, 1, 4, &[("r0a0", 1.5)]);
    world.spec.budget_asks = Some(5);
    let whole = world.run().await;
    for cut in 1..whole.facts.len() {
        world.record = whole.facts[..cut].to_vec();
        let all = [world.record.clone(), world.run().await.facts].concat();
        let answered = |fact: &Fact| matches!(fact, Fact::AnswerReceived { .. });
        let answers = all.iter().filter(|e| answered(&e.fact)).count();
        let ended = |fact: &Fact| {
            matches!(
                fact,
                Fact::UnitFinished {
                    ending: Ending::Budget,
                    winner: Some(_),
                    ..
                }
            )
        };
        let ends = all.iter().filter(|e| ended(&e.fact)).count();
        assert_eq!((answers, ends), (5, 1), "cut at {cut}");
    }
}

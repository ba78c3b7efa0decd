//! Whole runs of the engine with scripted agents and a scripted judge: which facts, in which order, and why it ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use lessonl::domain::ask::AskFailureKind;
use lessonl::domain::evaluation::{Evaluation, Stage, Unread};
use lessonl::domain::event::{Ending, Fact, Progress, Pulse};
use lessonl::domain::id::{AgentId, Purpose};
use lessonl::domain::run::Run;
use lessonl::domain::spec::{Preset, RelevanceKind, StrategyKind};
use lessonl::engine::state::Job;

use crate::engine_world::{World, answer, failure, fault, measured, reply, spec};

#[tokio::test]
async fn two_agents_and_two_rounds_give_exactly_these_facts() {
    let told = World::new(spec(2, 2), &[("r0a0", 1.5), ("r1a0", 2.0)])
        .run()
        .await;
    let expected = "\
run started
u0 started
r0 started
r0a0:rewrite sent 
r0a0:rewrite answered
r0a0 proposed
r0a0 measured
r0a0 best
r0a0:lesson sent 
r0a0:lesson answered
L-r0a0 learned
r0a1:rewrite sent 
r0a1:rewrite answered
r0a1 proposed
r0a1 wrong_answer
r0a1:lesson sent 
r0a1:lesson answered
L-r0a1 learned
r0 finished
r1 started
r1 selected L-r0a0 L-r0a1
r1a0:rewrite sent L-r0a0 L-r0a1
r1a0:rewrite answered
r1a0 proposed
r1a0 measured
r1a0 best
r1a1:rewrite sent L-r0a0 L-r0a1
r1a1:rewrite answered
r1a1 proposed
r1a1 wrong_answer
L-r0a0 rescored 1.00
L-r0a1 rescored 1.00
r1 finished
r1a0 confirmed
u0 finished done r1a0
run finished done";
    assert_eq!(told.lines(), expected.lines().collect::<Vec<_>>());
    assert_eq!(told.ending, Ending::Done);
    let seqs: Vec<u64> = told.facts.iter().map(|envelope| envelope.seq).collect();
    assert_eq!(seqs, (0..told.facts.len() as u64).collect::<Vec<_>>());
}

#[tokio::test]
async fn folding_events_equals_folding_what_was_stored() {
    let world = World::new(spec(3, 3), &[("r0a0", 1.5), ("r1a2", 2.0)]);
    let told = world.and("two").run().await;
    let stored: Vec<_> = told
        .facts
        .iter()
        .map(|fact| serde_json::from_str(&serde_json::to_string(fact).unwrap()).unwrap())
        .collect();
    assert_eq!(Run::fold(&told.facts), Run::fold(&stored));
    assert!(Run::fold(&told.facts).is_some_and(|run| run.ending == Some(Ending::Done)));
}

#[tokio::test]
async fn without_a_faster_candidate_the_original_is_the_result() {
    let told = World::new(spec(2, 1), &[("r0a0", 0.9), ("r0a1", 1.02)])
        .run()
        .await;
    assert!(told.lines().contains(&"u0 finished done".to_owned()));
    let mut paper = World::new(spec(2, 1), &[("r0a0", 0.9), ("r0a1", 1.02)]);
    paper.spec.preset = Preset::Paper;
    let told = paper.run().await;
    assert!(told.lines().contains(&"u0 finished done r0a1".to_owned()));
}

#[tokio::test]
async fn a_best_that_does_not_stand_up_to_a_fresh_measurement_is_no_winner() {
    let mut world = World::new(spec(1, 1), &[]);
    world.judge = Arc::new(|trial, _| match trial.job {
        Job::Evaluate | Job::Contest | Job::Duel => measured(1.2, 1.3, 1.4),
        Job::Confirm => measured(0.98, 1.05, 1.12),
    });
    let lines = world.run().await.lines();
    assert_eq!(
        lines[lines.len() - 3..],
        ["r0a0 confirmed", "u0 finished done", "run finished done"]
    );
}

#[tokio::test]
async fn an_answer_without_code_is_told_as_such_and_nobody_is_asked_about_it() {
    let (verdict, lines) = without_code(Preset::Corrected).await;
    let expected = Evaluation::Unread {
        how: Unread::NoCode,
        message: "the answer held no code".to_owned(),
    };
    assert_eq!(verdict, Some(expected));
    assert!(
        !lines.iter().any(|line| line.contains("lesson")),
        "{lines:?}"
    );
    let (verdict, lines) = without_code(Preset::Paper).await;
    let expected = Evaluation::NotCompiled {
        message: "the answer held no code".to_owned(),
        diagnostics: String::new(),
    };
    assert_eq!(verdict, Some(expected));
    assert!(lines.contains(&"L-r0a0 learned".to_owned()));
}

/// The first verdict and all lines of a run whose first answer holds no code.
async fn without_code(preset: Preset) -> (Option<Evaluation>, Vec<String>) {
    let mut world = World::new(spec(1, 1), &[("", 9.0), ("no idea", 9.0)]);
    world.spec.preset = preset;
    world.script = Arc::new(|ask| {
        Ok(match ask.id.purpose {
            Purpose::Rewrite => answer("no idea", None),
            _ => reply(ask),
        })
    });
    let told = world.run().await;
    let verdict = told.facts.iter().find_map(|envelope| match &envelope.fact {
        Fact::Evaluated { evaluated, .. } => Some(evaluated.evaluation.clone()),
        _ => None,
    });
    (verdict, told.lines())
}

#[tokio::test]
async fn an_agent_that_fails_sits_out_and_does_not_count_in_the_adjustment() {
    let mut world = World::new(spec(2, 2), &[("r0a0", 1.5), ("r1a0", 2.0)]);
    world.script = Arc::new(|ask| match ask.id.agent() {
        AgentId(1) => Err(failure(AskFailureKind::Unreachable)),
        _ => Ok(reply(ask)),
    });
    let lines = world.run().await.lines();
    assert!(lines.contains(&"r0a1:rewrite failed Unreachable".to_owned()));
    assert!(lines.contains(&"L-r0a0 rescored 1.10".to_owned()));
    assert!(lines.contains(&"u0 finished done r1a0".to_owned()));
}

#[tokio::test]
async fn with_every_agent_unreachable_the_run_fails_at_once_and_says_what_to_do() {
    let mut world = World::new(spec(2, 4), &[]).and("two");
    world.script = Arc::new(|_| Err(failure(AskFailureKind::Unreachable)));
    let told = world.run().await;
    let message = "no agent can be asked: connection refused (start the server)".to_owned();
    assert_eq!(told.ending, Ending::Failed { message });
    let units = told
        .lines()
        .iter()
        .filter(|l| l.ends_with("started"))
        .count();
    assert_eq!(units, 3, "run, first unit, first round; no second unit");
}

#[tokio::test]
async fn a_failed_run_goes_on_once_the_agents_are_back() {
    let mut world = World::new(spec(2, 1), &[("r0a0", 1.5)]);
    let good = Arc::clone(&world.script);
    world.script = Arc::new(|_| Err(failure(AskFailureKind::Unauthorized)));
    world.record = world.run().await.facts;
    world.script = good;
    let told = world.run().await;
    assert_eq!(told.ending, Ending::Done);
    assert!(told.lines().contains(&"u0 finished done r0a0".to_owned()));
}

#[tokio::test]
async fn a_harness_fault_is_tried_once_more_then_reported_and_never_a_lesson() {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let mut world = World::new(spec(2, 2), &[]);
    world.judge = Arc::new(move |trial, _| match trial.source {
        "r0a0" => {
            counted.fetch_add(1, Ordering::Relaxed);
            fault()
        }
        _ => measured(1.4, 1.5, 1.6),
    });
    let told = world.run().await;
    assert_eq!(calls.load(Ordering::Relaxed), 2);
    let lines = told.lines();
    let about: Vec<_> = lines.iter().filter(|l| l.contains("r0a0")).collect();
    assert_eq!(
        about,
        [
            "r0a0:rewrite sent ",
            "r0a0:rewrite answered",
            "r0a0 proposed",
            "r0a0 harness_fault"
        ]
    );
    let first = told.notices().into_iter().next();
    assert_eq!(first, Some("r0a0: no space left; trying once more"));
}

#[tokio::test]
async fn single_asks_the_first_agent_once_and_best_of_asks_all_without_lessons() {
    let mut world = World::new(spec(2, 2), &[("r0a0", 1.5), ("r1a1", 2.0)]);
    world.spec.strategy = StrategyKind::Single;
    let asks = |lines: &[String]| {
        lines
            .iter()
            .filter(|l| l.contains(" sent "))
            .cloned()
            .collect::<Vec<_>>()
    };
    let lines = world.run().await.lines();
    assert_eq!(asks(&lines), vec!["r0a0:rewrite sent ".to_owned()]);
    assert!(lines.contains(&"u0 finished done r0a0".to_owned()));
    world.spec.strategy = StrategyKind::BestOf;
    let lines = world.run().await.lines();
    let expected = ["r0a0", "r0a1", "r1a0", "r1a1"].map(|id| format!("{id}:rewrite sent "));
    assert_eq!(asks(&lines), expected.to_vec());
    assert!(lines.contains(&"u0 finished done r1a1".to_owned()));
}

#[tokio::test]
async fn without_the_embedding_server_relevance_is_lexical_and_said_so_once() {
    let mut world = World::new(spec(2, 2), &[]);
    world.spec.relevance = RelevanceKind::Endpoint {
        base_url: "http://127.0.0.1:9".to_owned(),
        model: "m".to_owned(),
        key_env: None,
    };
    let told = world.run().await;
    assert_eq!(
        told.notices(),
        ["no embedding: a script embeds nothing; relevance is lexical for the rest of this run"]
    );
    let learned = told
        .lines()
        .iter()
        .filter(|l| l.ends_with("learned"))
        .count();
    // those of the last round nobody would read
    assert_eq!(learned, 2);
}

#[tokio::test]
async fn the_timing_window_is_open_while_something_is_timed() {
    let mut world = World::new(spec(1, 1), &[]);
    world.judge = Arc::new(|_, progress| {
        progress(Progress::Entered(Stage::Check));
        progress(Progress::Entered(Stage::Time));
        measured(0.4, 0.5, 0.6)
    });
    let told = world.run().await;
    let windows: Vec<bool> = told
        .pulses
        .iter()
        .filter_map(|pulse| match pulse {
            Pulse::TimingWindow { open } => Some(*open),
            _ => None,
        })
        .collect();
    assert_eq!(windows, [true, false]);
}

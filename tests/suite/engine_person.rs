//! What the person does to a running engine: lessons rejected, pinned, edited and added; review, pause, skip, cancel.

use std::sync::Arc;

use lessonl::domain::command::Command;
use lessonl::domain::event::{Ending, Event, Fact, Pulse};
use lessonl::domain::id::{AgentId, CandidateId, LessonId, Round};
use lessonl::domain::lesson::Decision;
use lessonl::domain::spec::LessonGate;

use crate::engine_world::{Barrier, Live, UNIT, World, reply, spec};

fn lesson(round: u16, agent: u8) -> LessonId {
    LessonId::Learned(CandidateId::first(Round(round), AgentId(agent)))
}

fn decide(live: &Live, lesson: LessonId, decision: Decision) {
    live.send(Command::DecideLesson {
        unit: UNIT,
        lesson,
        decision,
    });
}

async fn waits_for(live: &mut Live, wanted: &[LessonId]) {
    live.until(|event| {
        matches!(event, Event::Pulse(Pulse::WaitingForPerson { lessons, .. }) if lessons == wanted)
    })
    .await;
}

/// A world whose agents wait at the barrier in round 1.
fn held_in_round_one(world: &mut World) -> Arc<Barrier> {
    let barrier = Arc::new(Barrier::default());
    let held = Arc::clone(&barrier);
    world.script = Arc::new(move |ask| {
        if ask.id.about.round == Round(1) {
            held.pass();
        }
        Ok(reply(ask))
    });
    barrier
}

const TABLE: [(&str, f64); 3] = [("r0a0", 1.5), ("r1a0", 2.0), ("r2a0", 3.0)];

#[tokio::test]
async fn a_rejected_lesson_is_in_no_later_prompt_and_a_pinned_one_in_every() {
    let mut world = World::new(spec(2, 5), &TABLE);
    world.spec.gate = LessonGate::Review;
    world.spec.lessons = 1;
    let mut live = world.start();
    waits_for(&mut live, &[lesson(0, 0), lesson(0, 1)]).await;
    decide(&live, lesson(0, 0), Decision::Reject);
    decide(&live, lesson(0, 1), Decision::Pin);
    live.send(Command::SetGate(LessonGate::Auto));
    let told = live.end().await;
    assert_eq!(told.ending, Ending::Done);
    for round in 1..5 {
        let prompts = told.prompts(round);
        assert_eq!(prompts.len(), 2, "round {round}");
        assert!(prompts.iter().all(|p| p.contains("what r0a1 taught")));
        assert!(prompts.iter().all(|p| !p.contains("what r0a0 taught")));
    }
}

#[tokio::test]
async fn review_waits_until_the_last_lesson_is_decided() {
    let mut world = World::new(spec(2, 2), &TABLE);
    world.spec.gate = LessonGate::Review;
    let mut live = world.start();
    waits_for(&mut live, &[lesson(0, 0), lesson(0, 1)]).await;
    decide(&live, lesson(0, 0), Decision::Accept);
    waits_for(&mut live, &[lesson(0, 1)]).await;
    let text = "check the empty input".to_owned();
    decide(&live, lesson(0, 1), Decision::Edit { text });
    live.obeyed().await;
    decide(&live, lesson(0, 1), Decision::Accept);
    waits_for(&mut live, &[]).await;
    let told = live.end().await;
    let lines = told.lines();
    let at = |wanted: &str| lines.iter().position(|l| l == wanted).unwrap();
    assert!(at("L-r0a1 decided Accept") < at("r1 started"));
    assert!(
        told.prompts(1)
            .iter()
            .all(|p| p.contains("check the empty input"))
    );
    assert_eq!(told.ending, Ending::Done);
}

#[tokio::test]
async fn a_review_that_was_cut_off_waits_again() {
    let mut world = World::new(spec(2, 2), &TABLE);
    world.spec.gate = LessonGate::Review;
    let mut live = world.start();
    waits_for(&mut live, &[lesson(0, 0), lesson(0, 1)]).await;
    decide(&live, lesson(0, 0), Decision::Reject);
    live.send(Command::Cancel);
    world.record = live.end().await.facts;
    let mut live = world.start();
    waits_for(&mut live, &[lesson(0, 1)]).await;
    decide(&live, lesson(0, 1), Decision::Accept);
    let told = live.end().await;
    assert!(told.lines().contains(&"r1 selected L-r0a1".to_owned()));
}

#[tokio::test]
async fn decisions_count_from_the_next_selection_on_even_when_resumed() {
    let mut world = World::new(spec(2, 3), &TABLE);
    let barrier = held_in_round_one(&mut world);
    let mut live = world.start();
    live.until_fact(
        |fact| matches!(fact, Fact::AskSent { ask, .. } if ask.about.round == Round(1)),
    )
    .await;
    let text = "edited".to_owned();
    decide(&live, lesson(0, 0), Decision::Edit { text });
    decide(&live, lesson(0, 1), Decision::Reject);
    live.send(Command::Cancel);
    live.obeyed().await;
    barrier.open();
    let cut = live.end().await;
    assert_eq!(cut.ending, Ending::Stopped);
    world.record = cut.facts;
    let told = world.run().await;
    for prompt in told.prompts(1) {
        assert!(prompt.contains("what r0a0 taught") && prompt.contains("what r0a1 taught"));
    }
    for prompt in told.prompts(2) {
        assert!(prompt.contains("edited") && !prompt.contains("what r0a1 taught"));
    }
    assert_eq!((told.prompts(1).len(), told.prompts(2).len()), (2, 2));
}

#[tokio::test]
async fn a_persons_lesson_is_in_the_next_prompts_and_unknown_ones_are_refused() {
    let mut world = World::new(spec(2, 3), &TABLE);
    let barrier = held_in_round_one(&mut world);
    let mut live = world.start();
    live.until_fact(|fact| matches!(fact, Fact::LessonsSelected { .. }))
        .await;
    for text in ["use a single pass", " "] {
        let text = text.to_owned();
        live.send(Command::AddLesson { unit: UNIT, text });
    }
    decide(&live, LessonId::Person(2), Decision::Pin);
    live.obeyed().await;
    barrier.open();
    let told = live.end().await;
    assert!(told.prompts(1).iter().all(|p| !p.contains("single pass")));
    assert!(
        told.prompts(2)
            .iter()
            .all(|p| p.contains("L-me1: use a single pass"))
    );
    assert_eq!(
        told.notices()[..2],
        ["an empty lesson is not added", "u0 has no lesson L-me2"]
    );
}

#[tokio::test]
async fn while_paused_nothing_new_begins() {
    let mut world = World::new(spec(2, 2), &TABLE);
    let barrier = held_in_round_one(&mut world);
    let mut live = world.start();
    live.until_fact(
        |fact| matches!(fact, Fact::AskSent { ask, .. } if ask.about.round == Round(1)),
    )
    .await;
    live.send(Command::Pause);
    live.until_fact(|fact| *fact == Fact::PauseSet { paused: true })
        .await;
    barrier.open();
    // what runs is finished: every ask that was sent is answered
    live.until_fact(|fact| matches!(fact, Fact::AnswerReceived { .. }))
        .await;
    live.obeyed().await;
    live.send(Command::Resume);
    let told = live.end().await;
    let facts = told.facts.iter().map(|envelope| &envelope.fact);
    let while_paused: Vec<&Fact> = facts
        .skip_while(|fact| **fact != Fact::PauseSet { paused: true })
        .take_while(|fact| **fact != Fact::PauseSet { paused: false })
        .collect();
    let begun = |fact: &&&Fact| {
        matches!(
            fact,
            Fact::AskSent { .. } | Fact::CandidateProposed { .. } | Fact::RoundStarted { .. }
        )
    };
    assert_eq!(while_paused.iter().filter(begun).count(), 0);
    assert_eq!(told.ending, Ending::Done);
}

#[tokio::test]
async fn a_skipped_unit_keeps_its_best_and_the_next_one_is_worked() {
    let mut world = World::new(spec(2, 2), &TABLE).and("two");
    let barrier = held_in_round_one(&mut world);
    let mut live = world.start();
    live.until_fact(|fact| {
        matches!(
            fact,
            Fact::RoundStarted {
                round: Round(1),
                ..
            }
        )
    })
    .await;
    live.send(Command::SkipUnit);
    live.obeyed().await;
    barrier.open();
    let told = live.end().await;
    let lines = told.lines();
    assert!(lines.contains(&"u0 finished stopped r0a0".to_owned()));
    assert!(lines.contains(&"u1 finished done r1a0".to_owned()));
    assert_eq!(told.ending, Ending::Done);
}

#[tokio::test]
async fn stopping_after_the_round_finishes_it_and_resuming_goes_on_with_the_next() {
    let mut world = World::new(spec(2, 3), &TABLE).and("two");
    let barrier = held_in_round_one(&mut world);
    let mut live = world.start();
    live.until_fact(|fact| {
        matches!(
            fact,
            Fact::RoundStarted {
                round: Round(1),
                ..
            }
        )
    })
    .await;
    live.send(Command::StopAfterRound);
    live.obeyed().await;
    barrier.open();
    let told = live.end().await;
    assert_eq!(told.ending, Ending::Stopped);
    assert_eq!(
        told.lines()[told.lines().len() - 4..],
        [
            "r1 finished",
            "r1a0 confirmed",
            "u0 finished stopped r1a0",
            "run finished stopped"
        ]
    );
    world.record = told.facts;
    let told = world.run().await;
    assert_eq!(told.ending, Ending::Done);
    let lines = told.lines();
    assert_eq!(lines[1..3], ["u0 started", "r2 started"]);
    assert!(lines.contains(&"u0 finished done r2a0".to_owned()));
    assert!(lines.contains(&"u1 finished done r2a0".to_owned()));
}

#[tokio::test]
async fn a_cancelled_run_keeps_its_facts_and_goes_on_where_it_was() {
    let mut world = World::new(spec(2, 2), &TABLE);
    let uninterrupted = world.run().await.lines();
    let barrier = held_in_round_one(&mut world);
    let mut live = world.start();
    live.until_fact(
        |fact| matches!(fact, Fact::AskSent { ask, .. } if ask.about.round == Round(1)),
    )
    .await;
    live.send(Command::Cancel);
    live.until_fact(|fact| matches!(fact, Fact::RunFinished { .. }))
        .await;
    barrier.open();
    let told = live.end().await;
    assert_eq!(told.ending, Ending::Stopped);
    assert!(!told.lines().iter().any(|l| l.starts_with("u0 finished")));
    world.record = told.facts;
    let told = world.run().await;
    assert_eq!(told.ending, Ending::Done);
    assert_eq!(told.lines().last(), uninterrupted.last());
}

#[tokio::test]
async fn a_run_whose_commands_were_dropped_goes_on() {
    let world = World::new(spec(1, 1), &TABLE);
    let mut live = world.start();
    let (nobody, _) = tokio::sync::mpsc::unbounded_channel();
    drop(std::mem::replace(&mut live.running.commands, nobody));
    assert_eq!(live.end().await.ending, Ending::Done);
}

fn add(live: &Live, source: &str) {
    live.send(Command::AddCandidate {
        unit: UNIT,
        source: source.to_owned(),
    });
}

#[tokio::test]
async fn a_persons_candidate_is_judged_like_all_teaches_like_all_and_can_win() {
    let mut world = World::new(spec(2, 3), &[("r0a0", 1.5), ("mine", 5.0)]);
    let barrier = held_in_round_one(&mut world);
    let mut live = world.start();
    live.until_fact(|fact| matches!(fact, Fact::LessonsSelected { .. }))
        .await;
    add(&live, "mine");
    add(&live, " ");
    add(&live, "another");
    live.obeyed().await;
    barrier.open();
    let told = live.end().await;
    let lines = told.lines();
    for wanted in [
        "r1me proposed",
        "r1me measured",
        "r1me best",
        "r1me:lesson answered",
        "L-r1me learned",
        "r1me.1 wrong_answer",
        "u0 finished done r1me",
    ] {
        assert!(lines.iter().any(|l| l == wanted), "{wanted}: {lines:#?}");
    }
    // what it taught is in everybody's next prompt, and nobody's factor follows what the person tried
    let prompts = told.prompts(2);
    assert_eq!(prompts.len(), 2);
    assert!(prompts.iter().all(|p| p.contains("what mine taught")));
    assert_eq!(
        told.notices()[0],
        "your candidate is not added: it is empty"
    );
}

#[tokio::test]
async fn a_persons_candidate_that_was_being_judged_is_judged_when_the_run_is_taken_up() {
    let mut world = World::new(spec(2, 2), &[("r0a0", 1.5), ("mine", 5.0)]);
    let barrier = held_in_round_one(&mut world);
    let mut live = world.start();
    live.until_fact(|fact| matches!(fact, Fact::LessonsSelected { .. }))
        .await;
    add(&live, "mine");
    live.until_fact(|fact| matches!(fact, Fact::CandidateProposed { .. }))
        .await;
    live.send(Command::Cancel);
    live.obeyed().await;
    barrier.open();
    let mut facts = live.end().await.facts;
    // as if the process had ended right after it was proposed
    let own = |envelope: &lessonl::domain::event::Envelope| matches!(&envelope.fact, Fact::CandidateProposed { candidate, .. } if candidate.id.agent == AgentId::PERSON);
    let at = facts.iter().position(own).unwrap();
    facts.truncate(at + 1);
    world.record = facts;
    let told = world.run().await;
    let lines = told.lines();
    assert!(lines.contains(&"r1me measured".to_owned()), "{lines:#?}");
    assert!(lines.contains(&"u0 finished done r1me".to_owned()));
    assert_eq!(told.ending, Ending::Done);
}

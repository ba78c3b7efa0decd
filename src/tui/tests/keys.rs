//! What keys do: the commands they send, what they refuse and why.

use super::{frame, press, step, text};
use crate::config::keymap::{Place, TABLE};
use crate::config::theme::Depth;
use crate::domain::command::Command;
use crate::domain::event::{Event, Pulse};
use crate::domain::id::{AgentId, CandidateId, LessonId, Round, UnitId};
use crate::domain::lesson::Decision;
use crate::fixture::{Record, home, opened};
use crate::live::Origin;
use crate::msg::{Effect, Msg, Request};
use crate::panes::Pane;

fn decide(decision: Decision) -> Effect {
    Effect::Send(Command::DecideLesson {
        unit: UnitId(0),
        lesson: LessonId::Learned(CandidateId::first(Round(0), AgentId(1))),
        decision,
    })
}

#[test]
fn decisions_are_sent_undone_and_done_again() {
    let mut model = opened(&Record::midway(), Origin::Live, Depth::None);
    // The second lesson of the fixture is rejected already.
    let sent = press(&mut model, "4 j p u ctrl-r x a");
    assert_eq!(
        sent,
        [
            decide(Decision::Pin),
            decide(Decision::Reject),
            decide(Decision::Pin),
            decide(Decision::Accept),
        ]
    );
}

#[test]
fn a_lesson_is_edited_and_added_in_place() {
    let mut model = opened(&Record::midway(), Origin::Live, Depth::None);
    press(&mut model, "4 e ! enter");
    assert!(matches!(
        model.view.undo.last().and_then(|steps| steps.first()).map(|step| &step.forth),
        Some(Decision::Edit { text }) if text.ends_with("vectorise it.!")
    ));
    let sent = press(&mut model, "A h i enter");
    let added = Command::AddLesson {
        unit: UnitId(0),
        text: "hi".to_owned(),
    };
    assert_eq!(sent, [Effect::Send(added)]);
    assert_eq!(press(&mut model, "A esc"), []);
}

#[test]
fn a_decision_shows_that_it_waits_for_the_next_round() {
    let mut model = opened(&Record::midway(), Origin::Live, Depth::None);
    press(&mut model, "4 j");
    let shown = text(&frame(&mut model, 120, 40));
    assert!(shown.contains("→ from the next round"), "{shown}");
}

#[test]
fn the_review_gate_waits_visibly() {
    let mut model = opened(&Record::midway(), Origin::Live, Depth::None);
    let lesson = LessonId::Learned(CandidateId::first(Round(1), AgentId(1)));
    let waiting = Pulse::WaitingForPerson {
        unit: UnitId(0),
        lessons: vec![lesson],
    };
    step(&mut model, Msg::Engine(Event::Pulse(waiting)));
    assert!(text(&frame(&mut model, 80, 24)).contains("WAITING FOR YOU 1"));
}

#[test]
fn a_run_is_started_with_what_was_chosen() {
    let mut model = home(Depth::None);
    let sent = press(&mut model, "m j m tab j j l r");
    let [Effect::Launch(Request::Start(choice, _))] = sent.as_slice() else {
        panic!("{sent:?}");
    };
    let ids = ["made/dense/row_norms", "made/graph/reach"];
    let mut chosen = choice.targets.clone();
    chosen.sort();
    assert_eq!(chosen.len(), 2);
    assert_eq!(choice.strategy, crate::domain::spec::StrategyKind::Single);
    assert_eq!(choice.rounds, 1, "a strategy of one answer has one round");
    assert!(chosen.iter().all(|id| id.starts_with("made/")), "{ids:?}");
}

#[test]
fn a_filter_narrows_the_problems() {
    let mut model = home(Depth::None);
    press(&mut model, "/ r e a c h enter");
    let sent = press(&mut model, "enter");
    assert!(matches!(
        sent.as_slice(),
        [Effect::Launch(Request::Start(choice, _))] if choice.targets.len() == 1
            && choice.targets[0] == "made/graph/reach"
    ));
}

#[test]
fn leaving_a_running_run_asks_first() {
    let mut model = opened(&Record::midway(), Origin::Live, Depth::None);
    assert_eq!(press(&mut model, "q esc"), []);
    assert_eq!(
        press(&mut model, "q s"),
        [Effect::Send(Command::StopAfterRound)]
    );
    let mut model = opened(&Record::midway(), Origin::Live, Depth::None);
    let stops = [
        Effect::Send(Command::StopAfterRound),
        Effect::Send(Command::Cancel),
        Effect::Quit,
    ];
    assert_eq!(press(&mut model, "ctrl-c ctrl-c ctrl-c"), stops);
    let mut model = opened(&Record::finished(), Origin::Live, Depth::None);
    assert_eq!(press(&mut model, "q"), [Effect::Quit]);
}

#[test]
fn a_stopped_run_leaves_when_it_has_ended() {
    let mut model = opened(&Record::midway(), Origin::Live, Depth::None);
    press(&mut model, "q s");
    let effects = step(&mut model, Msg::EngineClosed);
    assert!(effects.contains(&Effect::Quit));
}

#[test]
fn a_key_without_effect_says_why() {
    let places = [
        Place::Home,
        Place::Run,
        Place::Code,
        Place::Time,
        Place::Lessons,
        Place::Breakdown,
        Place::History,
    ];
    for place in places {
        for row in TABLE.iter().filter(|row| !row.places.contains(&place)) {
            let mut model = opened(&Record::midway(), Origin::Live, Depth::None);
            model.place = place;
            model.pane = Pane::first(place);
            let key = row.keys.split(' ').next().unwrap();
            assert_eq!(press(&mut model, key), [], "{} on {place:?}", row.name);
            assert!(model.toast.is_some(), "{} on {place:?}", row.name);
        }
    }
}

#[test]
fn text_that_is_not_a_whole_line_asks_for_no_frame() {
    let mut model = opened(&Record::midway(), Origin::Live, Depth::None);
    let delta = |text: &str| {
        Msg::Engine(Event::Pulse(Pulse::AnswerDelta {
            unit: UnitId(0),
            ask: crate::domain::id::AskId {
                about: CandidateId::first(Round(2), AgentId(0)),
                purpose: crate::domain::id::Purpose::Rewrite,
            },
            text: text.to_owned(),
        }))
    };
    step(&mut model, delta("a"));
    model.dirty = false;
    step(&mut model, delta("b"));
    assert!(!model.dirty);
    step(&mut model, delta("c\n"));
    assert!(model.dirty);
}

#[test]
fn a_frozen_view_stays_while_the_run_goes_on() {
    let record = Record::finished();
    let known = Record::midway().facts.len();
    let mut model = opened(&Record::midway(), Origin::Live, Depth::None);
    press(&mut model, "space");
    // The hints may change: they tell what keys do now.
    let seen = |model: &mut _| {
        let text = text(&frame(model, 120, 40));
        text.lines().take(38).map(str::to_owned).collect::<Vec<_>>()
    };
    let before = seen(&mut model);
    for fact in &record.facts[known..] {
        step(&mut model, Msg::Engine(Event::Fact(Box::new(fact.clone()))));
    }
    assert_eq!(seen(&mut model), before);
    press(&mut model, "space");
    assert!(text(&frame(&mut model, 120, 40)).contains("DONE"));
}

#[test]
fn the_summary_names_the_best_with_its_interval_and_how_to_reopen() {
    let model = opened(&Record::finished(), Origin::Live, Depth::None);
    let lines = crate::summary::lines(&model);
    assert_eq!(
        lines[0],
        "made/dense/row_norms (serial): 3.90× [3.68, 4.12] faster, r1a0 by loops"
    );
    assert!(
        lines
            .iter()
            .any(|l| l.contains("lessonl replay 20261121-001708-3f9a"))
    );
}

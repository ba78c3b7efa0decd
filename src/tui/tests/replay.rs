//! Going back and forth in a replay, and runs of other processes.

use std::sync::Arc;

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use proptest::prelude::*;

use super::{frame, press, step, text};
use crate::config::theme::Depth;
use crate::domain::command::Command;
use crate::domain::event::Event;
use crate::domain::run::Run;
use crate::fixture::{Record, home, opened};
use crate::live::{Live, Origin};
use crate::model::{Leaving, Model};
use crate::msg::{Effect, Msg, Request};
use crate::store::archive::Holder;

/// A replay at its end.
pub(super) fn replayed(depth: Depth) -> Model {
    let mut model = home(depth);
    let facts = Record::finished().facts;
    step(
        &mut model,
        Msg::Launched(Ok((Origin::Replay, facts.into()))),
    );
    let live = model.live.as_mut().unwrap();
    live.seek(usize::MAX);
    model
}

fn facts() -> Vec<crate::domain::event::Envelope> {
    Record::finished().facts
}

#[test]
fn steps_hold_the_replay_and_rounds_are_gone_to() {
    let mut model = replayed(Depth::None);
    let len = facts().len();
    let sent = press(&mut model, ",");
    assert_eq!(
        sent,
        [
            Effect::Send(Command::Pause),
            Effect::Send(Command::SeekReplay(len as u64 - 1))
        ]
    );
    press(&mut model, "} {");
    let begins = facts();
    let begins: Vec<usize> = begins
        .iter()
        .enumerate()
        .filter(|(_, e)| matches!(e.fact, crate::domain::event::Fact::RoundStarted { .. }))
        .map(|(at, _)| at + 1)
        .collect();
    let at = |model: &Model| model.live.as_ref().unwrap().position();
    assert_eq!(Some(&at(&model)), begins.last());
    for _ in 0..50 {
        press(&mut model, "{");
    }
    assert_eq!(at(&model), 1);
    let screen = text(&frame(&mut model, 120, 40));
    assert!(screen.contains("fact  1/"), "{screen}");
}

#[test]
fn a_click_on_the_line_of_time_goes_there_and_a_fact_told_before_is_not_heard() {
    let mut model = replayed(Depth::None);
    frame(&mut model, 120, 40);
    let click = |column, kind| {
        Msg::Mouse(MouseEvent {
            kind,
            column,
            row: 37,
            modifiers: KeyModifiers::NONE,
        })
    };
    step(
        &mut model,
        click(7, MouseEventKind::Down(MouseButton::Left)),
    );
    let at = |model: &Model| model.live.as_ref().unwrap().position();
    assert_eq!(at(&model), 1);
    let late = Event::Fact(Box::new(facts()[9].clone()));
    step(&mut model, Msg::Engine(late));
    assert_eq!(at(&model), 1);
    let next = Event::Fact(Box::new(facts()[1].clone()));
    step(&mut model, Msg::Engine(next));
    assert_eq!(at(&model), 2);
    step(
        &mut model,
        click(60, MouseEventKind::Drag(MouseButton::Left)),
    );
    assert!(at(&model) > 2);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn every_moment_is_the_fold_of_the_facts_up_to_it(moments in prop::collection::vec(0..200_usize, 1..12)) {
        let facts = facts();
        let mut live = Live {
            record: Arc::from(facts.clone()),
            ..Live::new(Origin::Replay)
        };
        for to in moments {
            live.seek(to);
            let at = to.clamp(1, facts.len());
            prop_assert_eq!(&live.run, &Run::fold(&facts[..at]));
            prop_assert_eq!(live.closed, at == facts.len());
        }
    }
}

#[test]
fn a_run_can_be_left_going_and_a_lost_terminal_leaves_it_going() {
    for how in ["D", "q d"] {
        let mut model = opened(&Record::midway(), Origin::Live, Depth::None);
        assert_eq!(press(&mut model, how), [Effect::Quit]);
        assert_eq!(model.leaving, Leaving::Detached);
    }
    let mut model = opened(&Record::midway(), Origin::Live, Depth::None);
    assert_eq!(step(&mut model, Msg::HungUp), [Effect::Quit]);
    assert_eq!(model.leaving, Leaving::Detached);
    let lines = crate::summary::lines(&model);
    assert!(lines.last().unwrap().contains("lessonl watch"), "{lines:?}");
    // Leaving a run of another process stops nothing there.
    let mut model = opened(&Record::midway(), Origin::Watch, Depth::None);
    assert_eq!(step(&mut model, Msg::Terminate), [Effect::Quit]);
    assert_eq!(model.leaving, Leaving::Stopped);
}

#[test]
fn a_run_of_another_process_is_watched_from_history_and_decided_about() {
    let mut model = home(Depth::None);
    model.runs[1].holder = Holder::Process;
    press(&mut model, "6 j");
    let screen = text(&frame(&mut model, 120, 40));
    assert!(screen.contains("running, Enter watches"), "{screen}");
    assert_eq!(press(&mut model, "R"), []);
    let id = model.runs[1].id.clone();
    assert_eq!(
        press(&mut model, "enter"),
        [Effect::Launch(Request::Watch(id))]
    );
    let mut model = opened(&Record::midway(), Origin::Watch, Depth::None);
    assert!(text(&frame(&mut model, 120, 40)).contains("WATCHING"));
    assert_eq!(press(&mut model, "P"), [Effect::Send(Command::Pause)]);
    step(&mut model, Msg::EngineClosed);
    assert!(text(&frame(&mut model, 120, 40)).contains("RUNNER GONE"));
}

#[test]
fn past_runs_are_found_by_model() {
    let mut model = home(Depth::None);
    press(&mut model, "6 / m o d e l : r u l e s enter");
    assert_eq!(crate::lists::runs(&model).len(), 2);
    press(&mut model, "esc / m o d e l : q w e n enter");
    assert_eq!(crate::lists::runs(&model).len(), 0);
}

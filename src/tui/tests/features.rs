//! What a person can do beyond looking: decide from the inbox, mark and compare, search commands, point with the mouse.

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::{frame, press, step, text};
use crate::config::keymap::Place;
use crate::config::theme::Depth;
use crate::domain::command::Command;
use crate::domain::event::{Event, Progress, Pulse};
use crate::domain::id::{AgentId, AskId, CandidateId, LessonId, Purpose, Round, UnitId};
use crate::domain::lesson::Decision;
use crate::fixture::{Record, home, opened};
use crate::live::{Origin, Phase};
use crate::model::{Model, Motion};
use crate::msg::{Effect, Msg};
use crate::panes::Pane;
use crate::shelf;

fn midway() -> Model {
    let mut model = opened(&Record::midway(), Origin::Live, Depth::None);
    frame(&mut model, 120, 40);
    model
}

fn learned(round: u16, agent: u8) -> LessonId {
    LessonId::Learned(CandidateId::first(Round(round), AgentId(agent)))
}

fn click(model: &mut Model, column: u16, row: u16) -> Vec<Effect> {
    let event = MouseEvent {
        kind: MouseEventKind::Down(MouseButton::Left),
        column,
        row,
        modifiers: KeyModifiers::NONE,
    };
    step(model, Msg::Mouse(event))
}

#[test]
fn a_lesson_is_decided_from_the_inbox() {
    let mut model = midway();
    assert_eq!(press(&mut model, "a"), []);
    assert!(model.toast.as_ref().is_some_and(|t| t.contains("inbox")));
    let sent = press(&mut model, "tab tab tab a");
    let accepted = Command::DecideLesson {
        unit: UnitId(0),
        lesson: learned(1, 2),
        decision: Decision::Accept,
    };
    assert_eq!(sent, [Effect::Send(accepted)]);
    press(&mut model, "enter");
    assert_eq!(
        (model.place, model.view.lesson),
        (Place::Lessons, Some(learned(1, 2)))
    );
    press(&mut model, "esc");
    assert_eq!((model.place, model.pane), (Place::Run, Pane::Inbox));
}

#[test]
fn marked_lessons_are_decided_at_once_and_undone_at_once() {
    let mut model = midway();
    let sent = press(&mut model, "4 m m m a");
    // The first is accepted already.
    assert_eq!(sent.len(), 2);
    assert!(model.view.marked.is_empty());
    assert_eq!(press(&mut model, "u").len(), 2);
    assert!(model.view.undo.is_empty());
}

#[test]
fn lessons_are_filtered_by_their_fields() {
    let mut model = midway();
    press(&mut model, "4 / s t a t e : p i n n e d enter");
    let shown = shelf::lessons(&model);
    let ids: Vec<LessonId> = shown.from(0).map(|r| r.lesson.id).collect();
    assert_eq!(ids, [learned(1, 0)]);
    press(&mut model, "esc / c o l o u r : r e d enter");
    let screen = text(&frame(&mut model, 120, 40));
    assert!(screen.contains("no field `colour`"), "{screen}");
}

#[test]
fn a_candidate_is_compared_with_another_one() {
    let mut model = midway();
    press(&mut model, "2 = j");
    let screen = text(&frame(&mut model, 120, 40));
    assert!(screen.contains("against r1a0 by loops"), "{screen}");
    press(&mut model, "k =");
    assert_eq!(model.view.base, crate::model::Base::Original);
}

#[test]
fn a_chip_leads_to_its_lesson_and_the_lesson_back_to_its_candidate() {
    let mut model = midway();
    press(&mut model, "2 tab tab enter");
    let read = learned(0, 0);
    assert_eq!(
        (model.place, model.view.lesson),
        (Place::Lessons, Some(read))
    );
    press(&mut model, "enter enter");
    let source = CandidateId::first(Round(0), AgentId(0));
    assert_eq!(
        (model.place, model.view.candidate),
        (Place::Code, Some(source))
    );
    press(&mut model, "esc esc");
    assert_eq!((model.place, model.pane), (Place::Code, Pane::Notes));
}

#[test]
fn compiler_errors_stand_at_their_lines() {
    let mut model = midway();
    model.place = Place::Code;
    model.pane = Pane::Difference;
    model.view.candidate = Some(CandidateId::first(Round(0), AgentId(1)));
    step(&mut model, Msg::Resize(120, 40));
    let screen = text(&frame(&mut model, 120, 40));
    assert!(
        screen.contains("╰ expected ';' before '}' token"),
        "{screen}"
    );
}

#[test]
fn every_pane_can_be_reached_by_key_on_the_smallest_usual_terminal() {
    for place in [
        Place::Run,
        Place::Code,
        Place::Time,
        Place::Lessons,
        Place::Breakdown,
    ] {
        for width in [60, 80] {
            let mut model = midway();
            model.place = place;
            model.pane = Pane::first(place);
            step(&mut model, Msg::Resize(width, 24));
            for pane in crate::panes::panes(place) {
                assert_eq!(model.pane, *pane);
                let area = crate::panes::body(&model);
                let shown = crate::panes::layout(&model, area);
                assert!(shown.iter().any(|(shown, _)| shown == pane), "{pane:?}");
                press(&mut model, "z");
                let shown = crate::panes::layout(&model, area);
                assert_eq!(shown, [(*pane, area)]);
                press(&mut model, "z tab");
            }
        }
    }
}

#[test]
fn commands_are_found_and_run_from_the_search() {
    let mut model = midway();
    press(&mut model, ": t i m space s c r");
    let screen = text(&frame(&mut model, 120, 40));
    assert!(!screen.contains("Nothing is called that"), "{screen}");
    press(&mut model, "esc ? p a u s e");
    let sent = press(&mut model, "enter");
    assert_eq!(sent, [Effect::Send(Command::Pause)]);
}

#[test]
fn a_click_chooses_and_a_second_one_opens() {
    let mut model = midway();
    // The third row of the list of agents: the second one's first.
    click(&mut model, 10, 6);
    assert_eq!(model.view.agent, AgentId(1));
    click(&mut model, 10, 6);
    assert_eq!(model.place, Place::Code);
    click(&mut model, 45, 1);
    assert_eq!(model.place, Place::Breakdown);
}

#[test]
fn an_agent_that_has_done_its_part_says_what_it_waits_for() {
    let record = Record::midway();
    let mut model = opened(&record, Origin::Live, Depth::None);
    let pulse = |candidate| {
        Msg::Engine(Event::Pulse(Pulse::Evaluating {
            unit: UnitId(0),
            candidate,
            progress: Progress::Launch {
                done: 7,
                so_far: None,
            },
        }))
    };
    step(&mut model, pulse(None));
    let said = |model: &Model, agent| {
        let (live, unit) = (model.live.as_ref().unwrap(), model.unit().unwrap().1);
        live.doing(unit, AgentId(agent))
    };
    // The best candidate is measured again.
    step(
        &mut model,
        pulse(Some(CandidateId::first(Round(1), AgentId(0)))),
    );
    let screen = text(&frame(&mut model, 120, 40));
    assert!(!screen.contains("the original is being timed"), "{screen}");
    let live = model.live.as_ref().unwrap();
    let unit = model.unit().unwrap().1;
    assert_eq!(
        live.confirming(unit),
        Some(CandidateId::first(Round(1), AgentId(0)))
    );
    assert_eq!(
        said(&model, 0).0,
        Phase::Asking(crate::domain::id::Purpose::Rewrite)
    );
}

#[test]
fn two_past_runs_are_marked_read_and_compared() {
    let mut model = home(Depth::None);
    frame(&mut model, 120, 40);
    let sent = press(&mut model, "6 m j m");
    let asked: Vec<&Effect> = sent.iter().filter(|e| **e != Effect::LoadRuns).collect();
    let ids: Vec<_> = model.runs.iter().map(|run| run.id.clone()).collect();
    assert_eq!(
        asked,
        [
            &Effect::ReadRun(ids[0].clone()),
            &Effect::ReadRun(ids[1].clone())
        ]
    );
    for (id, record) in ids.into_iter().zip([Record::finished(), Record::midway()]) {
        let run = crate::domain::run::Run::fold(&record.facts).unwrap();
        step(&mut model, Msg::RunRead(id, Ok(std::sync::Arc::new(run))));
    }
    let screen = text(&frame(&mut model, 120, 40));
    assert!(screen.contains("Best so far by round"), "{screen}");
    press(&mut model, "tab G");
    let screen = text(&frame(&mut model, 120, 40));
    assert!(screen.contains("in both"), "{screen}");
}

#[test]
fn past_runs_are_filtered_by_what_they_reached() {
    let mut model = home(Depth::None);
    press(
        &mut model,
        "6 / f n : r o w _ n o r m s space b e s t > 2 enter",
    );
    assert_eq!(crate::lists::runs(&model).len(), 1);
    press(&mut model, "esc / b e s t > 9 enter");
    assert_eq!(crate::lists::runs(&model).len(), 0);
}

#[test]
fn drawing_costs_are_shown_without_asking_for_a_frame() {
    let mut model = midway();
    model.dirty = false;
    let cost = crate::meter::FrameCost {
        took: 900,
        bytes: 120,
        since_key: Some(2_000),
    };
    step(&mut model, Msg::Drawn(cost));
    assert!(!model.dirty);
    press(&mut model, ": p e r f o r m enter");
    let screen = text(&frame(&mut model, 120, 40));
    assert!(screen.contains("key     2.0 ms"), "{screen}");
}

#[test]
fn with_reduced_motion_the_clock_asks_for_no_frame() {
    let mut model = midway();
    for (motion, asks) in [(Motion::Full, true), (Motion::Reduced, false)] {
        (model.motion, model.dirty) = (motion, false);
        step(&mut model, Msg::Tick(1_795_219_100_000));
        assert_eq!(model.dirty, asks);
    }
}

#[test]
fn a_report_is_written_where_the_person_is() {
    let mut model = midway();
    let sent = press(&mut model, "o");
    assert!(matches!(
        sent.as_slice(),
        [Effect::Export { name, text }] if name == "lessonl-20261121-001708-3f9a.md"
            && text.contains("row_norms")
    ));
}

#[test]
fn a_list_is_shown_the_other_way_round() {
    let mut model = midway();
    press(&mut model, "4");
    let first = shelf::lessons(&model).get(0).map(|r| r.lesson.id);
    press(&mut model, "S");
    let turned = shelf::lessons(&model);
    assert_eq!(turned.get(turned.len() - 1).map(|r| r.lesson.id), first);
    assert!(first.is_some());
}

#[test]
fn every_screen_shows_the_best_candidate_with_the_same_figure() {
    let mut model = opened(&Record::finished(), Origin::Live, Depth::None);
    for (key, row) in [
        ("1", "3.90× [3.68, 4.12]"),
        ("2", "★r1a0"),
        ("3", "★r1a0"),
        ("5", "3.90× [3.68, 4.12]"),
    ] {
        press(&mut model, key);
        let screen = text(&frame(&mut model, 200, 50));
        let head = screen.lines().next().unwrap_or_default();
        assert!(head.contains("3.90×"), "{screen}");
        assert!(screen.contains(row), "{row}: {screen}");
        // where the first figure stands the fresh one stands beside it
        let first = screen.lines().filter(|line| line.contains("3.94×"));
        for line in first {
            let both = line.contains("first") && line.contains("3.90×");
            assert!(both || line.contains("first it was"), "{screen}");
        }
    }
}

#[test]
fn a_lesson_that_is_being_written_stands_below_the_verdict_it_is_written_from() {
    let mut model = midway();
    let ask = AskId {
        about: CandidateId::first(Round(1), AgentId(0)),
        purpose: Purpose::Lesson,
    };
    let unit = UnitId(0);
    let text = "References save a copy.\n".to_owned();
    let delta = Event::Pulse(Pulse::AnswerDelta { unit, ask, text });
    step(&mut model, Msg::Engine(delta));
    let screen = text_of(&mut model);
    let at = |wanted: &str| screen.lines().position(|line| line.contains(wanted));
    let (verdict, lesson) = (at("r1a0 ▲ faster"), at("│ References save a copy."));
    assert!(verdict.is_some() && verdict < lesson, "{screen}");
    // of another problem nothing of it is shown
    model.view.unit = Some(UnitId(1));
    assert!(!text_of(&mut model).contains("References"));
}

fn text_of(model: &mut Model) -> String {
    text(&frame(model, 120, 40))
}

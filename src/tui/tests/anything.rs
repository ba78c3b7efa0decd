//! Whatever is pressed, resized or told, the screens stand.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::step;
use crate::config::keymap::Place;
use crate::config::theme::Depth;
use crate::domain::event::{Event, Progress, Pulse};
use crate::domain::id::{AgentId, AskId, CandidateId, LessonId, Purpose, Round, UnitId};
use crate::fixture::{Record, home, opened};
use crate::live::Origin;
use crate::msg::Msg;
use crate::panes::panes;

#[derive(Debug, Clone)]
enum Doing {
    Key(KeyEvent),
    Size(u16, u16),
    Fact(usize),
    Pulse(Pulse),
    Closed,
    Paste(String),
    Mouse(MouseEventKind, u16, u16),
}

fn doing() -> impl Strategy<Value = Doing> {
    let keys = "abcdefghjklmnopqrstuvwxyzADEGKLMNOPRSY0123456?/[]<>=+-:,.{} "
        .chars()
        .collect::<Vec<_>>();
    let code = prop_oneof![
        8 => prop::sample::select(keys).prop_map(KeyCode::Char),
        3 => prop::sample::select(vec![
            KeyCode::Enter, KeyCode::Esc, KeyCode::Tab, KeyCode::BackTab, KeyCode::Down, KeyCode::Up,
            KeyCode::Left, KeyCode::Right, KeyCode::PageDown, KeyCode::End, KeyCode::Backspace,
            KeyCode::F(2), KeyCode::F(12),
        ]),
    ];
    let key = (code, prop::bool::weighted(0.1)).prop_map(|(code, control)| {
        let modifiers = if control {
            KeyModifiers::CONTROL
        } else {
            KeyModifiers::NONE
        };
        Doing::Key(KeyEvent::new(code, modifiers))
    });
    let about = || (0..4_u16, 0..9_u8).prop_map(|(r, a)| CandidateId::first(Round(r), AgentId(a)));
    let pulse = prop_oneof![
        (about(), ".{0,80}").prop_map(|(about, text)| Pulse::AnswerDelta {
            unit: UnitId(0),
            ask: AskId {
                about,
                purpose: Purpose::Rewrite
            },
            text,
        }),
        about().prop_map(|id| Pulse::Evaluating {
            unit: UnitId(0),
            candidate: Some(id),
            progress: Progress::Launch {
                done: 3,
                so_far: None
            },
        }),
        any::<bool>().prop_map(|open| Pulse::TimingWindow { open }),
        about().prop_map(|id| Pulse::WaitingForPerson {
            unit: UnitId(0),
            lessons: vec![LessonId::Learned(id), LessonId::Person(9)],
        }),
        ".{0,40}".prop_map(|text| Pulse::Notice { text }),
    ];
    prop_oneof![
        10 => key,
        2 => (1..220_u16, 1..60_u16).prop_map(|(w, h)| Doing::Size(w, h)),
        3 => (0..80_usize).prop_map(Doing::Fact),
        2 => pulse.prop_map(Doing::Pulse),
        2 => (
            prop::sample::select(vec![
                MouseEventKind::Down(MouseButton::Left),
                MouseEventKind::ScrollDown,
                MouseEventKind::ScrollUp,
                MouseEventKind::Drag(MouseButton::Left),
            ]),
            0..220_u16,
            0..60_u16
        )
            .prop_map(|(kind, x, y)| Doing::Mouse(kind, x, y)),
        1 => Just(Doing::Closed),
        1 => ".{0,30}".prop_map(Doing::Paste),
    ]
}

fn draw(model: &crate::model::Model) {
    let area = Rect::new(0, 0, model.size.0, model.size.1);
    super::super::view::render(model, area, &mut Buffer::empty(area));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn nothing_a_person_or_an_engine_does_breaks_a_screen(
        start in 0..5_u8,
        doings in prop::collection::vec(doing(), 1..60),
    ) {
        let record = Record::finished();
        let mut model = match start {
            0 => home(Depth::True),
            1 => opened(&Record::midway(), Origin::Live, Depth::Indexed),
            2 => opened(&Record::midway(), Origin::Watch, Depth::True),
            3 => super::replay::replayed(Depth::True),
            _ => opened(&Record::default(), Origin::Replay, Depth::None),
        };
        for doing in doings {
            let msg = match doing {
                Doing::Key(key) => Msg::Key(key),
                Doing::Size(w, h) => Msg::Resize(w, h),
                Doing::Fact(at) => {
                    let fact = record.facts[at % record.facts.len()].clone();
                    Msg::Engine(Event::Fact(Box::new(fact)))
                }
                Doing::Pulse(pulse) => Msg::Engine(Event::Pulse(pulse)),
                Doing::Closed => Msg::EngineClosed,
                Doing::Paste(text) => Msg::Paste(text),
                Doing::Mouse(kind, column, row) => Msg::Mouse(MouseEvent {
                    kind,
                    column,
                    row,
                    modifiers: KeyModifiers::NONE,
                }),
            };
            step(&mut model, msg);
            draw(&model);
        }
    }
}

#[test]
fn every_screen_can_be_drawn_in_every_size() {
    let places = [
        Place::Home,
        Place::Run,
        Place::Code,
        Place::Time,
        Place::Lessons,
        Place::Breakdown,
        Place::History,
    ];
    let mut model = opened(&Record::midway(), Origin::Live, Depth::True);
    for place in places {
        model.place = place;
        for pane in panes(place) {
            model.pane = *pane;
            for width in [1, 2, 7, 20, 59, 60, 61, 79, 80, 81, 99, 100, 133, 160, 250] {
                for height in [1, 2, 3, 5, 17, 18, 19, 24, 40, 80] {
                    step(&mut model, Msg::Resize(width, height));
                    draw(&model);
                }
            }
        }
    }
}

#[test]
fn foreign_text_never_carries_control_characters_to_the_screen() {
    let mut model = opened(&Record::midway(), Origin::Live, Depth::True);
    let about = CandidateId::first(Round(2), AgentId(0));
    step(
        &mut model,
        Msg::Engine(Event::Pulse(Pulse::AnswerDelta {
            unit: UnitId(0),
            ask: AskId {
                about,
                purpose: Purpose::Rewrite,
            },
            text: "\x1b]52;c;aGk=\x07\u{9b}31m\u{202e}evil\r\n".to_owned(),
        })),
    );
    let text = super::text(&super::frame(&mut model, 120, 40));
    assert!(text.contains("evil"));
    assert!(
        !text
            .chars()
            .any(|c| c.is_control() && c != '\n' || c == '\u{202e}')
    );
}

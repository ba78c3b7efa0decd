//! Every screen by snapshot: in two sizes, with and without colour, mid-run and at the end.

use ratatui::buffer::Buffer;

use super::{frame, press, text};
use crate::config::theme::Depth;
use crate::domain::evaluation::Stage;
use crate::domain::event::{Event, Progress, Pulse};
use crate::domain::id::{AgentId, AskId, CandidateId, Purpose, Round, UnitId};
use crate::fixture::{Record, home, opened};
use crate::live::Origin;
use crate::model::Model;
use crate::msg::Msg;

pub(super) fn check(name: &str, content: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../tests/suite/snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name.to_owned(), content));
}

pub(super) fn midway(depth: Depth) -> Model {
    let mut model = opened(&Record::midway(), Origin::Live, depth);
    let about = |agent| CandidateId::first(Round(2), AgentId(agent));
    let pulses = [
        Pulse::AnswerDelta {
            unit: UnitId(0),
            ask: AskId { about: about(0), purpose: Purpose::Rewrite },
            text: "The inner loop is bound by the copy of m.\nTiling keeps a block in cache:\n```cpp\n#include <vector>\nstd::vector<double> row_n".to_owned(),
        },
        Pulse::Evaluating {
            unit: UnitId(0),
            candidate: Some(about(1)),
            progress: Progress::Entered(Stage::Check),
        },
        Pulse::Evaluating {
            unit: UnitId(0),
            candidate: Some(about(1)),
            progress: Progress::Launch { done: 4, so_far: None },
        },
        Pulse::TimingWindow { open: true },
    ];
    for pulse in pulses {
        super::step(&mut model, Msg::Engine(Event::Pulse(pulse)));
    }
    model
}

/// Where the style changes on each line: column, foreground, background, modifiers.
pub(super) fn styles(buf: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buf.area.height {
        let mut before = None;
        for x in 0..buf.area.width {
            let cell = &buf[(x, y)];
            let style = (cell.fg, cell.bg, cell.modifier);
            if before != Some(style) {
                out.push_str(&format!("{y}:{x} {} {} {:?}\n", style.0, style.1, style.2));
                before = Some(style);
            }
        }
    }
    out
}

#[test]
fn every_screen_looks_as_before() {
    for (width, height) in [(80, 24), (120, 40), (200, 50)] {
        let mut start = home(Depth::True);
        check(
            &format!("home-{width}x{height}"),
            &text(&frame(&mut start, width, height)),
        );
        for (key, name) in [
            ("1", "run"),
            ("2", "code"),
            ("3", "time"),
            ("4", "lessons"),
            ("5", "breakdown"),
            ("6", "history"),
            ("?", "help"),
            (":", "commands"),
        ] {
            let mut model = midway(Depth::True);
            frame(&mut model, width, height);
            press(&mut model, key);
            let name = format!("{name}-{width}x{height}");
            check(&name, &text(&frame(&mut model, width, height)));
        }
    }
}

#[test]
fn a_finished_run_and_small_terminals_look_as_before() {
    let mut done = opened(&Record::finished(), Origin::Live, Depth::None);
    check("finished-80x24", &text(&frame(&mut done, 80, 24)));
    check("card-40x10", &text(&frame(&mut done, 40, 10)));
    check("finished-64x20", &text(&frame(&mut done, 64, 20)));
    let mut model = midway(Depth::True);
    press(&mut model, "q");
    check("quit-80x24", &text(&frame(&mut model, 80, 24)));
}

#[test]
fn ascii_screens_hold_nothing_but_ascii() {
    for key in ["0", "1", "2", "3", "4", "5", "6"] {
        let mut model = midway(Depth::None);
        model.look.symbols = crate::widgets::mark::Symbols::Ascii;
        frame(&mut model, 200, 50);
        press(&mut model, key);
        let text = text(&frame(&mut model, 200, 50));
        let odd: Vec<char> = text.chars().filter(|c| !c.is_ascii()).collect();
        assert_eq!(odd, Vec::<char>::new(), "screen {key}\n{text}");
    }
}

#[test]
fn without_colour_the_words_are_the_same_and_nothing_is_coloured() {
    for key in ["0", "1", "2", "3", "4", "5", "6"] {
        let (mut plain, mut coloured) = (midway(Depth::None), midway(Depth::True));
        for model in [&mut plain, &mut coloured] {
            frame(model, 120, 40);
            press(model, key);
        }
        let (plain, coloured) = (frame(&mut plain, 120, 40), frame(&mut coloured, 120, 40));
        let words = |buf: &Buffer| -> Vec<String> {
            let lines = text(buf);
            lines.lines().map(super::matrix::without_shades).collect()
        };
        assert_eq!(words(&plain), words(&coloured));
        for cell in plain.content() {
            assert_eq!((cell.fg, cell.bg), Default::default());
        }
    }
}

#[test]
fn colours_of_the_difference_are_as_before() {
    for (name, depth) in [("dark", Depth::True), ("plain", Depth::None)] {
        let mut model = midway(depth);
        frame(&mut model, 80, 24);
        press(&mut model, "2");
        check(
            &format!("styles-code-{name}"),
            &styles(&frame(&mut model, 80, 24)),
        );
    }
}

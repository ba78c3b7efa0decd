//! Every screen and state in two sizes, in both bundled themes and without colour: text by snapshot, colours by digest.

use sha2::{Digest, Sha256};

use super::screens::{check, midway, styles};
use super::{compared, own};
use super::{frame, press, text};
use crate::config::theme::{Depth, Theme};
use crate::domain::ceiling::Ceiling;
use crate::domain::codegen::{Suite, Tested};
use crate::domain::event::{Event, Pulse};
use crate::domain::id::UnitId;
use crate::domain::id::{AgentId, CandidateId, LessonId, Round};
use crate::domain::run::Unit;
use crate::fixture::{Record, home, opened, speedup};
use crate::live::Origin;
use crate::model::Model;
use crate::msg::Msg;
use crate::store::archive::{RunSummary, UnitSummary};

const SIZES: [(u16, u16); 2] = [(80, 24), (200, 50)];

fn waiting(depth: Depth) -> Model {
    let mut model = opened(&Record::midway(), Origin::Live, depth);
    let lesson = LessonId::Learned(CandidateId::first(Round(1), AgentId(1)));
    let pulse = Pulse::WaitingForPerson {
        unit: UnitId(0),
        lessons: vec![lesson],
    };
    super::step(&mut model, Msg::Engine(Event::Pulse(pulse)));
    model
}

fn gone(depth: Depth) -> Model {
    let mut model = opened(&Record::midway(), Origin::Watch, depth);
    super::step(&mut model, Msg::EngineClosed);
    model
}

fn empty(depth: Depth) -> Model {
    opened(&Record::default(), Origin::Live, depth)
}

fn finished(depth: Depth) -> Model {
    opened(&Record::finished(), Origin::Live, depth)
}

fn written(depth: Depth) -> Model {
    opened(&Record::written(), Origin::Live, depth)
}

/// Two past runs that wrote code: one of a single task, one of several.
fn written_past(depth: Depth) -> Model {
    let mut model = home(depth);
    let unit = |suite, passed| UnitSummary {
        reported: None,
        best_by_round: vec![0.6, 0.8, 1.0],
        tested: Some(Tested {
            suite,
            passed,
            total: 12,
            failed: None,
        }),
        ..model.runs[0].units[0].clone()
    };
    let units = [
        vec![unit(Suite::Hidden, 12)],
        vec![
            unit(Suite::Hidden, 12),
            unit(Suite::Hidden, 9),
            unit(Suite::Own, 12),
        ],
    ];
    let runs = units.into_iter().map(|units| RunSummary {
        units,
        ..model.runs[0].clone()
    });
    model.runs = runs.collect();
    model
}

/// The best known code of one problem was measured on the run's processor, of the other on another.
fn with_ceiling(depth: Depth) -> Model {
    let mut model = finished(depth);
    let run = model.run().unwrap();
    let ceiling = |unit: &Unit, figure, cpu: &str| Ceiling {
        problem: unit.spec.problem.clone(),
        version: unit.spec.version.clone(),
        category: unit.spec.category.clone(),
        mode: unit.spec.mode,
        speedup: Some(figure),
        verdict: None,
        original_ms: None,
        launches: 12,
        missing: None,
        note: None,
        cpu: cpu.to_owned(),
        compiler: "g++ 12.2.0".to_owned(),
        load: None,
        at: 0,
    };
    model.ceilings = vec![
        ceiling(&run.units[0], speedup(7.1, 7.8, 8.6), &run.machine.cpu),
        ceiling(&run.units[1], speedup(1.9, 2.0, 2.1), "Another CPU"),
    ];
    model
}

type State = (&'static str, fn(Depth) -> Model, &'static str);

/// A state's name, how it comes about, and keys on top.
const STATES: [State; 50] = [
    ("home-none", home, "0"),
    ("home-filter", home, "/ r e a c h"),
    ("empty-run", empty, "1"),
    ("done-run", finished, "1"),
    ("done-code", finished, "2"),
    ("done-time", finished, "3"),
    ("done-lessons", finished, "4"),
    ("done-breakdown", finished, "5"),
    ("done-bars", finished, "5 v"),
    ("done-history", finished, "6"),
    ("replay-run", |depth| super::replay::replayed(depth), "{ 1"),
    ("replay-code", |depth| super::replay::replayed(depth), "2"),
    ("waiting-run", waiting, "1"),
    ("waiting-lessons", waiting, "4"),
    ("gone-run", gone, "1"),
    ("frozen-run", midway, "space"),
    ("split-code", midway, "2 v v tab z"),
    ("editing", midway, "4 e"),
    ("log", midway, "L"),
    ("settings", midway, "f2 down"),
    ("jump", midway, "2 ctrl-o"),
    ("cost", midway, "f12"),
    ("own-file", own::at_file, "down"),
    ("own-part", own::at_part, "down"),
    ("own-form", own::at_form, "down"),
    ("own-work", own::at_work, "enter"),
    ("own-end", own::at_end, "down"),
    ("own-gap", own::at_gap, "down"),
    ("own-commands", own::at_commands, "."),
    ("apply", own::refused, "down"),
    ("compared", compared::shown, "up"),
    ("written-run", written, "1"),
    ("written-time", written, "3"),
    ("written-breakdown", written, "5"),
    ("written-bars", written, "5 v"),
    ("written-history", written_past, "6"),
    ("ceiling-breakdown", with_ceiling, "5"),
    ("done-result", finished, "8"),
    ("replay-result", |depth| super::replay::replayed(depth), "8"),
    ("written-result", written, "8"),
    ("done-rounds", finished, "4 v"),
    ("bank", super::living::with_bank, "7"),
    ("bank-none", home, "7"),
    ("asked", midway, "Q"),
    ("skip", midway, "K"),
    ("team", super::team::composing, "j"),
    ("team-tried", super::team::tried, "k j"),
    ("together-run", super::mine::together, "1"),
    ("together-code", super::mine::together, "2"),
    ("template", super::mine::template, "j"),
];

#[test]
fn every_state_looks_as_before_in_both_sizes() {
    for (name, make, keys) in STATES {
        for (width, height) in SIZES {
            let mut model = make(Depth::True);
            frame(&mut model, width, height);
            press(&mut model, keys);
            let text = text(&frame(&mut model, width, height));
            check(&format!("state-{name}-{width}x{height}"), &text);
        }
    }
}

#[test]
fn every_state_says_the_same_in_every_theme_and_each_has_its_colours() {
    let mut table = String::new();
    for (name, make, keys) in STATES {
        for (width, height) in SIZES {
            let mut seen = Vec::new();
            let mut digests = String::new();
            for theme in ["dark", "light", "plain"] {
                let depth = if theme == "plain" {
                    Depth::None
                } else {
                    Depth::True
                };
                let mut model = make(depth);
                if theme == "light" {
                    model.look.theme = Theme::load("light", &[], depth).0;
                    model.palette.chosen = Some("light".to_owned());
                } else {
                    model.palette.chosen = Some("dark".to_owned());
                }
                frame(&mut model, width, height);
                press(&mut model, keys);
                let buf = frame(&mut model, width, height);
                // The settings name the theme; everything else is the same.
                // Where there are no shades nothing explains them.
                let shown: Vec<String> = text(&buf).lines().map(without_shades).collect();
                seen.push(shown.join("\n").replace("light", "dark "));
                let digest = Sha256::digest(styles(&buf));
                let digest: String = digest[..6].iter().map(|b| format!("{b:02x}")).collect();
                digests.push_str(&format!(" {theme} {digest}"));
                if theme == "plain" {
                    for cell in buf.content() {
                        assert_eq!((cell.fg, cell.bg), Default::default(), "{name}");
                    }
                }
            }
            assert_eq!(seen[0], seen[1], "{name} {width}x{height}");
            assert_eq!(seen[0], seen[2], "{name} {width}x{height}");
            table.push_str(&format!("{name} {width}x{height}{digests}\n"));
        }
    }
    check("styles-of-states", &table);
}

/// A line without what explains the shades of a map.
pub(super) fn without_shades(line: &str) -> String {
    let (Some(from), Some(last)) = (line.find("shade: "), line.rfind('×')) else {
        return line.to_owned();
    };
    let to = last + '×'.len_utf8();
    let cells = line[from..to].chars().count();
    format!("{}{}{}", &line[..from], " ".repeat(cells), &line[to..])
}

/// A key in the footer changes something to see, sends something, or says why not.
#[test]
fn every_key_in_the_footer_does_something() {
    use crate::config::keymap::{Action, row};
    let mut idle = Vec::new();
    for (name, make, keys) in STATES {
        for (width, height) in SIZES {
            let open = || {
                let mut model = make(Depth::True);
                frame(&mut model, width, height);
                press(&mut model, keys);
                let before = frame(&mut model, width, height);
                (model, before)
            };
            let (model, _) = open();
            for action in crate::hints::offered(&model) {
                // Keys that are typed into something are its own matter.
                if matches!(action, Action::Quit | Action::Help) {
                    continue;
                }
                let (mut model, before) = open();
                model.toast = None;
                let key = crate::tests::event(row(action).unwrap().keys);
                let sent = super::step(&mut model, Msg::Key(key));
                let told = model.toast.is_some();
                let after = frame(&mut model, width, height);
                if sent.is_empty() && !told && before == after {
                    idle.push(format!("{name} {width}x{height}: {action:?}"));
                }
            }
        }
    }
    assert_eq!(idle, Vec::<String>::new());
}

#[test]
fn a_picture_of_every_state_is_well_formed() {
    for (name, make, keys) in STATES {
        let mut model = make(Depth::True);
        frame(&mut model, 120, 40);
        press(&mut model, keys);
        let buf = frame(&mut model, 120, 40);
        let svg = crate::svg::picture(&buf, model.look.theme.ground());
        let opened = svg.matches("<text").count() + svg.matches("<svg").count();
        let closed = svg.matches("</text>").count() + svg.matches("</svg>").count();
        assert_eq!(opened, closed, "{name}");
        assert!(!svg.contains('\u{1b}'), "{name}");
    }
}

#[test]
fn settings_change_what_is_seen_at_once() {
    let mut model = midway(Depth::True);
    press(&mut model, "f2 down right");
    let screen = text(&frame(&mut model, 120, 40));
    assert!(screen.is_ascii(), "{screen}");
    press(&mut model, "esc f2 right right right");
    assert_eq!(model.look.theme.name, "classic");
}

#[test]
fn text_is_found_in_the_difference_and_gone_to() {
    let mut model = midway(Depth::None);
    frame(&mut model, 80, 24);
    press(&mut model, "2 c tab / s q r t enter");
    let screen = text(&frame(&mut model, 80, 24));
    assert!(screen.contains("sqrt"), "{screen}");
    press(&mut model, "/ z z z enter n");
    assert!(model.toast.as_ref().is_some_and(|t| t.contains("No line")));
}

#[test]
fn a_letter_leads_to_its_pane() {
    let mut model = midway(Depth::None);
    frame(&mut model, 200, 50);
    press(&mut model, "2 ctrl-o s");
    assert_eq!(model.pane, crate::panes::Pane::Notes);
}

//! Claims about the blocks of a comparison that other machines work on: seen in place of its tables, kept up to date, and
//! opened as runs.

use super::{frame, press, step, text};
use crate::config::theme::Depth;
use crate::domain::comparison::{CellId, ComparisonId};
use crate::domain::failure::{Failure, FailureKind};
use crate::errand::{Answer, Desk, Errand, News};
use crate::fixture::home;
use crate::model::{Model, Overlay};
use crate::msg::{Effect, Msg, Request};
use crate::reports::blocks::{Overview, Queued, sample};
use crate::store::archive::RunSummary;
use crate::widgets::mark::Symbols;

/// History with the comparison under the cursor, asked for.
fn asked() -> (Model, u64) {
    let mut model = home(Depth::None);
    let id = ComparisonId::new("week").unwrap();
    let run = RunSummary {
        id: id.run(CellId(0)).unwrap(),
        comparison: Some(id),
        ..model.runs[0].clone()
    };
    model.runs.insert(0, run);
    press(&mut model, "6");
    let number = match press(&mut model, "enter").as_slice() {
        [Effect::Errand(Desk::Comparison, number, Errand::Comparison(_))] => *number,
        other => panic!("{other:?}"),
    };
    (model, number)
}

fn tell(model: &mut Model, number: u64, overview: Overview) {
    let news = News::SoFar(Answer::Blocks(Box::new(overview)));
    step(model, Msg::News(Desk::Comparison, number, news));
}

fn shown() -> (Model, u64) {
    let (mut model, number) = asked();
    tell(&mut model, number, sample());
    (model, number)
}

#[test]
fn every_block_is_seen_with_what_it_does_or_why_it_waits() {
    let (mut model, number) = shown();
    let screen = text(&frame(&mut model, 140, 30));
    for part in [
        "comparison week · icelake · 3/8 cells · 2 running · 1 waiting",
        "$3.60 of $40.00",
        "b0001  scan/prefix_sum r1  ic017",
        "single: asks r1a0 rewrite",
        "ic018 (shared)",
        "Slurm: ReqNodeNotAvail (pending)",
    ] {
        assert!(screen.contains(part), "{part}\n{screen}");
    }
    // News keep the cursor where it is; those of another errand are not ours.
    press(&mut model, "down");
    let mut later = sample();
    later.rows[3].queued = Queued::Runs("ic019".to_owned());
    tell(&mut model, number + 1, later.clone());
    assert!(!text(&frame(&mut model, 140, 30)).contains("ic019"));
    tell(&mut model, number, later);
    assert!(text(&frame(&mut model, 140, 30)).contains("ic019"));
    let Overlay::Blocks(blocks) = &model.overlay else {
        panic!("the blocks are gone")
    };
    assert_eq!(blocks.row, 2, "the first that is not over, and one down");
    // A small screen in ASCII shows the row under the cursor, and nothing else than ASCII.
    model.look.symbols = Symbols::Ascii;
    press(&mut model, "enter");
    let small = text(&frame(&mut model, 64, 20));
    assert!(
        small.contains("b0002") && small.contains("week-c004"),
        "{small}"
    );
    assert!(small.is_ascii(), "{small}");
    assert_eq!(
        press(&mut model, "esc esc"),
        [Effect::GiveUp(Desk::Comparison)]
    );
    assert!(matches!(model.overlay, Overlay::None));
}

#[test]
fn a_block_opens_to_its_cells_and_a_cell_to_its_run() {
    let (mut model, _) = shown();
    assert_eq!(press(&mut model, "enter"), []);
    let screen = text(&frame(&mut model, 140, 30));
    assert!(screen.contains("week-c003  single"), "{screen}");
    // the one that is worked on is under the cursor
    let watched = Request::Watch(crate::domain::id::RunId::new("week-c003").unwrap());
    assert_eq!(
        press(&mut model, "enter"),
        [
            Effect::GiveUp(Desk::Comparison),
            Effect::Launch(watched.clone())
        ]
    );
    let (mut model, _) = shown();
    let replayed = Request::Replay(crate::domain::id::RunId::new("week-c002").unwrap());
    let effects = press(&mut model, "enter up enter");
    assert!(effects.contains(&Effect::Launch(replayed)), "{effects:?}");
    // one that has not begun is nothing to look at
    let (mut model, _) = shown();
    assert_eq!(press(&mut model, "end enter enter"), []);
    assert!(model.toast.as_deref().unwrap().contains("not begun"));
}

#[test]
fn its_tables_so_far_are_a_key_away_and_trouble_is_told_without_losing_what_is_known() {
    let (mut model, number) = shown();
    let failure = Failure::new(FailureKind::Environment, "the spool is gone");
    let news = News::Over(Err(failure));
    step(&mut model, Msg::News(Desk::Comparison, number, news));
    assert!(
        model
            .toast
            .as_deref()
            .unwrap()
            .contains("the spool is gone")
    );
    assert!(text(&frame(&mut model, 140, 30)).contains("b0003"));
    let effects = press(&mut model, "right");
    assert!(
        matches!(
            effects.as_slice(),
            [Effect::Errand(Desk::Comparison, _, Errand::Figures(_))]
        ),
        "{effects:?}"
    );
    assert!(matches!(model.overlay, Overlay::Compared(_)));
}

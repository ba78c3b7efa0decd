//! Claims about comparisons among the past runs: one row for all of a comparison's runs, its tables on Enter.

use super::{frame, press, step, text};
use crate::config::theme::Depth;
use crate::domain::comparison::{CellId, Comparison, ComparisonId, ComparisonSpec, Contender};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::run::Run;
use crate::domain::spec::StrategyKind;
use crate::errand::{Answer, Compared, Desk, Errand, News};
use crate::fixture::{Record, home};
use crate::model::{Model, Overlay};
use crate::msg::{Effect, Msg};
use crate::reports::comparison::{CellResult, figures};
use crate::store::archive::RunSummary;

fn id() -> ComparisonId {
    ComparisonId::new("20261120-001708-cccc").unwrap()
}

/// History with a comparison of two runs above two other runs.
fn history(depth: Depth) -> Model {
    let mut model = home(depth);
    for (cell, strategy) in [(1, StrategyKind::Single), (0, StrategyKind::Lessonl)] {
        let run = RunSummary {
            id: id().run(CellId(cell)).unwrap(),
            strategy,
            comparison: Some(id()),
            ..model.runs[model.runs.len() - 2].clone()
        };
        model.runs.insert(0, run);
    }
    press(&mut model, "6");
    model
}

fn answer() -> Compared {
    let facts = Record::finished().facts;
    let base = Run::fold(&facts).unwrap().spec;
    let contender = |strategy| Contender {
        strategy,
        rounds: 4,
        team: None,
    };
    let comparison = Comparison {
        id: id(),
        spec: ComparisonSpec {
            base,
            contenders: vec![
                contender(StrategyKind::Lessonl),
                contender(StrategyKind::Single),
            ],
            repeats: 1,
            cells: ComparisonSpec::grid(2, 1, 1, |_, _| 1),
            total: None,
        },
        started_at: 0,
        facts: 1,
        rechecked: Vec::new(),
        finished: false,
        placed: None,
        plan: None,
        total: None,
    };
    let cells = comparison.spec.cells.iter().zip([CellId(0), CellId(1)]);
    let results = cells.filter_map(|(cell, id)| CellResult::of(id, *cell, &facts));
    Compared {
        figures: figures(&comparison, &results.collect::<Vec<_>>()),
        runs: Vec::new(),
        comparison,
    }
}

fn asked(model: &mut Model) -> u64 {
    match press(model, "enter").as_slice() {
        [Effect::Errand(Desk::Comparison, number, Errand::Comparison(wanted))] => {
            assert_eq!(*wanted, id());
            *number
        }
        other => panic!("{other:?}"),
    }
}

/// With the tables of a comparison in front.
pub(super) fn shown(depth: Depth) -> Model {
    let mut model = history(depth);
    let number = asked(&mut model);
    let found = Ok(Answer::Comparison(Box::new(answer())));
    step(
        &mut model,
        Msg::News(Desk::Comparison, number, News::Over(found)),
    );
    model
}

#[test]
fn a_comparison_is_one_row_and_its_tables_are_those_of_the_report() {
    let mut model = history(Depth::None);
    let screen = text(&frame(&mut model, 120, 40));
    let row = "comparison: 2 of 2 runs over, 1 problem, lessonl single";
    assert_eq!(screen.matches(row).count(), 1, "{screen}");
    assert_eq!(crate::lists::runs(&model).len(), 3);
    let mut model = shown(Depth::None);
    let screen = text(&frame(&mut model, 200, 50));
    let tables = crate::reports::comparison_document::text(&answer().figures);
    for line in tables.lines().filter(|line| line.contains("  ")) {
        assert!(screen.contains(line), "{line}\n{screen}");
    }
    // What stands right of a small screen is scrolled to.
    let small = text(&frame(&mut model, 80, 24));
    assert!(!small.contains("tokens out"), "{small}");
    press(&mut model, "right right right right");
    let small = text(&frame(&mut model, 80, 24));
    assert!(small.contains("tokens out"), "{small}");
    press(&mut model, "esc");
    assert!(matches!(model.overlay, Overlay::None));
}

#[test]
fn single_runs_of_a_comparison_are_found_by_a_filter() {
    let mut model = history(Depth::None);
    press(&mut model, "/ c 0 0 1 enter");
    let runs = crate::lists::runs(&model);
    let ids: Vec<&str> = runs.iter().map(|run| run.id.as_str()).collect();
    assert_eq!(ids, ["20261120-001708-cccc-c001"]);
}

#[test]
fn a_comparison_that_cannot_be_read_says_why_and_one_that_is_left_is_given_up() {
    let mut model = history(Depth::None);
    let number = asked(&mut model);
    let failure = Failure::new(FailureKind::Usage, "the database is gone").hint("Look for it.");
    let news = |result| Msg::News(Desk::Comparison, number, News::Over(result));
    step(&mut model, news(Err(failure)));
    let screen = text(&frame(&mut model, 120, 40));
    assert!(screen.contains("the database is gone"), "{screen}");
    assert!(screen.contains("Look for it."), "{screen}");
    press(&mut model, "esc");
    asked(&mut model);
    assert_eq!(press(&mut model, "esc"), [Effect::GiveUp(Desk::Comparison)]);
    let late = Ok(Answer::Comparison(Box::new(answer())));
    step(&mut model, news(late));
    assert!(matches!(model.overlay, Overlay::None));
}

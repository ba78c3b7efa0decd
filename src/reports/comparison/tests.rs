//! Claims about a comparison's figures: what counts, what is paired, and what is not claimed.

use super::*;
use crate::domain::comparison::{ComparisonId, ComparisonSpec, Contender};
use crate::domain::evaluation::{Evaluated, Evaluation};
use crate::domain::units::{Nanos, Tokens, Usage};

/// Two strategies on `problems` problems, twice each.
fn comparison(problems: u16) -> Comparison {
    let facts: Vec<Envelope> = include_str!("../../../tests/fixtures/recorded-run.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut base = Run::fold(&facts).unwrap().spec;
    base.units = (0..problems).map(|_| base.units[0].clone()).collect();
    let contender = |strategy| Contender {
        strategy,
        rounds: 4,
        team: None,
    };
    Comparison {
        id: ComparisonId::new("c").unwrap(),
        spec: ComparisonSpec {
            base,
            contenders: vec![
                contender(StrategyKind::Lessonl),
                contender(StrategyKind::Single),
            ],
            repeats: 2,
            cells: ComparisonSpec::grid(2, problems, 2, |_, _| 1),
            total: None,
        },
        started_at: 0,
        facts: 1,
        rechecked: Vec::new(),
        finished: false,
        placed: None,
        plan: None,
        total: None,
    }
}

/// Every cell's result by (contender, problem, repeat) → speedup.
fn results(
    comparison: &Comparison,
    speedup: impl Fn(u16, u16, u16) -> Option<f64>,
) -> Vec<CellResult> {
    let cells = comparison.spec.cells.iter().zip(0..);
    cells
        .map(|(cell, id)| {
            let speedup = speedup(cell.contender, cell.problem, cell.repeat);
            let mut result = UnitResult::empty();
            result.ending = Some(Ending::Done);
            result.wins = speedup.is_some_and(|s| s > 1.0);
            result.compiled = 1;
            result.speedup = speedup.map(|estimate| Speedup {
                estimate,
                lo: estimate,
                hi: estimate,
            });
            CellResult {
                id: CellId(id),
                cell: *cell,
                result,
                spent: Spent {
                    asks: 3,
                    usage: Usage {
                        input: Tokens(10),
                        ..Usage::default()
                    },
                    time: Nanos(1000),
                    ..Spent::default()
                },
                observations: Vec::new(),
                place: Place::default(),
            }
        })
        .collect()
}

#[test]
fn figures_are_means_over_repeats_with_their_spread() {
    let comparison = comparison(2);
    let results = results(&comparison, |contender, problem, repeat| {
        match (contender, problem, repeat) {
            (0, 0, 0) => Some(4.0),
            (0, 0, 1) => Some(9.0),
            (0, 1, _) => Some(1.0),
            _ => None,
        }
    });
    let figures = figures(&comparison, &results);
    assert_eq!((figures.finished, figures.blocks), (8, 4));
    let first = &figures.strategies[0];
    // geometric: √4 = 2 and √9 = 3; arithmetic: 2.5 and 5
    assert!((first.geometric.mean - 2.5).abs() < 1e-12);
    assert!((first.geometric.std.unwrap() - 0.5_f64.sqrt()).abs() < 1e-12);
    assert_eq!(first.arithmetic.mean, 3.75);
    assert_eq!((first.large.mean, first.large.std), (0.5, Some(0.0)));
    let spent = first.spent;
    assert_eq!(
        (spent.asks, spent.usage.input, spent.time),
        (12, Tokens(40), Nanos(4000))
    );
    assert_eq!(figures.strategies[1].correct.mean, 0.0);
    assert_eq!(figures.winner, Some(StrategyKind::Lessonl));
    assert_eq!(figures.differences[0].geometric, Shown::TooFewProblems);
    let (_, speedups) = &figures.problems[0];
    assert!((speedups[0] - 6.0).abs() < 1e-12 && speedups[1] == 1.0);
    assert_eq!(winners(&comparison, &results).len(), 2);
}

#[test]
fn a_clear_difference_is_shown_and_noise_is_not() {
    let comparison = comparison(12);
    let ripple = |problem: u16, repeat: u16| 1.0 + f64::from((problem * 5 + repeat * 3) % 7) / 10.0;
    let clear = results(&comparison, |contender, problem, repeat| {
        Some(ripple(problem, repeat) * if contender == 0 { 1.0 } else { 2.0 })
    });
    let Shown::Better(interval) = figures(&comparison, &clear).differences[0].geometric else {
        panic!("twice as fast everywhere is a difference");
    };
    assert!((interval.estimate - 2.0).abs() < 1e-9);
    let noise = results(&comparison, |contender, problem, repeat| {
        Some(ripple(problem + contender * 3, repeat))
    });
    let differences = &figures(&comparison, &noise).differences[0];
    assert!(matches!(differences.geometric, Shown::NoDifference(_)));
    let same = results(&comparison, |_, problem, repeat| {
        Some(ripple(problem, repeat))
    });
    let differences = &figures(&comparison, &same).differences[0];
    assert!(matches!(differences.geometric, Shown::NoDifference(i) if i.lo == 1.0 && i.hi == 1.0));
}

#[test]
fn only_blocks_that_everybody_finished_count() {
    let comparison = comparison(2);
    let mut some = results(&comparison, |_, _, _| Some(2.0));
    some.truncate(5);
    some[2].result.ending = Some(Ending::Failed {
        message: "no driver".to_owned(),
    });
    let figures = figures(&comparison, &some);
    assert_eq!((figures.finished, figures.blocks), (5, 1));
    assert_eq!(figures.failed.len(), 1);
    assert_eq!(figures.strategies[0].spent.asks, 3);
    let nothing = super::figures(&comparison, &[]);
    assert_eq!(
        (nothing.blocks, nothing.strategies.len(), nothing.winner),
        (0, 0, None)
    );
}

#[test]
fn fresh_figures_stand_beside_the_reported_ones() {
    let mut comparison = comparison(2);
    let results = results(&comparison, |_, _, _| Some(2.0));
    let fault = Evaluation::HarnessFault {
        what: "x".to_owned(),
    };
    let evaluated = Evaluated::bare(fault, Nanos(0));
    comparison.rechecked = vec![(CellId(0), "r0a0".parse().unwrap(), evaluated)];
    let rechecked = &figures(&comparison, &results).rechecked[0];
    assert_eq!((rechecked.repeat, rechecked.fresh), (1, None));
    assert_eq!(rechecked.reported.map(|s| s.estimate), Some(2.0));
}

#[test]
fn a_stop_is_not_over_and_a_spent_budget_is() {
    let facts: Vec<Envelope> = include_str!("../../../tests/fixtures/recorded-run.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut run = Run::fold(&facts).unwrap();
    assert!(is_over(&run));
    run.ending = Some(Ending::Budget);
    assert!(is_over(&run));
    run.ending = Some(Ending::Stopped);
    assert!(!is_over(&run) && !could_not_begin(&run));
    run.ending = Some(Ending::Failed {
        message: String::new(),
    });
    assert!(!is_over(&run) && !could_not_begin(&run));
    run.units.iter_mut().for_each(|unit| unit.asks.clear());
    assert!(could_not_begin(&run));
}

#[test]
fn figures_of_two_kinds_of_machines_are_never_mixed() {
    let comparison = comparison(3);
    let mut all = results(&comparison, |contender, problem, _| {
        match (contender, problem) {
            (0, 2) => Some(100.0),
            (0, _) => Some(2.0),
            _ => Some(1.0),
        }
    });
    for result in &mut all {
        let cell = result.cell;
        let (class, host) = match (cell.problem, cell.repeat) {
            (2, _) => ("old", "n9"),
            (1, _) => ("new", "n2"),
            _ => ("new", "n1"),
        };
        result.place = Place {
            class: class.to_owned(),
            host: host.to_owned(),
            is_mixed: false,
            original: Some(100.0),
        };
    }
    let of_new = figures(&comparison, &all);
    assert_eq!((of_new.blocks, of_new.machines.hosts), (4, 2));
    assert!((of_new.strategies[0].geometric.mean - 2.0).abs() < 1e-9);
    assert_eq!(of_new.machines.left_out, [("old".to_owned(), 2)]);
    assert_eq!(counted(&comparison, &all).len(), 4);
    let words = machines::sentences(&of_new.machines);
    assert!(
        words[0].contains("2 machines of one kind (new)"),
        "{words:?}"
    );
    assert!(
        words[1].starts_with("2 blocks are not counted"),
        "{words:?}"
    );
    // a block whose cells went on elsewhere compares nothing
    all[0].place.is_mixed = true;
    let of_new = figures(&comparison, &all);
    assert_eq!(of_new.blocks, 3);
    assert!(
        of_new
            .machines
            .left_out
            .contains(&(machines::MIXED.to_owned(), 1))
    );
}

#[test]
fn the_spread_between_machines_of_one_kind_is_that_of_the_untouched_code() {
    let comparison = comparison(2);
    let mut all = results(&comparison, |_, _, _| Some(2.0));
    assert_eq!(figures(&comparison, &all).machines.spread, None);
    for result in &mut all {
        let (host, factor) = match result.cell.repeat {
            0 => ("n1", 1.0),
            _ => ("n2", 1.02),
        };
        let base = f64::from(result.cell.problem + 1) * 1e6;
        result.place = Place {
            class: "new".to_owned(),
            host: host.to_owned(),
            is_mixed: false,
            original: Some(base * factor),
        };
    }
    let spread = figures(&comparison, &all).machines.spread.unwrap();
    let expected = 1.02f64.ln() / 2f64.sqrt();
    assert!((spread - expected).abs() < 1e-9, "{spread}");
}

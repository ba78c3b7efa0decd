//! Claims about what is tried, and in which order.

use super::plan::drawn_sizes;
use super::*;
use crate::domain::problem::{CheckRules, ProblemId, Sizes, Tolerance};

fn problem(sizes: Sizes) -> Problem {
    Problem {
        id: ProblemId::new("x/y").unwrap(),
        kind: crate::domain::problem::Kind::Function,
        standard: Default::default(),
        upstream: Default::default(),
        work: Default::default(),
        title: String::new(),
        category: String::new(),
        description: String::new(),
        entry: "void f()".to_owned(),
        modes: vec![Mode::Serial],
        sizes,
        check: CheckRules {
            tolerance: Tolerance::Exact,
            values: vec![Values::Any, Values::Exact, Values::Sorted],
            exact_bits: 20,
        },
        path: std::path::PathBuf::new(),
        original: String::new(),
        driver: String::new(),
        limits: Vec::new(),
        version: String::new(),
    }
}

#[test]
fn every_size_is_tried_small_ones_first_and_the_timed_one_too() {
    let problem = problem(Sizes {
        check: vec![8, 0, 3],
        hidden: vec![5, 3],
        time: 100,
        time_omp: 200,
    });
    let (ordinary, further) = plan(&problem, Mode::Serial, 6, 7);
    let sizes: Vec<(u64, bool)> = ordinary.iter().map(|t| (t.input.size, t.hidden)).collect();
    assert_eq!(sizes[..4], [(0, false), (3, false), (5, true), (8, false)]);
    let [(between, true), (above, true), (100, false)] = sizes[4..] else {
        panic!("{sizes:?}");
    };
    assert!((9..100).contains(&between) && (113..=127).contains(&above));
    assert_eq!(ordinary.last().unwrap().input.cases, 6);
    assert_eq!(further.len(), 9);
    assert_eq!(plan(&problem, Mode::Serial, 6, 7), (ordinary, further));
}

#[test]
fn drawn_sizes_are_powers_of_two_where_all_others_are() {
    let sizes = Sizes {
        check: vec![0, 1, 2, 16],
        hidden: vec![64],
        time: 4096,
        time_omp: 4096,
    };
    let problem = problem(sizes);
    let mut drawn = fastrand::Rng::with_seed(3);
    for _ in 0..100 {
        let found = drawn_sizes(&problem, 4096, &mut drawn);
        assert!(found.iter().all(|size| size.is_power_of_two()), "{found:?}");
        assert!(found.contains(&8192));
    }
}

#[test]
fn a_wrong_answer_stays_one_where_the_original_never_ends_rounding_one_way() {
    let mut problem = problem(Sizes {
        check: vec![1],
        hidden: Vec::new(),
        time: 1,
        time_omp: 1,
    });
    problem.check.tolerance = Tolerance::Relative(1e-9);
    let input = CaseInput {
        seed: 1,
        size: 1,
        values: Values::Any,
        exact_bits: 20,
        cases: 1,
    };
    let left = |byte| CaseOutputs {
        bytes: vec![byte],
        ..CaseOutputs::default()
    };
    let judged = |stopped| {
        let left = Sides {
            original: left(1),
            candidate: left(2),
        };
        judge(&problem, input, false, left.as_ref(), || Err(stopped))
    };
    let late = judged(RunnerStopped::TimedOut(ORIGINAL_LIMIT.into()));
    assert!(
        matches!(&late, Err(CheckFailure::Candidate(e)) if matches!(**e, Evaluation::WrongAnswer { .. })),
        "{late:?}"
    );
    assert_eq!(
        judged(RunnerStopped::Cancelled),
        Err(CheckFailure::Harness(HarnessError::Cancelled))
    );
}

//! Claims about what is tried, and in which order.

use super::*;
use crate::domain::problem::{CheckRules, ProblemId, Sizes, Tolerance};

#[test]
fn every_size_is_tried_small_ones_first_and_the_timed_one_too() {
    let problem = Problem {
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
        sizes: Sizes {
            check: vec![8, 0, 3],
            hidden: vec![5, 3],
            time: 100,
            time_omp: 200,
        },
        check: CheckRules {
            tolerance: Tolerance::Exact,
            values: vec![Values::Any, Values::Exact, Values::Sorted],
            exact_bits: 20,
        },
        path: std::path::PathBuf::new(),
        original: String::new(),
        driver: String::new(),
        version: String::new(),
    };
    let (ordinary, further) = plan(&problem, Mode::Serial, 7);
    let sizes: Vec<(u64, bool)> = ordinary.iter().map(|t| (t.input.size, t.hidden)).collect();
    assert_eq!(
        sizes,
        [(0, false), (3, false), (5, true), (8, false), (100, false)]
    );
    assert_eq!(further.len(), 9);
    assert_eq!(plan(&problem, Mode::Serial, 7), (ordinary, further));
}

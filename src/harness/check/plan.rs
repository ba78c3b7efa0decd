//! Which inputs a candidate is checked with, in which order. Never runs one.

use super::super::runner::CaseInput;
use crate::domain::problem::{Mode, Problem, Values};

/// One input to try, and whether agents are told of its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trial {
    pub(super) input: CaseInput,
    pub(super) hidden: bool,
}

/// What is tried, in order: every size with ordinary values, small ones first; then the other classes of values. At the
/// timed size there are as many calls as timing makes in a row.
pub(super) fn plan(
    problem: &Problem,
    mode: Mode,
    calls: u32,
    seed: u64,
) -> (Vec<Trial>, Vec<Trial>) {
    let mut seeds = fastrand::Rng::with_seed(seed);
    let mut sizes: Vec<(u64, bool)> = problem
        .sizes
        .check
        .iter()
        .map(|size| (*size, false))
        .collect();
    sizes.extend(problem.sizes.hidden.iter().map(|size| (*size, true)));
    sizes.sort_unstable();
    sizes.dedup_by_key(|(size, _)| *size);
    let timed_size = problem.sizes.timed(mode);
    let drawn = drawn_sizes(problem, timed_size, &mut seeds);
    let mut trial = |size, hidden, values| Trial {
        input: CaseInput {
            seed: seeds.u64(..),
            size,
            values,
            exact_bits: problem.check.exact_bits,
            cases: if size == timed_size { calls } else { 1 },
        },
        hidden,
    };
    let mut ordinary: Vec<Trial> = sizes
        .iter()
        .map(|(size, hidden)| trial(*size, *hidden, Values::Any))
        .collect();
    ordinary.extend(drawn.into_iter().map(|size| trial(size, true, Values::Any)));
    ordinary.push(trial(timed_size, false, Values::Any));
    let classes = || {
        problem
            .check
            .values
            .iter()
            .filter(|values| **values != Values::Any)
    };
    // Two other classes at the timed size, where code may have been made for ordinary values; whole numbers need not
    // stay exact at that size.
    let inexact = |values: &Values| *values != Values::Exact;
    let mut at_timed: Vec<Values> = classes().copied().filter(inexact).collect();
    fastrand::Rng::with_seed(!seed).shuffle(&mut at_timed);
    at_timed.truncate(2);
    let timed = at_timed
        .into_iter()
        .map(|values| (problem.sizes.timed(mode), false, values));
    let further = timed
        .chain(
            sizes
                .iter()
                .flat_map(|(size, hidden)| classes().map(move |values| (*size, *hidden, *values))),
        )
        .map(|(size, hidden, values)| trial(size, hidden, values))
        .collect();
    (ordinary, further)
}

/// Sizes that nobody can know: one between the largest that is checked and the timed one, and one an eighth to a quarter
/// above that.
/// Code that was made for the timed size, or for what fits a table of fixed length, is wrong there.
pub(super) fn drawn_sizes(problem: &Problem, timed: u64, seeds: &mut fastrand::Rng) -> Vec<u64> {
    let named = || problem.sizes.check.iter().chain(&problem.sizes.hidden);
    let largest = named().copied().max().unwrap_or(0);
    // Where all sizes are powers of two, others may have no meaning to the problem.
    let powers = named().all(|size| *size == 0 || size.is_power_of_two());
    let mut drawn = Vec::new();
    if largest + 1 < timed {
        let (low, high) = ((largest.max(1) as f64).ln(), (timed as f64).ln());
        let between = (low + (high - low) * seeds.f64()).exp() as u64;
        let between = between.clamp(largest + 1, timed - 1);
        drawn.push(match powers {
            true => between.next_power_of_two().min(timed),
            false => between,
        });
    }
    drawn.push(match powers {
        true => timed.saturating_mul(2),
        false => timed + 1 + timed / 8 + seeds.u64(..=timed / 8 + 2),
    });
    drawn.retain(|size| *size != timed);
    drawn
}

/// Inputs to watch a side with: every size the problem names, small ones first, then the other classes of values.
pub(crate) fn small_inputs(problem: &Problem) -> Vec<CaseInput> {
    let (ordinary, further) = plan(problem, Mode::Serial, 1, fastrand::u64(..));
    let named = |input: &CaseInput| {
        let sizes = &problem.sizes;
        input.size != sizes.time
            && (sizes.check.contains(&input.size) || sizes.hidden.contains(&input.size))
    };
    ordinary
        .into_iter()
        .chain(further)
        .map(|trial| trial.input)
        .filter(named)
        .collect()
}

/// An input a little above the timed size, at which tables made for that size are too short.
pub(crate) fn beyond_timed(problem: &Problem) -> CaseInput {
    let timed = problem.sizes.timed(Mode::Serial);
    let drawn = drawn_sizes(problem, timed, &mut fastrand::Rng::new());
    CaseInput {
        size: drawn.last().copied().unwrap_or(timed),
        ..super::super::calibration::input(problem, Mode::Serial, fastrand::u64(..), 1)
    }
}

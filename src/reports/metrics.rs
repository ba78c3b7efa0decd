//! Figures over many results: shares, means, cost; per category and overall. Pure; shares are 0 to 1, means are ratios.

use std::collections::BTreeMap;

use serde::Serialize;

use super::result::UnitResult;
use crate::domain::units::Usage;

/// From this speedup on a result counts as a large one.
pub const LARGE: f64 = 2.0;

/// Figures over a group of results.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Metrics {
    /// Results in the group.
    pub units: usize,
    /// Share with at least one candidate that compiled.
    pub compiled: f64,
    /// Share whose reported candidate is correct; of code from a description, that is solved.
    pub correct: f64,
    /// Share with a reported speedup of at least [`LARGE`].
    pub large: f64,
    /// Geometric mean of the reported speedups; wrong or slower counts as 1.
    pub geometric: f64,
    /// Arithmetic mean of the reported speedups; wrong counts as 0.
    pub arithmetic: f64,
    /// Candidates that were evaluated.
    pub candidates: usize,
    /// Tokens of all answers.
    pub usage: Usage,
    /// Time spent in asks and evaluations, summed, milliseconds. Agents work side by side, so it exceeds the wall clock.
    pub work_ms: i64,
}

/// The figures of a group of results; `None` for an empty group.
pub fn metrics<'a>(results: impl IntoIterator<Item = &'a UnitResult>) -> Option<Metrics> {
    let results = results.into_iter().filter(|r| !r.is_skipped());
    let results: Vec<&UnitResult> = results.collect();
    if results.is_empty() {
        return None;
    }
    let n = results.len() as f64;
    let share = |holds: &dyn Fn(&UnitResult) -> bool| {
        results.iter().filter(|r| holds(r)).count() as f64 / n
    };
    let reported = UnitResult::in_hand;
    let logs: f64 = results
        .iter()
        .map(|r| reported(r).unwrap_or(1.0).max(1.0).ln())
        .sum();
    let sum: f64 = results.iter().map(|r| reported(r).unwrap_or(0.0)).sum();
    let mut usage = Usage::default();
    for result in &results {
        usage += result.usage;
    }
    Some(Metrics {
        units: results.len(),
        compiled: share(&|r| r.compiled > 0),
        correct: share(&|r| r.speedup.is_some() || r.solved == Some(true)),
        large: share(&|r| reported(r).is_some_and(|s| s >= LARGE)),
        geometric: (logs / n).exp(),
        arithmetic: sum / n,
        candidates: results.iter().map(|r| r.evaluated).sum(),
        usage,
        work_ms: results.iter().map(|r| r.work_ms).sum(),
    })
}

/// The figures of each category, in order of its name.
pub fn by_category(results: &[UnitResult]) -> Vec<(String, Metrics)> {
    let mut groups: BTreeMap<&str, Vec<&UnitResult>> = BTreeMap::new();
    for result in results {
        groups.entry(&result.category).or_default().push(result);
    }
    groups
        .into_iter()
        .filter_map(|(category, group)| Some((category.to_owned(), metrics(group)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::measurement::Speedup;
    use crate::domain::units::Tokens;

    fn result(category: &str, estimate: Option<f64>, compiled: usize) -> UnitResult {
        UnitResult {
            category: category.to_owned(),
            speedup: estimate.map(|estimate| Speedup {
                estimate,
                lo: estimate,
                hi: estimate,
            }),
            compiled,
            evaluated: 3,
            usage: Usage {
                input: Tokens(10),
                ..Usage::default()
            },
            work_ms: 1000,
            ..UnitResult::empty()
        }
    }

    #[test]
    fn wrong_and_slower_count_as_the_paper_says() {
        let results = [
            result("fft", Some(4.0), 3),
            result("fft", Some(0.5), 3),
            result("sort", None, 1),
            result("sort", Some(2.0), 2),
        ];
        // geometric: (4 · 1 · 1 · 2)^(1/4) = 8^(1/4); arithmetic: (4 + 0.5 + 0 + 2) / 4
        let all = metrics(&results).unwrap();
        assert!((all.geometric - 8_f64.powf(0.25)).abs() < 1e-12);
        assert_eq!(
            Metrics {
                geometric: 0.0,
                ..all
            },
            Metrics {
                units: 4,
                compiled: 1.0,
                correct: 0.75,
                large: 0.5,
                geometric: 0.0,
                arithmetic: 1.625,
                candidates: 12,
                usage: Usage {
                    input: Tokens(40),
                    ..Usage::default()
                },
                work_ms: 4000,
            }
        );
    }

    #[test]
    fn what_was_skipped_counts_for_nobody() {
        let skipped = UnitResult {
            ending: Some(crate::domain::event::Ending::Stopped),
            ..UnitResult::empty()
        };
        let results = [result("fft", Some(4.0), 3), skipped.clone()];
        let all = metrics(&results).unwrap();
        assert_eq!((all.units, all.geometric, all.correct), (1, 4.0, 1.0));
        assert_eq!(metrics(&[skipped]), None);
    }

    #[test]
    fn categories_are_counted_apart() {
        let results = [
            result("sort", Some(9.0), 1),
            result("fft", None, 0),
            result("sort", Some(1.0), 1),
        ];
        let groups = by_category(&results);
        let shape: Vec<(&str, usize, f64, f64)> = groups
            .iter()
            .map(|(name, m)| (name.as_str(), m.units, m.compiled, m.correct))
            .collect();
        assert_eq!(shape, [("fft", 1, 0.0, 0.0), ("sort", 2, 1.0, 1.0)]);
        assert!((groups[1].1.geometric - 3.0).abs() < 1e-12);
        assert_eq!(groups[0].1.geometric, 1.0);
        assert_eq!(metrics(&[]), None);
    }
}

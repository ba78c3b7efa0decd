//! pass@1 of code from a description: the share of tasks whose one submitted attempt passes every hidden test, with its
//! interval, per category and overall. Pure. Interval: Wilson, "Probable inference, the law of succession, and statistical
//! inference", JASA 22, 1927: it holds for few tasks and near 0 and 1.

use std::collections::BTreeMap;

use serde::Serialize;

use super::gather::Group;
use super::result::UnitResult;
use super::table::Table;

/// The standard normal quantile of a 95 % interval.
const Z: f64 = 1.959_963_984_540_054;

/// A share of tasks with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Pass {
    /// Tasks whose attempt passes.
    pub passed: usize,
    /// Tasks that are over.
    pub of: usize,
    /// The share, 0 to 1.
    pub share: f64,
    /// Lower end of the 95 % interval.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
}

impl Pass {
    /// `passed` of `of` tasks; `None` for no task.
    pub fn new(passed: usize, of: usize) -> Option<Self> {
        if of == 0 {
            return None;
        }
        let (n, share) = (of as f64, passed as f64 / of as f64);
        let centre = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
        let spread = (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        let half = Z / (1.0 + Z * Z / n) * spread;
        Some(Self {
            passed,
            of,
            share,
            lo: (centre - half).max(0.0),
            hi: (centre + half).min(1.0),
        })
    }
}

impl std::fmt::Display for Pass {
    /// `75 % [41 %, 93 %]`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let percent = |share: f64| share * 100.0;
        let (share, lo, hi) = (percent(self.share), percent(self.lo), percent(self.hi));
        write!(f, "{share:.0} % [{lo:.0} %, {hi:.0} %]")
    }
}

/// pass@1 over the tasks among these results; `None`: there is none that is over.
pub fn pass<'a>(results: impl IntoIterator<Item = &'a UnitResult>) -> Option<Pass> {
    let solved: Vec<bool> = results.into_iter().filter_map(|r| r.solved).collect();
    Pass::new(
        solved.iter().filter(|solved| **solved).count(),
        solved.len(),
    )
}

/// pass@1 of each category, in order of its name.
pub fn by_category(results: &[UnitResult]) -> Vec<(String, Pass)> {
    let mut groups: BTreeMap<&str, Vec<&UnitResult>> = BTreeMap::new();
    for result in results {
        groups.entry(&result.category).or_default().push(result);
    }
    let groups = groups.into_iter();
    groups
        .filter_map(|(category, group)| Some((category.to_owned(), pass(group)?)))
        .collect()
}

/// The table of pass@1 per category and overall; `None` without such tasks.
pub fn table(results: &[UnitResult]) -> Option<Table> {
    let all = pass(results)?;
    let mut table = Table::new(&["category", "tasks", "solved", "pass@1 [95 %]"]);
    let mut categories = by_category(results);
    if categories.len() > 1 {
        categories.push(("all".to_owned(), all));
    }
    for (category, pass) in categories {
        let (of, passed) = (pass.of.to_string(), pass.passed.to_string());
        table.push(vec![category, of, passed, pass.to_string()]);
    }
    Some(table)
}

/// pass@1 of each way of working over the tasks of all its runs; empty without such tasks.
pub fn by_strategy(groups: &[Group<'_>]) -> Table {
    let mut table = Table::new(&["strategy", "runs", "tasks", "solved", "pass@1 [95 %]"]);
    for group in groups {
        let all = group.runs.iter().flat_map(|(_, results)| results);
        if let Some(pass) = pass(all) {
            table.push(vec![
                group.label.clone(),
                group.runs.len().to_string(),
                pass.of.to_string(),
                pass.passed.to_string(),
                pass.to_string(),
            ]);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_wilsons() {
        // 8 of 10: 0.4901625 to 0.9433178 (Wilson 1927, without continuity correction)
        let pass = Pass::new(8, 10).unwrap();
        assert!((pass.lo - 0.490_162_5).abs() < 1e-6 && (pass.hi - 0.943_317_8).abs() < 1e-6);
        assert_eq!(pass.to_string(), "80 % [49 %, 94 %]");
        let all = Pass::new(12, 12).unwrap();
        assert!(all.hi > 1.0 - 1e-9 && all.lo > 0.75 && all.lo < 0.76);
        assert_eq!(Pass::new(0, 0), None);
    }

    #[test]
    fn tasks_are_counted_once_they_are_over_and_per_category() {
        let result = |category: &str, solved| UnitResult {
            category: category.to_owned(),
            solved,
            ..UnitResult::empty()
        };
        let all = [
            result("text", Some(true)),
            result("text", Some(false)),
            result("dates", Some(true)),
            result("dates", None),
        ];
        assert_eq!(pass(&all), Pass::new(2, 3));
        let rows = table(&all).unwrap().rows;
        let shape: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
        assert_eq!(shape, ["dates", "text", "all"]);
        assert!(table(&[result("c", None)]).is_none());
    }
}

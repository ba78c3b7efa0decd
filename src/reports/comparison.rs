//! Strategies side by side: figures per strategy with their spread over repeats, and paired bootstrap intervals of the
//! differences from the first one. Pure. Counts only blocks (a problem in a repeat) that every strategy has finished, so
//! that nobody is favoured by what the others still have before them. Problems are what the bootstrap draws; the
//! intervals of one column hold together (Bonferroni).

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::bootstrap::{CONFIDENCE, Interval, clustered, deviation, mean};
use super::ledger::{Observation, Pooled, pool};
use super::machines::{self, Machines, Place};
use super::metrics::{LARGE, Metrics, metrics};
use super::result::UnitResult;
use crate::domain::comparison::{CellId, Comparison, GridCell};
use crate::domain::event::{Ending, Envelope};
use crate::domain::measurement::Speedup;
use crate::domain::meter::{Budget, Spent};
use crate::domain::run::Run;
use crate::domain::spec::StrategyKind;

/// What a cell came to.
#[derive(Debug, Clone, PartialEq)]
pub struct CellResult {
    /// Which.
    pub id: CellId,
    /// Where it stands in the grid.
    pub cell: GridCell,
    /// Its unit.
    pub result: UnitResult,
    /// What it spent.
    pub spent: Spent,
    /// Prompts of which lessons were drawn to be in or out.
    pub observations: Vec<Observation>,
    /// Where it was measured.
    pub place: Place,
}

impl CellResult {
    /// The result of a cell's run; `None` while it is not over.
    pub fn of(id: CellId, cell: GridCell, facts: &[Envelope]) -> Option<Self> {
        let run = Run::fold(facts)?;
        let unit = run.units.first()?;
        if !is_over(&run) && !could_not_begin(&run) {
            return None;
        }
        Some(Self {
            id,
            cell,
            result: UnitResult::of(&run, unit),
            spent: run.spent,
            observations: super::ledger::observations(&run),
            place: Place::of(&run, unit),
        })
    }

    /// Whether the problem could not be worked on, which says nothing about the strategy.
    fn failed(&self) -> bool {
        matches!(self.result.ending, Some(Ending::Failed { .. }))
    }
}

/// Whether a cell's run needs no further work: a spent budget is an end like any other, a person's stop or a failure is
/// not.
pub fn is_over(run: &Run) -> bool {
    matches!(run.ending, Some(Ending::Done | Ending::Budget))
}

/// Whether a cell's run failed before anything was asked: its problem could not be made ready.
pub fn could_not_begin(run: &Run) -> bool {
    let asked = run.units.iter().any(|unit| !unit.asks.is_empty());
    matches!(run.ending, Some(Ending::Failed { .. })) && !asked
}

/// A figure over repeats.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// Its mean.
    pub mean: f64,
    /// Its standard deviation (n − 1), with more than one repeat.
    pub std: Option<f64>,
}

/// A strategy's figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StrategyFigures {
    /// Which.
    pub strategy: StrategyKind,
    /// Its rounds.
    pub rounds: u16,
    /// Share of problems with a candidate that compiled, 0 to 1.
    pub compiled: Spread,
    /// Share of problems whose reported candidate is correct.
    pub correct: Spread,
    /// Share of problems at least twice as fast.
    pub large: Spread,
    /// Geometric mean speedup; wrong or slower counts as 1.
    pub geometric: Spread,
    /// The same over all blocks, with its bootstrap interval over problems; `None`: too few problems.
    pub interval: Option<Interval>,
    /// Arithmetic mean speedup; wrong counts as 0.
    pub arithmetic: Spread,
    /// What it spent, over all counted cells.
    pub spent: Spent,
}

/// A difference from the first strategy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// The interval leaves none out.
    NoDifference(Interval),
    /// The interval lies above no difference.
    Better(Interval),
    /// The interval lies below no difference.
    Worse(Interval),
    /// Too few problems for an interval.
    TooFewProblems,
}

impl Shown {
    fn of(interval: Option<Interval>, none: f64) -> Self {
        match interval {
            None => Self::TooFewProblems,
            Some(interval) if interval.lo > none => Self::Better(interval),
            Some(interval) if interval.hi < none => Self::Worse(interval),
            Some(interval) => Self::NoDifference(interval),
        }
    }
}

/// A strategy's differences from the first one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Differences {
    /// Which strategy.
    pub strategy: StrategyKind,
    /// Ratio of the geometric means; 1 is no difference.
    pub geometric: Shown,
    /// Difference of the arithmetic means; 0 is no difference.
    pub arithmetic: Shown,
    /// Difference of the shares that are correct.
    pub correct: Shown,
    /// Difference of the shares that are at least twice as fast.
    pub large: Shown,
}

/// A final candidate that was measured once more.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rechecked {
    /// The problem.
    pub problem: String,
    /// The repeat, from 1.
    pub repeat: u16,
    /// The figure its run reported.
    pub reported: Option<Speedup>,
    /// The fresh one; `None` where it was not correct this time.
    pub fresh: Option<Speedup>,
}

/// A comparison in figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComparisonFigures {
    /// Its id.
    pub id: String,
    /// Cells of the grid.
    pub cells: usize,
    /// Cells that are over.
    pub finished: usize,
    /// Blocks (a problem in a repeat) that every strategy has finished: what the figures count.
    pub blocks: usize,
    /// Problems that could not be worked on, with the reason; not counted.
    pub failed: Vec<(String, String)>,
    /// The share of intervals of one column that hold the truth all at once.
    pub confidence: f64,
    /// The strategies in their order.
    pub strategies: Vec<StrategyFigures>,
    /// All but the first against the first.
    pub differences: Vec<Differences>,
    /// Speedup in hand per problem: a row per problem, a column per strategy, the geometric mean over repeats.
    pub problems: Vec<(String, Vec<f64>)>,
    /// The strategy with the highest geometric mean; the earlier one where equal.
    pub winner: Option<StrategyKind>,
    /// Its final candidates, measured once more.
    pub rechecked: Vec<Rechecked>,
    /// What every cell could spend.
    pub budget: Budget,
    /// What lessons are worth, where some were held out.
    pub lessons: Vec<Pooled>,
    /// The machines it was measured on.
    pub machines: Machines,
}

/// A problem in a repeat: every strategy's result.
type Block<'a> = Vec<&'a CellResult>;

/// The blocks that count, by problem and repeat: those that every strategy has finished, of problems that could be worked on.
pub fn counted(comparison: &Comparison, results: &[CellResult]) -> BTreeSet<(u16, u16)> {
    let failed = failed(results);
    let blocks = blocks(comparison.spec.contenders.len(), results, &failed);
    blocks.into_keys().collect()
}

/// Problems that could not be worked on, with the reason.
fn failed(results: &[CellResult]) -> BTreeMap<u16, String> {
    results
        .iter()
        .filter(|r| r.failed())
        .map(|r| match &r.result.ending {
            Some(Ending::Failed { message }) => (r.cell.problem, message.clone()),
            _ => (r.cell.problem, String::new()),
        })
        .collect()
}

/// The figures of a comparison whose cells came to `results` so far.
pub fn figures(comparison: &Comparison, results: &[CellResult]) -> ComparisonFigures {
    let spec = &comparison.spec;
    let problem = |at: u16| match spec.base.units.get(usize::from(at)) {
        Some(unit) => unit.problem.to_string(),
        None => at.to_string(),
    };
    let failed = failed(results);
    let whole = complete(spec.contenders.len(), results, &failed);
    let class = machines::class_counted(whole.values().map(Vec::as_slice)).unwrap_or_default();
    let machines = machines::machines(whole.values().map(Vec::as_slice), &class);
    let blocks = blocks(spec.contenders.len(), results, &failed);
    let of = |contender: usize| -> Vec<&CellResult> {
        blocks
            .values()
            .filter_map(|b| b.get(contender).copied())
            .collect()
    };
    let strategies: Vec<StrategyFigures> = spec
        .contenders
        .iter()
        .enumerate()
        .filter_map(|(at, contender)| {
            Some(StrategyFigures {
                strategy: contender.strategy,
                rounds: contender.rounds,
                interval: geometric(&blocks, at),
                ..strategy(contender.strategy, &of(at))?
            })
        })
        .collect();
    let others = spec.contenders.len().saturating_sub(1).max(1);
    let confidence = 1.0 - (1.0 - CONFIDENCE) / others as f64;
    let differences = spec.contenders.iter().enumerate().skip(1);
    let differences = differences
        .map(|(at, contender)| differences_of(contender.strategy, &blocks, at, confidence))
        .collect();
    let problems: BTreeSet<u16> = blocks.keys().map(|(problem, _)| *problem).collect();
    let problems = problems
        .into_iter()
        .map(|at| {
            let speedups = (0..spec.contenders.len()).map(|contender| {
                let logs: Vec<f64> = blocks
                    .range((at, 0)..=(at, u16::MAX))
                    .filter_map(|(_, block)| block.get(contender))
                    .map(|cell| log(cell))
                    .collect();
                mean(&logs).unwrap_or(0.0).exp()
            });
            (problem(at), speedups.collect())
        })
        .collect();
    let winner = best(&blocks, spec.contenders.len()).map(|at| spec.contenders[at].strategy);
    let rechecked = comparison.rechecked.iter().filter_map(|(id, _, fresh)| {
        let result = results.iter().find(|r| r.id == *id)?;
        Some(Rechecked {
            problem: problem(result.cell.problem),
            repeat: result.cell.repeat + 1,
            reported: result.result.speedup,
            fresh: fresh.evaluation.speedup(),
        })
    });
    let observations: Vec<Observation> = results
        .iter()
        .flat_map(|r| r.observations.iter().cloned())
        .collect();
    ComparisonFigures {
        id: comparison.id.to_string(),
        cells: spec.cells.len(),
        finished: results.len(),
        blocks: blocks.len(),
        failed: failed
            .into_iter()
            .map(|(at, why)| (problem(at), why))
            .collect(),
        confidence,
        strategies,
        differences,
        problems,
        winner,
        rechecked: rechecked.collect(),
        budget: spec.base.budget(),
        lessons: pool(&observations),
        machines,
    }
}

/// Cells of the winning strategy that have a final candidate: those to measure once more, in order.
pub fn winners(comparison: &Comparison, results: &[CellResult]) -> Vec<CellId> {
    let spec = &comparison.spec;
    let blocks = blocks(spec.contenders.len(), results, &BTreeMap::new());
    let Some(winner) = best(&blocks, spec.contenders.len()) else {
        return Vec::new();
    };
    results
        .iter()
        .filter(|r| usize::from(r.cell.contender) == winner && r.result.wins)
        .map(|r| r.id)
        .collect()
}

/// The complete blocks that were measured on one kind of machine: the one of most blocks.
fn blocks<'a>(
    contenders: usize,
    results: &'a [CellResult],
    failed: &BTreeMap<u16, String>,
) -> BTreeMap<(u16, u16), Block<'a>> {
    let mut blocks = complete(contenders, results, failed);
    if let Some(class) = machines::class_counted(blocks.values().map(Vec::as_slice)) {
        blocks.retain(|_, block| machines::is_of(block, &class));
    } else {
        blocks.clear();
    }
    blocks
}

/// The blocks that every strategy has finished.
fn complete<'a>(
    contenders: usize,
    results: &'a [CellResult],
    failed: &BTreeMap<u16, String>,
) -> BTreeMap<(u16, u16), Block<'a>> {
    let mut blocks: BTreeMap<(u16, u16), Block<'a>> = BTreeMap::new();
    for result in results {
        let place = (result.cell.problem, result.cell.repeat);
        blocks.entry(place).or_default().push(result);
    }
    blocks.retain(|(problem, _), block| {
        block.sort_by_key(|r| r.cell.contender);
        block.len() == contenders && !failed.contains_key(problem)
    });
    blocks
}

/// The contender with the highest geometric mean; the earlier one where equal.
fn best(blocks: &BTreeMap<(u16, u16), Block<'_>>, contenders: usize) -> Option<usize> {
    let figure = |at: usize| {
        let logs: Vec<f64> = blocks.values().map(|block| log(block[at])).collect();
        mean(&logs)
    };
    let all = (0..contenders).filter_map(|at| Some((at, figure(at)?)));
    all.reduce(|best, next| if next.1 > best.1 { next } else { best })
        .map(|(at, _)| at)
}

fn strategy(strategy: StrategyKind, cells: &[&CellResult]) -> Option<StrategyFigures> {
    let repeats: BTreeSet<u16> = cells.iter().map(|c| c.cell.repeat).collect();
    let by_repeat: Vec<Metrics> = repeats
        .into_iter()
        .filter_map(|repeat| {
            let of_repeat = cells.iter().filter(|c| c.cell.repeat == repeat);
            metrics(of_repeat.map(|c| &c.result))
        })
        .collect();
    let spread = |figure: fn(&Metrics) -> f64| -> Option<Spread> {
        let values: Vec<f64> = by_repeat.iter().map(figure).collect();
        Some(Spread {
            mean: mean(&values)?,
            std: deviation(&values),
        })
    };
    let mut spent = Spent::default();
    cells.iter().for_each(|c| spent += c.spent);
    Some(StrategyFigures {
        strategy,
        rounds: 0,
        compiled: spread(|m| m.compiled)?,
        correct: spread(|m| m.correct)?,
        large: spread(|m| m.large)?,
        geometric: spread(|m| m.geometric)?,
        interval: None,
        arithmetic: spread(|m| m.arithmetic)?,
        spent,
    })
}

/// Log of the speedup in hand; wrong or slower counts as 1.
fn log(cell: &CellResult) -> f64 {
    cell.result.in_hand().unwrap_or(1.0).max(1.0).ln()
}

/// The geometric mean speedup of a contender's confirmed results, with its interval over problems.
fn geometric(blocks: &BTreeMap<(u16, u16), Block<'_>>, at: usize) -> Option<Interval> {
    let mut clusters: BTreeMap<u16, Vec<f64>> = BTreeMap::new();
    for ((problem, _), block) in blocks {
        clusters.entry(*problem).or_default().push(log(block[at]));
    }
    let clusters: Vec<Vec<f64>> = clusters.into_values().collect();
    let interval = clustered(&clusters, CONFIDENCE, |drawn| {
        let all: Vec<f64> = drawn.iter().flat_map(|c| c.iter().copied()).collect();
        mean(&all)
    });
    interval.map(|interval| interval.map(f64::exp))
}

fn differences_of(
    strategy: StrategyKind,
    blocks: &BTreeMap<(u16, u16), Block<'_>>,
    at: usize,
    confidence: f64,
) -> Differences {
    let interval = |figure: &dyn Fn(&CellResult) -> f64| {
        let mut clusters: BTreeMap<u16, Vec<f64>> = BTreeMap::new();
        for ((problem, _), block) in blocks {
            let difference = figure(block[at]) - figure(block[0]);
            clusters.entry(*problem).or_default().push(difference);
        }
        let clusters: Vec<Vec<f64>> = clusters.into_values().collect();
        clustered(&clusters, confidence, |drawn| {
            let count: usize = drawn.iter().map(|c| c.len()).sum();
            let sum: f64 = drawn.iter().flat_map(|c| c.iter()).sum();
            (count > 0).then(|| sum / count as f64)
        })
    };
    let share = |holds: bool| f64::from(u8::from(holds));
    let large = |c: &CellResult| share(c.result.in_hand().is_some_and(|s| s >= LARGE));
    let geometric = interval(&log).map(|i| i.map(f64::exp));
    let arithmetic = interval(&|c| c.result.in_hand().unwrap_or(0.0));
    Differences {
        strategy,
        geometric: Shown::of(geometric, 1.0),
        arithmetic: Shown::of(arithmetic, 0.0),
        correct: Shown::of(interval(&|c| share(c.result.speedup.is_some())), 0.0),
        large: Shown::of(interval(&large), 0.0),
    }
}

#[cfg(test)]
mod tests;

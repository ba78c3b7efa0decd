//! Several runs → the series that tables and plots show: groups of repeats, speedup over rounds, cost, ability. Pure.
//! Never draws and never words; a figure that is not in the facts is absent, not zero.

use std::collections::BTreeSet;

use super::comparison::Spread;
use super::metrics::{Metrics, metrics};
use super::result::{UnitResult, author, results};
use crate::domain::id::CandidateId;
use crate::domain::measurement::{Speedup, Verdict};
use crate::domain::meter::{Money, Spent};
use crate::domain::problem::Mode;
use crate::domain::run::{Run, Unit};

/// Runs that differ in nothing but their seed and problems: repeats of one way of working.
#[derive(Debug, Clone)]
pub struct Group<'a> {
    /// What sets it apart from the other groups; the strategy at least.
    pub label: String,
    /// Its runs with their results, in the order given.
    pub runs: Vec<(&'a Run, Vec<UnitResult>)>,
}

impl Spread {
    /// Of these values; `None` for none.
    pub fn of(values: &[f64]) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let deviation = (values.len() > 1)
            .then(|| (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt());
        Some(Self {
            mean,
            std: deviation,
        })
    }
}

/// The runs in groups, in the order in which each group first appears.
pub fn groups(runs: &[Run]) -> Vec<Group<'_>> {
    let presets: BTreeSet<&str> = runs.iter().map(|run| run.spec.preset.word()).collect();
    let teams: BTreeSet<String> = runs.iter().map(team).collect();
    let mut groups: Vec<Group<'_>> = Vec::new();
    for run in runs {
        let mut label = run.spec.strategy.word().to_owned();
        if presets.len() > 1 {
            label.push_str(&format!(", {}", run.spec.preset));
        }
        if teams.len() > 1 {
            label.push_str(&format!(", {}", team(run)));
        }
        let found = (run, results(run));
        match groups.iter_mut().find(|group| group.label == label) {
            Some(group) => group.runs.push(found),
            None => groups.push(Group {
                label,
                runs: vec![found],
            }),
        }
    }
    groups
}

fn team(run: &Run) -> String {
    let names: Vec<&str> = run.spec.team.iter().map(|a| a.name.as_str()).collect();
    names.join(" + ")
}

impl Group<'_> {
    /// The metrics of each run over its problems in `mode`; runs without any are left out.
    pub fn metrics(&self, mode: Mode) -> Vec<Metrics> {
        self.runs
            .iter()
            .filter_map(|(_, results)| {
                metrics(results.iter().filter(|r| r.mode == mode && !r.is_task()))
            })
            .collect()
    }

    /// Geometric mean of the best speedup so far after each round, wrong or slower counted as 1, over all units of all
    /// runs: (round, mean).
    pub fn over_rounds(&self) -> Vec<(u16, f64)> {
        let units: Vec<Vec<f64>> = self
            .runs
            .iter()
            .flat_map(|(run, _)| &run.units)
            .filter(|unit| unit.spec.work.is_optimise() && !unit.rounds.is_empty())
            .map(best_so_far)
            .collect();
        let most = units.iter().map(Vec::len).max().unwrap_or(0);
        (0..most)
            .map(|round| {
                // A unit that ended early keeps what it had.
                let logs = units
                    .iter()
                    .filter_map(|best| best.get(round).or(best.last()));
                let mean = logs.map(|best| best.ln()).sum::<f64>() / units.len() as f64;
                (round as u16, mean.exp())
            })
            .collect()
    }
}

/// The best score after each round, at least 1.
fn best_so_far(unit: &Unit) -> Vec<f64> {
    let best = unit.best_by_round().into_iter();
    best.map(|best| best.max(1.0)).collect()
}

/// One way of working as a point of performance against what it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Its group's label.
    pub label: String,
    /// What it took per problem, in the axis' unit.
    pub cost: f64,
    /// Geometric mean of the speedups, all runs and modes together.
    pub speedup: f64,
    /// The same of each of its runs, where there are several: cost and speedup.
    pub runs: Vec<(f64, f64)>,
    /// Whether no other point is both cheaper and faster.
    pub front: bool,
}

/// What a point's cost is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// Tokens in and out per problem.
    Tokens,
    /// Wall seconds per problem, waiting for models included.
    Seconds,
    /// US dollars per problem, where every price is known.
    Dollars,
}

/// A point per group. Groups without a problem of this kind, or that took nothing on this axis, are left out; so are those
/// with an unknown price where money is asked for.
pub fn points(groups: &[Group<'_>], axis: Axis) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::new();
    for group in groups {
        let all: Vec<&(&Run, Vec<UnitResult>)> = group.runs.iter().collect();
        let Some((cost, speedup)) = place(&all, axis) else {
            continue;
        };
        let each = all.iter().filter_map(|one| place(&[one], axis));
        points.push(Point {
            label: group.label.clone(),
            cost,
            speedup,
            runs: each.collect(),
            front: false,
        });
    }
    let beaten = |one: &Point| {
        points.iter().any(|other| {
            (other.cost < one.cost && other.speedup >= one.speedup)
                || (other.cost <= one.cost && other.speedup > one.speedup)
        })
    };
    let front: Vec<bool> = points.iter().map(|point| !beaten(point)).collect();
    for (point, front) in points.iter_mut().zip(front) {
        point.front = front;
    }
    points
}

/// Cost per problem and geometric mean speedup of these runs together.
fn place(runs: &[&(&Run, Vec<UnitResult>)], axis: Axis) -> Option<(f64, f64)> {
    let results = runs.iter().flat_map(|(_, results)| results);
    let all = metrics(results.filter(|r| !r.is_task()))?;
    let mut spent = Spent::default();
    for (run, _) in runs {
        spent += run.spent;
    }
    let total = match axis {
        Axis::Tokens => (all.usage.input.0 + all.usage.output.0) as f64,
        Axis::Seconds => spent.time.millis() / 1000.0,
        Axis::Dollars => match spent.money() {
            Money::Known(cost) => cost.dollars(),
            Money::AtLeast(_) | Money::Unknown => 0.0,
        },
    };
    (total > 0.0).then(|| (total / all.units as f64, all.geometric))
}

/// A measured candidate in a forest plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    /// Which.
    pub id: CandidateId,
    /// Its author's name.
    pub agent: String,
    /// Its figure.
    pub speedup: Speedup,
    /// Its verdict.
    pub verdict: Verdict,
    /// Whether this is the fresh measurement of the best candidate.
    pub fresh: bool,
}

/// Most candidates a forest plot shows; the fastest of them.
const MOST_BRANCHES: usize = 24;

/// The measured candidates of a unit, equal code once, the fresh measurement first, then by estimate; at most 24, and how many
/// were left out.
pub fn forest(run: &Run, unit: &Unit) -> (Vec<Branch>, usize) {
    let name = |id: CandidateId| author(run, id.agent).unwrap_or_default();
    let mut branches: Vec<Branch> = unit
        .candidates
        .iter()
        .filter(|(id, _)| unit.first_of(**id) == **id)
        .filter_map(|(id, state)| {
            Some(Branch {
                id: *id,
                agent: name(*id),
                speedup: state.speedup()?,
                verdict: state.verdict()?,
                fresh: false,
            })
        })
        .collect();
    branches.sort_by(|a, b| b.speedup.estimate.total_cmp(&a.speedup.estimate));
    let left_out = branches.len().saturating_sub(MOST_BRANCHES);
    branches.truncate(MOST_BRANCHES);
    if let Some((id, evaluated)) = &unit.confirmed
        && let (Some(speedup), Some(verdict)) = (
            evaluated.evaluation.speedup(),
            evaluated.evaluation.verdict(),
        )
    {
        branches.insert(
            0,
            Branch {
                id: *id,
                agent: name(*id),
                speedup,
                verdict,
                fresh: true,
            },
        );
    }
    (branches, left_out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Envelope;
    use crate::domain::spec::{Preset, StrategyKind};

    fn recorded() -> Run {
        let facts: Vec<Envelope> = include_str!("../../tests/fixtures/recorded-run.jsonl")
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        Run::fold(&facts).unwrap()
    }

    #[test]
    fn repeats_of_one_way_of_working_are_one_group() {
        let mut single = recorded();
        single.spec.strategy = StrategyKind::Single;
        let mut paper = recorded();
        paper.spec.preset = Preset::Paper;
        let runs = [recorded(), single, recorded(), paper];
        let shape: Vec<(String, usize)> = groups(&runs)
            .into_iter()
            .map(|group| (group.label, group.runs.len()))
            .collect();
        assert_eq!(
            shape,
            [
                ("lessonl, corrected".to_owned(), 2),
                ("single, corrected".to_owned(), 1),
                ("lessonl, paper".to_owned(), 1)
            ]
        );
    }

    #[test]
    fn a_spread_of_one_value_has_no_deviation() {
        assert_eq!(Spread::of(&[]), None);
        let one = Spread::of(&[2.0]).unwrap();
        assert_eq!((one.mean, one.std), (2.0, None));
        let two = Spread::of(&[1.0, 3.0]).unwrap();
        assert_eq!((two.mean, two.std), (2.0, Some(2_f64.sqrt())));
    }

    #[test]
    fn rounds_keep_the_best_so_far() {
        let runs = [recorded()];
        let series = groups(&runs)[0].over_rounds();
        assert_eq!(series.len(), runs[0].units[0].rounds.len());
        assert!(series.windows(2).all(|pair| pair[0].1 <= pair[1].1));
    }

    #[test]
    fn a_way_of_working_is_one_point_and_what_is_beaten_is_not_on_the_front() {
        let mut dearer = recorded();
        dearer.spec.strategy = StrategyKind::Single;
        let asks = dearer.units[0].asks.values_mut();
        for answer in asks.filter_map(|ask| ask.reply.as_mut()?.as_mut().ok()) {
            answer.usage.input.0 += 1000;
        }
        let runs = [recorded(), dearer, recorded()];
        let points = points(&groups(&runs), Axis::Tokens);
        let shape: Vec<(&str, f64, bool)> = points
            .iter()
            .map(|p| (p.label.as_str(), p.cost, p.front))
            .collect();
        assert_eq!(
            shape,
            [("lessonl", 1540.0, true), ("single", 2540.0, false)]
        );
    }

    #[test]
    fn a_forest_begins_with_the_fresh_measurement() {
        let run = recorded();
        let (branches, left_out) = forest(&run, &run.units[0]);
        assert!(branches[0].fresh);
        assert_eq!(left_out, 0);
    }
}

//! A comparison of strategies: the grid strategy × problem × repeat, in which order its cells run, and what happened to
//! it. Each cell is a stored run of one unit, so that it is recorded, resumed and reported like any other run.
//! Never draws or runs anything.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::evaluation::Evaluated;
use super::id::{BadId, CandidateId, RunId};
use super::spec::{AgentSpec, RunSpec, StrategyKind};
use super::units::Cost;

/// Version of the facts of a comparison. A reader refuses a newer one.
pub const COMPARISON_VERSION: u16 = 1;

/// Longest id, so that the ids of its runs still are run ids.
const LONGEST: usize = 48;

/// A comparison, e.g. `20261121-001708-9f3a41c7d0e15b62`: the beginning of its runs' ids.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ComparisonId(RunId);

impl ComparisonId {
    /// Accepts what a run id accepts, up to 48 characters.
    pub fn new(text: impl Into<String>) -> Result<Self, BadId> {
        let bad = |text: String| BadId {
            text,
            what: "comparison id",
        };
        let text = text.into();
        if text.len() > LONGEST {
            return Err(bad(text));
        }
        RunId::new(text).map(Self).map_err(|error| bad(error.text))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The run of a cell, by its position in the order (from 0): `…-c007`.
    pub fn run(&self, cell: CellId) -> Result<RunId, BadId> {
        RunId::new(format!("{self}-{cell}"))
    }

    /// The cell that a run is, if it is one of this comparison.
    pub fn cell_of(&self, run: &RunId) -> Option<CellId> {
        let rest = run.as_str().strip_prefix(self.as_str())?;
        let number = rest.strip_prefix("-c")?;
        let cell = CellId(number.parse().ok()?);
        (format!("-{cell}") == rest).then_some(cell)
    }
}

impl fmt::Display for ComparisonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A cell, by its position in the order in which they run (from 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CellId(pub u32);

impl CellId {
    /// The position as an index.
    pub fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl fmt::Display for CellId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{:03}", self.0)
    }
}

/// One strategy of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contender {
    /// Which.
    pub strategy: StrategyKind,
    /// Its rounds (attempts, plans, layers).
    pub rounds: u16,
    /// Its own team, where it cannot work with the common one (compilers are no agents).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<Vec<AgentSpec>>,
}

/// One cell of the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GridCell {
    /// Its strategy, by position in [`ComparisonSpec::contenders`].
    pub contender: u16,
    /// Its problem, by position in the units of [`ComparisonSpec::base`].
    pub problem: u16,
    /// Its repeat, from 0.
    pub repeat: u16,
    /// Seed of its run: the same for every strategy of a problem and repeat, which is what pairs them.
    pub seed: u64,
}

/// Everything that defines a comparison. Durable and complete, so that it can be resumed from its first fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparisonSpec {
    /// What all cells share: team, budget, preset, the problems as units. Strategy, rounds and seed are each cell's own.
    pub base: RunSpec,
    /// The strategies; the first is what the others are compared with.
    pub contenders: Vec<Contender>,
    /// Repeats of every problem with every strategy.
    pub repeats: u16,
    /// The cells in the order they run.
    pub cells: Vec<GridCell>,
    /// Money for all cells together, on all machines; `None`: no limit but that of each cell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Cost>,
}

/// The comparison that a run is a cell of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellOf {
    /// Which comparison.
    pub comparison: ComparisonId,
    /// Which cell.
    pub cell: CellId,
    /// Its repeat, from 0.
    pub repeat: u16,
}

impl ComparisonSpec {
    /// The grid in the order it runs: repeat by repeat, problem by problem, every strategy in turn, so that a drift of
    /// the machine or of a model hits all alike. Who begins goes round from problem to problem and repeat to repeat.
    /// `seed` gives a seed for (problem, repeat).
    pub fn grid(
        contenders: u16,
        problems: u16,
        repeats: u16,
        seed: impl Fn(u16, u16) -> u64,
    ) -> Vec<GridCell> {
        let mut cells = Vec::new();
        for repeat in 0..repeats {
            for problem in 0..problems {
                let shift = u32::from(problem) + u32::from(repeat);
                for turn in 0..contenders {
                    let contender = (u32::from(turn) + shift) % u32::from(contenders);
                    cells.push(GridCell {
                        contender: u16::try_from(contender).unwrap_or(0),
                        problem,
                        repeat,
                        seed: seed(problem, repeat),
                    });
                }
            }
        }
        cells
    }

    /// The specification of a cell's run; `None` for a cell that is not in the grid.
    pub fn run(&self, comparison: &ComparisonId, cell: CellId) -> Option<RunSpec> {
        let plan = self.cells.get(cell.index())?;
        let contender = self.contenders.get(usize::from(plan.contender))?;
        let unit = self.base.units.get(usize::from(plan.problem))?;
        Some(RunSpec {
            units: vec![unit.clone()],
            strategy: contender.strategy,
            rounds: contender.rounds,
            team: contender
                .team
                .clone()
                .unwrap_or_else(|| self.base.team.clone()),
            seed: plan.seed,
            cell: Some(CellOf {
                comparison: comparison.clone(),
                cell,
                repeat: plan.repeat,
            }),
            ..self.base.clone()
        })
    }
}

/// What happened to a comparison beside what its runs record. Past tense, append-only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum ComparisonFact {
    /// The first one.
    Started {
        /// What it is.
        spec: Box<ComparisonSpec>,
    },
    /// The final candidate of a cell of the winning strategy was measured once more, with seeds nobody had seen.
    Rechecked {
        /// The cell.
        cell: CellId,
        /// Its final candidate.
        candidate: CandidateId,
        /// What came of it.
        evaluated: Box<Evaluated>,
    },
    /// All of it was done.
    Finished,
    /// The money for all cells together was raised.
    Allowed {
        /// To so much.
        total: Cost,
    },
    /// It is worked on by other machines, in a folder that all of them see.
    Placed {
        /// The folder.
        folder: PathBuf,
        /// The cluster of the settings it was given to; `None`: whoever takes a slice.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cluster: Option<String>,
        /// SHA-256 of the plan they work by, in hex.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        plan: Option<String>,
    },
}

/// A fact of a comparison with where and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparisonEnvelope {
    /// [`COMPARISON_VERSION`] of the writer.
    pub v: u16,
    /// The comparison.
    pub comparison: ComparisonId,
    /// Position within it, from 0, without gaps.
    pub seq: u64,
    /// Wall clock, milliseconds since 1970-01-01 UTC.
    pub at: i64,
    /// What happened.
    #[serde(flatten)]
    pub fact: ComparisonFact,
}

/// A comparison as the fold of its facts.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Its id.
    pub id: ComparisonId,
    /// What it is.
    pub spec: ComparisonSpec,
    /// When it began, milliseconds since 1970-01-01 UTC.
    pub started_at: i64,
    /// Facts so far.
    pub facts: u64,
    /// Final candidates that were measured once more.
    pub rechecked: Vec<(CellId, CandidateId, Evaluated)>,
    /// Whether all of it was done.
    pub finished: bool,
    /// The folder in which other machines work on it, and the cluster they belong to.
    pub placed: Option<(PathBuf, Option<String>)>,
    /// SHA-256 of the plan that was given to them, in hex.
    pub plan: Option<String>,
    /// Money for all cells together, as it was last allowed.
    pub total: Option<Cost>,
}

impl Comparison {
    /// Folds a record; `None` if it does not begin with `Started`.
    pub fn fold(facts: &[ComparisonEnvelope]) -> Option<Self> {
        let first = facts.first()?;
        let ComparisonFact::Started { spec } = &first.fact else {
            return None;
        };
        let mut comparison = Self {
            id: first.comparison.clone(),
            spec: (**spec).clone(),
            started_at: first.at,
            facts: 0,
            rechecked: Vec::new(),
            finished: false,
            placed: None,
            plan: None,
            total: spec.total,
        };
        facts
            .iter()
            .for_each(|envelope| comparison.take(&envelope.fact));
        Some(comparison)
    }

    /// Takes in the next fact.
    pub fn take(&mut self, fact: &ComparisonFact) {
        self.facts += 1;
        match fact {
            ComparisonFact::Started { .. } => {}
            ComparisonFact::Rechecked {
                cell,
                candidate,
                evaluated,
            } => self
                .rechecked
                .push((*cell, *candidate, (**evaluated).clone())),
            ComparisonFact::Finished => self.finished = true,
            ComparisonFact::Allowed { total } => self.total = Some(*total),
            ComparisonFact::Placed {
                folder,
                cluster,
                plan,
            } => {
                self.placed = Some((folder.clone(), cluster.clone()));
                self.plan.clone_from(plan);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_strategy_meets_every_problem_once_per_repeat_and_the_first_goes_round() {
        let grid = ComparisonSpec::grid(3, 2, 2, |problem, repeat| {
            u64::from(problem) * 10 + u64::from(repeat)
        });
        let order: Vec<(u16, u16, u16)> = grid
            .iter()
            .map(|c| (c.repeat, c.problem, c.contender))
            .collect();
        assert_eq!(
            order,
            [
                (0, 0, 0),
                (0, 0, 1),
                (0, 0, 2),
                (0, 1, 1),
                (0, 1, 2),
                (0, 1, 0),
                (1, 0, 1),
                (1, 0, 2),
                (1, 0, 0),
                (1, 1, 2),
                (1, 1, 0),
                (1, 1, 1),
            ]
        );
        for cell in grid {
            let seed = u64::from(cell.problem) * 10 + u64::from(cell.repeat);
            assert_eq!(cell.seed, seed, "paired by problem and repeat");
        }
    }

    #[test]
    fn the_runs_of_a_comparison_are_named_after_it() {
        let id = ComparisonId::new("20261121-001708-3f9a").unwrap();
        let run = id.run(CellId(7)).unwrap();
        assert_eq!(run.as_str(), "20261121-001708-3f9a-c007");
        assert_eq!(id.cell_of(&run), Some(CellId(7)));
        let run = id.run(CellId(1234)).unwrap();
        assert_eq!(id.cell_of(&run), Some(CellId(1234)));
        for other in ["20261121-001708-3f9a", "20261121-001708-3f9a-c7", "x-c007"] {
            assert_eq!(id.cell_of(&RunId::new(other).unwrap()), None, "{other}");
        }
        assert!(ComparisonId::new("x".repeat(49)).is_err());
        assert!(ComparisonId::new("a b").is_err());
    }
}

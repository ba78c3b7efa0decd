//! How a comparison stands that other machines work on: a line about all of it and a row for each block, as the command
//! and the screens show them. Pure; never reads a file and never asks a batch system.

use serde::{Deserialize, Serialize};

use super::table::{Table, one_line};
use crate::domain::block::BlockId;
use crate::domain::comparison::ComparisonId;
use crate::domain::id::RunId;
use crate::domain::meter::{Money, Spent};
use crate::domain::spec::StrategyKind;
use crate::domain::units::Cost;

/// A cell of a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellStanding {
    /// Its run.
    pub run: RunId,
    /// Its strategy.
    pub strategy: StrategyKind,
    /// What it last did; empty if it has not begun.
    pub doing: String,
    /// Its facts that are believed.
    pub facts: u64,
    /// Whether nothing more is to be done about it.
    pub over: bool,
}

/// How a block stands by what its attempts told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Which.
    pub id: BlockId,
    /// Its problem.
    pub problem: String,
    /// Its repeat, from 1.
    pub repeat: u16,
    /// Its cells, in the order they begin.
    pub cells: Vec<CellStanding>,
    /// Attempts so far.
    pub attempts: u32,
    /// The machine of the latest.
    pub host: String,
    /// Its class.
    pub class: String,
    /// Why it was not that attempt's alone, if that was seen.
    pub shared: Option<String>,
    /// When it last wrote, milliseconds since 1970; 0: never.
    pub changed: i64,
    /// What was spent.
    pub spent: Spent,
    /// Questions that were under way when an attempt ended, and were put once more.
    pub again: usize,
    /// Facts that are not believed.
    pub fenced: usize,
    /// What is wrong with a file.
    pub damaged: Option<String>,
}

impl Standing {
    /// Cells that are over.
    pub fn over(&self) -> usize {
        self.cells.iter().filter(|cell| cell.over).count()
    }

    /// Whether all of them are.
    pub fn is_over(&self) -> bool {
        self.cells.iter().all(|cell| cell.over)
    }

    /// The cell that a person wants to see: the one that is worked on, else the last that was.
    pub fn current(&self) -> Option<usize> {
        let begun = |cell: &CellStanding| cell.facts > 0;
        let open = |cell: &CellStanding| begun(cell) && !cell.over;
        let latest = || self.cells.iter().rposition(begun);
        self.cells.iter().rposition(open).or_else(latest)
    }

    fn doing(&self) -> String {
        let open = self.cells.iter().filter(|cell| !cell.over);
        let doing: Vec<String> = open
            .filter(|cell| !cell.doing.is_empty())
            .map(|cell| format!("{}: {}", cell.strategy, cell.doing))
            .collect();
        doing.join(" · ")
    }
}

/// What the batch system says of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Queued {
    /// There is none, or it was not heard yet.
    Unknown,
    /// It runs on this machine.
    Runs(String),
    /// It waits, for this reason.
    Waits(String),
    /// It has ended, in this state.
    Ended(String),
    /// It is not listed.
    Gone,
}

/// What the batch system says of all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answering {
    /// There is none.
    Nobody,
    /// It was not heard yet.
    NotYet,
    /// So many jobs run and wait.
    Jobs {
        /// Running.
        running: usize,
        /// Waiting.
        waiting: usize,
    },
    /// It does not answer, in words.
    Silent(String),
}

/// A block and what the batch system says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// By its facts.
    pub standing: Standing,
    /// By the batch system.
    pub queued: Queued,
}

/// How all of it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Overview {
    /// Which comparison.
    pub id: ComparisonId,
    /// The cluster's name, or `slices`.
    pub place: String,
    /// What the batch system says.
    pub answering: Answering,
    /// Money for all cells together, if that is limited.
    pub total: Option<Cost>,
    /// When it began, milliseconds since 1970.
    pub began: i64,
    /// When this was looked at, the same.
    pub now: i64,
    /// The blocks, in order.
    pub rows: Vec<Row>,
}

/// A time in words: `40 s`, `12 min`, `1 h 52 min`.
fn span(seconds: i64) -> String {
    match seconds.max(0) {
        seconds @ 0..=119 => format!("{seconds} s"),
        seconds @ 120..=3_599 => format!("{} min", seconds / 60),
        seconds => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

impl Overview {
    /// Cells that are over, and cells.
    pub fn cells(&self) -> (usize, usize) {
        let over = self.rows.iter().map(|row| row.standing.over()).sum();
        let all = self.rows.iter().map(|row| row.standing.cells.len());
        (over, all.sum())
    }

    /// Seconds that what is left will take, as far as what is over tells; `None`: nothing is over, or all of it.
    pub fn seconds_left(&self) -> Option<i64> {
        let (over, all) = self.cells();
        if over == 0 || over == all {
            return None;
        }
        let took = (self.now - self.began).max(0) as f64 / 1_000.0;
        Some((took * (all - over) as f64 / over as f64).round() as i64)
    }

    /// The line about all of it.
    pub fn headline(&self) -> String {
        let (over, cells) = self.cells();
        let mut parts = vec![
            format!("comparison {}", self.id),
            self.place.clone(),
            format!("{over}/{cells} cells"),
        ];
        match &self.answering {
            Answering::Nobody => {}
            Answering::NotYet => parts.push("the batch system is being asked".to_owned()),
            Answering::Jobs { running, waiting } => {
                parts.push(format!("{running} running"));
                parts.push(format!("{waiting} waiting"));
            }
            Answering::Silent(why) => parts.push(one_line(why)),
        }
        let again: usize = self.rows.iter().map(|row| row.standing.again).sum();
        if again > 0 {
            parts.push(format!("{again} asked again"));
        }
        let mut spent = Spent::default();
        self.rows.iter().for_each(|row| spent += row.standing.spent);
        let money = spent.money();
        match self.total {
            Some(total) => parts.push(format!("{money} of {total}")),
            None if spent.asks > 0 && money != Money::Unknown => parts.push(money.to_string()),
            None => {}
        }
        parts.extend(
            self.seconds_left()
                .map(|seconds| format!("about {} left", span(seconds))),
        );
        parts.join(" · ")
    }

    /// The rows as text, with the names of their columns.
    pub fn table(&self) -> Table {
        let mut table = Table::new(&[
            "block",
            "problem",
            "node",
            "cells",
            "now",
            "age of news",
            "spent",
        ]);
        for row in &self.rows {
            table.push(self.row(row));
        }
        table
    }

    fn row(&self, row: &Row) -> Vec<String> {
        let standing = &row.standing;
        let over = standing.is_over();
        let (node, doing) = match &row.queued {
            _ if over => (standing.host.clone(), "done".to_owned()),
            Queued::Runs(node) => {
                let doing = match standing.doing() {
                    doing if doing.is_empty() => "its turn comes".to_owned(),
                    doing => doing,
                };
                (node.clone(), doing)
            }
            Queued::Waits(reason) => ("waits".to_owned(), reason.clone()),
            Queued::Ended(state) => (
                standing.host.clone(),
                format!("Slurm: {state}; nobody goes on with it"),
            ),
            Queued::Gone if standing.attempts > 0 => {
                (standing.host.clone(), "nobody goes on with it".to_owned())
            }
            Queued::Gone => (String::new(), "nobody has begun it".to_owned()),
            Queued::Unknown => (standing.host.clone(), standing.doing()),
        };
        let node = match &standing.shared {
            Some(_) if !node.is_empty() => format!("{node} (shared)"),
            _ => node,
        };
        let age = match standing.changed {
            0 => "–".to_owned(),
            _ if over => "–".to_owned(),
            changed => span((self.now - changed) / 1_000),
        };
        let money = match standing.spent.money() {
            Money::Known(Cost(0)) | Money::Unknown => "–".to_owned(),
            money => money.to_string(),
        };
        vec![
            standing.id.to_string(),
            format!("{} r{}", standing.problem, standing.repeat),
            node,
            format!("{}/{}", standing.over(), standing.cells.len()),
            doing,
            age,
            money,
        ]
    }
}

/// Blocks of several kinds, for tests of those that show them, in other rooms too.
#[doc(hidden)]
#[allow(clippy::unwrap_used)] // names that are written here
pub fn sample() -> Overview {
    let cell = |block: u32, at: u32, doing: &str, over: bool| CellStanding {
        run: RunId::new(format!("week-c{:03}", block * 2 + at)).unwrap(),
        strategy: [StrategyKind::Lessonl, StrategyKind::Single][at as usize],
        doing: doing.to_owned(),
        facts: u64::from(over || !doing.is_empty()) * 40,
        over,
    };
    let row = |block: u32, problem: &str, first: (&str, bool), second: (&str, bool), queued| {
        let begun = !first.0.is_empty() || first.1;
        Row {
            standing: Standing {
                id: BlockId(block),
                problem: problem.to_owned(),
                repeat: 1,
                cells: vec![
                    cell(block, 0, first.0, first.1),
                    cell(block, 1, second.0, second.1),
                ],
                attempts: u32::from(begun),
                host: if begun { "ic017" } else { "" }.to_owned(),
                class: "class".to_owned(),
                shared: (block == 2).then(|| "others use of a core: solver 90 %".to_owned()),
                changed: if begun { 596_000 } else { 0 },
                spent: Spent {
                    asks: 3,
                    cost: Cost(u64::from(begun) * 1_200_000_000_000),
                    ..Spent::default()
                },
                again: usize::from(block == 2),
                fenced: 0,
                damaged: None,
            },
            queued,
        }
    };
    Overview {
        id: ComparisonId::new("week").unwrap(),
        place: "icelake".to_owned(),
        answering: Answering::Jobs {
            running: 2,
            waiting: 1,
        },
        total: Cost::from_dollars(40.0),
        began: 0,
        now: 600_000,
        rows: vec![
            row(0, "fft/dft", ("", true), ("", true), Queued::Gone),
            row(
                1,
                "scan/prefix_sum",
                ("", true),
                ("asks r1a0 rewrite", false),
                Queued::Runs("ic017".to_owned()),
            ),
            row(
                2,
                "geometry/hull",
                ("has tried r1a1", false),
                ("", false),
                Queued::Runs("ic018".to_owned()),
            ),
            row(
                3,
                "sort/merge",
                ("", false),
                ("", false),
                Queued::Waits("Slurm: ReqNodeNotAvail (pending)".to_owned()),
            ),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_it_is_one_line() {
        let overview = sample();
        assert_eq!(
            overview.headline(),
            "comparison week · icelake · 3/8 cells · 2 running · 1 waiting · 1 asked again · $3.60 of $40.00 · about 16 min left"
        );
        let silent = Overview {
            answering: Answering::Silent("Slurm does not answer since 10:02 UTC".to_owned()),
            total: None,
            rows: overview.rows[3..].to_vec(),
            ..overview
        };
        assert_eq!(
            silent.headline(),
            "comparison week · icelake · 0/2 cells · Slurm does not answer since 10:02 UTC · $0"
        );
    }

    #[test]
    fn every_block_says_where_it_is_or_why_it_waits() {
        let text = sample().table().aligned();
        for line in [
            "b0000  fft/dft r1          ic017           2/2    done                              –            $1.20",
            "b0001  scan/prefix_sum r1  ic017           1/2    single: asks r1a0 rewrite         4 s          $1.20",
            "b0002  geometry/hull r1    ic018 (shared)  0/2    lessonl: has tried r1a1           4 s          $1.20",
            "b0003  sort/merge r1       waits           0/2    Slurm: ReqNodeNotAvail (pending)  –            –",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        let mut gone = sample();
        gone.rows
            .iter_mut()
            .for_each(|row| row.queued = Queued::Gone);
        let text = gone.table().aligned();
        assert!(text.contains("nobody goes on with it"), "{text}");
        assert!(text.contains("nobody has begun it"), "{text}");
        gone.rows[1].queued = Queued::Ended("CANCELLED".to_owned());
        let text = gone.table().aligned();
        assert!(
            text.contains("Slurm: CANCELLED; nobody goes on with it"),
            "{text}"
        );
    }

    #[test]
    fn the_cell_that_is_worked_on_is_the_one_to_see() {
        let overview = sample();
        let current: Vec<Option<usize>> = overview
            .rows
            .iter()
            .map(|row| row.standing.current())
            .collect();
        assert_eq!(current, [Some(1), Some(1), Some(0), None]);
    }
}

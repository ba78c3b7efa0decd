//! Tables of an HTML page beside its main one: a comparison's differences, categories, what lessons are worth, how alike
//! candidates are, and how near results come to the best code known. Pure.

use super::ceiling;
use super::comparison::ComparisonFigures;
use super::comparison_document::{differences, meaning, rechecked, worths};
use super::diversity::diversity;
use super::document::metrics_table;
use super::gather::groups;
use super::ledger::{observations, pool};
use super::ledger_document::ledger_table;
use super::pass;
use super::result::UnitResult;
use super::summary::published;
use super::table::{Table, one_line};
use crate::domain::build::Build;
use crate::domain::ceiling::Ceiling;
use crate::domain::measurement::ratio;
use crate::domain::run::{Run, Unit};

/// Ways of going about a problem that are listed, at most.
const IDEAS: usize = 4;

/// A table with its heading and how to read it.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Its heading.
    pub title: &'static str,
    /// The table.
    pub table: Table,
    /// How to read it.
    pub note: String,
}

/// What a page shows beside its runs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// The comparison that the runs are cells of.
    pub comparison: Option<&'a ComparisonFigures>,
    /// The command that makes that comparison again.
    pub command: &'a str,
    /// How much faster problems are known to get.
    pub ceilings: &'a [Ceiling],
}

/// The sections over all runs; those with nothing to tell are left out.
pub fn sections(runs: &[Run], all: &[UnitResult], beside: Beside<'_>) -> Vec<Section> {
    let mut sections = Vec::new();
    if let Some(figures) = beside.comparison {
        sections.extend(published(&groups(runs)));
        sections.push(Section {
            title: "Differences",
            table: differences(figures),
            note: meaning(figures),
        });
        sections.push(Section {
            title: "Once more",
            table: rechecked(figures),
            note: "The winning strategy's final candidates, measured once more with inputs nobody had seen.".to_owned(),
        });
    }
    let tasks: Vec<UnitResult> = all.iter().filter(|r| r.is_task()).cloned().collect();
    sections.push(Section {
        title: "pass@1",
        table: pass::by_strategy(&groups(runs)),
        note: "A task is solved if the one attempt that was submitted passes every hidden test. Interval: Wilson's; of several runs over the same tasks it is too narrow, since they are no further tasks.".to_owned(),
    });
    sections.push(Section {
        title: "pass@1 by category",
        table: pass::table(&tasks).unwrap_or_else(|| Table::new(&[])),
        note: "Over all runs of this page.".to_owned(),
    });
    sections.push(Section {
        title: "What a compiler alone gives",
        table: builds(runs),
        note: "The untouched original, built otherwise. What changes floating-point arithmetic may give other results within the problem's tolerance; a team's code is built with the standard options, which do not.".to_owned(),
    });
    sections.push(Section {
        title: match beside.comparison {
            Some(_) => "By category, all strategies together",
            None => "By category",
        },
        table: metrics_table(all).unwrap_or_else(|| Table::new(&[])),
        note: "Geometric mean: wrong or slower counts as 1. Arithmetic mean: wrong counts as 0."
            .to_owned(),
    });
    sections.push(Section {
        title: "Against the best code known",
        table: ceilings(runs, beside.ceilings),
        note: "Best known: the speedup of the fastest code bundled with the problem, as `lessonl problems --headroom` measured it. It is no bound: faster code may exist.".to_owned(),
    });
    let seen: Vec<_> = runs.iter().flat_map(observations).collect();
    sections.push(Section {
        title: "What lessons are worth",
        table: worths(&pool(&seen)),
        note: "How many times as fast candidates were with a lesson in the prompt as with it held out by chance, with its interval.".to_owned(),
    });
    sections.push(Section {
        title: "Do the agents converge?",
        table: likeness(runs),
        note: "Different: the share of candidates that differ in more than comments and layout. Likeness: the share of common words, mean over the round's pairs.".to_owned(),
    });
    sections.push(Section {
        title: "Families of ideas",
        table: ideas(runs),
        note: "Candidates that share more than 60 % of their words with the first of their family, in the words of the best one's author.".to_owned(),
    });
    sections.retain(|section| !section.table.rows.is_empty());
    sections
}

/// Whether each problem got faster, and how many times.
type Changes = Vec<(bool, f64)>;

/// Per build of the untouched original: how many problems it made faster, and by how much in the geometric mean.
fn builds(runs: &[Run]) -> Table {
    let mut found: Vec<(&Build, Changes, usize)> = Vec::new();
    let units = runs.iter().flat_map(|run| &run.units);
    for state in units.flat_map(|unit| unit.candidates.values()) {
        let (Some(build), Some(evaluated)) = (&state.candidate.build, &state.evaluated) else {
            continue;
        };
        let at = match found.iter().position(|(known, ..)| *known == build) {
            Some(at) => at,
            None => {
                found.push((build, Vec::new(), 0));
                found.len() - 1
            }
        };
        match evaluated.evaluation.speedup() {
            Some(speedup) => found[at].1.push((speedup.lo > 1.0, speedup.estimate)),
            None => found[at].2 += 1,
        }
    }
    let mut table = Table::new(&[
        "build",
        "arithmetic",
        "problems",
        "faster",
        "not correct or not built",
        "geometric",
    ]);
    for (build, speedups, failed) in found {
        let logs: f64 = speedups.iter().map(|(_, s)| s.ln()).sum();
        table.push(vec![
            build.to_string(),
            match build.changes_floating_point() {
                true => "changed".to_owned(),
                false => "the same".to_owned(),
            },
            (speedups.len() + failed).to_string(),
            speedups
                .iter()
                .filter(|(faster, _)| *faster)
                .count()
                .to_string(),
            failed.to_string(),
            match speedups.len() {
                0 => "–".to_owned(),
                n => format!("{}×", ratio((logs / n as f64).exp())),
            },
        ]);
    }
    table
}

fn ceilings(runs: &[Run], known: &[Ceiling]) -> Table {
    let mut table = Table::new(&["problem", "mode", "reached", "best known"]);
    for run in runs {
        for (at, unit) in run.units.iter().enumerate() {
            let Some(ceiling) = ceiling::of_unit(run, at, known) else {
                continue;
            };
            let result = UnitResult::of(run, unit);
            let reached = result.speedup.filter(|_| result.wins);
            table.push(vec![
                unit.spec.problem.to_string(),
                unit.spec.mode.to_string(),
                reached.map_or_else(|| "original stays".to_owned(), |s| s.to_string()),
                ceiling
                    .speedup
                    .map_or_else(|| "not measured".to_owned(), |s| s.to_string()),
            ]);
        }
    }
    table
}

/// Per round over all units: how many candidates, how many different ones, how alike.
fn likeness(runs: &[Run]) -> Table {
    let mut rounds: Vec<(usize, usize, Vec<f64>)> = Vec::new();
    for unit in runs.iter().flat_map(|run| &run.units) {
        for round in diversity(unit).rounds {
            let at = usize::from(round.round.0);
            if rounds.len() <= at {
                rounds.resize(at + 1, (0, 0, Vec::new()));
            }
            rounds[at].0 += round.candidates;
            rounds[at].1 += round.distinct;
            rounds[at].2.extend(round.likeness);
        }
    }
    let mut table = Table::new(&["round", "candidates", "different", "mean likeness"]);
    for (at, (candidates, distinct, likeness)) in rounds.iter().enumerate() {
        if *candidates == 0 {
            continue;
        }
        let mean = likeness.iter().sum::<f64>() / likeness.len() as f64;
        table.push(vec![
            at.to_string(),
            candidates.to_string(),
            format!("{:.0} %", *distinct as f64 / *candidates as f64 * 100.0),
            match likeness.is_empty() {
                true => "–".to_owned(),
                false => format!("{:.0} %", mean * 100.0),
            },
        ]);
    }
    table
}

/// Per problem the ways of going about it, the best first; problems with one way alone are left out.
fn ideas(runs: &[Run]) -> Table {
    let mut table = Table::new(&["problem", "idea", "candidates", "best"]);
    for unit in runs.iter().flat_map(|run| &run.units) {
        let families = diversity(unit).families;
        for family in families.iter().take(IDEAS).filter(|_| families.len() > 1) {
            table.push(vec![
                format!("{} ({})", unit.spec.problem, unit.spec.mode),
                one_line(&family.idea),
                family.members.len().to_string(),
                family
                    .best
                    .map_or_else(|| "nothing correct".to_owned(), |(_, s)| s.to_string()),
            ]);
        }
    }
    table
}

/// Which lesson was in which prompt and what came of it; `None` where none was learned.
pub fn ledger(run: &Run, unit: &Unit) -> Option<Table> {
    (!unit.lessons.is_empty()).then(|| ledger_table(&super::ledger::accounts(run, unit)))
}

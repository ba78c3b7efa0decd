//! The read side of the store: stored runs and their facts. Never writes.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, Row};

use super::{StoreError, comparisons, is_claimed, schema};
use crate::domain::codegen::Tested;
use crate::domain::comparison::{CellId, ComparisonId};
use crate::domain::event::{Ending, Envelope, FACT_VERSION, Fact};
use crate::domain::id::RunId;
use crate::domain::measurement::Speedup;
use crate::domain::problem::{Mode, ProblemId};
use crate::domain::spec::StrategyKind;

/// A stored run in a line.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSummary {
    /// Its id.
    pub id: RunId,
    /// First fact, milliseconds since 1970-01-01 UTC.
    pub started_at: i64,
    /// Latest fact.
    pub updated_at: i64,
    /// How it ended; `None`: cut off or still running.
    pub ending: Option<Ending>,
    /// Its strategy.
    pub strategy: StrategyKind,
    /// Its units.
    pub units: Vec<UnitSummary>,
    /// Names of its agents.
    pub team: Vec<String>,
    /// The comparison it is a cell of, if it is.
    pub comparison: Option<ComparisonId>,
    /// Their models, in the same order; empty in a record that does not say.
    pub models: Vec<String>,
    /// Who works on it now.
    pub holder: Holder,
}

impl RunSummary {
    /// The suite that all its problems belong to, with the mode where they share it; `None` where they do not.
    pub fn suite(&self) -> Option<String> {
        let (first, more) = self.units.split_first()?;
        let suite = first.problem.suite();
        if more.iter().any(|unit| unit.problem.suite() != suite) {
            return None;
        }
        let shared = more.iter().all(|unit| unit.mode == first.mode);
        Some(match shared {
            true => format!("{suite} {}", first.mode),
            false => suite.to_owned(),
        })
    }
}

/// Who works on a stored run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// Nobody: it has ended or was cut off.
    Nobody,
    /// A living process, this one or another.
    Process,
}

/// A unit of a stored run in a line.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitSummary {
    /// The problem.
    pub problem: ProblemId,
    /// Its category.
    pub category: String,
    /// The mode.
    pub mode: Mode,
    /// Whether it ended.
    pub ended: bool,
    /// The reported speedup of its result, if any candidate was correct.
    pub reported: Option<Speedup>,
    /// Best score after each round (0 while nothing is correct): speedups, or shares of the tests passed.
    pub best_by_round: Vec<f64>,
    /// Of code from a description: the tests that its best attempt was put to.
    pub tested: Option<Tested>,
}

/// The stored runs. Opens the database read-only for each call, so it may be used while a run is being written.
#[derive(Debug, Clone)]
pub struct Archive {
    database: PathBuf,
}

impl Archive {
    /// Names the database; it need not exist yet.
    pub fn new(database: &Path) -> Self {
        Self {
            database: database.to_owned(),
        }
    }

    /// All runs, newest first.
    ///
    /// # Errors
    /// If the database cannot be read, or a newer program wrote it.
    pub fn runs(&self) -> Result<Vec<RunSummary>, StoreError> {
        match schema::open_for_reading(&self.database)? {
            None => Ok(Vec::new()),
            Some(connection) => {
                let mut runs = self.read(summaries(&connection))?;
                for run in runs.iter_mut().filter(|run| run.ending.is_none()) {
                    if is_claimed(&self.database, &run.id) {
                        run.holder = Holder::Process;
                    }
                }
                Ok(runs)
            }
        }
    }

    /// The same, with the first cell of each comparison on other machines of which nothing was taken in yet.
    ///
    /// # Errors
    /// If the database cannot be read, or a newer program wrote it.
    pub fn history(&self) -> Result<Vec<RunSummary>, StoreError> {
        let mut runs = self.runs()?;
        for whole in comparisons::all(&self.database)? {
            let its = |run: &RunSummary| run.comparison.as_ref() == Some(&whole.id);
            let Ok(id) = whole.id.run(CellId(0)) else {
                continue;
            };
            if whole.placed.is_none() || runs.iter().any(its) {
                continue;
            }
            let first = whole.spec.contenders.first();
            let team = whole.spec.base.team.iter();
            let at = runs.partition_point(|run| run.started_at > whole.started_at);
            runs.insert(
                at,
                RunSummary {
                    id,
                    started_at: whole.started_at,
                    updated_at: whole.started_at,
                    ending: None,
                    strategy: first.map(|first| first.strategy).unwrap_or_default(),
                    units: Vec::new(),
                    team: team.map(|agent| agent.name.clone()).collect(),
                    comparison: Some(whole.id),
                    models: Vec::new(),
                    holder: Holder::Nobody,
                },
            );
        }
        Ok(runs)
    }

    /// Whether there is a run of exactly this id.
    ///
    /// # Errors
    /// If the database cannot be read, or a newer program wrote it.
    pub fn has(&self, run: &RunId) -> Result<bool, StoreError> {
        let Some(connection) = schema::open_for_reading(&self.database)? else {
            return Ok(false);
        };
        let count: rusqlite::Result<i64> = connection.query_row(
            "SELECT count(*) FROM facts WHERE run = ?1 AND seq = 0",
            [run.as_str()],
            |row| row.get(0),
        );
        self.read(count).map(|count| count > 0)
    }

    /// The run's facts in order.
    ///
    /// # Errors
    /// If there is no such run, or one of its facts cannot be read: the error names run and sequence number.
    pub fn facts(&self, run: &RunId) -> Result<Vec<Envelope>, StoreError> {
        let Some(mut connection) = schema::open_for_reading(&self.database)? else {
            return Err(self.no_such_run(run.as_str()));
        };
        let read = connection
            .transaction()
            .and_then(|tx| read_facts(&tx, &self.database, run));
        match self.read(read)? {
            (_, Some(damaged)) => Err(damaged),
            (facts, None) if facts.is_empty() => Err(self.no_such_run(run.as_str())),
            (facts, None) => Ok(facts),
        }
    }

    /// The run's facts from a number on; none yet is no error.
    ///
    /// # Errors
    /// If the database or one of the facts cannot be read.
    pub fn facts_from(&self, run: &RunId, from: u64) -> Result<Vec<Envelope>, StoreError> {
        let Some(connection) = schema::open_for_reading(&self.database)? else {
            return Ok(Vec::new());
        };
        match self.read(read_from(&connection, &self.database, run, from))? {
            (_, Some(damaged)) => Err(damaged),
            (facts, None) => Ok(facts),
        }
    }

    /// The run whose id begins with `text`; `latest` names the newest that is no cell of a comparison. Ambiguity is an error
    /// that lists the candidates.
    ///
    /// # Errors
    /// If none or several match, or the database cannot be read.
    pub fn find(&self, text: &str) -> Result<RunId, StoreError> {
        let Some(connection) = schema::open_for_reading(&self.database)? else {
            return Err(self.no_such_run(text));
        };
        // Every stored run has facts; its projection may be missing if its first fact is damaged.
        let names: rusqlite::Result<Vec<String>> = connection
            .prepare("SELECT run FROM facts WHERE seq = 0 ORDER BY at DESC, run DESC")
            .and_then(|mut found| found.query_map([], |row| row.get(0))?.collect());
        let names = self.read(names)?;
        let mut matching: Vec<String> = match text {
            "latest" => {
                let comparisons = self.read(comparisons::names(&connection))?;
                let is_cell = |name: &String| {
                    let run = RunId::new(name.as_str());
                    run.is_ok_and(|run| {
                        comparisons
                            .iter()
                            .any(|whole| whole.cell_of(&run).is_some())
                    })
                };
                names
                    .into_iter()
                    .find(|name| !is_cell(name))
                    .into_iter()
                    .collect()
            }
            _ => match names.iter().find(|name| *name == text) {
                Some(exact) => vec![exact.clone()],
                None => names
                    .into_iter()
                    .filter(|name| !text.is_empty() && name.starts_with(text))
                    .collect(),
            },
        };
        match (matching.pop(), matching.is_empty()) {
            (None, _) => Err(self.no_such_run(text)),
            (Some(one), true) => RunId::new(one).map_err(|_| self.no_such_run(text)),
            (Some(last), false) => {
                matching.push(last);
                let shown = matching.len().min(8);
                let more = if matching.len() > shown { ", …" } else { "" };
                Err(StoreError::new(
                    format!(
                        "`{text}` names {} runs: {}{more}",
                        matching.len(),
                        matching[..shown].join(", ")
                    ),
                    "Give more of the id.",
                ))
            }
        }
    }

    fn read<T>(&self, result: rusqlite::Result<T>) -> Result<T, StoreError> {
        result.map_err(|error| schema::cannot_open(&self.database, &error))
    }

    fn no_such_run(&self, text: &str) -> StoreError {
        let what = match text {
            "latest" => format!(
                "there is no run beside comparisons in {} yet",
                self.database.display()
            ),
            _ => format!("there is no run `{text}` in {}", self.database.display()),
        };
        StoreError::new(what, "`lessonl runs` lists the stored runs.")
    }
}

/// An agent in a run's row: rows of the first form hold names alone.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Member {
    Name(String),
    Pair(String, String),
}

impl Member {
    fn model(&self) -> Option<String> {
        match self {
            Self::Name(_) => None,
            Self::Pair(_, model) => Some(model.clone()),
        }
    }

    fn name(self) -> String {
        match self {
            Self::Name(name) | Self::Pair(name, _) => name,
        }
    }
}

fn summaries(connection: &Connection) -> rusqlite::Result<Vec<RunSummary>> {
    let mut units = connection.prepare(
        "SELECT problem, category, mode, ended, estimate, lo, hi, best_by_round, tests FROM units WHERE run = ?1 ORDER BY unit",
    )?;
    let mut runs = connection.prepare(
        "SELECT run, started_at, updated_at, ending, strategy, team FROM runs ORDER BY started_at DESC, run DESC",
    )?;
    let mut found = runs.query([])?;
    let mut list = Vec::new();
    while let Some(row) = found.next()? {
        let name: String = row.get(0)?;
        let units = units
            .query_map([&name], unit)?
            .collect::<rusqlite::Result<_>>()?;
        let ending: Option<String> = row.get(3)?;
        let members: Vec<Member> = worded(5, serde_json::from_str(&row.get::<_, String>(5)?))?;
        list.push(RunSummary {
            id: worded(0, RunId::new(name))?,
            started_at: row.get(1)?,
            updated_at: row.get(2)?,
            ending: ending
                .map(|text| worded(3, serde_json::from_str(&text)))
                .transpose()?,
            strategy: worded(4, row.get::<_, String>(4)?.parse())?,
            units,
            models: members.iter().filter_map(Member::model).collect(),
            team: members.into_iter().map(Member::name).collect(),
            comparison: None,
            holder: Holder::Nobody,
        });
    }
    drop(found);
    let comparisons = comparisons::names(connection)?;
    for run in &mut list {
        let theirs = comparisons.iter().find(|id| id.cell_of(&run.id).is_some());
        run.comparison = theirs.cloned();
    }
    Ok(list)
}

fn unit(row: &Row<'_>) -> rusqlite::Result<UnitSummary> {
    let parts: [Option<f64>; 3] = [row.get(4)?, row.get(5)?, row.get(6)?];
    Ok(UnitSummary {
        problem: worded(0, ProblemId::new(row.get::<_, String>(0)?))?,
        category: row.get(1)?,
        mode: worded(2, row.get::<_, String>(2)?.parse())?,
        ended: row.get(3)?,
        reported: match parts {
            [Some(estimate), Some(lo), Some(hi)] => Some(Speedup { estimate, lo, hi }),
            _ => None,
        },
        best_by_round: worded(7, serde_json::from_str(&row.get::<_, String>(7)?))?,
        tested: row
            .get::<_, Option<String>>(8)?
            .map(|text| worded(8, serde_json::from_str(&text)))
            .transpose()?,
    })
}

/// A column whose text is not what it should be.
fn worded<T, E>(column: usize, read: Result<T, E>) -> rusqlite::Result<T>
where
    E: std::error::Error + Send + Sync + 'static,
{
    read.map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(
            column,
            rusqlite::types::Type::Text,
            Box::new(error),
        )
    })
}

/// The facts of a run up to the first damaged one, and what is wrong with that one.
pub(super) fn read_facts(
    connection: &Connection,
    database: &Path,
    run: &RunId,
) -> rusqlite::Result<(Vec<Envelope>, Option<StoreError>)> {
    read_from(connection, database, run, 0)
}

fn read_from(
    connection: &Connection,
    database: &Path,
    run: &RunId,
    from: u64,
) -> rusqlite::Result<(Vec<Envelope>, Option<StoreError>)> {
    let from = i64::try_from(from).unwrap_or(i64::MAX);
    let mut found = connection.prepare_cached(
        "SELECT seq, at, v, body FROM facts WHERE run = ?1 AND seq >= ?2 ORDER BY seq",
    )?;
    let mut rows = found.query(rusqlite::params![run.as_str(), from])?;
    let mut facts: Vec<Envelope> = Vec::new();
    let damaged = |seq: i64, why: &dyn std::fmt::Display| {
        StoreError::new(
            format!("fact {seq} of run {run} in {} {why}", database.display()),
            "The other runs are not affected; `lessonl runs` lists them.",
        )
    };
    while let Some(row) = rows.next()? {
        let (seq, at, v): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let expected = from + facts.len() as i64;
        if seq != expected {
            return Ok((facts, Some(damaged(expected, &"is missing"))));
        }
        if v > i64::from(FACT_VERSION) {
            let why = format!(
                "was written by a newer lessonl (facts {v}, this one knows {FACT_VERSION})"
            );
            return Ok((facts, Some(damaged(seq, &why))));
        }
        let body: String = row.get(3)?;
        match serde_json::from_str::<Fact>(&body) {
            Ok(fact) => facts.push(Envelope {
                v: u16::try_from(v).unwrap_or(0),
                run: run.clone(),
                seq: seq as u64,
                at,
                fact,
            }),
            Err(error) => {
                let why = format!("cannot be read: {error}");
                return Ok((facts, Some(damaged(seq, &why))));
            }
        }
    }
    Ok((facts, None))
}

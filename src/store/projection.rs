//! The projections `runs` and `units`: a run's fold written as rows, in the transaction of the fact that changed it.
//! Never the truth: whatever is here can be made again from the facts.

use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::schema::cannot_open;
use super::{StoreError, archive};
use crate::domain::id::RunId;
use crate::domain::run::{Run, Unit};

/// Form of the projections. Raised with every change of what the rows say.
const VERSION: i64 = 4;

/// Writes the run's row, and the rows of its units; `unit` names the only one that can have changed, if that is known.
pub(super) fn write(tx: &Transaction<'_>, run: &Run, unit: Option<u16>) -> rusqlite::Result<()> {
    let team = run.spec.team.iter();
    let team: Vec<(&str, String)> = team.map(|a| (a.name.as_str(), a.model())).collect();
    tx.prepare_cached(
        "INSERT INTO runs (run, started_at, updated_at, ending, strategy, team) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (run) DO UPDATE SET updated_at = ?3, ending = ?4",
    )?
    .execute(params![
        run.id.as_str(),
        run.started_at,
        run.updated_at,
        run.ending.as_ref().map(json),
        run.spec.strategy.word(),
        json(&team),
    ])?;
    for (at, state) in run.units.iter().enumerate() {
        let at = u16::try_from(at).unwrap_or(u16::MAX);
        if unit.is_none_or(|only| only == at) {
            write_unit(tx, run, at, state)?;
        }
    }
    Ok(())
}

fn write_unit(tx: &Transaction<'_>, run: &Run, at: u16, unit: &Unit) -> rusqlite::Result<()> {
    let reported = unit.reported().map(|(_, speedup)| speedup);
    tx.prepare_cached(
        "INSERT INTO units (run, unit, problem, category, mode, ended, estimate, lo, hi, best_by_round, tests)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (run, unit) DO UPDATE SET ended = ?6, estimate = ?7, lo = ?8, hi = ?9, best_by_round = ?10, tests = ?11",
    )?
    .execute(params![
        run.id.as_str(),
        at,
        unit.spec.problem.as_str(),
        unit.spec.category,
        unit.spec.mode.word(),
        unit.ending.is_some(),
        reported.map(|s| s.estimate),
        reported.map(|s| s.lo),
        reported.map(|s| s.hi),
        json(&unit.best_by_round()),
        unit.tested().map(|(_, tested)| json(tested)),
    ])?;
    Ok(())
}

/// Lists of names and numbers always have a JSON form.
fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

/// Makes the projections again if another form of them is in the database.
pub(super) fn rebuild_if_outdated(
    connection: &mut Connection,
    database: &Path,
) -> Result<(), StoreError> {
    if is_outdated(connection).map_err(|e| cannot_open(database, &e))? {
        rebuild(connection, database)?;
    }
    Ok(())
}

/// Whether another form of the projections is in the database.
pub(super) fn is_outdated(connection: &Connection) -> rusqlite::Result<bool> {
    let there: Option<i64> =
        connection.query_row("SELECT max(version) FROM projection", [], |row| row.get(0))?;
    Ok(there != Some(VERSION))
}

/// Makes the projections again from the facts. Returns what was wrong with single facts.
pub(super) fn rebuild(
    connection: &mut Connection,
    database: &Path,
) -> Result<Vec<StoreError>, StoreError> {
    let tx = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(|e| cannot_open(database, &e))?;
    let damaged = rebuild_within(&tx, database).map_err(|e| cannot_open(database, &e))?;
    tx.commit().map_err(|e| cannot_open(database, &e))?;
    Ok(damaged)
}

fn rebuild_within(tx: &Transaction<'_>, database: &Path) -> rusqlite::Result<Vec<StoreError>> {
    tx.execute_batch("DELETE FROM units; DELETE FROM runs; DELETE FROM projection;")?;
    tx.execute("INSERT INTO projection (version) VALUES (?1)", [VERSION])?;
    let names: Vec<String> = tx
        .prepare("SELECT DISTINCT run FROM facts ORDER BY run")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut damaged = Vec::new();
    for name in names {
        let Ok(id) = RunId::new(name) else { continue };
        let (facts, trouble) = archive::read_facts(tx, database, &id)?;
        damaged.extend(trouble);
        if let Some(run) = Run::fold(&facts) {
            write(tx, &run, None)?;
        }
    }
    Ok(damaged)
}

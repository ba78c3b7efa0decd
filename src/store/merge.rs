//! Facts that another machine recorded, brought into this database: known ones are left as they are, new ones are added,
//! and other ones at the same place are a conflict, never overwritten. Never reads a spool.

use std::path::Path;

use rusqlite::{
    Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params,
};

use super::{StoreError, archive, comparisons, projection, schema, writer};
use crate::domain::comparison::{ComparisonEnvelope, ComparisonId};
use crate::domain::event::{Envelope, Fact};
use crate::domain::id::RunId;
use crate::domain::run::Run;

/// Facts per transaction: one commit for each would take longer than all the rest.
const TOGETHER: usize = 1000;

/// What came of a merge.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Merged {
    /// Facts that were added.
    pub new: u64,
    /// Facts that were there already.
    pub known: u64,
    /// Runs of which other facts are there at the same place, with the first such number. Nothing of them is added from
    /// there on.
    pub conflicts: Vec<(RunId, u64)>,
    /// Runs of which facts are missing in between, or that do not begin with their start.
    pub gaps: Vec<RunId>,
}

/// Adds the facts of one run, in order.
///
/// # Errors
/// If the database cannot be written.
pub fn run(
    connection: &mut Writing,
    run: &RunId,
    facts: &[Envelope],
    merged: &mut Merged,
) -> Result<(), StoreError> {
    for chunk in facts.chunks(TOGETHER) {
        let done = connection
            .0
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .and_then(|tx| {
                let go_on = add(&tx, &connection.1, run, chunk, merged)?;
                tx.commit()?;
                Ok(go_on)
            });
        match done {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return Err(schema::cannot_open(&connection.1, &error)),
        }
    }
    Ok(())
}

/// The right to write a database for a while.
pub struct Writing(Connection, std::path::PathBuf);

impl Writing {
    /// Opens it.
    ///
    /// # Errors
    /// If the database cannot be opened, or a newer program wrote it.
    pub fn open(database: &Path) -> Result<Self, StoreError> {
        Ok(Self(
            schema::open_for_writing(database)?,
            database.to_owned(),
        ))
    }

    /// How many facts of a run are there.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn known(&self, run: &RunId) -> Result<u64, StoreError> {
        let count: rusqlite::Result<i64> = self
            .0
            .prepare_cached("SELECT coalesce(max(seq) + 1, 0) FROM facts WHERE run = ?1")
            .and_then(|mut found| found.query_row([run.as_str()], |row| row.get(0)));
        match count {
            Ok(count) => Ok(u64::try_from(count).unwrap_or(0)),
            Err(error) => Err(schema::cannot_open(&self.1, &error)),
        }
    }
}

/// Adds a few facts within a transaction; false: a conflict, or a gap.
fn add(
    tx: &Transaction<'_>,
    database: &Path,
    run: &RunId,
    facts: &[Envelope],
    merged: &mut Merged,
) -> rusqlite::Result<bool> {
    let next: i64 = tx
        .prepare_cached("SELECT coalesce(max(seq) + 1, 0) FROM facts WHERE run = ?1")?
        .query_row([run.as_str()], |row| row.get(0))?;
    let mut next = u64::try_from(next).unwrap_or(0);
    let begun = next;
    let mut there = tx.prepare_cached("SELECT body FROM facts WHERE run = ?1 AND seq = ?2")?;
    let mut insert = tx.prepare_cached(
        "INSERT INTO facts (run, seq, at, v, unit, kind, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let mut go_on = true;
    for envelope in facts {
        let Ok((kind, body)) = writer::written(&envelope.fact) else {
            continue;
        };
        let seq = i64::try_from(envelope.seq).unwrap_or(i64::MAX);
        if envelope.seq < next {
            let known: Option<String> = there
                .query_row(params![run.as_str(), seq], |row| row.get(0))
                .optional()?;
            if known.is_some_and(|known| same(&known, &body)) {
                merged.known += 1;
                continue;
            }
            merged.conflicts.push((run.clone(), envelope.seq));
            go_on = false;
            break;
        }
        let fits = envelope.seq == next
            && (envelope.seq > 0 || matches!(envelope.fact, Fact::RunStarted { .. }));
        if !fits {
            merged.gaps.push(run.clone());
            go_on = false;
            break;
        }
        insert.execute(params![
            run.as_str(),
            seq,
            envelope.at,
            envelope.v,
            envelope.fact.unit().map(|u| u.0),
            kind,
            body
        ])?;
        merged.new += 1;
        next += 1;
    }
    if next > begun {
        // Whoever has all of it in hand need not read it back.
        let fold = match facts.first() {
            Some(first) if first.seq == 0 && go_on => Run::fold(facts),
            _ => Run::fold(&archive::read_facts(tx, database, run)?.0),
        };
        if let Some(fold) = fold {
            projection::write(tx, &fold, None)?;
        }
    }
    Ok(go_on)
}

/// Whether two texts are the same JSON.
fn same(a: &str, b: &str) -> bool {
    a == b || {
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
        value(a).is_some() && value(a) == value(b)
    }
}

/// Adds facts of a comparison; those that are there stay as they are. Returns how many are new.
///
/// # Errors
/// If the database cannot be written, or another comparison has the name.
pub fn comparison(connection: &Writing, facts: &[ComparisonEnvelope]) -> Result<u64, StoreError> {
    let Writing(connection, database) = connection;
    let failed = |error: rusqlite::Error| schema::cannot_open(database, &error);
    let mut new = 0;
    for envelope in facts {
        let body = serde_json::to_string(&envelope.fact)
            .map_err(|error| schema::cannot_open(database, &error))?;
        let seq = i64::try_from(envelope.seq).unwrap_or(i64::MAX);
        let name = envelope.comparison.as_str();
        let there: Option<String> = connection
            .query_row(
                "SELECT body FROM comparison_facts WHERE comparison = ?1 AND seq = ?2",
                params![name, seq],
                |row| row.get(0),
            )
            .optional()
            .map_err(failed)?;
        match there {
            None => {
                let added = connection.execute(
                    "INSERT OR IGNORE INTO comparison_facts (comparison, seq, at, v, body) VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![name, seq, envelope.at, envelope.v, body],
                );
                new += added.map_err(failed)? as u64;
            }
            Some(there) if envelope.seq == 0 && !same(&there, &body) => {
                return Err(StoreError::new(
                    format!(
                        "another comparison is called {name} in {}",
                        database.display()
                    ),
                    "Take this one into another data folder: --data-dir.",
                ));
            }
            Some(_) => {}
        }
    }
    Ok(new)
}

/// The runs and comparisons of another database, which is not changed, whatever version wrote it.
///
/// # Errors
/// If it cannot be read, or a newer program wrote it.
pub fn other(
    database: &Path,
    mut run: impl FnMut(&RunId, Vec<Envelope>) -> Result<(), StoreError>,
) -> Result<Vec<Vec<ComparisonEnvelope>>, StoreError> {
    let failed = |error: rusqlite::Error| schema::cannot_open(database, &error);
    let connection = Connection::open_with_flags(
        database,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(failed)?;
    schema::refuse_newer(&connection, database)?;
    let names: Vec<String> = connection
        .prepare("SELECT DISTINCT run FROM facts ORDER BY run")
        .and_then(|mut found| found.query_map([], |row| row.get(0))?.collect())
        .map_err(failed)?;
    for id in names.into_iter().filter_map(|name| RunId::new(name).ok()) {
        let (facts, _) = archive::read_facts(&connection, database, &id).map_err(failed)?;
        run(&id, facts)?;
    }
    let ids: Vec<ComparisonId> = comparisons::names(&connection).map_err(failed)?;
    ids.iter()
        .map(|id| comparisons::facts(&connection, id).map_err(failed))
        .collect()
}

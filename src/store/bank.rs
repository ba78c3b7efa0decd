//! Lessons that outlive their runs: what stored runs taught, what files brought, and what the person decided about them.
//! Sightings of runs can be made again from the facts at any time; decisions and imports are only here.
//! Never judges a lesson's worth and never chooses one (modules `reports` and `bank` do).

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::{StoreError, schema};
use crate::domain::carried::{BankedLesson, Sighting, Standing, StandingBy};
use crate::domain::id::RunId;

/// Most lessons that are read at once. Of more, those that were decided about by somebody come first, then the newest.
pub const MOST: usize = 1_000_000;

/// A lesson as a run or a file tells of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Its key.
    pub key: String,
    /// Its text, bounded.
    pub text: String,
    /// What the person decided about it there.
    pub standing: Standing,
    /// Where it was seen.
    pub sighting: Sighting,
}

/// Runs that have grown since their lessons were gathered, with the number of their facts, oldest first.
///
/// # Errors
/// If the database cannot be read.
pub fn ungathered(database: &Path) -> Result<Vec<(RunId, u64)>, StoreError> {
    let Some(connection) = reading(database)? else {
        return Ok(Vec::new());
    };
    let found = connection
        .prepare(
            "SELECT f.run, max(f.seq) + 1 FROM facts f LEFT JOIN gathered g ON g.run = f.run
             GROUP BY f.run HAVING max(f.seq) + 1 > coalesce(max(g.facts), 0) ORDER BY min(f.at), f.run",
        )
        .and_then(|mut found| {
            let rows = found.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<rusqlite::Result<Vec<(String, i64)>>>()
        });
    let found = found.map_err(|error| schema::cannot_open(database, &error))?;
    let named = found.into_iter().filter_map(|(run, facts)| {
        Some((RunId::new(run).ok()?, u64::try_from(facts).unwrap_or(0)))
    });
    Ok(named.collect())
}

/// Takes in the lessons of a run as they stand after `facts` facts; what was gathered of it before is replaced.
///
/// # Errors
/// If the database cannot be written.
pub fn gather(
    database: &Path,
    run: &RunId,
    facts: u64,
    lessons: &[Told],
) -> Result<(), StoreError> {
    writing(database, |tx| {
        tx.execute("DELETE FROM sightings WHERE source = ?1", [run.as_str()])?;
        lessons.iter().try_for_each(|told| take(tx, told))?;
        tx.execute(
            "INSERT INTO gathered (run, facts) VALUES (?1, ?2) ON CONFLICT (run) DO UPDATE SET facts = ?2",
            params![run.as_str(), i64::try_from(facts).unwrap_or(i64::MAX)],
        )?;
        Ok(())
    })
}

/// Takes in lessons of a file, all or none. Their standing is the caller's to choose.
///
/// # Errors
/// If the database cannot be written.
pub fn import(database: &Path, lessons: &[Told]) -> Result<(), StoreError> {
    writing(database, |tx| {
        lessons.iter().try_for_each(|told| take(tx, told))
    })
}

fn take(tx: &Transaction<'_>, told: &Told) -> rusqlite::Result<()> {
    let merged: Option<Option<String>> = tx
        .prepare_cached("SELECT merged FROM bank WHERE key = ?1")?
        .query_row([&told.key], |row| row.get(0))
        .optional()?;
    let by = match told.standing {
        Standing::Staged => StandingBy::Nobody,
        Standing::Accepted | Standing::Rejected => StandingBy::Person,
    };
    let key = match merged {
        Some(merged) => {
            // what the person decided in the bank itself is not undone by what a run says
            tx.prepare_cached(
                "UPDATE bank SET standing = ?2, decided = ?3 WHERE key = ?1 AND decided <> ?4 AND ?3 = ?4",
            )?
            .execute(params![
                told.key,
                told.standing.word(),
                by.word(),
                StandingBy::Person.word()
            ])?;
            merged.unwrap_or_else(|| told.key.clone())
        }
        None => {
            tx.prepare_cached(
                "INSERT INTO bank (key, text, standing, decided, merged) VALUES (?1, ?2, ?3, ?4, NULL)",
            )?
            .execute(params![
                told.key,
                told.text,
                told.standing.word(),
                by.word()
            ])?;
            told.key.clone()
        }
    };
    let body = serde_json::to_string(&told.sighting)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    tx.prepare_cached(
        "INSERT INTO sightings (source, unit, lesson, key, category, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (source, unit, lesson) DO UPDATE SET key = ?4, category = ?5, body = ?6",
    )?
    .execute(params![
        told.sighting.source,
        told.sighting.unit,
        told.sighting.lesson,
        key,
        told.sighting.category,
        body
    ])?;
    Ok(())
}

/// The lessons with this standing (`None`: any), at most [`MOST`]: decided ones first, then the newest.
///
/// # Errors
/// If the database cannot be read.
pub fn list(database: &Path, standing: Option<Standing>) -> Result<Vec<BankedLesson>, StoreError> {
    let Some(connection) = reading(database)? else {
        return Ok(Vec::new());
    };
    read(&connection, standing).map_err(|error| schema::cannot_open(database, &error))
}

fn read(
    connection: &Connection,
    standing: Option<Standing>,
) -> rusqlite::Result<Vec<BankedLesson>> {
    let word = standing.map(Standing::word);
    let mut lessons = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut rows = connection.prepare(
        "SELECT key, text, standing, decided FROM bank WHERE merged IS NULL AND (?1 IS NULL OR standing = ?1)
         ORDER BY standing = 'staged', rowid DESC LIMIT ?2",
    )?;
    let mut rows = rows.query(params![word, MOST as i64])?;
    while let Some(row) = rows.next()? {
        let key: String = row.get(0)?;
        places.insert(key.clone(), lessons.len());
        let by = match row.get::<_, String>(3)?.as_str() {
            "person" => StandingBy::Person,
            "worth" => StandingBy::Worth,
            _ => StandingBy::Nobody,
        };
        lessons.push(BankedLesson {
            key,
            text: row.get(1)?,
            standing: row.get::<_, String>(2)?.parse().unwrap_or_default(),
            by,
            sightings: Vec::new(),
        });
    }
    let mut rows = connection.prepare("SELECT key, body FROM sightings ORDER BY rowid")?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let Some(at) = places.get(&row.get::<_, String>(0)?) else {
            continue;
        };
        // one that cannot be read tells nothing
        if let Ok(sighting) = serde_json::from_str(&row.get::<_, String>(1)?) {
            lessons[*at].sightings.push(sighting);
        }
    }
    Ok(lessons)
}

/// Gives lessons their standing.
///
/// # Errors
/// If the database cannot be written.
pub fn decide(
    database: &Path,
    keys: &[String],
    standing: Standing,
    by: StandingBy,
) -> Result<(), StoreError> {
    writing(database, |tx| {
        let mut set =
            tx.prepare_cached("UPDATE bank SET standing = ?2, decided = ?3 WHERE key = ?1")?;
        for key in keys {
            set.execute(params![key, standing.word(), by.word()])?;
        }
        Ok(())
    })
}

/// Folds a lesson into another that says the same: its sightings count there from now on, also those still to come.
///
/// # Errors
/// If the database cannot be written.
pub fn merge(database: &Path, key: &str, into: &str) -> Result<(), StoreError> {
    writing(database, |tx| {
        tx.execute(
            "UPDATE bank SET merged = ?2 WHERE key = ?1 OR merged = ?1",
            [key, into],
        )?;
        tx.execute("UPDATE sightings SET key = ?2 WHERE key = ?1", [key, into])?;
        Ok(())
    })
}

/// Puts a lesson into other words: what was seen of it counts for the new words from now on, which the person accepted.
///
/// # Errors
/// If the database cannot be written.
pub fn reword(database: &Path, key: &str, new: &str, text: &str) -> Result<(), StoreError> {
    writing(database, |tx| {
        tx.execute(
            "INSERT INTO bank (key, text, standing, decided, merged) VALUES (?1, ?2, ?3, ?4, NULL)
             ON CONFLICT (key) DO UPDATE SET text = ?2, standing = ?3, decided = ?4, merged = NULL",
            params![
                new,
                text,
                Standing::Accepted.word(),
                StandingBy::Person.word()
            ],
        )?;
        if new != key {
            tx.execute(
                "UPDATE bank SET merged = ?2 WHERE key = ?1 OR merged = ?1",
                [key, new],
            )?;
            tx.execute("UPDATE sightings SET key = ?2 WHERE key = ?1", [key, new])?;
        }
        Ok(())
    })
}

/// How many lessons count as each other one, by that one's key.
///
/// # Errors
/// If the database cannot be read.
pub fn merged(database: &Path) -> Result<BTreeMap<String, usize>, StoreError> {
    let Some(connection) = reading(database)? else {
        return Ok(BTreeMap::new());
    };
    let counted = "SELECT merged, count(*) FROM bank WHERE merged IS NOT NULL GROUP BY merged";
    let found = connection.prepare(counted).and_then(|mut found| {
        let rows = found.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))?;
        rows.collect::<rusqlite::Result<Vec<(String, i64)>>>()
    });
    let found = found.map_err(|error| schema::cannot_open(database, &error))?;
    let counts = found.into_iter();
    Ok(counts
        .map(|(key, count)| (key, usize::try_from(count).unwrap_or(0)))
        .collect())
}

/// For reading; `None` if there is no database yet, or one from before there was a bank.
fn reading(database: &Path) -> Result<Option<Connection>, StoreError> {
    let Some(connection) = schema::open_for_reading(database)? else {
        return Ok(None);
    };
    let known = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'bank'";
    let known = connection.query_row(known, [], |row| row.get::<_, i64>(0));
    match known.map_err(|error| schema::cannot_open(database, &error))? {
        0 => Ok(None),
        _ => Ok(Some(connection)),
    }
}

fn writing<T>(
    database: &Path,
    work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
) -> Result<T, StoreError> {
    let mut connection = schema::open_for_writing(database)?;
    let done = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .and_then(|tx| {
            let done = work(&tx)?;
            tx.commit()?;
            Ok(done)
        });
    done.map_err(|error| schema::cannot_open(database, &error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::carried::Arm;
    use crate::domain::lesson::LessonOutcome;
    use crate::domain::problem::{Mode, ProblemId};

    fn told(key: &str, source: &str, lesson: &str, standing: Standing) -> Told {
        Told {
            key: key.to_owned(),
            text: format!("text of {key}"),
            standing,
            sighting: Sighting {
                source: source.to_owned(),
                unit: 0,
                lesson: lesson.to_owned(),
                imported: false,
                carried: false,
                problem: ProblemId::new("p/c/one").unwrap(),
                category: "c".to_owned(),
                mode: Mode::Serial,
                compiler: "g++ 12.2.0".to_owned(),
                cpu: "a CPU".to_owned(),
                author: "a".to_owned(),
                outcome: LessonOutcome::Significant,
                speedup: 2.0,
                factor: 1.0,
                with: Arm::default(),
                without: Arm::default(),
            },
        }
    }

    fn standings(database: &Path) -> Vec<(String, Standing, StandingBy, usize)> {
        let mut all: Vec<_> = list(database, None)
            .unwrap()
            .into_iter()
            .map(|l| (l.key, l.standing, l.by, l.sightings.len()))
            .collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    #[test]
    fn lessons_are_folded_decided_and_merged() {
        use Standing::{Accepted, Rejected, Staged};
        use StandingBy::{Nobody, Person, Worth};
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("lessonl.db");
        assert_eq!(list(&database, None), Ok(Vec::new()));
        let run = RunId::new("r1").unwrap();
        let first = [
            told("a", "r1", "L-r0a0", Staged),
            told("b", "r1", "L-r0a1", Rejected),
            told("a", "r1", "L-r1a0", Staged),
        ];
        gather(&database, &run, 9, &first).unwrap();
        let row = |key: &str, standing, by, n| (key.to_owned(), standing, by, n);
        assert_eq!(
            standings(&database),
            [row("a", Staged, Nobody, 2), row("b", Rejected, Person, 1)]
        );
        decide(&database, &["a".to_owned()], Accepted, Worth).unwrap();
        // the run grew: what it said before is replaced, and its person's word counts more than a figure
        gather(&database, &run, 12, &[told("a", "r1", "L-r0a0", Rejected)]).unwrap();
        assert_eq!(
            standings(&database),
            [row("a", Rejected, Person, 1), row("b", Rejected, Person, 0)]
        );
        decide(&database, &["a".to_owned()], Accepted, Person).unwrap();
        gather(&database, &run, 13, &[told("a", "r1", "L-r0a0", Rejected)]).unwrap();
        assert_eq!(standings(&database)[0], row("a", Accepted, Person, 1));
        import(&database, &[told("c", "file", "x", Staged)]).unwrap();
        merge(&database, "c", "a").unwrap();
        import(&database, &[told("c", "file", "y", Staged)]).unwrap();
        assert_eq!(standings(&database)[0], row("a", Accepted, Person, 3));
        reword(&database, "b", "d", "better words").unwrap();
        import(&database, &[told("b", "file", "z", Staged)]).unwrap();
        assert_eq!(standings(&database)[1], row("d", Accepted, Person, 1));
        assert_eq!(merged(&database).unwrap().get("d"), Some(&1));
        assert_eq!(list(&database, Some(Accepted)).unwrap().len(), 2);
    }

    #[test]
    fn only_runs_that_grew_are_gathered_again() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("lessonl.db");
        assert_eq!(ungathered(&database), Ok(Vec::new()));
        let connection = schema::open_for_writing(&database).unwrap();
        let fact = |seq: i64| {
            connection
                .execute(
                    "INSERT INTO facts (run, seq, at, v, unit, kind, body) VALUES ('r1', ?1, 1, 1, NULL, 'k', '{}')",
                    [seq],
                )
                .unwrap();
        };
        fact(0);
        let run = RunId::new("r1").unwrap();
        assert_eq!(ungathered(&database).unwrap(), [(run.clone(), 1)]);
        gather(&database, &run, 1, &[]).unwrap();
        assert_eq!(ungathered(&database), Ok(Vec::new()));
        fact(1);
        assert_eq!(ungathered(&database).unwrap(), [(run, 2)]);
    }
}

//! Comparisons: their own few facts, appended one by one and read back. Their cells are ordinary runs, stored as such.
//! Never holds a connection open: a comparison writes here once per measurement, not once per ask.

use std::path::Path;

use rusqlite::{Connection, params};

use super::{StoreError, schema};
use crate::domain::comparison::{
    COMPARISON_VERSION, Comparison, ComparisonEnvelope, ComparisonFact, ComparisonId,
};

/// Appends a fact.
///
/// # Errors
/// If it cannot be written, or another process wrote a fact at its place.
pub fn append(database: &Path, envelope: &ComparisonEnvelope) -> Result<(), StoreError> {
    let connection = schema::open_for_writing(database)?;
    let body = serde_json::to_string(&envelope.fact)
        .map_err(|error| schema::cannot_open(database, &error))?;
    connection
        .execute(
            "INSERT INTO comparison_facts (comparison, seq, at, v, body) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                envelope.comparison.as_str(),
                i64::try_from(envelope.seq).unwrap_or(i64::MAX),
                envelope.at,
                envelope.v,
                body
            ],
        )
        .map_err(|error| schema::cannot_open(database, &error))?;
    Ok(())
}

/// All comparisons, newest first. Those that this program cannot read are left out.
///
/// # Errors
/// If the database cannot be read, or a newer program wrote it.
pub fn all(database: &Path) -> Result<Vec<Comparison>, StoreError> {
    let Some(connection) = schema::open_for_reading(database)? else {
        return Ok(Vec::new());
    };
    let read = names(&connection).and_then(|names| {
        let facts = names.iter().map(|id| facts(&connection, id));
        facts.collect::<rusqlite::Result<Vec<_>>>()
    });
    let all = read.map_err(|error| schema::cannot_open(database, &error))?;
    Ok(all
        .iter()
        .filter_map(|facts| Comparison::fold(facts))
        .collect())
}

/// The comparison whose id begins with `text`; `latest` names the newest. `None` if there is none.
///
/// # Errors
/// If several match, or the database cannot be read.
pub fn find(database: &Path, text: &str) -> Result<Option<Comparison>, StoreError> {
    let mut matching: Vec<Comparison> = all(database)?
        .into_iter()
        .filter(|c| text == "latest" || (!text.is_empty() && c.id.as_str().starts_with(text)))
        .collect();
    if let Some(exact) = matching.iter().position(|c| c.id.as_str() == text) {
        return Ok(Some(matching.swap_remove(exact)));
    }
    match matching.len() {
        0 => Ok(None),
        1 => Ok(matching.pop()),
        _ if text == "latest" => Ok(Some(matching.swap_remove(0))),
        several => Err(StoreError::new(
            format!("`{text}` names {several} comparisons"),
            "Give more of the id; `lessonl runs` lists them.",
        )),
    }
}

/// Ids of all comparisons, newest first. A database from before there were any holds none.
pub(super) fn names(connection: &Connection) -> rusqlite::Result<Vec<ComparisonId>> {
    let known =
        "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'comparison_facts'";
    if connection.query_row(known, [], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(Vec::new());
    }
    let names: Vec<String> = connection
        .prepare(
            "SELECT comparison FROM comparison_facts WHERE seq = 0 ORDER BY at DESC, comparison DESC",
        )?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(names
        .into_iter()
        .filter_map(|name| ComparisonId::new(name).ok())
        .collect())
}

/// The facts of a comparison in order, up to the first that cannot be read.
pub(super) fn facts(
    connection: &Connection,
    id: &ComparisonId,
) -> rusqlite::Result<Vec<ComparisonEnvelope>> {
    let mut found = connection.prepare_cached(
        "SELECT seq, at, v, body FROM comparison_facts WHERE comparison = ?1 ORDER BY seq",
    )?;
    let mut rows = found.query([id.as_str()])?;
    let mut facts: Vec<ComparisonEnvelope> = Vec::new();
    while let Some(row) = rows.next()? {
        let (seq, at, v): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let body: String = row.get(3)?;
        let readable = seq == facts.len() as i64 && v <= i64::from(COMPARISON_VERSION);
        let Some(fact) = readable
            .then(|| serde_json::from_str::<ComparisonFact>(&body).ok())
            .flatten()
        else {
            break;
        };
        facts.push(ComparisonEnvelope {
            v: u16::try_from(v).unwrap_or(0),
            comparison: id.clone(),
            seq: seq as u64,
            at,
            fact,
        });
    }
    Ok(facts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::comparison::{ComparisonSpec, Contender};
    use crate::domain::event::Envelope;
    use crate::domain::run::Run;
    use crate::domain::spec::StrategyKind;

    fn started(id: &str, at: i64) -> ComparisonEnvelope {
        let facts: Vec<Envelope> = include_str!("../../tests/fixtures/recorded-run.jsonl")
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let contender = Contender {
            strategy: StrategyKind::Single,
            rounds: 1,
            team: None,
        };
        let spec = ComparisonSpec {
            base: Run::fold(&facts).unwrap().spec,
            contenders: vec![contender],
            repeats: 1,
            cells: ComparisonSpec::grid(1, 2, 1, |_, _| u64::MAX),
            total: None,
        };
        ComparisonEnvelope {
            v: COMPARISON_VERSION,
            comparison: ComparisonId::new(id).unwrap(),
            seq: 0,
            at,
            fact: ComparisonFact::Started {
                spec: Box::new(spec),
            },
        }
    }

    #[test]
    fn comparisons_read_back_newest_first_and_are_found_by_a_prefix() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("lessonl.db");
        assert_eq!(all(&database), Ok(Vec::new()));
        let (old, new) = (started("2026-a", 1), started("2026-b", 2));
        append(&database, &old).unwrap();
        append(&database, &new).unwrap();
        assert!(append(&database, &new).is_err(), "a place is taken once");
        let finished = ComparisonEnvelope {
            seq: 1,
            at: 3,
            fact: ComparisonFact::Finished,
            ..old.clone()
        };
        append(&database, &finished).unwrap();
        let whole = Comparison::fold(&[old, finished]).unwrap();
        assert!(whole.finished);
        let newest = Comparison::fold(&[new]).unwrap();
        assert_eq!(all(&database).unwrap(), [newest.clone(), whole.clone()]);
        assert_eq!(find(&database, "2026-a"), Ok(Some(whole)));
        assert_eq!(find(&database, "latest"), Ok(Some(newest)));
        assert_eq!(find(&database, "2027"), Ok(None));
        assert!(find(&database, "2026").is_err());
    }

    #[test]
    fn one_on_other_machines_is_among_the_past_runs_before_anything_of_it_came_in() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("lessonl.db");
        let (here, there) = (started("2026-a", 1), started("2026-b", 2));
        let placed = ComparisonEnvelope {
            seq: 1,
            fact: ComparisonFact::Placed {
                folder: "/spool/2026-b".into(),
                cluster: Some("ice".to_owned()),
                plan: Some("0f".to_owned()),
            },
            ..there.clone()
        };
        for fact in [&here, &there, &placed] {
            append(&database, fact).unwrap();
        }
        let whole = find(&database, "2026-b").unwrap().unwrap();
        assert_eq!(whole.plan.as_deref(), Some("0f"));
        let archive = super::super::archive::Archive::new(&database);
        assert_eq!(archive.runs().unwrap(), []);
        let history = archive.history().unwrap();
        let listed: Vec<_> = history.iter().map(|run| run.comparison.clone()).collect();
        assert_eq!(listed, [Some(whole.id)]);
    }
}

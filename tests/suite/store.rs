//! Claims about stored runs as another process sees them.

use std::path::{Path, PathBuf};

use lessonl::domain::event::{Envelope, Event};
use lessonl::domain::id::RunId;
use lessonl::store;
use lessonl::store::archive::Archive;
use tokio::sync::mpsc::unbounded_channel;

/// A run that holds every kind of fact.
pub(crate) const RECORDED: &str = include_str!("../fixtures/recorded-run.jsonl");

/// The first `count` facts of the recorded run.
pub(crate) fn recorded(count: usize) -> Vec<Envelope> {
    RECORDED
        .lines()
        .take(count)
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Stores facts below a data folder; the database's path.
pub(crate) fn store_below(data: &Path, facts: &[Envelope]) -> PathBuf {
    let database = data.join("lessonl.db");
    let (events, receiver) = unbounded_channel();
    let (trouble, mut told) = unbounded_channel();
    let writer = store::spawn_writer(&database, receiver, None, trouble, || ()).unwrap();
    for envelope in facts {
        events
            .send(Event::Fact(Box::new(envelope.clone())))
            .unwrap();
    }
    drop(events);
    assert_eq!(writer.join().unwrap(), store::Kept::Whole);
    assert!(told.try_recv().is_err());
    database
}

#[test]
fn a_record_cut_off_anywhere_reads_back_as_far_as_it_went() {
    let dir = tempfile::tempdir().unwrap();
    for count in 1..=recorded(usize::MAX).len() {
        let data = dir.path().join(count.to_string());
        let facts = recorded(count);
        let archive = Archive::new(&store_below(&data, &facts));
        assert_eq!(archive.facts(&facts[0].run).unwrap(), facts);
        assert_eq!(archive.find("latest").unwrap(), facts[0].run);
    }
}

#[test]
fn a_record_goes_on_where_another_writer_left_off() {
    let dir = tempfile::tempdir().unwrap();
    store_below(dir.path(), &recorded(9));
    let database = store_below(dir.path(), &recorded(usize::MAX)[9..]);
    let archive = Archive::new(&database);
    let whole = recorded(usize::MAX);
    assert_eq!(archive.facts(&whole[0].run).unwrap(), whole);
    let before = archive.runs().unwrap();
    assert_eq!(before[0].units[0].best_by_round, [2.313]);
    assert_eq!(store::rebuild(&database).unwrap(), []);
    assert_eq!(archive.runs().unwrap(), before);
}

#[test]
fn a_claim_is_seen_until_it_is_given_up() {
    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("lessonl.db");
    let run = RunId::new("r").unwrap();
    let claim = store::claim(&database, &run).unwrap();
    assert!(store::is_claimed(&database, &run));
    assert!(store::claim(&database, &run).is_err());
    drop(claim);
    assert!(!store::is_claimed(&database, &run));
}

//! Claims about the whole store: what goes in comes out, whatever fails on the way.

use std::collections::BTreeSet;
use std::path::PathBuf;

use tokio::sync::mpsc::unbounded_channel;

use super::archive::Archive;
use super::writer::Recorder;
use super::*;
use crate::domain::event::{Envelope, FACT_VERSION};
use crate::domain::id::RunId;

/// A stored copy of the sample run: the form in which facts leave the program.
const RECORDED: &str = include_str!("../../tests/fixtures/recorded-run.jsonl");

fn sample() -> Vec<Envelope> {
    sample::envelopes("20231114-221320-aaaa")
}

fn room() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("lessonl.db");
    (dir, database)
}

fn stored(database: &std::path::Path, envelopes: &[Envelope]) {
    let mut recorder = Recorder::open(database).unwrap();
    for envelope in envelopes {
        assert_eq!(recorder.record(envelope.clone()), None);
    }
    assert_eq!(recorder.finish(), None);
}

#[test]
fn every_kind_of_fact_comes_back_as_it_went_in() {
    let (_dir, database) = room();
    stored(&database, &sample());
    let facts = Archive::new(&database).facts(&sample()[0].run).unwrap();
    assert_eq!(facts, sample());
    let kinds: BTreeSet<String> = facts
        .iter()
        .map(|e| serde_json::to_value(&e.fact).unwrap()["fact"].to_string())
        .collect();
    assert_eq!(
        kinds.len(),
        21,
        "a kind of fact is missing in the sample: {kinds:?}"
    );
}

#[test]
fn the_written_form_of_facts_has_not_changed() {
    let read: Vec<Envelope> = RECORDED
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(read, sample());
    let written: String = sample()
        .iter()
        .map(|e| serde_json::to_string(e).unwrap() + "\n")
        .collect();
    assert_eq!(written, RECORDED);
}

#[test]
fn the_writer_thread_stores_facts_and_ignores_pulses() {
    let (_dir, database) = room();
    let (events, receiver) = unbounded_channel();
    let (trouble, mut told) = unbounded_channel();
    let writer = spawn_writer(&database, receiver, None, trouble, || ()).unwrap();
    for envelope in sample() {
        events.send(Event::Fact(Box::new(envelope))).unwrap();
        let pulse = crate::domain::event::Pulse::TimingWindow { open: true };
        events.send(Event::Pulse(pulse)).unwrap();
    }
    drop(events);
    assert_eq!(writer.join().unwrap(), Kept::Whole);
    assert!(told.try_recv().is_err());
    assert_eq!(
        Archive::new(&database).facts(&sample()[0].run).unwrap(),
        sample()
    );
}

#[test]
fn a_run_is_listed_with_what_it_came_to() {
    let (_dir, database) = room();
    stored(&database, &sample());
    stored(&database, &sample::envelopes("20231114-999999-bbbb")[..1]);
    let runs = Archive::new(&database).runs().unwrap();
    assert_eq!(runs.len(), 2);
    assert_eq!((&runs[0].ending, runs[0].units[0].ended), (&None, false));
    let done = &runs[1];
    assert_eq!(done.ending, Some(crate::domain::event::Ending::Done));
    assert_eq!(done.team, ["loops", "coder"]);
    assert_eq!(done.units[0].best_by_round, [2.313]);
    assert_eq!(
        done.units[0].reported.unwrap().to_string(),
        "2.31× [2.24, 2.39]"
    );
    assert_eq!((done.units[1].ended, done.units[1].reported), (true, None));
}

#[test]
fn rebuilt_projections_equal_the_ones_written_fact_by_fact() {
    let (_dir, database) = room();
    for prefix in 1..=sample().len() {
        stored(
            &database,
            &sample::envelopes(&format!("run-{prefix}"))[..prefix],
        );
    }
    let archive = Archive::new(&database);
    let before = archive.runs().unwrap();
    assert_eq!(rebuild(&database).unwrap(), []);
    assert_eq!(archive.runs().unwrap(), before);
}

#[test]
fn a_run_can_be_read_while_it_is_being_written() {
    let (_dir, database) = room();
    let archive = Archive::new(&database);
    let mut recorder = Recorder::open(&database).unwrap();
    assert_eq!(archive.runs().unwrap(), []);
    for (done, envelope) in sample().into_iter().enumerate() {
        recorder.record(envelope.clone());
        assert_eq!(archive.facts(&envelope.run).unwrap().len(), done + 1);
        assert_eq!(archive.runs().unwrap()[0].updated_at, envelope.at);
    }
}

#[test]
fn a_full_disk_is_told_once_and_nothing_is_lost_when_there_is_room_again() {
    let (_dir, database) = room();
    let mut recorder = Recorder::open(&database).unwrap();
    let told = {
        recorder.limit_pages(Some(20));
        let mut told = Vec::new();
        for copy in 0..40 {
            for envelope in sample::envelopes(&format!("run-{copy}")) {
                told.extend(recorder.record(envelope));
            }
        }
        told
    };
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("the disk is full"), "{told:?}");
    recorder.limit_pages(None);
    let last = sample::envelopes("run-last");
    let told = recorder.record(last[0].clone()).unwrap();
    assert!(told.contains("complete again"), "{told}");
    let archive = Archive::new(&database);
    for copy in 0..40 {
        let run = RunId::new(format!("run-{copy}")).unwrap();
        assert_eq!(
            archive.facts(&run).unwrap(),
            sample::envelopes(run.as_str())
        );
    }
    assert_eq!(archive.runs().unwrap().len(), 41);
}

#[test]
fn what_is_still_unwritten_at_the_end_is_told() {
    let (_dir, database) = room();
    let mut recorder = Recorder::open(&database).unwrap();
    recorder.limit_pages(Some(1));
    for envelope in sample() {
        recorder.record(envelope);
    }
    let told = recorder.finish().unwrap();
    assert!(told.contains("could not be stored"), "{told}");
    assert_eq!(recorder.kept(), Kept::Partly);
    recorder.limit_pages(None);
    assert_eq!((recorder.finish(), recorder.kept()), (None, Kept::Whole));
}

#[test]
fn a_damaged_fact_is_an_error_naming_it_and_the_other_runs_are_readable() {
    let (_dir, database) = room();
    stored(&database, &sample::envelopes("good"));
    stored(&database, &sample::envelopes("bad")[..3]);
    let connection = rusqlite::Connection::open(&database).unwrap();
    connection
        .execute(
            "INSERT INTO facts (run, seq, at, v, kind, body) VALUES ('bad', 3, 0, 1, 'x', '{\"fact\":')",
            [],
        )
        .unwrap();
    let archive = Archive::new(&database);
    let error = archive.facts(&RunId::new("bad").unwrap()).unwrap_err();
    assert!(error.what.starts_with("fact 3 of run bad in "), "{error}");
    assert_eq!(
        archive.facts(&RunId::new("good").unwrap()).unwrap().len(),
        29
    );
    assert_eq!(archive.runs().unwrap().len(), 2);
    let damaged = rebuild(&database).unwrap();
    assert_eq!(damaged, [error]);
    assert_eq!(archive.runs().unwrap().len(), 2);
}

#[test]
fn facts_of_a_newer_program_are_refused() {
    let (_dir, database) = room();
    let mut envelopes = sample();
    envelopes[2].v = FACT_VERSION + 1;
    stored(&database, &envelopes);
    let error = Archive::new(&database)
        .facts(&envelopes[0].run)
        .unwrap_err();
    assert!(error.what.contains("written by a newer lessonl"), "{error}");
}

#[test]
fn several_runs_may_be_written_at_once_from_the_very_start() {
    let (_dir, database) = room();
    std::thread::scope(|scope| {
        for writer in 0..6 {
            let database = &database;
            scope.spawn(move || stored(database, &sample::envelopes(&format!("run-{writer}"))));
        }
    });
    let runs = Archive::new(&database).runs().unwrap();
    assert_eq!(runs.len(), 6);
    for run in runs {
        let facts = Archive::new(&database).facts(&run.id).unwrap();
        assert_eq!(facts, sample::envelopes(run.id.as_str()));
    }
}

#[test]
fn facts_cannot_be_changed_or_deleted() {
    let (_dir, database) = room();
    stored(&database, &sample());
    let connection = rusqlite::Connection::open(&database).unwrap();
    for sql in ["DELETE FROM facts", "UPDATE facts SET body = '{}'"] {
        assert!(connection.execute(sql, []).is_err(), "{sql}");
    }
}

#[test]
fn known_facts_told_again_are_fine_but_another_process_is_not() {
    let (_dir, database) = room();
    stored(&database, &sample());
    stored(&database, &sample());
    let mut other = sample().remove(1);
    other.fact = crate::domain::event::Fact::PauseSet { paused: true };
    let mut recorder = Recorder::open(&database).unwrap();
    let told = recorder.record(other).unwrap();
    assert!(
        told.starts_with("Another process has written fact 1"),
        "{told}"
    );
}

#[test]
fn a_record_that_another_process_has_taken_over_is_told_so_that_the_run_stops() {
    let (_dir, database) = room();
    stored(&database, &sample());
    let (events, receiver) = unbounded_channel();
    let (trouble, mut told) = unbounded_channel();
    let (lost, stopped) = std::sync::mpsc::channel();
    let give_up = move || lost.send(()).unwrap();
    let writer = spawn_writer(&database, receiver, None, trouble, give_up).unwrap();
    let mut other = sample().remove(0);
    other.at += 1;
    other.fact = crate::domain::event::Fact::PauseSet { paused: true };
    for envelope in [other, sample().remove(1)] {
        events.send(Event::Fact(Box::new(envelope))).unwrap();
    }
    stopped.recv().unwrap();
    drop(events);
    assert_eq!(writer.join().unwrap(), Kept::Taken);
    let words = told.try_recv().unwrap();
    assert!(words.contains("so it stops"), "{words}");
    assert!(told.try_recv().is_err(), "it is told once");
}

#[test]
fn runs_are_found_by_prefix_and_latest_and_ambiguity_lists_them() {
    let (_dir, database) = room();
    let archive = Archive::new(&database);
    assert!(
        archive
            .find("latest")
            .unwrap_err()
            .what
            .contains("no run beside")
    );
    for (at, name) in ["20250101-a", "20250101-b", "2024-c"]
        .into_iter()
        .enumerate()
    {
        let mut first = sample::envelopes(name).remove(0);
        first.at = at as i64;
        stored(&database, &[first]);
    }
    let found = |text| archive.find(text).map(|id| id.to_string());
    assert_eq!(found("latest").unwrap(), "2024-c");
    assert_eq!(found("2024").unwrap(), "2024-c");
    assert_eq!(found("20250101-a").unwrap(), "20250101-a");
    let error = found("2025").unwrap_err();
    assert_eq!(error.what, "`2025` names 2 runs: 20250101-b, 20250101-a");
    for none in ["x", ""] {
        assert!(found(none).unwrap_err().what.contains("no run"), "{none}");
    }
}

//! Claims about comparisons on several machines, without any scheduler: slices give what one machine gives, whoever dies,
//! and databases of several machines come together.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use super::cli::{lessonl, said};
use super::compare::{Place, deeds, on_one_machine, timeless, untimed_place};

/// The comparison of the small problem, cut into slices in a new folder.
fn sliced(place: &Place, slices: &str) -> PathBuf {
    let plan = place.home().join("plan");
    let mut arguments = place.compare();
    let out = plan.to_str().unwrap();
    arguments.extend(["--slices", slices, "--out", out].map(str::to_owned));
    let (code, out, err) = place.said(&arguments);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("2 blocks in"), "{out}");
    plan
}

fn work(place: &Place, plan: &Path, slice: &str) -> (i32, String, String) {
    let plan = plan.to_str().unwrap();
    said(place.home(), &["work", plan, "--slice", slice])
}

fn begun(place: &Place, plan: &Path, slice: &str) -> Child {
    lessonl(
        place.home(),
        &["work", plan.to_str().unwrap(), "--slice", slice],
    )
    .stdout(Stdio::null())
    .stderr(Stdio::null())
    .spawn()
    .unwrap()
}

fn ingest(place: &Place, plan: &Path) -> String {
    let (code, out, err) = said(place.home(), &["ingest", plan.to_str().unwrap()]);
    assert_eq!(code, 0, "{err}");
    format!("{out}{err}")
}

/// Waits until the models were asked so often, or the child has ended.
fn asked(place: &Place, child: &mut Child, times: usize) {
    while place.asks() < times && child.try_wait().unwrap().is_none() {
        std::thread::park_timeout(std::time::Duration::from_millis(5));
    }
}

#[test]
fn slices_without_any_scheduler_give_what_one_machine_gives() {
    let whole = untimed_place(1);
    let mut arguments = whole.compare();
    // several cells in flight change nothing but the order in which they end
    arguments.extend(["--cells", "3"].map(str::to_owned));
    let (code, _, err) = whole.said(&arguments);
    assert_eq!(code, 0, "{err}");
    let expected = whole.report(&whole.id());
    assert_eq!(expected["figures"]["blocks"], 2);

    let cut = untimed_place(1);
    let plan = sliced(&cut, "2");
    let (code, out, err) = work(&cut, &plan, "1/2");
    assert_eq!(code, 0, "{err}");
    assert_eq!(out.lines().count(), 3, "{out}");
    let told = ingest(&cut, &plan);
    assert!(told.contains("3 of 6 cells are over"), "{told}");
    let id = cut.id();
    let (code, out, _) = said(cut.home(), &["compare", "--resume", &id]);
    assert!(
        code == 0 && out.contains("left are the slices 2/2"),
        "{out}"
    );
    assert_eq!(work(&cut, &plan, "2/2").0, 0);
    assert!(ingest(&cut, &plan).contains("6 of 6 cells are over"));
    assert!(ingest(&cut, &plan).contains(" 0 facts new"));
    assert_eq!(deeds(&cut), deeds(&whole));
    let got = cut.report(&id);
    assert_eq!(timeless(&got), timeless(&expected));
    assert_eq!(
        (&got["order"], &got["complete"]),
        (&expected["order"], &expected["complete"])
    );
    // what is over is not begun again
    let before = cut.asks();
    assert_eq!(work(&cut, &plan, "1/1").0, 0);
    assert_eq!(cut.asks(), before);
    let (code, _, err) = said(cut.home(), &["compare", "--resume", &id]);
    assert!(code == 0 && err.contains("is done"), "{err}");
}

#[test]
fn whoever_dies_and_whoever_works_on_beside_another_the_facts_are_the_same() {
    let (whole, asks) = on_one_machine();
    let cut = untimed_place(1);
    let plan = sliced(&cut, "1");
    for more in [1, 2, 5] {
        let so_far = cut.asks();
        let mut child = begun(&cut, &plan, "1/1");
        asked(&cut, &mut child, so_far + more);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    // two at once: the later one is believed, the other one stops before it asks again
    let so_far = cut.asks();
    let mut first = begun(&cut, &plan, "1/1");
    asked(&cut, &mut first, so_far + 1);
    let mut second = begun(&cut, &plan, "1/1");
    first.wait().unwrap();
    second.wait().unwrap();
    assert_eq!(work(&cut, &plan, "1/1").0, 0);
    let told = ingest(&cut, &plan);
    assert!(told.contains("6 of 6 cells are over"), "{told}");
    assert_eq!(deeds(&cut), *whole);
    // three deaths and two at once: only what was under way was asked again
    let extra = cut.asks() - asks;
    assert!(extra <= 4 * 2 + 2, "{extra} questions were asked again");
    let (code, out, _) = said(cut.home(), &["report", &cut.id()]);
    assert!(code == 0 && out.contains("## Strategies"), "{out}");
}

#[test]
fn a_run_that_is_named_begins_or_goes_on() {
    let place = untimed_place(1);
    let problem = place.problem();
    let problem = problem.to_str().unwrap();
    let mut arguments: Vec<String> = ["run", problem, "--rounds", "2", "--seed", "4", "--headless"]
        .map(str::to_owned)
        .to_vec();
    arguments.extend(["--id", "nightly"].map(str::to_owned));
    arguments.extend(place.agents());
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut child = lessonl(place.home(), &words)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    asked(&place, &mut child, 2);
    child.kill().unwrap();
    child.wait().unwrap();
    let cut = place.asks();
    let (code, _, err) = place.said(&arguments);
    assert!(code == 0 && err.contains("Run nightly"), "{err}");
    let all = place.asks();
    assert!(all > cut);
    let (code, _, err) = place.said(&arguments);
    assert!(code == 0 && err.contains("finished already"), "{err}");
    assert_eq!(place.asks(), all, "nothing is paid for twice");
    let (_, listed, _) = said(place.home(), &["runs"]);
    assert_eq!(listed.lines().count(), 2, "{listed}");
    arguments[1] = "pareval/dense_la/axpy".to_owned();
    let (code, _, err) = place.said(&arguments);
    assert!(
        code == 2 && err.contains("`nightly` is stored already"),
        "{err}"
    );
    for bad in ["latest", "a b", "x-c001"] {
        let at = arguments.iter().position(|word| word == "--id").unwrap() + 1;
        arguments[at] = bad.to_owned();
        let (code, _, err) = place.said(&arguments);
        assert!(code == 2 && err.contains("name"), "{bad}: {err}");
    }
    // the same for a comparison
    let mut arguments = place.compare();
    arguments.extend(["--id", "weekly"].map(str::to_owned));
    let (code, _, err) = place.said(&arguments);
    assert_eq!(code, 0, "{err}");
    let all = place.asks();
    let (code, _, err) = place.said(&arguments);
    assert!(
        code == 0 && err.contains("Comparison weekly is done"),
        "{err}"
    );
    assert_eq!(place.asks(), all);
}

#[test]
fn databases_and_exports_of_other_machines_come_together() {
    let there = untimed_place(1);
    let (code, _, err) = there.said(&there.compare());
    assert_eq!(code, 0, "{err}");
    let id = there.id();
    let here = tempfile::tempdir().unwrap();
    let database = there.home().join("data/lessonl.db");
    let import = |file: &Path| said(here.path(), &["import", "runs", file.to_str().unwrap()]);
    let (code, out, err) = import(&database);
    assert_eq!(code, 0, "{err}");
    assert!(
        !out.starts_with("0 facts") && out.contains(" 0 were known"),
        "{out}"
    );
    let (_, out, _) = import(there.home().join("data").as_path());
    assert!(
        out.starts_with("0 facts of runs and 0 of comparisons are new"),
        "{out}"
    );
    let report = |home: &Path| said(home, &["report", &id, "--format", "json"]).1;
    assert_eq!(report(here.path()), report(there.home()));

    // an exported run, whole and with a gap, and one that says something else
    let cell = format!("{id}-c000");
    let (_, facts, _) = said(there.home(), &["export", &cell]);
    let other = tempfile::tempdir().unwrap();
    let file = other.path().join("run.jsonl");
    let into = |text: &str| {
        fs::write(&file, text).unwrap();
        said(other.path(), &["import", "runs", file.to_str().unwrap()])
    };
    let lines: Vec<&str> = facts.lines().collect();
    let gap = [&lines[..3], &lines[4..]].concat().join("\n");
    let (code, out, err) = into(&gap);
    assert!(
        code == 2 && out.starts_with("3 facts") && err.contains("missing in between"),
        "{out} {err}"
    );
    let (code, out, err) = into(&facts);
    assert!(code == 0 && out.contains(" 3 were known"), "{out} {err}");
    let changed = lines[..2].join("\n").replace(
        "\"fact\":\"unit_started\"",
        "\"fact\":\"pause_set\",\"paused\":true",
    );
    let (code, _, err) = into(&changed);
    assert!(
        code == 2 && err.contains("another fact 1 is stored here"),
        "{err}"
    );
    assert_eq!(said(other.path(), &["export", &cell]).1, facts);
    let (code, _, err) = import(&other.path().join("absent.db"));
    assert!(code == 2 && err.contains("absent.db"), "{err}");
}

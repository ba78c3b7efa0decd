//! Claims about the command line: help, refusals, exit codes, and what is printed of stored runs.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use lessonl::store;

use super::store::{RECORDED, recorded, store_below};

const RUN: &str = "20231114-221320-aaaa";

/// Compiled headers are shared by all tests: making them takes longer than most of what is tried here.
pub(super) const CACHE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/cache");

/// The built program in a home of its own, without a terminal, a model or a key.
pub(super) fn lessonl(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lessonl"));
    command
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("OLLAMA_HOST", "127.0.0.1:1")
        .env("LESSONL_DATA_DIR", home.join("data"))
        .env("XDG_CACHE_HOME", CACHE)
        .current_dir(home)
        .stdin(Stdio::null());
    command
}

/// Exit code, stdout, stderr.
pub(super) fn said(home: &Path, arguments: &[&str]) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = lessonl(home, arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

fn home_with_run(facts: usize) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    store_below(&home.path().join("data"), &recorded(facts));
    home
}

#[test]
fn without_a_terminal_or_arguments_help_is_shown_and_the_code_is_2() {
    let home = tempfile::tempdir().unwrap();
    let (code, out, err) = said(home.path(), &[]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(
        err.contains("Usage: lessonl") && err.contains("needs a terminal"),
        "{err}"
    );
}

#[test]
fn version_and_help_are_results() {
    let home = tempfile::tempdir().unwrap();
    let (code, out, _) = said(home.path(), &["--version"]);
    assert_eq!(code, 0);
    assert!(
        out.starts_with(&format!("lessonl {} (", env!("CARGO_PKG_VERSION"))),
        "{out}"
    );
    for arguments in [&["--help"][..], &["run", "--help"], &["eval", "-h"]] {
        let (code, out, err) = said(home.path(), arguments);
        assert_eq!((code, err.as_str()), (0, ""));
        assert!(out.contains("Usage: lessonl"), "{out}");
    }
}

#[test]
fn the_manual_the_man_page_and_completions_are_printed_as_text() {
    let home = tempfile::tempdir().unwrap();
    let ok = |arguments: &[&str]| {
        let (code, out, err) = said(home.path(), arguments);
        assert_eq!((code, err.as_str()), (0, ""), "{arguments:?}");
        out
    };
    assert!(ok(&["help"]).contains("| `measuring` | What a speedup means |"));
    assert_eq!(
        ok(&["help", "lessons"]),
        include_str!("../../src/cli/manual/lessons.md")
    );
    assert!(ok(&["help", "eval"]).contains("Usage: lessonl eval"));
    assert!(ok(&["help", "lessons", "accept"]).contains("KEYS"));
    assert!(ok(&["man"]).contains(".TH lessonl 1"));
    assert!(ok(&["completions", "bash"]).contains("_lessonl"));
    let (code, _, err) = said(home.path(), &["help", "measurin"]);
    assert_eq!(code, 2);
    assert!(err.contains("lessonl help measuring"), "{err}");
}

#[test]
fn every_setting_and_every_key_is_listed_with_what_it_means() {
    let home = tempfile::tempdir().unwrap();
    let settings = home.path().join(".config/lessonl");
    std::fs::create_dir_all(&settings).unwrap();
    std::fs::write(settings.join("config.toml"), "gate = \"review\"\n").unwrap();
    let (code, out, err) = said(home.path(), &["config"]);
    assert_eq!(code, 0, "{err}");
    let row = out.lines().find(|line| line.starts_with("gate ")).unwrap();
    assert!(
        row.contains("review") && row.contains("config.toml"),
        "{row}"
    );
    assert!(err.contains("Your settings file"), "{err}");
    let (code, out, _) = said(home.path(), &["config", "--keys", "--json"]);
    let keys: serde_json::Value = serde_json::from_str(&out).unwrap();
    let all = keys.as_array().unwrap();
    assert_eq!((code, all.len()), (0, lessonl::config::keymap::TABLE.len()));
}

#[test]
fn a_stored_run_is_written_as_a_film() {
    let home = home_with_run(usize::MAX);
    for (name, begins) in [("run.cast", "{\"version\":2"), ("run.svg", "<svg ")] {
        let file = home.path().join(name);
        let (code, _, err) = said(
            home.path(),
            &["replay", RUN, "--film", file.to_str().unwrap()],
        );
        assert_eq!(code, 0, "{err}");
        assert!(std::fs::read_to_string(file).unwrap().starts_with(begins));
    }
    let (code, _, err) = said(home.path(), &["replay", RUN, "--film", "run.gif"]);
    assert_eq!(code, 2);
    assert!(err.contains(".cast"), "{err}");
}

#[test]
fn the_bank_is_listed_without_a_word_more() {
    let home = home_with_run(usize::MAX);
    let (code, out, err) = said(home.path(), &["lessons"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.starts_with("key"), "{out}");
    assert!(err.contains("Bank screen"), "{err}");
}

#[test]
fn usage_errors_are_2_and_say_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    let cases: [(&[&str], &str); 8] = [
        (&["rnu"], "similar subcommand"),
        (&["run"], "TARGET"),
        (&["run", "x", "--mode", "cuda"], "mode (serial or omp)"),
        (&["run", "x", "--budget-time", "soon"], "90s, 10m or 1h30m"),
        (
            &["run", "x", "--gate", "review", "--headless"],
            "waits for a person",
        ),
        (&["run", "x", "--agent", "a=m"], "http://localhost:11434"),
        (
            &["run", "x", "--agents", "none.toml"],
            "none.toml: cannot be read",
        ),
        (&["report", "latest"], "there is no run"),
    ];
    for (arguments, expected) in cases {
        let (code, out, err) = said(home.path(), arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {err}");
        assert!(err.contains(expected), "{arguments:?}: {err}");
    }
}

#[test]
fn a_mistake_in_the_configuration_names_file_line_and_key() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("lessonl.toml"), "rounds = 3\nruonds = 4\n").unwrap();
    let (code, out, err) = said(home.path(), &["runs"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(
        err.contains("lessonl.toml:2: unknown key `ruonds`"),
        "{err}"
    );
    assert!(err.contains("Did you mean `rounds`?"), "{err}");
}

#[test]
fn stored_runs_are_listed() {
    let home = home_with_run(usize::MAX);
    let (code, out, err) = said(home.path(), &["runs"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let row = out.lines().nth(1).unwrap();
    for cell in [
        RUN,
        "2023-11-14 22:13",
        "done",
        "lessonl",
        "2 of 2 done",
        "loops coder",
        "1 of 2 faster",
    ] {
        assert!(row.contains(cell), "{cell} is not in {row}");
    }
    let (code, out, err) = said(home.path(), &["runs", "--json"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let list: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(list[0]["id"], RUN);
    assert_eq!(list[0]["units"][0]["speedup"]["estimate"], 2.313);
}

#[test]
fn no_runs_is_an_empty_list() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(
        said(home.path(), &["runs", "--json"]),
        (0, "[]\n".to_owned(), String::new())
    );
}

#[test]
fn an_exported_run_is_its_facts() {
    let home = home_with_run(usize::MAX);
    assert_eq!(
        said(home.path(), &["export", "2023"]),
        (0, RECORDED.to_owned(), String::new())
    );
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let home = home_with_run(usize::MAX);
    let mut child = lessonl(home.path(), &["export", "latest"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut err = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut err)
        .unwrap();
    assert_eq!(
        (child.wait().unwrap().code(), err.as_str()),
        (Some(141), "")
    );
}

#[test]
fn a_run_is_reported_as_markdown_and_json() {
    let home = home_with_run(usize::MAX);
    let (code, out, err) = said(home.path(), &["report", "latest"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.starts_with(&format!("# Run {RUN}\n")), "{out}");
    let (code, out, _) = said(home.path(), &["report", "latest", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &report["run"]), (0, &serde_json::json!(RUN)));
}

#[test]
fn a_run_is_reported_as_a_page_as_values_and_as_pictures() {
    let home = home_with_run(usize::MAX);
    let page = home.path().join("r.html");
    let plots = home.path().join("plots");
    let (code, out, err) = said(
        home.path(),
        &[
            "report",
            "latest",
            "--format",
            "html",
            "--out",
            page.to_str().unwrap(),
            "--plots",
            plots.to_str().unwrap(),
        ],
    );
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    let text = std::fs::read_to_string(page).unwrap();
    assert!(text.starts_with("<!doctype html>") && text.contains(RUN));
    let svg = std::fs::read_to_string(plots.join("speedup-over-rounds.svg")).unwrap();
    assert!(svg.starts_with("<svg"), "{svg}");
    let (code, out, _) = said(home.path(), &["report", "latest", "--format", "csv"]);
    assert_eq!((code, out.lines().count()), (0, 4), "{out}");
    let nowhere = home.path().join("no/such/folder/r.md");
    let nowhere = nowhere.to_str().unwrap();
    let (code, _, err) = said(home.path(), &["report", "latest", "--out", nowhere]);
    assert_eq!(code, 2);
    assert!(err.contains("Name a place that can be written to"), "{err}");
}

#[test]
fn a_headless_replay_tells_every_fact_and_ends_with_the_table() {
    let home = home_with_run(usize::MAX);
    let (code, out, err) = said(home.path(), &["replay", RUN, "--headless"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(
        out.starts_with(&format!("run        {RUN} 2 problems")),
        "{out}"
    );
    let table: Vec<&str> = out.lines().rev().take(3).collect();
    assert!(table[2].starts_with("problem"), "{out}");
    assert!(
        table[1].contains("2.31× [2.24, 2.39]  faster   loops"),
        "{out}"
    );
}

#[test]
fn an_interrupted_replay_stops_with_130() {
    let home = home_with_run(usize::MAX);
    let mut child = lessonl(home.path(), &["replay", RUN, "--headless", "--speed", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    out.read_line(&mut first).unwrap();
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    out.read_to_string(&mut String::new()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn a_finished_run_needs_no_resuming() {
    let home = home_with_run(usize::MAX);
    let (code, out, err) = said(home.path(), &["run", "--resume", "latest", "--headless"]);
    assert_eq!(code, 0, "{err}");
    assert!(
        err.contains("finished already") && out.contains("2.31×"),
        "{out}{err}"
    );
    let (code, out, _) = said(
        home.path(),
        &["run", "--resume", "latest", "--headless", "--json"],
    );
    assert_eq!((code, out.as_str()), (0, ""));
}

#[test]
fn a_run_that_another_process_works_on_is_not_resumed() {
    let home = home_with_run(12);
    let database = home.path().join("data/lessonl.db");
    let claim = store::claim(&database, &recorded(1)[0].run).unwrap();
    let (code, out, err) = said(home.path(), &["run", "--resume", "latest", "--headless"]);
    assert_eq!((code, out.as_str()), (3, ""));
    assert!(err.contains("another lessonl process"), "{err}");
    assert!(said(home.path(), &["runs"]).1.contains("running"));
    drop(claim);
    assert!(said(home.path(), &["runs"]).1.contains("cut off"));
}

#[test]
fn a_resumed_run_needs_the_keys_it_names() {
    let home = home_with_run(12);
    let (code, out, err) = said(home.path(), &["run", "--resume", "latest", "--headless"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(
        err.contains("agent `coder` wants its key from $CODER_KEY"),
        "{err}"
    );
}

#[test]
fn nothing_but_the_log_is_written_to_the_state_folder() {
    let home = home_with_run(usize::MAX);
    said(home.path(), &["runs"]);
    let state = home.path().join(".local/state/lessonl");
    let names: Vec<_> = std::fs::read_dir(state)
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(names, ["lessonl.log"]);
}

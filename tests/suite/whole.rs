//! Claims about the whole program on real compilers and processes: the manual's own problem, a run without key, network or
//! terminal, and what is left of a run that was killed.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use lessonl::domain::event::{Ending, Envelope, Fact};
use lessonl::domain::run::Run;

use super::cli::{lessonl, said};

const TEAM: &str = "[[agent]]\nname = \"loops\"\nkind = \"rewriter\"\nstyle = \"loops\"\n\n\
                    [[agent]]\nname = \"parallel\"\nkind = \"rewriter\"\nstyle = \"parallel\"\n";

/// The problem that the manual tells how to write, written as it tells.
fn manuals_problem(home: &Path) -> PathBuf {
    let page = include_str!("../../src/cli/manual/problems.md");
    let folder = home.join("dot");
    fs::create_dir(&folder).unwrap();
    for file in ["problem.toml", "original.cpp", "driver.cpp"] {
        let (_, after) = page.split_once(&format!("\n`{file}`")).unwrap();
        let (_, block) = after.split_once("```").unwrap();
        let (text, _) = block.split_once("\n```").unwrap();
        let (_, text) = text.split_once('\n').unwrap();
        fs::write(folder.join(file), text).unwrap();
    }
    folder
}

struct Place {
    home: tempfile::TempDir,
    target: String,
    team: String,
}

fn manuals_place() -> Place {
    let mut place = place("");
    let folder = manuals_problem(place.home.path());
    place.target = folder.to_str().unwrap().to_owned();
    place
}

fn place(target: &str) -> Place {
    let home = tempfile::tempdir().unwrap();
    let team = home.path().join("team.toml");
    fs::write(&team, TEAM).unwrap();
    Place {
        team: team.to_str().unwrap().to_owned(),
        home,
        target: target.to_owned(),
    }
}

impl Place {
    fn run_arguments(&self) -> Vec<&str> {
        vec![
            "run",
            &self.target,
            "--agents",
            &self.team,
            "--rounds",
            "2",
            "--seed",
            "7",
            "--headless",
            "--json",
        ]
    }

    fn stored(&self) -> Vec<Envelope> {
        let (code, out, err) = said(self.home.path(), &["export", "latest"]);
        assert_eq!(code, 0, "{err}");
        out.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// What happened, by name, without what was measured and without order.
fn deeds(facts: &[Envelope]) -> BTreeSet<String> {
    let name = |envelope: &Envelope| match &envelope.fact {
        Fact::RoundStarted { round, .. } => Some(format!("{round} started")),
        Fact::RoundFinished { round, .. } => Some(format!("{round} finished")),
        Fact::LessonsSelected { round, .. } => Some(format!("{round} selected")),
        Fact::AskSent { ask, .. } => Some(format!("{ask} sent")),
        Fact::AnswerReceived { ask, .. } => Some(format!("{ask} answered")),
        Fact::CandidateProposed { candidate, .. } => Some(format!("{} proposed", candidate.id)),
        Fact::Evaluated { candidate, .. } => Some(format!("{candidate} evaluated")),
        Fact::LessonLearned { lesson, .. } => Some(format!("{} learned", lesson.id)),
        Fact::RunFinished { ending } => Some(format!("{ending:?}")),
        _ => None,
    };
    facts.iter().filter_map(name).collect()
}

fn times(facts: &[Envelope], what: impl Fn(&Fact) -> Option<String>) -> Vec<String> {
    let mut all: Vec<String> = facts.iter().filter_map(|e| what(&e.fact)).collect();
    all.sort();
    all
}

#[test]
fn the_manuals_problem_runs_without_key_network_or_terminal() {
    let place = manuals_place();
    let (code, out, err) = said(place.home.path(), &place.run_arguments());
    assert_eq!(code, 0, "{err}");
    let told: Vec<Envelope> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let run = Run::fold(&told).unwrap();
    assert_eq!(run.ending, Some(Ending::Done));
    assert_eq!(run.units[0].candidates.len(), 4);
    assert_eq!(run.units[0].lessons.len(), 2);
    let correct = run.units[0].candidates.values().filter(|c| c.score() > 0.0);
    assert_eq!(correct.count(), 4);
    // What is stored is what was told, to the letter.
    assert_eq!(place.stored(), told);
    assert_eq!(Run::fold(&place.stored()), Some(run));
}

#[test]
fn the_manuals_problem_judges_files_by_themselves() {
    let place = manuals_place();
    let verdict = |text: &str| {
        let file = place.home.path().join("candidate.cpp");
        fs::write(&file, text).unwrap();
        let (code, out, err) = said(
            place.home.path(),
            &["eval", &place.target, file.to_str().unwrap(), "--json"],
        );
        assert_eq!(code, 0, "{err}");
        serde_json::from_str::<serde_json::Value>(&out).unwrap()
    };
    let original = fs::read_to_string(Path::new(&place.target).join("original.cpp")).unwrap();
    let same = verdict(&original);
    assert_eq!(same["outcome"], "measured");
    assert!(same["speedup"]["launches"].as_u64().unwrap() >= 4);
    let keys: Vec<&String> = same.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "problem",
            "mode",
            "outcome",
            "verdict",
            "speedup",
            "gates",
            "caveats",
            "remarks",
            "rule",
            "message",
            "diagnostics",
            "wall_ms",
            "cached"
        ]
    );
    let wrong = verdict(&original.replace("sum += x[i] * y[i]", "sum += x[i] + y[i]"));
    assert_eq!(wrong["outcome"], "wrong_answer");
    assert_eq!(wrong["speedup"], serde_json::Value::Null);
    assert_eq!(
        verdict("double dot() { return 0; }")["outcome"],
        "not_compiled"
    );
}

#[test]
fn a_run_killed_in_any_phase_is_finished_later_and_nothing_is_paid_twice() {
    // Clear differences are measured quickly.
    let target = "pareval/dense_la/gemm";
    let whole = place(target);
    let (code, _, err) = said(whole.home.path(), &whole.run_arguments());
    assert_eq!(code, 0, "{err}");
    let expected = deeds(&whole.stored());
    // A run cut off at every single fact: `engine_resume`. Here real processes are killed, at the phases that differ.
    let phases = ["ask_sent", "evaluated", "best_confirmed"];
    for phase in phases {
        let place = place(target);
        // What is in the cache already would be over before anything can be killed.
        let mut arguments = place.run_arguments();
        arguments.push("--fresh");
        let mut child = lessonl(place.home.path(), &arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let told = BufReader::new(child.stdout.take().unwrap());
        let reached = told.lines().any(|line| {
            let fact: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
            fact["fact"] == phase
        });
        // SIGKILL: nothing of it gets to tidy up.
        child.kill().unwrap();
        child.wait().unwrap();
        if !reached {
            // Only the confirmation depends on what was measured.
            assert_eq!(phase, "best_confirmed");
            continue;
        }
        let (code, _, err) = said(
            place.home.path(),
            &["run", "--resume", "latest", "--headless", "--json"],
        );
        let facts = place.stored();
        let done = Run::fold(&facts).unwrap().ending == Some(Ending::Done);
        // Killed after its last fact, the run was done already: refusing to resume it is right.
        assert!(code == 0 || (done && code == 2), "{phase}: {code} {err}");
        assert_eq!(deeds(&facts), expected, "{phase}");
        let seqs: Vec<u64> = facts.iter().map(|e| e.seq).collect();
        assert_eq!(seqs, (0..facts.len() as u64).collect::<Vec<_>>(), "{phase}");
        for all in [
            times(&facts, |f| match f {
                Fact::AnswerReceived { ask, .. } => Some(ask.to_string()),
                _ => None,
            }),
            times(&facts, |f| match f {
                Fact::Evaluated { candidate, .. } => Some(candidate.to_string()),
                _ => None,
            }),
        ] {
            let mut once = all.clone();
            once.dedup();
            assert_eq!(all, once, "{phase}: paid twice");
        }
    }
}

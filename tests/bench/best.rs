//! Whether a run returns its best candidate: runs of the built-in team, then all their different correct codes timed side by
//! side with seeds of their own. Beside what was returned, what the paper's rule would have taken, and the rule that only an
//! interval wholly above another takes over. With `BUSY=N` that many spinning programs run all the while.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};

use lessonl::domain::best::{RankedCandidate, leader};
use lessonl::domain::candidate::Candidate;
use lessonl::domain::contest::Contest;
use lessonl::domain::event::Envelope;
use lessonl::domain::id::CandidateId;
use lessonl::domain::problem::{Mode, Problem};
use lessonl::domain::run::{Run, Unit};
use lessonl::domain::spec::Preset;
use lessonl::harness::{Cancel, Harness};

use super::{Ground, harness};

/// Problems, spread over the categories, unless `EVERY` says otherwise.
const PROBLEMS: usize = 12;
/// How far below the best a result may be.
const NEAR: f64 = 1.02;

/// Programs that use up the processor until dropped.
struct Spinning(Vec<Child>);

impl Spinning {
    fn start() -> Self {
        let number = std::env::var("BUSY").map_or(0, |n| n.parse().expect("BUSY"));
        let one = |_| {
            Command::new("sh")
                .args(["-c", "while :; do :; done"])
                .spawn()
                .unwrap()
        };
        Self((0..number).map(one).collect())
    }
}

impl Drop for Spinning {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A run of the built-in team in a home of its own.
fn run(problem: &Problem, seed: usize) -> Option<Run> {
    let home = tempfile::tempdir().unwrap();
    let lessonl = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_lessonl"))
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home.path())
            .env("OLLAMA_HOST", "127.0.0.1:1")
            .env("LESSONL_DATA_DIR", home.path().join("data"))
            .env("XDG_CACHE_HOME", home.path().join("cache"))
            .stderr(Stdio::null())
            .output()
            .unwrap()
    };
    let (id, seed) = (problem.id.as_str(), seed.to_string());
    lessonl(&["run", id, "--headless", "--seed", &seed]);
    let text = String::from_utf8(lessonl(&["export", "latest"]).stdout).unwrap();
    let facts: Vec<Envelope> = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    Run::fold(&facts)
}

/// The correct candidates of different codes with their first figures.
fn entries(unit: &Unit) -> Vec<RankedCandidate> {
    let first = |id: &CandidateId| unit.first_of(*id) == *id;
    let all = unit.candidates.iter().filter(|(id, _)| first(id));
    let entry = |(id, state): (&CandidateId, &lessonl::domain::run::CandidateState)| {
        Some(RankedCandidate {
            id: *id,
            speedup: state.speedup()?,
            verdict: state.verdict()?,
        })
    };
    all.filter_map(entry).collect()
}

/// Only an interval that lies wholly above takes over.
fn first_unless_above(entries: &[RankedCandidate]) -> Option<RankedCandidate> {
    entries
        .iter()
        .fold(None, |best: Option<RankedCandidate>, next| {
            match next.speedup.lo > best.map_or(1.0, |best| best.speedup.hi) {
                true => Some(*next),
                false => best,
            }
        })
}

/// How many times as fast the fastest is as each, by a contest of all.
fn side_by_side(harness: &Harness, problem: &Problem, unit: &Unit) -> BTreeMap<CandidateId, f64> {
    let none = BTreeMap::new();
    let problem = std::sync::Arc::new(problem.clone());
    let Ok(prepared) = harness.prepare(problem, Mode::Serial, &Cancel::default(), &|_| {}) else {
        return none;
    };
    let all = entries(unit);
    let all: Vec<&Candidate> = all
        .iter()
        .map(|entry| &unit.candidates[&entry.id].candidate)
        .collect();
    let seed = fastrand::u64(..);
    let Ok(found) = harness.contest(&prepared, &all, seed, &Cancel::default(), &|_| {}) else {
        return none;
    };
    let Contest {
        winner: Some(winner),
        rivals,
        ..
    } = found
    else {
        return none;
    };
    let mut behind: BTreeMap<CandidateId, f64> = rivals
        .iter()
        .filter_map(|rival| Some((rival.id, rival.lead?.estimate)))
        .collect();
    behind.insert(winner, 1.0);
    let fastest = behind.values().copied().fold(1.0, f64::min);
    behind.values_mut().for_each(|by| *by /= fastest);
    behind
}

/// The study.
pub(crate) fn best(ground: &Ground) {
    let _spinning = Spinning::start();
    let harness = harness(false);
    let all = ground.problems(Mode::Serial);
    let step = match ground.every {
        1 => all.len().div_ceil(PROBLEMS).max(1),
        _ => 1,
    };
    let (mut runs, mut near, mut contests, mut seconds) = (0, [0; 3], 0, Vec::new());
    for problem in all.iter().step_by(step) {
        for repeat in 0..ground.repeats {
            let Some(run) = run(problem, repeat) else {
                println!("{}: the run told nothing", problem.id);
                continue;
            };
            let unit = &run.units[0];
            let met = entries(unit);
            let behind = match met.len() {
                0 => continue,
                1 => BTreeMap::from([(met[0].id, 1.0)]),
                _ => side_by_side(&harness, problem, unit),
            };
            if let Some(contest) = &unit.contest {
                contests += 1;
                seconds.push(contest.spent.millis() / 1e3);
                println!("{} {repeat}: {contest}, {}", problem.id, contest.spent);
            }
            let entry = |found: Option<RankedCandidate>| found.map(|entry| entry.id);
            let returned = [
                unit.best.map(|(id, _)| id),
                entry(first_unless_above(&met)),
                entry(leader(Preset::Paper, &met)),
            ];
            // Where every rule leaves the original there is nothing to compare.
            if returned[0].is_none() && returned[1].is_none() {
                continue;
            }
            runs += 1;
            let by = returned.map(|id| id.and_then(|id| behind.get(&unit.first_of(id)).copied()));
            for (near, by) in near.iter_mut().zip(by) {
                *near += usize::from(by.is_some_and(|by| by <= NEAR));
            }
            println!(
                "{} {repeat}: {} codes, behind the best: {by:.3?}",
                problem.id,
                met.len()
            );
        }
    }
    seconds.sort_by(f64::total_cmp);
    let most = seconds.last().copied().unwrap_or(0.0);
    let middle = seconds.get(seconds.len() / 2).copied().unwrap_or(0.0);
    println!(
        "within 2 % of the best: returned {} of {runs}, first unless above {}, paper {}; {contests} contests, median {middle:.1} s, at most {most:.1} s",
        near[0], near[1], near[2]
    );
}

//! What many machines do to a comparison of 1260 cells (60 problems, 7 strategies, 3 repeats): wall time, node-hours and
//! how busy the timing gate is, simulated; how fast facts are taken in, how many files are made, how soon `runs` and
//! `watch` answer, measured on facts that are made up. `cargo bench --bench scale`; `-- --quick` takes a tenth of the cells.

// A benchmark that cannot go on stops.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

// the benchmark of the screens needs more of it
#[allow(dead_code)]
mod record;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lessonl::domain::block::ClassRule;
use lessonl::domain::comparison::{
    COMPARISON_VERSION, CellOf, ComparisonEnvelope, ComparisonFact, ComparisonId, ComparisonSpec,
    Contender,
};
use lessonl::domain::event::{Envelope, Fact};
use lessonl::domain::problem::ProblemId;
use lessonl::domain::spec::StrategyKind;
use lessonl::domain::units::Nanos;
use lessonl::store::spool::{Attempt, PLAN_VERSION, Plan, Spool, Worker};

const STRATEGIES: [StrategyKind; 7] = [
    StrategyKind::Lessonl,
    StrategyKind::Single,
    StrategyKind::BestOf,
    StrategyKind::Cot,
    StrategyKind::Reflexion,
    StrategyKind::Mapcoder,
    StrategyKind::Moa,
];

fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let profile = match cfg!(debug_assertions) {
        true => "a debug build: figures of a release build are the ones that count",
        false => "a release build",
    };
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("{profile}; load {}", load.trim());
    simulated();
    measured(if quick { 6 } else { 60 });
}

/// Seconds of a question's answer (median of a lognormal), of an evaluation with its timing, and of a job's beginning.
const ANSWER: f64 = 18.0;
const SPREAD: f64 = 0.5;
const EVALUATION: f64 = 5.3;
const BEGIN: f64 = 15.0;
const ROUNDS: usize = 4;
const AGENTS: usize = 3;
const BLOCKS: usize = 180;

/// How long a block takes with so many cells in flight, and how long its gate is busy. While some cells wait for answers
/// one of the others is evaluated; all of an evaluation counts as alone.
fn block(luck: &mut fastrand::Rng, in_flight: usize) -> (f64, f64) {
    let normal = |luck: &mut fastrand::Rng| {
        let (a, b) = (1.0 - luck.f64(), luck.f64());
        (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
    };
    let mut left = STRATEGIES.len();
    let mut busy = 0.0;
    let mut gate = BEGIN;
    // for each cell under way: when its answers are there, and rounds that are left
    let mut cells: Vec<(f64, usize)> = Vec::new();
    let mut now = BEGIN;
    let answers = |luck: &mut fastrand::Rng| {
        let one = |luck: &mut fastrand::Rng| ANSWER * (SPREAD * normal(luck)).exp();
        (0..AGENTS).map(|_| one(luck)).fold(0.0, f64::max)
    };
    loop {
        while left > 0 && cells.len() < in_flight {
            left -= 1;
            cells.push((now + answers(luck), ROUNDS));
        }
        let next = cells
            .iter()
            .enumerate()
            .min_by(|a, b| a.1.0.total_cmp(&b.1.0))
            .map(|(at, _)| at);
        let Some(next) = next else {
            return (now, busy);
        };
        let (ready, rounds) = cells[next];
        let evaluated = AGENTS as f64 * EVALUATION;
        gate = ready.max(gate) + evaluated;
        busy += evaluated;
        match rounds {
            1 => {
                cells.swap_remove(next);
                now = gate;
            }
            _ => cells[next] = (gate + answers(luck), rounds - 1),
        }
    }
}

fn simulated() {
    println!(
        "\nsimulated: 1260 cells in {BLOCKS} blocks, {AGENTS} agents, {ROUNDS} rounds, an answer {ANSWER} s (median), an evaluation {EVALUATION} s"
    );
    println!(
        "| nodes | cells in flight | wall | node-hours | gate busy | commands to the controller a minute |"
    );
    for nodes in [1, 10, 100, 1000_usize] {
        for in_flight in [1, 4, 7] {
            let mut luck = fastrand::Rng::with_seed(1);
            let mut free = vec![0.0_f64; nodes.min(BLOCKS)];
            let (mut used, mut busy) = (0.0, 0.0);
            for _ in 0..BLOCKS {
                let (took, gate) = block(&mut luck, in_flight);
                let first = free.iter_mut().min_by(|a, b| a.total_cmp(b)).unwrap();
                *first += took;
                used += took;
                busy += gate;
            }
            let wall = free.iter().copied().fold(0.0, f64::max);
            // one question for the queue every half a minute, whoever looks, and one submission
            let asked = 2.0 + 60.0 / wall.max(60.0);
            println!(
                "| {nodes} | {in_flight} | {:.1} h | {:.0} | {:.0} % | {asked:.1} |",
                wall / 3600.0,
                used / 3600.0,
                100.0 * busy / used
            );
        }
    }
}

/// A plan of so many problems, and the facts of its cells.
fn plan(problems: usize) -> (Plan, Vec<Vec<Envelope>>) {
    let source = record::source(20, 7, "old");
    let id = ComparisonId::new("bench").unwrap();
    let mut record = record::Record::begin("pattern", AGENTS, ROUNDS as u16, &source);
    record.rounds(AGENTS as u8, ROUNDS as u16, &source);
    let pattern = record.finished();
    let Fact::RunStarted { spec: base, .. } = pattern[0].fact.clone() else {
        panic!("a run begins with its start");
    };
    let mut base = *base;
    let unit = base.units[0].clone();
    base.units = (0..problems)
        .map(|n| {
            let mut unit = unit.clone();
            unit.problem = ProblemId::new(format!("bench/problem{n}")).unwrap();
            unit
        })
        .collect();
    let contender = |strategy| Contender {
        strategy,
        rounds: ROUNDS as u16,
        team: None,
    };
    let spec = ComparisonSpec {
        base,
        contenders: STRATEGIES.map(contender).to_vec(),
        repeats: 3,
        cells: ComparisonSpec::grid(STRATEGIES.len() as u16, problems as u16, 3, |_, _| 1),
        total: None,
    };
    let cells = spec
        .cells
        .iter()
        .zip((0..).map(lessonl::domain::comparison::CellId));
    let facts = cells
        .map(|(cell, at)| {
            let run = id.run(at).unwrap();
            let mut facts = pattern.clone();
            for fact in &mut facts {
                fact.run = run.clone();
            }
            if let Fact::RunStarted { spec: own, .. } = &mut facts[0].fact {
                **own = spec.run(&id, at).unwrap();
                own.cell = Some(CellOf {
                    comparison: id.clone(),
                    cell: at,
                    repeat: cell.repeat,
                });
            }
            facts
        })
        .collect();
    let plan = Plan {
        v: PLAN_VERSION,
        started: ComparisonEnvelope {
            v: COMPARISON_VERSION,
            comparison: id,
            seq: 0,
            at: 1_795_132_628_000,
            fact: ComparisonFact::Started {
                spec: Box::new(spec),
            },
        },
        parts: 1,
        cells: 4,
        class: ClassRule::Any,
        prompts: BTreeMap::new(),
        compiler: None,
        patience: Nanos(0),
        unsafe_no_sandbox: false,
        cluster: None,
    };
    (plan, facts)
}

/// Machines that tell something at a time.
const MACHINES: usize = 100;
/// Seconds between two looks of `watch` and of the screens.
const LOOK: f64 = 3.0;

fn measured(problems: usize) {
    let home = tempfile::tempdir().unwrap();
    let (plan, facts) = plan(problems);
    let folder = home.path().join("spool");
    let spool = Spool::create(&folder, &plan).unwrap();
    let by = Worker {
        host: "n1".to_owned(),
        class: "bench".to_owned(),
        shared: None,
    };
    let begun = Instant::now();
    let mut count = 0;
    // the last cell of a hundred blocks is told later: news of a hundred machines
    let mut later = Vec::new();
    for (at, block) in spool.blocks().iter().enumerate() {
        let (attempt, _) = spool.attempt(block, &by).unwrap();
        let (last, first) = block.cells.split_last().unwrap();
        for cell in first {
            count += told_by(&attempt, &facts[cell.index()]);
        }
        match at < MACHINES {
            true => later.push((attempt, last)),
            false => count += told_by(&attempt, &facts[last.index()]),
        }
    }
    let cells = facts.len();
    let told = begun.elapsed();
    println!(
        "\nmeasured: {cells} cells, {count} facts, {} MB",
        bytes(&folder) >> 20
    );
    println!(
        "{} files in {} blocks; {:.0} facts a second told by one process (synced as when it works)",
        files(&folder),
        spool.blocks().len(),
        count as f64 / told.as_secs_f64()
    );
    let folder = folder.to_str().unwrap();
    let took = ran(home.path(), &["ingest", folder]);
    let rate = count as f64 / took.as_secs_f64();
    row(
        "facts a second taken in",
        format!("{rate:.0}"),
        "10000 or more",
        rate >= 10_000.0,
    );
    let machines = later.len();
    for (attempt, cell) in later {
        told_by(&attempt, &facts[cell.index()]);
    }
    let seen = LOOK + ran(home.path(), &["ingest", folder]).as_secs_f64();
    row(
        &format!("news of {machines} machines is seen within"),
        format!("{seen:.1} s"),
        "5 s or less",
        seen <= 5.0,
    );
    for words in [&["runs"][..], &["watch", "bench"]] {
        let mut times: Vec<Duration> = (0..5).map(|_| ran(home.path(), words)).collect();
        times.sort();
        let median = times[2];
        row(
            &format!("lessonl {} with {cells} cells", words.join(" ")),
            format!("{:.0} ms", median.as_secs_f64() * 1e3),
            "500 ms or less",
            median.as_millis() <= 500,
        );
    }
}

fn told_by(attempt: &Attempt, facts: &[Envelope]) -> usize {
    for fact in facts {
        attempt.append(fact).unwrap();
    }
    facts.len()
}

fn row(what: &str, figure: String, target: &str, met: bool) {
    let verdict = if met { "met" } else { "MISSED" };
    println!("| {what:<40} | {figure:>10} | {target:<16} | {verdict} |");
}

/// How long the built program takes.
fn ran(home: &Path, words: &[&str]) -> Duration {
    let begun = Instant::now();
    let status = Command::new(env!("CARGO_BIN_EXE_lessonl"))
        .args(words)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("LESSONL_DATA_DIR", home.join("data"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{words:?}");
    begun.elapsed()
}

fn walk(folder: &Path, take: &mut impl FnMut(&fs::Metadata)) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let about = entry.metadata().unwrap();
        match about.is_dir() {
            true => walk(&entry.path(), take),
            false => take(&about),
        }
    }
}

fn files(folder: &Path) -> usize {
    let mut count = 0;
    walk(folder, &mut |_| count += 1);
    count
}

fn bytes(folder: &Path) -> u64 {
    let mut sum = 0;
    walk(folder, &mut |about| sum += about.len());
    sum
}

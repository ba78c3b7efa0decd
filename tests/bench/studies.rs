//! The studies. Each prints what it found.

use std::sync::Mutex;
use std::time::Instant;

use lessonl::domain::evaluation::{Evaluated, Stage};
use lessonl::domain::event::Progress;
use lessonl::domain::measurement::{Measurement, Verdict};
use lessonl::domain::problem::{CheckRules, Kind, Problem, ProblemId, Sizes, Tolerance, Values};
use lessonl::harness::{Cancel, Harness, Prepared};

use super::figures::{deviation, quantile, spread};
use super::{Ground, harness};

/// A study: its name and what runs it.
pub type Study = (&'static str, fn(&Ground));

/// All of them, in order.
pub const ALL: &[Study] = &[
    ("speed", speed),
    ("identical", identical),
    ("coverage", coverage),
    ("cache", cache),
    ("containment", containment),
];

/// One evaluation with the seconds that each stage took.
struct Clocked {
    evaluated: Evaluated,
    seconds: f64,
    stages: Vec<(Stage, f64)>,
}

fn clocked(harness: &Harness, prepared: &Prepared, source: &str) -> Clocked {
    let entered: Mutex<Vec<(Stage, Instant)>> = Mutex::default();
    let begun = Instant::now();
    let evaluated = harness.confirm(
        prepared,
        source,
        fastrand::u64(..),
        &Cancel::default(),
        &|p| {
            if let Progress::Entered(stage) = p {
                entered.lock().unwrap().push((stage, Instant::now()));
            }
        },
    );
    let ended = Instant::now();
    let entered = entered.into_inner().unwrap();
    let stages = entered
        .iter()
        .enumerate()
        .map(|(at, (stage, from))| {
            let to = entered.get(at + 1).map_or(ended, |next| next.1);
            (*stage, (to - *from).as_secs_f64())
        })
        .collect();
    Clocked {
        evaluated,
        seconds: (ended - begun).as_secs_f64(),
        stages,
    }
}

/// How long an evaluation takes, stage by stage: the original as candidate, and the fastest code that is known.
fn speed(ground: &Ground) {
    let harness = harness(false);
    let (mut ties, mut fast, mut readied) = (Vec::new(), Vec::new(), Vec::new());
    for problem in &ground.problems {
        let begun = Instant::now();
        let prepared = harness
            .prepare(problem.clone(), ground.mode, &Cancel::default(), &|_| {})
            .unwrap();
        readied.push(begun.elapsed().as_secs_f64());
        let best = lessonl::problems::load_headroom(&problem.path)
            .unwrap()
            .best_known;
        let line = |name: &str, source: &str, into: &mut Vec<f64>| {
            for _ in 0..ground.repeats {
                let run = clocked(&harness, &prepared, source);
                let stages: Vec<String> = run
                    .stages
                    .iter()
                    .map(|(stage, seconds)| format!("{} {seconds:.2}", stage.word()))
                    .collect();
                let figure = run.evaluated.evaluation.measurement().map_or_else(
                    || format!("{:?}", run.evaluated.evaluation),
                    |m| {
                        let logs: Vec<f64> = m.launches.iter().map(|l| l.log_ratio).collect();
                        format!(
                            "{} {} in {} launches of {} rounds, {} calls; launches differ by {:.2} %",
                            m.speedup,
                            m.verdict.word(),
                            m.launches.len(),
                            m.rounds,
                            m.calls,
                            deviation(&logs) * 100.0
                        )
                    },
                );
                println!(
                    "{} {name}: {:.2} s ({}) {figure}",
                    problem.id,
                    run.seconds,
                    stages.join(", ")
                );
                into.push(run.seconds);
            }
        };
        line("original", &problem.original, &mut ties);
        if let Some(best) = best {
            line("best known", &best, &mut fast);
        }
    }
    println!("preparing, s: {}", spread(&readied));
    println!("original as candidate, s: {}", spread(&ties));
    println!("best known, s: {}", spread(&fast));
    let all: Vec<f64> = ties.iter().chain(&fast).copied().collect();
    println!(
        "both, s: {} (bar: median 2); quartile {:.2}",
        spread(&all),
        quantile(&all, 0.25)
    );
}

/// Identical code as candidate, over every problem: how often a difference is claimed, and how far off the estimates are.
fn identical(ground: &Ground) {
    let harness = harness(false);
    let (mut all, mut claims, mut spent) = (Vec::new(), 0, Vec::new());
    for problem in &ground.problems {
        let prepared = harness
            .prepare(problem.clone(), ground.mode, &Cancel::default(), &|_| {})
            .unwrap();
        for _ in 0..ground.repeats {
            let run = clocked(&harness, &prepared, &problem.original);
            let Some(m) = run.evaluated.evaluation.measurement() else {
                println!("{}: {:?}", problem.id, run.evaluated.evaluation);
                continue;
            };
            let claim = matches!(m.verdict, Verdict::Faster | Verdict::Slower);
            claims += usize::from(claim);
            let error = m.speedup.estimate.ln();
            if claim || error.abs() > 0.05 {
                println!("{}: {} {}", problem.id, m.speedup, m.verdict.word());
            }
            all.push(error);
            spent.push(run.seconds);
        }
    }
    let off = all.iter().filter(|error| error.abs() > 0.05).count();
    let sizes: Vec<f64> = all.iter().map(|error| error.abs() * 100.0).collect();
    println!(
        "faster or slower: {claims} of {} (bar 2 %); off by more than 5 %: {off} (bar 0)",
        all.len()
    );
    println!("distance from 1, %: {}", spread(&sizes));
    println!("evaluation, s: {}", spread(&spent));
}

/// A chain of operations whose length is known, and hundredths of it.
fn work(hundredths: u64) -> String {
    format!(
        "static double burn(size_t rounds) {{\n    double v = 1;\n    \
         for (size_t i = 0; i < rounds; ++i) v = v * 1.0000000001 + 1e-12;\n    return v;\n}}\n\
         double work(size_t n, double x) {{ return burn(n * {hundredths} / 100) > 1e300 ? x + 1 : x; }}\n"
    )
}

fn work_problem() -> Problem {
    Problem {
        id: ProblemId::new("bench/work").unwrap(),
        kind: Kind::Function,
        work: Default::default(),
        standard: Default::default(),
        upstream: Default::default(),
        title: "Work".to_owned(),
        category: "bench".to_owned(),
        description: String::new(),
        entry: "double work(size_t n, double x)".to_owned(),
        modes: vec![lessonl::domain::problem::Mode::Serial],
        sizes: Sizes {
            check: vec![0, 1, 7],
            hidden: vec![3],
            time: 500_000,
            time_omp: 500_000,
        },
        check: CheckRules {
            tolerance: Tolerance::Exact,
            values: vec![Values::Any],
            exact_bits: 1,
        },
        path: "bench".into(),
        original: work(100),
        driver: "struct Case {\n    size_t n = 0; double x = 0, out = 0;\n    \
                 void make(lessonl::Input &in) { n = in.size; x = in.real(-1, 1); }\n    \
                 void call() { out = work(n, x); }\n    \
                 template <class F> void fields(F &f) { f.input(\"x\", x); f.output(\"out\", out); }\n};\n\
                 LESSONL_PROBLEM(Case)\n"
            .to_owned(),
        version: "1".to_owned(),
    }
}

/// Injected work of known size: whether intervals hold the truth, and how long a 3 % difference takes to resolve.
fn coverage(ground: &Ground) {
    let harness = harness(false);
    let problem = std::sync::Arc::new(work_problem());
    let mode = lessonl::domain::problem::Mode::Serial;
    let prepared = harness
        .prepare(problem, mode, &Cancel::default(), &|_| {})
        .unwrap();
    let (mut runs, mut held) = (0, 0);
    for hundredths in [100, 101, 103, 110, 200] {
        let source = work(hundredths);
        let truth = 100.0 / hundredths as f64;
        let (mut covered, mut resolved, mut times) = (0, 0, Vec::new());
        for _ in 0..ground.repeats {
            let run = clocked(&harness, &prepared, &source);
            let Some(m): Option<&Measurement> = run.evaluated.evaluation.measurement() else {
                println!("{:?}", run.evaluated.evaluation);
                continue;
            };
            covered += usize::from(m.speedup.lo <= truth && truth <= m.speedup.hi);
            resolved += usize::from(m.verdict == Verdict::Slower);
            times.push(m.spent.0 as f64 / 1e9);
        }
        runs += ground.repeats;
        held += covered;
        println!(
            "work × {:.2}: interval holds the truth {covered} of {}; slower {resolved}; timing, s: {}",
            1.0 / truth,
            ground.repeats,
            spread(&times)
        );
    }
    println!("all: {held} of {runs} (bar 93 %)");
}

/// The same candidate again, in the built program from start to end.
fn cache(_: &Ground) {
    let folder = tempfile::tempdir().unwrap();
    let once = || {
        let begun = Instant::now();
        let file = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/benchmarks/pareval/dense_la/gemm/best_known.cpp"
        );
        let done = std::process::Command::new(env!("CARGO_BIN_EXE_lessonl"))
            .args([
                "eval",
                "pareval/dense_la/gemm",
                file,
                "--json",
                "--data-dir",
            ])
            .arg(folder.path())
            .env("XDG_CACHE_HOME", folder.path())
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        begun.elapsed().as_secs_f64() * 1e3
    };
    let first = once();
    let again: Vec<f64> = (0..15).map(|_| once()).collect();
    println!(
        "first, ms: {first:.0}; again, ms: {} (bar 20)",
        spread(&again)
    );
}

/// Identical code with and without containment: whether that can be measured.
fn containment(ground: &Ground) {
    for (name, harness) in [
        ("contained", harness(false)),
        ("not contained", harness(true)),
    ] {
        let (mut errors, mut times) = (Vec::new(), Vec::new());
        for problem in ground.problems.iter().step_by(11) {
            let prepared = harness
                .prepare(problem.clone(), ground.mode, &Cancel::default(), &|_| {})
                .unwrap();
            for _ in 0..ground.repeats {
                let run = clocked(&harness, &prepared, &problem.original);
                let Some(m) = run.evaluated.evaluation.measurement() else {
                    continue;
                };
                errors.push(m.speedup.estimate.ln().abs() * 100.0);
                let each: Vec<f64> = m.launches.iter().map(|l| l.original.0 as f64).collect();
                times.push((problem.id.clone(), quantile(&each, 0.5)));
            }
        }
        println!("{name}: distance from 1, %: {}", spread(&errors));
        for (id, nanos) in times {
            println!("  {id}: {:.1} µs a call", nanos / 1e3);
        }
    }
}

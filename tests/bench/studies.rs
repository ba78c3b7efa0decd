//! The studies of our own evaluations. Each prints what it found.

use std::sync::Mutex;
use std::time::Instant;

use lessonl::domain::evaluation::{Evaluated, Stage};
use lessonl::domain::event::Progress;
use lessonl::domain::measurement::{Measurement, Verdict};
use lessonl::domain::problem::{
    CheckRules, Kind, Mode, Problem, ProblemId, Sizes, Tolerance, Values,
};
use lessonl::harness::{Cancel, Harness, PreparedProblem};

use super::best::best;
use super::figures::{deviation, quantile, share, spread};
use super::reference::reference;
use super::{Ground, harness};

/// A study: its name and what runs it.
pub(crate) type Study = (&'static str, fn(&Ground));

/// All of them, in order.
pub(crate) const ALL: &[Study] = &[
    ("cache", cache),
    ("coverage", coverage),
    ("containment", containment),
    ("reference", reference),
    ("identical", identical),
    ("best", best),
];

/// One evaluation with the seconds that each stage took.
pub(crate) struct Clocked {
    /// What came of it.
    pub evaluated: Evaluated,
    /// All of it.
    pub seconds: f64,
    stages: Vec<(Stage, f64)>,
}

/// Evaluates and looks at the clock, without the cache.
pub(crate) fn clocked(harness: &Harness, prepared: &PreparedProblem, source: &str) -> Clocked {
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

impl Clocked {
    fn line(&self) -> String {
        let stages: Vec<String> = self
            .stages
            .iter()
            .map(|(stage, seconds)| format!("{} {seconds:.2}", stage.word()))
            .collect();
        let figure = self.evaluated.evaluation.measurement().map_or_else(
            || format!("{:?}", self.evaluated.evaluation),
            |m| {
                let logs: Vec<f64> = m.launches.iter().map(|l| l.log_ratio).collect();
                let caveats: Vec<&str> = self.evaluated.caveats.iter().map(|c| &*c.name).collect();
                format!(
                    "{} {} in {} launches of {} rounds, {} calls, that differ by {:.2} %{}{}",
                    m.speedup,
                    m.verdict.word(),
                    m.launches.len(),
                    m.rounds,
                    m.calls,
                    deviation(&logs) * 100.0,
                    if caveats.is_empty() { "" } else { "; " },
                    caveats.join(", ")
                )
            },
        );
        format!("{:.2} s ({}) {figure}", self.seconds, stages.join(", "))
    }
}

/// Every problem in each mode: identical code as candidate (how often a difference is claimed, how far off estimates
/// are) and, in serial mode, the fastest code that is known (how long a clear case takes).
fn identical(ground: &Ground) {
    let harness = harness(false);
    for mode in &ground.modes {
        let (mut off, mut claims, mut odd) = (Vec::new(), 0, Vec::new());
        let (mut readied, mut ties, mut fast) = (Vec::new(), Vec::new(), Vec::new());
        for problem in ground.problems(*mode) {
            let begun = Instant::now();
            let prepared =
                match harness.prepare(problem.clone(), *mode, &Cancel::default(), &|_| {}) {
                    Ok(prepared) => prepared,
                    Err(error) => {
                        odd.push(format!("{}: {error}", problem.id));
                        continue;
                    }
                };
            readied.push(begun.elapsed().as_secs_f64());
            for _ in 0..ground.repeats {
                let run = clocked(&harness, &prepared, &problem.original);
                println!("{} {mode} original: {}", problem.id, run.line());
                ties.push(run.seconds);
                let Some(m) = run.evaluated.evaluation.measurement() else {
                    odd.push(format!("{}: {:?}", problem.id, run.evaluated.evaluation));
                    continue;
                };
                let claim = matches!(m.verdict, Verdict::Faster | Verdict::Slower);
                claims += usize::from(claim);
                let error = m.speedup.estimate.ln();
                if claim || error.abs() > 0.05 {
                    odd.push(format!(
                        "{}: {} {}",
                        problem.id,
                        m.speedup,
                        m.verdict.word()
                    ));
                }
                off.push(error.abs() * 100.0);
            }
            let best = lessonl::problems::load_headroom(&problem.path)
                .unwrap()
                .best_known;
            if let (Some(best), Mode::Serial) = (best, mode) {
                let run = clocked(&harness, &prepared, &best);
                println!("{} {mode} best known: {}", problem.id, run.line());
                fast.push(run.seconds);
            }
        }
        println!(
            "{mode}: identical code called faster or slower {} (bar 2 %); off by more than 5 %: {} (bar 0)",
            share(claims, off.len()),
            off.iter().filter(|error| **error > 5.0).count()
        );
        for line in odd {
            println!("  {line}");
        }
        println!("{mode}: distance from 1, %: {}", spread(&off));
        println!("{mode}: preparing, s: {}", spread(&readied));
        println!("{mode}: original as candidate, s: {}", spread(&ties));
        println!("{mode}: best known, s: {}", spread(&fast));
        let all: Vec<f64> = ties.iter().chain(&fast).copied().collect();
        println!(
            "{mode}: one evaluation, s: {} (bar: median 2)",
            spread(&all)
        );
    }
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
        modes: vec![Mode::Serial],
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
        limits: Vec::new(),
        version: "1".to_owned(),
    }
}

/// Injected work of known size: whether intervals hold the truth, and how long a 3 % difference takes to resolve.
fn coverage(ground: &Ground) {
    let harness = harness(false);
    let problem = std::sync::Arc::new(work_problem());
    let prepared = harness
        .prepare(problem, Mode::Serial, &Cancel::default(), &|_| {})
        .unwrap();
    let (mut runs, mut held) = (0, 0);
    for hundredths in [100, 101, 103, 110, 200] {
        let source = work(hundredths);
        let truth = 100.0 / hundredths as f64;
        let (mut covered, mut resolved, mut times, mut missed) = (0, 0, Vec::new(), Vec::new());
        for _ in 0..ground.intervals {
            let run = clocked(&harness, &prepared, &source);
            let Some(m): Option<&Measurement> = run.evaluated.evaluation.measurement() else {
                println!("{:?}", run.evaluated.evaluation);
                continue;
            };
            let covers = m.speedup.lo <= truth && truth <= m.speedup.hi;
            covered += usize::from(covers);
            if !covers {
                missed.push(m.speedup.to_string());
            }
            let in_time = m.spent.0 < 3_000_000_000;
            resolved += usize::from(m.verdict == Verdict::Slower && in_time);
            times.push(m.spent.0 as f64 / 1e9);
        }
        runs += ground.intervals;
        held += covered;
        println!(
            "work × {:.2}: the interval holds the truth {}; slower within 3 s {}; timing, s: {} {}",
            1.0 / truth,
            share(covered, ground.intervals),
            share(resolved, ground.intervals),
            spread(&times),
            missed.join("; ")
        );
    }
    println!("all: {} (bar 93 %)", share(held, runs));
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

/// Identical code with and without containment, by turns: whether the timed region shows which it was.
fn containment(ground: &Ground) {
    let with = [harness(false), harness(true)];
    let (mut differences, mut errors) = (Vec::new(), [Vec::new(), Vec::new()]);
    for mode in &ground.modes {
        let all = ground.problems(*mode);
        for problem in all.iter().step_by(all.len().div_ceil(6).max(1)) {
            let prepare = |harness: &Harness| {
                harness
                    .prepare(problem.clone(), *mode, &Cancel::default(), &|_| {})
                    .unwrap()
            };
            let prepared = [prepare(&with[0]), prepare(&with[1])];
            let mut nanos = [Vec::new(), Vec::new()];
            for turn in 0..2 * ground.repeats.max(2) {
                let which = turn % 2;
                let run = clocked(&with[which], &prepared[which], &problem.original);
                let Some(m) = run.evaluated.evaluation.measurement() else {
                    continue;
                };
                errors[which].push(m.speedup.estimate.ln().abs() * 100.0);
                nanos[which].extend(m.launches.iter().map(|l| l.original.0 as f64));
            }
            let [contained, free] = nanos.map(|all| quantile(&all, 0.5));
            println!(
                "{} {mode}: {:.1} µs a call contained, {:.1} µs not",
                problem.id,
                contained / 1e3,
                free / 1e3
            );
            differences.push((contained / free).ln() * 100.0);
        }
    }
    let count = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / count;
    println!(
        "contained against not: {mean:+.2} % ± {:.2} (two standard errors, {count} problems; bar: not measurable)",
        2.0 * deviation(&differences) / count.sqrt()
    );
    for (name, errors) in ["contained", "not contained"].iter().zip(&errors) {
        println!(
            "identical code {name}: distance from 1, %: {}",
            spread(errors)
        );
    }
}

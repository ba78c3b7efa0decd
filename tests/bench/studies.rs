//! The studies. Each prints what it found.

use std::sync::Mutex;
use std::time::Instant;

use lessonl::domain::evaluation::{Evaluated, Stage};
use lessonl::domain::event::Progress;
use lessonl::harness::{Cancel, Harness, Prepared};

use super::figures::{deviation, quantile, spread};
use super::{Ground, harness};

/// A study: its name and what runs it.
pub type Study = (&'static str, fn(&Ground));

/// All of them, in order.
pub const ALL: &[Study] = &[("speed", speed)];

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

//! The figures that the harness promises, measured on this machine: `cargo bench --bench harness -- STUDY…`.
//! Prints tables with the load of the machine and what each took; asserts nothing, because a busy machine is no defect.
//! Without a name all studies run, in about half an hour on two quiet cores:
//!
//! | study | what | minutes |
//! |---|---|---|
//! | `cache` | the same candidate again, from start to end of the program | < 1 |
//! | `coverage` | 200 intervals of injected work (0, 1, 3, 10, 100 %); whether 3 % is resolved, and how soon | 4 |
//! | `containment` | identical code with and without containment, by turns | 2 |
//! | `reference` | the reference's own driver beside ours; needs a checkout of it, named in `REFERENCE` | 4 |
//! | `best` | whether a run of the built-in team returns its best candidate, measured side by side afterwards; `BUSY=2`: beside two spinning programs | 8 |
//! | `identical` | identical code over every bundled problem, serial and OpenMP; the time of an evaluation | 16 |
//!
//! The environment narrows it: `PROBLEMS` (part of an id), `EVERY` (each so manieth problem), `REPEATS`, `INTERVALS` (of each
//! size of injected work), `MODE` (`serial` or `omp`), `WAIT` (seconds for the reference).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a measuring program may fail loudly

mod best;
mod figures;
mod reference;
mod studies;

use std::sync::Arc;

use lessonl::domain::problem::{Kind, Mode, Problem};
use lessonl::harness::{Harness, HarnessSettings};
use lessonl::problems::Catalogue;

/// What all studies need.
struct Ground {
    problems: Vec<Arc<Problem>>,
    every: usize,
    repeats: usize,
    intervals: usize,
    modes: Vec<Mode>,
}

impl Ground {
    /// From the environment.
    fn new() -> Self {
        let number = |name: &str, otherwise: usize| {
            std::env::var(name)
                .ok()
                .map_or(otherwise, |text| text.parse().expect(name))
        };
        let part = std::env::var("PROBLEMS").unwrap_or_default();
        let modes = std::env::var("MODE").map_or(vec![Mode::Serial, Mode::Omp], |mode| {
            vec![mode.parse().unwrap()]
        });
        let catalogue =
            Catalogue::load(&[concat!(env!("CARGO_MANIFEST_DIR"), "/benchmarks").into()]);
        assert_eq!(catalogue.errors, []);
        let wanted = |problem: &Arc<Problem>| {
            problem.id.as_str().contains(&part) && problem.kind == Kind::Function
        };
        Self {
            problems: catalogue.problems.into_iter().filter(wanted).collect(),
            every: number("EVERY", 1).max(1),
            repeats: number("REPEATS", 1),
            intervals: number("INTERVALS", 40),
            modes,
        }
    }

    /// Those that can run in a mode.
    fn problems(&self, mode: Mode) -> Vec<Arc<Problem>> {
        let can = |problem: &&Arc<Problem>| problem.modes.contains(&mode);
        let all = self.problems.iter().filter(can).step_by(self.every);
        all.cloned().collect()
    }
}

/// A harness on the built binary, whose verdicts are kept nowhere.
fn harness(unsafe_no_sandbox: bool) -> Harness {
    Harness::open(HarnessSettings {
        runner: Some(env!("CARGO_BIN_EXE_lessonl").into()),
        cache: Some(concat!(env!("CARGO_TARGET_TMPDIR"), "/bench").into()),
        unsafe_no_sandbox,
        ..HarnessSettings::default()
    })
    .unwrap()
}

fn main() {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let ground = Ground::new();
    for (name, study) in studies::ALL {
        if wanted.is_empty() || wanted.iter().any(|want| want == name) {
            println!("## {name} (load {})", figures::load());
            let begun = std::time::Instant::now();
            study(&ground);
            println!("({:.0} s)\n", begun.elapsed().as_secs_f64());
        }
    }
}

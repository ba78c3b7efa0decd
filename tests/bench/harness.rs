//! The figures that the harness promises, measured on this machine: `cargo bench --bench harness -- STUDY…`.
//! Studies: `speed` (stages and time of an evaluation), `identical` (identical code over every bundled problem), `coverage`
//! (injected work), `cache`, `containment` (with and without). Without a name: all. Prints one table per study with the
//! load of the machine; asserts nothing, because a busy machine is no defect.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a measuring program may fail loudly

mod figures;
mod studies;

use std::sync::Arc;

use lessonl::domain::problem::{Mode, Problem};
use lessonl::harness::{Harness, Settings};
use lessonl::problems::Catalogue;

/// What all studies need.
struct Ground {
    problems: Vec<Arc<Problem>>,
    repeats: usize,
    mode: Mode,
}

impl Ground {
    /// From the environment: `PROBLEMS` (part of an id), `EVERY` (each so manieth problem), `REPEATS`, `MODE`.
    fn new() -> Self {
        let number = |name: &str, otherwise: usize| {
            std::env::var(name)
                .ok()
                .map_or(otherwise, |text| text.parse().expect(name))
        };
        let part = std::env::var("PROBLEMS").unwrap_or_default();
        let mode = std::env::var("MODE").map_or(Mode::Serial, |mode| mode.parse().unwrap());
        let catalogue =
            Catalogue::load(&[concat!(env!("CARGO_MANIFEST_DIR"), "/benchmarks").into()]);
        assert_eq!(catalogue.errors, []);
        let problems = catalogue
            .problems
            .into_iter()
            .filter(|problem| problem.id.as_str().contains(&part) && problem.modes.contains(&mode))
            .step_by(number("EVERY", 1))
            .collect();
        Self {
            problems,
            repeats: number("REPEATS", 1),
            mode,
        }
    }
}

/// A harness on the built binary, whose verdicts are kept nowhere.
fn harness(unsafe_no_sandbox: bool) -> Harness {
    Harness::open(Settings {
        runner: Some(env!("CARGO_BIN_EXE_lessonl").into()),
        cache: Some(concat!(env!("CARGO_TARGET_TMPDIR"), "/bench").into()),
        unsafe_no_sandbox,
        ..Settings::default()
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
            study(&ground);
            println!();
        }
    }
}

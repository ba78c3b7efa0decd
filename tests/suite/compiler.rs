//! The compiler alone: which builds it tries, that each is judged like any candidate, and what it may not be made to do.

use lessonl::domain::build::{Build, BuildOption};
use lessonl::domain::evaluation::{Evaluated, Evaluation};
use lessonl::domain::event::{Ending, Fact};
use lessonl::domain::problem::Mode;
use lessonl::domain::spec::{AgentKind, StrategyKind};
use lessonl::harness::{Cancel, CandidateCode, installed_compilers};

use crate::engine_world::{World, measured, spec, wrong};
use crate::harness::{Ready, SUM, SUM_DRIVER, SUM_ORIGINAL, problem, ready};

fn world(compilers: &[&str], rounds: u16) -> World {
    let mut world = World::new(spec(u8::try_from(compilers.len()).unwrap(), rounds), &[]);
    for (agent, command) in world.spec.team.iter_mut().zip(compilers) {
        let command = (*command).to_owned();
        agent.kind = AgentKind::Compiler { command };
    }
    world.spec.strategy = StrategyKind::Compiler;
    world.judge = std::sync::Arc::new(|trial, _| match trial.build.map(ToString::to_string) {
        Some(build) if build.ends_with("-flto") => measured(1.3, 1.4, 1.5),
        Some(_) => measured(0.9, 1.0, 1.1),
        None => wrong(),
    });
    world
}

#[tokio::test]
async fn every_compiler_builds_the_untouched_original_with_every_set_it_knows() {
    let world = world(&["g++", "clang++-17"], 8);
    let told = world.run().await;
    let built: Vec<String> = told
        .facts
        .iter()
        .filter_map(|envelope| match &envelope.fact {
            Fact::CandidateProposed { candidate, .. } => {
                assert_eq!(candidate.source, world.spec.units[0].original);
                let build = candidate.build.as_ref()?;
                Some(format!("{} {build}", candidate.id))
            }
            _ => None,
        })
        .collect();
    let expected = "\
r0a0 g++ -O2
r0a1 clang++-17 -O2
r1a0 g++ -O3
r1a1 clang++-17 -O3
r2a0 g++ -O3 -funroll-loops
r2a1 clang++-17 -O3 -funroll-loops
r3a0 g++ -O3 -flto
r3a1 clang++-17 -O3 -flto
r4a0 g++ -O3 -fprofile-use
r5a0 g++ -Ofast
r5a1 clang++-17 -Ofast
r6a0 g++ -Ofast -funroll-loops
r6a1 clang++-17 -Ofast -funroll-loops
r7a1 clang++-17 -O3 -mllvm -polly";
    let mut sorted = built;
    sorted.sort();
    assert_eq!(sorted, expected.lines().collect::<Vec<_>>());
    assert!(told.lines().contains(&"u0 finished done r3a0".to_owned()));
    assert!(!told.lines().iter().any(|line| line.contains(" sent")));
}

#[tokio::test]
async fn a_team_without_compilers_is_told_so() {
    let mut world = World::new(spec(1, 1), &[]);
    world.spec.strategy = StrategyKind::Compiler;
    let Ending::Failed { message } = world.run().await.ending else {
        panic!("not failed");
    };
    assert!(message.contains("--strategy compiler"), "{message}");
}

fn judged(ready: &Ready, source: &str, compiler: &str, options: &[BuildOption]) -> Evaluated {
    let build = Build {
        compiler: compiler.to_owned(),
        options: options.to_vec(),
    };
    let made = CandidateCode {
        source,
        build: Some(&build),
    };
    let cancel = Cancel::default();
    ready
        .harness
        .confirm(&ready.prepared, made, 42, &cancel, &|_| ())
}

#[test]
fn other_builds_of_the_original_pass_every_gate_and_changed_arithmetic_is_said() {
    let all = installed_compilers();
    let Some(gcc) = all.iter().find(|found| found.command.starts_with("g++")) else {
        println!("skipped: no g++ under a usual name");
        return;
    };
    let ready = ready(problem(SUM, SUM_ORIGINAL, SUM_DRIVER, 20_000), Mode::Serial);
    let of = |options: &[BuildOption]| judged(&ready, SUM_ORIGINAL, &gcc.command, options);
    for options in [
        &[BuildOption::O2][..],
        &[BuildOption::O3, BuildOption::Lto],
        &[BuildOption::O3, BuildOption::Profile],
        &[BuildOption::Ofast, BuildOption::UnrollLoops],
    ] {
        let evaluated = of(options);
        assert!(
            matches!(evaluated.evaluation, Evaluation::Measured { .. }),
            "{options:?}: {evaluated:?}"
        );
        let changed = evaluated
            .caveats
            .iter()
            .any(|c| c.name == "changed_arithmetic");
        assert_eq!(
            changed,
            options.contains(&BuildOption::Ofast),
            "{options:?}"
        );
    }
}

#[test]
fn other_code_is_not_run_for_a_profile_and_other_programs_are_not_started() {
    let ready = ready(problem(SUM, SUM_ORIGINAL, SUM_DRIVER, 20_000), Mode::Serial);
    let other = format!("{SUM_ORIGINAL}\n// changed\n");
    let trained = judged(
        &ready,
        &other,
        "g++",
        &[BuildOption::O3, BuildOption::Profile],
    );
    let Evaluation::Rejected { rule, .. } = &trained.evaluation else {
        panic!("{trained:?}");
    };
    assert_eq!(rule, "profile_of_other_code");
    for program in ["/bin/true", "g++ -fplugin=x", "cc1plus", "clang++-99"] {
        let evaluated = judged(&ready, SUM_ORIGINAL, program, &[]);
        let Evaluation::HarnessFault { what } = &evaluated.evaluation else {
            panic!("{program}: {evaluated:?}");
        };
        assert!(what.contains("is not installed"), "{what}");
    }
}

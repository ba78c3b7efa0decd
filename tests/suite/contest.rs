//! Claims about the best candidate: who may be it is timed against the others, and the winner is what a run returns.

use std::sync::Arc;

use lessonl::domain::candidate::Candidate;
use lessonl::domain::contest::{ContenderStanding, Contest};
use lessonl::domain::event::Fact;
use lessonl::domain::id::{AgentId, CandidateId, Round};
use lessonl::domain::run::Run;
use lessonl::domain::spec::Preset;
use lessonl::engine::state::Job;
use lessonl::harness::Cancel;

use crate::engine_world::{Told, World, answer, measured, spec, wrong};
use crate::harness::{SUM_FAST, SUM_ORIGINAL, ready_sum};

/// Three agents whose first figures overlap; the third one's code is the fastest.
fn noisy() -> World {
    let mut world = World::new(spec(3, 1), &[]);
    world.judge = Arc::new(|trial, _| match (trial.job, trial.source) {
        (Job::Evaluate, "r0a0") => measured(4.34, 6.12, 8.64),
        (Job::Evaluate, "r0a1") => measured(6.57, 7.21, 7.92),
        (Job::Evaluate, _) => measured(5.71, 7.43, 9.67),
        (Job::Contest, "r0a0") => measured(5.9, 6.0, 6.1),
        (Job::Contest, "r0a1") => measured(7.1, 7.2, 7.3),
        (Job::Contest, _) => measured(7.4, 7.5, 7.6),
        (Job::Confirm | Job::Duel, _) => measured(7.2, 7.4, 7.6),
    });
    world
}

/// The lines of a run's end, from the contest on.
fn end(told: &Told) -> Vec<String> {
    let lines = told.lines().into_iter();
    lines
        .skip_while(|line| !line.starts_with("r0 finished"))
        .skip(1)
        .collect()
}

fn folded(told: &Told) -> Run {
    Run::fold(&told.facts).unwrap()
}

#[tokio::test]
async fn who_may_be_the_best_is_compared_and_the_winner_is_confirmed_and_returned() {
    let told = noisy().run().await;
    assert_eq!(
        end(&told),
        [
            "contest r0a2 r0a1 r0a0",
            "r0a2 best",
            "r0a2 confirmed",
            "u0 finished done r0a2",
            "run finished done",
        ]
    );
    let run = folded(&told);
    let contest = run.units[0].contest.as_ref().unwrap();
    assert_eq!(
        contest.to_string(),
        "best of 3 contenders, 4.2 % [1.4, 7.0] ahead of r0a1"
    );
    let best = told.facts.iter().rev().find_map(|e| match &e.fact {
        Fact::BestImproved { candidate, .. } => Some(*candidate),
        _ => None,
    });
    assert_eq!(best, run.units[0].winner, "the last best one is the result");
}

#[tokio::test]
async fn the_paper_takes_the_greatest_estimate_and_compares_nobody() {
    let mut world = noisy();
    world.spec.preset = Preset::Paper;
    let told = world.run().await;
    assert_eq!(
        end(&told),
        [
            "r0a2 confirmed",
            "u0 finished done r0a2",
            "run finished done"
        ]
    );
}

#[tokio::test]
async fn equal_code_is_one_contender() {
    let mut world = noisy();
    world.script = Arc::new(|ask| {
        let code = ask.id.purpose.wants_code();
        Ok(answer("faster", code.then(|| "the same".to_owned())))
    });
    let told = world.run().await;
    assert_eq!(
        end(&told),
        [
            "r0a0 confirmed",
            "u0 finished done r0a0",
            "run finished done"
        ]
    );
}

#[tokio::test]
async fn a_winner_that_is_not_confirmed_leaves_the_original() {
    let mut world = noisy();
    let judge = Arc::clone(&world.judge);
    world.judge = Arc::new(move |trial, progress| match trial.job {
        Job::Confirm => measured(0.98, 1.0, 1.02),
        _ => judge(trial, progress),
    });
    let told = world.run().await;
    assert_eq!(end(&told)[3], "u0 finished done");
}

#[tokio::test]
async fn where_the_winner_fails_the_next_best_is_confirmed_instead() {
    let mut world = noisy();
    let judge = Arc::clone(&world.judge);
    world.judge = Arc::new(move |trial, progress| match (trial.job, trial.source) {
        (Job::Confirm, "r0a2") => wrong(),
        _ => judge(trial, progress),
    });
    let told = world.run().await;
    let expected = [
        "contest r0a2 r0a1 r0a0",
        "r0a2 best",
        "r0a2 confirmed",
        "r0a1 best",
        "contest r0a1 r0a0",
        "r0a1 confirmed",
        "u0 finished done r0a1",
        "run finished done",
    ];
    assert_eq!(end(&told), expected);
    // cut off behind any of these facts it ends the same way
    for cut in 1..expected.len() {
        world.record = told.facts[..told.facts.len() - cut].to_vec();
        let rest = world.run().await;
        let lines: Vec<String> = rest.lines().into_iter().skip(1).collect();
        assert_eq!(
            lines,
            expected[expected.len() - cut..],
            "cut {cut} before the end"
        );
    }
}

#[tokio::test]
async fn a_later_verdict_voids_a_contest() {
    let told = noisy().run().await;
    let mut run = folded(&told);
    assert!(run.units[0].contest.is_some() && run.units[0].confirmed.is_some());
    let judged = told
        .facts
        .iter()
        .find(|envelope| matches!(&envelope.fact, Fact::Evaluated { .. }));
    run.apply(judged.unwrap());
    assert_eq!(run.units[0].contest, None);
}

fn contenders(sources: &[&str]) -> Vec<Candidate> {
    let candidate = |(agent, source): (u8, &&str)| Candidate {
        id: CandidateId::first(Round(0), AgentId(agent)),
        source: (*source).to_owned(),
        rationale: String::new(),
        read: Vec::new(),
        build: None,
        lineage: None,
    };
    (0..).zip(sources).map(candidate).collect()
}

/// The contest of these codes for summing up, on this machine.
fn contest(sources: &[&str]) -> Contest {
    let ready = ready_sum();
    let all = contenders(sources);
    let all: Vec<&Candidate> = all.iter().collect();
    ready
        .harness
        .contest(&ready.prepared, &all, 7, &Cancel::default(), &|_| {})
        .unwrap()
}

/// Reads everything so many times.
fn times(n: u32) -> String {
    SUM_ORIGINAL.replace("ROUNDS = 20", &format!("ROUNDS = {n}"))
}

#[test]
fn the_fastest_code_wins_whatever_its_place_and_who_fails_is_named() {
    let slow = times(9);
    let wrong = SUM_FAST.replace("total += v", "total += v + 1e-3");
    let broken = "double sum(std::vector<double> const &x) { return y; }";
    let found = contest(&[&slow, &wrong, SUM_FAST, broken]);
    let id = |agent| CandidateId::first(Round(0), AgentId(agent));
    assert_eq!(found.winner, Some(id(2)), "{found}");
    let slower = found.rivals.iter().find(|rival| rival.id == id(0)).unwrap();
    assert_eq!(slower.standing, ContenderStanding::Slower, "{found}");
    assert!(slower.lead.is_some_and(|lead| lead.lo > 1.5), "{found}");
    let why = |agent: u8| {
        let rival = found.rivals.iter().find(|rival| rival.id == id(agent));
        match &rival.unwrap().standing {
            ContenderStanding::Out { why } => why.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert!(why(1).contains("another answer"), "{}", why(1));
    assert!(why(3).contains("not declared"), "{}", why(3));
}

#[test]
fn of_code_that_is_as_fast_the_shortest_is_never_called_slower() {
    let long = format!("{SUM_FAST}\n// one\n// two\n// three\n");
    let found = contest(&[&long, SUM_FAST]);
    let standing = &found.rivals[0].standing;
    assert!(
        matches!(standing, ContenderStanding::Equal | ContenderStanding::Open),
        "{found}"
    );
    if *standing == ContenderStanding::Equal {
        let short = CandidateId::first(Round(0), AgentId(1));
        assert_eq!(found.winner, Some(short), "{found}");
        assert!(
            found.to_string().contains("the shorter was taken"),
            "{found}"
        );
    }
}

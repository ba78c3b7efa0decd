//! Resuming: a run cut off at any fact ends with the facts of one that was not, and pays for nothing twice.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lessonl::domain::ask::{Answer, Ask, AskFailure, AskFailureKind};
use lessonl::domain::codegen::{Suite, Tested, Work};
use lessonl::domain::evaluation::{Evaluated, Evaluation};
use lessonl::domain::event::{Ending, Envelope, Fact, Machine, Toolchain};
use lessonl::domain::id::{AgentId, AskId, CandidateId, LessonId, Purpose, Round};
use lessonl::domain::meter::Budget;
use lessonl::domain::spec::{AgentKind, StrategyKind};
use lessonl::domain::units::Nanos;
use lessonl::engine::May;
use lessonl::engine::state::Job;

use crate::engine_world::{World, answer, failure, measured, normal, reply, spec};

const TABLE: [(&str, f64); 4] = [("r0a1", 1.5), ("r1a0", 2.0), ("r2a1", 3.0), ("r2a0.3", 1.2)];

/// The facts as an uninterrupted run would have them: without the resuming, and with each ask sent once.
fn whole(facts: &[Envelope]) -> Vec<Fact> {
    let mut seen = BTreeSet::new();
    let mut kept: Vec<Envelope> = facts
        .iter()
        .rev()
        .filter(|envelope| match &envelope.fact {
            Fact::RunResumed { .. } => false,
            Fact::AskSent { unit, ask, .. } => seen.insert((*unit, *ask)),
            _ => true,
        })
        .cloned()
        .collect();
    kept.reverse();
    let mut facts = normal(&kept);
    // cut between the agents' first steps, their asks may be sent anew after others have gone on
    facts.sort_by_key(place);
    facts
}

/// A key under which facts of one pipeline keep their order and pipelines stand side by side.
fn place(fact: &Fact) -> (u16, u16, u8, u8, u8, u8) {
    let unit = fact.unit().map_or(0, |unit| unit.0);
    let of = |id: &CandidateId, step| (unit, id.round.0 + 1, 1, id.agent.0, id.attempt, step);
    let whole = |round: &Round, stage, step| (unit, round.0 + 1, stage, 0, 0, step);
    // what leads to a candidate stands before it, what follows from it behind it
    let ask = |ask: &AskId, step| {
        let stage = match ask.purpose {
            Purpose::Recall | Purpose::Plan | Purpose::Tests => 2 * ask.purpose as u8,
            Purpose::Rewrite | Purpose::Repair | Purpose::Refine | Purpose::Combine => 20,
            Purpose::Lesson | Purpose::Reflect => 40,
        };
        of(&ask.about, stage + step)
    };
    match fact {
        Fact::RunStarted { .. } => (0, 0, 0, 0, 0, 0),
        Fact::UnitStarted { .. } => (unit, 0, 1, 0, 0, 0),
        Fact::RoundStarted { round, .. } => whole(round, 0, 0),
        Fact::LessonsSelected { round, .. } => whole(round, 0, 1),
        Fact::TestsAgreed { .. } => (unit, 1, 1, 0, 0, 19),
        Fact::AskSent { ask: id, .. } => ask(id, 0),
        Fact::AnswerReceived { ask: id, .. } | Fact::AskFailed { ask: id, .. } => ask(id, 1),
        Fact::CandidateProposed { candidate, .. } => of(&candidate.id, 30),
        Fact::Evaluated { candidate: id, .. } => of(id, 31),
        Fact::BestImproved { candidate: id, .. } => of(id, 32),
        Fact::ParentMet { candidate: id, .. } => of(id, 33),
        Fact::LessonLearned { lesson, .. } => match &lesson.id {
            LessonId::Learned(about) => of(about, 50),
            LessonId::Person(_) | LessonId::Carried(_) => whole(&lesson.round, 1, 50),
        },
        Fact::LessonRescored { round, .. } => whole(round, 2, 0),
        Fact::RoundFinished { round, .. } => whole(round, 3, 0),
        Fact::ContestHeld { .. } => (unit, u16::MAX, 0, 0, 0, 0),
        Fact::BestConfirmed { .. } => (unit, u16::MAX, 0, 0, 0, 1),
        Fact::UnitFinished { .. } => (unit, u16::MAX, 1, 0, 0, 0),
        _ => (u16::MAX, 0, 0, 0, 0, 0),
    }
}

/// Three agents: two that work, and one that first answers without code and then not at all.
fn troubled(ask: &Ask) -> Result<Answer, AskFailure> {
    let round = ask.id.about.round;
    match (ask.id.agent(), ask.id.purpose) {
        (AgentId(2), Purpose::Rewrite) if round == Round(0) => Ok(answer("no idea", None)),
        (AgentId(2), Purpose::Rewrite) => Err(failure(AskFailureKind::TimedOut)),
        (AgentId(0), Purpose::Repair) if ask.id.about.attempt == 2 => {
            Err(failure(AskFailureKind::TimedOut))
        }
        _ => Ok(reply(ask)),
    }
}

async fn same_facts_wherever_cut(strategy: StrategyKind) {
    let mut world = World::new(spec(3, 3), &TABLE).and("two");
    world.spec.strategy = strategy;
    if strategy == StrategyKind::Compiler {
        for agent in &mut world.spec.team {
            let command = "g++".to_owned();
            agent.kind = AgentKind::Compiler { command };
        }
        world.spec.rounds = 4;
    }
    cut_anywhere(world).await;
}

/// Whatever fact a run of this world is cut off behind, it ends with the same facts.
pub(crate) async fn cut_anywhere(mut world: World) {
    let strategy = world.spec.strategy;
    world.script = Arc::new(troubled);
    let uninterrupted = world.run().await.facts;
    let expected = whole(&uninterrupted);
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    world.script = Arc::new(move |ask| {
        counted.fetch_add(1, Ordering::Relaxed);
        troubled(ask)
    });
    let replies = |facts: &[Envelope]| {
        let replied = |envelope: &&Envelope| {
            matches!(
                envelope.fact,
                Fact::AnswerReceived { .. } | Fact::AskFailed { .. }
            )
        };
        facts.iter().filter(replied).count()
    };
    for cut in 1..uninterrupted.len() {
        asked.store(0, Ordering::Relaxed);
        world.record = uninterrupted[..cut].to_vec();
        let told = world.run().await;
        let known = cut as u64;
        let first = &told.facts[0].fact;
        assert_eq!(
            *first,
            Fact::RunResumed {
                known,
                machine: Some(Machine::default()),
            },
            "{strategy}, cut at {cut}"
        );
        let all = [world.record.clone(), told.facts].concat();
        let in_order = |(envelope, seq): (&Envelope, u64)| envelope.seq == seq;
        assert!(
            all.iter().zip(0..).all(in_order),
            "{strategy}, cut at {cut}"
        );
        assert_eq!(whole(&all), expected, "{strategy}, cut at {cut}");
        let paid = replies(&all) - replies(&world.record);
        assert_eq!(
            asked.load(Ordering::Relaxed),
            paid,
            "{strategy}, cut at {cut}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_cut_off_at_any_fact_ends_with_the_same_facts() {
    for strategy in StrategyKind::ALL {
        same_facts_wherever_cut(strategy).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_writes_code_from_a_description_ends_with_the_same_facts_wherever_it_is_cut() {
    for strategy in StrategyKind::ALL {
        let mut world = World::new(spec(3, 3), &TABLE);
        world.spec.strategy = strategy;
        world.spec.units[0].work = Work::Implement {
            task: "t/1".to_owned(),
            entry: "f".to_owned(),
        };
        world.judge = Arc::new(|trial, _| {
            let (suite, total) = match trial.tests {
                Some(own) => (Suite::Own, own.len() as u32),
                None => (Suite::Hidden, 9),
            };
            let passed = if trial.source == "r2a1" { total } else { 0 };
            let tested = Tested {
                suite,
                passed,
                total,
                failed: None,
            };
            Evaluated::bare(Evaluation::Tested { tested }, Nanos(1))
        });
        cut_anywhere(world).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_cut_off_around_a_contest_ends_with_the_same_facts() {
    // one agent: within a round of several, who is the best in between depends on who is judged first
    let mut world = World::new(spec(1, 3), &[]);
    world.judge = Arc::new(|trial, _| match (trial.job, trial.source) {
        (Job::Contest, "r0a0") => measured(2.09, 2.1, 2.11),
        (_, "r0a0") => measured(1.5, 2.0, 2.5),
        (_, "r1a0") => measured(1.6, 2.0, 2.5),
        _ => measured(1.7, 2.0, 2.5),
    });
    cut_anywhere(world).await;
}

#[tokio::test]
async fn a_run_cut_off_twice_ends_with_the_same_facts() {
    let mut world = World::new(spec(2, 3), &TABLE);
    let uninterrupted = world.run().await.facts;
    world.record = uninterrupted[..9].to_vec();
    let once = [world.record.clone(), world.run().await.facts].concat();
    world.record = once[..22].to_vec();
    let twice = [world.record.clone(), world.run().await.facts].concat();
    assert_eq!(whole(&twice), whole(&uninterrupted));
}

#[tokio::test]
async fn a_finished_run_has_nothing_left_to_do() {
    let mut world = World::new(spec(1, 1), &TABLE);
    world.record = world.run().await.facts;
    let told = world.run().await;
    assert_eq!((told.facts.len(), told.ending.clone()), (0, Ending::Done));
    assert_eq!(
        told.notices(),
        ["this run is finished: nothing is left to do"]
    );
}

#[tokio::test]
async fn a_record_that_is_none_and_a_changed_problem_are_refused() {
    let mut world = World::new(spec(1, 1), &TABLE);
    let facts = world.run().await.facts;
    world.record = facts[1..].to_vec();
    assert!(matches!(world.run().await.ending, Ending::Failed { .. }));
    world.record = facts[..2].to_vec();
    let mut changed = (*world.problems[0]).clone();
    changed.version = "2".to_owned();
    world.problems[0] = Arc::new(changed);
    let told = world.run().await;
    assert!(matches!(told.ending, Ending::Failed { .. }));
    assert_eq!(told.facts.len(), 0);
}

#[tokio::test]
async fn resuming_under_another_compiler_says_so() {
    let mut world = World::new(spec(1, 1), &TABLE);
    let mut facts = world.run().await.facts;
    if let Fact::RunStarted { toolchain, .. } = &mut facts[0].fact {
        *toolchain = Toolchain {
            version: "g++ 4.8".to_owned(),
            ..Toolchain::default()
        };
    }
    world.record = facts[..3].to_vec();
    let told = world.run().await;
    let text = "not the compiler or flags this run began with: \
                new figures may not compare with the earlier ones";
    assert_eq!(told.notices(), [text]);
    assert_eq!(told.ending, Ending::Done);
}

#[tokio::test]
async fn a_spent_budget_ends_the_run_and_only_a_larger_one_lets_it_go_on() {
    let mut world = World::new(spec(2, 2), &TABLE);
    world.spec.budget_time = Some(Nanos(0));
    let told = world.run().await;
    assert_eq!(told.lines(), ["run started", "run finished budget"]);
    assert_eq!(told.ending, Ending::Budget);

    world.record = told.facts.clone();
    let again = world.run().await;
    assert_eq!(
        again.lines(),
        ["run resumed after 2", "run finished budget"]
    );
    assert_eq!(
        again.notices(),
        ["nothing is left of the budget (time): resume the run with a larger one"]
    );

    world.budget = Some(Budget {
        time: Some(Nanos(3_600_000_000_000)),
        ..Budget::default()
    });
    let larger = world.run().await;
    assert_eq!(larger.ending, Ending::Done);
    assert_eq!(
        larger.lines()[..3],
        ["run resumed after 2", "budget set", "u0 started"]
    );
    // and from then on that one holds
    world.record.extend(larger.facts[..3].to_vec());
    world.budget = None;
    assert_eq!(world.run().await.ending, Ending::Done);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_may_not_ask_any_more_stops_before_it_asks_and_another_goes_on() {
    let mut world = World::new(spec(3, 3), &TABLE);
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    world.script = Arc::new(move |ask| {
        counted.fetch_add(1, Ordering::Relaxed);
        troubled(ask)
    });
    let left = AtomicUsize::new(4);
    world.may_ask = Some(Arc::new(move |_| {
        let one_less = |left: usize| left.checked_sub(1);
        let left = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less);
        if left.is_ok() { May::Ask } else { May::Stop }
    }));
    let told = world.run().await;
    assert_eq!(told.ending, Ending::Stopped);
    assert!(asked.load(Ordering::Relaxed) <= 4);
    world.may_ask = None;
    world.record = told.facts;
    assert_eq!(world.run().await.ending, Ending::Done);
}

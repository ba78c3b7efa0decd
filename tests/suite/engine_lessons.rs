//! Lessons in the engine beyond the paper: held out by chance, carried over from other runs, edited by the person.

use lessonl::bank;
use lessonl::domain::carried::{CarriedLesson, LessonOrigin};
use lessonl::domain::command::Command;
use lessonl::domain::event::Fact;
use lessonl::domain::id::{CandidateId, LessonId, Round};
use lessonl::domain::lesson::{Decision, LessonOutcome, LessonState};
use lessonl::domain::problem::{Mode, ProblemId};
use lessonl::domain::run::Run;
use lessonl::reports::ledger::{self, Place, Worth};

use crate::engine_resume::cut_anywhere;
use crate::engine_world::{UNIT, World, spec};

const TABLE: [(&str, f64); 3] = [("r0a1", 1.5), ("r1a0", 2.0), ("r2a1", 3.0)];

fn carried(text: &str, problem: &str) -> CarriedLesson {
    CarriedLesson {
        text: text.to_owned(),
        outcome: LessonOutcome::Significant,
        origin: LessonOrigin {
            key: bank::key(text),
            source: "20261121-001708-3f9a".to_owned(),
            problem: ProblemId::new(problem).unwrap(),
            category: "reduce".to_owned(),
            mode: Mode::Serial,
            compiler: "g++ 12.2.0".to_owned(),
            cpu: "a CPU".to_owned(),
            author: "loops".to_owned(),
            speedup: 7.0,
            imported: false,
        },
    }
}

#[tokio::test]
async fn a_hold_out_leaves_drawn_lessons_out_of_single_prompts_and_records_which() {
    let mut world = World::new(spec(3, 4), &TABLE);
    world.spec.holdout = 0.5;
    let told = world.run().await;
    let run = Run::fold(&told.facts).unwrap();
    let unit = &run.units[0];
    let mut out = 0;
    let mut chosen = 0;
    for state in unit.rounds.iter().filter(|state| state.round > Round(0)) {
        let selected: Vec<LessonId> = state.selection.chosen().collect();
        for (id, ask) in unit
            .asks
            .iter()
            .filter(|(id, _)| id.about.round == state.round)
        {
            if id.purpose != lessonl::domain::id::Purpose::Rewrite {
                continue;
            }
            let agent = id.agent();
            let shown: Vec<LessonId> = selected
                .iter()
                .copied()
                .filter(|lesson| !state.held_out.contains(&(agent, *lesson)))
                .collect();
            assert_eq!(ask.lessons, shown, "{id}");
            let candidate = &unit.candidates[&id.about].candidate;
            assert_eq!(
                candidate.read, shown,
                "an author has read what it was shown"
            );
            for lesson in &selected {
                let named = ask.prompt.contains(&format!("{lesson}: "));
                assert_eq!(named, shown.contains(lesson), "{id} {lesson}");
            }
            chosen += selected.len();
            out += selected.len() - shown.len();
        }
    }
    assert!(0 < out && out < chosen, "{out} of {chosen}");
    for state in unit.rounds.iter().filter(|state| state.round > Round(0)) {
        for lesson in state.selection.chosen() {
            let record = unit.lesson(lesson).unwrap();
            let candidates = unit.candidates.iter().filter(|(id, _)| {
                id.round == state.round && !state.held_out.contains(&(id.agent, lesson))
            });
            let scores: Vec<f64> = candidates.map(|(_, candidate)| candidate.score()).collect();
            let expected = bank::effectiveness(record.lesson.speedup, &scores, 0.1);
            let factors = record.factors.iter().filter(|(at, _)| *at == state.round);
            let got: Vec<f64> = factors.map(|(_, factor)| *factor).collect();
            assert_eq!(
                got,
                Vec::from_iter(expected),
                "only its readers judge a lesson"
            );
        }
    }
    assert_eq!(
        world.run().await.lines(),
        told.lines(),
        "drawn from the seed"
    );
    let account = ledger::account(
        &run,
        UNIT,
        LessonId::Learned(CandidateId::first(
            Round(0),
            lessonl::domain::id::AgentId(0),
        )),
    );
    let account = account.unwrap();
    let left_out = account.entries.iter().filter(|e| e.place == Place::HeldOut);
    assert_eq!(left_out.count() as u32, account.without.count);
    assert_eq!(
        account.entries.len() as u32,
        account.with.count + account.without.count
    );
    assert!(account.entries.iter().all(|entry| entry.drawn));
}

#[tokio::test]
async fn without_a_hold_out_every_agent_is_shown_the_same_and_nothing_is_claimed() {
    let told = World::new(spec(3, 3), &TABLE).run().await;
    let run = Run::fold(&told.facts).unwrap();
    assert!(
        run.units[0]
            .rounds
            .iter()
            .all(|state| state.held_out.is_empty())
    );
    let accounts = ledger::accounts(&run, &run.units[0]);
    assert!(accounts.iter().all(|a| a.worth == Worth::NotHeldOut));
    assert!(ledger::observations(&run).is_empty());
}

#[tokio::test]
async fn a_unit_brings_its_lessons_along_and_only_speed_at_home_counts() {
    let mut world = World::new(spec(2, 2), &TABLE);
    let here = world.spec.units[0].problem.to_string();
    world.spec.units[0].carried = vec![
        carried("Sum in pairs.", &here),
        carried("Sort first.", "elsewhere/sort/x"),
        carried(" ", &here),
    ];
    let told = world.run().await;
    let run = Run::fold(&told.facts).unwrap();
    let lessons = &run.units[0].lessons;
    let brought: Vec<_> = lessons
        .iter()
        .filter(|r| r.lesson.origin.is_some())
        .map(|r| (r.lesson.id, r.lesson.speedup, r.lesson.state))
        .collect();
    let expected = [
        (LessonId::Carried(1), 7.0, LessonState::Accepted),
        (LessonId::Carried(2), 0.0, LessonState::Accepted),
    ];
    assert_eq!(brought, expected);
    let q = bank::lexical("Sort first.", &world.spec.units[0].original);
    assert_eq!(lessons[1].lesson.relevance, q);
    assert!(told.prompts(1)[0].contains("L-b1: Sum in pairs."));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn held_out_and_carried_lessons_are_the_same_wherever_the_run_was_cut() {
    let mut world = World::new(spec(3, 3), &TABLE).and("two");
    world.spec.holdout = 0.4;
    world.spec.units[1].carried = vec![carried("Sum in pairs.", "test/sum/two")];
    cut_anywhere(world).await;
}

#[tokio::test]
async fn an_edited_lesson_is_as_relevant_as_its_new_text() {
    let world = World::new(spec(2, 3), &TABLE);
    let mut live = world.start();
    live.until_fact(|fact| matches!(fact, Fact::LessonLearned { .. }))
        .await;
    let lesson = LessonId::Learned("r0a0".parse().unwrap());
    let text = "std::vector<double> const &x: return the sum".to_owned();
    live.send(Command::AddLesson {
        unit: UNIT,
        text: "nothing to do with it".to_owned(),
    });
    live.until_fact(|fact| matches!(fact, Fact::LessonAdded { .. }))
        .await;
    let mine = LessonId::Person(1);
    for id in [mine, lesson] {
        live.send(Command::DecideLesson {
            unit: UNIT,
            lesson: id,
            decision: Decision::Edit { text: text.clone() },
        });
    }
    let told = live.end().await;
    let run = Run::fold(&told.facts).unwrap();
    let record = run.units[0].lesson(mine).unwrap();
    let q = bank::lexical(&text, &world.spec.units[0].original);
    assert!(q > 0.1, "{q}");
    assert_eq!((record.lesson.relevance, record.lesson.edited), (q, true));
    assert_eq!(record.first_text.as_deref(), Some("nothing to do with it"));
    let decided = told.facts.iter().find_map(|e| match &e.fact {
        Fact::LessonDecided {
            lesson, relevance, ..
        } if *lesson == mine => Some(*relevance),
        _ => None,
    });
    assert_eq!(decided, Some(Some(q)));
}

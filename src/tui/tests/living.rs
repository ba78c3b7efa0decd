//! What a person does with a run that is over: its result, its lessons for later runs, what was asked, playing it again.

use super::{frame, press, step, text};
use crate::config::keymap::Place;
use crate::config::theme::Depth;
use crate::domain::carried::{Arm, BankedLesson, Sighting, Standing, StandingBy};
use crate::domain::command::Command;
use crate::domain::event::{Event, Fact, Pulse};
use crate::domain::id::{AgentId, CandidateId, LessonId, Round, UnitId};
use crate::domain::lesson::Decision;
use crate::domain::problem::{Mode, ProblemId};
use crate::errand::{Answer, Banked, Desk, Errand, News};
use crate::fixture::{Record, home, opened};
use crate::live::Origin;
use crate::model::{Again, Model, Overlay};
use crate::msg::{Effect, Msg, Request};
use crate::reports::ledger::Worth;

/// What the bank knows of the lessons of the made-up run, and one of another run.
fn banked() -> Vec<Banked> {
    let run = Record::finished();
    let learned = run
        .facts
        .iter()
        .filter_map(|envelope| match &envelope.fact {
            Fact::LessonLearned { lesson, .. } => Some(lesson.clone()),
            _ => None,
        });
    let mut all: Vec<Banked> = learned
        .map(|lesson| {
            one(
                &lesson.id.to_string(),
                &lesson.text,
                run.facts[0].run.as_str(),
            )
        })
        .collect();
    all.push(one(
        "L-r0a1",
        "Sort by key once, before the loop.",
        "20261119-101500-bbbb",
    ));
    all[1].lesson.standing = Standing::Rejected;
    all
}

fn one(lesson: &str, text: &str, source: &str) -> Banked {
    let sighting = Sighting {
        source: source.to_owned(),
        unit: 0,
        lesson: lesson.to_owned(),
        imported: false,
        carried: false,
        problem: ProblemId::new("made/dense/row_norms").unwrap(),
        category: "dense".to_owned(),
        mode: Mode::Serial,
        compiler: "g++ 12.2.0".to_owned(),
        cpu: "Made-up CPU".to_owned(),
        author: "loops (built-in rules, not a model)".to_owned(),
        outcome: crate::domain::lesson::LessonOutcome::Significant,
        speedup: 2.31,
        factor: 1.0,
        with: Arm::default(),
        without: Arm::default(),
    };
    Banked {
        lesson: BankedLesson {
            key: format!("{:0>12}", text.bytes().map(u64::from).sum::<u64>()),
            text: text.to_owned(),
            standing: Standing::Staged,
            by: StandingBy::Nobody,
            sightings: vec![sighting],
        },
        worth: Worth::NotHeldOut,
        merged: 0,
    }
}

/// Answers the errand about the bank that is under way.
fn answer(model: &mut Model, lessons: Vec<Banked>) -> Vec<Effect> {
    let number = model.bank.under_way.unwrap();
    let news = News::Over(Ok(Answer::Bank(lessons)));
    step(model, Msg::News(Desk::Bank, number, news))
}

/// A run that is over, with the bank read.
pub(super) fn with_bank(depth: Depth) -> Model {
    let mut model = opened(&Record::finished(), Origin::Live, depth);
    frame(&mut model, 120, 40);
    press(&mut model, "7");
    answer(&mut model, banked());
    model
}

fn errands(effects: &[Effect]) -> Vec<&Errand> {
    let of = effects.iter().filter_map(|effect| match effect {
        Effect::Errand(_, _, errand) => Some(errand),
        _ => None,
    });
    of.collect()
}

#[test]
fn a_run_that_ends_shows_its_result_and_tells_the_person() {
    let mut model = opened(&Record::midway(), Origin::Live, Depth::None);
    frame(&mut model, 120, 40);
    let mut told = Vec::new();
    for fact in &Record::finished().facts[Record::midway().facts.len()..] {
        told.extend(step(
            &mut model,
            Msg::Engine(Event::Fact(Box::new(fact.clone()))),
        ));
    }
    assert!(
        told.iter()
            .any(|e| matches!(e, Effect::Alert(words) if words.starts_with("Done")))
    );
    assert_eq!(model.place, Place::Result);
    let screen = text(&frame(&mut model, 120, 40));
    for wanted in [
        "3.90× [3.68, 4.12]",
        "r1a0 by loops",
        "run the same again",
        "decide about",
        "put the best code into your files",
    ] {
        assert!(screen.contains(wanted), "{wanted}: {screen}");
    }
}

#[test]
fn who_reads_something_when_the_run_ends_is_left_there() {
    let mut model = opened(&Record::midway(), Origin::Live, Depth::None);
    press(&mut model, "2");
    for fact in &Record::finished().facts[Record::midway().facts.len()..] {
        step(&mut model, Msg::Engine(Event::Fact(Box::new(fact.clone()))));
    }
    assert_eq!(model.place, Place::Code);
    assert!(
        model
            .toast
            .as_ref()
            .is_some_and(|words| words.contains("8 shows"))
    );
}

#[test]
fn a_run_of_the_past_opens_at_its_result_and_is_played_from_there() {
    let mut model = home(Depth::None);
    let facts = Record::finished().facts;
    let sent = step(
        &mut model,
        Msg::Launched(Ok((Origin::Replay, facts.clone().into()))),
    );
    assert!(sent.contains(&Effect::Send(Command::SeekReplay(facts.len() as u64))));
    assert_eq!(model.place, Place::Result);
    assert!(text(&frame(&mut model, 120, 40)).contains("3.90×"));
    let sent = press(&mut model, "P");
    assert_eq!(
        sent,
        [
            Effect::Send(Command::SeekReplay(1)),
            Effect::Send(Command::Resume)
        ]
    );
    assert_eq!((model.place, model.is_running()), (Place::Run, true));
    press(&mut model, ")");
    assert!(!model.is_running());
    press(&mut model, "(");
    assert_eq!(model.live.as_ref().unwrap().position(), 1);
}

#[test]
fn lessons_of_a_run_that_is_over_are_decided_for_later_runs_in_one_key() {
    let mut model = with_bank(Depth::None);
    press(&mut model, "4");
    let shown = text(&frame(&mut model, 120, 40));
    assert!(shown.contains("decided for later runs"), "{shown}");
    let sent = press(&mut model, "a");
    let [Errand::DecideBank { keys, standing }] = errands(&sent)[..] else {
        panic!("{sent:?}");
    };
    assert_eq!((keys.len(), *standing), (1, Standing::Accepted));
    // The cursor is on the next one that is undecided, and what comes next waits for its turn.
    let second = model.view.lesson;
    assert_ne!(
        second,
        Some(LessonId::Learned(CandidateId::first(Round(0), AgentId(0))))
    );
    assert_eq!(errands(&press(&mut model, "x")), Vec::<&Errand>::new());
    let sent = answer(&mut model, banked());
    assert!(matches!(
        errands(&sent)[..],
        [Errand::DecideBank {
            standing: Standing::Rejected,
            ..
        }]
    ));
    press(&mut model, "u");
    let sent = answer(&mut model, banked());
    assert!(matches!(
        errands(&sent)[..],
        [Errand::DecideBank {
            standing: Standing::Staged,
            ..
        }]
    ));
    assert!(press(&mut model, "p").is_empty());
    assert!(
        model
            .toast
            .as_ref()
            .is_some_and(|words| words.contains("no next prompt"))
    );
}

#[test]
fn the_bank_is_decided_about_marked_by_kind_and_searched() {
    let mut model = with_bank(Depth::None);
    let screen = text(&frame(&mut model, 120, 40));
    assert!(
        screen.contains("5 staged") || screen.contains("6 staged"),
        "{screen}"
    );
    assert!(screen.contains("1 rejected"), "{screen}");
    press(&mut model, "*");
    let marked = model.bank.marked.len();
    assert!(marked > 3, "{marked}");
    let sent = press(&mut model, "a");
    let [Errand::DecideBank { keys, .. }] = errands(&sent)[..] else {
        panic!("{sent:?}");
    };
    assert_eq!(keys.len(), marked);
    press(&mut model, "/ s t a n d i n g : r e j e c t e d enter");
    assert_eq!(crate::bank::listed(&model).len(), 1);
}

#[test]
fn a_lesson_of_the_bank_is_put_into_other_words() {
    let mut model = with_bank(Depth::None);
    let sent = press(&mut model, "e ! enter");
    assert!(matches!(
        errands(&sent)[..],
        [Errand::EditBank { text, .. }] if text.ends_with('!')
    ));
    press(&mut model, "4 A");
    assert!(matches!(model.overlay, Overlay::Editor(..)));
    press(&mut model, "h i enter");
    let sent = answer(&mut model, banked());
    assert!(matches!(errands(&sent)[..], [Errand::AddToBank { text, .. }] if text == "hi"));
}

#[test]
fn all_undecided_lessons_of_a_kind_are_decided_with_two_keys() {
    let mut model = opened(&Record::midway(), Origin::Live, Depth::None);
    press(&mut model, "4 G *");
    let kind = model.view.marked.len();
    assert!(kind >= 1);
    let sent = press(&mut model, "a");
    assert_eq!(sent.len(), kind);
}

#[test]
fn an_edit_is_a_decision_and_the_next_undecided_lesson_is_gone_to() {
    let mut model = opened(&Record::midway(), Origin::Live, Depth::None);
    let open = |agent| LessonId::Learned(CandidateId::first(Round(1), AgentId(agent)));
    let waiting = Pulse::WaitingForPerson {
        unit: UnitId(0),
        lessons: vec![open(1), open(2)],
    };
    step(&mut model, Msg::Engine(Event::Pulse(waiting)));
    press(&mut model, "4");
    assert_eq!(
        model.view.lesson,
        Some(open(1)),
        "what is waited for is gone to"
    );
    let sent = press(&mut model, "e ! enter");
    assert!(sent.iter().any(|effect| matches!(
        effect,
        Effect::Send(Command::DecideLesson {
            decision: Decision::Accept,
            ..
        })
    )));
    assert_ne!(model.view.lesson, Some(open(1)));
    // Taken back together.
    assert_eq!(press(&mut model, "u").len(), 2);
}

#[test]
fn the_exact_prompt_and_answer_are_one_key_away_from_run_code_and_lessons() {
    for keys in ["1", "2", "4"] {
        let mut model = opened(&Record::midway(), Origin::Live, Depth::None);
        frame(&mut model, 120, 40);
        press(&mut model, keys);
        press(&mut model, "Q");
        let screen = text(&frame(&mut model, 120, 40));
        assert!(screen.contains("Make it faster."), "{keys}: {screen}");
        let sent = press(&mut model, "y");
        assert!(
            matches!(sent.as_slice(), [Effect::Copy(text)] if text.contains("--- Prompt ---")),
            "{sent:?}"
        );
        press(&mut model, "] ] [ esc");
        assert!(matches!(model.overlay, Overlay::None));
    }
}

#[test]
fn a_candidate_is_measured_again_once_the_run_is_over() {
    let mut model = opened(&Record::midway(), Origin::Live, Depth::None);
    assert_eq!(press(&mut model, "2 F"), []);
    assert!(
        model
            .toast
            .as_ref()
            .is_some_and(|words| words.contains("once it is over"))
    );
    let mut model = opened(&Record::finished(), Origin::Live, Depth::None);
    let sent = press(&mut model, "3 F");
    let Some(Effect::Errand(Desk::Measure, number, Errand::Measure(wanted))) = sent
        .iter()
        .find(|e| matches!(e, Effect::Errand(Desk::Measure, ..)))
    else {
        panic!("{sent:?}");
    };
    let id = wanted.candidate;
    let state = &model.run().unwrap().units[0].candidates[&id];
    let evaluated = state.evaluated.clone().unwrap();
    let news = News::Over(Ok(Answer::Measured(Box::new(evaluated))));
    step(&mut model, Msg::News(Desk::Measure, *number, news));
    assert!(matches!(
        model.again.values().next(),
        Some(Again::Measured(_))
    ));
    let screen = text(&frame(&mut model, 200, 50));
    assert!(screen.contains("measured again by you"), "{screen}");
    assert!(screen.contains("per call"), "{screen}");
}

#[test]
fn a_run_is_run_again_afresh_from_its_result() {
    let mut model = opened(&Record::finished(), Origin::Live, Depth::None);
    let run = model.run().unwrap().id.clone();
    assert_eq!(
        press(&mut model, "8 r").last(),
        Some(&Effect::Launch(Request::Again(run)))
    );
}

#[test]
fn a_problem_is_skipped_only_after_a_yes() {
    let mut model = opened(&Record::midway(), Origin::Live, Depth::None);
    assert_eq!(press(&mut model, "K esc"), []);
    assert_eq!(press(&mut model, "K y"), [Effect::Send(Command::SkipUnit)]);
}

#[test]
fn all_problems_that_pass_the_filter_are_marked_with_one_key() {
    let mut model = home(Depth::None);
    press(&mut model, "/ d e n s e enter *");
    let sent = press(&mut model, "r");
    assert!(matches!(
        sent.as_slice(),
        [Effect::Launch(Request::Start(choice, _))] if choice.targets.len() == 2
    ));
    model.launching = None;
    press(&mut model, "*");
    assert!(model.home.marked.is_empty());
}

#[test]
fn settings_are_saved_where_the_screen_says() {
    let mut model = home(Depth::None);
    press(&mut model, "f2 S");
    assert!(
        model
            .toast
            .as_ref()
            .is_some_and(|words| words.contains("no settings file"))
    );
    model.settings_file = Some("/home/me/.config/lessonl/config.toml".into());
    let screen = text(&frame(&mut model, 120, 40));
    assert!(
        screen.contains("/home/me/.config/lessonl/config.toml"),
        "{screen}"
    );
    let sent = press(&mut model, "S");
    let [Effect::Save(settings)] = sent.as_slice() else {
        panic!("{sent:?}");
    };
    assert!(settings.iter().any(|(key, _)| *key == "theme"));
    let known = crate::config::settings::KEYS.map(|(key, _)| key);
    assert!(settings.iter().all(|(key, _)| known.contains(key)));
}

#[test]
fn the_code_is_saved_as_a_file_whatever_it_was_written_for() {
    let mut model = opened(&Record::finished(), Origin::Live, Depth::None);
    press(&mut model, "2 W");
    let Overlay::Applying(applying) = &model.overlay else {
        panic!("not applying");
    };
    let number = applying.number;
    let refused =
        crate::domain::failure::Failure::new(crate::domain::failure::FailureKind::Usage, "bundled");
    step(
        &mut model,
        Msg::News(Desk::Apply, number, News::Over(Err(refused))),
    );
    let sent = press(&mut model, "enter enter");
    assert!(
        sent.iter()
            .any(|e| matches!(e, Effect::WriteNew { name, text }
            if name == "row-norms-r1a0.cpp" && text.contains("row_norms"))),
        "{sent:?}"
    );
}

#[test]
fn what_is_found_in_the_difference_is_counted() {
    let mut model = opened(&Record::finished(), Origin::Live, Depth::None);
    frame(&mut model, 120, 40);
    press(&mut model, "2 tab / s q r t enter");
    let screen = text(&frame(&mut model, 120, 40));
    assert!(screen.contains("lines found"), "{screen}");
}

#[test]
fn the_lessons_by_round_say_where_each_was() {
    let mut model = opened(&Record::midway(), Origin::Live, Depth::None);
    press(&mut model, "4 v");
    let screen = text(&frame(&mut model, 120, 40));
    assert!(screen.contains("r0") && screen.contains("r2"), "{screen}");
    assert!(
        screen.contains("★ pinned") && screen.contains("· no place left"),
        "{screen}"
    );
}

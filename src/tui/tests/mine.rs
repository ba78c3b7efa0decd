//! What a person adds to a run: a candidate of their own, a hint, a template; and equal things in one row.

use super::{frame, press, step, text};
use crate::config::theme::Depth;
use crate::domain::candidate::Candidate;
use crate::domain::command::Command;
use crate::domain::event::{Event, Fact, Progress, Pulse};
use crate::domain::id::{AgentId, CandidateId, LessonId, Round, UnitId};
use crate::domain::lesson::Decision;
use crate::errand::{Answer, Desk, Errand, News, Template};
use crate::fixture::{Record, opened, speedup};
use crate::live::Origin;
use crate::model::{Base, Model};
use crate::msg::{EditTarget, Effect, Msg};

const UNIT: UnitId = UnitId(0);

fn midway() -> Model {
    let mut model = opened(&Record::midway(), Origin::Live, Depth::None);
    frame(&mut model, 120, 40);
    model
}

/// Tells a fact that comes next.
fn tell(model: &mut Model, fact: Fact) {
    let run = model.run().unwrap();
    let envelope = crate::domain::event::Envelope {
        v: crate::domain::event::FACT_VERSION,
        run: run.id.clone(),
        seq: run.facts,
        at: run.updated_at,
        fact,
    };
    step(model, Msg::Engine(Event::Fact(Box::new(envelope))));
}

/// A candidate with the code of another one, and its verdict.
fn copy(model: &mut Model, of: CandidateId, id: CandidateId) {
    let known = model.unit().unwrap().1.candidates[&of].clone();
    let candidate = Candidate {
        id,
        ..known.candidate
    };
    let unit = UNIT;
    tell(model, Fact::CandidateProposed { unit, candidate });
    let evaluated = known.evaluated.unwrap();
    let candidate = id;
    tell(
        model,
        Fact::Evaluated {
            unit,
            candidate,
            evaluated,
        },
    );
}

/// A run in which the person took part and code came twice.
pub(super) fn together(depth: Depth) -> Model {
    let mut model = opened(&Record::midway(), Origin::Live, depth);
    let first = CandidateId::first(Round(1), AgentId(0));
    copy(
        &mut model,
        first,
        CandidateId::first(Round(1), AgentId::PERSON),
    );
    model
}

#[test]
fn a_candidate_of_my_own_begins_with_the_original_or_with_the_selected_one() {
    let mut model = midway();
    let sent = press(&mut model, "C");
    let [Effect::Edit(target @ EditTarget::Candidate(..), original)] = sent.as_slice() else {
        panic!("{sent:?}");
    };
    assert_eq!(*original, model.unit().unwrap().1.spec.original);
    let written = |model: &mut Model, text: &str| {
        step(model, Msg::Edited(target.clone(), Ok(text.to_owned())))
    };
    assert_eq!(written(&mut model, original), []);
    assert!(
        model
            .toast
            .as_ref()
            .is_some_and(|t| t.contains("Left as it was"))
    );
    assert_eq!(written(&mut model, "  \n"), []);
    let source = "int f() {\n  return 2;\n}\n".to_owned();
    let unit = UNIT;
    let wanted = Command::AddCandidate {
        unit,
        source: source.clone(),
    };
    assert_eq!(written(&mut model, &source), [Effect::Send(wanted)]);
    let sent = press(&mut model, "2 C");
    let chosen = model.selected().unwrap().1.candidate.source.clone();
    assert!(
        matches!(sent.as_slice(), [Effect::Edit(EditTarget::Candidate(..), text)] if *text == chosen),
        "{sent:?}"
    );
    let mut over = opened(&Record::finished(), Origin::Live, Depth::None);
    assert_eq!(press(&mut over, "1 C"), []);
    assert!(
        over.toast
            .as_ref()
            .is_some_and(|t| t.contains("lessonl eval"))
    );
}

#[test]
fn my_candidate_stands_in_the_grid_and_in_the_lists_as_me() {
    let mut model = together(Depth::None);
    let screen = text(&frame(&mut model, 120, 40));
    assert!(
        screen.lines().any(|line| line.contains("│ me ")),
        "{screen}"
    );
    press(&mut model, "2");
    let screen = text(&frame(&mut model, 120, 40));
    assert!(screen.contains("×3 loops"), "{screen}");
    assert!(screen.contains("r1me"), "{screen}");
}

#[test]
fn my_row_of_the_grid_is_chosen_like_an_agents() {
    let mut model = together(Depth::None);
    frame(&mut model, 120, 40);
    press(&mut model, "G");
    assert_eq!(model.author(), AgentId::PERSON);
    let screen = text(&frame(&mut model, 120, 40));
    assert!(screen.contains("▸○ me "), "{screen}");
    assert!(screen.contains("your own code"), "{screen}");
    press(&mut model, "H");
    let toast = model.toast.clone().unwrap_or_default();
    assert!(toast.contains("me is no model"), "{toast}");
    press(&mut model, "enter");
    let own = CandidateId::first(Round(1), AgentId::PERSON);
    assert_eq!(model.view.candidate, Some(own));
}

#[test]
fn another_run_begins_with_nothing_chosen_or_filtered_in_the_one_before() {
    let mut model = together(Depth::None);
    press(&mut model, "G 4 / t h e enter m 2");
    assert_eq!(model.view.agent, AgentId::PERSON);
    let facts = Record::finished().facts;
    let opened = Msg::Launched(Ok((Origin::Replay, facts.into())));
    step(&mut model, opened);
    assert_eq!(model.view.agent, AgentId(0));
    assert!(model.view.marked.is_empty() && model.view.candidate.is_none());
    assert!(model.filters.is_empty(), "{:?}", model.filters);
}

#[test]
fn equal_code_is_one_row_and_a_copy_is_found_in_it() {
    let mut model = together(Depth::None);
    frame(&mut model, 120, 40);
    press(&mut model, "2");
    let first = CandidateId::first(Round(1), AgentId(0));
    let own = CandidateId::first(Round(1), AgentId::PERSON);
    let rows = crate::lists::by_verdict(&model);
    let ids: Vec<CandidateId> = rows.iter().map(|(id, _)| *id).collect();
    assert!(ids.contains(&first) && !ids.contains(&own), "{ids:?}");
    model.view.candidate = Some(own);
    let rows = crate::lists::by_verdict(&model);
    let row = crate::lists::row(&model, &rows).unwrap();
    assert_eq!(rows[row].0, first);
}

#[test]
fn lessons_that_say_the_same_are_one_row_and_one_decision() {
    let mut model = midway();
    let known = model.unit().unwrap().1.lessons[0].lesson.clone();
    for agent in [5, 6] {
        let id = LessonId::Learned(CandidateId::first(Round(1), AgentId(agent)));
        let lesson = crate::domain::lesson::Lesson {
            id,
            ..known.clone()
        };
        tell(&mut model, Fact::LessonLearned { unit: UNIT, lesson });
    }
    press(&mut model, "4");
    model.view.lesson = Some(known.id);
    let screen = text(&frame(&mut model, 120, 40));
    assert!(screen.contains("×3 "), "{screen}");
    assert!(screen.contains("learned 3 times"), "{screen}");
    let sent = press(&mut model, "p");
    let pins = sent.iter().filter(|effect| {
        matches!(
            effect,
            Effect::Send(Command::DecideLesson {
                decision: Decision::Pin,
                ..
            })
        )
    });
    assert_eq!(pins.count(), 3, "{sent:?}");
    // each of them has a row of its own where rounds are looked at
    let listed = crate::shelf::lessons(&model).len();
    press(&mut model, "v");
    assert_eq!(crate::shelf::lessons(&model).len(), listed + 2);
}

#[test]
fn a_candidate_is_compared_with_what_its_author_wrote_before() {
    let mut model = midway();
    press(&mut model, "2");
    model.view.candidate = Some(CandidateId::first(Round(1), AgentId(0)));
    press(&mut model, "d");
    let base = model.base().map(|(id, _)| id);
    assert_eq!(base, Some(CandidateId::first(Round(0), AgentId(0))));
    let screen = text(&frame(&mut model, 120, 40));
    assert!(screen.contains("against r0a0 by loops"), "{screen}");
    // the first of an author stands against the original
    model.view.candidate = base;
    assert_eq!(model.base().map(|(id, _)| id), None);
    press(&mut model, "d");
    assert_eq!(model.view.base, Base::Original);
}

#[test]
fn an_agent_that_is_no_model_is_told_nothing() {
    let mut model = midway();
    assert_eq!(press(&mut model, "H"), []);
    assert!(
        model
            .toast
            .as_ref()
            .is_some_and(|t| t.contains("reads no hint"))
    );
}

#[test]
fn what_timing_has_shown_so_far_is_told_while_it_goes_on() {
    let mut model = midway();
    let about = CandidateId::first(Round(2), AgentId(0));
    let known = model.unit().unwrap().1.candidates.keys().next().copied();
    let known = known.unwrap();
    copy(&mut model, known, about);
    let pulse = Pulse::Evaluating {
        unit: UNIT,
        candidate: Some(about),
        progress: Progress::Launch {
            done: 3,
            so_far: Some(speedup(1.9, 2.0, 2.1)),
        },
    };
    step(&mut model, Msg::Engine(Event::Pulse(pulse)));
    let screen = text(&frame(&mut model, 200, 50));
    assert!(
        screen.contains("r2a0 after 3 launches: 2.00× [1.90,"),
        "{screen}"
    );
}

/// A question's template, of the person's own.
pub(super) fn template(depth: Depth) -> Model {
    let mut model = opened(&Record::midway(), Origin::Live, depth);
    frame(&mut model, 120, 40);
    press(&mut model, "Q E");
    let template = Template {
        name: "rewrite".to_owned(),
        file: "/home/me/.config/lessonl/prompts/rewrite.md".to_owned(),
        changes: "@@ -1,2 +1,2 @@\n Make it fast.\n-Keep it short.\n+Keep it correct.\n".to_owned(),
        text: "Make it fast.\nKeep it correct.\n{{ code_a }}\n".to_owned(),
    };
    let number = model.errands;
    let news = News::Over(Ok(Answer::Template(template)));
    step(&mut model, Msg::News(Desk::Template, number, news));
    model
}

#[test]
fn the_template_of_a_question_is_opened_edited_and_kept() {
    let mut model = template(Depth::None);
    let screen = text(&frame(&mut model, 120, 40));
    assert!(screen.contains("+Keep it correct."), "{screen}");
    let sent = press(&mut model, "E");
    let [Effect::Edit(target @ EditTarget::Template(name), before)] = sent.as_slice() else {
        panic!("{sent:?}");
    };
    assert_eq!(name, "rewrite");
    let same = step(&mut model, Msg::Edited(target.clone(), Ok(before.clone())));
    assert_eq!(same, []);
    let text = "Other words.\nIn two lines.\n".to_owned();
    let sent = step(&mut model, Msg::Edited(target.clone(), Ok(text.clone())));
    assert!(
        matches!(sent.as_slice(), [Effect::Errand(Desk::Template, _, Errand::SaveTemplate { text: sent, .. })] if *sent == text),
        "{sent:?}"
    );
}

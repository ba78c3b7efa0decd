//! Decisions about lessons: each has its opposite, so it can be undone; the engine applies them from the next selection on.

use std::collections::BTreeSet;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui_textarea::{TextArea, WrapMode};

use super::{mine, template};
use crate::bank;
use crate::config::keymap::{Action, Place};
use crate::domain::command::Command;
use crate::domain::id::LessonId;
use crate::domain::lesson::{Decision, Lesson, LessonState};
use crate::domain::run::LessonRecord;
use crate::lists;
use crate::model::{LessonView, Model, Overlay, Step};
use crate::msg::{EditTarget, Effect};
use crate::panes::Pane;
use crate::shelf;
use crate::widgets::mark::state_word;
use crate::widgets::text::one_line;

/// Longest text of a lesson, characters.
const LONGEST: usize = 2_000;

/// Takes in an action of the lessons screen.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    if model.place == Place::Bank || bank::is_meant(model) {
        let about: Vec<LessonId> = chosen(model).iter().map(|l| l.id).collect();
        if model.place == Place::Lessons {
            model.view.lesson = lists::lesson(model).map(|r| r.lesson.id);
        }
        let before = model.bank.undo.len();
        super::bank::act(model, action, &about, effects);
        if model.bank.undo.len() > before {
            to_next_undecided(model);
        }
        return;
    }
    let Some((unit, _)) = model.unit() else {
        model.toast = Some("No problem is being worked on yet".to_owned());
        return;
    };
    match action {
        Action::Undo => return step(model, true, effects),
        Action::Redo => return step(model, false, effects),
        Action::Add => return edit(model, EditTarget::NewLesson(unit), ""),
        _ => {}
    }
    let chosen = chosen(model);
    let Some(lesson) = chosen.first().cloned() else {
        let words = if model.place == Place::Run {
            "This is no lesson: Enter shows what it is about"
        } else {
            "There is no lesson here yet"
        };
        model.toast = Some(words.to_owned());
        return;
    };
    let target = EditTarget::Lesson(unit, lesson.id);
    if model.place == Place::Lessons {
        model.view.lesson = lists::lesson(model).map(|r| r.lesson.id);
    }
    match action {
        Action::Edit => return edit(model, target, &lesson.text),
        Action::EditOutside => return effects.push(Effect::Edit(target, lesson.text)),
        _ => {}
    }
    let all_pinned = chosen.iter().all(|l| l.state == LessonState::Pinned);
    let forth = match action {
        Action::Accept => Decision::Accept,
        Action::Reject => Decision::Reject,
        Action::Pin if all_pinned => Decision::Clear,
        Action::Pin => Decision::Pin,
        _ => return,
    };
    let steps: Vec<Step> = chosen
        .iter()
        .map(|l| Step {
            unit,
            lesson: l.id,
            back: opposite(l.state),
            forth: forth.clone(),
        })
        .filter(|step| step.back != step.forth)
        .collect();
    if steps.is_empty() {
        let word = state_word(lesson.state);
        model.toast = Some(format!("{} is {word} already", lesson.id));
        return;
    }
    model.view.marked.clear();
    let settles = steps.iter().any(|step| step.back == Decision::Clear);
    decide(model, steps.clone(), effects);
    if settles && forth != Decision::Clear {
        // What was just decided is told by the engine in a moment.
        let about: Vec<LessonId> = steps.iter().map(|step| step.lesson).collect();
        to_next(model, &about);
    }
}

/// The cursor on the next lesson that nobody has decided about, after the one it is on; where it is, if there is none.
fn to_next_undecided(model: &mut Model) {
    to_next(model, &[]);
}

fn to_next(model: &mut Model, besides: &[LessonId]) {
    if model.place != Place::Lessons {
        return;
    }
    let all = shelf::lessons(model);
    let at = lists::selected(model, &all);
    let open = |record: &&LessonRecord| {
        let id = record.lesson.id;
        bank::state(model, record) == LessonState::Proposed && !besides.contains(&id)
    };
    let after = (at + 1..all.len()).chain(0..at);
    let next = after.filter_map(|row| all.get(row)).find(open);
    if let Some(id) = next.map(|record| record.lesson.id) {
        model.view.lesson = Some(id);
        model.view.scrolls.remove(&Pane::Lesson);
    }
}

/// Marks every undecided lesson whose attempt came to the same as that of the one under the cursor; where some are
/// marked, none.
pub(super) fn mark_kind(model: &mut Model) {
    if !model.view.marked.is_empty() {
        return model.view.marked.clear();
    }
    let Some(wanted) = lists::lesson(model).map(|record| record.lesson.outcome) else {
        model.toast = Some("There is no lesson here yet".to_owned());
        return;
    };
    let all = shelf::lessons(model);
    let same = all.from(0).filter(|record| {
        let undecided = bank::state(model, record) == LessonState::Proposed;
        undecided && record.lesson.outcome == wanted
    });
    let same: BTreeSet<LessonId> = same.map(|record| record.lesson.id).collect();
    model.toast = Some(match same.len() {
        0 => "No undecided lesson is of this kind".to_owned(),
        n => format!("{n} marked: a accepts, x rejects, p pins all of them"),
    });
    model.view.marked = same;
}

/// The lessons an action is about: the marked ones, else the one under the cursor.
fn chosen(model: &Model) -> Vec<Lesson> {
    if matches!(model.place, Place::Run | Place::Bank) {
        let items = lists::inbox(model);
        let Some(lists::Item::Lesson(id)) = items.get(model.view.inbox_row) else {
            return Vec::new();
        };
        let record = model.unit().and_then(|(_, unit)| unit.lesson(*id));
        return record.map_or_else(Vec::new, |record| alike(model, record));
    }
    if model.view.marked.is_empty() {
        let listed = lists::lesson(model);
        return match (listed, model.lesson_view) {
            (None, _) => Vec::new(),
            (Some(record), LessonView::List) => alike(model, record),
            (Some(record), LessonView::Rounds) => vec![record.lesson.clone()],
        };
    }
    let Some((_, unit)) = model.unit() else {
        return Vec::new();
    };
    let mut marked: Vec<Lesson> = Vec::new();
    for record in &unit.lessons {
        let chosen = model.view.marked.contains(&record.lesson.id);
        let known = marked.iter().any(|lesson| lesson.id == record.lesson.id);
        if chosen && !known {
            match model.lesson_view {
                LessonView::List => marked.extend(alike(model, record)),
                LessonView::Rounds => marked.push(record.lesson.clone()),
            }
        }
    }
    marked
}

/// A lesson with those that say the same and stand as it does: one row, and so one decision.
fn alike(model: &Model, record: &LessonRecord) -> Vec<Lesson> {
    let Some((_, unit)) = model.unit() else {
        return Vec::new();
    };
    let mut ids = shelf::alike(model, unit, record);
    ids.sort_by_key(|id| *id != record.lesson.id);
    let all = ids.into_iter().filter_map(|id| unit.lesson(id));
    all.map(|record| record.lesson.clone()).collect()
}

fn opposite(state: LessonState) -> Decision {
    match state {
        LessonState::Proposed => Decision::Clear,
        LessonState::Accepted => Decision::Accept,
        LessonState::Rejected => Decision::Reject,
        LessonState::Pinned => Decision::Pin,
    }
}

fn decide(model: &mut Model, steps: Vec<Step>, effects: &mut Vec<Effect>) {
    model.view.redo.clear();
    let when = match model.is_last_round() {
        true => "no round comes after this one: accept it for later runs once the run is over",
        false => "from the next round on",
    };
    model.toast = told(&steps, |step| &step.forth).map(|t| format!("{t}, {when}"));
    effects.extend(steps.iter().map(|step| send(step, &step.forth)));
    model.view.undo.push(steps);
    model.view.inbox_row = model
        .view
        .inbox_row
        .min(lists::inbox(model).len().saturating_sub(1));
}

fn send(step: &Step, decision: &Decision) -> Effect {
    Effect::Send(Command::DecideLesson {
        unit: step.unit,
        lesson: step.lesson,
        decision: decision.clone(),
    })
}

/// What steps do, in words.
fn told(steps: &[Step], what: impl Fn(&Step) -> &Decision) -> Option<String> {
    let first = steps.first()?;
    let one = steps.iter().all(|step| step.lesson == first.lesson);
    Some(match steps.len() {
        2.. if one => format!("{} edited and accepted", first.lesson),
        1 => format!("{} {}", first.lesson, past(what(first))),
        n => format!("{n} lessons {}", past(what(first))),
    })
}

fn past(decision: &Decision) -> &'static str {
    match decision {
        Decision::Accept => "accepted",
        Decision::Reject => "rejected",
        Decision::Pin => "pinned",
        Decision::Clear => "back to undecided",
        Decision::Edit { .. } => "edited",
    }
}

/// Whether something was decided about the problem that is shown.
pub(super) fn is_kept(model: &Model, decided: &[Vec<Step>]) -> bool {
    let shown = model.unit().map(|(unit, _)| unit);
    let mut of = decided.iter().map(|steps| steps.first().map(|s| s.unit));
    of.any(|unit| unit == shown)
}

fn step(model: &mut Model, undo: bool, effects: &mut Vec<Effect>) {
    let shown = model.unit().map(|(unit, _)| unit);
    let from = if undo {
        &mut model.view.undo
    } else {
        &mut model.view.redo
    };
    // What was decided about a problem that is over is not undone from the next one.
    let here = from.iter().rposition(|steps| {
        let of = steps.first().map(|step| step.unit);
        of == shown
    });
    let Some(steps) = here.map(|at| from.remove(at)) else {
        let words = if undo {
            "Nothing to undo"
        } else {
            "Nothing to redo"
        };
        model.toast = Some(words.to_owned());
        return;
    };
    let what = |step: &Step| {
        if undo {
            step.back.clone()
        } else {
            step.forth.clone()
        }
    };
    model.toast = match steps.as_slice() {
        [one] if undo && matches!(one.back, Decision::Edit { .. }) => {
            Some(format!("{}: the edit is taken back", one.lesson))
        }
        [one] => Some(format!("{}: {}", one.lesson, past(&what(one)))),
        [first, second] if first.lesson == second.lesson => Some(match undo {
            true => format!("{}: the edit is taken back", first.lesson),
            false => format!("{}: edited and accepted again", first.lesson),
        }),
        many if undo => Some(format!("Taken back for {} lessons", many.len())),
        many => Some(format!("Done again for {} lessons", many.len())),
    };
    effects.extend(steps.iter().map(|step| send(step, &what(step))));
    if undo {
        model.view.redo.push(steps);
    } else {
        model.view.undo.push(steps);
    }
}

/// Opens the inline editor.
pub(super) fn edit(model: &mut Model, target: EditTarget, text: &str) {
    let mut area = TextArea::new(vec![one_line(text)]);
    area.set_wrap_mode(WrapMode::WordOrGlyph);
    area.set_cursor_line_style(ratatui::style::Style::default());
    area.move_cursor(ratatui_textarea::CursorMove::End);
    model.overlay = Overlay::Editor(target, Box::new(area));
}

/// Takes in a key of the inline editor: Enter saves, Esc leaves it as it was.
pub(super) fn editor_key(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) {
    let Overlay::Editor(target, area) = &mut model.overlay else {
        return;
    };
    let target = target.clone();
    let save = key.code == KeyCode::Enter
        || (key.code == KeyCode::Char('s') && key.modifiers.contains(KeyModifiers::CONTROL));
    if key.code == KeyCode::Esc {
        model.overlay = Overlay::None;
        model.toast = Some("Left as it was".to_owned());
    } else if save {
        let text = area.lines().join(" ");
        model.overlay = Overlay::None;
        finish_edit(model, target, &text, effects);
    } else if area.lines().iter().map(String::len).sum::<usize>() < LONGEST
        || !matches!(key.code, KeyCode::Char(_))
    {
        area.input(key);
    }
}

/// Takes in an edited text.
pub(super) fn finish_edit(
    model: &mut Model,
    target: EditTarget,
    text: &str,
    effects: &mut Vec<Effect>,
) {
    if let EditTarget::Candidate(unit, before) = target {
        return mine::written(model, unit, before, text.to_owned(), effects);
    }
    if let EditTarget::Template(name) = target {
        return template::written(model, name, text.to_owned(), effects);
    }
    if mine::hinted(model, &target, text, effects) {
        return;
    }
    let text: String = one_line(text).chars().take(LONGEST).collect();
    if text.is_empty() {
        model.toast = Some("An empty lesson is not kept; reject it instead".to_owned());
        return;
    }
    match target {
        EditTarget::Candidate(..) | EditTarget::Hint(..) | EditTarget::Template(_) => {}
        EditTarget::Banked(key) => super::bank::edited(model, key, text, effects),
        EditTarget::NewLesson(_) if bank::is_meant(model) => super::bank::add(model, text, effects),
        EditTarget::NewLesson(unit) => {
            model.toast =
                Some("Added: in every prompt from the next round on; p takes it out".to_owned());
            effects.push(Effect::Send(Command::AddLesson { unit, text }));
        }
        EditTarget::Lesson(unit, lesson) => {
            let run = model.run();
            let known = run
                .and_then(|run| run.unit(unit))
                .and_then(|unit| unit.lesson(lesson));
            let Some(Lesson {
                text: before,
                state,
                ..
            }) = known.map(|record| record.lesson.clone())
            else {
                return;
            };
            if before == text {
                model.toast = Some("Left as it was".to_owned());
                return;
            }
            let (back, forth) = (Decision::Edit { text: before }, Decision::Edit { text });
            let step = |back, forth| Step {
                unit,
                lesson,
                back,
                forth,
            };
            let mut steps = vec![step(back, forth)];
            // Who mends a lesson wants it: that is a decision.
            if state == LessonState::Proposed {
                steps.push(step(Decision::Clear, Decision::Accept));
            }
            decide(model, steps, effects);
            to_next_undecided(model);
        }
    }
}

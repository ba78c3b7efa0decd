//! Decisions about lessons: each has its opposite, so it can be undone; the engine applies them from the next selection on.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui_textarea::{TextArea, WrapMode};

use crate::config::keymap::Action;
use crate::domain::command::Command;
use crate::domain::lesson::{Decision, Lesson, LessonState};
use crate::tui::lists;
use crate::tui::model::{Model, Overlay, Step};
use crate::tui::msg::{EditTarget, Effect};
use crate::tui::widgets::text::one_line;

/// Longest text of a lesson, characters.
const LONGEST: usize = 2_000;

/// Takes in an action of the lessons screen.
pub fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
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
    let Some(lesson) = lists::lesson(model).map(|record| record.lesson.clone()) else {
        model.toast = Some("There is no lesson here yet".to_owned());
        return;
    };
    model.lesson = Some(lesson.id);
    let target = EditTarget::Lesson(unit, lesson.id);
    let decision = match action {
        Action::Accept => Decision::Accept,
        Action::Reject => Decision::Reject,
        Action::Pin if lesson.state == LessonState::Pinned => Decision::Clear,
        Action::Pin => Decision::Pin,
        Action::Edit => return edit(model, target, &lesson.text),
        Action::EditOutside => return effects.push(Effect::Edit(target, lesson.text)),
        _ => return,
    };
    let back = opposite(lesson.state);
    if back == decision {
        let word = crate::tui::widgets::mark::state_word(lesson.state);
        model.toast = Some(format!("{} is {word} already", lesson.id));
        return;
    }
    decide(model, target, back, decision, effects);
}

fn opposite(state: LessonState) -> Decision {
    match state {
        LessonState::Proposed => Decision::Clear,
        LessonState::Accepted => Decision::Accept,
        LessonState::Rejected => Decision::Reject,
        LessonState::Pinned => Decision::Pin,
    }
}

fn decide(
    model: &mut Model,
    target: EditTarget,
    back: Decision,
    forth: Decision,
    effects: &mut Vec<Effect>,
) {
    let EditTarget::Lesson(unit, lesson) = target else {
        return;
    };
    model.redo.clear();
    model.toast = Some(format!("{lesson} {}, from the next round on", past(&forth)));
    effects.push(Effect::Send(Command::DecideLesson {
        unit,
        lesson,
        decision: forth.clone(),
    }));
    model.undo.push(Step {
        unit,
        lesson,
        back,
        forth,
    });
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

fn step(model: &mut Model, undo: bool, effects: &mut Vec<Effect>) {
    let from = if undo {
        &mut model.undo
    } else {
        &mut model.redo
    };
    let Some(step) = from.pop() else {
        let words = if undo {
            "Nothing to undo"
        } else {
            "Nothing to redo"
        };
        model.toast = Some(words.to_owned());
        return;
    };
    let decision = if undo { &step.back } else { &step.forth };
    model.toast = Some(format!("{}: {}", step.lesson, past(decision)));
    effects.push(Effect::Send(Command::DecideLesson {
        unit: step.unit,
        lesson: step.lesson,
        decision: decision.clone(),
    }));
    if undo {
        model.redo.push(step);
    } else {
        model.undo.push(step);
    }
}

fn edit(model: &mut Model, target: EditTarget, text: &str) {
    let mut area = TextArea::new(vec![one_line(text)]);
    area.set_wrap_mode(WrapMode::WordOrGlyph);
    area.set_cursor_line_style(ratatui::style::Style::default());
    area.move_cursor(ratatui_textarea::CursorMove::End);
    model.overlay = Overlay::Editor(target, Box::new(area));
}

/// Takes in a key of the inline editor: Enter saves, Esc leaves it as it was.
pub fn editor_key(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) {
    let Overlay::Editor(target, area) = &mut model.overlay else {
        return;
    };
    let target = *target;
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
pub fn finish_edit(model: &mut Model, target: EditTarget, text: &str, effects: &mut Vec<Effect>) {
    let text: String = one_line(text).chars().take(LONGEST).collect();
    if text.is_empty() {
        model.toast = Some("An empty lesson is not kept; reject it instead".to_owned());
        return;
    }
    match target {
        EditTarget::NewLesson(unit) => {
            model.toast = Some("Added, from the next round on".to_owned());
            effects.push(Effect::Send(Command::AddLesson { unit, text }));
        }
        EditTarget::Lesson(unit, lesson) => {
            let run = model.run();
            let known = run
                .and_then(|run| run.unit(unit))
                .and_then(|unit| unit.lesson(lesson));
            let Some(Lesson { text: before, .. }) = known.map(|record| record.lesson.clone())
            else {
                return;
            };
            if before == text {
                model.toast = Some("Left as it was".to_owned());
                return;
            }
            let (back, forth) = (Decision::Edit { text: before }, Decision::Edit { text });
            decide(model, target, back, forth, effects);
        }
    }
}

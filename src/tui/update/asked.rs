//! Looking at what was asked and answered: from an agent, a candidate or a lesson to its question, and on to others.

use crossterm::event::KeyEvent;

use crate::config::keymap::{Action, Place};
use crate::domain::id::{AskId, CandidateId, LessonId, Purpose};
use crate::domain::run::Unit;
use crate::lists::{self, Item};
use crate::model::{Asked, Folding, Model, Overlay};
use crate::msg::Effect;
use crate::panes::Pane;
use crate::screens::asked;

/// Rows that a page moves by.
const PAGE: usize = 15;

/// The question behind what is selected; why there is none.
pub(super) fn chosen(model: &Model) -> Result<Asked, &'static str> {
    let Some((unit_id, unit)) = model.unit() else {
        return Err("Nothing was asked yet");
    };
    let ask = match (model.place, model.pane) {
        (Place::Lessons, _) => {
            let lesson = lists::lesson(model).ok_or("There is no lesson here yet")?;
            of_lesson(unit, lesson.lesson.id)
        }
        (Place::Run, Pane::Inbox) => match lists::inbox(model).get(model.view.inbox_row) {
            Some(Item::Lesson(id)) => of_lesson(unit, *id),
            Some(Item::Failed(id) | Item::Caveat(id, _)) => of_candidate(unit, *id),
            Some(Item::Silent(ask)) => Some(*ask),
            None => None,
        },
        (Place::Run, _) => {
            let author = model.author();
            let mine = unit.asks.iter().filter(|(id, _)| {
                let here = model.view.round.is_none_or(|round| id.about.round == round);
                id.agent() == author && here
            });
            mine.max_by_key(|(_, state)| state.sent_at)
                .map(|(id, _)| *id)
        }
        _ => model.selected().and_then(|(id, _)| of_candidate(unit, id)),
    };
    let asked = |ask| Asked {
        unit: unit_id,
        ask,
        scroll: 0,
        thoughts: Folding::Folded,
    };
    ask.map(asked).ok_or("Nobody was asked for this")
}

/// The question whose answer is a candidate.
fn of_candidate(unit: &Unit, id: CandidateId) -> Option<AskId> {
    let mine = unit.asks.iter().filter(|(ask, _)| ask.about == id);
    let code = mine.filter(|(ask, _)| ask.purpose.wants_code());
    code.map(|(ask, _)| *ask).next_back()
}

/// The question whose answer is a lesson.
fn of_lesson(unit: &Unit, id: LessonId) -> Option<AskId> {
    let LessonId::Learned(about) = id else {
        return None;
    };
    [Purpose::Lesson, Purpose::Reflect]
        .into_iter()
        .map(|purpose| AskId { about, purpose })
        .find(|ask| unit.asks.contains_key(ask))
}

/// Opens it.
pub(super) fn begin(model: &mut Model) {
    match chosen(model) {
        Ok(asked) => model.overlay = Overlay::Asked(asked),
        Err(why) => model.toast = Some(why.to_owned()),
    }
}

/// Takes in a key.
pub(super) fn key(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) {
    let action = model.keymap.action(key);
    let Overlay::Asked(asked) = &model.overlay else {
        return;
    };
    let mut asked = *asked;
    let last = asked::lines(model, &asked, asked::cells(model.size.0)).len();
    let last = last.saturating_sub(1);
    match action {
        Some(Action::Down) => asked.scroll = (asked.scroll + 1).min(last),
        Some(Action::Up) => asked.scroll = asked.scroll.min(last).saturating_sub(1),
        Some(Action::PageDown | Action::Freeze) => asked.scroll = (asked.scroll + PAGE).min(last),
        Some(Action::PageUp) => asked.scroll = asked.scroll.min(last).saturating_sub(PAGE),
        Some(Action::Top) => asked.scroll = 0,
        Some(Action::Bottom) => asked.scroll = last,
        Some(Action::Fold) if !asked::has_thoughts(model, &asked) => {
            model.toast = Some("The model told no reasoning".to_owned());
        }
        Some(Action::Fold) => {
            asked.thoughts = match asked.thoughts {
                Folding::Folded => Folding::Open,
                Folding::Open => Folding::Folded,
            };
        }
        Some(Action::NextHunk | Action::Right) => asked = other(model, asked, true),
        Some(Action::PreviousHunk | Action::Left) => asked = other(model, asked, false),
        Some(Action::Edit | Action::EditOutside) => {
            return super::template::begin(model, asked, effects);
        }
        Some(Action::Copy | Action::CopyMarkdown) => {
            match asked::text(model, &asked) {
                Some(text) => effects.push(Effect::Copy(text)),
                None => model.toast = Some("There is nothing to copy".to_owned()),
            }
            return;
        }
        _ => return model.overlay = Overlay::None,
    }
    model.overlay = Overlay::Asked(asked);
}

/// The question before or after this one.
fn other(model: &Model, asked: Asked, forward: bool) -> Asked {
    let all = asked::all(model, asked.unit);
    let at = all.iter().position(|ask| *ask == asked.ask).unwrap_or(0);
    let next = match forward {
        true => (at + 1).min(all.len().saturating_sub(1)),
        false => at.saturating_sub(1),
    };
    let ask = all.get(next).copied().unwrap_or(asked.ask);
    let scroll = if ask == asked.ask { asked.scroll } else { 0 };
    Asked {
        ask,
        scroll,
        ..asked
    }
}

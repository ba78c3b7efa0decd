//! Looking at a comparison: asked for, its tables shown when they come, scrolled both ways.

use crossterm::event::KeyEvent;

use super::blocks;

use crate::config::keymap::Action;
use crate::domain::comparison::ComparisonId;
use crate::errand::{Answer, Desk, Errand, News};
use crate::model::{Model, Overlay, Tables};
use crate::msg::Effect;
use crate::reports::comparison_document;
use crate::screens::compared;

/// Rows and cells that a page and a step to the side move by.
const PAGE: usize = 10;

/// Has a comparison read: its blocks, while other machines work on it.
pub(super) fn begin(model: &mut Model, id: ComparisonId, effects: &mut Vec<Effect>) {
    read(model, id.clone(), Errand::Comparison(id), effects);
}

/// Has its figures read, whoever works on it.
pub(super) fn figures(model: &mut Model, id: ComparisonId, effects: &mut Vec<Effect>) {
    read(model, id.clone(), Errand::Figures(id), effects);
}

fn read(model: &mut Model, id: ComparisonId, errand: Errand, effects: &mut Vec<Effect>) {
    model.errands += 1;
    let number = model.errands;
    effects.push(Effect::Errand(Desk::Comparison, number, errand));
    model.overlay = Overlay::Compared(Box::new(Tables {
        id,
        text: None,
        scroll: (0, 0),
        number,
    }));
}

/// Takes in news of it.
pub(super) fn news(model: &mut Model, number: u64, news: News) {
    let news = match news {
        News::SoFar(Answer::Blocks(overview)) => {
            return blocks::news(model, number, *overview);
        }
        News::Over(Err(failure)) if matches!(model.overlay, Overlay::Blocks(_)) => {
            return blocks::failed(model, number, &failure);
        }
        news => news,
    };
    let Overlay::Compared(tables) = &mut model.overlay else {
        return;
    };
    if tables.number != number {
        return;
    }
    if let News::Over(result) = news {
        tables.text = match result {
            Ok(Answer::Comparison(compared)) => {
                Some(Ok(comparison_document::text(&compared.figures)))
            }
            Ok(_) => return,
            Err(failure) => Some(Err(failure)),
        };
        model.dirty = true;
    }
}

/// Takes in a key.
pub(super) fn key(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) {
    let action = model.keymap.action(key);
    let cells = usize::from(model.size.0.min(compared::WIDEST).saturating_sub(2));
    let Overlay::Compared(tables) = &mut model.overlay else {
        return;
    };
    let text = match &tables.text {
        Some(Ok(text)) => text.as_str(),
        _ => "",
    };
    let lines = compared::lines(text, cells, 0);
    let last = lines.len().saturating_sub(1);
    let widest = lines.iter().map(|line| line.chars().count()).max();
    let (row, cell) = &mut tables.scroll;
    match action {
        Some(Action::Down) => *row = (*row + 1).min(last),
        Some(Action::Up) => *row = row.saturating_sub(1),
        Some(Action::PageDown) => *row = (*row + PAGE).min(last),
        Some(Action::PageUp) => *row = row.saturating_sub(PAGE),
        Some(Action::Top) => *row = 0,
        Some(Action::Bottom) => *row = last,
        Some(Action::Right) => *cell = (*cell + PAGE).min(widest.unwrap_or(0)),
        Some(Action::Left) => *cell = cell.saturating_sub(PAGE),
        _ => {
            if tables.text.is_none() {
                effects.push(Effect::GiveUp(Desk::Comparison));
            }
            model.overlay = Overlay::None;
        }
    }
}

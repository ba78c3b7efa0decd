//! The blocks of a comparison that other machines work on: news of them, the cursor, and a block's cell opened as a run.

use crossterm::event::KeyEvent;

use super::{compared, is_own};
use crate::config::keymap::Action;
use crate::domain::failure::Failure;
use crate::errand::Desk;
use crate::model::{Blocks, Model, Overlay};
use crate::msg::{Effect, Request};
use crate::reports::blocks::Overview;
use crate::widgets::text::one_line;

/// Rows that a page moves by.
const PAGE: usize = 10;

/// Takes in how the blocks stand. Whoever asked for the comparison sees them in place of its tables.
pub(super) fn news(model: &mut Model, number: u64, overview: Overview) {
    match &mut model.overlay {
        Overlay::Compared(tables) if tables.number == number => {
            // Where something goes on is what a person comes for.
            let open = |row: &crate::reports::blocks::Row| !row.standing.is_over();
            let row = overview.rows.iter().position(open).unwrap_or(0);
            model.overlay = Overlay::Blocks(Box::new(Blocks {
                overview,
                row,
                cell: None,
                number,
            }));
        }
        Overlay::Blocks(blocks) if blocks.number == number => {
            blocks.row = blocks.row.min(overview.rows.len().saturating_sub(1));
            blocks.overview = overview;
        }
        _ => return,
    }
    model.dirty = true;
}

/// Takes in that nothing more will be heard; what is known stays.
pub(super) fn failed(model: &mut Model, number: u64, failure: &Failure) {
    if let Overlay::Blocks(blocks) = &model.overlay
        && blocks.number == number
    {
        model.toast = Some(one_line(&failure.to_string()));
        model.dirty = true;
    }
}

/// Takes in a key.
pub(super) fn key(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) {
    let action = model.keymap.action(key);
    let Overlay::Blocks(blocks) = &mut model.overlay else {
        return;
    };
    let rows = blocks.overview.rows.len();
    let cells = blocks.overview.rows.get(blocks.row);
    let cells = cells.map_or(0, |row| row.standing.cells.len());
    let (at, len) = match &mut blocks.cell {
        Some(cell) => (cell, cells),
        None => (&mut blocks.row, rows),
    };
    let last = len.saturating_sub(1);
    match action {
        Some(Action::Down) => *at = (*at + 1).min(last),
        Some(Action::Up) => *at = at.saturating_sub(1),
        Some(Action::PageDown) => *at = (*at + PAGE).min(last),
        Some(Action::PageUp) => *at = at.saturating_sub(PAGE),
        Some(Action::Top) => *at = 0,
        Some(Action::Bottom) => *at = last,
        Some(Action::Enter) => enter(model, effects),
        Some(Action::Right) => {
            let id = blocks.overview.id.clone();
            compared::figures(model, id, effects);
        }
        _ if blocks.cell.is_some() => blocks.cell = None,
        _ => leave(model, effects),
    }
}

fn leave(model: &mut Model, effects: &mut Vec<Effect>) {
    effects.push(Effect::GiveUp(Desk::Comparison));
    model.overlay = Overlay::None;
}

/// Opens the block under the cursor, or its cell.
fn enter(model: &mut Model, effects: &mut Vec<Effect>) {
    let Overlay::Blocks(blocks) = &mut model.overlay else {
        return;
    };
    let Some(row) = blocks.overview.rows.get(blocks.row) else {
        return;
    };
    let Some(at) = blocks.cell else {
        blocks.cell = Some(row.standing.current().unwrap_or(0));
        return;
    };
    let Some(cell) = row.standing.cells.get(at) else {
        return;
    };
    if cell.facts == 0 {
        model.toast = Some("It has not begun".to_owned());
        return;
    }
    let (run, over) = (cell.run.clone(), cell.over);
    if model.launching.is_some() || (model.is_running() && is_own(model)) {
        model.toast = Some("A run is going: stop it first (q)".to_owned());
        return;
    }
    leave(model, effects);
    model.launching = Some(format!("Opening {run} …"));
    effects.push(Effect::Launch(match over {
        true => Request::Replay(run),
        false => Request::Watch(run),
    }));
}

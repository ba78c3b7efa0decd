//! The mouse: the wheel scrolls what is under it, a click chooses a tab, a pane, a row.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::{go, keys, movement};
use crate::config::keymap::{Action, Place};
use crate::hints;
use crate::model::{HomePane, Model, Overlay};
use crate::msg::Effect;
use crate::panes::{self, Pane};
use crate::screens::home;
use crate::view;

/// Rows the wheel moves by.
const WHEEL: usize = 3;

/// Takes in what the mouse did.
pub(super) fn mouse(model: &mut Model, event: MouseEvent, effects: &mut Vec<Effect>) {
    let at = Position::new(event.column, event.row);
    let wheel = match event.kind {
        MouseEventKind::ScrollDown => Some(Action::Down),
        MouseEventKind::ScrollUp => Some(Action::Up),
        MouseEventKind::Down(MouseButton::Left) => None,
        MouseEventKind::Drag(MouseButton::Left) => return drag(model, at, effects),
        _ => return,
    };
    if !matches!(model.overlay, Overlay::None) || model.filtering {
        return;
    }
    model.dirty = true;
    model.urgent = true;
    model.toast = None;
    let under = panes::layout(model, panes::body(model))
        .into_iter()
        .find(|(_, area)| area.contains(at));
    if let Some(action) = wheel {
        if let Some((pane, _)) = under {
            model.pane = pane;
            for _ in 0..WHEEL {
                movement::act(model, action);
            }
        }
        return;
    }
    if at.y == 1 {
        if let Some(action) = view::tab_at(model, at.x) {
            keys::run(model, action, effects);
        }
        return;
    }
    if at.y + 1 == model.size.1 {
        if let Some(action) = hints::hint_at(model, at.x) {
            keys::run(model, action, effects);
        }
        return;
    }
    if scrubbed(model, at, effects) {
        return;
    }
    if let Some((pane, area)) = under {
        click(model, pane, area, at, effects);
    }
}

/// A drag moves along a replay's line of time and does nothing elsewhere.
fn drag(model: &mut Model, at: Position, effects: &mut Vec<Effect>) {
    if matches!(model.overlay, Overlay::None) && scrubbed(model, at, effects) {
        model.urgent = true;
    }
}

/// Goes to the moment of a replay under the mouse; false where there is none.
fn scrubbed(model: &mut Model, at: Position, effects: &mut Vec<Effect>) -> bool {
    let Some(area) = panes::scrubber(model).filter(|area| area.contains(at)) else {
        return false;
    };
    let moment = view::scrubber(model)
        .and_then(|bar| bar.moment(usize::from(at.x), usize::from(area.width)));
    if let Some(to) = moment {
        super::scrub::seek(model, to, effects);
    }
    moment.is_some()
}

fn click(model: &mut Model, pane: Pane, area: Rect, at: Position, effects: &mut Vec<Effect>) {
    let mut area = area;
    if model.place == Place::Home {
        let places = home::places(model, area);
        let Some((on, there)) = places.into_iter().find(|(_, there)| there.contains(at)) else {
            return;
        };
        model.home.pane = on;
        if on != HomePane::Problems {
            return;
        }
        let (list, _) = home::split(model, there);
        if !list.contains(at) {
            return;
        }
        area = list;
    }
    let again = model.pane == pane;
    model.pane = pane;
    let height = usize::from(area.height.saturating_sub(2));
    let Some(row) = usize::from(at.y).checked_sub(usize::from(area.y) + 1) else {
        return;
    };
    let Some(list) = panes::listing(model, pane, height).filter(|_| row < height) else {
        return;
    };
    if let Some(entry) = list.entry(row, height) {
        // A second click on the same row opens it; problems are started by key only.
        if again && entry == list.at && pane != Pane::Home {
            go::enter(model, effects);
        } else {
            movement::choose(model, pane, entry);
        }
    }
}

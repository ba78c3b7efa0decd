//! Keys of what lies over a screen besides the key table: the engine's log, the settings, the letters on panes.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::settings;
use crate::config::keymap::Action;
use crate::layers::labels;
use crate::model::{Model, Overlay};
use crate::msg::Effect;

/// Takes in a key.
pub(super) fn key(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) {
    match model.overlay {
        Overlay::Log(back) => log(model, key, back),
        Overlay::Settings(row) => set(model, key, row, effects),
        Overlay::Jump => jump(model, key),
        _ => {}
    }
}

fn log(model: &mut Model, key: KeyEvent, back: usize) {
    let most = model.live.as_ref().map_or(0, |live| live.journal.len());
    let back = match model.keymap.action(key) {
        Some(Action::Up) => back + 1,
        Some(Action::Down) => back.saturating_sub(1),
        Some(Action::PageUp) => back + 10,
        Some(Action::PageDown) => back.saturating_sub(10),
        Some(Action::Top) => most,
        Some(Action::Bottom) => 0,
        Some(Action::Left | Action::Right) => back,
        _ => return model.overlay = Overlay::None,
    };
    let back = back.min(most.saturating_sub(1));
    if model.overlay_log() == Some(back) {
        let words = if back == 0 { "newest" } else { "oldest" };
        model.toast = Some(format!("This is the {words} line"));
    }
    model.overlay = Overlay::Log(back);
}

fn set(model: &mut Model, key: KeyEvent, row: usize, effects: &mut Vec<Effect>) {
    let last = settings::SETTINGS.len() - 1;
    let row = match model.keymap.action(key) {
        Some(Action::Down) => (row + 1).min(last),
        Some(Action::Up) => row.saturating_sub(1),
        Some(Action::Right | Action::Enter | Action::Freeze) => {
            settings::change(model, row, true, effects);
            row
        }
        Some(Action::Reverse) => {
            settings::save(model, effects);
            row
        }
        Some(Action::Left) => {
            settings::change(model, row, false, effects);
            row
        }
        _ => return model.overlay = Overlay::None,
    };
    model.overlay = Overlay::Settings(row);
}

fn jump(model: &mut Model, key: KeyEvent) {
    model.overlay = Overlay::None;
    let KeyCode::Char(pressed) = key.code else {
        return;
    };
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return;
    }
    let found = labels(model)
        .into_iter()
        .find(|(letter, ..)| *letter == pressed);
    match found {
        Some((_, pane, _)) => model.pane = pane,
        None => model.toast = Some("No pane has that letter".to_owned()),
    }
}

//! The search over the key table: help and palette in one. Letters narrow it, Enter does what the row says.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::keys;
use crate::config::keymap::{Action, Binding, TABLE};
use crate::model::{Model, Overlay, Scope, Search};
use crate::msg::Effect;
use crate::query::fuzzy;

/// Longest text that is searched for, characters.
const LONGEST: usize = 60;

/// Opens it.
pub(super) fn open(model: &mut Model, scope: Scope) {
    model.overlay = Overlay::Keys(Search {
        query: String::new(),
        row: 0,
        scope,
    });
}

/// The rows that are shown, best match first; without a query in the order of the table, those of the screen first.
pub(crate) fn rows(model: &Model, search: &Search) -> Vec<&'static Binding> {
    let here = |row: &&Binding| row.places.contains(&model.place);
    if search.query.is_empty() {
        // What belongs to this screen, then what works everywhere, then the rest for the palette.
        let rank = |row: &&Binding| match (here(row), !row.is_everywhere()) {
            (true, true) => 0,
            (true, false) => 1,
            (false, _) => 2,
        };
        let mut all: Vec<&Binding> = TABLE.iter().collect();
        if search.scope == Scope::Screen {
            all.retain(here);
        }
        all.sort_by_key(rank);
        return all;
    }
    let mut found: Vec<(i32, &Binding)> = TABLE
        .iter()
        .filter_map(|row| {
            let text = format!("{} {}", row.name.replace('_', " "), row.help);
            let bonus = if here(&row) { 3 } else { 0 };
            fuzzy(&search.query, &text).map(|score| (score + bonus, row))
        })
        .collect();
    found.sort_by_key(|(score, _)| -score);
    found.into_iter().map(|(_, row)| row).collect()
}

/// Takes in a key.
pub(super) fn key(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) {
    let Overlay::Keys(search) = &model.overlay else {
        return;
    };
    let mut search = search.clone();
    let found = rows(model, &search);
    let last = found.len().saturating_sub(1);
    let control = key
        .modifiers
        .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    match key.code {
        KeyCode::Esc => return model.overlay = Overlay::None,
        KeyCode::Enter => {
            model.overlay = Overlay::None;
            if let Some(row) = found.get(search.row) {
                // Help from within help would only close and open it.
                if !matches!(row.action, Action::Help | Action::Palette) {
                    keys::run(model, row.action, effects);
                }
            }
            return;
        }
        KeyCode::Down => search.row = (search.row + 1).min(last),
        KeyCode::Up => search.row = search.row.saturating_sub(1),
        KeyCode::PageDown => search.row = (search.row + 10).min(last),
        KeyCode::PageUp => search.row = search.row.saturating_sub(10),
        KeyCode::Backspace => {
            search.query.pop();
            search.row = 0;
        }
        KeyCode::Char('n' | 'j') if control => search.row = (search.row + 1).min(last),
        KeyCode::Char('k') if control => search.row = search.row.saturating_sub(1),
        KeyCode::Char('p' | 'c') if control => return model.overlay = Overlay::None,
        KeyCode::Char('?') if search.query.is_empty() => return model.overlay = Overlay::None,
        KeyCode::Char(c) if !control && search.query.chars().count() < LONGEST => {
            search.query.push(c);
            search.row = 0;
        }
        _ => {}
    }
    model.overlay = Overlay::Keys(search);
}

//! What lies over a screen besides the key table: the engine's log, the settings, the letters on panes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Clear, Widget};

use super::model::Model;
use super::panes::{self, Pane};
use super::update::{LOOKS, look_value};
use super::widgets::frame::{centred, panel, put, select, text_line, title};
use super::widgets::text::{elide_end, elide_middle, fit, wrap};
use crate::config::keymap::Action;
use crate::config::theme::Role;

/// What the engine told, newest last.
pub(crate) fn log(model: &Model, back: usize, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let at = centred(area, 110, area.height.saturating_sub(2));
    Clear.render(at, buf);
    let detail = "what the engine told, newest last; arrows scroll, Esc closes";
    let inner = panel(buf, at, title(look, "Log", detail), true, look);
    let Some(live) = model.live.as_ref().filter(|live| !live.journal.is_empty()) else {
        let words = "Nothing was told yet.";
        put(buf, inner, 0, &text_line(look, Role::Dim, words));
        return;
    };
    let height = usize::from(inner.height);
    let end = live.journal.len().saturating_sub(back).max(1);
    let cells = usize::from(inner.width).saturating_sub(11);
    let mut lines: Vec<Line> = Vec::new();
    for entry in live.journal.range(end.saturating_sub(height)..end) {
        let words = wrap(&entry.words, cells, 4).into_iter().enumerate();
        lines.extend(words.map(|(at, words)| {
            let when = if at == 0 { entry.when.as_str() } else { "" };
            Line::from(vec![
                look.span(Role::Dim, fit(when, 11)),
                look.span(entry.role, words),
            ])
        }));
    }
    let from = lines.len().saturating_sub(height);
    for (row, line) in lines.iter().skip(from).enumerate() {
        put(buf, inner, row, line);
    }
}

/// The settings of the screens.
pub(crate) fn settings(model: &Model, at: usize, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let rows = u16::try_from(LOOKS.len()).unwrap_or(0);
    let place = centred(area, 72, rows + 6);
    Clear.render(place, buf);
    let key = model.keymap.first(Action::Reverse);
    let detail = format!("left and right change, {key} saves, Esc closes");
    let inner = panel(buf, place, title(look, "Settings", &detail), true, look);
    for (row, (name, _)) in LOOKS.iter().enumerate() {
        let chosen = row == at;
        let line = Line::from(vec![
            look.span(
                Role::Accent,
                if chosen {
                    look.pick("▸ ", "> ")
                } else {
                    "  "
                },
            ),
            look.span(Role::Text, fit(name, 18)),
            look.span(Role::Accent, look_value(model, row)),
        ]);
        put(buf, inner, row, &line);
        if chosen {
            select(buf, inner, row, look);
        }
    }
    let meaning = LOOKS.get(at).map_or("", |(_, meaning)| meaning);
    let words = elide_end(meaning, usize::from(inner.width));
    put(
        buf,
        inner,
        LOOKS.len() + 1,
        &text_line(look, Role::Dim, words),
    );
    let saved = model.settings_file.as_ref().map_or_else(
        || "for this session".to_owned(),
        |file| format!("{key} saves them in {}", file.display()),
    );
    let saved = elide_middle(&saved, usize::from(inner.width));
    put(
        buf,
        inner,
        LOOKS.len() + 2,
        &text_line(look, Role::Comment, saved),
    );
}

/// The letter of every pane shown, and where it lies.
pub(crate) fn labels(model: &Model) -> Vec<(char, Pane, Rect)> {
    let shown = panes::layout(model, panes::body(model));
    let letters = "asdfghjkl".chars();
    letters
        .zip(shown)
        .map(|(letter, (pane, at))| (letter, pane, at))
        .collect()
}

/// A letter on every pane.
pub(crate) fn jump(model: &Model, body: Rect, buf: &mut Buffer) {
    let look = &model.look;
    for (letter, _, at) in labels(model) {
        let spot = Rect {
            x: at.x + at.width / 2,
            y: at.y + at.height / 2,
            width: 3,
            height: 1,
        };
        let label = Line::from(look.span(Role::Waiting, format!(" {letter} ")));
        put(buf, spot.intersection(body), 0, &label);
    }
}

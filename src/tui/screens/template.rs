//! A prompt template, over the question that was made of it: what it changes of the built-in one, then its whole text.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Clear, Widget};

use super::asked::{WIDEST, cells};
use crate::config::keymap::Action;
use crate::config::theme::Role;
use crate::model::{Model, Overlay, Templated};
use crate::widgets::frame::{centred, panel, scrolled, text_line, title};
use crate::widgets::text::{elide_end, one_line, sanitise, wrap};

/// Draws it.
pub(crate) fn draw(model: &Model, shown: &Templated, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let at = centred(area, WIDEST, area.height.saturating_sub(2));
    Clear.render(at, buf);
    let key = model.keymap.first(Action::EditOutside);
    let name = format!("Template {}", shown.name);
    let detail = format!("{key} opens it in $EDITOR, Esc closes");
    let inner = panel(buf, at, title(look, &name, &detail), true, look);
    let lines = lines(model, shown, usize::from(inner.width));
    scrolled(buf, (at, inner), &lines, shown.scroll, look);
}

/// Rows of what is shown.
pub(crate) fn rows(model: &Model) -> usize {
    match &model.overlay {
        Overlay::Template(shown) => lines(model, shown, cells(model.size.0)).len(),
        _ => 0,
    }
}

fn lines(model: &Model, shown: &Templated, cells: usize) -> Vec<Line<'static>> {
    let look = &model.look;
    let mut lines = Vec::new();
    let mut say = |role: Role, text: &str| {
        let text = wrap(text, cells, 6).into_iter();
        lines.extend(text.map(|line| text_line(look, role, line)));
    };
    if let Some(failure) = &shown.trouble {
        say(Role::Failed, &one_line(&failure.message));
        for hint in &failure.hints {
            say(Role::Text, &format!("→ {}", one_line(hint)));
        }
    }
    let Some(template) = &shown.template else {
        if shown.trouble.is_none() {
            say(Role::Running, "It is being read …");
        }
        return lines;
    };
    match template.changes.is_empty() {
        true => say(
            Role::Dim,
            "The built-in template. Words in double braces are filled in; `lessonl help files` says where your own lies.",
        ),
        false => {
            say(
                Role::Title,
                &format!(
                    "Your own, {}: what it changes of the built-in one",
                    template.file
                ),
            );
            for line in template.changes.lines() {
                let role = match line.as_bytes().first() {
                    Some(b'+') => Role::Better,
                    Some(b'-') => Role::Worse,
                    Some(b'@') => Role::Accent,
                    _ => Role::Dim,
                };
                let line = elide_end(&sanitise(line), cells);
                lines.push(text_line(look, role, line));
            }
            lines.push(Line::default());
            lines.push(text_line(look, Role::Title, "Its whole text"));
        }
    }
    for line in template.text.lines() {
        if line.trim().is_empty() {
            lines.push(Line::default());
        }
        let pieces = wrap(&sanitise(line), cells, 40).into_iter();
        lines.extend(pieces.map(|piece| text_line(look, Role::Text, piece)));
    }
    lines
}

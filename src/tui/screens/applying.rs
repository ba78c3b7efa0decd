//! Applying a candidate, over the code: the difference against the files as they are now, what can be done with it, and
//! why something was refused.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Clear, Widget};

use crate::applying::{Applying, Stage, Way};
use crate::config::theme::Role;
use crate::model::Model;
use crate::widgets::frame::{centred, panel, put, select, split_top, text_line, title};
use crate::widgets::text::{elide_end, one_line, sanitise, wrap};

/// Draws it.
pub(crate) fn draw(model: &Model, applying: &Applying, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    // Without a difference there is no need for so much room.
    let height = match applying.preview.is_some() || applying.stage == Stage::Planning {
        true => area.height.saturating_sub(2),
        false => 16,
    };
    let at = centred(area, 130, height);
    Clear.render(at, buf);
    let name = format!("Apply {}", applying.wanted.candidate);
    let detail = match &applying.preview {
        Some(preview) => format!("to {}", one_line(&preview.root)),
        None => String::new(),
    };
    let inner = panel(buf, at, title(look, &name, &detail), true, look);
    let cells = usize::from(inner.width);
    let foot = foot(model, applying, cells);
    let rows = u16::try_from(foot.len()).unwrap_or(u16::MAX);
    let (above, below) = split_top(inner, inner.height.saturating_sub(rows + 1));
    difference(model, applying, above, buf);
    let rule = look.pick("─", "-").repeat(cells);
    put(buf, below, 0, &text_line(look, Role::Border, rule));
    for (row, (line, chosen)) in foot.into_iter().enumerate() {
        put(buf, below, row + 1, &line);
        if chosen {
            select(buf, below, row + 1, look);
        }
    }
    if let Stage::Naming(_) = applying.stage {
        let bottom = Rect {
            x: below.x + 6.min(below.width),
            y: below.bottom().saturating_sub(2),
            width: below.width.saturating_sub(6),
            height: 1,
        };
        applying.line.render(bottom, buf);
    }
}

fn difference(model: &Model, applying: &Applying, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let cells = usize::from(area.width);
    let Some(preview) = &applying.preview else {
        let words = match applying.stage {
            Stage::Planning => "Comparing with the files as they are now …",
            _ => "Nothing was written.",
        };
        return put(buf, area, 0, &text_line(look, Role::Dim, words));
    };
    let message = preview.message.lines().map(|line| ("", line));
    let lines = preview.diff.lines().map(|line| ("diff", line));
    let all = lines
        .chain([("", ""), ("head", "The commit's words:")])
        .chain(message);
    let height = usize::from(area.height);
    for (row, (kind, line)) in all.skip(applying.scroll).take(height).enumerate() {
        let role = match (kind, line.as_bytes().first()) {
            ("head", _) => Role::Title,
            ("diff", Some(b'+')) => Role::Better,
            ("diff", Some(b'-')) => Role::Worse,
            ("diff", Some(b'@')) => Role::Accent,
            _ => Role::Dim,
        };
        let line = elide_end(&sanitise(line), cells);
        put(buf, area, row, &text_line(look, role, line));
    }
}

/// What is below the difference: rows, and which one is under the cursor.
fn foot(model: &Model, applying: &Applying, cells: usize) -> Vec<(Line<'static>, bool)> {
    let look = &model.look;
    let mut rows = Vec::new();
    let mut say = |role: Role, text: &str| {
        let lines = wrap(text, cells, 4).into_iter();
        rows.extend(lines.map(|line| (text_line(look, role, line), false)));
    };
    if let Some(failure) = &applying.refused {
        say(Role::Failed, &failure.message);
        for hint in &failure.hints {
            say(Role::Text, &format!("→ {hint}"));
        }
    }
    match &applying.stage {
        Stage::Planning => say(Role::Running, "One moment …"),
        Stage::Doing => say(Role::Running, "Writing …"),
        Stage::Done(words) => {
            say(Role::Better, words);
            say(Role::Dim, "Enter or Esc closes.");
        }
        Stage::Naming(way) => {
            let what = match way {
                Way::Patch => "Name of the patch file; Enter writes it, Esc goes back",
                Way::Save => "Name of the new file; Enter writes it, Esc goes back",
                _ => "Name of the new branch; Enter commits to it, Esc goes back",
            };
            say(Role::Dim, what);
            rows.push((text_line(look, Role::Accent, "name"), false));
            rows.push((Line::default(), false));
        }
        Stage::Choosing => {
            for (at, way) in applying.ways().into_iter().enumerate() {
                let here = at == applying.row;
                let sign = if here { look.pick("▸ ", "> ") } else { "  " };
                let line = Line::from(vec![
                    look.span(Role::Accent, sign),
                    look.span(Role::Text, way.words()),
                ]);
                rows.push((line, here));
            }
            let keys = match applying.ways().is_empty() {
                true => "Esc closes.",
                false => look.pick(
                    "↑ ↓ choose, Enter does it, PgDn PgUp scroll, Esc leaves everything as it is",
                    "Up and down choose, Enter does it, PgDn PgUp scroll, Esc leaves all as it is",
                ),
            };
            rows.push((text_line(look, Role::Dim, keys), false));
        }
    }
    rows
}

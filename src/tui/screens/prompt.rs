//! What the next prompts will hold of the lessons, and what each costs: certain where the decisions settle it, else who
//! competes for the places. Never selects; that is the engine's part at the round's boundary.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::lessons::state_role;
use crate::config::theme::Role;
use crate::domain::lesson::Lesson;
use crate::domain::units::Tokens;
use crate::model::Model;
use crate::panes::Pane;
use crate::shelf;
use crate::widgets::frame::{Look, panel, scrolled, text_line, title};
use crate::widgets::mark::state_glyph;
use crate::widgets::text::{elide_end, fit, fit_right, one_line, wrap};

/// Draws it.
pub(crate) fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let focused = model.pane == Pane::Prompt;
    let name = title(look, "Next prompt", "lessons and what they cost");
    let inner = panel(buf, area, name, focused, look);
    let lines = lines(model, usize::from(inner.width));
    scrolled(buf, (area, inner), &lines, model.scroll(Pane::Prompt), look);
}

/// What is told.
pub(crate) fn lines(model: &Model, cells: usize) -> Vec<Line<'static>> {
    let look = &model.look;
    let (Some(run), Some((_, unit))) = (model.run(), model.unit()) else {
        return Vec::new();
    };
    let over = !model.is_running() || unit.ending.is_some();
    let places = usize::from(run.spec.lessons);
    let outlook = shelf::outlook(model);
    let rows = |places: &[u32]| -> Vec<Line<'static>> {
        let lessons = places.iter().filter_map(|place| shelf::at(unit, *place));
        lessons.map(|r| row(look, &r.lesson, cells)).collect()
    };
    let mut lines = Vec::new();
    if over {
        let words = "This problem is done: no further prompt is written. So it would have gone on:";
        let words = wrap(words, cells, 3).into_iter();
        lines.extend(words.map(|l| text_line(look, Role::Dim, l)));
    }
    if !outlook.pinned.is_empty() {
        lines.push(text_line(look, Role::Title, "In, pinned by you"));
        lines.extend(rows(&outlook.pinned));
    }
    if outlook.open > 0 {
        let certain = outlook.open <= places;
        let words = if certain {
            "In: the whole bank fits".to_owned()
        } else {
            format!("{} compete for {places} places", outlook.open)
        };
        lines.push(text_line(look, Role::Title, words));
        if !certain {
            let words = "half by score (speedup × factor), half by relevance to the code"
                .replace('×', look.pick("×", "x"));
            lines.extend(
                wrap(&words, cells, 3)
                    .into_iter()
                    .map(|l| text_line(look, Role::Dim, l)),
            );
            lines.extend(rows(&outlook.likely));
            let dash = look.pick("─", "-");
            let words = format!("{0}{0} the {places} places end here {0}{0}", dash);
            lines.push(text_line(look, Role::Border, elide_end(&words, cells)));
            let rest = outlook
                .best
                .iter()
                .filter(|at| !outlook.likely.contains(at));
            lines.extend(rows(&rest.copied().collect::<Vec<_>>()));
        } else {
            lines.extend(rows(&outlook.best));
        }
        let below = outlook.open - outlook.best.len();
        if below > 0 {
            let words = format!("and {below} that rank below them");
            lines.push(text_line(look, Role::Dim, words));
        }
    }
    if !outlook.rejected.is_empty() {
        lines.push(text_line(look, Role::Title, "Out, rejected by you"));
        lines.extend(rows(&outlook.rejected));
    }
    let words = match (outlook.least, outlook.most) {
        _ if unit.lessons.is_empty() => {
            "No lesson yet: the next prompt holds the code alone.".to_owned()
        }
        (least, most) if most == least => format!("about {least} tokens in each prompt"),
        (least, most) => format!("about {least} to {most} tokens in each prompt"),
    };
    let words = wrap(&words, cells, 2).into_iter();
    lines.extend(words.map(|l| text_line(look, Role::Accent, l)));
    lines
}

/// A lesson: state, id, score, cost, text.
fn row(look: &Look, l: &Lesson, cells: usize) -> Line<'static> {
    let score = format!("{:.2}", l.speedup * l.factor);
    let cost = format!("{} tok", Tokens::estimate(&l.text).0);
    let head = format!(
        "{}{}{} ",
        fit(&l.id.to_string(), 8),
        fit_right(&score, 6),
        fit_right(&cost, 8)
    );
    let room = cells.saturating_sub(head.chars().count() + 2);
    Line::from(vec![
        look.span(
            state_role(l.state),
            format!("{} ", state_glyph(l.state, look.symbols)),
        ),
        look.span(Role::Dim, head),
        look.span(Role::Text, elide_end(&one_line(&l.text), room)),
    ])
}

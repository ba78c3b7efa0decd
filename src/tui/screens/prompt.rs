//! What the next prompts will hold of the lessons, and what each costs: certain where the decisions settle it, else who
//! competes for the places. Never selects; that is the engine's part at the round's boundary.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::lessons::state_role;
use crate::config::theme::Role;
use crate::domain::lesson::{Lesson, LessonState};
use crate::domain::units::Tokens;
use crate::tui::model::Model;
use crate::tui::panes::Pane;
use crate::tui::widgets::frame::{Look, panel, put, text_line, title};
use crate::tui::widgets::mark::state_glyph;
use crate::tui::widgets::text::{elide_end, fit, fit_right, one_line, wrap};

/// Draws it.
pub fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let focused = model.pane == Pane::Prompt;
    let name = title(look, "Next prompt", "lessons and what they cost");
    let inner = panel(buf, area, name, focused, look);
    let lines = lines(model, usize::from(inner.width));
    let from = model
        .scroll(Pane::Prompt)
        .min(lines.len().saturating_sub(1));
    for (row, line) in lines.iter().skip(from).enumerate() {
        put(buf, inner, row, line);
    }
}

/// What is told.
pub fn lines(model: &Model, cells: usize) -> Vec<Line<'static>> {
    let look = &model.look;
    let (Some(run), Some((_, unit))) = (model.run(), model.unit()) else {
        return Vec::new();
    };
    let over = !model.is_running() || unit.ending.is_some();
    let all: Vec<&Lesson> = unit.lessons.iter().map(|r| &r.lesson).collect();
    let of = |wanted: &dyn Fn(&Lesson) -> bool| -> Vec<&Lesson> {
        all.iter().copied().filter(|l| wanted(l)).collect()
    };
    let pinned = of(&|l| l.state == LessonState::Pinned);
    let rejected = of(&|l| l.state == LessonState::Rejected);
    let mut open = of(&|l| matches!(l.state, LessonState::Proposed | LessonState::Accepted));
    let places = usize::from(run.spec.lessons);
    let mut lines = Vec::new();
    if over {
        let words = "This problem is done: no further prompt is written. So it would have gone on:";
        let words = wrap(words, cells, 3).into_iter();
        lines.extend(words.map(|l| text_line(look, Role::Dim, l)));
    }
    let certain = open.len() <= places;
    let score = |l: &Lesson| l.speedup * l.factor;
    open.sort_by(|a, b| score(b).total_cmp(&score(a)));
    if !pinned.is_empty() {
        lines.push(text_line(look, Role::Title, "In, pinned by you"));
        lines.extend(pinned.iter().map(|l| row(look, l, cells)));
    }
    if !open.is_empty() {
        let words = if certain {
            "In: the whole bank fits".to_owned()
        } else {
            format!("{} compete for {places} places", open.len())
        };
        lines.push(text_line(look, Role::Title, words));
        if !certain {
            let words = "by speedup × factor, then by relevance to the code"
                .replace('×', look.pick("×", "x"));
            lines.push(text_line(look, Role::Dim, elide_end(&words, cells)));
        }
        lines.extend(open.iter().map(|l| row(look, l, cells)));
    }
    if !rejected.is_empty() {
        lines.push(text_line(look, Role::Title, "Out, rejected by you"));
        lines.extend(rejected.iter().map(|l| row(look, l, cells)));
    }
    let cost =
        |lessons: &[&Lesson]| -> u64 { lessons.iter().map(|l| Tokens::estimate(&l.text).0).sum() };
    let fixed = cost(&pinned);
    let words = if all.is_empty() {
        "No lesson yet: the next prompt holds the code alone.".to_owned()
    } else if certain {
        format!("about {} tokens in each prompt", fixed + cost(&open))
    } else {
        let mut costs: Vec<u64> = open.iter().map(|l| Tokens::estimate(&l.text).0).collect();
        costs.sort_unstable();
        let free = places.min(costs.len());
        let least: u64 = costs.iter().take(free).sum();
        let most: u64 = costs.iter().rev().take(free).sum();
        format!(
            "about {} to {} tokens in each prompt",
            fixed + least,
            fixed + most
        )
    };
    lines.push(text_line(look, Role::Accent, elide_end(&words, cells)));
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

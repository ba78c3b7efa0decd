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

/// Lessons of a kind that are shown.
const SHOWN: usize = 100;

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
    let better = |a: &&Lesson, b: &&Lesson| score(b).total_cmp(&score(a));
    // Only those that are shown are put in order: a bank may hold very many.
    let shown = open.len().min(SHOWN);
    if shown < open.len() {
        open.select_nth_unstable_by(shown, better);
    }
    open[..shown].sort_by(better);
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
        lines.extend(open[..shown].iter().map(|l| row(look, l, cells)));
        if shown < open.len() {
            let words = format!("and {} that rank below them", open.len() - shown);
            lines.push(text_line(look, Role::Dim, words));
        }
    }
    if !rejected.is_empty() {
        lines.push(text_line(look, Role::Title, "Out, rejected by you"));
        let shown = rejected.iter().take(SHOWN);
        lines.extend(shown.map(|l| row(look, l, cells)));
    }
    let cost =
        |lessons: &[&Lesson]| -> u64 { lessons.iter().map(|l| Tokens::estimate(&l.text).0).sum() };
    let fixed = cost(&pinned);
    let words = if all.is_empty() {
        "No lesson yet: the next prompt holds the code alone.".to_owned()
    } else if certain {
        format!("about {} tokens in each prompt", fixed + cost(&open))
    } else {
        let costs = open.iter().map(|l| Tokens::estimate(&l.text).0).collect();
        let (least, most) = extremes(costs, places);
        let least = fixed + least;
        match fixed + most {
            most if most == least => format!("about {least} tokens in each prompt"),
            most => format!("about {least} to {most} tokens in each prompt"),
        }
    };
    let words = wrap(&words, cells, 2).into_iter();
    lines.extend(words.map(|l| text_line(look, Role::Accent, l)));
    lines
}

/// Sums of the `places` smallest and largest, more than `places` given.
fn extremes(mut costs: Vec<u64>, places: usize) -> (u64, u64) {
    costs.select_nth_unstable(places);
    let least = costs[..places].iter().sum();
    let from = costs.len() - places;
    let last = costs.len() - 1;
    costs.select_nth_unstable(from.min(last));
    (least, costs[from..].iter().sum())
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
